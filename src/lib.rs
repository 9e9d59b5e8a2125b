//! Kopir: one menu, three doors. The map of the house, in layer order; imports go downwards only.
//!
//! `main → cli → app → {config, telemetry, adapters, simulator} → {gateway, courier} → ports → domain`,
//! with `cidr`, `clock`, `tasks` and `metrics` beside `ports`.

pub mod adapters;
pub mod simulator;

pub mod gateway;

pub mod cidr;
pub mod clock;
pub mod metrics;
pub mod ports;
pub mod tasks;

pub mod domain;
