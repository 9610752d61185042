//! What the grammar does not read, written as it reads it. Nothing moves: each node still stands on the words of the
//! source, and takes its text from there.

use std::borrow::Cow;
use std::ops::Range;

use crate::lang::cst::blank;

/// The longest name, or text of an annotation, that is looked through, in bytes.
const NAME: usize = 500;

/// The text as the grammar reads it, of the same length in bytes.
pub fn readable(text: &str) -> Cow<'_, str> {
    let mut readable = Cow::Borrowed(text);
    for (at, word) in text.match_indices("case null, default") {
        let rest = " ".repeat(word.len() - "default".len());
        readable.to_mut().replace_range(at..at + word.len(), &format!("default{rest}"));
    }
    for word in ["case ", "("] {
        for (at, _) in text.match_indices(word) {
            if let Some(modifiers) = pattern_modifiers(text, at + word.len(), word == "(") {
                blank(&mut readable, modifiers);
            }
        }
    }
    // `instanceof Shape.Circle(int radius)`
    for word in ["instanceof ", "case "] {
        for (at, _) in text.match_indices(word) {
            let start = at + word.len();
            let end = start + name_length(text[start..].bytes());
            if let Some(dot) = text[start..end].rfind('.').filter(|_| text[end..].starts_with('(')) {
                blank(&mut readable, start..start + dot + 1);
            }
        }
    }
    // `String @Nullable ... names`
    for (at, _) in text.match_indices("...") {
        let end = text[..at].trim_end().len();
        let start = end - name_length(text[..end].bytes().rev());
        if start < end && text[..start].ends_with('@') {
            blank(&mut readable, start - 1..at);
        }
    }
    // A variable without a name.
    let named = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.');
    for (at, _) in text.match_indices(" _") {
        let after = text[at + 2..].trim_start();
        if !text[at + 2..].starts_with(named) && after.starts_with([',', ')', '-', ':', '=']) {
            readable.to_mut().replace_range(at + 1..at + 2, "$");
        }
    }
    readable
}

/// How many of the bytes are of a qualified name of ASCII letters; none when it goes on for too long.
fn name_length(bytes: impl Iterator<Item = u8>) -> usize {
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$');
    Some(bytes.take(NAME).take_while(of_name).count()).filter(|length| *length < NAME).unwrap_or_default()
}

/// Annotations and `final` before the type of a pattern.
fn pattern_modifiers(text: &str, start: usize, record: bool) -> Option<Range<usize>> {
    // Only in a pattern do they stand in the way: `instanceof Point(final int x)`.
    let within = || {
        let end = start - 1;
        let head = text[..end - name_length(text[..end].bytes().rev())].trim_end();
        head.ends_with("instanceof") || head.ends_with("case")
    };
    let rest = &text[start..];
    if !rest.starts_with("final ") && !rest.starts_with('@') || record && !within() {
        return None;
    }
    let mut at = 0;
    loop {
        let left = &rest[at..];
        if let Some(after) = left.strip_prefix("final ") {
            at = rest.len() - after.trim_start().len();
        } else if let Some(after) = left.strip_prefix('@') {
            let name = 1 + name_length(after.bytes());
            let close = || left[name..].bytes().take(NAME).position(|byte| byte == b')');
            let end = if left[name..].starts_with('(') { name + close()? + 1 } else { name };
            at = rest.len() - left[end..].trim_start().len();
        } else {
            return Some(start..start + at);
        }
    }
}
