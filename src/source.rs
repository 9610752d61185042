//! One source file: its text, byte spans, and lines and columns for people and tools.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::lang::Language;

/// A half-open range of bytes of one file. Offsets are `u32`: files are limited to 4 GiB long before that matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// The range as indices into the text.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether `other` lies wholly inside.
    #[must_use]
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A place as people name it: line and column both start at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub line: u32,
    /// Column in UTF-16 code units, as SARIF's `utf16CodeUnits` and editors count.
    pub utf16: u32,
    /// Column in Unicode code points, as terminals and compilers count.
    pub column: u32,
}

/// Why the bytes of a file are no text that can be analysed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Undecodable {
    #[error("not UTF-8: an invalid byte at offset {0}; convert the file to UTF-8")]
    Utf8(usize),
    #[error("UTF-16 with an unpaired surrogate or an odd number of bytes; convert the file to UTF-8")]
    Utf16,
}

/// The text of a file with its language; for a `.vue` or `.svelte` file also the ranges of its scripts.
#[derive(Debug)]
pub struct SourceFile {
    /// The path as it is shown: relative to the root of the run, with `/`.
    pub path: PathBuf,
    pub language: Language,
    pub text: String,
    line_starts: Vec<u32>,
}

impl SourceFile {
    /// Takes decoded text. A byte order mark is expected to be gone.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, language: Language, text: String) -> Self {
        let line_starts =
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| offset(at + 1))).collect();
        Self { path: path.into(), language, text, line_starts }
    }

    /// The path with forward slashes, for reports and for sorting.
    #[must_use]
    pub fn display_path(&self) -> String {
        slashed(&self.path)
    }

    /// The source text of a span; empty where the span does not fall on character boundaries.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The line (from 1) that holds a byte offset.
    #[must_use]
    pub fn line(&self, at: u32) -> u32 {
        offset(self.line_starts.partition_point(|start| *start <= at))
    }

    /// Whether a span is on a line, from 1, wholly or in part.
    #[must_use]
    pub fn stands_on(&self, span: Span, line: u32) -> bool {
        (self.line(span.start)..=self.line(span.end)).contains(&line)
    }

    /// Line and columns of a byte offset, all from 1.
    #[must_use]
    pub fn position(&self, at: u32) -> Position {
        let line = self.line(at);
        let start = self.line_starts[line as usize - 1] as usize;
        let before = self.text.get(start..(at as usize).min(self.text.len())).unwrap_or_default();
        Position { line, utf16: 1 + offset(before.encode_utf16().count()), column: 1 + offset(before.chars().count()) }
    }

    /// The text of a line (from 1) without its line end.
    #[must_use]
    pub fn line_text(&self, line: u32) -> &str {
        let index = line as usize;
        let Some(&start) = index.checked_sub(1).and_then(|index| self.line_starts.get(index)) else { return "" };
        let end = self.line_starts.get(index).map_or(self.text.len(), |end| *end as usize);
        self.text[start as usize..end].trim_end_matches(['\n', '\r'])
    }

    /// The span of a line (from 1) without its line end; empty and behind the text for a line that is not there.
    #[must_use]
    pub fn line_span(&self, line: u32) -> Span {
        let index = line as usize;
        let start = index.checked_sub(1).and_then(|index| self.line_starts.get(index)).copied();
        let start = start.unwrap_or_else(|| offset(self.text.len()));
        Span { start, end: start + offset(self.line_text(line).len()) }
    }

    /// The span cut to its first line, which is where annotations are shown.
    #[must_use]
    pub fn first_line(&self, span: Span) -> Span {
        let cut = self.slice(span).find(['\n', '\r']).map_or(span.end, |at| span.start + offset(at));
        Span { start: span.start, end: cut }
    }
}

/// A path with forward slashes and without a leading `./`.
#[must_use]
pub fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    text.strip_prefix("./").map_or(text.clone(), str::to_owned)
}

/// Text from bytes: UTF-8 with or without a byte order mark, or UTF-16 with one.
///
/// # Errors
/// Bytes that are neither.
pub fn decode(bytes: Vec<u8>) -> Result<String, Undecodable> {
    match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest.to_vec()),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: Vec<u8>) -> Result<String, Undecodable> {
    String::from_utf8(bytes).map_err(|error| Undecodable::Utf8(error.utf8_error().valid_up_to()))
}

fn utf16(bytes: &[u8], read: fn([u8; 2]) -> u16) -> Result<String, Undecodable> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return Err(Undecodable::Utf16) };
    char::decode_utf16(pairs.iter().map(|pair| read(*pair)))
        .collect::<Result<String, _>>()
        .map_err(|_| Undecodable::Utf16)
}

/// Byte counts fit `u32` because discovery refuses larger files.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
