//! A text on its way out as one or several `submit_sm`, and what a refusal of it means; pure.

use super::alphabet;
use super::body::{Address, SHORT_MESSAGE_MAX, Sm};
use super::octets::Octets;
use super::pdu::status;
use super::settings::{LongForm, SmsSettings};
use super::tlv::{self, Tlvs};
use super::udh::{self, Concat};
use crate::domain::delivery::FailureClass;
use crate::domain::text::segment;
use crate::ports::{Letter, SubmitError};
use core::time::Duration;

/// The PDUs of a letter, in order.
#[must_use]
pub fn parts(settings: &SmsSettings, letter: &Letter) -> Vec<Sm> {
    let (octets, ucs2) = alphabet::write(&letter.text, false);
    let most = if ucs2 { 140 } else { 160 };
    let whole = outline(settings, letter, ucs2);
    if octets.len() <= most {
        return vec![Sm { short_message: octets.into(), ..whole }];
    }
    match settings.long {
        LongForm::Payload => vec![Sm { tlvs: Tlvs::default().with(tlv::MESSAGE_PAYLOAD, octets), ..whole }],
        LongForm::Udh8 | LongForm::Udh16 | LongForm::Sar => cut(settings, letter, &whole),
    }
}

// With SAR the SMSC writes the UDH; the 8-bit form is what it will write at the least.
fn header_octets(long: LongForm) -> usize {
    if long == LongForm::Udh16 { segment::UDH_16_BIT } else { segment::UDH_8_BIT }
}

fn cut(settings: &SmsSettings, letter: &Letter, whole: &Sm) -> Vec<Sm> {
    let parts = segment::segment_with(&letter.text, header_octets(settings.long)).parts;
    // A reference counts 255 parts; the gateway's own cap lies far below.
    let total = u8::try_from(parts.len()).unwrap_or(u8::MAX);
    let ucs2 = whole.data_coding == settings.ucs2;
    let part = |(number, text): (u8, &String)| {
        let octets = encode(text, ucs2);
        let concat = Concat { reference: letter.reference, total, number };
        let mut sm = whole.clone();
        if settings.long == LongForm::Sar {
            sm.tlvs = Tlvs::default()
                .with(tlv::SAR_MSG_REF_NUM, letter.reference.to_be_bytes().to_vec())
                .with(tlv::SAR_TOTAL_SEGMENTS, vec![total])
                .with(tlv::SAR_SEGMENT_SEQNUM, vec![number]);
            sm.short_message = octets.into();
        } else {
            sm.esm_class |= udh::UDHI;
            sm.short_message = [udh::write(concat, settings.long == LongForm::Udh16), octets].concat().into();
        }
        debug_assert!(sm.short_message.0.len() <= SHORT_MESSAGE_MAX);
        sm
    };
    (1..=total).zip(&parts).map(part).collect()
}

// A part of a UCS-2 text may be plain ASCII by itself, and is UCS-2 all the same.
fn encode(text: &str, ucs2: bool) -> Vec<u8> {
    if ucs2 { crate::domain::text::ucs2::encode(text) } else { alphabet::write(text, false).0 }
}

fn outline(settings: &SmsSettings, letter: &Letter, ucs2: bool) -> Sm {
    Sm {
        service_type: Octets::from(settings.service_type.clone()),
        source: Address::new(settings.source_ton, settings.source_npi, &letter.from),
        destination: Address::new(settings.destination_ton, settings.destination_npi, letter.to.expose()),
        validity: Octets::from(relative(letter.validity)),
        registered_delivery: u8::from(letter.receipt),
        data_coding: if ucs2 { settings.ucs2 } else { settings.gsm7 },
        ..Sm::default()
    }
}

/// A span as SMPP's relative time, `YYMMDDhhmmss000R` (§7.1.1): months and years are left at 0, since their length is
/// not said; 99 days at most. Nothing for a span of zero: the SMSC's own default.
#[must_use]
pub fn relative(span: Duration) -> String {
    let seconds = span.as_secs().min(99 * 86_400);
    if seconds == 0 {
        return String::new();
    }
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days have two digits but no more than a month's worth is safe: beyond 30 days, months of 30 days are counted.
    let (months, days) = (days / 30, days % 30);
    format!("00{months:02}{days:02}{:02}{:02}{:02}000R", rest / 3_600, rest % 3_600 / 60, rest % 60)
}

/// What a `command_status` means for a letter:
///
/// | Status | Meaning |
/// |---|---|
/// | `ESME_RTHROTTLED`, `ESME_RMSGQFUL`, `ESME_RSYSERR`, `ESME_RX_T_APPN`, `ESME_RSUBMITFAIL`, `ESME_RINVBNDSTS` | later |
/// | `ESME_RINVDSTADR` 0x0B, 0x50 and 0x51 (destination TON, NPI) | never: dead number |
/// | `ESME_RINVMSGLEN`, `ESME_RINVCMDLEN`, `ESME_RINVCMDID`, `ESME_RINVESMCLASS`, 0x06–0x07, 0x61–0x67 but 0x64, 0xC0–0xC4 | never: malformed |
/// | everything else, vendors' own 0x400–0x4FF included | never: refused |
#[must_use]
pub fn refusal(status: u32) -> SubmitError {
    let class = match status {
        status::THROTTLED
        | status::QUEUE_FULL
        | status::SYSTEM_ERROR
        | status::RX_TEMPORARY
        | status::SUBMIT_FAILED
        | status::INVALID_BIND_STATUS => return SubmitError::Later { status },
        status::INVALID_DESTINATION | 0x50 | 0x51 => FailureClass::DeadNumber,
        status::INVALID_MESSAGE_LENGTH
        | status::INVALID_COMMAND_LENGTH
        | status::INVALID_COMMAND_ID
        | status::INVALID_ESM_CLASS
        | 0x06..=0x07
        | 0x61..=0x63
        | 0x66..=0x67
        | status::INVALID_OPTIONAL..=0xC4 => FailureClass::Malformed,
        _ => FailureClass::Refused,
    };
    SubmitError::Never { status, class }
}

/// Whether this status asks the whole link to slow down.
#[must_use]
pub fn throttles(status: u32) -> bool {
    matches!(status, status::THROTTLED | status::QUEUE_FULL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::smpp::dialect::Alphabet;
    use crate::domain::address::Msisdn;

    fn letter(text: &str) -> Letter {
        Letter {
            id: crate::domain::envelope::StepKey([7; 16]),
            to: Msisdn::parse("77011234567").unwrap(),
            from: "1414".to_owned(),
            text: text.to_owned(),
            reference: 0x1234,
            validity: Duration::from_secs(3_661),
            receipt: true,
        }
    }

    #[test]
    fn a_text_that_fits_is_one_pdu_in_its_alphabet() {
        let settings = SmsSettings::default();
        for (text, coding, octets) in [("a".repeat(160), 0, 160), ("я".repeat(70), 8, 140)] {
            let sms = parts(&settings, &letter(&text));
            assert_eq!((sms.len(), sms[0].data_coding, sms[0].short_message.0.len()), (1, coding, octets));
            assert_eq!((sms[0].esm_class, sms[0].registered_delivery), (0, 1));
            assert_eq!(sms[0].validity.text(), "000000010101000R");
        }
    }

    #[test]
    fn a_long_text_reads_back_whole_in_every_form() {
        let texts = [
            "a[".repeat(120),
            format!("{} plain ascii at the end {}", "Жұмыс 😀 ".repeat(20), "x".repeat(80)),
        ];
        for (text, long) in texts.iter().flat_map(|text| {
            [LongForm::Udh8, LongForm::Udh16, LongForm::Sar, LongForm::Payload].map(|long| (text, long))
        }) {
            let settings = SmsSettings { long, ..SmsSettings::default() };
            let sms = parts(&settings, &letter(text));
            assert_eq!(sms.len() == 1, long == LongForm::Payload, "{long:?}");
            let mut octets = Vec::new();
            for (at, sm) in (1..).zip(&sms) {
                let (concat, rest) = udh::read(sm.esm_class, sm.short_message.0.clone());
                octets.extend_from_slice(&rest);
                let payload = sm.tlvs.get(tlv::MESSAGE_PAYLOAD).map(|payload| payload.0.clone());
                octets.extend_from_slice(&payload.unwrap_or_default());
                if let Some(concat) = concat.or_else(|| udh::sar(&sm.tlvs)) {
                    assert_eq!((usize::from(concat.number), usize::from(concat.total)), (at, sms.len()));
                }
            }
            let alphabet = if sms[0].data_coding == 8 { Alphabet::Ucs2 } else { Alphabet::Gsm7 };
            assert_eq!(&alphabet::read(alphabet, false, &octets), text, "{long:?}");
        }
    }

    #[test]
    fn spans_are_written_as_relative_times() {
        assert_eq!(relative(Duration::ZERO), "");
        assert_eq!(relative(Duration::from_secs(86_399)), "000000235959000R");
        assert_eq!(relative(Duration::from_secs(31 * 86_400)), "000101000000000R");
        assert_eq!(relative(Duration::from_secs(u64::MAX)), "000309000000000R");
    }

    #[test]
    fn refusals_are_sorted_by_what_helps() {
        for later in [0x58, 0x14, 0x08, 0x64] {
            assert_eq!(refusal(later), SubmitError::Later { status: later });
        }
        let class = |status| {
            let SubmitError::Never { class, .. } = refusal(status) else { panic!("{status:#x}") };
            class
        };
        assert_eq!(class(0x0B), FailureClass::DeadNumber);
        assert_eq!(class(0x01), FailureClass::Malformed);
        assert_eq!((class(0x65), class(0x400)), (FailureClass::Refused, FailureClass::Refused));
    }
}
