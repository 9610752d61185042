//! Findings: plain data that every reporter, the baseline and the suppressions read.

use serde::{Deserialize, Serialize};

use crate::model::Name;
use crate::source::Span;

/// How sure a finding is: the weakest step of its evidence.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    clap::ValueEnum,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    Low,
    Medium,
    High,
}

impl Confidence {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// One leak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The id of the rule.
    pub rule: Name,
    /// The file, relative to the root of the run, with forward slashes.
    pub path: String,
    /// The acquiring expression, in bytes.
    pub span: Span,
    pub message: String,
    pub confidence: Confidence,
    /// Why the confidence is what it is.
    pub reason: String,
    /// The story in order: acquired, runs again, kept alive, way out, released.
    pub steps: Vec<Step>,
    /// What to write instead, in a line or a few.
    pub fix: Option<String>,
    /// The enclosing declaration, `Class.method`; empty at the top level of a file.
    pub symbol: String,
}

/// One step of a finding's story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub kind: StepKind,
    /// The file of the step, as in [`Finding::path`].
    pub path: String,
    pub span: Span,
    pub message: String,
}

/// Something that a run looked at and does not report, with what speaks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    /// The file, as in [`Finding::path`].
    pub path: String,
    /// What acquires or grows, in bytes.
    pub span: Span,
    /// What it is, and why it is no leak.
    pub message: String,
    /// Where that can be seen.
    pub steps: Vec<Step>,
}

/// What a step says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    /// Where it is acquired.
    Acquired,
    /// Why the code runs again and again.
    Runs,
    /// What keeps it alive.
    Kept,
    /// The way out, or the teardown, that misses the release.
    Missed,
    /// Where it is released, if anywhere.
    Released,
}

/// Something the run could not do, or left out, and that the user must hear of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// The file, relative to the root of the run, with forward slashes; empty for the run as a whole.
    pub path: String,
    pub span: Option<Span>,
    pub level: Level,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Told with `--verbose`, and in JSON and SARIF.
    Note,
    /// Told always.
    Warning,
    /// The analysis is incomplete: exit code 2.
    Error,
}
