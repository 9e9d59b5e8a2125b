//! `kopir text`: what a text costs as it is sent, and how it would be cut.

use super::{FOUND, OK, out};
use crate::domain::text;
use clap::Args;
use std::io::BufRead;

/// Measure texts as they are sent: encoding, units, SMS parts.
///
/// Reads standard input, one text a line. With --json each line is a JSON string, and each line written is
/// {"encoding":"GSM-7"|"UCS-2","units":n,"segments":n,"parts":["…"]}.
#[derive(Debug, Args)]
pub(super) struct Text {
    /// Read JSON strings and write JSON lines.
    #[arg(long)]
    json: bool,
}

impl Text {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        let mut code = OK;
        for (index, line) in std::io::stdin().lock().lines().enumerate() {
            let line = line?;
            if !self.json {
                let report = text::report(&line);
                let encoding = serde_json::to_value(report.encoding)?;
                let encoding = encoding.as_str().unwrap_or_default().to_owned();
                out::say(&format!(
                    "{encoding:>6} {:>4} units {:>2} parts  {line}",
                    report.units, report.segments
                ));
                continue;
            }
            match serde_json::from_str::<String>(&line) {
                Ok(said) => out::say(&serde_json::to_string(&text::report(&said))?),
                Err(error) => {
                    code = FOUND;
                    let problem = format!("line {}: not a JSON string: {error}", index + 1);
                    out::say(&serde_json::json!({ "error": problem }).to_string());
                }
            }
        }
        Ok(code)
    }
}
