//! What a method registers on a part of its own object each time it runs, while the part stays the same: it dies with
//! the object, and until then there is one more after each run.

use rustc_hash::FxHashSet;

use crate::analyses::context::{Context, Use};
use crate::analyses::owners::{self, Lifecycle};
use crate::analyses::pairing::owner::releases::How;
use crate::analyses::pairing::owner::{Case, free, source};
use crate::analyses::runs::{Runs, runs};
use crate::analyses::story::{Story, what};
use crate::catalogue::Analysis;
use crate::catalogue::words::owners as words;
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{BlockId, ClassId, EdgeKind, ExprId, ExprKind, FunctionId, FunctionKind, Name, Root};
use crate::project::Candidate;

/// The verdict on a registration that is dropped, on a part of the object that outlives the run.
pub fn judge(case: &Case<'_>, class: ClassId, cycle: &Lifecycle) -> Option<Candidate> {
    let context = case.context;
    let module = context.module;
    let kind = case.acquire.kind.as_str();
    if context.family() != Family::JavaScript
        || !matches!(kind, "listener" | "subscription")
        || case.acquire.once
        || !case.holding.is_dropped()
        || case.is_terminal()
        || case.acquire.idempotent && free::is_stable(case)
    {
        return None;
    }
    let source = case.acquire.source.as_ref().and_then(|part| context.part(case.site.expr, part))?;
    let field = own_part(context, class, source)?;
    let method = case.site.function;
    let data = &module.functions[method];
    let name = data.name.clone()?;
    let ended = owners::reach(context, &cycle.teardowns);
    if !module.classes[class].methods.contains(&method)
        || !matches!(data.kind, FunctionKind::Method | FunctionKind::Setter)
        || ended.contains(&method)
        || case.releases.iter().any(|found| {
            found.how != How::Source || !ended.contains(&found.function) && !is_of_itself(context, found.call)
        })
    {
        return None;
    }
    if is_avoidable(context, method, case.site.block) || !stays(context, class, &field, method, cycle, &ended) {
        return None;
    }
    let per = rounds(context, class, method, cycle)?;
    let story = Story::new(context, case.site.expr, method, case.acquire, Analysis::Pairing)?;
    Some(
        story
            .message(format!(
                "each call of `{name}` adds one more {} to `{field}`, which stays the same",
                what(case.acquire)
            ))
            .confidence(Confidence::Medium, format!("{per}, and nothing releases the earlier ones"))
            .step(StepKind::Runs, data.name_span, per)
            .end(),
    )
}

/// `this.close()`: what it does stands in that method.
fn is_of_itself(context: &Context<'_>, call: ExprId) -> bool {
    let ExprKind::Call { callee, .. } = context.module.kind(call) else { return false };
    matches!(context.module.kind(*callee), ExprKind::Member { object, .. }
        if matches!(context.module.kind(*object), ExprKind::This(_)))
}

/// The field of the object that a source is, or is taken from.
fn own_part(context: &Context<'_>, class: ClassId, source: ExprId) -> Option<Name> {
    let module = context.module;
    let mut at = context.definition(source);
    loop {
        if source::completes(context, module.peel(at)) {
            return None;
        }
        match module.kind(module.peel(at)) {
            ExprKind::Member { object, name, .. } => match module.kind(module.peel(*object)) {
                ExprKind::This(_) => return module.field(class, name).map(|_| name.clone()),
                _ if context
                    .place(*object)
                    .is_some_and(|place| place.root == Root::This(class) && place.path.is_empty()) =>
                {
                    return module.field(class, name).map(|_| name.clone());
                }
                _ => at = *object,
            },
            // What a method makes is as new as the run.
            ExprKind::Call { callee, constructs: false, .. } => match module.kind(*callee) {
                // Of a function that the object keeps, what it gives is not the function.
                ExprKind::Member { .. } if context.place(*callee).is_some_and(|place| place.only_field().is_some()) => {
                    return None;
                }
                ExprKind::Member { name, .. } if !words::makes(name) => at = *callee,
                _ => return None,
            },
            _ => return None,
        }
    }
}

/// Whether a run of the function may end without passing the block.
#[must_use]
pub fn is_avoidable(context: &Context<'_>, function: FunctionId, wanted: BlockId) -> bool {
    let cfg = &context.module.functions[function].cfg;
    let mut seen = FxHashSet::default();
    let mut queue = vec![cfg.entry];
    while let Some(block) = queue.pop() {
        if block == wanted || !seen.insert(block) {
            continue;
        }
        if block == cfg.exit {
            return true;
        }
        queue.extend(cfg.edges(block).iter().filter(|edge| edge.kind != EdgeKind::Exception).map(|edge| edge.to));
    }
    false
}

/// Whether the field holds the same thing at the next run: made with the object, or made where there is none yet.
fn stays(
    context: &Context<'_>,
    class: ClassId,
    field: &str,
    method: FunctionId,
    cycle: &Lifecycle,
    ended: &FxHashSet<FunctionId>,
) -> bool {
    let module = context.module;
    let Some(data) = module.field(class, field) else { return false };
    if data.values.is_empty() {
        return false;
    }
    let kept = data.values.iter().all(|value| {
        let Some(function) = context.function_of(*value) else { return false };
        let starts =
            matches!(module.functions[function].kind, FunctionKind::Constructor | FunctionKind::FieldInitializer);
        let empty = module.is_null(*value);
        starts
            || ended.contains(&function)
            || !empty
                && function != method
                && (is_setup(context, function, cycle) || is_made_once(context, class, field, function))
    });
    let released = context.field_uses(class, field).iter().any(|named| match context.uses(*named) {
        Use::Receiver(call) => {
            let name = context.site_of(call).and_then(|site| site.shape.method.as_deref()).unwrap_or_default();
            let outside = context.function_of(call).is_some_and(|function| !ended.contains(&function));
            outside
                && ["dispose", "destroy", "close", "complete", "unsubscribe", "removeAll", "off", "remove"]
                    .iter()
                    .any(|verb| name.starts_with(verb))
        }
        _ => false,
    });
    kept && !released
}

fn is_setup(context: &Context<'_>, function: FunctionId, cycle: &Lifecycle) -> bool {
    let name = context.module.functions[function].name.as_ref();
    name.is_some_and(|name| cycle.setups.iter().any(|setup| setup == name))
}

/// Whether all callers of the method that fills the field ask first whether there is one.
fn is_made_once(context: &Context<'_>, class: ClassId, field: &str, function: FunctionId) -> bool {
    let module = context.module;
    let Some(name) = module.functions[function].name.clone() else { return false };
    let mut calls = context
        .field_uses(class, &name)
        .iter()
        .filter_map(|named| match context.uses(*named) {
            Use::Called(call) => context.site_of(call),
            _ => None,
        })
        .peekable();
    let asks = |caller: FunctionId| {
        context
            .field_uses(class, field)
            .iter()
            .any(|named| context.function_of(*named) == Some(caller) && matches!(context.uses(*named), Use::Operand(_)))
    };
    calls.peek().is_some() && calls.all(|site| asks(site.function) && is_avoidable(context, site.function, site.block))
}

/// Why the method runs again on the same object, in words.
fn rounds(context: &Context<'_>, class: ClassId, method: FunctionId, cycle: &Lifecycle) -> Option<String> {
    let module = context.module;
    let name = module.functions[method].name.as_deref()?;
    if let Runs::Repeatedly(per) = runs(context, method)
        && !per.starts_with("per mount")
        && !per.starts_with("per component")
    {
        return Some(format!("`{name}` runs {per}"));
    }
    if is_setup(context, method, cycle) {
        return None;
    }
    if module.functions[method].kind == FunctionKind::Setter {
        return Some(format!("`{name}` is set again on the same object"));
    }
    let plain = name.trim_start_matches('_');
    if words::repeats(plain) {
        return Some(format!("`{name}` is made to be called again on the same object"));
    }
    let has = |wanted: &str| {
        module.classes[class].methods.iter().any(|other| {
            module.functions[*other]
                .name
                .as_deref()
                .is_some_and(|name| name.trim_start_matches('_').starts_with(wanted))
        })
    };
    words::ROUNDS
        .iter()
        .filter(|(one, _)| plain.starts_with(one))
        .find_map(|(one, others)| others.iter().find(|other| has(other)).map(|other| (one, other)))
        .map(|(one, other)| format!("the object can `{one}` and `{other}` again and again"))
}
