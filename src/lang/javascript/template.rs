//! Reads which components the markup of a `.vue` or `.svelte` file draws, and what decides whether it does.

use super::component::Script;
use crate::lang::Language;
use crate::model::{Drawn, Name};
use crate::source::SourceFile;

/// Elements without an end tag.
const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "param"];

/// An element, or a block of Svelte, that is open where the reader stands.
#[derive(Default)]
struct Open<'a> {
    name: &'a str,
    condition: Option<&'a str>,
    repeated: bool,
}

/// The components in the order of the text; nothing where the file has no markup that can be read.
pub fn drawn(source: &SourceFile, scripts: &[Script]) -> Option<Vec<Drawn>> {
    let text = source.text.as_str();
    let svelte = source.language == Language::Svelte;
    let mut at = 0;
    let mut end = text.len();
    if !svelte {
        let start = top_template(text, scripts)?;
        end = text.rfind("</template")?;
        at = start;
    }
    let inside = |at: usize| scripts.iter().find(|script| script.range.start_byte <= at && at < script.range.end_byte);
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut found = Vec::new();
    while let Some(next) = text.get(at..end)?.find(['<', '{']).map(|next| at + next) {
        at = next + 1;
        if let Some(script) = inside(next) {
            at = script.range.end_byte;
            continue;
        }
        let rest = &text[next..end];
        if rest.starts_with('{') {
            if svelte && rest.starts_with("{#") {
                open.push(Open { name: "{", condition: None, repeated: true });
            } else if svelte && rest.starts_with("{/") {
                close(&mut open, "{");
            }
            continue;
        }
        if rest.starts_with("<!--") {
            at = rest.find("-->").map_or(end, |close| next + close);
        } else if let Some(name) = rest.strip_prefix("</") {
            close(&mut open, tag_name(name));
        } else {
            let name = tag_name(&rest[1..]);
            if name.is_empty() {
                continue;
            }
            let tag = &rest[..tag_end(rest)?];
            at = next + tag.len();
            if svelte && matches!(name, "style" | "script") {
                at = rest.find(&format!("</{name}")).map_or(end, |close| next + close);
                continue;
            }
            let element = element(name, &tag[1 + name.len()..tag.len() - 1]);
            found.push(of(&element, &open));
            if !tag.ends_with("/>") && !VOID.contains(&name) {
                open.push(element);
            }
        }
    }
    found.retain(|drawn| !drawn.name.is_empty());
    Some(found)
}

/// Where the content of the file's `<template>` begins, unless it is written in another language.
fn top_template(text: &str, scripts: &[Script]) -> Option<usize> {
    let mut from = 0;
    loop {
        let start = text[from..].find("<template").map(|at| from + at)?;
        match scripts.iter().find(|script| script.range.start_byte <= start && start < script.range.end_byte) {
            Some(script) => from = script.range.end_byte,
            None => {
                let rest = &text[start..];
                let end = tag_end(rest)?;
                return (!rest[..end].contains("lang=")).then_some(start + end);
            }
        }
    }
}

fn tag_name(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':'))).unwrap_or(text.len());
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) { &text[..end] } else { "" }
}

/// The length of a start tag, whose attribute values may hold its end sign.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    let mut depth = 0;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'{') => depth += 1,
            (None, b'}') => depth -= 1,
            (None, b'>') if depth <= 0 => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn close(open: &mut Vec<Open<'_>>, name: &str) {
    if let Some(at) = open.iter().rposition(|element| element.name == name) {
        open.truncate(at);
    }
}

fn element<'a>(name: &'a str, attributes: &'a str) -> Open<'a> {
    let mut element = Open { name, ..Open::default() };
    let mut shown = false;
    for (attribute, value) in pairs(attributes) {
        match attribute {
            "v-if" | "v-else-if" => element.condition = Some(value),
            "v-else" => element.condition = Some("else"),
            "v-show" => shown = true,
            "v-for" | ":key" | "v-bind:key" | "v-slot" | "slot" => element.repeated = true,
            _ => element.repeated |= attribute.starts_with('#') || attribute.starts_with("v-slot:"),
        }
    }
    // Who hides what was drawn before keeps it: the condition only puts off the first time.
    if shown {
        element.condition = None;
    }
    element
}

fn pairs(attributes: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = attributes;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '/')).unwrap_or(rest.len());
        let name = &rest[..end];
        if name.is_empty() {
            return None;
        }
        rest = rest[end..].trim_start();
        let Some(value) = rest.strip_prefix('=').map(str::trim_start) else { return Some((name, "")) };
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            _ => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
        };
        rest = after;
        Some((name, value))
    })
}

fn of(element: &Open<'_>, open: &[Open<'_>]) -> Drawn {
    let all = || open.iter().chain(std::iter::once(element));
    Drawn {
        name: Name::new(element.name),
        around: open.iter().map(|element| Name::new(element.name)).collect(),
        conditions: all().filter_map(|element| element.condition).map(Name::new).collect(),
        repeated: all().any(|element| element.repeated),
    }
}
