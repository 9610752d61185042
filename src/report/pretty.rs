//! For people: a source frame for each finding with its story, then what could not be done, then a summary line.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Display, Write as _};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, SourceSpan};

use super::concise::place;
use super::level::{level_name, rate, severity};
use super::visible::{Visible, visible};
use super::{Entry, RenderOptions, entries, rule_url};
use crate::catalogue::Catalogue;
use crate::driver::Outcome;
use crate::finding::{Finding, Level};

/// Narrower frames are of no use to anybody.
const NARROWEST: usize = 40;

pub fn render(outcome: &Outcome, catalogue: &Catalogue, options: &RenderOptions) -> String {
    let theme = if options.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme.clone())
        .with_links(options.color)
        .with_link_display_text("docs")
        .with_width(options.width.max(NARROWEST))
        .without_syntax_highlighting();
    let sources: BTreeMap<&str, Visible<'_>> =
        outcome.sources.iter().map(|(path, source)| (path.as_str(), Visible::new(source))).collect();
    let entries = entries(outcome, options);
    let limit = options.max_findings.unwrap_or(usize::MAX);
    let mut out = String::new();
    for entry in entries.iter().take(limit) {
        for frame in frames(entry, catalogue, &sources) {
            // Writing to a string does not fail, and every span lies inside its text.
            let _ = handler.render_report(&mut out, &frame);
            out.push('\n');
        }
    }
    if entries.len() > limit {
        let _ = writeln!(out, "… and {} more\n", entries.len() - limit);
    }
    notifications(&mut out, outcome, options, &theme);
    if !options.quiet {
        let _ = writeln!(out, "{}", summary(outcome));
    }
    out
}

/// One file's part of a finding's story.
struct Frame<'a> {
    title: String,
    level: Level,
    rule: Option<&'a str>,
    confidence: Option<Confidence>,
    fix: Option<String>,
    source: Option<&'a Visible<'a>>,
    labels: Vec<LabeledSpan>,
}

/// How sure the finding is and why, as the cause below the title.
#[derive(Debug)]
struct Confidence(String);

impl Display for Confidence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Error for Confidence {}

impl fmt::Debug for Frame<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.title)
    }
}

impl Display for Frame<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.title)
    }
}

impl Error for Frame<'_> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.confidence.as_ref().map(|confidence| confidence as &(dyn Error + 'static))
    }
}

impl Diagnostic for Frame<'_> {
    fn code<'b>(&'b self) -> Option<Box<dyn Display + 'b>> {
        self.rule.map(|rule| Box::new(rule) as Box<dyn Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.level {
            Level::Error => miette::Severity::Error,
            Level::Warning => miette::Severity::Warning,
            Level::Note => miette::Severity::Advice,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn Display + 'b>> {
        self.fix.as_ref().map(|fix| Box::new(fix) as Box<dyn Display>)
    }

    fn url<'b>(&'b self) -> Option<Box<dyn Display + 'b>> {
        Some(Box::new(rule_url(self.rule?)?))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// The frame of the finding, and one for each other file that its story goes through.
fn frames<'a>(entry: &Entry<'a>, catalogue: &Catalogue, sources: &'a BTreeMap<&str, Visible<'a>>) -> Vec<Frame<'a>> {
    let finding = entry.finding;
    let mark = match (entry.suppressed, entry.justification) {
        (false, _) => String::new(),
        (true, None) => " (suppressed)".to_owned(),
        (true, Some(reason)) => format!(" (suppressed: {reason})"),
    };
    let reason = if finding.reason.is_empty() { String::new() } else { format!(": {}", finding.reason) };
    let confidence = format!("{} confidence{reason}", finding.confidence.name());
    let source = sources.get(finding.path.as_str());
    let place = if source.is_none() { format!("{}: ", finding.path) } else { String::new() };
    let mut frames = vec![Frame {
        title: visible(&format!("{place}{}{mark}", finding.message)).into_owned(),
        level: rate(severity(&finding.rule, catalogue), finding.confidence).level,
        rule: Some(&finding.rule),
        confidence: Some(Confidence(visible(&confidence).into_owned())),
        fix: finding.fix.as_deref().map(|fix| visible(fix).into_owned()),
        source,
        labels: labels(finding, &finding.path, source),
    }];
    let mut others: Vec<&str> = Vec::new();
    for step in &finding.steps {
        if step.path != finding.path && !others.contains(&step.path.as_str()) {
            others.push(&step.path);
        }
    }
    frames.extend(others.into_iter().map(|path| {
        let source = sources.get(path);
        Frame {
            title: format!("the story goes on in {}", visible(path)),
            level: Level::Note,
            rule: None,
            confidence: None,
            fix: None,
            source,
            labels: labels(finding, path, source),
        }
    }));
    frames
}

/// The labels of one file: the acquisition and the steps, numbered in the order of the story; one label a span.
fn labels(finding: &Finding, path: &str, source: Option<&Visible<'_>>) -> Vec<LabeledSpan> {
    let Some(source) = source else { return Vec::new() };
    let primary = (path == finding.path).then(|| source.first_line(finding.span));
    let mut texts: Vec<(SourceSpan, String)> = Vec::new();
    for (index, step) in finding.steps.iter().enumerate().filter(|(_, step)| step.path == path) {
        let number = if finding.steps.len() > 1 { format!("{}. ", index + 1) } else { String::new() };
        let text = format!("{number}{}", visible(&step.message));
        let span = source.first_line(step.span);
        match texts.iter_mut().find(|(other, _)| *other == span) {
            Some((_, known)) => *known = format!("{known}\n{text}"),
            None => texts.push((span, text)),
        }
    }
    if let Some(primary) = primary.filter(|primary| texts.iter().all(|(span, _)| span != primary)) {
        texts.insert(0, (primary, "here".to_owned()));
    }
    texts
        .into_iter()
        .map(|(span, text)| match primary {
            Some(primary) if primary == span => LabeledSpan::new_primary_with_span(Some(text), span),
            _ => LabeledSpan::new_with_span(Some(text), span),
        })
        .collect()
}

fn notifications(out: &mut String, outcome: &Outcome, options: &RenderOptions, theme: &GraphicalTheme) {
    let length = out.len();
    for notification in &outcome.notifications {
        let (wanted, style) = match notification.level {
            Level::Error => (true, theme.styles.error),
            Level::Warning => (!options.quiet, theme.styles.warning),
            Level::Note => (options.verbose && !options.quiet, theme.styles.advice),
        };
        if !wanted {
            continue;
        }
        let place = place(outcome, &notification.path, notification.span);
        let colon = if place.is_empty() { "" } else { ": " };
        let text = format!("{place}{colon}{}", notification.message);
        let _ = writeln!(out, "{}: {}", style.style(level_name(notification.level)), visible(&text));
    }
    if out.len() > length && !options.quiet {
        out.push('\n');
    }
}

/// What was found by rule, and what was read, parsed and left out.
fn summary(outcome: &Outcome) -> String {
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &outcome.findings {
        *rules.entry(&finding.rule).or_default() += 1;
    }
    let mut out = match outcome.findings.len() {
        0 => "no leaks found".to_owned(),
        count => format!("{}: {}", plural(count, "leak"), list(rules)),
    };
    if !outcome.suppressed.is_empty() {
        let _ = write!(out, "; {} suppressed", outcome.suppressed.len());
    }
    let statistics = &outcome.statistics;
    let _ = write!(out, "; {} read, {} parsed", plural(statistics.files_read, "file"), statistics.files_parsed);
    let left_out: usize = statistics.left_out.values().sum();
    if left_out > 0 {
        let reasons = statistics.left_out.iter().map(|(reason, count)| (reason.as_str(), *count));
        let _ = write!(out, "; {left_out} left out ({})", list(reasons));
    }
    if let Some(total) = statistics.milliseconds.get("total") {
        let _ = write!(out, "; {total} ms");
    }
    out
}

fn list<'a>(counts: impl IntoIterator<Item = (&'a str, usize)>) -> String {
    let parts: Vec<String> = counts.into_iter().map(|(name, count)| format!("{count} {}", visible(name))).collect();
    parts.join(", ")
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
