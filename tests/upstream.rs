//! Offices and HTTP dialogues end to end: real sockets, real files, the shipped sample office at the other end.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may end")]

#[path = "upstream/file.rs"]
mod file;
#[path = "upstream/guard.rs"]
mod guard;
#[path = "upstream/http.rs"]
mod http;
#[path = "sms_http.rs"]
mod sms_http;
#[path = "upstream/support.rs"]
mod support;
#[path = "ussd_http.rs"]
mod ussd_http;
#[path = "upstream/vacancies.rs"]
mod vacancies;
