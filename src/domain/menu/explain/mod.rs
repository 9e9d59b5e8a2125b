//! Every problem by its code: what it is called, why it matters, what it looks like and how it is cured.

mod doors;
mod files;
mod steps;
mod texts;

use super::problem::Severity;

/// One kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Code {
    /// `K001` …; never used for another meaning.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in a few words.
    pub title: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What it looks like.
    pub bad: &'static str,
    /// How it is cured.
    pub cure: &'static str,
}

/// All codes in order.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    [files::CODES, steps::CODES, texts::CODES, doors::CODES].into_iter().flatten()
}

/// The code's page, if there is such a code (upper or lower case).
#[must_use]
pub fn explain(code: &str) -> Option<&'static Code> {
    codes().find(|known| known.code.eq_ignore_ascii_case(code))
}

/// The severity of a code; an unknown one is an error.
pub(crate) fn severity(code: &str) -> Severity {
    explain(code).map_or(Severity::Error, |code| code.severity)
}

const fn error(
    code: &'static str,
    title: &'static str,
    why: &'static str,
    bad: &'static str,
    cure: &'static str,
) -> Code {
    Code { code, severity: Severity::Error, title, why, bad, cure }
}

const fn warning(
    code: &'static str,
    title: &'static str,
    why: &'static str,
    bad: &'static str,
    cure: &'static str,
) -> Code {
    Code { code, severity: Severity::Warning, title, why, bad, cure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_in_order_and_once() {
        assert!(codes().is_sorted_by(|a, b| a.code < b.code));
        assert!(codes().all(|code| !code.why.is_empty() && !code.cure.is_empty()));
    }

    #[test]
    fn a_code_is_found_however_it_is_typed() {
        assert_eq!(explain("k007").map(|code| code.code), Some("K007"));
        assert_eq!(explain("K999"), None);
    }
}
