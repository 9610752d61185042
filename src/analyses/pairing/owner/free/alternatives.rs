//! One-time listeners of which one settles a wait, while the others stay on a source that goes on.

use crate::analyses::context::{CallSite, Use};
use crate::analyses::pairing::owner::source::given;
use crate::analyses::pairing::owner::{self, Case, How, Life};
use crate::analyses::story::{Story, what};
use crate::catalogue::words::owners as words;
use crate::catalogue::{Acquire, Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, FunctionKind, Literal};
use crate::project::Candidate;

/// The verdict on a one-time listener, one of several in a promise that is settled by whichever comes first.
#[must_use]
pub fn judge(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    if context.family() != Family::JavaScript || !case.acquire.once || case.acquire.kind != "listener" {
        return None;
    }
    if matches!(case.life, Life::Own | Life::CallbackParameter) || given::is_made_by_call(case) {
        return None;
    }
    let executor = executor(case)?;
    // The end of the source elsewhere ends no wait but the last.
    let removed = |found: &owner::Found| match found.how {
        How::Full => true,
        How::Source => context.module.encloses(executor, found.function),
        How::Differs(_) => false,
    };
    if case.releases.iter().any(removed) {
        return None;
    }
    let source = case.acquire.source.as_ref().and_then(|part| context.part(case.site.expr, part))?;
    let place = context.place(source)?;
    let alike: Vec<&CallSite> = context
        .sites_in(executor)
        .filter(|site| {
            once(site).is_some_and(|acquire| {
                let part = acquire.source.as_ref().and_then(|part| context.part(site.expr, part));
                part.and_then(|expr| context.place(expr)).as_ref() == Some(&place)
            })
        })
        .collect();
    let [first, others @ ..] = alike.as_slice() else { return None };
    if first.expr != case.site.expr || others.is_empty() {
        return None;
    }
    let goes_on = alike.iter().any(|site| event(case, site).is_none_or(|event| !words::is_last_event(&event)));
    if !goes_on {
        return None;
    }
    let thing = what(case.acquire);
    let mut story = Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?
        .message(format!("of the {thing}s on `{}` one settles the wait, and the others stay", context.text(source)))
        .confidence(Confidence::Medium, "nothing removes the alternatives that did not come");
    for other in others {
        story = story.step(StepKind::Missed, context.span(other.expr), "stays when another one comes first");
    }
    Some(story.end())
}

/// The function given to `new Promise` in which the listener is added.
fn executor(case: &Case<'_>) -> Option<FunctionId> {
    let context = case.context;
    let function = case.site.function;
    let value = context.function_expr(function)?;
    let Use::Argument(call, 0) = context.uses(value) else { return None };
    let ExprKind::Call { callee, constructs: true, .. } = context.module.kind(call) else { return None };
    let promise = matches!(context.module.kind(*callee), ExprKind::Global(name) if name == "Promise");
    let outer = context.function_of(call)?;
    let runs_on = !matches!(
        context.module.functions[outer].kind,
        FunctionKind::Module | FunctionKind::StaticInitializer | FunctionKind::Constructor
    );
    (promise && runs_on).then_some(function)
}

fn once(site: &CallSite) -> Option<&Acquire> {
    site.acquires.iter().map(AsRef::as_ref).find(|acquire| acquire.once && acquire.kind == "listener")
}

fn event(case: &Case<'_>, site: &CallSite) -> Option<String> {
    let argument: ExprId = case.context.part(site.expr, &Part::Argument(0))?;
    match case.context.module.kind(case.context.definition(argument)) {
        ExprKind::Literal(Literal::String(name)) => Some(name.to_string()),
        _ => None,
    }
}
