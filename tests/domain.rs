//! Capabilities of the pure half, one module each.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may end, and shows its figures"
)]

#[path = "domain_text.rs"]
mod text;
#[path = "domain_vacancies.rs"]
mod vacancies;
#[path = "domain_words.rs"]
mod words;

#[path = "support/bundle.rs"]
mod bundle;
#[path = "domain_clerk.rs"]
mod clerk;
#[path = "domain_conversations.rs"]
mod conversations;
#[path = "domain_engine.rs"]
mod engine;
#[path = "domain_engine_walks.rs"]
mod engine_walks;
#[path = "domain_guess.rs"]
mod guess;
#[path = "domain_menu.rs"]
mod menu;
#[path = "domain_menu_cases.rs"]
mod menu_cases;
#[path = "support/play.rs"]
mod play;
#[path = "domain_shared_walks.rs"]
mod shared_walks;
