//! robots.txt (RFC 9309): what a site lets us read, and how slowly.

use core::time::Duration;

/// The name by which a site may address us.
const AGENT: &str = "kopir";

/// The rules that hold for us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Robots {
    rules: Vec<(bool, String)>,
    delay_secs: u64,
}

impl Robots {
    /// Reads a robots.txt: the group that names us, else the one for everybody.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let (mut ours, mut anybody) = (None::<Self>, Self::default());
        let (mut agents, mut in_rules) = (Vec::<String>::new(), false);
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim().to_lowercase(), value.trim());
            if key == "user-agent" {
                if core::mem::take(&mut in_rules) {
                    agents.clear();
                }
                agents.push(value.to_lowercase());
                continue;
            }
            in_rules = true;
            for agent in &agents {
                if agent == "*" {
                    anybody.put(&key, value);
                } else if AGENT == agent.split('/').next().unwrap_or_default() {
                    ours.get_or_insert_default().put(&key, value);
                }
            }
        }
        ours.unwrap_or(anybody)
    }

    fn put(&mut self, key: &str, value: &str) {
        match key {
            // An empty Disallow forbids nothing.
            "allow" | "disallow" if !value.is_empty() => self.rules.push((key == "allow", value.to_owned())),
            "crawl-delay" => self.delay_secs = value.parse().unwrap_or(self.delay_secs),
            _ => {}
        }
    }

    /// Whether a path may be read: the longest rule that fits decides, and of two as long the one that allows.
    #[must_use]
    pub fn lets(&self, path: &str) -> bool {
        let fitting = self.rules.iter().filter(|(_, pattern)| fits(pattern, path));
        fitting.max_by_key(|(allows, pattern)| (pattern.len(), *allows)).is_none_or(|(allows, _)| *allows)
    }

    /// How long it asks us to wait between requests.
    #[must_use]
    pub fn delay(&self) -> Duration {
        Duration::from_secs(self.delay_secs)
    }
}

/// `*` stands for anything, `$` for the end.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, to_end) = pattern.strip_suffix('$').map_or((pattern, false), |pattern| (pattern, true));
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else { return false };
    let mut last_is_open = false;
    for part in parts {
        last_is_open = part.is_empty();
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at.saturating_add(part.len())..).unwrap_or_default();
    }
    !to_end || rest.is_empty() || last_is_open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_rule_that_fits_decides() {
        let robots = Robots::read(
            "User-agent: *\nDisallow: /private\nAllow: /private/jobs # for all\nDisallow: /*.pdf$\nCrawl-delay: 7\n",
        );
        for (path, lets) in [
            ("/", true),
            ("/private/x", false),
            ("/private/jobs/1", true),
            ("/a.pdf", false),
            ("/a.pdf?x", true),
        ] {
            assert_eq!(robots.lets(path), lets, "{path}");
        }
        assert_eq!(robots.delay(), Duration::from_secs(7));
    }

    #[test]
    fn a_group_that_names_us_goes_before_the_one_for_everybody() {
        let robots = Robots::read(
            "User-agent: *\nDisallow: /\n\nUser-agent: other\nUser-agent: Kopir\nDisallow: /ru\n",
        );
        assert!(robots.lets("/kk") && !robots.lets("/ru/vacancy"));
        assert!(!Robots::read("User-agent: *\nDisallow: /\n").lets("/kk"));
        assert!(Robots::read("User-agent: *\nDisallow:\n").lets("/kk"));
        assert!(Robots::read("").lets("/kk"));
    }
}
