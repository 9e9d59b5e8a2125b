//! What the configuration says of the store, and the keys it names; secrets print masked.

use super::seal::Sealer;
use crate::domain::person::PersonKeys;
use crate::setting::{Secret, SettingProblem};
use core::fmt;
use core::time::Duration;
use serde::Deserialize;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Which store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoreKind {
    /// One file, one process.
    #[default]
    Embedded,
    /// Redis or Valkey, several gateways.
    Redis,
}

/// The `[store]` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreSettings {
    /// Which store.
    pub kind: StoreKind,
    /// The embedded store's file.
    pub path: PathBuf,
    /// Pages the embedded store keeps in memory, MiB. The library's own default is 1 GiB.
    pub cache_mib: usize,
    /// `redis://` or `rediss://`; a password belongs in `url_file`.
    pub url: Secret,
    /// A file that holds the URL.
    pub url_file: Option<PathBuf>,
    /// Serve although the probe found something unsafe.
    pub accept_unsafe: bool,
    /// Decides the partition of a number; never rotated. Lines of `64 hex digits` or `number 64-hex-digits`.
    pub partition_key_file: Option<PathBuf>,
    /// Turns numbers into ids; the first line is the current key, further lines are old ones.
    pub id_key_file: Option<PathBuf>,
    /// Seals values; the first line is the current key, further lines are old ones.
    pub seal_key_file: Option<PathBuf>,
    /// How long Redis may take to accept a connection.
    pub connect_timeout_ms: u64,
    /// How long Redis may take to answer; then the outcome is unknown and the same step is tried again.
    pub response_timeout_ms: u64,
    /// How long rows are known after their latest time; a copy of what caused one within that time finds it.
    pub rows_kept_secs: u64,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            kind: StoreKind::Embedded,
            path: PathBuf::from("kopir.redb"),
            cache_mib: 16,
            url: Secret::default(),
            url_file: None,
            accept_unsafe: false,
            partition_key_file: None,
            id_key_file: None,
            seal_key_file: None,
            connect_timeout_ms: 1_000,
            response_timeout_ms: 500,
            rows_kept_secs: 3_600,
        }
    }
}

impl StoreSettings {
    /// Everything that is wrong with the section, at once.
    #[must_use]
    pub fn problems(&self) -> Vec<SettingProblem> {
        let mut found = Vec::new();
        let mut wrong = |key: &str, value: Option<String>, reason: &str, cure: &str| {
            found.push(SettingProblem::new(&format!("store.{key}"), value.as_deref(), reason, cure));
        };
        let files = [&self.partition_key_file, &self.id_key_file, &self.seal_key_file];
        let named = files.iter().filter(|file| file.is_some()).count();
        match self.kind {
            StoreKind::Embedded if self.path.as_os_str().is_empty() => {
                wrong("path", None, "no file to keep the store in", "name the file, kopir.redb");
            }
            StoreKind::Embedded => {}
            StoreKind::Redis => {
                if self.url.is_empty() != self.url_file.is_some() {
                    let (reason, cure) = ("needs one of url and url_file", "give exactly one of them");
                    wrong("url", None, reason, cure);
                }
                if named < files.len() {
                    let reason = "Redis needs the partition, id and seal key files: all gateways share them";
                    wrong("seal_key_file", None, reason, "make each with: openssl rand -hex 32");
                }
            }
        }
        if self.kind == StoreKind::Embedded && named != 0 && named != files.len() {
            wrong(
                "seal_key_file",
                None,
                "only some of the three key files are named",
                "name all three or none",
            );
        }
        let cache = u64::try_from(self.cache_mib).unwrap_or(u64::MAX);
        let bounds = [
            ("cache_mib", cache, 1, 4_096),
            ("response_timeout_ms", self.response_timeout_ms, 1, 60_000),
            ("connect_timeout_ms", self.connect_timeout_ms, 1, 60_000),
            ("rows_kept_secs", self.rows_kept_secs, 60, 604_800),
        ];
        for (key, value, least, most) in
            bounds.into_iter().filter(|(_, value, least, most)| value < least || value > most)
        {
            wrong(key, Some(value.to_string()), "out of range", &format!("use {least} to {most}"));
        }
        found
    }

    /// How long rows are known after their latest time.
    #[must_use]
    pub fn rows_kept(&self) -> Duration {
        Duration::from_secs(self.rows_kept_secs)
    }

    /// The URL of Redis.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn redis_url(&self) -> Result<Secret, String> {
        match &self.url_file {
            None => Ok(self.url.clone()),
            Some(file) => read_private(file).map(|text| Secret::new(text.trim())),
        }
    }

    /// The keys: from their files, or from `<path>.keys`, which is made on the first start.
    ///
    /// # Errors
    /// A sentence for the operator, never with a key in it.
    pub fn keys(&self) -> Result<KeyRing, String> {
        if let (Some(partition), Some(id), Some(seal)) =
            (&self.partition_key_file, &self.id_key_file, &self.seal_key_file)
        {
            return Ok(KeyRing {
                partition: read_keys(partition)?.current.1,
                id: read_keys(id)?,
                seal: read_keys(seal)?,
            });
        }
        let mut file = self.path.clone().into_os_string();
        file.push(".keys");
        let file = PathBuf::from(file);
        if !file.exists() {
            if self.path.exists() {
                return Err(format!(
                    "\"{}\" is missing, and without it the store cannot be read",
                    file.display()
                ));
            }
            generate(&file)?;
            tracing::warn!(file = %file.display(), "keys were made; keep a copy, without them the store cannot be read");
        }
        let text = read_private(&file)?;
        let of = |role: &str| {
            let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(role)).collect();
            parse_keys(&lines.join("\n")).map_err(|why| format!("\"{}\", {role}: {why}", file.display()))
        };
        Ok(KeyRing { partition: of("partition ")?.current.1, id: of("id ")?, seal: of("seal ")? })
    }
}

/// A current key and those before it, each with its number.
#[derive(Clone)]
pub struct Keys {
    /// What new values are written with.
    pub current: (u8, [u8; 32]),
    /// What old values are still read with.
    pub old: Vec<(u8, [u8; 32])>,
}

/// All keys of the store. Prints nothing of them.
#[derive(Clone)]
pub struct KeyRing {
    partition: [u8; 32],
    id: Keys,
    seal: Keys,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing(id {}, seal {})", self.id.current.0, self.seal.current.0)
    }
}

impl KeyRing {
    /// The ring of these keys.
    #[must_use]
    pub fn new(partition: [u8; 32], id: Keys, seal: Keys) -> Self {
        Self { partition, id, seal }
    }

    /// Fresh random keys, for rehearsals.
    ///
    /// # Errors
    /// A sentence for the operator when the system has no randomness.
    pub fn random() -> Result<Self, String> {
        let one = || Ok::<_, String>(Keys { current: (1, random_key()?), old: Vec::new() });
        Ok(Self { partition: random_key()?, id: one()?, seal: one()? })
    }

    /// What turns numbers into persons now.
    #[must_use]
    pub fn person_keys(&self) -> PersonKeys {
        PersonKeys::new(&self.partition, self.id.current.0, &self.id.current.1)
    }

    /// What turned numbers into persons before, newest first; their records are moved by `Sessions::rekey`.
    #[must_use]
    pub fn old_person_keys(&self) -> Vec<PersonKeys> {
        self.id.old.iter().map(|(number, key)| PersonKeys::new(&self.partition, *number, key)).collect()
    }

    /// A key of its own for another purpose, from the sealing key; changes when that is rotated.
    #[must_use]
    pub fn derived(&self, purpose: &[u8]) -> [u8; 32] {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        hash.update(self.seal.current.1);
        hash.update(purpose);
        hash.finalize().into()
    }

    /// As `derived`, under the current sealing key and all old ones: what was signed before a rotation is known too.
    #[must_use]
    pub fn derived_all(&self, purpose: &[u8]) -> Vec<[u8; 32]> {
        let old = self.seal.old.iter().map(|(number, key)| {
            let seal = Keys { current: (*number, *key), old: Vec::new() };
            Self { seal, ..self.clone() }.derived(purpose)
        });
        core::iter::once(self.derived(purpose)).chain(old).collect()
    }

    /// What seals values.
    #[must_use]
    pub fn sealer(&self) -> Sealer {
        Sealer::new((self.seal.current.0, &self.seal.current.1), &self.seal.old)
    }

    /// Tells partition keys apart without telling the key.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 8] {
        let whole = crate::domain::envelope::StepKey::of(&[b"kopir partition key", &self.partition]).0;
        whole.first_chunk::<8>().copied().unwrap_or_default()
    }
}

fn random_key() -> Result<[u8; 32], String> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| format!("no randomness for keys: {error}"))?;
    Ok(key)
}

fn generate(file: &Path) -> Result<(), String> {
    use std::os::unix::fs::OpenOptionsExt;
    let said = |error: std::io::Error| format!("\"{}\" cannot be written: {error}", file.display());
    let (partition, id, seal) = (random_key()?, random_key()?, random_key()?);
    let text = format!(
        "partition {}\nid 1 {}\nseal 1 {}\n",
        hex::encode(partition),
        hex::encode(id),
        hex::encode(seal)
    );
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(said)?;
    }
    let mut out =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(said)?;
    out.write_all(text.as_bytes()).map_err(said)?;
    out.sync_all().map_err(said)
}

/// Reads a file of secrets; one that others may read is refused.
fn read_private(file: &Path) -> Result<String, String> {
    use std::os::unix::fs::PermissionsExt;
    let said = |error: std::io::Error| format!("\"{}\" cannot be read: {error}", file.display());
    let mode = std::fs::metadata(file).map_err(said)?.permissions().mode();
    if mode & 0o007 != 0 {
        return Err(format!("\"{}\" may be read by everybody: chmod 600 it", file.display()));
    }
    std::fs::read_to_string(file).map_err(said)
}

fn read_keys(file: &Path) -> Result<Keys, String> {
    parse_keys(&read_private(file)?).map_err(|why| format!("\"{}\": {why}", file.display()))
}

/// Lines of `64 hex digits` (number 0) or `number 64-hex-digits`; the first is current.
fn parse_keys(text: &str) -> Result<Keys, String> {
    let mut keys: Vec<(u8, [u8; 32])> = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line_number = at.saturating_add(1);
        let (number, digits) = line.trim().split_once(' ').unwrap_or(("0", line.trim()));
        let number =
            number.parse().map_err(|_| format!("line {line_number}: the key's number is not 0 to 255"))?;
        let mut key = [0; 32];
        hex::decode_to_slice(digits.trim(), &mut key)
            .map_err(|_| format!("line {line_number}: not 64 hexadecimal digits"))?;
        if keys.iter().any(|(known, _)| *known == number) {
            return Err(format!("line {line_number}: key number {number} stands twice"));
        }
        keys.push((number, key));
    }
    let mut keys = keys.into_iter();
    let current = keys.next().ok_or_else(|| "holds no key".to_owned())?;
    Ok(Keys { current, old: keys.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_an_embedded_file_without_problems() {
        let settings: StoreSettings = toml::from_str("").unwrap();
        assert_eq!(settings.kind, StoreKind::Embedded);
        assert_eq!(settings.problems(), []);
    }

    #[test]
    fn all_problems_are_said_at_once() {
        let settings: StoreSettings = toml::from_str("kind = \"redis\"\nresponse_timeout_ms = 0").unwrap();
        let problems = settings.problems();
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert_eq!(problems[0].key, "store.url", "{problems:?}");
        assert!(toml::from_str::<StoreSettings>("pth = \"x\"").is_err());
    }

    #[test]
    fn secrets_are_not_printed() {
        let settings: StoreSettings = toml::from_str("url = \"redis://:hunter2@localhost\"").unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
        let ring = KeyRing::random().unwrap();
        assert_eq!(format!("{ring:?}"), "KeyRing(id 1, seal 1)");
    }

    #[test]
    fn a_key_file_holds_the_current_key_first() {
        let text = format!("2 {}\n1 {}\n", "ab".repeat(32), "cd".repeat(32));
        let keys = parse_keys(&text).unwrap();
        assert_eq!(keys.current, (2, [0xAB; 32]));
        assert_eq!(keys.old, vec![(1, [0xCD; 32])]);
        assert_eq!(parse_keys(&"ab".repeat(32)).unwrap().current.0, 0);
        for (bad, why) in
            [("", "holds no key"), ("zz", "line 1: not 64"), ("300 ab", "line 1: the key's number")]
        {
            let said = parse_keys(bad).err().unwrap();
            assert!(said.starts_with(why), "{said}");
        }
    }
}
