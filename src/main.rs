//! Maps the outcome to an exit code; nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(leaklint::cli::main(std::env::args_os()))
}
