//! Names a clerk types: which are well formed, and which existing one was probably meant.

/// Edits within which a name counts as mistyped; more would propose unrelated names.
const EDITS_MAX: usize = 2;

/// Names that are listed at most; nobody reads more.
const LISTED_MAX: usize = 12;

/// Whether `name` may be the id of a menu, step or option: `[a-z][a-z0-9-]*`, 40 characters at most.
pub(super) fn is_id(name: &str) -> bool {
    well_formed(name, '-')
}

/// Whether `name` may name a value: `[a-z][a-z0-9_]*`, 40 characters at most.
pub(super) fn is_value(name: &str) -> bool {
    well_formed(name, '_')
}

fn well_formed(name: &str, joint: char) -> bool {
    name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == joint)
}

/// The cure for an unknown name: the nearest known one if it is near, else the list of all.
pub(crate) fn meant<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let near = known
        .iter()
        .map(|name| (edits(typed, name), *name))
        .filter(|(edits, name)| *edits <= EDITS_MAX.min(name.chars().count() / 2))
        .min();
    let begun: Vec<&str> = known.iter().copied().filter(|name| begins(typed, name)).collect();
    let near = near.map(|(_, name)| name);
    let likely = near.or_else(|| begun.first().copied().filter(|_| begun.len() == 1));
    match likely {
        Some(name) => format!("did you mean \"{name}\"?"),
        None if known.is_empty() => "there is none yet: declare it first".to_owned(),
        None => {
            let listed = known.get(..LISTED_MAX.min(known.len())).unwrap_or_default().join(", ");
            let rest = known.len().saturating_sub(LISTED_MAX);
            let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            format!("there are: {listed}{more}")
        }
    }
}

/// Whether one of the two is the beginning of the other, and long enough to be no chance.
fn begins(typed: &str, name: &str) -> bool {
    typed.chars().count().min(name.chars().count()) >= 3
        && (name.starts_with(typed) || typed.starts_with(name))
}

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut earlier_char = None;
    for (row, from) in a.chars().enumerate() {
        let mut line = vec![row + 1];
        let mut earlier_other = None;
        for (column, to) in b.iter().enumerate() {
            let get = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX - 1);
            let mut least = (get(&last, column) + usize::from(from != *to))
                .min(get(&last, column + 1) + 1)
                .min(get(&line, column) + 1);
            if earlier_char == Some(*to) && earlier_other == Some(from) {
                least = least.min(get(&before, column.saturating_sub(1)) + 1);
            }
            line.push(least);
            earlier_other = Some(*to);
        }
        earlier_char = Some(from);
        before = core::mem::replace(&mut last, line);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_count_swaps_as_one() {
        for (a, b, n) in
            [("", "", 0), ("ask", "aks", 1), ("next", "nxt", 1), ("keep", "kept", 2), ("a", "xyz", 3)]
        {
            assert_eq!(edits(a, b), n, "{a} {b}");
        }
    }

    #[test]
    fn a_near_name_is_proposed_and_a_far_one_lists_all() {
        assert_eq!(meant("contry", ["country", "entry"]), "did you mean \"country\"?");
        assert_eq!(meant("leave", ["code", "leave_by"]), "did you mean \"leave_by\"?");
        let many: Vec<String> = (10..30).map(|n| format!("option-{n}")).collect();
        assert!(meant("zzzzzz", many.iter().map(String::as_str)).ends_with("option-21 and 8 more"));
        assert_eq!(meant("zzzzzz", ["country", "entry"]), "there are: country, entry");
    }

    #[test]
    fn ids_are_lower_case_ascii() {
        assert!(is_id("days-left") && is_value("as_of"));
        assert!(!is_id("Days") && !is_id("9") && !is_id("дни") && !is_value("as-of"));
    }
}
