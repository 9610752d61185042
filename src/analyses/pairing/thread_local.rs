//! State of a thread that is set and removed in no code of the file that runs on the same stack.
//!
//! What is removed in the same function, on some of its ways, the path analysis decides.

use rustc_hash::FxHashSet;

use super::harm::{harm, is_before_hook};
use super::identity::{self, KeyMatch};
use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::owners;
use crate::analyses::pairing::path::words::is_getter;
use crate::analyses::runs::{Runs, runs};
use crate::analyses::story::{Story, what};
use crate::catalogue::words::owners::{cleans_thread, is_former, is_made_for_each_thread, is_single_threaded};
use crate::catalogue::{Acquire, Analysis, Shape};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{
    ClassId, ExprId, ExprKind, FunctionId, FunctionKind, Literal, Module, Place, QualifiedName, Root, TypeRef,
};
use crate::project::{Candidate, Facts, Question};

/// Adds the thread-locals that nothing removes.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    for site in &context.sites {
        // What a table knows by name is no holder by the look of it.
        let known = site.acquires.iter().any(|acquire| acquire.thread && !acquire.paired);
        for acquire in site.acquires.iter().filter(|acquire| acquire.thread && !(known && acquire.paired)) {
            facts.candidates.extend(judge(context, site, acquire));
        }
    }
}

fn judge(context: &Context<'_>, site: &CallSite, acquire: &Acquire) -> Option<Candidate> {
    if acquire.unless.iter().any(|wanted| context.holds(site.expr, wanted))
        || is_restore(context, site, acquire)
        || is_other_thread(context, site)
        || owned_thread(context, site.function)
        || is_worker_of_one(context, site.function)
        || is_handed_on(context, site, acquire)
        || acquire.framed && is_before_hook(context, site)
    {
        return None;
    }
    let releases: Vec<(&CallSite, bool)> = releases(context, site, acquire);
    // A removal that comes before the set, with no loop back, is that of an older value.
    let behind = |found: &CallSite| {
        found.function != site.function
            || found.loops > 0
            || context.span(found.expr).start > context.span(site.expr).start
    };
    let near = |found: &CallSite| {
        behind(found)
            && (context.module.encloses(site.function, found.function)
                || context.module.encloses(found.function, site.function))
    };
    if releases.iter().any(|(found, weak)| !weak && near(found)) || runs(context, site.function) == Runs::Once {
        return None;
    }
    if is_set_back(context, site, acquire) || is_cleaned_after(context, site) {
        return None;
    }
    if acquire.paired && releases.is_empty() && !matches!(runs(context, site.function), Runs::Repeatedly(_)) {
        return None;
    }
    let thing = what(acquire);
    let story = Story::new(context, site.expr, site.function, acquire, Analysis::Pairing)?;
    if let Some((before, after, skipped, span)) = frame_miss(context, site, &releases) {
        return Some(
            story
                .message(format!(
                    "the {thing} set in `{before}` is removed in `{skipped}`, which does not run when the request fails"
                ))
                .confidence(Confidence::Medium, format!("only `{after}` runs on every way out"))
                .step(StepKind::Released, span, format!("removed only here, in `{skipped}`"))
                .end(),
        );
    }
    if let Some((teardown, span)) = only_at_end(context, site, &releases) {
        return Some(
            story
                .message(format!(
                    "the {thing} is removed only in `{teardown}`, which runs on another thread than the one that has it"
                ))
                .confidence(Confidence::Medium, "each thread has a value of its own; the end of the owner removes one")
                .step(StepKind::Released, span, format!("removed only here, in `{teardown}`"))
                .end(),
        );
    }
    if releases.iter().any(|(found, weak)| !weak && behind(found)) {
        return released_elsewhere(context, site, &releases, story, &thing);
    }
    let place = identity::key_of(context, site.expr, &acquire.key).into_iter().next().flatten();
    let (confidence, reason) = confidence(context, site, place.as_ref(), &releases)?;
    let weak = releases.iter().find(|(_, weak)| *weak);
    let mut story = story
        .message(format!(
            "the {thing} set by `{}` is never removed: a pooled thread keeps the value",
            context.text(site.expr)
        ))
        .confidence(confidence, reason)
        .step(StepKind::Kept, context.span(site.expr), "kept by the thread, which a pool uses again");
    if let Some((found, _)) = weak {
        story = story.step(
            StepKind::Released,
            context.span(found.expr),
            "sets null, which leaves the entry in the thread's map",
        );
    }
    let mut candidate = story.end();
    candidate.unless.extend(questions(context, place.as_ref()));
    Some(candidate)
}

/// The releases with the same key in the file, and whether each is weak.
fn releases<'c>(context: &'c Context<'_>, site: &CallSite, acquire: &Acquire) -> Vec<(&'c CallSite, bool)> {
    let mut found = Vec::new();
    let handle = match context.uses(site.expr) {
        Use::Stored(target) if acquire.handle.is_some() => context.place(target),
        _ => None,
    };
    for other in context.may_release(acquire).filter(|other| other.expr != site.expr) {
        let handles = identity::released_handles(context, other, acquire);
        if handle.is_some() && handles.into_iter().any(|expr| context.place(expr) == handle) {
            found.push((other, false));
        }
        for release in identity::releases_of(other, acquire) {
            let same = identity::match_key(context, other, release, acquire, site.expr) == Some(KeyMatch::Full);
            if same {
                found.push((other, release.weak));
            }
        }
    }
    found
}

/// `Context.setCycle(own); try { … } finally { Context.setCycle(original); }`
fn is_set_back(context: &Context<'_>, site: &CallSite, acquire: &Acquire) -> bool {
    let key = |site: &CallSite| identity::key_of(context, site.expr, &acquire.key);
    context.sites_in(site.function).any(|other| {
        other.cleanup
            && other.expr != site.expr
            && other.shape.method == site.shape.method
            && key(other).first() == key(site).first()
    })
}

/// Whether the hook that surely runs after this one calls what cleans, wherever that stands.
fn is_cleaned_after(context: &Context<'_>, site: &CallSite) -> bool {
    let module = context.module;
    let Some(class) = module.functions[site.function].this else { return false };
    let name = module.functions[site.function].name.clone().unwrap_or_default();
    let owners = context.catalogue.owners(&context.scope).filter(|owner| owners::is_of(context, class, owner));
    let after = owners.flat_map(|owner| &owner.frames).find(|[before, _]| *before == name).map(|[_, after]| after);
    let Some(after) = after else { return false };
    let reached = reached_from(context, class, after);
    context
        .sites
        .iter()
        .filter(|other| reached.contains(&other.function))
        .any(|other| other.shape.method.as_deref().is_some_and(cleans_thread))
}

/// Whether somebody else answers for the handle: try-with-resources, the caller, an object that is given it.
fn is_handed_on(context: &Context<'_>, site: &CallSite, acquire: &Acquire) -> bool {
    let kept = |value: ExprId| match context.uses(value) {
        Use::Dropped | Use::Receiver(_) | Use::Operand(_) => false,
        Use::Argument(call, _) => {
            context.site_of(call).is_none_or(|taker| identity::releases_of(taker, acquire).next().is_none())
        }
        _ => true,
    };
    if acquire.handle.is_none() {
        return false;
    }
    match context.uses(site.expr) {
        Use::Stored(target) => match context.module.kind(target) {
            ExprKind::Variable(id) => context.reads(*id).iter().any(|read| kept(*read)),
            _ => false,
        },
        _ => kept(site.expr),
    }
}

/// Setting null, or back to what was there before, is no acquisition.
#[must_use]
pub fn is_restore(context: &Context<'_>, site: &CallSite, acquire: &Acquire) -> bool {
    let ExprKind::Call { arguments, .. } = context.module.kind(site.expr) else { return false };
    let Some(value) = arguments.last().map(|argument| argument.value) else { return false };
    let null = context.holds(
        site.expr,
        &crate::catalogue::Require {
            argument: Some(crate::catalogue::Part::Last),
            is: Shape::Null,
            ..Default::default()
        },
    );
    if null || site.cleanup {
        return true;
    }
    // `previous = HOLDER.get(); … HOLDER.set(previous)`
    let defined = context.definition(value);
    let getter = matches!(
        context.module.kind(defined),
        ExprKind::Call { callee, .. } if matches!(context.module.kind(*callee), ExprKind::Member { object, name, .. }
            if (name.starts_with("get") || name.starts_with("unbind")) && acquire.key.first().and_then(|part| context.part(site.expr, part)).is_some_and(|key| context.place(key) == context.place(*object)))
    );
    // `previous`, `previous.get(key)`
    let said = match context.module.kind(value) {
        ExprKind::Call { constructs: false, .. } => {
            context.part(value, &crate::catalogue::Part::Receiver).and_then(|object| name_of(context, object))
        }
        _ => name_of(context, value),
    };
    let named = said.is_some_and(|name| is_former(&name));
    getter || named
}

/// The name of a variable or field.
fn name_of(context: &Context<'_>, expr: ExprId) -> Option<String> {
    match context.module.kind(expr) {
        ExprKind::Variable(id) => Some(context.module.variables[*id].name.to_string()),
        ExprKind::Member { name, .. } => Some(name.to_string()),
        _ => None,
    }
}

/// `worker.setContextClassLoader(…)` on a thread that is not the running one: a class of threads, or what is made here.
#[must_use]
pub fn is_other_thread(context: &Context<'_>, site: &CallSite) -> bool {
    let Some(receiver) = context.part(site.expr, &crate::catalogue::Part::Receiver) else { return false };
    let made = context.definition(receiver);
    if context.source.slice(context.span(made)).contains("currentThread") {
        return false;
    }
    let ty = site.shape.receiver.clone().or_else(|| context.module.type_of(receiver).map(|ty| ty.name));
    let own = ty.as_ref().and_then(|ty| context.module.local_class(ty));
    ty.is_some_and(|ty| ty.last().ends_with("Thread")) || own.is_some_and(|class| is_thread(context.module, class))
}

/// Whether a class is one of threads, as far as the file or the name of its base says.
fn is_thread(module: &Module, class: ClassId) -> bool {
    let named = |class: &crate::model::Class| class.bases.iter().any(|base| base.name.last().ends_with("Thread"));
    named(&module.classes[class]) || owners::has_base(module, class, &["Thread".to_owned()], 4)
}

/// Set in the before hook, removed only in a hook that a failure skips.
fn frame_miss(
    context: &Context<'_>,
    site: &CallSite,
    releases: &[(&CallSite, bool)],
) -> Option<(String, String, String, crate::source::Span)> {
    let module = context.module;
    let class = module.functions[site.function].this?;
    let name = |function: FunctionId| module.functions[function].name.clone().unwrap_or_default();
    for owner in context.catalogue.owners(&context.scope).filter(|owner| owners::is_of(context, class, owner)) {
        let Some([before, after]) = owner.frames.iter().find(|[before, _]| *before == name(site.function)) else {
            continue;
        };
        let released_after = reached_from(context, class, after);
        if releases.iter().any(|(found, _)| released_after.contains(&found.function)) {
            return None;
        }
        for skipped in &owner.skipped {
            let reached = reached_from(context, class, skipped);
            if let Some((found, _)) = releases.iter().find(|(found, _)| reached.contains(&found.function)) {
                return Some((before.clone(), after.clone(), skipped.clone(), context.span(found.expr)));
            }
        }
    }
    None
}

fn reached_from(context: &Context<'_>, class: ClassId, method: &str) -> FxHashSet<FunctionId> {
    let roots: Vec<FunctionId> = context.module.methods_named(class, method).collect();
    owners::reach(context, &roots)
}

/// Another method removes it: silent, unless nobody can call that method.
fn released_elsewhere(
    context: &Context<'_>,
    site: &CallSite,
    releases: &[(&CallSite, bool)],
    story: Story<'_>,
    thing: &str,
) -> Option<Candidate> {
    let module = context.module;
    let never_called = releases.iter().filter(|(_, weak)| !weak).all(|(found, _)| {
        let function = module.outermost(found.function);
        let data = &module.functions[function];
        data.visibility == crate::model::Visibility::Private
            && data.kind == FunctionKind::Method
            && context.calls_of(function).next().is_none()
    });
    let set_private = module.functions[module.outermost(site.function)].kind != FunctionKind::Module;
    (never_called && set_private).then(|| {
        let span = releases.first().map(|(found, _)| context.span(found.expr)).unwrap_or_default();
        story
            .message(format!("the {thing} is removed only in a method that nobody calls"))
            .confidence(Confidence::Medium, "the method is private and the file never calls it")
            .step(StepKind::Released, span, "removed only here, which is never called")
            .end()
    })
}

fn confidence(
    context: &Context<'_>,
    site: &CallSite,
    place: Option<&Place>,
    releases: &[(&CallSite, bool)],
) -> Option<(Confidence, String)> {
    if let Some(ty) = place.and_then(|place| declared_type(context.module, place)) {
        let value = ty.arguments.first().map(|argument| argument.name.last().to_owned()).unwrap_or_default();
        if is_made_for_each_thread(&value) {
            return Some((Confidence::Low, format!("a `{value}` for each thread is bounded by the number of threads")));
        }
    }
    if releases.iter().any(|(_, weak)| *weak) {
        return Some((Confidence::Low, "set to null elsewhere: the value goes, the entry stays".to_owned()));
    }
    if context.family() == Family::Python && context.module.functions[site.function].is_async {
        return Some((Confidence::Low, "a task has a context of its own, which goes with it".to_owned()));
    }
    if is_cache(context, site) {
        return Some((Confidence::Low, "set only where it was missing: one value for each thread".to_owned()));
    }
    if is_setter(context, site) {
        return Some((Confidence::Low, "the method sets what its callers give, who may set null again".to_owned()));
    }
    Some(match harm(context, site) {
        Some(harm) => (Confidence::Medium, format!("nothing in this file removes it, and {harm}")),
        None => (Confidence::Low, "a value for each thread, until the thread sets the next one".to_owned()),
    })
}

/// `static void set(Stat stat) { LOCAL.set(stat); }`
fn is_setter(context: &Context<'_>, site: &CallSite) -> bool {
    let data = &context.module.functions[site.function];
    let ExprKind::Call { arguments, .. } = context.module.kind(site.expr) else { return false };
    let given = arguments.last().map(|argument| context.module.kind(argument.value));
    data.visibility != crate::model::Visibility::Private
        && matches!(given, Some(ExprKind::Variable(id)) if data.parameters.contains(id))
        && data.parameters.len() == 1
        && context.sites_in(site.function).all(|other| other.expr == site.expr || is_get(context, other, site))
}

/// Whether a call gets what is set there now, also by a getter of the class.
fn is_get(context: &Context<'_>, other: &CallSite, site: &CallSite) -> bool {
    let none = context.part(other.expr, &crate::catalogue::Part::Argument(0)).is_none();
    if none && other.callee.is_some() && other.shape.method.as_deref().is_some_and(is_getter) {
        return true;
    }
    let receiver = |site: &CallSite| context.part(site.expr, &crate::catalogue::Part::Receiver);
    other.shape.method.as_deref() == Some("get")
        && receiver(other).zip(receiver(site)).is_some_and(|(one, two)| context.same_place(one, two))
}

/// Whether a value that was missing is set where a test says so.
#[must_use]
pub fn is_filled_in(context: &Context<'_>, site: &CallSite) -> bool {
    is_cache(context, site) && !crate::analyses::growth::tests(context, site.expr).is_empty()
}

/// `if (x.get() == null) x.set(new …)`: a cache for each thread.
fn is_cache(context: &Context<'_>, site: &CallSite) -> bool {
    let module = context.module;
    let Some(receiver) =
        context.part(site.expr, &crate::catalogue::Part::Receiver).and_then(|expr| context.place(expr))
    else {
        return false;
    };
    let gets = context.sites.iter().any(|other| {
        other.function == site.function
            && other.shape.method.as_deref() == Some("get")
            && module.span(other.expr).start < module.span(site.expr).start
            && context.part(other.expr, &crate::catalogue::Part::Receiver).and_then(|expr| context.place(expr)).as_ref()
                == Some(&receiver)
    });
    let fresh = matches!(module.kind(site.expr), ExprKind::Call { arguments, .. } if arguments.first().is_some_and(|argument| {
        matches!(module.kind(context.definition(argument.value)), ExprKind::Call { constructs: true, .. } | ExprKind::Literal(Literal::Bool(_)))
    }));
    // `v = x.get(); if (v == null) { v = new …; x.set(v); }`
    let filled = matches!(module.kind(site.expr), ExprKind::Call { arguments, .. } if arguments.first().is_some_and(|argument| {
        matches!(module.kind(argument.value), ExprKind::Variable(id) if {
            let values = &module.variables[*id].values;
            values.len() > 1 && values.iter().any(|value| {
                matches!(module.kind(module.peel(*value)), ExprKind::Call { callee, .. }
                    if matches!(module.kind(*callee), ExprKind::Member { object, .. } if context.place(*object).as_ref() == Some(&receiver)))
            })
        })
    }));
    gets && (fresh || filled)
}

/// The body of a thread that the file itself starts: the value ends with it.
#[must_use]
pub fn owned_thread(context: &Context<'_>, function: FunctionId) -> bool {
    let module = context.module;
    let data = &module.functions[function];
    let threads = ["Thread".to_owned(), "threading.Thread".to_owned()];
    let starts = |value| match context.uses(value) {
        Use::Argument(call, _) => context.site_of(call).is_some_and(|site| {
            site.shape.constructs && site.shape.path.as_ref().is_some_and(|path| path.last() == "Thread")
        }),
        _ => false,
    };
    if context.function_expr(function).is_some_and(starts) {
        return true;
    }
    let Some(class) = data.this else { return false };
    if data.name.as_deref() == Some("run") && owners::has_base(module, class, &threads, 4) {
        return true;
    }
    // A part of such a body: nobody else can call it.
    let part = data.visibility == crate::model::Visibility::Private || data.name.as_deref() == Some("run");
    part && context.family() == Family::Java
        && is_thread(module, class)
        && reached_from(context, class, "run").contains(&function)
}

/// Whether a function is a task of a pool of one thread that the class makes itself: that thread has one value, set anew
/// by the next round.
fn is_worker_of_one(context: &Context<'_>, function: FunctionId) -> bool {
    let module = context.module;
    let Some(task) = context.function_expr(function).filter(|_| context.family() == Family::Java) else {
        return false;
    };
    let Use::Argument(call, 0) = context.uses(task) else { return false };
    let Some(pool) = context.part(call, &crate::catalogue::Part::Receiver) else { return false };
    let field = context.place(pool).and_then(|place| match place.root {
        Root::Static(class) | Root::This(class) => module.field(class, place.only_field()?),
        _ => None,
    });
    field.is_some_and(|field| {
        let private = field.visibility == crate::model::Visibility::Private;
        let mut values = field.values.iter().filter(|value| !module.is_null(**value)).peekable();
        private && values.peek().is_some() && values.all(|value| is_pool_of_one(context, *value))
    })
}

/// `Executors.newSingleThreadExecutor()`, `Executors.newScheduledThreadPool(1)`
fn is_pool_of_one(context: &Context<'_>, value: ExprId) -> bool {
    let module = context.module;
    let made = context.definition(value);
    let Some(site) = context.site_of(made) else { return false };
    let ExprKind::Call { arguments, .. } = module.kind(made) else { return false };
    let one = arguments.first().is_some_and(|first| context.text(first.value) == "1");
    let named = site.shape.method.as_deref().or(site.shape.path.as_ref().map(QualifiedName::last)).unwrap_or_default();
    site.acquires.iter().any(|acquire| acquire.kind == "executor") && (one || is_single_threaded(named))
}

/// The framework's teardown of the owner that alone removes what its requests set: it runs on one thread, not theirs.
fn only_at_end(
    context: &Context<'_>,
    site: &CallSite,
    releases: &[(&CallSite, bool)],
) -> Option<(String, crate::source::Span)> {
    let module = context.module;
    let class = module.functions[site.function].this?;
    if releases.is_empty() || !matches!(runs(context, site.function), Runs::Repeatedly(_)) {
        return None;
    }
    let cycle = owners::lifecycle(context, class);
    cycle.framework.as_ref()?;
    let ends = |function: FunctionId| cycle.teardowns.contains(&module.outermost(function));
    if !releases.iter().all(|(found, _)| ends(found.function)) {
        return None;
    }
    let (found, _) = releases.first()?;
    let name = module.functions[module.outermost(found.function)].name.clone().unwrap_or_default();
    Some((name.to_string(), context.span(found.expr)))
}

fn declared_type(module: &Module, place: &Place) -> Option<TypeRef> {
    let field = place.only_field()?;
    match place.root {
        Root::Static(class) | Root::This(class) => module.field(class, field)?.ty.clone(),
        _ => None,
    }
}

/// What other files could know: whether they remove it, or whether the class above does.
fn questions(context: &Context<'_>, place: Option<&Place>) -> Vec<Question> {
    let module = context.module;
    let Some(place) = place else { return Vec::new() };
    let Some(field) = place.only_field().map(crate::model::Name::new) else { return Vec::new() };
    match place.root {
        Root::Static(class) | Root::This(class) => {
            let visible =
                module.field(class, &field).is_some_and(|data| data.visibility != crate::model::Visibility::Private);
            if visible { vec![Question::MemberShrinks { member: field }] } else { Vec::new() }
        }
        Root::Path(_) => vec![Question::MemberShrinks { member: field }],
        _ => Vec::new(),
    }
}
