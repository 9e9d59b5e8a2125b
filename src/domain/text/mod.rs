//! Text as it is sent: alphabets, budgets, pages, segments, SMS-Latin, templates and plural forms.

pub mod budget;
pub mod gsm7;
pub mod pages;
pub mod plural;
pub mod segment;
pub mod template;
pub mod translit;
