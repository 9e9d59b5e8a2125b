//! Bodies of the PDUs Kopir speaks (SMPP 3.4 §4), read leniently and written strictly.

use super::octets::{Cursor, Octets};
use super::pdu::EncodeError;
use super::tlv::Tlvs;
use bytes::{BufMut, BytesMut};

/// Octets of `short_message` at most; its length field is one octet, and 255 is seen although 254 is the rule.
pub const SHORT_MESSAGE_MAX: usize = 255;

/// Type of number, numbering plan and digits (§5.2.5–5.2.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Type of number.
    pub ton: u8,
    /// Numbering plan.
    pub npi: u8,
    /// Digits or a name.
    pub digits: Octets,
}

impl Address {
    /// An address of these parts.
    #[must_use]
    pub fn new(ton: u8, npi: u8, digits: &str) -> Self {
        Self { ton, npi, digits: Octets(bytes::Bytes::copy_from_slice(digits.as_bytes())) }
    }

    fn decode(from: &mut Cursor, field: &'static str) -> Result<Self, &'static str> {
        Ok(Self { ton: from.octet(field)?, npi: from.octet(field)?, digits: from.string(field)? })
    }

    fn encode(&self, out: &mut BytesMut, most: usize, field: &'static str) -> Result<(), EncodeError> {
        out.put_u8(self.ton);
        out.put_u8(self.npi);
        string(out, &self.digits, most, field)
    }
}

/// Which way a bind goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindKind {
    /// Texts come to us.
    Receiver,
    /// Texts leave us.
    Transmitter,
    /// Both.
    Transceiver,
}

/// `bind_receiver`, `bind_transmitter`, `bind_transceiver`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bind {
    /// Who we are.
    pub system_id: Octets,
    /// The secret.
    pub password: Octets,
    /// What we are.
    pub system_type: Octets,
    /// 0x34 or 0x50.
    pub interface_version: u8,
    /// The addresses served; `digits` is `address_range`.
    pub range: Address,
}

impl Bind {
    pub(super) fn decode(from: &mut Cursor) -> Result<Self, &'static str> {
        Ok(Self {
            system_id: from.string("system_id")?,
            password: from.string("password")?,
            system_type: from.string("system_type")?,
            interface_version: from.octet("interface_version")?,
            range: Address::decode(from, "address_range")?,
        })
    }

    pub(super) fn encode(&self, out: &mut BytesMut) -> Result<(), EncodeError> {
        string(out, &self.system_id, 15, "system_id")?;
        string(out, &self.password, 8, "password")?;
        string(out, &self.system_type, 12, "system_type")?;
        out.put_u8(self.interface_version);
        self.range.encode(out, 40, "address_range")
    }
}

/// A response that may carry an id and TLVs: to binds (`id` is the `system_id`) and to messages (`message_id`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resp {
    /// The id; `None` when the response came without a body.
    pub id: Option<Octets>,
    /// Optional parameters.
    pub tlvs: Tlvs,
}

impl Resp {
    pub(super) fn decode(from: &mut Cursor) -> (Self, usize) {
        let id = from.last_string();
        let (tlvs, stray) = Tlvs::decode(&from.rest);
        (Self { id, tlvs }, stray)
    }

    pub(super) fn encode(&self, out: &mut BytesMut, most: usize) -> Result<(), EncodeError> {
        match &self.id {
            Some(id) => string(out, id, most, "id")?,
            None if self.tlvs.0.is_empty() => {}
            None => string(out, &Octets::default(), most, "id")?,
        }
        tlvs(out, &self.tlvs)
    }
}

/// `submit_sm` and `deliver_sm` (§4.4.1, §4.6.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sm {
    /// Service type, `USSD` on some links.
    pub service_type: Octets,
    /// From.
    pub source: Address,
    /// To.
    pub destination: Address,
    /// Mode, type and features (§5.2.12).
    pub esm_class: u8,
    /// TP-PID.
    pub protocol_id: u8,
    /// Priority.
    pub priority: u8,
    /// When to deliver.
    pub schedule: Octets,
    /// Until when to try.
    pub validity: Octets,
    /// Whether a receipt is asked for.
    pub registered_delivery: u8,
    /// Whether an earlier one is replaced.
    pub replace_if_present: u8,
    /// How the text is coded.
    pub data_coding: u8,
    /// A canned message.
    pub default_msg_id: u8,
    /// The text, with a UDH in front where `esm_class` says so.
    pub short_message: Octets,
    /// Optional parameters.
    pub tlvs: Tlvs,
}

impl Sm {
    pub(super) fn decode(from: &mut Cursor) -> Result<(Self, usize), &'static str> {
        let mut sm = Self {
            service_type: from.string("service_type")?,
            source: Address::decode(from, "source_addr")?,
            destination: Address::decode(from, "destination_addr")?,
            esm_class: from.octet("esm_class")?,
            protocol_id: from.octet("protocol_id")?,
            priority: from.octet("priority_flag")?,
            schedule: from.string("schedule_delivery_time")?,
            validity: from.string("validity_period")?,
            registered_delivery: from.octet("registered_delivery")?,
            replace_if_present: from.octet("replace_if_present_flag")?,
            data_coding: from.octet("data_coding")?,
            default_msg_id: from.octet("sm_default_msg_id")?,
            short_message: Octets::default(),
            tlvs: Tlvs::default(),
        };
        let length = from.octet("sm_length")?;
        sm.short_message = from.take(usize::from(length), "short_message")?;
        let (tlvs, stray) = Tlvs::decode(&from.rest);
        sm.tlvs = tlvs;
        Ok((sm, stray))
    }

    pub(super) fn encode(&self, out: &mut BytesMut) -> Result<(), EncodeError> {
        string(out, &self.service_type, 5, "service_type")?;
        self.source.encode(out, 20, "source_addr")?;
        self.destination.encode(out, 20, "destination_addr")?;
        out.put_slice(&[self.esm_class, self.protocol_id, self.priority]);
        string(out, &self.schedule, 16, "schedule_delivery_time")?;
        string(out, &self.validity, 16, "validity_period")?;
        out.put_slice(&[
            self.registered_delivery,
            self.replace_if_present,
            self.data_coding,
            self.default_msg_id,
        ]);
        let length = u8::try_from(self.short_message.0.len())
            .map_err(|_| EncodeError { field: "short_message", most: SHORT_MESSAGE_MAX })?;
        out.put_u8(length);
        out.put_slice(&self.short_message.0);
        tlvs(out, &self.tlvs)
    }
}

/// `data_sm` (§4.7.1): the text is in `message_payload`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataSm {
    /// Service type.
    pub service_type: Octets,
    /// From.
    pub source: Address,
    /// To.
    pub destination: Address,
    /// Mode, type and features.
    pub esm_class: u8,
    /// Whether a receipt is asked for.
    pub registered_delivery: u8,
    /// How the text is coded.
    pub data_coding: u8,
    /// Optional parameters.
    pub tlvs: Tlvs,
}

impl DataSm {
    pub(super) fn decode(from: &mut Cursor) -> Result<(Self, usize), &'static str> {
        let mut data = Self {
            service_type: from.string("service_type")?,
            source: Address::decode(from, "source_addr")?,
            destination: Address::decode(from, "destination_addr")?,
            esm_class: from.octet("esm_class")?,
            registered_delivery: from.octet("registered_delivery")?,
            data_coding: from.octet("data_coding")?,
            tlvs: Tlvs::default(),
        };
        let (tlvs, stray) = Tlvs::decode(&from.rest);
        data.tlvs = tlvs;
        Ok((data, stray))
    }

    pub(super) fn encode(&self, out: &mut BytesMut) -> Result<(), EncodeError> {
        string(out, &self.service_type, 5, "service_type")?;
        // 65 octets here, not 21 (§4.7.1).
        self.source.encode(out, 64, "source_addr")?;
        self.destination.encode(out, 64, "destination_addr")?;
        out.put_slice(&[self.esm_class, self.registered_delivery, self.data_coding]);
        tlvs(out, &self.tlvs)
    }
}

impl From<DataSm> for Sm {
    fn from(data: DataSm) -> Self {
        Self {
            service_type: data.service_type,
            source: data.source,
            destination: data.destination,
            esm_class: data.esm_class,
            registered_delivery: data.registered_delivery,
            data_coding: data.data_coding,
            tlvs: data.tlvs,
            ..Self::default()
        }
    }
}

/// `outbind` (§4.1.7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbind {
    /// Who calls.
    pub system_id: Octets,
    /// Its secret.
    pub password: Octets,
}

impl Outbind {
    pub(super) fn decode(from: &mut Cursor) -> Result<Self, &'static str> {
        Ok(Self { system_id: from.string("system_id")?, password: from.string("password")? })
    }

    pub(super) fn encode(&self, out: &mut BytesMut) -> Result<(), EncodeError> {
        string(out, &self.system_id, 15, "system_id")?;
        string(out, &self.password, 8, "password")
    }
}

/// `alert_notification` (§4.12.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alert {
    /// Who can be reached again.
    pub source: Address,
    /// Who wanted to know.
    pub esme: Address,
    /// Optional parameters.
    pub tlvs: Tlvs,
}

impl Alert {
    pub(super) fn decode(from: &mut Cursor) -> Result<(Self, usize), &'static str> {
        let source = Address::decode(from, "source_addr")?;
        let esme = Address::decode(from, "esme_addr")?;
        let (tlvs, stray) = Tlvs::decode(&from.rest);
        Ok((Self { source, esme, tlvs }, stray))
    }

    pub(super) fn encode(&self, out: &mut BytesMut) -> Result<(), EncodeError> {
        self.source.encode(out, 64, "source_addr")?;
        self.esme.encode(out, 64, "esme_addr")?;
        tlvs(out, &self.tlvs)
    }
}

fn string(out: &mut BytesMut, value: &Octets, most: usize, field: &'static str) -> Result<(), EncodeError> {
    if value.0.len() > most || value.0.contains(&0) {
        return Err(EncodeError { field, most });
    }
    out.put_slice(&value.0);
    out.put_u8(0);
    Ok(())
}

fn tlvs(out: &mut BytesMut, tlvs: &Tlvs) -> Result<(), EncodeError> {
    for tlv in &tlvs.0 {
        let length = u16::try_from(tlv.value.0.len())
            .map_err(|_| EncodeError { field: "tlv", most: usize::from(u16::MAX) })?;
        out.put_u16(tlv.tag);
        out.put_u16(length);
        out.put_slice(&tlv.value.0);
    }
    Ok(())
}
