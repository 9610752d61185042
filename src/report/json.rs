//! Our own JSON: one document a run, `"version": 1`. Fields may be added within a version; none is renamed or dropped.
//!
//! Lines and columns start at 1, columns count Unicode code points, ends are exclusive, and all four are null where
//! the text of the file is not known. The document is the same for any number of threads.

use std::fmt::Write as _;

use serde::Serialize;

use super::level::{level_name, rate, severity, severity_name};
use super::{Entry, RenderOptions, TOOL, VERSION, clamp, entries, fingerprint_of};
use crate::catalogue::Catalogue;
use crate::driver::{Outcome, Statistics};
use crate::finding::{Finding, Level, Notification, StepKind};
use crate::source::Span;

/// The version of the form of the document.
const FORM: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool,
    /// Whether the run was complete: without a notification of level error.
    complete: bool,
    findings: Vec<Item<'a>>,
    notifications: Vec<Notice<'a>>,
    statistics: &'a Statistics,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Item<'a> {
    rule: &'a str,
    /// minor, major or critical: the rule's.
    severity: &'static str,
    /// note, warning or error, and rank from 0 to 100: from severity and confidence.
    level: &'static str,
    rank: u8,
    /// low, medium or high, and why.
    confidence: &'static str,
    reason: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    /// The enclosing declaration; empty at the top level.
    symbol: &'a str,
    fix: Option<&'a str>,
    /// Equal for findings that are the same between two runs; see the baseline.
    fingerprint: String,
    steps: Vec<Step<'a>>,
    /// Only where suppressed findings are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<Suppressed<'a>>,
}

#[derive(Serialize)]
struct Step<'a> {
    /// acquired, runs, kept, missed or released.
    kind: StepKind,
    #[serde(flatten)]
    place: Place<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct Suppressed<'a> {
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Notice<'a> {
    level: &'static str,
    #[serde(flatten)]
    place: Place<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
}

pub fn render(outcome: &Outcome, catalogue: &Catalogue, options: &RenderOptions) -> String {
    let document = Document {
        version: FORM,
        tool: Tool { name: TOOL, version: VERSION },
        complete: outcome.notifications.iter().all(|notification| notification.level != Level::Error),
        findings: entries(outcome, options).iter().map(|entry| item(outcome, catalogue, entry)).collect(),
        notifications: outcome.notifications.iter().map(|notification| notice(outcome, notification)).collect(),
        statistics: &outcome.statistics,
    };
    text(&document)
}

/// JSON in which nothing is left that a terminal or a viewer would act on: what is not printable is escaped.
pub fn text(document: &impl Serialize) -> String {
    // Strings, numbers and maps with string keys always serialize.
    let plain = serde_json::to_string_pretty(document).unwrap_or_default();
    let mut out = String::with_capacity(plain.len() + 1);
    for char in plain.chars() {
        match char {
            '\u{7F}'..='\u{9F}' | '\u{200E}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            _ => out.push(char),
        }
    }
    out.push('\n');
    out
}

fn item<'a>(outcome: &Outcome, catalogue: &Catalogue, entry: &Entry<'a>) -> Item<'a> {
    let finding: &'a Finding = entry.finding;
    let severity = severity(&finding.rule, catalogue);
    let rating = rate(severity, finding.confidence);
    let step = |step: &'a crate::finding::Step| Step {
        kind: step.kind,
        place: place(outcome, &step.path, Some(step.span)),
        message: &step.message,
    };
    Item {
        rule: &finding.rule,
        severity: severity_name(severity),
        level: level_name(rating.level),
        rank: rating.rank,
        confidence: finding.confidence.name(),
        reason: &finding.reason,
        message: &finding.message,
        place: place(outcome, &finding.path, Some(finding.span)),
        symbol: &finding.symbol,
        fix: finding.fix.as_deref(),
        fingerprint: fingerprint_of(outcome, finding),
        steps: finding.steps.iter().map(step).collect(),
        suppressed: entry.suppressed.then_some(Suppressed { reason: entry.justification }),
    }
}

fn notice<'a>(outcome: &Outcome, notification: &'a Notification) -> Notice<'a> {
    Notice {
        level: level_name(notification.level),
        place: place(outcome, &notification.path, notification.span),
        message: &notification.message,
    }
}

fn place<'a>(outcome: &Outcome, path: &'a str, span: Option<Span>) -> Place<'a> {
    let known = span.and_then(|span| outcome.sources.get(path).map(|source| (source, clamp(source, span))));
    let start = known.map(|(source, span)| source.position(span.start));
    let end = known.map(|(source, span)| source.position(span.end));
    Place {
        path,
        line: start.map(|at| at.line),
        column: start.map(|at| at.column),
        end_line: end.map(|at| at.line),
        end_column: end.map(|at| at.column),
    }
}
