//! Reports: what a run found, in the format asked for. One file a format; no format decides the exit code.

mod concise;
pub mod fingerprint;
mod json;
pub mod level;
mod pretty;
mod sarif;
mod visible;

use serde::{Deserialize, Serialize};

use crate::catalogue::Catalogue;
use crate::driver::Outcome;
use crate::finding::Finding;
use crate::source::{Position, SourceFile, Span};

pub use self::visible::visible;

/// The name of the tool in every format.
const TOOL: &str = env!("CARGO_PKG_NAME");
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Where the project lives; empty while the manifest does not say.
const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// A format of report.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people: source frames with the story of each finding.
    #[default]
    Pretty,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// One document, described in docs and versioned.
    Json,
    /// `path:line:col: rule message`, one line a finding.
    Concise,
}

/// How to render. Nothing here changes what was found.
#[derive(Clone, Debug)]
pub struct RenderOptions {
    /// Colours and links for a terminal.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Notes too.
    pub verbose: bool,
    /// Findings and errors, and nothing else.
    pub quiet: bool,
    /// Tells this run from others of the same commit: SARIF's `automationDetails.id`.
    pub category: Option<String>,
    /// Suppressed findings are written and marked, rather than left out.
    pub mark_suppressed: bool,
    /// The most findings that pretty and concise show; SARIF and JSON always have all.
    pub max_findings: Option<usize>,
    /// The root of the run below the root of the repository, with forward slashes; empty when they are the same.
    pub uri_prefix: String,
    pub version_control: Option<VersionControl>,
}

/// The checked-out state, for SARIF's `versionControlProvenance`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionControl {
    pub repository_uri: String,
    pub revision: Option<String>,
    pub branch: Option<String>,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            color: false,
            width: 120,
            verbose: false,
            quiet: false,
            category: None,
            mark_suppressed: false,
            max_findings: None,
            uri_prefix: String::new(),
            version_control: None,
        }
    }
}

/// The report of a run, ending in a line end when it has any text.
#[must_use]
pub fn render(format: Format, outcome: &Outcome, catalogue: &Catalogue, options: &RenderOptions) -> String {
    match format {
        Format::Pretty => pretty::render(outcome, catalogue, options),
        Format::Sarif => sarif::render(outcome, catalogue, options),
        Format::Json => json::render(outcome, catalogue, options),
        Format::Concise => concise::render(outcome, options),
    }
}

/// A finding as a report has it: shown, or marked as suppressed.
#[derive(Clone, Copy)]
struct Entry<'a> {
    finding: &'a Finding,
    suppressed: bool,
    /// The reason given where it was suppressed.
    justification: Option<&'a str>,
}

/// What a report holds, in the order of path, position and rule.
fn entries<'a>(outcome: &'a Outcome, options: &RenderOptions) -> Vec<Entry<'a>> {
    let shown = outcome.findings.iter().map(|finding| Entry { finding, suppressed: false, justification: None });
    let mut entries: Vec<Entry<'a>> = shown.collect();
    if options.mark_suppressed {
        entries.extend(outcome.suppressed.iter().map(|(finding, reason)| Entry {
            finding,
            suppressed: true,
            justification: reason.as_deref(),
        }));
        // Stable: findings that are shown keep the order they came in.
        entries.sort_by(|a, b| (&a.finding.path, a.finding.span).cmp(&(&b.finding.path, b.finding.span)));
    }
    entries
}

/// Start and end of a span on one line, where the text of the file is known.
fn first_line(outcome: &Outcome, path: &str, span: Span) -> Option<(Position, Position)> {
    let source = outcome.sources.get(path)?;
    let span = source.first_line(clamp(source, span));
    Some((source.position(span.start), source.position(span.end)))
}

/// A span cut to the text of its file.
fn clamp(source: &SourceFile, span: Span) -> Span {
    let len = u32::try_from(source.text.len()).unwrap_or(u32::MAX);
    let start = span.start.min(len);
    Span { start, end: span.end.clamp(start, len) }
}

/// The fingerprint of a finding that stays the same when its file moves or code around it changes.
fn fingerprint_of(outcome: &Outcome, finding: &Finding) -> String {
    let snippet = outcome.sources.get(&finding.path).map_or("", |source| source.slice(finding.span));
    fingerprint::stable(&finding.rule, &finding.symbol, snippet)
}

/// The page of a rule, where the project has a home.
fn rule_url(id: &str) -> Option<String> {
    (!HOME.is_empty()).then(|| format!("{HOME}/blob/main/rules/{id}/doc.md"))
}
