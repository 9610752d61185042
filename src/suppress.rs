//! Suppressions in comments: `leaklint-ignore rule-id[, rule-id] [until=YYYY-MM-DD]: reason`.
//!
//! A comment holds for findings on its own lines; one that stands alone, in a block of comments, holds for the
//! statement below the block as well. `leaklint-ignore-file` holds for the whole file, for all rules when it names
//! none. What a comment reaches is worked out when the file is read, so that [`apply`] needs neither text nor model.

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Level, Notification};
use crate::lang::{Family, Language};
use crate::model::{Comment, Name};
use crate::source::{SourceFile, Span};

const IGNORE: &str = "leaklint-ignore";
const IGNORE_FILE: &str = "leaklint-ignore-file";
const UNTIL: &str = "until=";
/// How many lines below a comment may open one statement.
const LONGEST_HEAD: u32 = 10;
/// How alike an id must be to be suggested.
const ALIKE: f64 = 0.75;

/// One directive of a comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// The comment.
    pub span: Span,
    /// The line (from 1) of the directive.
    pub line: u32,
    /// The ids that it names, with the place of each.
    pub rules: Vec<(Name, Span)>,
    pub reason: Option<String>,
    /// The last day it holds for, as written.
    pub until: Option<String>,
    pub whole_file: bool,
    /// Findings that touch these bytes are suppressed: the comment's lines and the head of the statement below.
    pub reach: Span,
}

/// What decides whether a suppression holds.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The day of the run, `YYYY-MM-DD`; see [`date`].
    pub today: &'a str,
    /// A suppression without a reason suppresses nothing.
    pub require_reason: bool,
    /// Whether this run would have found what a suppression is there for: a full run, all confidences.
    pub report_unused: bool,
    /// The ids of all rules.
    pub known: &'a [&'a str],
    /// The ids of the rules that ran; a suppression of another one is not called unused.
    pub active: &'a [&'a str],
}

/// The findings of a file, sorted out.
#[derive(Debug, Default)]
pub struct Applied {
    pub kept: Vec<Finding>,
    /// With the reason given.
    pub suppressed: Vec<(Finding, Option<String>)>,
    pub notifications: Vec<Notification>,
}

/// The directives in the comments of a file.
#[must_use]
pub fn parse(source: &SourceFile, comments: &[Comment]) -> Vec<Suppression> {
    let mut found = Vec::new();
    for comment in comments {
        let text = source.slice(comment.span);
        let mut at = comment.span.start;
        for line in text.split_inclusive('\n') {
            if let Some((start, whole_file)) = keyword(line) {
                let offset = at + size(start);
                let (rules, until, reason) = directive(&line[start..], offset);
                let reach = reach(source, comment.span);
                let line = source.line(offset);
                found.push(Suppression { span: comment.span, line, rules, reason, until, whole_file, reach });
            }
            at += size(line.len());
        }
    }
    found
}

/// Sorts out the findings of one file, of all confidences and rules, by its suppressions.
#[must_use]
pub fn apply(path: &str, suppressions: &[Suppression], findings: Vec<Finding>, options: &Options<'_>) -> Applied {
    let mut judged: Vec<Judged<'_>> =
        suppressions.iter().map(|suppression| Judged::new(suppression, options)).collect();
    let mut applied = Applied::default();
    let by: Vec<Option<&Suppression>> = findings
        .iter()
        .map(|finding| {
            let mut by = None;
            // The first that holds gives the reason; all that cover the finding are in use.
            for candidate in judged.iter_mut().filter(|candidate| candidate.suppression.covers(finding, &findings)) {
                candidate.used.push(finding.rule.clone());
                by = by.or(candidate.failure.is_none().then_some(candidate.suppression));
            }
            by
        })
        .collect();
    for (finding, by) in findings.into_iter().zip(by) {
        match by {
            Some(suppression) => applied.suppressed.push((finding, suppression.reason.clone())),
            None => applied.kept.push(finding),
        }
    }
    for judged in &judged {
        judged.report(path, options, &mut applied.notifications);
    }
    applied
}

impl Suppression {
    /// Of findings inside one another, only those that begin where the comment is are meant; else all that reach there.
    fn covers(&self, finding: &Finding, all: &[Finding]) -> bool {
        let named = self.rules.iter().any(|(rule, _)| *rule == finding.rule);
        if self.whole_file {
            return named || self.rules.is_empty();
        }
        let begins = |span: Span| self.reach.start <= span.start && span.start < self.reach.end;
        let touches = finding.span.start < self.reach.end && self.reach.start < finding.span.end;
        let nested = || all.iter().any(|other| other.rule == finding.rule && begins(other.span));
        named && (begins(finding.span) || (touches && !nested()))
    }
}

/// A suppression with what became of it.
struct Judged<'a> {
    suppression: &'a Suppression,
    /// Why it does not hold.
    failure: Option<String>,
    /// The rules of the findings that it covers.
    used: Vec<Name>,
}

impl<'a> Judged<'a> {
    fn new(suppression: &'a Suppression, options: &Options<'_>) -> Self {
        let failure = match &suppression.until {
            Some(until) if !is_date(until) => Some(format!("`until={until}` is no date of the form YYYY-MM-DD")),
            Some(until) if until.as_str() < options.today => Some(format!("the suppression ended on {until}")),
            _ if options.require_reason && suppression.reason.is_none() => {
                Some(format!("the suppression gives no reason; write `{IGNORE} rule-id: reason`"))
            }
            _ if suppression.rules.is_empty() && !suppression.whole_file => {
                Some(format!("the suppression names no rule; write `{IGNORE} rule-id: reason`"))
            }
            _ => None,
        };
        Self { suppression, failure, used: Vec::new() }
    }

    fn report(&self, path: &str, options: &Options<'_>, notifications: &mut Vec<Notification>) {
        let mut warn = |span: Span, message: String| {
            notifications.push(Notification {
                path: path.to_owned(),
                span: Some(span),
                level: Level::Warning,
                message,
            });
        };
        if let Some(failure) = &self.failure {
            warn(self.suppression.span, failure.clone());
        }
        for (rule, span) in &self.suppression.rules {
            if !options.known.contains(&rule.as_str()) {
                warn(*span, unknown(rule, options.known));
            } else if self.failure.is_none()
                && options.report_unused
                && options.active.contains(&rule.as_str())
                && !self.used.contains(rule)
            {
                warn(*span, format!("unused suppression: `{rule}` finds nothing here"));
            }
        }
        let blanket = self.suppression.whole_file && self.suppression.rules.is_empty();
        if blanket && self.failure.is_none() && options.report_unused && self.used.is_empty() {
            warn(self.suppression.span, "unused suppression: no rule finds anything in this file".to_owned());
        }
    }
}

fn unknown(rule: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|id| (strsim::jaro_winkler(id, rule), *id))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((_, id)) => format!("unknown rule `{rule}` in a suppression; did you mean `{id}`?"),
        None => format!("unknown rule `{rule}` in a suppression"),
    }
}

/// Where a directive begins behind its keyword, and whether it is for the whole file. The keyword starts the comment or
/// the line, or follows the mark of a second comment in it; prose about suppressions is none.
fn keyword(line: &str) -> Option<(usize, bool)> {
    line.match_indices(IGNORE).find_map(|(at, _)| {
        let before = line[..at].trim_end();
        let whole_file = line[at..].starts_with(IGNORE_FILE);
        let end = at + if whole_file { IGNORE_FILE.len() } else { IGNORE.len() };
        let starts = before.is_empty() || before.ends_with(['/', '*', '#', '!', '-', '{', ';']);
        let ends = line[end..].chars().next().is_none_or(|next| next.is_whitespace() || matches!(next, ':' | '*'));
        (starts && ends).then_some((end, whole_file))
    })
}

/// Rules, day and reason of the text behind a keyword.
type Directive = (Vec<(Name, Span)>, Option<String>, Option<String>);

fn directive(text: &str, offset: u32) -> Directive {
    let is_id = |char: char| char.is_ascii_alphanumeric() || char == '-' || char == '_';
    let (mut rules, mut until, mut rest, mut more) = (Vec::new(), None, text, true);
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if let Some(day) = rest.strip_prefix(UNTIL) {
            let end = day.find(ends_day).unwrap_or(day.len());
            until = Some(day[..end].to_owned());
            rest = &day[end..];
            more = false;
            continue;
        }
        let end = rest.find(|char| !is_id(char)).unwrap_or(rest.len());
        // `-` and `--` begin a reason, as in the directives of other tools.
        if !more || end == 0 || rest.starts_with('-') {
            break;
        }
        let start = offset + size(text.len() - rest.len());
        rules.push((Name::new(&rest[..end]), Span { start, end: start + size(end) }));
        rest = rest[end..].trim_start_matches([' ', '\t']);
        more = rest.starts_with(',');
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    // The day may also end the reason.
    let late = rest.find(UNTIL).filter(|at| until.is_none() && rest[..*at].ends_with(char::is_whitespace));
    if let Some(at) = late {
        let day = &rest[at + UNTIL.len()..];
        until = Some(day[..day.find(ends_day).unwrap_or(day.len())].to_owned());
        rest = &rest[..at];
    }
    (rules, until, reason(rest))
}

fn ends_day(char: char) -> bool {
    char.is_whitespace() || matches!(char, ':' | ',' | '*' | '.')
}

/// The text behind the ids without its separator and the end of the comment.
fn reason(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches("*/}").trim_end_matches("*/").trim_end_matches("-->").trim();
    let text = text.trim_start_matches(|char: char| char.is_whitespace() || matches!(char, ':' | '-' | '—' | ','));
    (!text.is_empty()).then(|| text.to_owned())
}

/// The lines of a comment, and where it stands alone the comments below it and the head of the statement below those.
fn reach(source: &SourceFile, comment: Span) -> Span {
    let (first, last) = (source.line(comment.start), source.line(comment.end.max(comment.start + 1) - 1));
    let start = source.line_span(first).start;
    let before = source.slice(Span { start, end: comment.start });
    let after = source.slice(Span { start: comment.end, end: source.line_span(last).end });
    let alone =
        before.trim_matches([' ', '\t', '{']).is_empty() && after.trim_matches([' ', '\t', '\r', '}']).is_empty();
    let end = if alone { head_end(source, last + 1) } else { last };
    Span { start, end: source.line_span(end).end }
}

/// The last line of the head of the statement that begins at a line or below the comments that begin there.
fn head_end(source: &SourceFile, mut line: u32) -> u32 {
    let mut in_block = false;
    loop {
        let text = source.line_text(line).trim();
        if text.is_empty() && !in_block {
            return line - 1;
        }
        let block =
            in_block || (source.language.family() != Family::Python && text.trim_start_matches('{').starts_with("/*"));
        if !block && !is_comment(text, source.language) || line > source.line(size(source.text.len())) {
            break;
        }
        in_block = block && !text.contains("*/");
        line += 1;
    }
    let limit = line + LONGEST_HEAD;
    while line < limit && is_open(source.line_text(line).trim()) {
        line += 1;
    }
    line
}

fn is_comment(line: &str, language: Language) -> bool {
    match language.family() {
        Family::Python => line.starts_with('#'),
        Family::Java | Family::JavaScript => line.starts_with("//") || line.starts_with("<!--"),
    }
}

/// Whether a statement goes on behind this line before it has said anything: an assignment, an open bracket, an
/// annotation or decorator.
fn is_open(line: &str) -> bool {
    line.starts_with('@')
        || line.ends_with("=>")
        || line.ends_with(['=', '(', '[', ',', '\\', '.', '?', '&', '|', '+'])
        || matches!(line, "return" | "await" | "return await" | "yield")
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: &str, digits: usize| {
        (part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let [year, month, day] = parts.as_slice() else { return false };
    let (Some(_), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else { return false };
    (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// The day, `YYYY-MM-DD` in UTC, of a number of seconds since 1970.
#[must_use]
pub fn date(seconds: u64) -> String {
    // Counted in years that begin with March, so that the leap day is the last one.
    let days = seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Offsets fit `u32`, as in [`Span`].
fn size(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
