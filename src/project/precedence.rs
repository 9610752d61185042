//! One finding for each acquisition.

use std::cmp::Reverse;

use crate::catalogue::Catalogue;
use crate::finding::{Confidence, Finding};

/// Keeps, of the findings that stand at the same place, the one of the rule that comes first; a finding that is shown by
/// default comes before one that is not. In the order of path and position.
#[must_use]
pub fn one_each(mut findings: Vec<Finding>, catalogue: &Catalogue) -> Vec<Finding> {
    let precedence = |finding: &Finding| {
        let rule = catalogue.rules.iter().find(|rule| rule.id == finding.rule);
        rule.map_or(u8::MAX, |rule| rule.table.precedence)
    };
    findings.sort_by_cached_key(|finding| {
        let place = (finding.path.clone(), finding.span);
        let hidden = finding.confidence < Confidence::Medium;
        (place, hidden, precedence(finding), finding.rule.clone(), Reverse(finding.confidence), finding.message.clone())
    });
    findings.dedup_by(|next, first| (&next.path, next.span) == (&first.path, first.span));
    findings
}
