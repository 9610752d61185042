//! Finds the scripts of `.vue` and `.svelte` files. Offsets stay those of the file, so lines and columns are right.

use tree_sitter::{Point, Range};

use crate::lang::Language;
use crate::source::{SourceFile, Span};

/// One `<script>`.
pub struct Script {
    pub range: Range,
    pub span: Span,
    pub language: Language,
    /// `<script setup>` of Vue and the plain script of Svelte run once for each instance.
    pub per_instance: bool,
}

/// The scripts in the order of the file.
pub fn scripts(source: &SourceFile) -> Vec<Script> {
    let text = source.text.as_str();
    let mut scripts = Vec::new();
    let mut from = 0;
    while let Some(open) = find(text, "<script", from) {
        let Some(close) = text[open..].find('>').map(|at| open + at) else { break };
        let attributes = &text[open + "<script".len()..close];
        let Some(end) = find(text, "</script", close) else { break };
        from = end;
        if !attributes.starts_with([' ', '\t', '\r', '\n']) && !attributes.is_empty() || attributes.ends_with('/') {
            continue;
        }
        scripts.push(script(source, close + 1, end, attributes));
    }
    scripts
}

fn find(text: &str, what: &str, from: usize) -> Option<usize> {
    text[from..].find(what).map(|at| from + at)
}

fn script(source: &SourceFile, start: usize, end: usize, attributes: &str) -> Script {
    let has = |word: &str| attributes.split([' ', '\t', '\r', '\n']).any(|attribute| attribute == word);
    let language = match () {
        () if attributes.contains("tsx") || attributes.contains("jsx") => Language::Tsx,
        () if attributes.contains("\"ts") || attributes.contains("'ts") || attributes.contains("=ts") => {
            Language::TypeScript
        }
        () if attributes.contains("typescript") => Language::TypeScript,
        () => Language::JavaScript,
    };
    let shared = has("module") || attributes.contains("context=\"module\"") || attributes.contains("context='module'");
    let per_instance = match source.language {
        Language::Svelte => !shared,
        _ => has("setup"),
    };
    let point = |at: usize| {
        let before = &source.text[..at];
        let row = memchr::memchr_iter(b'\n', before.as_bytes()).count();
        Point { row, column: at - before.rfind('\n').map_or(0, |line| line + 1) }
    };
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Script {
        range: Range { start_byte: start, end_byte: end, start_point: point(start), end_point: point(end) },
        span: Span { start: offset(start), end: offset(end) },
        language,
        per_instance,
    }
}
