//! What a network says later of a text it took: a delivery receipt (DLR), in any bearer's form.

use super::delivery::{DueId, FailureClass, RowChange};
use super::envelope::{LinkName, StepKey};
use super::person::Person;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// One receipt as a bearer read it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Over which link it came.
    pub link: LinkName,
    /// The id it names, as written there: hex, decimal, with or without zeros.
    pub id: String,
    /// Another id it names, where its TLV and its text differ; either may be the one we were given.
    pub also: Option<String>,
    /// What it says.
    pub state: ReceiptState,
    /// The operator's error code, verbatim; empty where there is none.
    pub code: String,
    /// When it came.
    pub at: Timestamp,
}

/// The id leads to a person by way of the operator: only the state gets printed.
impl core::fmt::Debug for Receipt {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Receipt({:?} over {})", self.state, self.link)
    }
}

/// What a receipt says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReceiptState {
    /// The handset has it.
    Delivered,
    /// It will not arrive: undeliverable, rejected, deleted.
    Failed,
    /// Its validity has passed there.
    Expired,
    /// It is on its way: accepted, enroute, buffered. Not the last word.
    Underway,
    /// The network says that it does not know, or in a word we do not.
    Unknown,
}

impl ReceiptState {
    /// The word in metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Underway => "underway",
            Self::Unknown => "unknown",
        }
    }
}

impl Receipt {
    /// What a receipt makes of part `part` of `of`; nothing where it is not the last word.
    #[must_use]
    pub fn change(&self, part: u8, of: u8) -> Option<RowChange> {
        match self.state {
            ReceiptState::Delivered => Some(RowChange::PartDelivered { part, of }),
            ReceiptState::Failed => {
                Some(RowChange::Failed { class: FailureClass::Undelivered, code: self.code.clone() })
            }
            ReceiptState::Expired => Some(RowChange::Expired),
            ReceiptState::Underway | ReceiptState::Unknown => None,
        }
    }
}

/// How an operator writes ids: what a `submit_sm_resp` calls 1a2b, its receipts may call 6699.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdForm {
    /// Whatever fits: the same text first, then hexadecimal on either side and decimal on the other.
    #[default]
    Auto,
    /// The response is hexadecimal, the receipt decimal.
    Hex,
    /// The response is decimal, the receipt hexadecimal.
    Decimal,
    /// The same text in both, but for leading zeros and case.
    Text,
}

/// One name under which a part may be found. A crossed name (one side hexadecimal, the other decimal) is doubtful while
/// neither side shows a letter: digits alone can be either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdKey {
    /// Link and id in normal form, hashed.
    pub key: StepKey,
    /// Whether it crosses hexadecimal and decimal.
    pub crossed: bool,
    /// Whether the id shows that it is hexadecimal.
    pub lettered: bool,
}

impl IdForm {
    /// Under what a part is noted whose `submit_sm_resp` said `id`; nothing for an empty id.
    #[must_use]
    pub fn given(self, link: &str, id: &str) -> Vec<IdKey> {
        // Hexadecimal there is decimal in the receipt: both are noted as the number, apart by who wrote it how.
        self.keys(link, id, (b"given-hex", b"given-decimal"))
    }

    /// Under what a receipt that names `id` is looked for, the likeliest first.
    #[must_use]
    pub fn named(self, link: &str, id: &str) -> Vec<IdKey> {
        self.keys(link, id, (b"given-decimal", b"given-hex"))
    }

    /// `names`: as what a hexadecimal and a decimal reading are noted.
    fn keys(self, link: &str, id: &str, names: (&[u8], &[u8])) -> Vec<IdKey> {
        let id = id.trim();
        let bare = id.strip_prefix("0x").or_else(|| id.strip_prefix("0X")).filter(|rest| is_hex(rest));
        let digits = bare.unwrap_or(id);
        if digits.is_empty() {
            return Vec::new();
        }
        let lettered = bare.is_some() || (is_hex(digits) && !digits.bytes().all(|b| b.is_ascii_digit()));
        let one = |name: &[u8], value: &[u8], crossed| IdKey {
            key: StepKey::of(&[b"message id", link.as_bytes(), name, value]),
            crossed,
            lettered,
        };
        let exact = one(b"text", normal(digits).as_bytes(), false);
        let number = |radix, name: &[u8], crossed| {
            let value = u128::from_str_radix(digits, radix).ok().filter(|_| is_hex(digits))?;
            Some(one(name, &value.to_be_bytes(), crossed))
        };
        let (hex, decimal) = names;
        let (from_hex, from_decimal) = (
            |crossed| number(16, hex, crossed),
            |crossed| if bare.is_some() { None } else { number(10, decimal, crossed) },
        );
        let given = hex == b"given-hex";
        match self {
            Self::Text => vec![exact],
            Self::Auto => core::iter::once(exact).chain(from_hex(true)).chain(from_decimal(true)).collect(),
            // One form is known for each side: nothing is doubtful. What cannot be read so is compared as text.
            Self::Hex => vec![if given { from_hex(false) } else { from_decimal(false) }.unwrap_or(exact)],
            Self::Decimal => vec![if given { from_decimal(false) } else { from_hex(false) }.unwrap_or(exact)],
        }
    }
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Without leading zeros and in lower case where it is a number; ids in other letters may tell case apart.
fn normal(id: &str) -> String {
    if is_hex(id) {
        let short = id.trim_start_matches('0');
        return if short.is_empty() { "0".to_owned() } else { short.to_ascii_lowercase() };
    }
    if id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') {
        id.to_ascii_lowercase()
    } else {
        id.to_owned()
    }
}

/// Which part of which row an id stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartOf {
    /// Whose row.
    pub person: Person,
    /// Which row.
    pub row: DueId,
    /// Which part, from 0.
    pub part: u8,
    /// Of how many.
    pub of: u8,
    /// Whether the id as given shows that it is hexadecimal.
    pub lettered: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether a receipt that names `named` finds what was given as `given`: surely, doubtfully, or not.
    fn meets(form: IdForm, given: &str, named: &str) -> Option<bool> {
        let (given, named) = (form.given("a", given), form.named("a", named));
        let met = named.iter().find_map(|n| given.iter().find(|g| g.key == n.key).map(|g| (g, n)));
        met.map(|(g, n)| !n.crossed || g.lettered || n.lettered)
    }

    #[test]
    fn every_form_of_an_id_meets_every_other() {
        for (form, given, named, sure) in [
            (IdForm::Auto, "1a2b", "1A2B", Some(true)),
            (IdForm::Auto, "00001a2b", "1A2B", Some(true)),
            (IdForm::Auto, "0x1A2B", "6699", Some(true)),
            (IdForm::Auto, "1A2B", "0000006699", Some(true)),
            (IdForm::Auto, "6699", "1a2b", Some(true)),
            (IdForm::Auto, "0000000042", "42", Some(true)),
            (IdForm::Auto, "10", "16", Some(false)),
            (IdForm::Auto, "16", "10", Some(false)),
            (IdForm::Auto, "10", "17", None),
            (IdForm::Auto, "aZ-9", "aZ-9", Some(true)),
            (IdForm::Auto, "aZ9", "az9", None),
            (IdForm::Auto, "6F9619FF-8B86-D011", "6f9619ff-8b86-d011", Some(true)),
            (IdForm::Auto, "", "", None),
            (IdForm::Hex, "10", "16", Some(true)),
            (IdForm::Hex, "10", "10", None),
            (IdForm::Decimal, "16", "10", Some(true)),
            (IdForm::Decimal, "16", "0x10", Some(true)),
            (IdForm::Text, "010", "10", Some(true)),
            (IdForm::Text, "10", "16", None),
        ] {
            assert_eq!(meets(form, given, named), sure, "{form:?} {given} {named}");
        }
        assert_ne!(IdForm::Auto.given("a", "1"), IdForm::Auto.given("b", "1"), "links are apart");
    }

    proptest! {
        #[test]
        fn numbers_meet_in_any_form_and_nothing_panics(id: u64, zeros in 0..8_usize, any: String) {
            let (hex, decimal) = (format!("{id:x}"), format!("{}{id}", "0".repeat(zeros)));
            prop_assert!(meets(IdForm::Auto, &hex, &decimal).is_some());
            prop_assert!(meets(IdForm::Auto, &decimal, &hex.to_uppercase()).is_some());
            prop_assert_eq!(meets(IdForm::Hex, &hex, &decimal), Some(true));
            prop_assert_eq!(meets(IdForm::Decimal, &decimal, &hex), Some(true));
            for form in [IdForm::Auto, IdForm::Hex, IdForm::Decimal, IdForm::Text] {
                drop(form.given("a", &any));
                if matches!(form, IdForm::Auto | IdForm::Text) && !any.trim().is_empty() {
                    prop_assert_eq!(meets(form, &any, &any), Some(true));
                }
            }
        }
    }
}
