//! The people of the desk: a file of names, roles, languages and password hashes that only its owner may read.

use super::password::is_phc;
use crate::domain::lang::Lang;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Users of a desk at most.
pub const USERS_MAX: usize = 200;
/// Characters of a name at most.
const NAME_CHARS_MAX: usize = 32;
/// Octets of the file at most: `USERS_MAX` records with room.
const FILE_MAX: u64 = 128 * 1024;
/// What others than the owner may do with the file: nothing.
const OTHERS: u32 = 0o077;

/// What a user is there for. What each may do stands in `roles.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Answers call-backs.
    Desk,
    /// Answers for the desk: danger, complaints, reassigning, reopening.
    Lead,
    /// Looks after users and hours; reads no tickets unless a queue is opened to the role.
    Admin,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Desk, Self::Lead, Self::Admin];

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Lead => "lead",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// One record of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// What the user is there for.
    pub role: Role,
    /// The language of the pages: kk, ru or en.
    pub language: Lang,
    /// The password's argon2id PHC string.
    pub password: String,
}

/// Everybody, by name.
pub type Everybody = BTreeMap<String, User>;

/// Why the file cannot be used. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum UsersError {
    /// It cannot be read or written.
    #[error("{file}: {source}", file = file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others may read it.
    #[error("{file} can be read by others (mode {mode:o}); run: chmod 600 {file}", file = file.display())]
    Open {
        /// Which.
        file: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is not what `kopir users` writes.
    #[error("{file}: {reason}", file = file.display())]
    Form {
        /// Which.
        file: PathBuf,
        /// Where and why.
        reason: String,
    },
}

/// Who acts on tickets without being a user.
const RESERVED: [&str; 2] = ["clock", "person"];

/// Whether a name can be a user's: lower-case letters, digits, `-`, `_`, `.`; it stands in logs and in the audit trail.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let fits = (1..=NAME_CHARS_MAX).contains(&name.len()) && !RESERVED.contains(&name);
    fits && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b))
}

/// Reads the file; a file that is not there holds nobody.
///
/// # Errors
/// `UsersError`.
pub fn load(path: &Path) -> Result<Everybody, UsersError> {
    let failed = |source| UsersError::File { file: path.to_owned(), source };
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Everybody::new()),
        Err(error) => return Err(failed(error)),
    };
    let mode = meta.permissions().mode() & 0o777;
    if mode & OTHERS != 0 {
        return Err(UsersError::Open { file: path.to_owned(), mode });
    }
    let wrong = |reason: String| UsersError::Form { file: path.to_owned(), reason };
    if meta.len() > FILE_MAX {
        return Err(wrong(format!("longer than {FILE_MAX} octets")));
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let users: Everybody = toml::from_str(&text).map_err(|error| {
        // The message would quote the line, and the line may be a password's hash.
        let at = error.span().map_or(0, |span| text.get(..span.start).unwrap_or("").lines().count());
        wrong(format!("line {at} is not what `kopir users` writes: {}", error.message()))
    })?;
    for (name, user) in &users {
        if !is_name(name) {
            return Err(wrong(format!("\"{name}\" cannot be a name: use a–z, 0–9, -, _ and .")));
        }
        if !is_phc(&user.password) {
            return Err(wrong(format!(
                "the password of \"{name}\" is no argon2id hash; run: kopir users password {name}"
            )));
        }
    }
    if users.len() > USERS_MAX {
        return Err(wrong(format!("{} users, {USERS_MAX} at most", users.len())));
    }
    Ok(users)
}

/// Changes the file in one step that a crash cannot halve; two who change it at once wait for each other.
///
/// # Errors
/// What `load` says; that it cannot be written; what `change` refuses.
pub fn change<E: From<UsersError>>(
    path: &Path,
    change: impl FnOnce(&mut Everybody) -> Result<(), E>,
) -> Result<(), E> {
    let failed = |source| UsersError::File { file: path.to_owned(), source };
    let beside = |ending: &str| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        path.with_file_name(name)
    };
    let own = |path: &Path| OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    let lock = own(&beside(".lock")).map_err(failed)?;
    lock.lock().map_err(failed)?;
    let mut users = load(path)?;
    change(&mut users)?;
    let text = toml::to_string(&users)
        .map_err(|error| UsersError::Form { file: path.to_owned(), reason: error.to_string() })?;
    let (fresh, head) =
        (beside(".new"), "# Written by `kopir users`. Names, roles, languages, argon2id hashes.\n");
    let written = own(&fresh).and_then(|mut file: File| {
        file.set_permissions(Permissions::from_mode(0o600))?;
        file.write_all(head.as_bytes())?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&fresh, path)
    });
    written.map_err(failed)?;
    Ok(())
}

/// The file as it stands now, read again when it has changed: who is removed is out at once.
pub struct Roll {
    path: PathBuf,
    seen: Mutex<(Stamp, Arc<Everybody>)>,
}

/// What changes when a file does.
type Stamp = Option<(i64, i64, u64, u64)>;

impl Roll {
    /// Opens it.
    ///
    /// # Errors
    /// What `load` says.
    pub fn open(path: &Path) -> Result<Self, UsersError> {
        let users = Arc::new(load(path)?);
        Ok(Self { path: path.to_owned(), seen: Mutex::new((stamp(path), users)) })
    }

    /// Everybody now. A file that has become unreadable is told in the log, and the last good one counts.
    #[must_use]
    pub fn now(&self) -> Arc<Everybody> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = stamp(&self.path);
        if stamp != seen.0 {
            let users = load(&self.path).map(Arc::new).unwrap_or_else(|error| {
                tracing::error!(%error, "the desk's users could not be read again; the last good ones count");
                Arc::clone(&seen.1)
            });
            *seen = (stamp, users);
        }
        Arc::clone(&seen.1)
    }
}

fn stamp(path: &Path) -> Stamp {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.mtime(), meta.mtime_nsec(), meta.ino(), meta.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> User {
        User {
            role: Role::Desk,
            language: Lang::Ru,
            password: super::super::password::hash("a long password").unwrap(),
        }
    }

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("kopir-users-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn what_is_written_is_read_and_nobody_else_may_read_it() {
        let folder = folder("written");
        let path = folder.join("users.toml");
        let roll = Roll::open(&path).unwrap();
        assert!(roll.now().is_empty(), "a file that is not there holds nobody");
        let one = user();
        change::<UsersError>(&path, |users| {
            users.insert("aigul".to_owned(), one.clone());
            Ok(())
        })
        .unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(roll.now().get("aigul"), Some(&one), "read again after a change");
        std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(load(&path), Err(UsersError::Open { mode: 0o640, .. })));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_damaged_file_is_told_without_its_hashes_and_the_last_good_one_counts() {
        let folder = folder("damaged");
        let path = folder.join("users.toml");
        change::<UsersError>(&path, |users| {
            users.insert("aigul".to_owned(), user());
            Ok(())
        })
        .unwrap();
        let roll = Roll::open(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap().replace("role = \"desk\"", "role = \"king\"");
        std::fs::write(&path, text).unwrap();
        let told = load(&path).unwrap_err().to_string();
        assert!(told.contains("line") && !told.contains("argon2id$"), "{told}");
        assert!(roll.now().contains_key("aigul"));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn names_are_plain() {
        for (name, good) in [
            ("aigul", true),
            ("a.b-c_1", true),
            ("", false),
            ("Aigul", false),
            ("а", false),
            ("a b", false),
            ("clock", false),
        ] {
            assert_eq!(is_name(name), good, "{name}");
        }
        assert!(!is_name(&"a".repeat(33)));
    }
}
