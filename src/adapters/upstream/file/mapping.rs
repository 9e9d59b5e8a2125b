//! The mapping file: which column of an office's export is which value, and what its words mean in our vocabulary.

use super::encoding::Encoding;
use crate::adapters::upstream::contract::{AS_OF, Typed};
use crate::domain::service::{Answer, spec};
use crate::domain::value::{Value, Values};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Digits a reference may have.
pub const REFERENCE_DIGITS: core::ops::RangeInclusive<usize> = 4..=32;
/// Digits of the document that are compared.
pub const DOCUMENT_DIGITS: usize = 4;
/// The answer that repeats the end of the reference.
const TAIL: &str = "tail";

/// A mapping as written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Which services the file answers.
    pub services: Vec<String>,
    /// File names, with at most one `*`.
    pub files: String,
    /// How rows are written.
    #[serde(default)]
    pub format: Format,
    /// What stands between the columns of a CSV file.
    #[serde(default = "comma")]
    pub delimiter: char,
    /// How letters are written.
    #[serde(default)]
    pub encoding: Encoding,
    /// The column of the reference number; its digits count.
    pub reference: String,
    /// The column of the document's number; its last four digits count.
    pub document: String,
    /// What a row answers.
    pub answers: BTreeMap<String, Column>,
    /// Of which day a row without a date is.
    #[serde(default)]
    pub as_of: AsOf,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// RFC 4180, with a first line of column names.
    #[default]
    Csv,
    /// One flat JSON object a line.
    Ndjson,
}

/// Of which day the file is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AsOf {
    /// The day the file was last written.
    #[default]
    Modified,
    /// The day in its name: `status-%Y%m%d.csv`.
    Name(String),
}

/// One answer and the column it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The column's name.
    pub column: String,
    /// An empty cell answers nothing; without this it makes the row a bad one.
    #[serde(default)]
    pub optional: bool,
    /// The office's words and ours. Compared without regard to case and spaces around.
    #[serde(default)]
    pub words: BTreeMap<String, String>,
    /// What any other word means; without it such a row is a bad one.
    #[serde(default, rename = "else")]
    pub otherwise: Option<String>,
    /// How dates are written, `%d.%m.%Y`; the first form that fits is taken.
    #[serde(default)]
    pub dates: Vec<String>,
}

/// A row as it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Digits of the reference.
    pub reference: String,
    /// Last four digits of the document.
    pub last4: String,
    /// What is answered.
    pub answer: Answer,
}

/// A cell that makes its row a bad one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadCell {
    /// The column.
    pub column: String,
    /// What is wrong.
    pub reason: &'static str,
    /// The shape of what was found: letters `a`, digits `9`, never the text.
    pub shape: String,
}

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// It cannot be read.
    #[error("mapping cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// It is not the YAML of a mapping.
    #[error("mapping: {0}")]
    Yaml(String),
    /// It says what cannot be.
    #[error("mapping: {0}")]
    Meaning(String),
}

fn comma() -> char {
    ','
}

impl Mapping {
    /// Reads a mapping and holds it against the services it names.
    ///
    /// # Errors
    /// `Yaml` with line and column, or `Meaning`.
    pub fn parse(yaml: &str) -> Result<Self, MappingError> {
        let mut mapping: Self =
            serde_saphyr::from_str(yaml).map_err(|error| MappingError::Yaml(error.to_string()))?;
        mapping.check().map_err(MappingError::Meaning)?;
        for column in mapping.answers.values_mut() {
            column.words = core::mem::take(&mut column.words)
                .into_iter()
                .map(|(word, ours)| (folded(&word), ours))
                .collect();
        }
        Ok(mapping)
    }

    fn check(&self) -> Result<(), String> {
        if self.services.is_empty() {
            return Err("services is empty: name the services this file answers".to_owned());
        }
        if self.files.matches('*').count() > 1 || self.files.contains(['/', '\\']) {
            return Err("files may have one * and no folder".to_owned());
        }
        if !self.delimiter.is_ascii() {
            return Err("delimiter must be one ASCII sign, as \";\"".to_owned());
        }
        for name in &self.services {
            let spec = spec(name).ok_or_else(|| format!("service \"{name}\" is not known"))?;
            if !["number", "last4"].iter().all(|give| spec.gives.contains(give)) {
                return Err(format!("service \"{name}\" does not look up by number and last4"));
            }
            if let Some(unknown) = self.answers.keys().find(|answer| !spec.answers.contains(&answer.as_str()))
            {
                return Err(format!("service \"{name}\" does not answer \"{unknown}\""));
            }
        }
        for (name, column) in &self.answers {
            let vocabulary = !column.words.is_empty() || column.otherwise.is_some();
            if vocabulary != column.dates.is_empty() {
                return Err(format!("answers.{name} needs either words or dates"));
            }
            if name == AS_OF && column.dates.is_empty() {
                return Err("answers.as_of is a date: give dates".to_owned());
            }
        }
        Ok(())
    }

    /// Every column that is read, reference and document first.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        [self.reference.as_str(), self.document.as_str()]
            .into_iter()
            .chain(self.answers.values().map(|column| column.column.as_str()))
    }

    /// Whether a file of this name is meant.
    #[must_use]
    pub fn matches(&self, file: &str) -> bool {
        match self.files.split_once('*') {
            None => file == self.files,
            Some((head, tail)) => {
                file.len() >= head.len().saturating_add(tail.len())
                    && file.starts_with(head)
                    && file.ends_with(tail)
            }
        }
    }

    /// The day of a file by its name; `None` where its writing time counts or the name has no date.
    #[must_use]
    pub fn day_of(&self, file: &str) -> Option<Date> {
        match &self.as_of {
            AsOf::Modified => None,
            AsOf::Name(pattern) => Date::strptime(pattern, file).ok(),
        }
    }

    /// The row of these cells, which stand in the order of `columns`.
    ///
    /// # Errors
    /// The first bad cell.
    pub fn row(&self, cells: &[Option<String>], day: Date) -> Result<Row, BadCell> {
        let mut cells = cells.iter().map(|cell| cell.as_deref().map_or("", str::trim));
        let reference = cells.next().unwrap_or("");
        let digits = digits(reference);
        if !REFERENCE_DIGITS.contains(&digits.len()) {
            return Err(bad(&self.reference, "no reference number", reference));
        }
        let document = cells.next().unwrap_or("");
        let of_document = self::digits(document);
        let last4 = of_document.len().checked_sub(DOCUMENT_DIGITS).and_then(|at| of_document.get(at..));
        let last4 = last4.ok_or_else(|| bad(&self.document, "fewer than 4 digits", document))?.to_owned();
        let mut values = Values::new();
        for ((name, column), cell) in self.answers.iter().zip(cells) {
            if cell.is_empty() && column.optional {
                continue;
            }
            values.insert(name.clone(), column.value(cell)?);
        }
        values.entry(AS_OF.to_owned()).or_insert(Value::Date(day));
        let tail = digits.get(digits.len().saturating_sub(4)..).unwrap_or_default();
        values.insert(TAIL.to_owned(), Value::Digits(tail.to_owned()));
        Ok(Row { reference: digits, last4, answer: Answer { outcome: "found".to_owned(), values } })
    }
}

impl Column {
    fn value(&self, cell: &str) -> Result<Value, BadCell> {
        if cell.is_empty() {
            return Err(bad(&self.column, "empty", cell));
        }
        if !self.dates.is_empty() {
            let date = self.dates.iter().find_map(|form| Date::strptime(form, cell).ok());
            return date
                .map(Value::Date)
                .ok_or_else(|| bad(&self.column, "not a date of the mapping's forms", cell));
        }
        let word = self.words.get(&folded(cell)).or(self.otherwise.as_ref());
        word.and_then(|word| Typed::Word(word.clone()).into_value())
            .ok_or_else(|| bad(&self.column, "word is not in the mapping", cell))
    }
}

fn digits(cell: &str) -> String {
    cell.chars().filter(char::is_ascii_digit).collect()
}

fn folded(word: &str) -> String {
    word.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn bad(column: &str, reason: &'static str, cell: &str) -> BadCell {
    BadCell { column: column.to_owned(), reason, shape: shape(cell) }
}

/// What a cell looks like without what it says.
#[must_use]
pub fn shape(cell: &str) -> String {
    let sign = |c: char| match c {
        _ if c.is_numeric() => '9',
        _ if c.is_alphabetic() => 'a',
        _ if c.is_ascii_punctuation() || c == ' ' => c,
        _ => '?',
    };
    cell.chars().take(24).map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const YAML: &str = include_str!("../../../../tests/vectors/upstream/applications.mapping.yaml");

    fn cells(cells: &[&str]) -> Vec<Option<String>> {
        cells.iter().map(|cell| Some((*cell).to_owned())).collect()
    }

    #[test]
    fn a_row_becomes_a_dated_answer() {
        let mapping = Mapping::parse(YAML).unwrap();
        assert_eq!(
            mapping.columns().collect::<Vec<_>>(),
            ["Номер заявки", "Документ", "Дата", "Статус", "Статус"]
        );
        let row = mapping.row(
            &cells(&["KZ-12 3456 7890", "N 10214821", "03.10.2026", " на  Комиссии", "на комиссии"]),
            date(2026, 1, 1),
        );
        let row = row.unwrap();
        assert_eq!((row.reference.as_str(), row.last4.as_str()), ("1234567890", "4821"));
        assert_eq!(row.answer.values["tail"], Value::Digits("7890".to_owned()));
        assert_eq!(row.answer.values[AS_OF], Value::Date(date(2026, 10, 3)));
        assert!(matches!(&row.answer.values["state"], Value::Word(word) if word == "commission"));
    }

    #[test]
    fn a_bad_cell_is_named_by_column_reason_and_shape() {
        let mapping = Mapping::parse(YAML).unwrap();
        let cases: [(&[&str], &str, &str); 4] = [
            (&["x", "1234", "03.10.2026", "одобрено", "одобрено"], "Номер заявки", "a"),
            (&["1234567890", "AB1", "03.10.2026", "одобрено", "одобрено"], "Документ", "aa9"),
            (&["1234567890", "1234", "2026/31/31", "одобрено", "одобрено"], "Дата", "9999/99/99"),
            (&["1234567890", "1234", "03.10.2026", "=cmd()", "=cmd()"], "Статус", "=aaa()"),
        ];
        for (row, column, shape) in cases {
            let bad = mapping.row(&cells(row), date(2026, 1, 1)).unwrap_err();
            assert_eq!((bad.column.as_str(), bad.shape.as_str()), (column, shape));
        }
    }

    #[test]
    fn a_mapping_that_cannot_be_meant_is_refused_in_words() {
        for (from, to, said) in [
            ("application.status", "stay.count", "number and last4"),
            ("applications-*.csv", "*/*.csv", "one *"),
            ("  state:", "  name:", "\"name\""),
            ("dates: [\"%d.%m.%Y\"]", "optional: true", "words or dates"),
            ("reference:", "refrence:", "refrence"),
        ] {
            assert!(YAML.contains(from), "{from}");
            let error = Mapping::parse(&YAML.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn files_are_known_by_name_and_dated_by_it() {
        let mut mapping = Mapping::parse(YAML).unwrap();
        assert!(mapping.matches("applications-20261003.csv") && !mapping.matches("applications-1.csv.part"));
        mapping.as_of = AsOf::Name("applications-%Y%m%d.csv".to_owned());
        assert_eq!(mapping.day_of("applications-20261003.csv"), Some(date(2026, 10, 3)));
        assert_eq!(mapping.day_of("applications-x.csv"), None);
    }
}
