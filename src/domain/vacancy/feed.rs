//! A feed's text → its postings, one after another: JSON, NDJSON, CSV, or a page that holds one.

use super::{Aside, page};
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// In what form a feed is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A list of postings, one posting, or an object with such a list in it.
    Json,
    /// A posting a line.
    Ndjson,
    /// A table with a head; `;`, `,` or tab between its fields.
    Csv,
    /// A web page with JSON-LD in it.
    Html,
}

/// Names under which feeds keep their list.
const LISTS: [&str; 5] = ["@graph", "items", "vacancies", "itemListElement", "data"];

impl Form {
    /// The form of a file, by the ending of its name, else by how it begins.
    #[must_use]
    pub fn of(name: &str, text: &str) -> Self {
        let name = name.to_lowercase();
        let ending = name.rsplit('.').next().unwrap_or_default();
        let begins = text.trim_start_matches('\u{feff}').trim_start();
        match ending {
            "ndjson" | "jsonl" => Self::Ndjson,
            "csv" | "tsv" => Self::Csv,
            "html" | "htm" => Self::Html,
            _ if begins.starts_with('[') => Self::Json,
            _ if begins.starts_with('{') && is_ndjson(begins) => Self::Ndjson,
            _ if begins.starts_with('{') => Self::Json,
            _ if begins.starts_with('<') => Self::Html,
            _ => Self::Csv,
        }
    }
}

/// Whether the first line is a posting of its own and another follows.
fn is_ndjson(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().is_some_and(|line| serde_json::from_str::<Map<String, Value>>(line).is_ok());
    first && lines.next().is_some()
}

/// Gives every posting of `text` to `take`, in order, with its number from 1; what cannot be read comes as the reason why.
/// One posting is held at a time.
pub fn each(form: Form, text: &str, take: &mut dyn FnMut(usize, Result<Value, Aside>)) {
    let text = text.trim_start_matches('\u{feff}');
    match form {
        Form::Html => take(1, page::posting(text)),
        Form::Ndjson => {
            for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                let read = serde_json::from_str(line).map_err(|error| Aside::Malformed(error.to_string()));
                take(at.saturating_add(1), read);
            }
        }
        Form::Csv => rows(text, take),
        Form::Json if text.trim_start().starts_with('[') => list(text, take),
        Form::Json => match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(mut whole)) => {
                let listed = LISTS.iter().find_map(|name| match whole.remove(*name) {
                    Some(Value::Array(all)) => Some(all),
                    Some(_) | None => None,
                });
                let all = listed.unwrap_or_else(|| vec![Value::Object(whole)]);
                all.into_iter().enumerate().for_each(|(at, one)| take(at.saturating_add(1), Ok(entry(one))));
            }
            Ok(_) => take(1, Err(Aside::Malformed("a list or an object was expected".to_owned()))),
            Err(error) => take(1, Err(Aside::Malformed(error.to_string()))),
        },
    }
}

/// A `ListItem` holds the posting in its `item`.
fn entry(mut value: Value) -> Value {
    let is_item = value.get("@type").and_then(Value::as_str) == Some("ListItem");
    match value.get_mut("item") {
        Some(item) if is_item => item.take(),
        _ => value,
    }
}

/// A list, entry by entry, so that a long one is never in memory twice.
fn list(text: &str, take: &mut dyn FnMut(usize, Result<Value, Aside>)) {
    struct Entries<'a> {
        take: &'a mut dyn FnMut(usize, Result<Value, Aside>),
        at: usize,
    }
    impl<'de> Visitor<'de> for &mut Entries<'_> {
        type Value = ();
        fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            f.write_str("a list of postings")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<(), A::Error> {
            while let Some(one) = all.next_element::<Value>()? {
                self.at = self.at.saturating_add(1);
                (self.take)(self.at, Ok(entry(one)));
            }
            Ok(())
        }
    }
    impl<'de> DeserializeSeed<'de> for &mut Entries<'_> {
        type Value = ();
        fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
            reader.deserialize_seq(self)
        }
    }
    let mut entries = Entries { take, at: 0 };
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = entries.deserialize(&mut reader).and_then(|()| reader.end());
    if let Err(error) = read {
        let at = entries.at.saturating_add(1);
        (entries.take)(at, Err(Aside::Malformed(error.to_string())));
    }
}

/// A table: dots in the head's names go down (`hiringOrganization.name`), empty fields are not there.
fn rows(text: &str, take: &mut dyn FnMut(usize, Result<Value, Aside>)) {
    let head = text.lines().next().unwrap_or_default();
    let count = |mark: char| head.chars().filter(|c| *c == mark).count();
    let mark = [';', '\t', ','].into_iter().max_by_key(|mark| count(*mark)).unwrap_or(',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(u8::try_from(mark).unwrap_or(b','))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let names: Vec<String> = match reader.headers() {
        Ok(names) => names.iter().map(str::to_owned).collect(),
        Err(error) => return take(1, Err(Aside::Malformed(error.to_string()))),
    };
    for (at, row) in reader.records().enumerate() {
        let number = at.saturating_add(2);
        let read = match row {
            Ok(row) if row.len() == names.len() => Ok(posting(&names, &row)),
            Ok(row) => Err(Aside::Malformed(format!("{} fields, the head has {}", row.len(), names.len()))),
            Err(error) => Err(Aside::Malformed(error.to_string())),
        };
        take(number, read);
    }
}

fn posting(names: &[String], row: &csv::StringRecord) -> Value {
    let mut whole = Map::new();
    for (name, field) in names.iter().zip(row.iter()).filter(|(_, field)| !field.is_empty()) {
        let mut parts = name.split('.');
        let last = parts.next_back().unwrap_or_default();
        let place = parts.try_fold(&mut whole, |at, part| {
            at.entry(part).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
        });
        if let Some(place) = place {
            place.insert(last.to_owned(), Value::String(field.to_owned()));
        }
    }
    Value::Object(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(form: Form, text: &str) -> Vec<Result<Value, Aside>> {
        let mut found = Vec::new();
        each(form, text, &mut |_, one| found.push(one));
        found
    }

    #[test]
    fn the_form_is_told_by_the_name_and_else_by_how_the_text_begins() {
        for (name, text, wanted) in [
            ("a.ndjson", "", Form::Ndjson),
            ("a.CSV", "", Form::Csv),
            ("a.html", "", Form::Html),
            ("a.json", " [1]", Form::Json),
            ("a.json", "{\"title\": 1}\n{\"title\": 2}", Form::Ndjson),
            ("feed", "{\n \"items\": []}", Form::Json),
            ("feed", "<html>", Form::Html),
            ("feed", "id;title", Form::Csv),
        ] {
            assert_eq!(Form::of(name, text), wanted, "{name} {text}");
        }
    }

    #[test]
    fn postings_are_found_in_lists_graphs_and_item_lists() {
        for text in [
            r#"[{"title": "a"}, {"title": "b"}]"#,
            r#"{"@graph": [{"title": "a"}, {"title": "b"}]}"#,
            r#"{"itemListElement": [{"@type": "ListItem", "item": {"title": "a"}}, {"title": "b"}]}"#,
        ] {
            let found = all(Form::Json, text);
            let titles: Vec<&str> =
                found.iter().map(|one| one.as_ref().unwrap()["title"].as_str().unwrap()).collect();
            assert_eq!(titles, ["a", "b"], "{text}");
        }
        assert_eq!(all(Form::Json, r#"{"title": "one"}"#).len(), 1);
    }

    #[test]
    fn a_line_or_row_that_cannot_be_read_does_not_lose_the_others() {
        let found = all(Form::Ndjson, "{\"title\": \"a\"}\n{\n\n{\"title\": \"b\"}");
        assert_eq!(found.iter().filter(|one| one.is_ok()).count(), 2);
        let found = all(Form::Csv, "id;title\n1;a\n2\n3;\"b;c\"\n");
        assert_eq!(found.iter().filter(|one| one.is_ok()).count(), 2);
        let found = all(Form::Json, "[{\"title\": \"a\"}, {\"ti");
        assert!(
            found[0].is_ok() && matches!(found[1], Err(Aside::Malformed(_))),
            "what came before the cut is kept"
        );
    }

    #[test]
    fn names_with_dots_go_down() {
        let found = all(Form::Csv, "\u{feff}title,hiringOrganization.name,pay\nCook,Cafe,\n");
        assert_eq!(
            found[0].as_ref().unwrap(),
            &serde_json::json!({"title": "Cook", "hiringOrganization": {"name": "Cafe"}})
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in any::<String>(), near in "[\\[{}\\]\",:;a-c\n<>]{0,40}") {
            for form in [Form::Json, Form::Ndjson, Form::Csv, Form::Html] {
                each(form, &text, &mut |_, _| {});
                each(form, &near, &mut |_, _| {});
            }
        }
    }
}
