//! Runs the street: discover → trigger → lower → facts → project → suppress → sort.
//!
//! One file's failure stays its own: a panic, an unreadable file or a parse gap becomes a notification.

mod evidence;
mod run;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::run::{Options, is_isolated, run};

use crate::catalogue::Catalogue;
use crate::finding::{Confidence, Finding, Level, Notification, Quiet};
use crate::lang;
use crate::model::GapReason;
use crate::project::{self, Facts, Tree};
use crate::source::SourceFile;
use crate::suppress::{self, Suppression};

/// What a run found and did.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What is to be shown: not suppressed, of the confidence asked for; sorted by path, position and rule.
    pub findings: Vec<Finding>,
    /// Findings that a comment or a baseline takes out, with the reason given there.
    pub suppressed: Vec<(Finding, Option<String>)>,
    /// Sorted by path and position.
    pub notifications: Vec<Notification>,
    /// What speaks for the place that was asked about.
    pub quiet: Vec<Quiet>,
    /// The text of every file that a finding or a step of one stands in, by path.
    pub sources: BTreeMap<String, Arc<SourceFile>>,
    pub statistics: Statistics,
}

/// Counted work of a run.
#[derive(Debug, Default, Clone, serde::Serialize)]
pub struct Statistics {
    /// Files whose bytes were read.
    pub files_read: usize,
    pub bytes_read: u64,
    /// Files that were parsed, because a word of a table occurs in them.
    pub files_parsed: usize,
    pub bytes_parsed: u64,
    /// Further files that were parsed because they may answer what those leave open.
    pub evidence_parsed: usize,
    pub evidence_bytes: u64,
    /// Files left out, by reason: "test code", "minified", …
    pub left_out: BTreeMap<String, usize>,
    /// What was acquired and how it ended, by the call that acquires.
    pub ledger: BTreeMap<String, Tally>,
    /// Wall time by stage in milliseconds; not part of any output that is compared.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub milliseconds: BTreeMap<String, u64>,
}

/// The ends of what one call acquires. Where a finding stands, of any confidence and suppressed or not, it is reported.
#[derive(Debug, Default, Clone, Copy, serde::Serialize)]
pub struct Tally {
    pub acquired: usize,
    pub reported: usize,
    pub released: usize,
    pub escaped: usize,
    pub undecided: usize,
}

/// What one file says.
#[derive(Debug)]
pub struct Analysed {
    pub facts: Facts,
    pub suppressions: Vec<Suppression>,
    /// What could not be read of it.
    pub notifications: Vec<Notification>,
}

/// Reads one file from text to facts. The model is dropped here.
#[must_use]
pub fn analyse(source: &SourceFile, catalogue: &Catalogue) -> Analysed {
    let (module, gaps) = lang::lower(source);
    let mut facts = crate::analyses::facts(source, &module, catalogue);
    crate::analyses::distrust(&module, &gaps, &mut facts);
    let suppressions = suppress::parse(source, &module.comments);
    let mut notifications: Vec<Notification> = gaps
        .iter()
        .map(|gap| {
            let (level, message) = match gap.reason {
                GapReason::Syntax => (Level::Note, "syntax not understood; the code around it was checked"),
                GapReason::TooDeep => (Level::Note, "nested too deeply; this part was not checked"),
                GapReason::TooCostly => (Level::Error, "not checked: it takes too much work to parse"),
            };
            Notification { path: source.display_path(), span: Some(gap.span), level, message: message.to_owned() }
        })
        .collect();
    if facts.unfollowed > 0 {
        notifications.push(Notification {
            path: source.display_path(),
            span: None,
            level: Level::Warning,
            message: format!("{} acquisitions were not followed: the file takes too much work", facts.unfollowed),
        });
    }
    Analysed { facts, suppressions, notifications }
}

/// What is on one line of a file, from 1, and is no candidate of a finding, with what speaks for it.
#[must_use]
pub fn quiet(source: &SourceFile, catalogue: &Catalogue, line: u32) -> Vec<Quiet> {
    crate::analyses::quiet(source, &lang::lower(source).0, catalogue, line)
}

/// The facts of one file, and what could not be read of it.
#[must_use]
pub fn file_facts(source: &SourceFile, catalogue: &Catalogue) -> (Facts, Vec<Notification>) {
    let analysed = analyse(source, catalogue);
    (analysed.facts, analysed.notifications)
}

/// The findings of files that are in memory, suppressions not applied. For tests and for tools that embed leaklint.
#[must_use]
pub fn check_sources(sources: &[SourceFile], catalogue: &Catalogue, confidence: Confidence) -> Vec<Finding> {
    let facts: Vec<Facts> = sources.iter().map(|source| file_facts(source, catalogue).0).collect();
    let tree = Tree::new("", facts.iter().map(|file| file.path.as_str()), []);
    let mut findings = project::decide(&facts, &tree, |_| true, catalogue).findings;
    findings.retain(|finding| finding.confidence >= confidence);
    findings
}
