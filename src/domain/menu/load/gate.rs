//! The content gate: which languages somebody has signed off, text by text, and what is still to be signed.

use super::catalog::Catalog;
use super::report::{Place, Report};
use crate::domain::lang::Lang;
use std::collections::BTreeMap;

/// A text that nobody has signed off as it stands now; a line of `signed.csv` but for who and when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Unsigned {
    /// The menu, `phrases`, or the vocabulary's file.
    pub menu: String,
    /// The text's name, `entry.ask`.
    pub key: String,
    /// In which language.
    pub lang: Lang,
    /// What is to be signed: 16 hex digits over all that is read.
    pub hash: String,
}

/// The rows that a native reader is asked to sign, `who` and `when` left empty for her: `signed.csv` with its header.
///
/// `lang` alone, or every language. Rows without a name are refused by the loader, so an unread list signs nothing.
#[must_use]
pub fn rows_to_sign(unsigned: &[Unsigned], lang: Option<Lang>) -> String {
    let mut rows = format!("{}\n", COLUMNS.join(","));
    for text in unsigned.iter().filter(|text| lang.is_none_or(|lang| text.lang == lang)) {
        rows.push_str(&format!("{},{},{},{},,\n", text.menu, text.key, text.lang.tag(), text.hash));
    }
    rows
}

/// A sign-off.
struct Signature {
    hash: String,
    at: Place,
}

type Signed = BTreeMap<(String, String, Lang), Signature>;

/// The columns of `signed.csv`.
pub const COLUMNS: [&str; 6] = ["menu", "key", "language", "hash", "who", "when"];

/// Texts without a valid sign-off, and the languages that have none of them.
pub(super) fn check(
    catalog: &Catalog,
    langs: &[Lang],
    file: Option<(&Place, &str)>,
    report: &mut Report,
) -> (Vec<Unsigned>, Vec<Lang>) {
    let signed = file.map(|(file, text)| read(file, text, report)).unwrap_or_default();
    let mut unsigned = Vec::new();
    for (key, forms) in &catalog.texts {
        for (lang, written) in forms {
            let hash = written.hash();
            let signature = signed.get(&(key.scope.clone(), key.name.clone(), *lang));
            if signature.is_some_and(|signature| signature.hash == hash) {
                continue;
            }
            if let Some(signature) = signature {
                let message = format!(
                    "\"{}\" of {} has changed in {} since it was signed",
                    key.name,
                    key.scope,
                    lang.tag()
                );
                report.add("K087", &signature.at, message, "let it be read and signed again");
            }
            unsigned.push(Unsigned { menu: key.scope.clone(), key: key.name.clone(), lang: *lang, hash });
        }
    }
    for ((scope, name, lang), signature) in &signed {
        if catalog.written(scope, name, *lang).is_none() {
            let message = format!("{scope} has no text \"{name}\" in {}", lang.tag());
            report.add("K088", &signature.at, message, "remove the line");
        }
    }
    let open = langs.iter().copied().filter(|lang| !unsigned.iter().any(|text| text.lang == *lang)).collect();
    (unsigned, open)
}

/// Says which languages stay closed and why; an error when none is left.
pub(super) fn closed(unsigned: &[Unsigned], langs: &[Lang], open: &[Lang], report: &mut Report) {
    let place = Place::whole("signed.csv");
    for lang in langs.iter().filter(|lang| !open.contains(lang)) {
        let missing: Vec<&Unsigned> = unsigned.iter().filter(|text| text.lang == *lang).collect();
        let first: Vec<String> =
            missing.iter().take(3).map(|text| format!("{} {}", text.menu, text.key)).collect();
        let rest = missing.len().saturating_sub(first.len());
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        let message = format!("{} is not shown: nobody has signed {}{more}", lang.tag(), first.join(", "));
        report.add("K084", &place, message, "let a native reader read and sign them");
    }
    if open.is_empty() {
        let cure = "sign at least one language (kopir check --unsigned prints the rows), or, where nobody relies on it, set \
             menus.allow_unreviewed = true";
        report.add("K085", &place, "no language may be shown", cure);
    }
}

fn read(file: &Place, text: &str, report: &mut Report) -> Signed {
    let mut signed = Signed::new();
    for (line, number) in text.lines().zip(1_u32..) {
        let at = file.moved(number, 1);
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        if line.trim().is_empty() || number == 1 && cells == COLUMNS {
            continue;
        }
        let [menu, key, tag, hash, who, when] = cells.as_slice() else {
            let message = format!("{} cells instead of six", cells.len());
            report.add("K086", &at, message, format!("the columns are {}", COLUMNS.join(",")));
            continue;
        };
        let sound = hash.len() == 16 && !who.is_empty() && when.parse::<jiff::civil::Date>().is_ok();
        let Some(lang) = Lang::from_tag(tag).filter(|_| sound) else {
            let cure = "language is a tag, hash 16 hex digits, who a name, when a date as 2026-01-31";
            report.add("K086", &at, "the row is not a sign-off", cure);
            continue;
        };
        let signature = Signature { hash: (*hash).to_owned(), at };
        signed.insert(((*menu).to_owned(), (*key).to_owned(), lang), signature);
    }
    signed
}
