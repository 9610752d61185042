//! Components of which a page has one: what they acquire once goes with the page.

use crate::analyses::callers::drawn::{self, Alone};
use crate::analyses::owners::Lifecycle;
use crate::analyses::pairing::owner::Case;
use crate::analyses::pairing::owner::releases::toggle;
use crate::catalogue::Part;
use crate::catalogue::words::owners as words;
use crate::model::{ClassId, ExprId, ExprKind, FunctionId, FunctionKind};
use crate::project::Candidate;

/// The verdict on what a hook of a component acquires, unless there is one of the component and the hook runs once.
pub fn in_hook(
    case: &Case<'_>,
    hook: ExprId,
    holder: FunctionId,
    judge: impl FnOnce() -> Option<Candidate>,
) -> Option<Candidate> {
    // A watcher that puts it on and takes it off again leaves it only where the component ends in between.
    if !runs_at_start(case, hook) && !toggle::is_toggled(case) {
        return judge();
    }
    unless(drawn::function(case.context, holder), judge)
}

/// The verdict on what the script of a component acquires, unless there is one of the component and the script runs it
/// when it starts, or what is told against it is that the component ends.
pub fn in_script(case: &Case<'_>, holder: FunctionId, judge: impl FnOnce() -> Option<Candidate>) -> Option<Candidate> {
    if case.site.function != holder && case.acquire.kind != "timer" {
        return judge();
    }
    unless(drawn::function(case.context, holder), judge)
}

/// The verdict on what a component class acquires, unless there is one of it and the code runs when it starts,
/// or something releases it.
pub fn in_class(
    case: &Case<'_>,
    class: ClassId,
    cycle: &Lifecycle,
    judge: impl FnOnce() -> Option<Candidate>,
) -> Option<Candidate> {
    let module = case.context.module;
    let method = std::iter::successors(Some(case.site.function), |function| module.functions[*function].parent)
        .find(|function| module.classes[class].methods.contains(function));
    let starts = method.is_some_and(|method| {
        let data = &module.functions[method];
        data.kind == FunctionKind::Constructor || data.name.as_deref().is_some_and(words::runs_at_start)
    });
    // What is released somewhere, and missed by the end alone, is missed by an end that does not come.
    if !starts && case.releases.is_empty() || cycle.framework.is_none() {
        return judge();
    }
    unless(drawn::class(case.context, class), judge)
}

fn unless(alone: Alone, judge: impl FnOnce() -> Option<Candidate>) -> Option<Candidate> {
    match alone {
        Alone::Yes => None,
        Alone::No => judge(),
        Alone::Ask(question) => judge().map(|mut candidate| {
            candidate.unless.push(question);
            candidate
        }),
    }
}

/// Whether a hook runs its setup when the component starts, and never again: `useEffect(setup, [])`, `onMounted(setup)`.
fn runs_at_start(case: &Case<'_>, hook: ExprId) -> bool {
    let context = case.context;
    let Some(site) = context.site_of(hook) else { return false };
    let first = site.hooks.iter().any(|table| table.setup == Some(Part::Argument(0)));
    let name = site.shape.path.as_ref().map(|path| path.last().to_owned()).or(site
        .shape
        .method
        .as_ref()
        .map(ToString::to_string));
    match context.part(hook, &Part::Argument(1)) {
        Some(on) => first && matches!(context.module.kind(on), ExprKind::List { items, .. } if items.is_empty()),
        None => first && name.is_some_and(|name| name.starts_with("on")),
    }
}
