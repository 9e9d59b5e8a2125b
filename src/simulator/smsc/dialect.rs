//! How operators speak USSD over SMPP, as a table: another operator is another row, not other code.

/// Where a dialogue's identity stands in its PDUs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// `its_session_info` (0x1383): octet 1 the dialogue, octet 2 its step in bits 7–1 and "over" in bit 0.
    InfoOctet,
    /// `its_session_info`: the upper 15 bits the dialogue, the same in every PDU, bit 0 "over".
    Info15Bits,
    /// `user_message_reference` (0x0204), the same number through the whole dialogue.
    Reference,
    /// Nowhere: one dialogue a number, known by the MSISDN.
    Msisdn,
}

/// What stands in `destination_addr` of a dialogue's `deliver_sm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The dialled code's own digits (`100` of `*100*21#`).
    Code,
    /// The operator's number of the service, whatever was dialled.
    Number,
}

/// One operator's way. Op codes are decimals of `ussd_service_op` (0x0501).
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// What it is called in configuration.
    pub name: &'static str,
    /// `service_type` of a dialogue's PDUs.
    pub service_type: &'static str,
    /// The person dialled (PSSR indication).
    pub dial: u8,
    /// The person answered (USSR confirm).
    pub answer: u8,
    /// The person hung up or the network gave up; bit 0 of the session info says so too where there is one.
    pub abort: u8,
    /// The service asks (USSR request).
    pub ask: u8,
    /// The service says something and the dialogue goes on (USSN request).
    pub notify: u8,
    /// The service says its last words (PSSR response).
    pub end: u8,
    /// Whether bit 0 of the session info closes a dialogue, whatever the op code.
    pub end_bit: bool,
    /// Where the dialogue's identity stands.
    pub identity: Identity,
    /// What the destination is.
    pub destination: Destination,
    /// `data_coding` of GSM-7 and of UCS-2 towards the service.
    pub codings: (u8, u8),
}

/// By the letter of the specification, as most gateways document it.
pub const SPEC: Dialect = Dialect {
    name: "spec",
    service_type: "USSD",
    dial: 1,
    answer: 18,
    abort: 129,
    ask: 2,
    notify: 3,
    end: 17,
    end_bit: true,
    identity: Identity::InfoOctet,
    destination: Destination::Code,
    codings: (0x00, 0x08),
};

/// All dialects. `bare` is a real capture: service type `P2`, cell-broadcast codings, one TLV, no session.
pub const DIALECTS: [Dialect; 5] = [
    SPEC,
    Dialect {
        name: "bare",
        service_type: "P2",
        end_bit: false,
        identity: Identity::Msisdn,
        destination: Destination::Number,
        codings: (0x0F, 0x48),
        ..SPEC
    },
    // Answers come as the op the service asked with; the last words are an ask with the closing bit.
    Dialect { name: "tata", answer: 2, abort: 17, end: 2, identity: Identity::Info15Bits, ..SPEC },
    Dialect { name: "sixd", identity: Identity::Info15Bits, ..SPEC },
    Dialect { name: "mica", end_bit: false, identity: Identity::Reference, ..SPEC },
];

impl Dialect {
    /// The dialect of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        DIALECTS.into_iter().find(|dialect| dialect.name == name)
    }
}
