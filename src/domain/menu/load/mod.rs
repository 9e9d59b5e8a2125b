//! Files → a validated bundle, or every problem with its place. Knows no file system: it is handed names and texts.

mod assemble;
mod catalog;
mod desk;
mod doors;
mod fields;
mod flow;
mod gate;
mod graph;
mod layout;
mod names;
mod phrases;
mod references;
mod report;
mod root;
mod sending;
mod step;
mod translations;
mod traps;
mod tree;
mod values;

pub use gate::{COLUMNS, Unsigned, rows_to_sign};
pub use root::LinkWidths;

pub(crate) use catalog::{Catalog, Draft, Written};
pub(crate) use names::meant;
pub(crate) use phrases::PHRASES;
pub(crate) use report::{Place, Report};
pub(crate) use values::BUILT_IN;

use super::model::Bundle;
use super::problem::Problem;
use crate::domain::content::Reference;
use jiff::civil::Date;

/// One file of the menus' folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Path below the folder, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// What loading gives.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The bundle and its reference data; absent when a problem is an error.
    pub bundle: Option<(Bundle, Reference)>,
    /// All that is wrong or doubtful, in order of place.
    pub problems: Vec<Problem>,
    /// Texts that nobody has signed off as they stand; what a signing tool offers.
    pub unsigned: Vec<Unsigned>,
    /// What every screen costs at its worst, where the bundle is sound.
    pub costs: Vec<super::lint::ScreenCost>,
}

/// Loads and checks everything. `allow_unreviewed` opens the content gate.
#[must_use]
pub fn load(sources: &[Source], allow_unreviewed: bool) -> Loaded {
    assemble::load(sources, allow_unreviewed)
}

/// What time alone makes wrong: rules past `valid-to`, hotlines not called lately, facts not reviewed for a year.
///
/// Warnings; what is out of date is already hidden by the content gate. Run daily, as `load` knows no today.
#[must_use]
pub fn expired(sources: &[Source], today: Date) -> Vec<Problem> {
    assemble::expired(sources, today)
}
