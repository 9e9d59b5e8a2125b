//! What is configured of the desk: where it listens, who works there, who sees which queue, when a session ends.

use super::users::Role;
use crate::cidr::Cidr;
use crate::domain::ticket::Queue;
use crate::setting::SettingProblem;
use core::time::Duration;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The section `[desk]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeskSettings {
    /// Whether the page is served at all.
    pub enabled: bool,
    /// Where; put TLS in front of it.
    pub listen: SocketAddr,
    /// The file of `kopir users`, mode 0600.
    pub users_file: PathBuf,
    /// A session ends after so long without anything done.
    pub idle_secs: u64,
    /// And after so long whatever is done.
    pub session_max_secs: u64,
    /// Who sees call-backs and cases.
    pub calls: Vec<Role>,
    /// Who sees danger.
    pub danger: Vec<Role>,
    /// Who sees complaints about the service or its staff.
    pub complaints: Vec<Role>,
    /// Our own proxies: from them the last address of `X-Forwarded-For` counts.
    pub proxies: Vec<Cidr>,
    /// Leaves `Secure` and the `__Host-` prefix off the cookies, for a browser that drops them over plain HTTP on
    /// loopback (Safari). Refused on any other address.
    pub insecure_cookie: bool,
    /// Whether every page says that its data are samples.
    pub sample: bool,
}

impl DeskSettings {
    /// Whether a role sees the tickets of a queue.
    #[must_use]
    pub fn sees(&self, role: Role, queue: Queue) -> bool {
        let roles = match queue {
            Queue::CallBack | Queue::Case => &self.calls,
            Queue::Danger => &self.danger,
            Queue::Complaint => &self.complaints,
        };
        roles.contains(&role)
    }

    /// See `idle_secs`.
    #[must_use]
    pub fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_secs)
    }

    /// See `session_max_secs`.
    #[must_use]
    pub fn session_max(&self) -> Duration {
        Duration::from_secs(self.session_max_secs)
    }

    /// What is well-formed and still wrong.
    #[must_use]
    pub fn problems(&self) -> Vec<SettingProblem> {
        let mut found = Vec::new();
        let mut wrong = |key: &str, value: &str, reason: &str, cure: &str| {
            found.push(SettingProblem::new(&format!("desk.{key}"), Some(value), reason, cure));
        };
        let out_of_range = "out of range";
        if !(2..=4 * 3_600).contains(&self.idle_secs) {
            wrong("idle_secs", &self.idle_secs.to_string(), out_of_range, "use 2 to 14400");
        }
        if !(60..=24 * 3_600).contains(&self.session_max_secs) {
            wrong("session_max_secs", &self.session_max_secs.to_string(), out_of_range, "use 60 to 86400");
        }
        if self.insecure_cookie && !self.listen.ip().is_loopback() {
            let cure = "listen on 127.0.0.1, or put TLS in front and leave it false";
            wrong("insecure_cookie", "true", "only allowed on a loopback address", cure);
        }
        for (key, roles) in
            [("calls", &self.calls), ("danger", &self.danger), ("complaints", &self.complaints)]
        {
            if roles.is_empty() {
                wrong(key, "[]", "nobody would read what people write there", "name desk, lead or admin");
            }
        }
        if self.enabled
            && let Err(error) = super::users::load(&self.users_file)
        {
            let file = self.users_file.display().to_string();
            wrong(
                "users_file",
                &file,
                &error.to_string(),
                "make users with: kopir users add NAME --role desk",
            );
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> DeskSettings {
        DeskSettings {
            enabled: false,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            users_file: "users.toml".into(),
            idle_secs: 900,
            session_max_secs: 43_200,
            calls: vec![Role::Desk, Role::Lead],
            danger: vec![Role::Lead],
            complaints: vec![Role::Lead],
            proxies: Vec::new(),
            insecure_cookie: false,
            sample: false,
        }
    }

    #[test]
    fn danger_and_complaints_are_for_fewer_eyes() {
        let seen =
            |role| Queue::ALL.into_iter().filter(|queue| settings().sees(role, *queue)).collect::<Vec<_>>();
        assert_eq!(seen(Role::Desk), [Queue::CallBack, Queue::Case]);
        assert_eq!(seen(Role::Lead), Queue::ALL);
        assert_eq!(seen(Role::Admin), []);
    }

    #[test]
    fn an_insecure_cookie_stays_on_this_machine_and_no_queue_is_unread() {
        assert_eq!(settings().problems(), []);
        let wrong = DeskSettings {
            listen: SocketAddr::from(([10, 0, 0, 1], 8091)),
            insecure_cookie: true,
            danger: Vec::new(),
            idle_secs: 0,
            ..settings()
        };
        let keys: Vec<_> = wrong.problems().into_iter().map(|problem| problem.key).collect();
        assert_eq!(keys, ["desk.idle_secs", "desk.insecure_cookie", "desk.danger"]);
    }
}
