//! Kopir: one menu, three doors. The map of the house, in layer order; imports go downwards only.
//!
//! `main → cli → app → {config, telemetry, adapters, simulator} → {gateway, courier} → ports → domain`,
//! with `cidr`, `clock`, `door`, `failpoint`, `metrics`, `setting` and `tasks` beside `ports`.

pub mod adapters;
pub mod app;
pub mod cli;
pub mod config;
pub mod rehearsal;
pub mod simulator;
pub mod telemetry;

pub mod courier;
pub mod gateway;

pub mod cidr;
pub mod clock;
pub mod door;
pub mod failpoint;
pub mod metrics;
pub mod ports;
pub mod reach;
pub mod setting;
pub mod tasks;

pub mod domain;
