//! Arguments → a command; nothing else.

fn main() -> std::process::ExitCode {
    kopir::cli::run()
}
