//! The simulated network against an ESME of a few lines that speaks octets over real TCP.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

#[path = "simulator/esme.rs"]
mod esme;
#[path = "simulator/faults.rs"]
mod faults;
#[path = "simulator/load.rs"]
mod load;
#[path = "simulator/phone.rs"]
mod phone;
#[path = "simulator/phones.rs"]
mod phones;
