//! smpp: to be filled.
