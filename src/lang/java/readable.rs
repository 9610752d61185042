//! What the grammar does not read, written as it reads it. Nothing moves: each node still stands on the words of the
//! source, and takes its text from there.

use std::borrow::Cow;
use std::ops::Range;

use crate::lang::cst::blank;

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
            let name = text[start..].find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '$')));
            let Some(end) = name.map(|end| start + end).filter(|end| text[*end..].starts_with('(')) else { continue };
            if let Some(dot) = text[start..end].rfind('.') {
                blank(&mut readable, start..start + dot + 1);
            }
        }
    }
    // `String @Nullable ... names`
    for (at, _) in text.match_indices("...") {
        let before = text[..at].trim_end();
        let name = before.trim_end_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.'));
        if name.len() < before.len() && name.ends_with('@') {
            blank(&mut readable, name.len() - 1..at);
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

/// Annotations and `final` before the type of a pattern.
fn pattern_modifiers(text: &str, start: usize, record: bool) -> Option<Range<usize>> {
    // Only in a pattern do they stand in the way: `instanceof Point(final int x)`.
    let within = || {
        let head = text[..start - 1].trim_end_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$'));
        head.trim_end().ends_with("instanceof") || head.trim_end().ends_with("case")
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
        } else if left.starts_with('@') {
            let name = left.find(|c: char| !(c.is_alphanumeric() || matches!(c, '@' | '_' | '.')))?;
            let end = if left[name..].starts_with('(') { name + left[name..].find(')')? + 1 } else { name };
            at = rest.len() - left[end..].trim_start().len();
        } else {
            return Some(start..start + at);
        }
    }
}
