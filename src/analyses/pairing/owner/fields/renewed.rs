//! A field whose value some method of its class ends, whatever its type, and that another method gives a new one while
//! it may hold an old: the end that stands in the class says that what the field holds must be ended.

use rustc_hash::FxHashSet;

use super::standing::{At, Standing, standing};
use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::owners;
use crate::analyses::story::Story;
use crate::catalogue::words::{owners as words, paths as path_words};
use crate::catalogue::{Acquire, Analysis};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, Field, FunctionId, FunctionKind, VariableKind, Visibility};
use crate::project::{Candidate, Facts};

/// Adds the fields of the file's classes that lose what a method of the class would have ended.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    for (class, data) in context.module.classes.iter() {
        let cycle = owners::lifecycle(context, class);
        let reached = owners::reach(context, &cycle.teardowns);
        let fields = data.fields.iter().filter(|field| !field.is_static);
        facts.candidates.extend(fields.filter_map(|field| judge(context, class, &reached, field)));
    }
}

fn judge(context: &Context<'_>, class: ClassId, reached: &FxHashSet<FunctionId>, field: &Field) -> Option<Candidate> {
    let module = context.module;
    let uses = context.field_uses(class, &field.name);
    let ended = uses.iter().find_map(|named| {
        let call = ending(context, field, *named)?;
        context.function_of(*named).filter(|function| reached.contains(function)).map(|_| call)
    })?;
    let (value, at, reason) = field.values.iter().find_map(|value| {
        context.site_of(context.definition(*value)).filter(|site| makes(context, site))?;
        let at = At::assignment(context, context.parent(*value)?)?;
        if reached.contains(&at.function) || !module.classes[class].methods.contains(&at.function) {
            return None;
        }
        renewal(context, class, field, at).map(|reason| (*value, at, reason))
    })?;
    let confidence =
        if may_be_first(context, field, value, at.function) { Confidence::Low } else { Confidence::Medium };
    let known = context.site_of(context.definition(value)).and_then(|site| site.acquires.first());
    let general = if context.family() == Family::JavaScript { "subscription" } else { "resource" };
    let kind = known.map_or(general, |acquire| acquire.kind.as_str());
    let acquire = Acquire::by_result(kind, "object to be closed", "close the old one before the field gets a new one");
    let story = Story::new(context, value, at.function, &acquire, Analysis::Pairing)?;
    let name = module.functions[at.function].name.clone()?;
    let holder = context.function_of(ended).and_then(|function| module.functions[function].name.clone())?;
    Some(
        story
            .message(format!("what `{}` holds is not closed when `{name}` assigns a new one", field.name))
            .confidence(confidence, format!("`{holder}` closes it, so that it needs a close: {reason}"))
            .step(StepKind::Kept, context.span(at.expr), "the old one is lost here")
            .step(StepKind::Released, context.span(ended), "only the last one is closed here")
            .end(),
    )
}

/// Whether the old value may be none: whoever calls a plain setter may do so once, when the object is new and nothing
/// else has filled the field; a framework calls one that it knows at each change.
fn may_be_first(context: &Context<'_>, field: &Field, value: ExprId, setter: FunctionId) -> bool {
    let data = &context.module.functions[setter];
    let filled = |other: &ExprId| *other != value && !matches!(context.module.kind(*other), ExprKind::Literal(_));
    says_again(context, setter) == Some(Again::Setter)
        && data.annotations.is_empty()
        && !field.values.iter().any(filled)
}

/// The call by which a use of a field ends what it holds.
fn ending(context: &Context<'_>, field: &Field, named: ExprId) -> Option<ExprId> {
    match context.uses(named) {
        Use::Receiver(call) => {
            let name = context.site_of(call)?.shape.method.clone()?;
            (words::ends_value(&name) || is_undone(context, field, &name)).then_some(call)
        }
        Use::Argument(call, 0) => {
            let name = context.site_of(call)?.shape.method.clone()?;
            (context.family() == Family::Java && words::closes_given(&name)).then_some(call)
        }
        Use::Called(call) => words::is_disposer(&field.name).then_some(call),
        _ => None,
    }
}

/// Whether a method is the counterpart of one that every value of the field is set going with: `handler.enable()` and
/// `handler.disable()`.
fn is_undone(context: &Context<'_>, field: &Field, name: &str) -> bool {
    let begins = words::COUNTERPART.iter().find(|(_, ends)| ends.contains(&name)).map(|(begins, _)| *begins);
    let Some(begins) = begins else { return false };
    let Some(function) = field.values.iter().find_map(|value| {
        let site = context.site_of(context.module.peel(*value)).filter(|site| site.shape.constructs)?;
        Some(site.function)
    }) else {
        return false;
    };
    let Some(class) = context.module.functions[function].this else { return false };
    context.field_uses(class, &field.name).iter().any(|named| {
        matches!(context.uses(*named), Use::Receiver(call)
            if context.site_of(call).is_some_and(|site| site.function == function && site.shape.method.as_deref() == Some(begins)))
    })
}

/// Why a method that gives the field a new value may well find an old one there.
fn renewal(context: &Context<'_>, class: ClassId, field: &Field, at: At) -> Option<String> {
    let module = context.module;
    let found = standing(context, class, &field.name, at)?;
    let method = at.function;
    let data = &module.functions[method];
    let name = data.name.as_deref()?;
    if !matches!(data.kind, FunctionKind::Method | FunctionKind::Setter) {
        return None;
    }
    if found == Standing::Seen && !ends_in(context, class, field, method) {
        return Some(format!("`{name}` asks whether there is one, and goes on where there is"));
    }
    if let Some(caller) = renewing_caller(context, class, field, method, 3) {
        return Some(caller);
    }
    let calls: Vec<&CallSite> = context.calls_of(method).filter(|site| site.function != method).collect();
    let private = data.visibility == Visibility::Private || name.starts_with(['_', '#']);
    let settled = |call: &&CallSite| standing(context, class, &field.name, At::call(call)).is_none();
    // `next()` of a state machine ends the old one itself, on an earlier turn.
    if !calls.is_empty() && private || calls.iter().any(settled) || ends_in(context, class, field, method) {
        return None;
    }
    says_again(context, method).map(|again| format!("`{name}` {}", again.words()))
}

/// A method that runs again on the same object and comes to a call of this one, or of what calls it.
fn renewing_caller(
    context: &Context<'_>,
    class: ClassId,
    field: &Field,
    method: FunctionId,
    depth: u8,
) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    let name = |function: FunctionId| context.module.functions[function].name.clone().unwrap_or_default();
    context.calls_of(method).filter(|site| site.function != method).find_map(|call| {
        let caller = holder(context, class, call.function)?;
        if ends_in(context, class, field, caller) {
            return None;
        }
        standing(context, class, &field.name, At::call(call))?;
        says_again(context, caller)
            .map(|again| format!("`{}`, which calls `{}`, {}", name(caller), name(method), again.words()))
            .or_else(|| renewing_caller(context, class, field, caller, depth))
    })
}

/// The method of the class in which a function stands.
fn holder(context: &Context<'_>, class: ClassId, function: FunctionId) -> Option<FunctionId> {
    let module = context.module;
    std::iter::successors(Some(function), |function| module.functions[*function].parent)
        .find(|function| module.classes[class].methods.contains(function))
}

/// Whether a method, or what it runs, ends what the field holds on any of its ways.
fn ends_in(context: &Context<'_>, class: ClassId, field: &Field, method: FunctionId) -> bool {
    let reached = owners::reach(context, &[method]);
    context.field_uses(class, &field.name).iter().any(|named| {
        ending(context, field, *named).is_some()
            && context.function_of(*named).is_some_and(|function| reached.contains(&function))
    })
}

/// What says that a method runs again on the same object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Its name: `reload`.
    Named,
    /// The framework calls it at each change.
    Changed,
    Setter,
    /// It is given a new choice each time: `select(item)`.
    Chosen,
}

impl Again {
    /// In words, as they follow the name of the method.
    fn words(self) -> &'static str {
        match self {
            Self::Named => "says by its name that there was one before",
            Self::Changed => "runs at each change of the same object",
            Self::Setter => "is a setter",
            Self::Chosen => "says with each call which one to hold",
        }
    }
}

/// What says that a method runs again on the same object, if anything does.
#[must_use]
pub fn says_again(context: &Context<'_>, method: FunctionId) -> Option<Again> {
    let data = &context.module.functions[method];
    let name = data.name.as_deref().filter(|name| !name.starts_with("__"))?.trim_start_matches(['_', '#']);
    if words::renews(name) {
        return Some(Again::Named);
    }
    if context.family() == Family::JavaScript && words::changes_on(name) {
        return Some(Again::Changed);
    }
    if data.kind == FunctionKind::Setter {
        return Some(Again::Setter);
    }
    let chooses = words::says_again(name) && !words::begins_again(name) && !words::begins(name);
    (!data.parameters.is_empty() && chooses).then_some(Again::Chosen)
}

/// Whether a value is made for the field: by `new`, or by a call that is no getter.
fn makes(context: &Context<'_>, site: &CallSite) -> bool {
    let getter = site.shape.method.as_deref().is_some_and(words::gives_existing);
    let known = context.family() != Family::JavaScript && !site.acquires.is_empty();
    let name = site.shape.path.as_ref().map(|path| path.last().to_owned());
    let plain = name.is_some_and(|name| path_words::is_memory(&name));
    !known && !plain && !wraps_given(context, site) && (site.shape.constructs || !getter)
}

/// `new Writer(out)` of a method that is given `out`: whoever gave it ends it.
fn wraps_given(context: &Context<'_>, site: &CallSite) -> bool {
    let module = context.module;
    let ExprKind::Call { arguments, .. } = module.kind(site.expr) else { return false };
    context.family() == Family::Java
        && arguments.iter().any(|argument| match module.kind(module.peel(argument.value)) {
            ExprKind::Variable(id) => {
                let ty = module.variables[*id].ty.as_ref().map(|ty| ty.name.last().to_owned());
                matches!(module.variables[*id].kind, VariableKind::Parameter(_))
                    && ty.is_some_and(|ty| words::is_open_thing(&ty))
            }
            _ => false,
        })
}
