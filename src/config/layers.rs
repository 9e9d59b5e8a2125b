//! How a configuration comes together: embedded defaults, then a file, then `KOPIR__SECTION__KEY` from the environment.

use crate::setting::SettingProblem;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

/// What a variable must begin with.
pub(super) const ENV_PREFIX: &str = "KOPIR__";
/// Problems collected at most; a file with more is not a configuration.
const PROBLEMS_MAX: usize = 50;

/// Parses a file.
///
/// # Errors
/// One problem with line and column.
pub(super) fn parse(name: &str, text: &str) -> Result<Table, SettingProblem> {
    text.parse::<Table>().map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let before = text.get(..at).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        let reason = error.message().to_owned();
        SettingProblem::new(&format!("{name}:{line}:{column}"), None, reason, "correct the line; it is TOML")
    })
}

/// Lays `upper` over `lower`: tables are merged, everything else is replaced.
pub(super) fn lay(lower: &mut Table, upper: Table) {
    for (key, value) in upper {
        match (lower.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay(below, above),
            (_, value) => {
                lower.insert(key, value);
            }
        }
    }
}

/// The variables as a table: `KOPIR__SMPP__LINKS__0__HOST=a` is `smpp.links[0].host`. A value that is TOML is taken as such
/// where `below` has anything but a string there, so that a password of digits stays a string.
#[must_use]
pub(super) fn environment(
    vars: impl Iterator<Item = (String, String)>,
    below: &Table,
) -> Vec<(Vec<String>, Value)> {
    let mut found: Vec<_> = vars
        .filter_map(|(name, text)| {
            let path: Vec<String> =
                name.strip_prefix(ENV_PREFIX)?.split("__").map(str::to_lowercase).collect();
            let is_text = matches!(look(below, &path), Some(Value::String(_)));
            let value = if is_text { None } else { format!("x = {text}").parse::<Table>().ok() };
            let value = value.and_then(|mut table| table.remove("x")).unwrap_or(Value::String(text));
            Some((path, value))
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn look<'a>(table: &'a Table, path: &[String]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(table.get(first)?, |value, key| step(value, key))
}

fn step<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value.as_array() {
        Some(items) => items.get(key.parse::<usize>().ok()?),
        None => value.as_table()?.get(key),
    }
}

/// Sets one value by its path, making tables on the way. `false` when something else stands there.
#[must_use]
pub(super) fn set(table: &mut Table, path: &[String], value: Value) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    if rest.is_empty() {
        table.insert(first.clone(), value);
        return true;
    }
    let next = table.entry(first.clone()).or_insert_with(|| Value::Table(Table::new()));
    if let Some(items) = next.as_array_mut() {
        let Some((index, rest)) = rest.split_first() else { return false };
        let item = index.parse::<usize>().ok().and_then(|index| items.get_mut(index));
        return item.and_then(Value::as_table_mut).is_some_and(|inner| set(inner, rest, value));
    }
    next.as_table_mut().is_some_and(|inner| set(inner, rest, value))
}

/// Reads `table` as `T`, collecting every fault: each offending key is noted, taken out, and the rest is read again.
/// Gives what could be read beside the faults, so that the rest of it can be judged too.
pub(super) fn read<T: DeserializeOwned>(
    mut table: Table,
    defaults: &Table,
) -> (Option<T>, Vec<SettingProblem>) {
    let mut problems = Vec::new();
    loop {
        let error = match serde_path_to_error::deserialize::<_, T>(Value::Table(table.clone())) {
            Ok(value) => return (Some(value), problems),
            Err(error) => error,
        };
        let path = keys(error.path());
        let key = dotted(&path);
        let reason = error.inner().message().trim().replace('\n', " ");
        let value = look(&table, &path).map(plain);
        let cure = cure(&reason, &key);
        problems.push(SettingProblem::new(&key, value.as_deref(), reason, cure));
        let mended = match look(defaults, &path) {
            Some(default) if look(&table, &path) != Some(default) => set(&mut table, &path, default.clone()),
            _ => remove(&mut table, &path),
        };
        if !mended || problems.len() >= PROBLEMS_MAX {
            return (None, problems);
        }
    }
}

fn keys(path: &serde_path_to_error::Path) -> Vec<String> {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { variant } => Some(variant.clone()),
            Segment::Unknown => None,
        })
        .collect()
}

/// `smpp.links[0].host`.
fn dotted(path: &[String]) -> String {
    let mut text = String::new();
    for part in path {
        if part.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
            text.push_str(&format!("[{part}]"));
        } else {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(part);
        }
    }
    text
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn cure(reason: &str, key: &str) -> String {
    if reason.starts_with("unknown field") {
        "remove it or correct its name; config/default.toml lists every key".to_owned()
    } else if reason.starts_with("missing field") {
        "add it; config/default.toml says what it means".to_owned()
    } else {
        format!("correct it; config/default.toml says what {key} takes")
    }
}

fn remove(table: &mut Table, path: &[String]) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    if rest.is_empty() {
        return table.remove(first).is_some();
    }
    let Some(next) = table.get_mut(first) else { return false };
    let Some(items) = next.as_array_mut() else {
        return next.as_table_mut().is_some_and(|inner| remove(inner, rest));
    };
    let Some((index, rest)) = rest.split_first() else { return false };
    let Some(index) = index.parse::<usize>().ok().filter(|index| *index < items.len()) else { return false };
    if rest.is_empty() {
        items.remove(index);
        return true;
    }
    items.get_mut(index).and_then(Value::as_table_mut).is_some_and(|inner| remove(inner, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        listen: String,
        window: u16,
        links: Vec<Link>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Link {
        host: String,
        port: u16,
        password: String,
    }

    fn defaults() -> Table {
        "listen = \"127.0.0.1:1\"\nwindow = 10\nlinks = []".parse().unwrap()
    }

    #[test]
    fn all_faults_are_told_at_once_with_key_value_reason_and_cure() {
        let mut table = defaults();
        let file =
            "wndow = 3\nwindow = \"many\"\n[[links]]\nhost = 5\nport = 70000\npassword = \"p\"\nextra = 1";
        lay(&mut table, parse("f", file).unwrap());
        let (_, problems) = read::<Sample>(table, &defaults());
        let keys: Vec<_> = problems.iter().map(|p| p.key.as_str()).collect();
        for key in ["wndow", "window", "links[0].host"] {
            assert!(keys.contains(&key), "{key} is not among {keys:?}");
        }
        assert!(problems.iter().all(|p| !p.reason.is_empty() && !p.cure.is_empty()));
    }

    #[test]
    fn the_environment_lies_above_the_file_and_reaches_into_lists() {
        let mut table = defaults();
        lay(&mut table, parse("f", "[[links]]\nhost = \"a\"\nport = 1\npassword = \"x\"").unwrap());
        let vars = [
            ("KOPIR__WINDOW", "20"),
            ("KOPIR__LINKS__0__HOST", "b"),
            ("KOPIR__LINKS__0__PASSWORD", "1234"),
            ("OTHER", "1"),
        ];
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        for (path, value) in environment(vars, &table) {
            assert!(set(&mut table, &path, value));
        }
        let sample: Sample = read(table, &defaults()).0.unwrap();
        assert_eq!(sample.window, 20);
        assert_eq!((sample.links[0].host.as_str(), sample.links[0].password.as_str()), ("b", "1234"));
    }

    #[test]
    fn a_file_that_is_not_toml_is_told_with_line_and_column() {
        let problem = parse("kopir.toml", "a = 1\nb = = 2\n").unwrap_err();
        assert_eq!(problem.key, "kopir.toml:2:5");
    }
}
