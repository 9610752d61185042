//! What speaks for a collection that is not reported: for `why`.

use super::Case;
use crate::analyses::context::Context;
use crate::analyses::growth::collection::lives::{Longevity, life};
use crate::analyses::growth::reader::usage::{Usage, What};
use crate::finding::{Quiet, Step, StepKind};
use crate::source::Span;

/// Why each of the collections of a file that are not reported is none to report, at its declaration and wherever
/// something goes in.
#[must_use]
pub fn quiet(context: &Context<'_>) -> Vec<Quiet> {
    let mut found = Vec::new();
    crate::analyses::growth::each(context, |case| {
        if case.judge().is_none() {
            let grows = case.usages.iter().filter(|usage| matches!(usage.what, What::Grow(_)));
            let start = case.collection.declaration.start;
            let declared = Span { start, end: start };
            let places = grows.map(|usage| context.span(usage.expr));
            found.extend(std::iter::once(declared).chain(places).map(|span| told(case, span)));
        }
    });
    found
}

fn told(case: &Case<'_>, span: Span) -> Quiet {
    let context = case.context;
    let steps: Vec<Step> = case.usages.iter().filter_map(|usage| step(context, usage)).collect();
    let name = &case.collection.name;
    let message = if !steps.is_empty() {
        format!("`{name}` is bounded in this file")
    } else if case.sites().is_empty() {
        format!("`{name}` is filled once, or with no more keys than the program has")
    } else if life(case).longevity == Longevity::Unknown {
        format!("nothing shows that `{name}` outlives what fills it")
    } else {
        format!("nothing shows that `{name}` gets ever more entries")
    };
    Quiet { path: context.source.display_path(), span, message, steps }
}

/// A use that takes something out, or asks for the size.
fn step(context: &Context<'_>, usage: &Usage) -> Option<Step> {
    let words = match &usage.what {
        What::Shrink(shrink) if shrink.inner => "takes from an entry",
        What::Shrink(_) => "takes entries out",
        What::Guard => "checks its size",
        What::Reset => "replaces it",
        _ => return None,
    };
    Some(Step {
        kind: StepKind::Released,
        path: context.source.display_path(),
        span: context.span(usage.expr),
        message: format!("`{}` {words}", context.text(usage.expr)),
    })
}
