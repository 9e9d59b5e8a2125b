//! Joins the page's modules into one script, so that a page begins with one request instead of one for each of thirty.
//!
//! The modules stay as they are written, each with its own imports, which is how editors, `tsc` and the tests read them.
//! Joining leaves the import lines and the word `export` out and puts every module behind those it imports. For this
//! every import is one line of names without `as`, and no two modules have the same name at the top; tests say so.

/// The modules that `root` needs, itself last, as one script. A module imports from the folder it lies in.
pub(super) fn joined(root: &'static str, files: &[(&'static str, &'static [u8])]) -> String {
    let mut order = Vec::new();
    visit(root, files, &mut order);
    let mut script = String::new();
    for (path, text) in order {
        script.push_str("// ");
        script.push_str(path);
        script.push('\n');
        for line in text.lines().filter(|line| imported(line).is_none()) {
            script.push_str(line.strip_prefix("export ").unwrap_or(line));
            script.push('\n');
        }
    }
    script
}

/// Puts what `path` imports before it. A circle ends where it began: declarations stand before anything runs.
fn visit(path: &str, files: &[(&'static str, &'static [u8])], order: &mut Vec<(&'static str, &'static str)>) {
    let Some((path, bytes)) = files.iter().find(|(name, _)| *name == path) else { return };
    let text = core::str::from_utf8(bytes).unwrap_or_default();
    for name in text.lines().filter_map(imported) {
        visit(name, files, order);
    }
    if !order.iter().any(|(known, _)| known == path) {
        order.push((path, text));
    }
}

/// The file that an import line names.
fn imported(line: &str) -> Option<&str> {
    let (_, from) = line.strip_prefix("import { ")?.split_once(" } from './")?;
    from.strip_suffix("';")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The names that a module declares at its top.
    fn declared(text: &str) -> impl Iterator<Item = &str> {
        text.lines().filter_map(|line| {
            let line = line.strip_prefix("export ").unwrap_or(line);
            let line = line.strip_prefix("async ").unwrap_or(line);
            let kinds = ["function ", "function* ", "const ", "let ", "class "];
            let rest = kinds.iter().find_map(|kind| line.strip_prefix(kind))?;
            rest.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').next()
        })
    }

    /// What holds for modules that can be joined.
    pub(in crate::adapters::kiosk) fn can_be_joined(files: &[(&'static str, &'static [u8])]) {
        let mut names = BTreeSet::new();
        for (path, bytes) in files.iter().filter(|(path, _)| path.ends_with(".js")) {
            let text = core::str::from_utf8(bytes).unwrap();
            for line in text.lines().filter(|line| line.starts_with("import")) {
                let from = imported(line).unwrap_or_else(|| panic!("{path}: {line}"));
                assert!(
                    files.iter().any(|(name, _)| *name == from),
                    "{path} imports {from}, which is not there"
                );
                assert!(!line.contains(" as "), "{path} imports under another name: {line}");
            }
            for name in declared(text) {
                assert!(!name.is_empty(), "{path} declares by taking apart, which the joining cannot see");
                assert!(names.insert(name), "{path} declares {name}, as another module does");
            }
        }
    }

    #[test]
    fn a_module_stands_once_and_behind_what_it_imports() {
        let files: [(&'static str, &'static [u8]); 3] = [
            ("main.js", b"import { a } from './a.js';\nimport { b } from './b.js';\na(b);\n"),
            ("a.js", b"import { b } from './b.js';\nexport function a() {}\n"),
            ("b.js", b"export const b = 1;\n"),
        ];
        can_be_joined(&files);
        assert_eq!(
            joined("main.js", &files),
            "// b.js\nconst b = 1;\n// a.js\nfunction a() {}\n// main.js\na(b);\n"
        );
    }
}
