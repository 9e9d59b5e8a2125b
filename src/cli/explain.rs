//! `kopir explain`: what a problem's code means and how it is cured.

use super::{FOUND, OK, out};
use crate::domain::menu::explain;
use clap::Args;

/// Explain a problem's code, such as K012. Without a code, list them all.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The code, as `kopir check` prints it.
    code: Option<String>,
}

impl Explain {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        let Some(code) = &self.code else {
            for code in explain::codes() {
                out::say(&format!("{}  {}", code.code, code.title));
            }
            return Ok(OK);
        };
        let Some(found) = explain::explain(&code.to_uppercase()) else {
            out::told(&format!("kopir: no code \"{code}\"; `kopir explain` lists them all"));
            return Ok(FOUND);
        };
        out::say(&out::coloured(out::Colour::Bold, &format!("{}  {}", found.code, found.title)));
        out::say(&format!("\n{}\n\nFor example:\n", found.why));
        for line in found.bad.lines() {
            out::say(&format!("    {line}"));
        }
        out::say(&format!("\nCure: {}", found.cure));
        Ok(OK)
    }
}
