//! config/production.example.toml stays true: every key is known, and nothing is missing but the files an operator brings.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A copy of the example whose paths lie in a folder of the test.
struct Copy(PathBuf);

impl Copy {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("kopir-production-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let text =
            std::fs::read_to_string(Path::new(super::HERE).join("config/production.example.toml")).unwrap();
        let text = text.replace("/etc/kopir/menus", &format!("{}/menus", super::HERE));
        let text = text.replace("/etc/kopir", folder.to_str().unwrap());
        std::fs::write(folder.join("kopir.toml"), text.replace("/var/lib/kopir", folder.to_str().unwrap()))
            .unwrap();
        Self(folder)
    }

    /// What the comments of the example tell an operator to bring.
    fn bring(&self) {
        for folder in ["secrets", "drop"] {
            std::fs::create_dir_all(self.0.join(folder)).unwrap();
        }
        for (secret, text) in [
            ("redis-url", "redis://127.0.0.1:6379/0".to_owned()),
            ("partition.key", "a1".repeat(32)),
            ("id.key", "b2".repeat(32)),
            ("seal.key", "c3".repeat(32)),
            ("first.password", "secret08".to_owned()),
            ("second.password", "secret08".to_owned()),
            ("aggregator.secret", "d4".repeat(16)),
        ] {
            let path = self.0.join("secrets").join(secret);
            std::fs::write(&path, text).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(path, mode).unwrap();
        }
        let mapping = Path::new(super::HERE).join("tests/vectors/upstream/applications.mapping.yaml");
        std::fs::copy(mapping, self.0.join("applications.mapping.yaml")).unwrap();
    }

    fn check(&self) -> Output {
        Command::new(env!("CARGO_BIN_EXE_kopir"))
            .args(["serve", "--check", "--config"])
            .arg(self.0.join("kopir.toml"))
            .env("KOPIR__MENUS__ALLOW_UNREVIEWED", "true")
            .output()
            .unwrap()
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

#[test]
fn the_production_example_is_whole_once_its_files_are_there() {
    let copy = Copy::new("whole");
    copy.bring();
    let done = copy.check();
    let (told, said) = (String::from_utf8_lossy(&done.stderr), String::from_utf8_lossy(&done.stdout));
    assert!(done.status.success(), "{told}{said}");
    assert!(said.contains("configuration and menus can be served"), "{said}");
}

#[test]
fn the_production_example_without_its_files_names_them_all_at_once() {
    let done = Copy::new("bare").check();
    let told = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(2), "{told}");
    for key in [
        "smpp.links.first.password_file",
        "smpp.links.second.password_file",
        "ussd_http.routes.aggregator.secret_file",
        "upstream.sources.register.folder",
        "upstream.sources.register.mapping",
    ] {
        assert!(told.contains(key), "{key} is not among what is told:\n{told}");
    }
}
