//! Arguments and commands.

mod args;
mod check;
mod debug;
mod init;
mod repository;
mod rules;
mod terminal;
mod why;

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser as _};

use self::args::{Cli, Command};
use crate::catalogue::BadTable;
use crate::config::ConfigError;

/// What a command comes to, in the words of the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Clean = 0,
    Findings = 1,
    Failure = 2,
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum Error {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Table(#[from] BadTable),
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    #[error("{message}")]
    Usage {
        message: String,
        #[help]
        help: Option<String>,
    },
}

impl Error {
    fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        |source| Self::Io { what: what.into(), source }
    }

    fn usage(message: impl Into<String>, help: Option<String>) -> Self {
        Self::Usage { message: message.into(), help }
    }
}

/// Recursion follows the nesting of the source, also in the commands that show it.
const STACK: usize = 64 << 20;

/// Runs the command line and gives the exit code.
#[must_use]
pub fn main(args: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    terminal::quiet_panics();
    let exit = std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(|| run(cli))
        .map_err(Error::io("no thread"))
        .map(std::thread::JoinHandle::join);
    match exit {
        Ok(Ok(Ok(exit))) => exit as u8,
        Ok(Ok(Err(error))) | Err(error) => {
            terminal::error(error);
            Exit::Failure as u8
        }
        Ok(Err(_)) => Exit::Failure as u8,
    }
}

fn run(cli: Cli) -> Result<Exit, Error> {
    match cli.command {
        None => check::check(&cli.check),
        Some(Command::Check(args)) => check::check(&args),
        Some(Command::Explain { rule }) => rules::explain(&rule),
        Some(Command::Rules { format }) => rules::list(format),
        Some(Command::Why { place, args }) => why::why(&place, &args),
        Some(Command::Init { directory }) => init::init(&directory),
        Some(Command::Debug { stage }) => debug::debug(&stage),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "leaklint", &mut script);
            terminal::print(&String::from_utf8_lossy(&script))
        }
    }
}
