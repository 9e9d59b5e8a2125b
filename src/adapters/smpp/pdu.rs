//! Frames and PDUs of SMPP 3.4 (tolerating 5.0): cut by length, read leniently, written strictly.

use super::body::{Alert, Bind, BindKind, DataSm, Outbind, Resp, Sm};
use super::octets::{Cursor, Octets};
use bytes::{BufMut, Bytes, BytesMut};

/// Octets of a header.
pub const HEADER_OCTETS: usize = 16;
/// Octets of a PDU at most: a `message_payload` of 64 KiB and its header fit.
pub const PDU_OCTETS_MAX: usize = 70_000;
/// The bit that makes a command id a response.
pub const RESPONSE: u32 = 0x8000_0000;

/// Values of `command_status` that Kopir sends or tells apart (SMPP 3.4 §5.1.3).
pub mod status {
    /// No error.
    pub const OK: u32 = 0x00;
    /// `ESME_RINVMSGLEN`.
    pub const INVALID_MESSAGE_LENGTH: u32 = 0x01;
    /// `ESME_RINVCMDLEN`: the body does not fit its length.
    pub const INVALID_COMMAND_LENGTH: u32 = 0x02;
    /// `ESME_RINVCMDID`.
    pub const INVALID_COMMAND_ID: u32 = 0x03;
    /// `ESME_RINVBNDSTS`: not allowed in this bind.
    pub const INVALID_BIND_STATUS: u32 = 0x04;
    /// `ESME_RALYBND`: the SMSC believes that we are bound.
    pub const ALREADY_BOUND: u32 = 0x05;
    /// `ESME_RSYSERR`.
    pub const SYSTEM_ERROR: u32 = 0x08;
    /// `ESME_RINVSRCADR`.
    pub const INVALID_SOURCE: u32 = 0x0A;
    /// `ESME_RINVDSTADR`.
    pub const INVALID_DESTINATION: u32 = 0x0B;
    /// `ESME_RMSGQFUL`.
    pub const QUEUE_FULL: u32 = 0x14;
    /// `ESME_RINVESMCLASS`.
    pub const INVALID_ESM_CLASS: u32 = 0x43;
    /// `ESME_RSUBMITFAIL`.
    pub const SUBMIT_FAILED: u32 = 0x45;
    /// `ESME_RTHROTTLED`.
    pub const THROTTLED: u32 = 0x58;
    /// `ESME_RX_T_APPN`: temporary error of the receiving application.
    pub const RX_TEMPORARY: u32 = 0x64;
    /// `ESME_RX_P_APPN`: permanent error.
    pub const RX_PERMANENT: u32 = 0x65;
    /// `ESME_RINVOPTPARSTREAM`.
    pub const INVALID_OPTIONAL: u32 = 0xC0;
}

const GENERIC_NACK: u32 = 0x8000_0000;
const BIND_RECEIVER: u32 = 0x01;
const BIND_TRANSMITTER: u32 = 0x02;
const SUBMIT_SM: u32 = 0x04;
const DELIVER_SM: u32 = 0x05;
const UNBIND: u32 = 0x06;
const BIND_TRANSCEIVER: u32 = 0x09;
const OUTBIND: u32 = 0x0B;
const ENQUIRE_LINK: u32 = 0x15;
const ALERT_NOTIFICATION: u32 = 0x102;
const DATA_SM: u32 = 0x103;

/// A length that no PDU can have; the stream cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("command_length {0} is outside 16..={PDU_OCTETS_MAX}")]
pub struct BadLength(pub u32);

/// A field that cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is longer than {most} octets or holds a NUL")]
pub struct EncodeError {
    /// Which.
    pub field: &'static str,
    /// Octets at most.
    pub most: usize,
}

/// The header of a PDU without its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// `command_id`.
    pub command_id: u32,
    /// `command_status`.
    pub status: u32,
    /// `sequence_number`; a response repeats the request's, whatever it was.
    pub sequence: u32,
}

/// One PDU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pdu {
    /// `command_status`; 0 in requests.
    pub status: u32,
    /// `sequence_number`.
    pub sequence: u32,
    /// What.
    pub body: Body,
}

/// What a PDU is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// `bind_*`.
    Bind(BindKind, Bind),
    /// `bind_*_resp`.
    BindResp(BindKind, Resp),
    /// `submit_sm`.
    SubmitSm(Sm),
    /// `submit_sm_resp`.
    SubmitSmResp(Resp),
    /// `deliver_sm`.
    DeliverSm(Sm),
    /// `deliver_sm_resp`.
    DeliverSmResp(Resp),
    /// `data_sm`.
    DataSm(DataSm),
    /// `data_sm_resp`.
    DataSmResp(Resp),
    /// `enquire_link`.
    EnquireLink,
    /// `enquire_link_resp`.
    EnquireLinkResp,
    /// `unbind`.
    Unbind,
    /// `unbind_resp`.
    UnbindResp,
    /// `generic_nack`.
    GenericNack,
    /// `outbind`.
    Outbind(Outbind),
    /// `alert_notification`.
    Alert(Alert),
    /// Everything else.
    Raw {
        /// `command_id`.
        command_id: u32,
        /// The rest.
        body: Octets,
    },
}

impl Body {
    /// The `command_id`.
    #[must_use]
    pub fn command_id(&self) -> u32 {
        match self {
            Self::Bind(kind, _) => bind_id(*kind),
            Self::BindResp(kind, _) => bind_id(*kind) | RESPONSE,
            Self::SubmitSm(_) => SUBMIT_SM,
            Self::SubmitSmResp(_) => SUBMIT_SM | RESPONSE,
            Self::DeliverSm(_) => DELIVER_SM,
            Self::DeliverSmResp(_) => DELIVER_SM | RESPONSE,
            Self::DataSm(_) => DATA_SM,
            Self::DataSmResp(_) => DATA_SM | RESPONSE,
            Self::EnquireLink => ENQUIRE_LINK,
            Self::EnquireLinkResp => ENQUIRE_LINK | RESPONSE,
            Self::Unbind => UNBIND,
            Self::UnbindResp => UNBIND | RESPONSE,
            Self::GenericNack => GENERIC_NACK,
            Self::Outbind(_) => OUTBIND,
            Self::Alert(_) => ALERT_NOTIFICATION,
            Self::Raw { command_id, .. } => *command_id,
        }
    }
}

fn bind_id(kind: BindKind) -> u32 {
    match kind {
        BindKind::Receiver => BIND_RECEIVER,
        BindKind::Transmitter => BIND_TRANSMITTER,
        BindKind::Transceiver => BIND_TRANSCEIVER,
    }
}

/// A PDU as read, with what was left over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The PDU.
    pub pdu: Pdu,
    /// Octets that belong to nothing: tolerated, counted.
    pub stray: usize,
}

/// A PDU whose frame is sound and whose body is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("body of command {:#x} ends within {field}", header.command_id)]
pub struct Malformed {
    /// Its header.
    pub header: Header,
    /// The field that could not be read.
    pub field: &'static str,
}

impl Malformed {
    /// What to answer: the request's own response where it has one, `generic_nack` where it is unknown, nothing to a
    /// response or to a request that has none.
    #[must_use]
    pub fn answer(&self) -> Option<Pdu> {
        refusal(self.header, status::INVALID_COMMAND_LENGTH)
    }
}

/// The refusal of a request with `status`, in the form that request is answered in; `None` where nothing is answered.
#[must_use]
pub fn refusal(header: Header, status: u32) -> Option<Pdu> {
    let resp = Resp::default();
    let body = match header.command_id {
        OUTBIND | ALERT_NOTIFICATION => return None,
        id if id & RESPONSE != 0 => return None,
        BIND_RECEIVER => Body::BindResp(BindKind::Receiver, resp),
        BIND_TRANSMITTER => Body::BindResp(BindKind::Transmitter, resp),
        BIND_TRANSCEIVER => Body::BindResp(BindKind::Transceiver, resp),
        SUBMIT_SM => Body::SubmitSmResp(resp),
        DELIVER_SM => Body::DeliverSmResp(Resp { id: Some(Octets::default()), ..resp }),
        DATA_SM => Body::DataSmResp(Resp { id: Some(Octets::default()), ..resp }),
        ENQUIRE_LINK => Body::EnquireLinkResp,
        UNBIND => Body::UnbindResp,
        _ => Body::GenericNack,
    };
    Some(Pdu { status, sequence: header.sequence, body })
}

/// Cuts the first whole frame off `buffer`; `None` until it is there.
///
/// # Errors
/// `BadLength`: the only fault that ends a link, since nothing says where the next PDU begins.
pub fn cut(buffer: &mut BytesMut) -> Result<Option<Bytes>, BadLength> {
    let Some(head) = buffer.get(..4).and_then(|head| <[u8; 4]>::try_from(head).ok()) else {
        return Ok(None);
    };
    let length = u32::from_be_bytes(head);
    let octets = usize::try_from(length).map_err(|_| BadLength(length))?;
    if !(HEADER_OCTETS..=PDU_OCTETS_MAX).contains(&octets) {
        return Err(BadLength(length));
    }
    if buffer.len() < octets {
        return Ok(None);
    }
    Ok(Some(buffer.split_to(octets).freeze()))
}

/// Reads one frame as `cut` gives it.
///
/// # Errors
/// `Malformed`, with the header, so that it can be answered. A frame shorter than a header has an all-zero header.
pub fn decode(frame: &Bytes) -> Result<Decoded, Malformed> {
    let Some(header) = header(frame) else {
        let header = Header { command_id: GENERIC_NACK, status: 0, sequence: 0 };
        return Err(Malformed { header, field: "header" });
    };
    let mut from = Cursor { rest: frame.slice(HEADER_OCTETS..) };
    let (body, stray) =
        decode_body(header.command_id, &mut from).map_err(|field| Malformed { header, field })?;
    Ok(Decoded { pdu: Pdu { status: header.status, sequence: header.sequence, body }, stray })
}

/// The header of a frame; `None` when it is shorter than one.
#[must_use]
pub fn header(frame: &[u8]) -> Option<Header> {
    let word = |at: usize| frame.get(at..at.saturating_add(4))?.try_into().ok().map(u32::from_be_bytes);
    Some(Header { command_id: word(4)?, status: word(8)?, sequence: word(12)? })
}

fn decode_body(command_id: u32, from: &mut Cursor) -> Result<(Body, usize), &'static str> {
    let with_tlvs = |(resp, stray): (Resp, usize), body: fn(Resp) -> Body| (body(resp), stray);
    let bind_resp = |kind, (resp, stray): (Resp, usize)| (Body::BindResp(kind, resp), stray);
    let read = match command_id {
        BIND_RECEIVER => plain(Body::Bind(BindKind::Receiver, Bind::decode(from)?), from),
        BIND_TRANSMITTER => plain(Body::Bind(BindKind::Transmitter, Bind::decode(from)?), from),
        BIND_TRANSCEIVER => plain(Body::Bind(BindKind::Transceiver, Bind::decode(from)?), from),
        OUTBIND => plain(Body::Outbind(Outbind::decode(from)?), from),
        SUBMIT_SM => Sm::decode(from).map(|(sm, stray)| (Body::SubmitSm(sm), stray))?,
        DELIVER_SM => Sm::decode(from).map(|(sm, stray)| (Body::DeliverSm(sm), stray))?,
        DATA_SM => DataSm::decode(from).map(|(data, stray)| (Body::DataSm(data), stray))?,
        ALERT_NOTIFICATION => Alert::decode(from).map(|(alert, stray)| (Body::Alert(alert), stray))?,
        ENQUIRE_LINK => plain(Body::EnquireLink, from),
        UNBIND => plain(Body::Unbind, from),
        GENERIC_NACK => plain(Body::GenericNack, from),
        id if id & RESPONSE != 0 => match id & !RESPONSE {
            BIND_RECEIVER => bind_resp(BindKind::Receiver, Resp::decode(from)),
            BIND_TRANSMITTER => bind_resp(BindKind::Transmitter, Resp::decode(from)),
            BIND_TRANSCEIVER => bind_resp(BindKind::Transceiver, Resp::decode(from)),
            SUBMIT_SM => with_tlvs(Resp::decode(from), Body::SubmitSmResp),
            DELIVER_SM => with_tlvs(Resp::decode(from), Body::DeliverSmResp),
            DATA_SM => with_tlvs(Resp::decode(from), Body::DataSmResp),
            ENQUIRE_LINK => plain(Body::EnquireLinkResp, from),
            UNBIND => plain(Body::UnbindResp, from),
            _ => raw(command_id, from),
        },
        _ => raw(command_id, from),
    };
    Ok(read)
}

fn plain(body: Body, from: &Cursor) -> (Body, usize) {
    (body, from.rest.len())
}

fn raw(command_id: u32, from: &mut Cursor) -> (Body, usize) {
    (Body::Raw { command_id, body: Octets(core::mem::take(&mut from.rest)) }, 0)
}

/// Appends a PDU to `out`.
///
/// # Errors
/// `EncodeError` when a field does not fit; `out` is then as it was.
pub fn encode(pdu: &Pdu, out: &mut BytesMut) -> Result<(), EncodeError> {
    let start = out.len();
    out.put_u32(0);
    out.put_u32(pdu.body.command_id());
    out.put_u32(pdu.status);
    out.put_u32(pdu.sequence);
    let written = encode_body(&pdu.body, out).and_then(|()| {
        let octets = out.len().saturating_sub(start);
        let too_long = EncodeError { field: "pdu", most: PDU_OCTETS_MAX };
        let length = u32::try_from(octets).map_err(|_| too_long)?;
        if octets > PDU_OCTETS_MAX {
            return Err(too_long);
        }
        for (to, from) in out.iter_mut().skip(start).zip(length.to_be_bytes()) {
            *to = from;
        }
        Ok(())
    });
    if written.is_err() {
        out.truncate(start);
    }
    written
}

fn encode_body(body: &Body, out: &mut BytesMut) -> Result<(), EncodeError> {
    match body {
        Body::Bind(_, bind) => bind.encode(out),
        Body::BindResp(_, resp) => resp.encode(out, 15),
        Body::SubmitSm(sm) | Body::DeliverSm(sm) => sm.encode(out),
        Body::SubmitSmResp(resp) | Body::DeliverSmResp(resp) | Body::DataSmResp(resp) => resp.encode(out, 64),
        Body::DataSm(data) => data.encode(out),
        Body::Outbind(outbind) => outbind.encode(out),
        Body::Alert(alert) => alert.encode(out),
        Body::Raw { body, .. } => {
            out.put_slice(&body.0);
            Ok(())
        }
        Body::EnquireLink | Body::EnquireLinkResp | Body::Unbind | Body::UnbindResp | Body::GenericNack => {
            Ok(())
        }
    }
}

#[cfg(test)]
#[path = "pdu_tests.rs"]
mod tests;
