//! The other end, shipped and not mocked: an SMSC with dialects and faults, and a sample office.
pub mod office;
pub mod smsc;
