//! The composition root: configuration → adapters → gateway → supervised tasks → orderly shutdown.

pub mod menus;
