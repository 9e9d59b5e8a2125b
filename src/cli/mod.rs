//! The command line: one file a command; `--help` teaches, exit codes are for scripts.

mod audit;
mod check;
mod clips;
mod demo;
mod demo_desk;
mod demo_jobs;
mod demo_words;

mod explain;
mod jobs;
mod out;
mod pushes;
mod runtimes;
mod serve;
mod smsc;

mod text;
mod upstream;
mod users;
mod word;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// All is well.
const OK: u8 = 0;
/// What was asked for was done, and it found something wrong.
const FOUND: u8 = 1;
/// It could not be done: wrong arguments, wrong configuration, no such file.
const WRONG: u8 = 2;

/// Kopir: USSD menus and SMS commands for people with a keypad phone, mapped onto status look-ups.
///
/// Begin with `kopir demo`: a gateway, a simulated network and a sample office on this machine, with a phone in the browser.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Pushes(pushes::Pushes),
    Demo(demo::Demo),
    Check(check::Check),
    Explain(explain::Explain),
    Text(text::Text),
    Word(word::Word),
    Smsc(smsc::SmscCommand),
    Upstream(upstream::UpstreamCommand),
    Audit(audit::Audit),
    Users(users::Users),
    Jobs(jobs::Jobs),
}

/// Reads the arguments and runs the command. Exit codes: 0 well, 1 found something wrong, 2 could not be done.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // clap writes help to standard output and usage errors to standard error by itself.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() { WRONG } else { OK });
        }
    };
    let result = match arguments.command {
        Command::Serve(command) => command.run(),
        Command::Pushes(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::Check(command) => command.run(),
        Command::Explain(command) => command.run(),
        Command::Text(command) => command.run(),
        Command::Word(command) => command.run(),
        Command::Smsc(command) => command.run(),
        Command::Upstream(command) => command.run(),
        Command::Audit(command) => command.run(),
        Command::Users(command) => command.run(),
        Command::Jobs(command) => command.run(),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            out::told(&format!("kopir: {error:#}"));
            ExitCode::from(WRONG)
        }
    }
}
