//! The other end, shipped and not mocked: an SMSC with dialects, handsets and faults, load, a keypad phone, a sample office.

pub mod load;
pub mod office;
pub mod phone;
pub mod smsc;
pub mod vacancies;
