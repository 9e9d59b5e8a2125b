//! `kopir users`: who may sign in at the desk.

use super::{FOUND, OK, out};
use crate::adapters::desk::users::{self, Everybody, Role, User, UsersError};
use crate::adapters::desk::{LANGS, password};
use crate::config;
use crate::domain::lang::Lang;
use anyhow::Context;
use clap::{Args, Subcommand};
use std::io::{BufRead, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Octets of a password file that are read at most.
const PASSWORD_FILE_MAX: u64 = 4_096;

/// Make, list, change and remove the users of the desk.
///
/// They stand in the file `desk.users_file` with argon2id hashes, readable by its owner only. A gateway that runs takes a
/// change at once: who is removed, or gets a new password, is signed out.
#[derive(Debug, Args)]
pub(super) struct Users {
    #[command(subcommand)]
    action: Action,
    /// The configuration that names the file (`desk.users_file`).
    #[arg(long, short, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The users' file itself, instead of a configuration.
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "config")]
    file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a user.
    Add {
        /// Letters a–z, digits, - _ . ; it stands in the access log.
        name: String,
        /// desk: answers call-backs; lead: danger, complaints and handing over too; admin: users and hours.
        #[arg(long, value_parser = role)]
        role: Role,
        /// The language of the pages: kk, ru or en.
        #[arg(long, value_parser = language, default_value = "ru")]
        language: Lang,
        #[command(flatten)]
        password: PasswordFrom,
    },
    /// List users with role and language.
    List,
    /// Remove a user; whoever is signed in under the name is out at once.
    Remove {
        /// Whom.
        name: String,
    },
    /// Give a user a new password; whoever is signed in under the name is out at once.
    Password {
        /// Whom.
        name: String,
        #[command(flatten)]
        password: PasswordFrom,
    },
}

#[derive(Debug, Args)]
struct PasswordFrom {
    /// A file whose first line is the password; `-` is standard input. [default: asked for, unseen]
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

fn role(text: &str) -> Result<Role, String> {
    Role::from_name(text).ok_or_else(|| "use desk, lead or admin".to_owned())
}

fn language(text: &str) -> Result<Lang, String> {
    let spoken = Lang::from_tag(text).filter(|lang| LANGS.contains(lang));
    spoken.ok_or_else(|| "the desk speaks kk, ru and en".to_owned())
}

impl Users {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        let file = self.file()?;
        match &self.action {
            Action::Add { name, role, language, password } => add(&file, name, *role, *language, password),
            Action::List => list(&file),
            Action::Remove { name } => changed(&file, name, |users| users.remove(name).is_some(), "removed"),
            Action::Password { name, password } => {
                if !users::load(&file)?.contains_key(name) {
                    return nobody(&file, name);
                }
                let hash = password::hash(&password.read()?)?;
                let change = |users: &mut Everybody| match users.get_mut(name) {
                    Some(user) => {
                        user.password = hash;
                        true
                    }
                    None => false,
                };
                changed(&file, name, change, "has a new password")
            }
        }
    }

    /// The users' file: named, or as configured.
    fn file(&self) -> anyhow::Result<PathBuf> {
        if let Some(file) = &self.file {
            return Ok(file.clone());
        }
        let config = config::load(self.config.as_deref(), std::env::vars()).map_err(|problems| {
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            anyhow::anyhow!(
                "the configuration is wrong; name the users' file itself with --file\n{}",
                told.join("\n")
            )
        })?;
        Ok(config.desk.users_file)
    }
}

fn add(file: &Path, name: &str, role: Role, language: Lang, from: &PasswordFrom) -> anyhow::Result<u8> {
    anyhow::ensure!(
        users::is_name(name),
        "\"{name}\" cannot be a name: use 1 to 32 of a–z, 0–9, -, _ and . (clock and person are taken)"
    );
    let known = users::load(file)?;
    anyhow::ensure!(
        !known.contains_key(name),
        "there is a user \"{name}\" already; run: kopir users password {name}, or remove it first"
    );
    anyhow::ensure!(known.len() < users::USERS_MAX, "{} users are the most there can be", users::USERS_MAX);
    let password = password::hash(&from.read()?)?;
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    users::change::<UsersError>(file, |users| {
        users.insert(name.to_owned(), User { role, language, password });
        Ok(())
    })?;
    out::say(&format!("{name} ({}) may sign in at the desk; users stand in {}", role.name(), file.display()));
    Ok(OK)
}

fn list(file: &Path) -> anyhow::Result<u8> {
    for (name, user) in users::load(file)? {
        out::say(&format!("{name:<32} {:<6} {}", user.role.name(), user.language.tag()));
    }
    Ok(OK)
}

fn changed(
    file: &Path,
    name: &str,
    change: impl FnOnce(&mut Everybody) -> bool,
    done: &str,
) -> anyhow::Result<u8> {
    let mut found = false;
    users::change::<UsersError>(file, |users| {
        found = change(users);
        Ok(())
    })?;
    if !found {
        return nobody(file, name);
    }
    out::say(&format!("{name} {done}"));
    Ok(OK)
}

fn nobody(file: &Path, name: &str) -> anyhow::Result<u8> {
    out::told(&format!("kopir: there is no user \"{name}\" in {}; see: kopir users list", file.display()));
    Ok(FOUND)
}

impl PasswordFrom {
    /// The password: from the file, from standard input when that is no terminal, else asked for twice.
    fn read(&self) -> anyhow::Result<String> {
        let stdin = std::io::stdin();
        match &self.password_file {
            Some(file) if file != Path::new("-") => {
                let open = std::fs::File::open(file).with_context(|| file.display().to_string())?;
                first_line(open)
            }
            None if stdin.is_terminal() => asked(),
            Some(_) | None => first_line(stdin.lock()),
        }
    }
}

fn first_line(from: impl Read) -> anyhow::Result<String> {
    let mut text = String::new();
    from.take(PASSWORD_FILE_MAX).read_to_string(&mut text).context("the password is not UTF-8 text")?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// Turns the terminal's echo off and, when dropped, on again.
struct Unseen;

impl Unseen {
    fn new() -> anyhow::Result<Self> {
        let quiet = stty("-echo");
        anyhow::ensure!(quiet, "the terminal cannot hide what is typed; use --password-file instead");
        Ok(Self)
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        stty("echo");
    }
}

/// `stty` is POSIX; doing it ourselves would take a crate or unsafe code.
fn stty(mode: &str) -> bool {
    Command::new("stty").arg(mode).stdin(Stdio::inherit()).status().is_ok_and(|status| status.success())
}

fn asked() -> anyhow::Result<String> {
    let ask = |question: &str| -> anyhow::Result<String> {
        let mut stderr = std::io::stderr().lock();
        write!(stderr, "{question}")?;
        stderr.flush()?;
        let unseen = Unseen::new()?;
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        drop(unseen);
        writeln!(stderr)?;
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    };
    let first = ask(&format!("Password ({} characters at least): ", password::PASSWORD_CHARS_MIN))?;
    anyhow::ensure!(first == ask("Again: ")?, "the two are not the same; nothing was changed");
    Ok(first)
}
