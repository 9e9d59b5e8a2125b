//! A screen as pages that each fit one reply: no choice is split or parted from its digit, "more" and "back" are counted in.

use super::budget::Budget;
use crate::domain::screen::{Page, Screen};

/// Pages of a screen at most; what is longer is cut at the last and is a Problem in `check`.
pub const PAGES_MAX: u8 = 9;

/// The pages of `screen` under `budget`; never empty. Footers (`0`, `8`, `9`) stand on the page where the key does something.
#[must_use]
pub fn fit(screen: &Screen, budget: Budget) -> Vec<Page> {
    todo!("{screen:?} {budget:?}")
}

/// The whole screen as one text without paging (letters): body, more, choices, keys.
#[must_use]
pub fn whole(screen: &Screen) -> String {
    todo!("{screen:?}")
}
