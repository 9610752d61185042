//! Sources that somebody else gives, of whom the file does not tell how long they live.

use crate::analyses::context::{Context, Use};
use crate::analyses::pairing::owner::{Case, Life};
use crate::analyses::pairing::path::words::is_getter;
use crate::catalogue::Part;
use crate::catalogue::words::owners as words;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, Function, FunctionKind, Place, Root, Step, VariableId, VariableKind, Visibility};

/// Why what keeps an acquisition of an instance may end together with it, or by itself.
#[must_use]
pub fn doubt(case: &Case<'_>) -> Option<&'static str> {
    if is_given_by_call(case) {
        return Some("what keeps it was given by a call, and may be made for the owner");
    }
    if case.life != Life::Process && is_request(case) {
        return Some("who subscribes waits for an answer, after which it completes");
    }
    if is_of_peer(case) {
        return Some("what keeps it is a part of the same view, and ends with it");
    }
    let given = matches!(case.life, Life::Unknown | Life::Injected) && is_given_stream(case);
    given.then_some("the stream itself is given, and may be the owner's or complete")
}

/// Whether the source is a local value that a call gave.
#[must_use]
pub fn is_made_by_call(case: &Case<'_>) -> bool {
    let context = case.context;
    let source = case.acquire.source.as_ref().and_then(|part| context.part(case.site.expr, part));
    if context.family() == Family::Java && source.is_some_and(|source| is_future(context, source)) {
        return true;
    }
    let mut at = source;
    while let Some(expr) = at {
        if is_field_of_call(context, expr) {
            return true;
        }
        at = match context.module.kind(context.module.peel(expr)) {
            ExprKind::Member { object, .. } | ExprKind::Index { object, .. } => Some(*object),
            ExprKind::Variable(id) => {
                let variable = &context.module.variables[*id];
                return variable.function != context.module.root
                    && (variable.values.iter().any(|value| is_of_call(context, *value)) || is_taken_out(context, *id));
            }
            _ => None,
        };
    }
    false
}

/// Whether a field holds nothing but what calls gave that were asked for something in particular:
/// `this.graph = charts.make({ container })`.
fn is_field_of_call(context: &Context<'_>, expr: ExprId) -> bool {
    let Some(place) = context.place(expr).filter(|_| context.family() == Family::JavaScript) else { return false };
    let Root::This(class) = place.root else { return false };
    let field = place.only_field().and_then(|field| context.module.field(class, field));
    let asked = |value: &ExprId| match context.module.kind(context.module.peel(*value)) {
        ExprKind::Call { arguments, constructs: false, .. } => !arguments.is_empty(),
        ExprKind::Literal(_) => true,
        _ => false,
    };
    let made = |value: &ExprId| matches!(context.module.kind(context.module.peel(*value)), ExprKind::Call { .. });
    field.is_some_and(|field| field.values.iter().any(made) && field.values.iter().all(asked))
}

/// `const { done$ } = this.popups.open(this)`: a part of what a call gives, which has no name as a whole.
fn is_taken_out(context: &Context<'_>, id: VariableId) -> bool {
    let variable = &context.module.variables[id];
    let steps = context.module.functions[variable.function].cfg.blocks.iter().flat_map(|(_, block)| &block.steps);
    let mut turns = steps.filter_map(|step| match step {
        Step::Element { target, .. } => Some(*target),
        _ => None,
    });
    context.family() == Family::JavaScript
        && variable.kind == VariableKind::Local
        && variable.values.is_empty()
        && variable.rewritten
        && !turns.any(|target| matches!(context.module.kind(target), ExprKind::Variable(turn) if *turn == id))
}

/// Whether a value is what a call gives, or in JavaScript a part of it.
fn is_of_call(context: &Context<'_>, value: ExprId) -> bool {
    match context.module.kind(context.module.peel(value)) {
        ExprKind::Call { .. } => true,
        ExprKind::Member { object, .. } if context.family() == Family::JavaScript => is_of_call(context, *object),
        _ => false,
    }
}

/// Whether what is subscribed to is a field as it stands that a base class has, or that an input of the framework fills.
#[must_use]
pub fn is_given_stream(case: &Case<'_>) -> bool {
    let context = case.context;
    let source = case.acquire.source.as_ref().and_then(|part| context.part(case.site.expr, part));
    let place = source.and_then(|source| context.place(source));
    let Some(Place { root: Root::This(class), .. }) = place else { return false };
    let module = context.module;
    let field = place.as_ref().and_then(Place::only_field).map(|field| module.field(class, field));
    // A signal of the object itself names no event.
    let signal = case.acquire.callback == Some(Part::Argument(0)) && matches!(field, Some(None));
    (case.acquire.kind == "subscription" || signal)
        && case.context.family() == Family::JavaScript
        && match field {
            Some(Some(field)) => {
                let injected = field.annotations.iter().any(|annotation| words::injects(&annotation.name));
                !field.annotations.is_empty() && field.values.is_empty() && !injected
            }
            Some(None) => module.classes[class].superclasses > 0,
            None => false,
        }
}

/// Whether what is subscribed to is the answer of a call to code that no table knows, which may complete by itself: of
/// a function, or of a method that was asked for something in particular. Chains of operators are looked through.
#[must_use]
pub fn is_answer(case: &Case<'_>) -> bool {
    let receiver = || case.context.part(case.site.expr, &Part::Receiver);
    case.acquire.kind == "subscription"
        && case.acquire.source == Some(Part::Receiver)
        && receiver().is_some_and(|receiver| answers(case.context, receiver, 6))
}

fn answers(context: &Context<'_>, expr: ExprId, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let ExprKind::Call { callee, arguments, constructs: false, .. } = context.module.kind(context.definition(expr))
    else {
        return false;
    };
    match context.module.kind(*callee) {
        ExprKind::Member { object, name, .. } if name == "pipe" => answers(context, *object, depth),
        ExprKind::Member { object, .. } => {
            let of_library = context.module.type_of(*object).is_some_and(|ty| context.is_of_known_library(&ty.name));
            !arguments.is_empty() && !of_library
        }
        // `zip(opened, shown)` of a library completes when what it is given does.
        _ if context.module.path(*callee).is_some_and(|path| context.is_of_known_library(&path)) => {
            !arguments.is_empty() && arguments.iter().all(|argument| answers(context, argument.value, depth))
        }
        _ => true,
    }
}

/// Whether the subscriber says that it waits for one answer: it takes errors, or nothing at all, of what a call gives
/// that does something (`service.run(task)`), and not of a stream by its name.
#[must_use]
pub fn is_request(case: &Case<'_>) -> bool {
    let context = case.context;
    if case.acquire.kind != "subscription" || case.site.shape.method.as_deref() != Some("subscribe") {
        return false;
    }
    let argument = |index| context.part(case.site.expr, &Part::Argument(index));
    let takes_errors = argument(0).is_some_and(|observer| context.property(observer, "error").is_some())
        || argument(1).is_some_and(|second| context.module.function_of(second).is_some());
    let Some(mut source) = context.part(case.site.expr, &Part::Receiver) else { return false };
    let mut piped = false;
    loop {
        let ExprKind::Call { callee, constructs: false, .. } = context.module.kind(context.module.peel(source)) else {
            return false;
        };
        let ExprKind::Member { object, name, .. } = context.module.kind(*callee) else { return false };
        if name != "pipe" {
            return (takes_errors || argument(0).is_none() && !piped) && !super::gives_stream(name);
        }
        piped = true;
        source = *object;
    }
}

/// Whether all that is subscribed to belongs to parts of the same view that the object was given: a parent, a sibling
/// or a control, which ends with it.
#[must_use]
pub fn is_of_peer(case: &Case<'_>) -> bool {
    let context = case.context;
    if context.family() != Family::JavaScript
        || case.life == Life::Process
        || case.acquire.kind != "subscription"
        || case.acquire.source != Some(Part::Receiver)
        || case.site.shape.method.as_deref() != Some("subscribe")
    {
        return false;
    }
    let mut queue: Vec<ExprId> = context.part(case.site.expr, &Part::Receiver).into_iter().collect();
    let mut seen = 0_u16;
    while let Some(expr) = queue.pop() {
        let expr = context.module.peel(expr);
        match context.module.kind(expr) {
            ExprKind::Call { callee, arguments, constructs: false, .. } => match context.module.kind(*callee) {
                ExprKind::Member { object, .. } => queue.push(*object),
                _ => queue.extend(arguments.iter().map(|argument| argument.value)),
            },
            ExprKind::Member { object, .. } if !matches!(context.module.kind(*object), ExprKind::This(_)) => {
                queue.push(*object);
            }
            ExprKind::This(_) => {}
            _ => {
                let named = context.module.type_of(expr).map(|ty| ty.name);
                let peer = |name: &str| words::is_of_view(name) && (words::is_element_of(name) || !is_element(case));
                if !named.is_some_and(|name| peer(name.last())) {
                    return false;
                }
                seen += 1;
            }
        }
    }
    seen > 0
}

/// Whether the object is one of many in a part of the view that stays: a row of a table, a node of a tree.
fn is_element(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let class = module.functions[case.site.function].this;
    class.and_then(|class| module.classes[class].name.as_deref()).is_some_and(words::is_element_of)
}

/// Whether the object enters itself in what another keeps: `registry.add(this)`.
#[must_use]
pub fn is_entry(case: &Case<'_>) -> bool {
    let context = case.context;
    let itself = |part: &Part| {
        context
            .part(case.site.expr, part)
            .is_some_and(|expr| matches!(context.module.kind(context.module.peel(expr)), ExprKind::This(_)))
    };
    context.family() == Family::JavaScript
        && case.acquire.callback.is_none()
        && case.acquire.key.iter().any(|part| matches!(part, Part::Argument(0)) && itself(part))
}

/// Whether the callback is a method of the source itself: `target.on('change', target.changed)`.
#[must_use]
pub fn is_of_source(case: &Case<'_>) -> bool {
    let part = |part: &Option<Part>| part.as_ref().and_then(|part| case.context.part(case.site.expr, part));
    let (Some(source), Some(callback)) = (part(&case.acquire.source), part(&case.acquire.callback)) else {
        return false;
    };
    let context = case.context;
    matches!(context.module.kind(context.module.peel(callback)), ExprKind::Member { object, name, .. }
        if !name.starts_with('_') && context.place(*object).is_some() && context.same_place(*object, source))
}

/// Whether the callback is a method of the object: `schedule(self.tick)`.
#[must_use]
pub fn is_own_method(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let callback = case.acquire.callback.as_ref().and_then(|part| case.context.part(case.site.expr, part));
    callback.is_some_and(|callback| match module.kind(module.peel(callback)) {
        ExprKind::Member { object, .. } => matches!(module.kind(module.peel(*object)), ExprKind::This(_)),
        _ => false,
    })
}

/// `channel.write(packet).addListener(…)`: what a call that does something gives back is over with it.
fn is_future(context: &Context<'_>, source: ExprId) -> bool {
    let module = context.module;
    let ExprKind::Call { callee, arguments, constructs: false, .. } = module.kind(module.peel(source)) else {
        return false;
    };
    let ExprKind::Member { name, .. } = module.kind(*callee) else { return false };
    name.ends_with("Future") || name.ends_with("Promise") || !arguments.is_empty() && !words::is_getter(name)
}

/// Whether the source is what a call gave, or came to a method of no instance.
#[must_use]
pub fn is_given_by_call(case: &Case<'_>) -> bool {
    case.life == Life::Unknown && (is_made_by_call(case) || is_answer(case))
        || case.life != Life::Process && is_of_no_instance(case)
}

/// Whether a static method of Java registers it, which no instance does: it mostly puts parts together.
fn is_of_no_instance(case: &Case<'_>) -> bool {
    let module = case.context.module;
    case.context.family() == Family::Java
        && case.acquire.kind == "listener"
        && module.functions[module.outermost(case.site.function)].is_static
}

/// Whether a method that works for others gives them the field as its result: `return this.document` of `merge()`. They
/// end it when they have done with it.
#[must_use]
pub fn is_result_for_callers(context: &Context<'_>, place: &Place) -> bool {
    let module = context.module;
    let Root::This(class) = place.root else { return false };
    let Some(field) = place.only_field().filter(|_| context.family() == Family::Java) else { return false };
    let named = context.field_uses(class, field);
    let fills =
        |function| named.iter().any(|named| context.is_target(*named) && context.function_of(*named) == Some(function));
    named.iter().filter(|named| context.uses(**named) == Use::Returned).any(|named| {
        let Some(function) = context.function_of(*named) else { return false };
        let data = &module.functions[function];
        data.visibility == Visibility::Public
            && data.kind == FunctionKind::Method
            && data.name.as_deref().is_some_and(|name| !is_getter(name) && name != field)
            && !fills(function)
            && context.sites_in(function).count() > 1
    })
}

/// What the setter of a property is given: `@line.setter` puts it into the field that the property stands for.
#[must_use]
pub fn setter(context: &Context<'_>, place: &Place) -> Option<VariableId> {
    let (Root::This(class), Some(field)) = (&place.root, place.only_field()) else { return None };
    let mut methods = context.module.classes[*class].methods.iter().map(|method| &context.module.functions[*method]);
    let named = |data: &&Function| data.kind == FunctionKind::Setter && data.name.as_deref() == Some(field);
    methods.find(named)?.parameters.first().copied()
}
