//! SMPP 3.4 links: Kopir as an ESME towards SMSCs and USSD gateways.

pub mod body;
pub mod octets;
pub mod pdu;
pub mod tlv;
