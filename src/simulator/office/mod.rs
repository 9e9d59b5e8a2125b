//! office: to be filled.
