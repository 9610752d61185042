//! `path:line:col: rule message`, one line a finding, for editors, problem matchers and `grep`.

use std::fmt::Write as _;

use super::level::level_name;
use super::{RenderOptions, entries, first_line, visible};
use crate::driver::Outcome;
use crate::finding::Level;
use crate::source::Span;

pub fn render(outcome: &Outcome, options: &RenderOptions) -> String {
    let mut out = String::new();
    for entry in entries(outcome, options).iter().take(options.max_findings.unwrap_or(usize::MAX)) {
        let finding = entry.finding;
        let mark = match (entry.suppressed, entry.justification) {
            (false, _) => String::new(),
            (true, None) => " (suppressed)".to_owned(),
            (true, Some(reason)) => format!(" (suppressed: {reason})"),
        };
        let place = place(outcome, &finding.path, Some(finding.span));
        line(&mut out, &format!("{place}: {} {}{mark}", finding.rule, finding.message));
    }
    for notification in &outcome.notifications {
        if options.quiet && notification.level != Level::Error || notification.level == Level::Note && !options.verbose
        {
            continue;
        }
        let place = place(outcome, &notification.path, notification.span);
        let colon = if place.is_empty() { "" } else { ": " };
        line(&mut out, &format!("{place}{colon}{}: {}", level_name(notification.level), notification.message));
    }
    out
}

/// `path:line:col` as far as it is known.
pub fn place(outcome: &Outcome, path: &str, span: Option<Span>) -> String {
    match span.and_then(|span| first_line(outcome, path, span)) {
        Some((start, _)) => format!("{path}:{}:{}", start.line, start.column),
        None => path.to_owned(),
    }
}

/// Whatever a message holds, it stays one line.
fn line(out: &mut String, text: &str) {
    let _ = writeln!(out, "{}", visible(&text.replace(['\r', '\n', '\t'], " ")));
}
