//! Findings in code of which a part could not be read: what the reader makes of the rest may be wrong.

use crate::finding::Confidence;
use crate::model::{Function, FunctionKind, Gap, Module};
use crate::project::Facts;
use crate::source::Span;

/// Lowers what is said of functions that have a gap.
pub fn distrust(module: &Module, gaps: &[Gap], facts: &mut Facts) {
    if gaps.is_empty() {
        return;
    }
    let within = |inner: Span, outer: Span| outer.start <= inner.start && inner.end <= outer.end;
    let broken: Vec<&Function> = module
        .functions
        .iter()
        .map(|(_, function)| function)
        .filter(|function| function.kind != FunctionKind::Module)
        .filter(|function| gaps.iter().any(|gap| within(gap.span, function.span)))
        .collect();
    for candidate in &mut facts.candidates {
        if broken.iter().any(|function| within(candidate.finding.span, function.span)) {
            candidate.finding.confidence = Confidence::Low;
            "a part of the function could not be read".clone_into(&mut candidate.finding.reason);
        }
    }
}
