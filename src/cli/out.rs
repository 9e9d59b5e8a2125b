//! What commands write: results to standard output, remarks to standard error, colours only on a terminal.

use std::io::{IsTerminal, Write};

/// A line of the result. A reader that has gone away (`| head`) ends the program quietly, as others do.
pub(super) fn say(line: &str) {
    if writeln!(std::io::stdout().lock(), "{line}").is_err() {
        std::process::exit(0);
    }
}

/// A remark; lost when nobody listens.
pub(super) fn told(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}

/// A colour of the terminal.
#[derive(Clone, Copy, Debug)]
pub(super) enum Colour {
    /// Something is wrong.
    Red,
    /// Something is doubtful.
    Yellow,
    /// Something is well.
    Green,
    /// Of less weight.
    Dim,
    /// Of more weight.
    Bold,
}

/// `text` in `colour` when standard output is a terminal and `NO_COLOR` is not set; else as it is.
pub(super) fn coloured(colour: Colour, text: &str) -> String {
    if !std::io::stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
    {
        return text.to_owned();
    }
    let code = match colour {
        Colour::Red => "31",
        Colour::Yellow => "33",
        Colour::Green => "32",
        Colour::Dim => "2",
        Colour::Bold => "1",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}
