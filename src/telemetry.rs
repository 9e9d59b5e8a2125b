//! Logs: pretty on a terminal, JSON otherwise; a panic is a log line too.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// In which form logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Pretty on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// For eyes.
    Pretty,
    /// For machines.
    Json,
}

/// Starts logging to standard error. `filter` is a tracing filter such as `info` or `kopir=debug`. A second call changes nothing.
///
/// # Errors
/// A filter that cannot be read.
pub fn start(filter: &str, format: Format) -> Result<(), tracing_subscriber::filter::ParseError> {
    let filter: EnvFilter = filter.parse()?;
    let terminal = std::io::stderr().is_terminal();
    let pretty = match format {
        Format::Auto => terminal,
        Format::Pretty => true,
        Format::Json => false,
    };
    let registry = tracing_subscriber::registry().with(filter);
    let started = if pretty {
        let layer =
            fmt::layer().compact().with_target(false).with_ansi(terminal).with_writer(std::io::stderr);
        registry.with(layer).try_init()
    } else {
        registry.with(fmt::layer().json().flatten_event(true).with_writer(std::io::stderr)).try_init()
    };
    // Somebody (a test) has set a subscriber before: theirs stays.
    drop(started);
    std::panic::set_hook(Box::new(|panic| {
        // The payload may quote what a person typed: only the place is told.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
    Ok(())
}
