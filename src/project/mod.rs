//! The whole tree as evidence: facts of all files → findings.

mod facts;

pub use self::facts::{Candidate, ClassFact, ExportFact, Facts, FunctionFact, Question, Symbol};
use crate::catalogue::Catalogue;
use crate::finding::Finding;

/// Answers the open questions of every file from the others, and gives the findings that remain, of all confidences,
/// in the order of path and position.
#[must_use]
pub fn decide(facts: &[Facts], _catalogue: &Catalogue) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        facts.iter().flat_map(|file| &file.candidates).map(|candidate| candidate.finding.clone()).collect();
    findings.sort_by(|a, b| (&a.path, a.span, &a.rule).cmp(&(&b.path, b.span, &b.rule)));
    findings.dedup_by(|a, b| (&a.path, a.span, &a.rule) == (&b.path, b.span, &b.rule));
    findings
}
