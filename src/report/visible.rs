//! Text that cannot drive a terminal: control characters and what reorders or hides text become visible.

use std::borrow::Cow;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::source::{SourceFile, Span};

/// Text of one line or a few with every character that a terminal would act on made visible; line ends stay.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|char| char != '\n' && picture(char).is_some()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().fold(String::with_capacity(text.len() + 16), |mut out, char| {
        match picture(char).filter(|_| char != '\n') {
            Some(picture) => out.push_str(&picture),
            None => out.push(char),
        }
        out
    }))
}

/// How a character that is not to reach a terminal is shown.
fn picture(char: char) -> Option<String> {
    match char {
        '\t' => None,
        '\0'..='\x1F' => char::from_u32(0x2400 + u32::from(char)).map(String::from),
        '\x7F' => Some("\u{2421}".to_owned()),
        // C1 controls, marks and overrides of direction, line separators, zero-width and tag characters. The joiner
        // and the variation selectors stay: emoji are made with them.
        '\u{80}'..='\u{9F}'
        | '\u{AD}'
        | '\u{61C}'
        | '\u{180E}'
        | '\u{200B}'..='\u{200C}'
        | '\u{200E}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E007F}' => Some(format!("<U+{:04X}>", u32::from(char))),
        _ => None,
    }
}

/// The text of a file as frames show it, with the way between its offsets and the file's.
pub struct Visible<'a> {
    source: &'a SourceFile,
    name: String,
    text: Cow<'a, str>,
    /// Offsets in the file and here, behind each character that was replaced.
    shifts: Vec<(usize, usize)>,
    line_starts: Vec<usize>,
}

impl<'a> Visible<'a> {
    #[must_use]
    pub fn new(source: &'a SourceFile) -> Self {
        let (text, shifts) = replace(&source.text);
        let line_starts =
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect();
        Self { source, name: visible(&source.display_path()).into_owned(), text, shifts, line_starts }
    }

    /// The first line of a span of the file, here.
    #[must_use]
    pub fn first_line(&self, span: Span) -> SourceSpan {
        let span = self.source.first_line(super::clamp(self.source, span));
        let (start, end) = (self.here(span.start as usize), self.here(span.end as usize));
        (start, end - start).into()
    }

    fn here(&self, at: usize) -> usize {
        let behind = self.shifts.partition_point(|(source, _)| *source <= at);
        behind.checked_sub(1).map_or(at, |index| self.shifts[index].1 + (at - self.shifts[index].0))
    }

    fn in_source(&self, at: usize) -> usize {
        let behind = self.shifts.partition_point(|(_, here)| *here <= at);
        behind.checked_sub(1).map_or(at, |index| self.shifts[index].0 + (at - self.shifts[index].1))
    }

    /// The line (from 0) that holds an offset.
    fn line(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at) - 1
    }

    /// The column (from 0) in the file, in code points.
    fn column(&self, at: usize) -> usize {
        let at = u32::try_from(self.in_source(at)).unwrap_or(u32::MAX);
        self.source.position(at).column as usize - 1
    }
}

/// Lines are found by the index, so that a frame costs what it shows and not the whole file.
impl SourceCode for Visible<'_> {
    fn read_span<'b>(
        &'b self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'b> + 'b>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        if end > self.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let first = self.line(start).saturating_sub(before);
        let last = self.line(end) + after;
        let from = self.line_starts[first];
        let to = self.line_starts.get(last + 1).copied().unwrap_or(self.text.len());
        let count = last.min(self.line_starts.len() - 1) - first + 1;
        let column = if before == 0 { self.column(start) } else { 0 };
        let data = &self.text.as_bytes()[from..to];
        let contents =
            MietteSpanContents::new_named(self.name.clone(), data, (from, to - from).into(), first, column, count);
        Ok(Box::new(contents))
    }
}

/// The text with pictures for what must not be printed. A carriage return before a line feed is a line end.
fn replace(text: &str) -> (Cow<'_, str>, Vec<(usize, usize)>) {
    let (mut out, mut shifts, mut copied) = (String::new(), Vec::new(), 0);
    for (at, char) in text.char_indices() {
        let line_end = char == '\n' || (char == '\r' && text[at + 1..].starts_with('\n'));
        let Some(picture) = (!line_end).then(|| picture(char)).flatten() else { continue };
        out.push_str(&text[copied..at]);
        out.push_str(&picture);
        copied = at + char.len_utf8();
        shifts.push((copied, out.len()));
    }
    if shifts.is_empty() {
        return (Cow::Borrowed(text), shifts);
    }
    out.push_str(&text[copied..]);
    (Cow::Owned(out), shifts)
}
