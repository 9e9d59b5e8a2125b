//! SMPP 3.4 links: Kopir as an ESME towards SMSCs and USSD gateways.

pub mod alphabet;
pub mod backoff;
pub mod body;
pub mod convert;
pub mod dialect;
pub mod join;
pub mod letters;
pub mod octets;
pub mod pdu;
pub mod recent;
pub mod settings;
pub mod timers;
pub mod tlv;
pub mod udh;
pub mod window;
