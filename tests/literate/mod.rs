//! Literate cases: Markdown whose code fences are files and whose comments are verdicts.
//!
//! An unnamed fence is a project of one file. Consecutive named fences (a path after the language tag) under one
//! heading are one project; a name that comes again begins another.

use std::path::{Path, PathBuf};

use leaklint::lang::Language;

/// Tags of fences that are no cases: configuration, shell and plain text.
const PROSE: &[&str] = &["", "text", "toml", "sh", "json", "xml"];

/// One project of one or more files, with the verdicts written in it.
#[derive(Debug)]
pub struct Case {
    /// The Markdown file, relative to the root of the repository.
    pub document: String,
    /// The line of the first fence.
    pub line: usize,
    pub heading: String,
    /// The language tag of the first fence.
    pub tag: String,
    pub files: Vec<File>,
}

/// One fence.
#[derive(Debug)]
pub struct File {
    pub path: PathBuf,
    pub language: Language,
    pub text: String,
    /// The line of the document that holds the first line of the text.
    pub first_line: usize,
    pub marks: Vec<Mark>,
}

/// A verdict on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The line in the file, from 1.
    pub line: usize,
    pub verdict: Verdict,
    pub rule: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `leak:` a leak, and found.
    Leak,
    /// `FP:` no leak, and known to be reported.
    FalseAlarm,
    /// `FN:` a leak, and known to be missed.
    Missed,
}

/// The cases of a document.
///
/// # Errors
/// A fence with an unknown tag or without an end, or a mark without a rule.
pub fn parse(document: &str, text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    let mut heading = String::new();
    // Whether the next named fence may belong to the last case.
    let mut open = false;
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(fence) = Fence::opening(line) else {
            if let Some(title) = title(line) {
                title.clone_into(&mut heading);
                open = false;
            }
            continue;
        };
        let mut code = String::new();
        loop {
            let Some((_, line)) = lines.next() else {
                return Err(format!("{document}:{} fence without an end", at + 1));
            };
            if fence.closes(line) {
                break;
            }
            code.push_str(fence.unindent(line));
            code.push('\n');
        }
        let (tag, name) = fence.info.split_once(char::is_whitespace).unwrap_or((fence.info, ""));
        if PROSE.contains(&tag) {
            continue;
        }
        let file = file(tag, name.trim(), code, at + 2).map_err(|error| format!("{document}:{} {error}", at + 1))?;
        match cases.last_mut() {
            Some(case) if open && !name.is_empty() && case.files.iter().all(|other| other.path != file.path) => {
                case.files.push(file);
            }
            _ => cases.push(Case {
                document: document.to_owned(),
                line: at + 1,
                heading: heading.clone(),
                tag: tag.to_owned(),
                files: vec![file],
            }),
        }
        open = !name.is_empty();
    }
    Ok(cases)
}

fn file(tag: &str, name: &str, text: String, first_line: usize) -> Result<File, String> {
    let path = match (name, tag) {
        ("", "java") => PathBuf::from("Case.java"),
        ("", _) => PathBuf::from(format!("case.{tag}")),
        _ => PathBuf::from(name),
    };
    let language = Language::of(Path::new(&format!("case.{tag}"))).ok_or(format!("`{tag}` is no language"))?;
    let marks = text.lines().enumerate().map(|(at, line)| marks(at + 1, line)).collect::<Result<Vec<_>, _>>()?.concat();
    Ok(File { path, language, text, first_line, marks })
}

/// The marks of a line: `leak: rule-id` in a comment, several rules parted by commas.
fn marks(line: usize, text: &str) -> Result<Vec<Mark>, String> {
    let verdicts = [("leak:", Verdict::Leak), ("FP:", Verdict::FalseAlarm), ("FN:", Verdict::Missed)];
    let mut marks = Vec::new();
    for comment in ["//", "#", "/*", "<!--"] {
        for (at, _) in text.match_indices(comment) {
            let rest = text[at + comment.len()..].trim_start();
            for (word, verdict) in verdicts {
                let Some(rest) = rest.strip_prefix(word) else { continue };
                let rules = rules(rest);
                if rules.is_empty() {
                    return Err(format!("`{word}` names no rule: {}", text.trim()));
                }
                marks.extend(rules.into_iter().map(|rule| Mark { line, verdict, rule }));
            }
        }
    }
    Ok(marks)
}

/// The ids at the head of a text: `a, b why`.
fn rules(text: &str) -> Vec<String> {
    let id = |part: &str| {
        let part = part.trim();
        let end = part.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(part.len());
        let (id, rest) = part.split_at(end);
        let id = id.trim_end_matches('-');
        id.contains('-').then(|| (id.to_owned(), rest.trim().is_empty()))
    };
    let mut rules = Vec::new();
    for part in text.split(',') {
        let Some((rule, more)) = id(part) else { break };
        rules.push(rule);
        if !more {
            break;
        }
    }
    rules
}

fn title(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    (1..=6).contains(&level).then_some(rest)?.strip_prefix(' ').map(str::trim)
}

/// The line that opens a fence.
struct Fence<'a> {
    indent: usize,
    ticks: usize,
    info: &'a str,
}

impl<'a> Fence<'a> {
    fn opening(line: &'a str) -> Option<Self> {
        let rest = line.trim_start();
        let info = rest.trim_start_matches('`');
        let ticks = rest.len() - info.len();
        (ticks >= 3).then(|| Self { indent: line.len() - rest.len(), ticks, info: info.trim() })
    }

    fn closes(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.ticks && line.bytes().all(|byte| byte == b'`')
    }

    /// The line without the indentation of the fence.
    fn unindent<'l>(&self, line: &'l str) -> &'l str {
        let blank = line.len() - line.trim_start().len();
        line.get(blank.min(self.indent)..).unwrap_or_default()
    }
}
