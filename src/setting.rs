//! What every adapter's settings are made of: secrets that never print, and problems that name key, value, reason and cure.

use core::fmt;
use serde::Deserialize;

/// A password, token or key as configured. Prints as `(secret)`; only its adapter may ask for it.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// A secret from elsewhere than a configuration (a `…_file`).
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether none is configured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(none)" } else { "(secret)" })
    }
}

/// One fault of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct SettingProblem {
    /// `smpp.links[0].host`; the file's name where the fault is of the whole file.
    pub key: String,
    /// What stands there, or `(secret)`; `None` where nothing does.
    pub value: Option<String>,
    /// Why it cannot be.
    pub reason: String,
    /// What to do.
    pub cure: String,
}

/// Characters of a value that are shown at most.
const VALUE_CHARS_MAX: usize = 60;
/// Parts of a key's last word that make its value a secret. `_file` keys hold a path, which may be shown.
const SECRET_WORDS: [&str; 5] = ["password", "secret", "token", "credential", "_key"];

impl SettingProblem {
    /// A problem of `key` with the value that stands there.
    #[must_use]
    pub fn new(key: &str, value: Option<&str>, reason: impl Into<String>, cure: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            value: value.map(|value| shown(key, value)),
            reason: reason.into(),
            cure: cure.into(),
        }
    }
}

/// The value as it may be printed: urls without what stands before `@`, secrets not at all.
fn shown(key: &str, value: &str) -> String {
    let last = key.rsplit('.').next().unwrap_or(key).to_lowercase();
    if !last.ends_with("_file") && SECRET_WORDS.iter().any(|word| last.contains(word)) {
        return "(secret)".to_owned();
    }
    let bare = match (value.find("://"), value.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => {
            let (head, tail) = (value.get(..scheme).unwrap_or(""), value.get(at..).unwrap_or(""));
            format!("{head}://(secret){tail}")
        }
        _ => value.to_owned(),
    };
    bare.chars().take(VALUE_CHARS_MAX).collect()
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => writeln!(f, "{} = {value}: {}", self.key, self.reason)?,
            None => writeln!(f, "{}: {}", self.key, self.reason)?,
        }
        write!(f, "    {}", self.cure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown_and_a_path_to_one_is() {
        let value = |key: &str, value: &str| SettingProblem::new(key, Some(value), "r", "c").value.unwrap();
        assert_eq!(value("smpp.links[0].password", "hunter2"), "(secret)");
        assert_eq!(value("smpp.links[0].password_file", "/etc/kopir/pw"), "/etc/kopir/pw");
        assert_eq!(value("store.url", "redis://user:pw@host/0"), "redis://(secret)@host/0");
        assert_eq!(value("admin.listen", "nowhere"), "nowhere");
    }
}
