//! smsc: to be filled.
