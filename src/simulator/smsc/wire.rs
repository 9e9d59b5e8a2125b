//! Between octets and what the simulator works with: frames cut by `command_length`, then rusmpp's types on each frame alone.

use super::alphabet;
use bytes::{BufMut, Bytes, BytesMut};
use core::fmt::Write as _;
use rusmpp::decode::DecodeWithLength;
use rusmpp::encode::{Length, owned::Encode};
use rusmpp::pdus::{DeliverSm, SubmitSm};
use rusmpp::tlvs::{MessageDeliveryRequestTlvValue as Tlv, TlvValue};
use rusmpp::types::{AnyOctetString, COctetString, OctetString};
use rusmpp::values::{
    DataCoding, EsmClass, ItsSessionInfo, MessagePayload, MessageState, Npi, ServiceType, Ton,
    UserMessageReference, UssdServiceOp,
};
use rusmpp::{Command, CommandStatus, Pdu};
use std::str::FromStr;

/// Octets of a PDU at least and at most.
pub(super) const PDU_MIN: usize = 16;
/// A message payload can be 64 KiB.
pub(super) const PDU_MAX: usize = 70_000;
/// Octets that `short_message` takes; what is longer goes as `message_payload`.
const SHORT_MAX: usize = 254;

/// A length that cannot be a PDU's: the stream is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a PDU of {0} octets")]
pub(super) struct BadLength(usize);

/// One message of either direction, without its frame. Not printable: it holds numbers and what was typed.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Message {
    /// `service_type`, 5 characters at most.
    pub service_type: String,
    /// `source_addr`.
    pub from: String,
    /// `destination_addr`.
    pub to: String,
    /// `esm_class`: 0x40 a user data header, 0x04 a receipt.
    pub esm_class: u8,
    /// `data_coding`.
    pub data_coding: u8,
    /// `registered_delivery`.
    pub registered_delivery: u8,
    /// `short_message`, or `message_payload` where `payload` says so.
    pub octets: Bytes,
    /// Whether the octets stand in the TLV.
    pub payload: bool,
    /// `ussd_service_op`.
    pub ussd_op: Option<u8>,
    /// `its_session_info`.
    pub session_info: Option<[u8; 2]>,
    /// `user_message_reference`.
    pub reference: Option<u16>,
    /// `sar_msg_ref_num`, `sar_total_segments`, `sar_segment_seqnum`.
    pub sar: Option<(u16, u8, u8)>,
    /// `receipted_message_id`, with the state DELIVERED.
    pub receipted: Option<String>,
    /// Whether it goes as `data_sm`.
    pub data: bool,
}

impl Message {
    /// Whether the service asks to be told of its delivery (`registered_delivery`, SMPP 3.4 §5.2.17).
    pub(super) fn wants_receipt(&self) -> bool {
        self.registered_delivery & 1 == 1
    }
}

/// Cuts the next whole frame off `buffer`, `None` while it has not all come.
pub(super) fn cut(buffer: &mut BytesMut) -> Result<Option<Bytes>, BadLength> {
    let Some(length) = buffer.first_chunk::<4>() else { return Ok(None) };
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if !(PDU_MIN..=PDU_MAX).contains(&length) {
        return Err(BadLength(length));
    }
    if buffer.len() < length {
        return Ok(None);
    }
    Ok(Some(buffer.split_to(length).freeze()))
}

/// A frame's `command_id`, `command_status` and `sequence_number`, which no body can spoil.
pub(super) fn head(frame: &[u8]) -> (u32, u32, u32) {
    let word = |at: usize| {
        let four = frame.get(at..at.saturating_add(4)).and_then(|octets| octets.first_chunk::<4>());
        four.map_or(0, |octets| u32::from_be_bytes(*octets))
    };
    (word(4), word(8), word(12))
}

/// Decodes one isolated frame; `None` is what the strict decoder cannot read.
pub(super) fn decode(frame: &Bytes) -> Option<Command> {
    let mut body = BytesMut::from(frame.get(4..)?);
    let length = body.len();
    let (command, _) = Command::decode(&mut body, length).ok()?;
    Some(command)
}

/// Encodes a PDU into `out`.
pub(super) fn encode(out: &mut BytesMut, status: CommandStatus, sequence_number: u32, pdu: impl Into<Pdu>) {
    let command = Command::new(status, sequence_number, pdu);
    let length = command.length().saturating_add(4);
    out.reserve(length);
    out.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    command.encode(out);
}

/// A text as a NUL-terminated field; what does not fit or is not ASCII becomes empty.
pub(super) fn field<const MAX: usize>(text: &str) -> COctetString<1, MAX> {
    COctetString::from_str(text).unwrap_or_else(|_| COctetString::null())
}

/// The whole `deliver_sm` of a message with sequence number 0, so that a redelivery is the same octets.
pub(super) fn deliver(message: &Message) -> Bytes {
    if message.data {
        return data(message);
    }
    let mut tlvs = Vec::new();
    if let Some(op) = message.ussd_op {
        tlvs.push(Tlv::UssdServiceOp(UssdServiceOp::from(op)));
    }
    if let Some([dialogue, step]) = message.session_info {
        tlvs.push(Tlv::ItsSessionInfo(ItsSessionInfo::new(dialogue, step)));
    }
    if let Some(reference) = message.reference {
        tlvs.push(Tlv::UserMessageReference(UserMessageReference::new(reference)));
    }
    if let Some((reference, total, at)) = message.sar {
        tlvs.extend([Tlv::SarMsgRefNum(reference), Tlv::SarTotalSegments(total), Tlv::SarSegmentSeqnum(at)]);
    }
    if let Some(id) = &message.receipted {
        tlvs.extend([Tlv::ReceiptedMessageId(field(id)), Tlv::MessageState(MessageState::Delivered)]);
    }
    let payload = message.payload || message.octets.len() > SHORT_MAX;
    let short = if payload { Bytes::new() } else { message.octets.clone() };
    if payload {
        tlvs.push(Tlv::MessagePayload(MessagePayload::new(AnyOctetString::from_bytes(
            message.octets.clone(),
        ))));
    }
    let international = |address: &str| {
        if address.len() >= 7 && address.bytes().all(|b| b.is_ascii_digit()) {
            Ton::International
        } else {
            Ton::Unknown
        }
    };
    let mut out = BytesMut::new();
    let pdu = DeliverSm::builder()
        .service_type(ServiceType::new(field(&message.service_type)))
        .source_addr_ton(international(&message.from))
        .source_addr_npi(Npi::Isdn)
        .source_addr(field(&message.from))
        .dest_addr_ton(international(&message.to))
        .dest_addr_npi(Npi::Isdn)
        .destination_addr(field(&message.to))
        .esm_class(EsmClass::from(message.esm_class))
        .data_coding(DataCoding::from(message.data_coding))
        .short_message(OctetString::from_bytes(short).unwrap_or_else(|_| OctetString::null()))
        .tlvs(tlvs)
        .build();
    encode(&mut out, CommandStatus::EsmeRok, 0, pdu);
    out.freeze()
}

/// A receipt as `data_sm` (SMPP 3.4 §4.7.1): by its TLVs alone.
fn data(message: &Message) -> Bytes {
    let mut body = BytesMut::new();
    body.put_u8(0);
    for address in [&message.from, &message.to] {
        body.put_slice(&[1, 1]);
        body.put_slice(address.as_bytes());
        body.put_u8(0);
    }
    body.put_slice(&[message.esm_class, 0, message.data_coding]);
    if let Some(id) = &message.receipted {
        body.put_u16(0x001E);
        body.put_u16(u16::try_from(id.len().saturating_add(1)).unwrap_or(u16::MAX));
        body.put_slice(id.as_bytes());
        body.put_slice(&[0, 0x04, 0x27, 0, 1, 2]);
    }
    let mut out = BytesMut::new();
    out.put_u32(u32::try_from(body.len().saturating_add(16)).unwrap_or(u32::MAX));
    out.put_u32(0x103);
    out.put_u64(0);
    out.put_slice(&body);
    out.freeze()
}

/// Appends a stored frame under another sequence number.
pub(super) fn renumbered(out: &mut BytesMut, frame: &[u8], sequence_number: u32) {
    let (Some(before), Some(after)) = (frame.get(..12), frame.get(16..)) else { return };
    out.put_slice(before);
    out.put_u32(sequence_number);
    out.put_slice(after);
}

/// What a `submit_sm` says.
pub(super) fn submitted(pdu: &SubmitSm) -> Message {
    let message = Message {
        service_type: pdu.service_type.value().as_str().to_owned(),
        from: pdu.source_addr.as_str().to_owned(),
        to: pdu.destination_addr.as_str().to_owned(),
        esm_class: pdu.esm_class.into(),
        data_coding: pdu.data_coding.into(),
        registered_delivery: pdu.registered_delivery.into(),
        octets: pdu.short_message().clone().into_bytes(),
        ..Message::default()
    };
    with_tlvs(message, pdu.tlvs())
}

/// What a `deliver_sm` of ours says, for the trace.
fn delivered(pdu: &DeliverSm) -> Message {
    let message = Message {
        service_type: pdu.service_type.value().as_str().to_owned(),
        from: pdu.source_addr.as_str().to_owned(),
        to: pdu.destination_addr.as_str().to_owned(),
        esm_class: pdu.esm_class.into(),
        data_coding: pdu.data_coding.into(),
        octets: pdu.short_message().clone().into_bytes(),
        ..Message::default()
    };
    with_tlvs(message, pdu.tlvs())
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "of some seventy TLVs these are the ones that mean something here"
)]
fn with_tlvs(mut message: Message, tlvs: &[rusmpp::tlvs::Tlv]) -> Message {
    let (mut reference, mut total, mut at) = (None, None, None);
    for value in tlvs.iter().filter_map(|tlv| tlv.value()) {
        match value {
            TlvValue::UssdServiceOp(op) => message.ussd_op = Some((*op).into()),
            TlvValue::ItsSessionInfo(info) => {
                message.session_info = Some([info.session_number, info.sequence_number])
            }
            TlvValue::UserMessageReference(known) => message.reference = Some(known.value),
            TlvValue::SarMsgRefNum(n) => reference = Some(*n),
            TlvValue::SarTotalSegments(n) => total = Some(*n),
            TlvValue::SarSegmentSeqnum(n) => at = Some(*n),
            TlvValue::MessagePayload(payload) => {
                message.octets = payload.value.clone().into_bytes();
                message.payload = true;
            }
            _ => {}
        }
    }
    if let (Some(reference), Some(total), Some(at)) = (reference, total, at) {
        message.sar = Some((reference, total, at));
    }
    message
}

/// The name of a `command_id` as the specification spells it.
fn name_of(id: u32) -> String {
    let base = match id & 0x7FFF_FFFF {
        0x01 => "bind_receiver",
        0x02 => "bind_transmitter",
        0x04 => "submit_sm",
        0x05 => "deliver_sm",
        0x06 => "unbind",
        0x09 => "bind_transceiver",
        0x15 => "enquire_link",
        0x103 => "data_sm",
        _ if id == 0x8000_0000 => return "generic_nack".to_owned(),
        _ => return format!("command {id:#010x}"),
    };
    if id & 0x8000_0000 == 0 { base.to_owned() } else { format!("{base}_resp") }
}

/// One line on a frame for the trace; a password is never in it.
pub(super) fn line(frame: &Bytes, decoded: Option<&Command>) -> String {
    let (id, status, sequence_number) = head(frame);
    let mut line = format!("{} seq={sequence_number}", name_of(id));
    if status != 0 {
        let _ = write!(line, " status={status:#x}");
    }
    let message = match decoded.and_then(Command::pdu) {
        Some(Pdu::SubmitSm(pdu)) => submitted(pdu),
        Some(Pdu::DeliverSm(pdu)) => delivered(pdu),
        Some(Pdu::SubmitSmResp(pdu)) => {
            let _ = write!(line, " message_id={}", pdu.message_id().as_str());
            return line;
        }
        Some(_) => return line,
        None => {
            line.push_str(" (body not readable)");
            return line;
        }
    };
    describe(&mut line, &message);
    line
}

/// The parts of a message worth a glance.
fn describe(line: &mut String, message: &Message) {
    let _ = write!(line, " {} → {}", message.from, message.to);
    if !message.service_type.is_empty() {
        let _ = write!(line, " service_type={}", message.service_type);
    }
    let _ = write!(line, " data_coding={:#04x}", message.data_coding);
    if message.esm_class != 0 {
        let _ = write!(line, " esm_class={:#04x}", message.esm_class);
    }
    if let Some(op) = message.ussd_op {
        let meaning = match op {
            1 => "PSSR indication",
            2 => "USSR request",
            3 => "USSN request",
            17 => "PSSR response",
            18 => "USSR confirm",
            129 => "release",
            _ => "other",
        };
        let _ = write!(line, " ussd_service_op={op} ({meaning})");
    }
    if let Some([dialogue, step]) = message.session_info {
        let _ = write!(line, " its_session_info={dialogue:02x}{step:02x}");
    }
    if let Some((reference, total, at)) = message.sar {
        let _ = write!(line, " sar={reference}:{at}/{total}");
    }
    if message.payload {
        line.push_str(" message_payload");
    }
    let body = message.octets.get(super::parts::header_length(message)..).unwrap_or_default();
    match alphabet::encoding_of(message.data_coding) {
        Some(encoding) => {
            let text = alphabet::decode(encoding, body);
            let _ = write!(line, " {text:?}");
        }
        None => {
            let _ = write!(line, " {} octets", body.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialled_code_is_these_octets() {
        let message = Message {
            service_type: "USSD".into(),
            from: "998901234567".into(),
            to: "100".into(),
            octets: Bytes::from_static(b"*100#"),
            ussd_op: Some(1),
            session_info: Some([7, 0]),
            ..Message::default()
        };
        let frame = deliver(&message);
        let mut sent = BytesMut::new();
        renumbered(&mut sent, &frame, 9);
        assert_eq!(
            hex::encode(&sent),
            concat!(
                "00000044000000050000000000000009", // header: 68 octets, deliver_sm, ROK, 9
                "5553534400",                       // service_type
                "010139393839303132333435363700",   // from, international
                "000131303000",                     // to
                "00000000000000000005",             // esm_class … sm_length
                "2a31303023",                       // *100#
                "0501000101",                       // ussd_service_op: PSSR indication
                "138300020700"                      // its_session_info: dialogue 7, step 0
            )
        );
        assert_eq!(cut(&mut sent).unwrap().unwrap().len(), 0x44);
    }

    #[test]
    fn frames_are_cut_only_where_their_length_says() {
        let mut buffer = BytesMut::new();
        encode(&mut buffer, CommandStatus::EsmeRok, 1, Pdu::EnquireLink);
        let whole = buffer.clone();
        buffer.extend_from_slice(&whole[..7]);
        assert_eq!(cut(&mut buffer).unwrap().unwrap(), whole);
        assert_eq!(cut(&mut buffer).unwrap(), None);
        assert_eq!(cut(&mut BytesMut::from(&[0, 0, 0, 15][..])), Err(BadLength(15)));
    }
}
