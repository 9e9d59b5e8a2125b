//! The house keeps its rules: imports go downwards, adapters do not name each other, files and functions stay short.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may end")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Lines of a file and of a function at most.
const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("node_modules") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    found
}

/// The module right below `src/` that a file belongs to.
fn part(path: &Path) -> String {
    let below = path.strip_prefix("src").unwrap().components().next().unwrap().as_os_str().to_str().unwrap();
    below.trim_end_matches(".rs").to_owned()
}

/// What a part may name. Everything may name `domain`.
fn may_name(part: &str) -> &'static [&'static str] {
    const BASE: [&str; 9] =
        ["ports", "cidr", "clock", "door", "failpoint", "metrics", "reach", "setting", "tasks"];
    match part {
        "domain" => &["domain"],
        "cidr" | "clock" | "door" | "failpoint" | "metrics" | "reach" | "setting" | "tasks" => &BASE,
        "ports" => &[],
        "gateway" | "courier" => {
            &["gateway", "courier", "ports", "cidr", "clock", "failpoint", "metrics", "setting", "tasks"]
        }
        "telemetry" => &[],
        "adapters" | "simulator" => &[
            "adapters",
            "simulator",
            "gateway",
            "courier",
            "ports",
            "cidr",
            "clock",
            "door",
            "failpoint",
            "metrics",
            "reach",
            "setting",
            "tasks",
        ],
        "rehearsal" => {
            &["rehearsal", "adapters", "gateway", "courier", "ports", "clock", "metrics", "setting", "tasks"]
        }
        "config" => &["config", "telemetry", "adapters", "gateway", "setting"],
        "app" => &[
            "app",
            "config",
            "telemetry",
            "adapters",
            "gateway",
            "courier",
            "ports",
            "clock",
            "metrics",
            "tasks",
        ],
        "cli" => &[
            "cli",
            "app",
            "rehearsal",
            "config",
            "telemetry",
            "adapters",
            "simulator",
            "gateway",
            "clock",
            "failpoint",
            "tasks",
        ],
        "main" => &["cli"],
        "lib" => &[],
        other => panic!("src/{other} has no place in the map: add it to lib.rs, ARCHITECTURE.md and here"),
    }
}

/// Every `crate::…` path of a text outside comments, as its segments.
fn named(text: &str) -> Vec<Vec<String>> {
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n");
    let mut paths = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let path: String =
            rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect();
        // `crate::{a, b}` hides what it names.
        assert!(!rest.starts_with('{'), "write one `use crate::…` a line, so that imports can be read");
        let mut path: Vec<String> = path.split("::").map(str::to_owned).collect();
        // `crate::adapters::{cdr, smpp}`.
        if path.last().is_some_and(String::is_empty) {
            path.pop();
        }
        paths.push(path);
    }
    paths
}

#[test]
fn imports_go_downwards_only() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        let part = part(&path);
        let allowed = may_name(&part);
        for named in named(&text) {
            let first = named.first().unwrap().as_str();
            if first != "domain" && !allowed.contains(&first) {
                wrong.push(format!("{}: {part} may not name crate::{}", path.display(), named.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn adapters_never_name_each_other() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src/adapters") {
        let Some(own) = path.components().nth(2).and_then(|part| part.as_os_str().to_str()) else { continue };
        for named in named(&text) {
            let other = named.get(1).map(String::as_str).unwrap_or_default();
            if named[0] == "simulator" || (named[0] == "adapters" && other != own) {
                wrong.push(format!("{}: names crate::{}", path.display(), named.join("::")));
            }
        }
    }
    for (path, text) in sources("src/simulator") {
        if named(&text).iter().any(|named| named[0] == "adapters") {
            wrong.push(format!(
                "{}: the other end is not ours, so it may not use our adapters",
                path.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_domain_is_pure() {
    let forbidden = [
        "tokio",
        "std::fs",
        "std::net",
        "std::env",
        "std::time",
        "std::thread",
        "getrandom",
        "tracing::",
        "async fn",
    ];
    let mut wrong = Vec::new();
    for (path, text) in sources("src/domain") {
        let code = text.split("#[cfg(test)]").next().unwrap();
        for word in forbidden {
            if code.lines().any(|line| line.split("//").next().unwrap().contains(word)) {
                wrong.push(format!("{}: {word}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A bearer hands over a profile; nobody below it knows what it is (DESIGN invariant 2).
#[test]
fn domain_and_gateway_name_no_bearer() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src/domain").into_iter().chain(sources("src/gateway")) {
        let code = text.split("#[cfg(test)]").next().unwrap();
        for (number, line) in code.lines().enumerate() {
            let line = line.split("//").next().unwrap().to_lowercase();
            // Budgets and words name what an operator says ("SMS"), which is no bearer's name in code.
            for word in ["smpp", "kannel", "ussd_http", "sms_http", "kiosk::", "africas"] {
                if line.contains(word) {
                    wrong.push(format!("{}:{}: {word}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for_and_stays_short() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src").into_iter().chain(sources("tests")).chain(sources("benches")) {
        if !text.starts_with("//! ") {
            wrong.push(format!(
                "{}: does not open with a sentence that says what it is responsible for",
                path.display()
            ));
        }
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            wrong.push(format!("{}: {lines} lines, {FILE_LINES_MAX} at most", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn functions_stay_short() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        let mut begun: Option<(usize, usize, String)> = None;
        for (number, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let head = line.trim_start();
            let is_fn = [
                "fn ",
                "pub fn ",
                "pub(super) fn ",
                "pub(crate) fn ",
                "async fn ",
                "pub async fn ",
                "pub(super) async fn ",
                "const fn ",
                "pub const fn ",
            ]
            .iter()
            .any(|start| head.starts_with(start));
            if is_fn && begun.is_none() && !head.ends_with(';') {
                begun = Some((number, indent, head.chars().take(60).collect()));
            }
            if let Some((start, depth, name)) = &begun
                && line.trim_end() == format!("{}}}", " ".repeat(*depth))
            {
                let lines = number - start + 1;
                if lines > FUNCTION_LINES_MAX {
                    wrong.push(format!("{}:{}: {lines} lines: {name}", path.display(), start + 1));
                }
                begun = None;
            } else if let Some((start, depth, _)) = &begun {
                // A whole function on its first line, or a declaration without a body.
                let one_line = number == *start && line.contains('{') && line.trim_end().ends_with('}');
                let declared = indent == *depth && head.starts_with(')') && head.trim_end().ends_with(';');
                if one_line || declared {
                    begun = None;
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A trait needs two shipped implementations and at most seven methods.
#[test]
fn ports_are_few_and_small() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ports.rs")).unwrap();
    let everything: String = sources("src").into_iter().map(|(_, text)| text).collect();
    for port in text.split("pub trait ").skip(1) {
        let name: String = port.chars().take_while(|c| c.is_alphanumeric()).collect();
        let body = port.split("\n}\n").next().unwrap();
        let methods = body.matches("    fn ").count() + body.matches("    async fn ").count();
        assert!(methods <= 7, "{name} has {methods} methods");
        let implementations = everything.matches(&format!("{name} for ")).count();
        assert!(implementations >= 2, "{name} has {implementations} implementations");
    }
}

#[test]
fn every_adapter_with_settings_has_them_in_a_file_of_that_name() {
    let mut folders: BTreeMap<String, bool> = BTreeMap::new();
    for (path, _) in sources("src/adapters") {
        let Some(folder) = path.components().nth(2).and_then(|part| part.as_os_str().to_str()) else {
            continue;
        };
        if folder.ends_with(".rs") {
            continue;
        }
        *folders.entry(folder.to_owned()).or_default() |= path.ends_with("settings.rs");
    }
    for (folder, has) in folders {
        // `admin` has one address, which stands in the configuration itself.
        assert!(has || folder == "admin", "src/adapters/{folder} has no settings.rs");
    }
}

/// Every `"K001"` in a text of Rust.
fn codes(text: &str) -> impl Iterator<Item = String> {
    text.split("\"K").skip(1).filter_map(|rest| {
        let number = rest.split('"').next().unwrap();
        (number.len() == 3 && number.bytes().all(|c| c.is_ascii_digit())).then(|| format!("K{number}"))
    })
}

#[test]
fn every_problem_that_is_told_has_a_page_and_every_page_is_told() {
    let mut told = std::collections::BTreeSet::new();
    for (path, text) in sources("src") {
        if !path.starts_with("src/domain/menu/explain") {
            told.extend(codes(text.split("#[cfg(test)]").next().unwrap()));
        }
    }
    let pages = kopir::domain::menu::explain::codes().map(|page| page.code.to_owned()).collect();
    assert_eq!(told, pages, "left what src/ tells, right what `kopir explain` knows");
}

#[test]
fn no_words_of_one_machine_stand_in_the_tree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = std::process::Command::new("git").args(["ls-files"]).current_dir(root).output().unwrap();
    let shared = ["..", "shared"].join("/");
    for name in String::from_utf8_lossy(&listed.stdout).lines().filter(|name| !name.ends_with("Cargo.lock")) {
        let Ok(text) = std::fs::read_to_string(root.join(name)) else { continue };
        assert!(!text.contains(&shared), "{name} names {shared}; the project stands alone");
    }
}
