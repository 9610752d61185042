//! Standard output and error: the only place that writes to them.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::Color;
use super::{Error, Exit};
use crate::report::visible;

/// Prints to standard output. A reader that went away is no failure.
pub fn print(text: &str) -> Result<Exit, Error> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::io("cannot print")(error)),
        _ => Ok(Exit::Clean),
    }
}

/// Prints lines to standard error.
pub fn tell(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", visible(text.trim_end_matches('\n')));
}

/// Prints what went wrong, with the source it went wrong in.
pub fn error(error: Error) {
    let text = format!("{:?}", miette::Report::new(error));
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Whether to colour what goes to standard output.
pub fn color(wanted: Color) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match wanted {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            std::io::stdout().is_terminal()
                && !set("NO_COLOR")
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

/// The columns of the terminal, within what reads well.
pub fn width() -> Option<usize> {
    let (columns, _) = terminal_size::terminal_size()?;
    std::io::stdout().is_terminal().then(|| usize::from(columns.0).clamp(60, 160))
}

/// A panic that becomes a notification needs no message of its own.
pub fn quiet_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !crate::driver::is_isolated() {
            usual(panic);
        }
    }));
}

/// How long a run may take before it shows how far it is.
const PATIENCE: Duration = Duration::from_millis(500);

/// A bar on standard error, where that is a terminal; what it gives counts files.
pub fn progress(files: usize, quiet: bool) -> Option<(ProgressBar, Box<dyn Fn() + Send + Sync>)> {
    if quiet || !std::io::stderr().is_terminal() || std::env::var_os("CI").is_some() {
        return None;
    }
    let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::hidden());
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} files") {
        bar.set_style(style);
    }
    let (start, shown, counted) = (Instant::now(), Mutex::new(false), bar.clone());
    let count = move || {
        counted.inc(1);
        if start.elapsed() >= PATIENCE
            && let Ok(mut shown) = shown.lock()
            && !*shown
        {
            counted.set_draw_target(ProgressDrawTarget::stderr());
            *shown = true;
        }
    };
    Some((bar, Box::new(count)))
}
