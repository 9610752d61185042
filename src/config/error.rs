//! Errors of configuration that show the line and the nearest key.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;

/// A configuration that cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub enum ConfigError {
    #[error("cannot read {}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{} holds no configuration of leaklint", path.display())]
    NoTable { path: PathBuf },
    #[error("{} has two configurations, {first} and {second}", directory.display())]
    #[diagnostic(help("keep one of them"))]
    TwoHomes { directory: PathBuf, first: String, second: String },
    #[error("{message}")]
    Text {
        message: String,
        #[source_code]
        source_code: Arc<NamedSource<String>>,
        #[label("{label}")]
        at: SourceSpan,
        label: String,
        #[help]
        help: Option<String>,
    },
}

impl ConfigError {
    pub(super) fn toml(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let at = error.span().unwrap_or(0..0);
        Self::parsed(path, text, error.message(), at)
    }

    pub(super) fn json(path: &Path, text: &str, error: &serde_json::Error) -> Self {
        let start: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        let end = (start + error.column()).min(text.len());
        let message = error.to_string();
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
        // The parser stops behind the key; the key stands before.
        let key = backticked(message).next().map(|key| format!("\"{key}\""));
        let at = key.and_then(|key| text.get(..end)?.rfind(&key).map(|at| at..at + key.len()));
        Self::parsed(path, text, message, at.unwrap_or(end.saturating_sub(1)..end))
    }

    /// An error of a parser: for an unknown key the help names the nearest one.
    fn parsed(path: &Path, text: &str, message: &str, at: std::ops::Range<usize>) -> Self {
        let (mut label, mut help) = (message.to_owned(), None);
        if let Some((unknown, expected)) = message.split_once(", expected") {
            let key = backticked(unknown).next().unwrap_or_default();
            if unknown.starts_with("unknown") {
                unknown.clone_into(&mut label);
                help = Some(match nearest(key, backticked(expected)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known here:{}", expected.trim_start_matches(" one of")),
                });
            }
        }
        Self::at(path, text, at, label, help)
    }

    /// A value that does not do; it is looked up in the text.
    pub(super) fn value(path: &Path, text: &str, value: &str, reason: String) -> Self {
        Self::at(path, text, place(text, value), reason, None)
    }

    /// A name that means nothing.
    pub(super) fn unknown(path: &Path, text: &str, name: &str, label: &str, help: Option<String>) -> Self {
        let help = help.or_else(|| Some("`leaklint rules` lists them".to_owned()));
        Self::at(path, text, place(text, name), format!("{label}: `{name}`"), help)
    }

    fn at(path: &Path, text: &str, at: std::ops::Range<usize>, label: String, help: Option<String>) -> Self {
        Self::Text {
            message: format!("{}: {label}", path.display()),
            source_code: Arc::new(NamedSource::new(path.to_string_lossy(), text.to_owned())),
            at: at.into(),
            label,
            help,
        }
    }
}

/// Where a value stands: in quotes, or as the last part of a table's head.
fn place(text: &str, value: &str) -> std::ops::Range<usize> {
    [format!("\"{value}\""), format!("'{value}'"), format!("rules.{value}"), value.to_owned()]
        .iter()
        .find_map(|needle| text.find(needle.as_str()).map(|at| at..at + needle.len()))
        .unwrap_or(0..0)
}

fn backticked(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The word that a typing error most likely meant.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|known| (strsim::jaro_winkler(word, known), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}
