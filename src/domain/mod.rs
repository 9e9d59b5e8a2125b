//! The pure half of Kopir: what a dialogue is, how it moves and what it costs to say; no I/O, no clock, no randomness.

pub mod address;
pub mod audit;
pub mod consent;
pub mod content;
pub mod courier;
pub mod delivery;
pub mod desk;
pub mod envelope;
pub mod hours;
pub mod lang;
pub mod local;
pub mod menu;
pub mod person;

pub mod receipt;
pub mod record;
pub mod screen;
pub mod sending;
pub mod service;
pub mod session;
pub mod stay;
pub mod text;
pub mod ticket;
pub mod time;
pub mod vacancy;
pub mod value;
pub mod word;
