//! config/production.example.toml stays true: every key is known, and only files that an operator brings are missing.

use std::process::Command;

#[test]
fn the_production_example_lacks_nothing_but_the_files_an_operator_brings() {
    let example = std::path::Path::new(super::HERE).join("config/production.example.toml");
    let done = Command::new(env!("CARGO_BIN_EXE_kopir"))
        .args(["serve", "--check", "--config"])
        .arg(&example)
        .env("KOPIR__MENUS__FOLDER", std::path::Path::new(super::HERE).join("menus"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    let problems = told.lines().filter(|line| !line.starts_with("kopir:"));
    for problem in problems {
        let missing = ["not a file", "not a folder", "No such file", "no such file", "cannot be read"];
        assert!(
            missing.iter().any(|words| problem.contains(words)),
            "more than a missing file: {problem}\n{told}"
        );
    }
    assert!(done.status.code() == Some(2) || done.status.success(), "{told}");
}
