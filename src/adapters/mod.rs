//! Everything that touches the world; one folder is one thing, and none names another.

pub mod admin;
pub mod audit;
pub mod cdr;
pub mod desk;
pub mod kiosk;
pub mod smpp;
pub mod sms_http;
pub mod store;
pub mod upstream;
pub mod ussd_http;
pub mod vacancies;
