//! What the grammars do not read, written as they read it. Nothing moves: each node still stands on the words of the
//! source, and takes its text from there.

use std::borrow::Cow;
use std::ops::Range;

use crate::lang::cst::blank;

/// How far the type arguments of a tagged template may reach back, in bytes.
const ARGUMENTS: usize = 2_000;

/// The text as the grammars read it, of the same length in bytes.
pub fn readable(text: &str) -> Cow<'_, str> {
    let mut readable = Cow::Borrowed(text);
    each_using(text, &mut readable);
    for (at, _) in text.match_indices("export type *") {
        blank(&mut readable, at + "export ".len()..at + "export type".len());
    }
    // An attribute of an element that is named like a keyword.
    for (at, word) in text.match_indices("class=") {
        let value = text[at + word.len()..].starts_with(['{', '"', '\'']);
        if value && text[..at].ends_with(char::is_whitespace) {
            readable.to_mut().replace_range(at..=at, "k");
        }
    }
    for (at, _) in text.match_indices(">`") {
        if let Some(arguments) = type_arguments(text, at) {
            blank(&mut readable, arguments);
        }
    }
    readable
}

/// `const` in place of the `using` of `for (using x of …)`.
fn each_using(text: &str, readable: &mut Cow<'_, str>) {
    for (at, word) in text.match_indices("using ") {
        let before = text[..at].trim_end();
        let (start, before) = match before.strip_suffix("await") {
            Some(rest) if rest.ends_with(['(', ' ']) => (rest.len(), rest.trim_end()),
            _ => (at, before),
        };
        let head = before.strip_suffix('(').is_some_and(|rest| {
            let rest = rest.trim_end();
            rest.ends_with("for") || rest.ends_with("await")
        });
        // `for (using of list)` has a variable of that name.
        let mut words = text[at + word.len()..].split_whitespace();
        if head && words.next().is_some_and(|name| name != "of") && words.next() == Some("of") {
            let end = at + "using".len();
            let rest = " ".repeat(end - start - "const".len());
            readable.to_mut().replace_range(start..end, &format!("const{rest}"));
        }
    }
}

/// The type arguments of a tagged template that end at `end`: ``styled.div<{ wide: boolean }>`…` ``.
fn type_arguments(text: &str, end: usize) -> Option<Range<usize>> {
    let mut depth = 0_usize;
    let bytes = text.as_bytes();
    for at in (end.saturating_sub(ARGUMENTS)..=end).rev() {
        match bytes[at] {
            b'>' if at == 0 || bytes[at - 1] != b'=' => depth += 1,
            b'<' => depth = depth.checked_sub(1)?,
            b'`' => return None,
            _ => {}
        }
        if depth == 0 && bytes[at] == b'<' {
            let tag = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || matches!(bytes[at - 1], b')' | b'_' | b'$'));
            return tag.then_some(at..end + 1);
        }
    }
    None
}
