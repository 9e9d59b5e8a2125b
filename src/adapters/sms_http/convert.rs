//! What Kannel says and hears: a person's text → `Inbound`, a letter → a `sendsms` request, its answer and its reports → ours.

use super::params::Params;
use crate::domain::address::Msisdn;
use crate::domain::delivery::{FailureClass, Lane};
use crate::domain::envelope::{Copy, Event, Inbound, LinkName, StepKey};
use crate::domain::lang::Script;
use crate::domain::receipt::{Receipt, ReceiptState};
use crate::domain::text::budget::Encoding;
use crate::domain::text::{gsm7, segment, ucs2};
use crate::domain::time::Timestamp;
use crate::ports::{Letter, SubmitError};

/// Bytes a message id may have; Kannel's are UUIDs of 36.
pub const ID_MAX_BYTES: usize = 128;
/// Characters of a report's code that are kept.
const CODE_CHARS_MAX: usize = 32;

/// Why a request cannot be read: the template in Kannel's configuration lacks something. Names fields, never what they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("parameter \"{0}\" is missing or malformed")]
pub struct BadField(pub &'static str);

/// What a request turned out to be.
#[derive(Debug)]
pub enum Heard {
    /// A whole letter.
    Letter(Box<Inbound>),
    /// Nothing for the gateway: acknowledged, and counted under this kind.
    Aside(&'static str),
}

/// Reads a text that Kannel hands over. `%I` makes a retried request the same step: it is the same for every try of
/// Kannel's, also after Kannel was restarted from its store.
///
/// # Errors
/// The first parameter that is missing or malformed.
pub fn letter(params: &Params, link: &LinkName, at: Timestamp) -> Result<Heard, BadField> {
    let id = id(params)?;
    let sender = Some(params.text("from")).filter(|from| !from.is_empty()).ok_or(BadField("from"))?;
    let octets = params.octets("text").ok_or(BadField("text"))?;
    let Ok(from) = Msisdn::parse(sender) else { return Ok(Heard::Aside("not_a_number")) };
    let Some(text) = text(octets, params.text("charset"), params.text("coding")) else {
        return Ok(Heard::Aside("binary"));
    };
    let to: String = params.text("to").chars().filter(char::is_ascii_digit).collect();
    let step = StepKey::of(&[link.as_bytes(), b"id", id.as_bytes()]);
    let content = StepKey::of(&[link.as_bytes(), from.expose().as_bytes(), to.as_bytes(), octets]);
    Ok(Heard::Letter(Box::new(Inbound {
        from,
        link: link.clone(),
        to,
        script: script(&text),
        event: Event::Text(text),
        lang: None,
        dialogue: Vec::new(),
        copy: Copy { step, content, bind: 0, doubtful: false },
        at,
    })))
}

fn id(params: &Params) -> Result<&str, BadField> {
    let id = params.text("id");
    let good = !id.is_empty() && id.len() <= ID_MAX_BYTES && id.bytes().all(|b| b.is_ascii_graphic());
    good.then_some(id).ok_or(BadField("id"))
}

/// The text of `octets`; `None` for data that is no text. `charset` is what Kannel made of it (`%C`), `coding` what the
/// network had (`%c`: 0 septets, 1 octets, 2 UCS-2), which counts where no charset is told.
fn text(octets: &[u8], charset: &str, coding: &str) -> Option<String> {
    let utf16 = |octets: &[u8]| {
        let (pairs, _) = octets.as_chunks::<2>();
        let text = ucs2::decode(pairs.as_flattened());
        text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text)
    };
    let latin1 = |octets: &[u8]| octets.iter().copied().map(char::from).collect();
    match charset.trim_matches('"').to_ascii_uppercase().as_str() {
        "8-BIT" | "BINARY" => None,
        "UTF-8" | "UTF8" | "US-ASCII" | "ASCII" => Some(String::from_utf8_lossy(octets).into_owned()),
        "UTF-16BE" | "UTF-16" | "UCS-2BE" | "UCS-2" | "ISO-10646-UCS-2" => Some(utf16(octets)),
        "GSM" | "GSM-7" => Some(gsm7::decode(octets)),
        "ISO-8859-1" | "LATIN1" | "LATIN-1" => Some(latin1(octets)),
        "WINDOWS-1252" | "CP1252" => Some(octets.iter().copied().map(windows_1252).collect()),
        _ => match coding {
            "1" => None,
            "2" => Some(utf16(octets)),
            _ => Some(core::str::from_utf8(octets).map_or_else(|_| latin1(octets), str::to_owned)),
        },
    }
}

/// Latin-1 but for 0x80 to 0x9F, of which people type quotes, dashes and the euro.
fn windows_1252(octet: u8) -> char {
    match octet {
        0x80 => '€',
        0x85 => '…',
        0x8A => 'Š',
        0x8E => 'Ž',
        0x91 => '‘',
        0x92 => '’',
        0x93 => '“',
        0x94 => '”',
        0x96 => '–',
        0x97 => '—',
        0x9A => 'š',
        0x9E => 'ž',
        0x81..=0x9F => char::REPLACEMENT_CHARACTER,
        other => char::from(other),
    }
}

fn script(text: &str) -> Option<Script> {
    let is_cyrillic = |c: char| matches!(c, '\u{0400}'..='\u{052F}');
    if text.chars().any(is_cyrillic) {
        return Some(Script::Native);
    }
    text.chars().any(char::is_alphabetic).then_some(Script::Latin)
}

/// A letter as `sendsms` takes it by POST: everything about the person in headers and body, where no access log looks.
#[derive(Clone, PartialEq, Eq)]
pub struct SendSms {
    /// `X-Kannel-…` headers.
    pub headers: Vec<(&'static str, String)>,
    /// What the body is.
    pub content_type: &'static str,
    /// The text.
    pub body: Vec<u8>,
}

/// Where Kannel sends the letter and its reports.
#[derive(Clone, Copy, Debug)]
pub struct Through<'a> {
    /// Kannel's `smsc-id` to leave by; empty leaves it to Kannel.
    pub smsc: &'a str,
    /// Our URL for reports, up to its query; empty asks for none.
    pub reports: &'a str,
}

/// What a report is asked of: 1 delivered, 2 not delivered, 16 refused by the SMSC. The first two make the network write
/// a receipt, the last one costs nothing and is asked of every letter.
const MASK_RECEIPT: u8 = 1 | 2 | 16;
const MASK_REFUSED: u8 = 16;
/// `priority` of Kannel: 0 to 3, higher leaves first.
const PRIORITY_REPLY: u8 = 1;
const PRIORITY_BULK: u8 = 0;

/// The request for a letter.
///
/// UCS-2 goes as UTF-16BE and GSM-7 as UTF-8: Kannel 1.4 recodes a posted body twice, which only what is already in its
/// own charset survives.
#[must_use]
pub fn sendsms(letter: &Letter, through: Through<'_>) -> SendSms {
    let is_ucs2 = segment::segment(&letter.text).encoding == Encoding::Ucs2;
    let (coding, content_type, body) = if is_ucs2 {
        ("2", "text/plain; charset=UTF-16BE", ucs2::encode(&letter.text))
    } else {
        ("0", "text/plain; charset=UTF-8", letter.text.as_bytes().to_vec())
    };
    let priority = if letter.lane == Lane::Now { PRIORITY_REPLY } else { PRIORITY_BULK };
    let mut headers = vec![
        ("x-kannel-from", letter.from.clone()),
        ("x-kannel-to", letter.to.expose().to_owned()),
        ("x-kannel-coding", coding.to_owned()),
        ("x-kannel-priority", priority.to_string()),
    ];
    if !letter.validity.is_zero() {
        headers.push(("x-kannel-validity", letter.validity.as_secs().div_ceil(60).max(1).to_string()));
    }
    if !through.smsc.is_empty() {
        headers.push(("x-kannel-smsc", through.smsc.to_owned()));
    }
    if !through.reports.is_empty() {
        let mask = if letter.receipt { MASK_RECEIPT } else { MASK_REFUSED };
        let url = format!("{}?id={}&type=%d&code=%A", through.reports, token(letter));
        headers.extend([("x-kannel-dlr-mask", mask.to_string()), ("x-kannel-dlr-url", url)]);
    }
    SendSms { headers, content_type, body }
}

/// By what a letter is known to its reports: the row's id, which says nothing about a person and is the same for every try.
#[must_use]
pub fn token(letter: &Letter) -> String {
    hex::encode(letter.id.0)
}

/// What an answer of `sendsms` means:
///
/// | Answer | Meaning |
/// |---|---|
/// | 200 to 202 (`0: Accepted for delivery`, `3: Queued for later delivery`) | taken |
/// | 403 `Authorization failed for sendsms`, 401, 404, 3xx | later: Kopir or Kannel is configured wrongly, no letter is at fault |
/// | 403 `Not routable. Do not try again.`, 400 about `white- and/or black-lists` | never: refused |
/// | other 400, 413, 415 | never: malformed |
/// | 408, 429, 5xx (`Temporal failure, try again later.`, `Sending failed.`), everything else | later |
///
/// # Errors
/// `Later` or `Never`.
pub fn judge(status: u16, answer: &str) -> Result<(), SubmitError> {
    let later = Err(SubmitError::Later { status: u32::from(status) });
    let never = |class| Err(SubmitError::Never { status: u32::from(status), class });
    match status {
        200..=202 => Ok(()),
        403 if answer.starts_with("Authorization") => later,
        403 => never(FailureClass::Refused),
        400 if answer.contains("black-list") => never(FailureClass::Refused),
        400 | 413 | 415 => never(FailureClass::Malformed),
        _ => later,
    }
}

/// Reads a delivery report: `type` is Kannel's `%d`, `code` its `%A`, the network's own words.
///
/// # Errors
/// The first parameter that is missing or malformed.
pub fn report(params: &Params, link: &LinkName, at: Timestamp) -> Result<Receipt, BadField> {
    let id = id(params)?.to_owned();
    let said = String::from_utf8_lossy(params.octets("code").unwrap_or_default()).into_owned();
    let said = said.split(" text:").next().unwrap_or_default().split(" Text:").next().unwrap_or_default();
    let word = |key: &str| {
        let (_, after) = said.split_once(key)?;
        after.split_whitespace().next().map(str::to_owned)
    };
    let stat = word("stat:").unwrap_or_default();
    let state = match params.text("type") {
        "1" => ReceiptState::Delivered,
        "2" if stat.eq_ignore_ascii_case("EXPIRED") => ReceiptState::Expired,
        "2" | "16" => ReceiptState::Failed,
        "4" | "8" | "32" => ReceiptState::Underway,
        number if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => ReceiptState::Unknown,
        _ => return Err(BadField("type")),
    };
    // What the SMSC refused at once reads `NACK/0x0000000b/Invalid Destination Address`.
    let refused = || said.strip_prefix("NACK/").and_then(|rest| rest.split('/').next()).map(str::to_owned);
    let code = word("err:").or_else(refused).unwrap_or(stat);
    let code = code.chars().filter(char::is_ascii_graphic).take(CODE_CHARS_MAX).collect();
    Ok(Receipt { link: link.clone(), id, also: None, state, code, at })
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
