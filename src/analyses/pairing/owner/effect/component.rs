//! Function components and composables that have no cleanup for what their handlers acquire later: a timer kept in a
//! ref, listeners of a drag.

use rustc_hash::FxHashSet;

use crate::analyses::context::{Context, Use};
use crate::analyses::owners;
use crate::analyses::pairing::identity;
use crate::analyses::pairing::owner::releases::gesture;
use crate::analyses::pairing::owner::timers::renewal::{self, Renewal};
use crate::analyses::pairing::owner::timers::waits;
use crate::analyses::pairing::owner::{self, Case, Found, How, Life, free, holding};
use crate::analyses::story::{Story, what};
use crate::catalogue::Analysis;
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, Place, Root, VariableId, VariableKind};
use crate::project::Candidate;

/// Whether a function is one of the life-cycle hooks' holders: a component, a composable, a custom hook.
#[must_use]
pub fn is_component(context: &Context<'_>, function: FunctionId) -> bool {
    let module = context.module;
    if context.family() != Family::JavaScript || function == module.root {
        return false;
    }
    let hooked = context.sites_in(function).any(|site| !site.hooks.is_empty());
    let marks = || context.catalogue.owners(&context.scope).flat_map(|owner| &owner.calls);
    hooked || context.sites_in(function).any(|site| marks().any(|mark| mark.matches(&site.shape, module)))
}

/// Whether a component is the root of an application, which ends with its page: by the name of its function, or of its
/// file where it has no other.
#[must_use]
pub fn is_root(context: &Context<'_>, holder: FunctionId) -> bool {
    let path = context.source.display_path();
    let file = path.rsplit('/').next().and_then(|file| file.split('.').next()).unwrap_or_default();
    let alone = holder == context.module.root || context.module.functions[holder].name.as_deref() == Some("setup");
    let name = if alone { Some(file) } else { context.module.functions[holder].name.as_deref() };
    let mut roots = context.catalogue.owners(&context.scope).flat_map(|owner| &owner.roots);
    name.is_some_and(|name| roots.any(|root| root == name))
}

/// The verdict on what a function inside a component acquires.
#[must_use]
pub fn judge(case: &Case<'_>, holder: FunctionId) -> Option<Candidate> {
    let context = case.context;
    let reached = owners::reach(context, &owners::hook_teardowns(context, holder));
    let released =
        case.released_in(&reached).any(|found| !matches!(found.how, How::Differs(_)) && !is_stale(case, found));
    if released || reached.contains(&case.site.function) || super::mentions(case, &reached) {
        return None;
    }
    let reason = match case.acquire.kind.as_str() {
        "timer" => timer(case, holder, &reached),
        "listener" => drag(case, holder),
        _ => None,
    };
    let Some(reason) = reason else { return free::judge(case) };
    let thing = what(case.acquire);
    let data = &context.module.functions[holder];
    let name = data.name.clone().map_or_else(|| "the component".to_owned(), |name| format!("`{name}`"));
    let source = case.source_text();
    let subject = if source.is_empty() { format!("the {thing}") } else { format!("the {thing} on `{source}`") };
    let mut story = Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?
        .message(format!("{subject} stays when {name} ends: no cleanup releases it"))
        .confidence(Confidence::Medium, reason);
    if let Some(found) = case.releases.first() {
        story = story.step(StepKind::Released, context.span(found.call), "released only here, which no cleanup calls");
    }
    Some(story.step(StepKind::Missed, context.source.first_line(data.name_span), "no cleanup releases it").end())
}

/// Whether a cleanup releases what a ref held when the hook ran, and not what it holds at the end:
/// `const t = ref.current; return () => clearTimeout(t)`.
fn is_stale(case: &Case<'_>, found: &Found) -> bool {
    let context = case.context;
    let Some(site) = context.site_of(found.call) else { return false };
    identity::released_handles(context, site, case.acquire).into_iter().any(|handle| {
        let ExprKind::Variable(id) = context.module.kind(context.module.peel(handle)) else { return false };
        let taken = context.module.variables[*id].function;
        let read = context.definition(handle);
        taken != found.function
            && taken != case.site.function
            && matches!(context.module.kind(read), ExprKind::Member { name, .. } if name == "current")
    })
}

/// A timer whose handle the component keeps, so as to be able to stop it, and does not stop when it ends.
fn timer(case: &Case<'_>, holder: FunctionId, reached: &FxHashSet<FunctionId>) -> Option<&'static str> {
    let kept = case.holding.places.iter().any(|place| is_kept(case.context, place, holder, case.site.function));
    if !kept || stops_itself(case) || case.releases.iter().any(|found| is_given_out(case.context, found.function)) {
        return None;
    }
    match renewal::renewal(case) {
        Some(_) if renewal::is_stopped_by(case, reached) => None,
        Some(Renewal::Endless) => Some("its callback starts the next one, so that it never ends"),
        // What fires once, and nobody says when, fires soon.
        None if case.acquire.once && (!renewal::is_far(case) || waits::is_harmless(case)) => None,
        Some(Renewal::Guarded) if renewal::is_next_frame(case) => None,
        _ => Some("its handle is kept, and the component ends without clearing it"),
    }
}

/// Whether whoever uses a composable gets a function, and with it the task to call it: `return [start, stop]`.
fn is_given_out(context: &Context<'_>, function: FunctionId) -> bool {
    let Some(mut value) = context.function_expr(function) else { return false };
    // `const stop = useCallback(() => …)`
    while let Use::Argument(call, _) = context.uses(value)
        && context.site_of(call).is_some_and(|site| !site.wrappers.is_empty())
    {
        value = call;
    }
    let Use::Stored(target) = context.uses(value) else { return false };
    let ExprKind::Variable(id) = context.module.kind(target) else { return false };
    context.reads(*id).iter().any(|read| match context.uses(*read) {
        Use::Element(record) => context.uses(record) == Use::Returned,
        _ => false,
    })
}

/// An interval that its own callback clears.
fn stops_itself(case: &Case<'_>) -> bool {
    let span = case.context.span(case.site.expr);
    !case.acquire.once
        && case.releases.iter().any(|found| {
            let at = case.context.span(found.call);
            span.start <= at.start && at.end <= span.end
        })
}

/// Whether a place is state of the component: a ref, or a variable of the function that outlives the one that acquires.
fn is_kept(context: &Context<'_>, place: &Place, holder: FunctionId, function: FunctionId) -> bool {
    let Root::Variable(id) = place.root else { return false };
    let variable = &context.module.variables[id];
    if variable.kind != VariableKind::Local || !context.module.encloses(holder, variable.function) {
        return false;
    }
    let own = match place.path.as_str() {
        // React makes the variables of a component anew at each rendering; a composable runs once.
        "" => {
            let state =
                variable.function == holder || context.module.functions[variable.function].parent == Some(holder);
            state && function != variable.function && !renders(context, holder)
        }
        ".current" | ".value" => is_ref(context, id),
        _ => false,
    };
    own && !leaves(context, id)
}

/// Whether a function runs again at each rendering.
fn renders(context: &Context<'_>, holder: FunctionId) -> bool {
    let module = context.module;
    context.catalogue.owners(&context.scope).filter(|owner| !owner.repeats.is_empty()).any(|owner| {
        context.sites_in(holder).any(|site| owner.calls.iter().any(|mark| mark.matches(&site.shape, module)))
    })
}

/// Whether a variable is made by a call that gives an object of its own: `useRef(null)`.
fn is_ref(context: &Context<'_>, id: VariableId) -> bool {
    let values = &context.module.variables[id].values;
    !values.is_empty()
        && values.iter().all(|value| {
            let function = context.module.variables[id].function;
            matches!(context.module.kind(context.module.peel(*value)), ExprKind::Call { .. })
                && owner::life(context, *value, function) == Life::Own
        })
}

/// Whether other code is given the ref, or the value that the variable holds.
fn leaves(context: &Context<'_>, id: VariableId) -> bool {
    context.reads(id).iter().any(|read| {
        let given = |named: ExprId| match context.uses(named) {
            Use::Argument(call, _) => context.site_of(call).is_none_or(|site| site.releases.is_empty()),
            Use::Returned | Use::Element(_) | Use::Stored(_) | Use::Yielded | Use::Opaque => true,
            _ => false,
        };
        given(*read)
    })
}

/// Listeners on something global that one event adds and another one removes, with nothing for the end in between.
fn drag(case: &Case<'_>, holder: FunctionId) -> Option<&'static str> {
    let context = case.context;
    let over = gesture::is_over_by_itself(case) || gesture::comes_while_dragging(case);
    if case.acquire.once || case.life != Life::Process || case.site.function == holder || over {
        return None;
    }
    let elsewhere = case.releases.iter().any(|found| {
        found.how == How::Full
            && found.function != case.site.function
            && context.module.encloses(holder, found.function)
    });
    // `cleanups.current.push(() => …)`: whoever goes over the list takes it off.
    let listed = case.releases.iter().any(|found| {
        let value = context.function_expr(found.function);
        value.is_some_and(|value| {
            matches!(context.uses(value), Use::Argument(call, _) if holding::inserted_into(context, call).is_some())
        })
    });
    let here = listed || case.releases.iter().any(|found| found.function == case.site.function);
    (elsewhere && !here && !ends_with_the_gesture(case))
        .then_some("only another event removes it, which may not come before the component goes")
}

/// Whether the listener that removes it stands on something global too, so that the next such event removes both, with
/// or without the component: `mouseup` on the document beside `mousemove`.
fn ends_with_the_gesture(case: &Case<'_>) -> bool {
    let context = case.context;
    context.sites_in(case.site.function).any(|site| {
        site.acquires.iter().filter(|other| other.kind == "listener").any(|other| {
            let source = other.source.as_ref().and_then(|part| context.part(site.expr, part));
            let callback = other.callback.as_ref().and_then(|part| context.function_part(site.expr, part));
            source.is_some_and(|source| owner::life(context, source, site.function) == Life::Process)
                && callback.is_some_and(|callback| {
                    let reached = owners::reach(context, &[callback]);
                    case.releases.iter().any(|found| found.how == How::Full && reached.contains(&found.function))
                })
        })
    })
}
