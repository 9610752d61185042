//! How long the object lives that keeps an acquisition alive, compared with who acquires.

pub mod alone;
pub mod attached;
pub mod completes;
pub mod flagged;
pub mod given;
pub mod lent;
pub mod many;
pub mod outlives;
pub mod parameters;
pub mod parts;
pub mod refs;
pub mod single;
pub mod terminal;

use crate::analyses::context::{Context, Use};
use crate::catalogue::words::owners as words;
use crate::catalogue::{CallShape, Form, Lifetime, Pattern, Source};
use crate::model::{
    Argument, ClassId, ExprId, ExprKind, FunctionId, FunctionKind, Literal, Place, Root, VariableId, VariableKind,
};

/// The lifetime of a source, as seen by the function that acquires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Life {
    /// It ends with the registrant or the call: made by it, its own element, its own child.
    Own,
    /// Given to the function.
    Parameter,
    /// Given to a callback: an event's target, a connection.
    CallbackParameter,
    /// Nothing says.
    Unknown,
    /// Given to the constructor, injected, or taken from something that was.
    Injected,
    /// A global, a module's singleton, an import.
    Process,
}

/// How long the value of an expression lives, for code in `function`.
#[must_use]
pub fn life(context: &Context<'_>, expr: ExprId, function: FunctionId) -> Life {
    life_within(context, expr, function, 8)
}

pub(super) fn life_within(context: &Context<'_>, expr: ExprId, function: FunctionId, depth: u8) -> Life {
    let Some(depth) = depth.checked_sub(1) else { return Life::Unknown };
    let module = context.module;
    let expr = module.peel(expr);
    if let Some(known) = declared(context, expr) {
        return known;
    }
    let is_global = |arguments: &[Argument]| {
        arguments.first().is_some_and(|first| life_within(context, first.value, function, depth) == Life::Process)
    };
    match module.kind(expr) {
        ExprKind::This(_) | ExprKind::Super => Life::Own,
        ExprKind::Global(_) => Life::Process,
        // A page's own objects by their names: `listen('document', 'keydown', f)`.
        ExprKind::Literal(Literal::String(name)) if matches!(name.as_str(), "window" | "document" | "body") => {
            Life::Process
        }
        ExprKind::Variable(id) => variable(context, *id, function, depth),
        ExprKind::Call { constructs: true, .. } => Life::Own,
        ExprKind::Call { .. } if module.is_injected(expr) => Life::Injected,
        ExprKind::Assign { value, .. } => life_within(context, *value, function, depth),
        ExprKind::Call { callee, arguments, .. } => match module.kind(*callee) {
            ExprKind::Member { object, name, .. } => {
                let of_own = |argument: &Argument| life_within(context, argument.value, function, depth) == Life::Own;
                if is_element_getter(name) && arguments.first().is_some_and(of_own)
                    || parts::is_of_own_markup(context, arguments, name)
                {
                    return Life::Own;
                }
                let script = context.family() == crate::lang::Family::JavaScript;
                // `stream.on('data', f).on('end', g)`: the same stream. `Task.once(script, input, options, f)` is none.
                if matches!(name.as_str(), "on" | "once" | "addListener" | "prependListener") && arguments.len() < 4 {
                    return life_within(context, *object, function, depth);
                }
                if words::makes(name)
                    || script && words::is_factory(name)
                    || arguments.iter().any(|argument| ends_itself(context, argument.value))
                {
                    return Life::Own;
                }
                if context.family() == crate::lang::Family::JavaScript
                    && matches!(module.kind(*object), ExprKind::This(_))
                    && !is_element_getter(name)
                {
                    return returned_life(context, *callee, depth);
                }
                if script && parts::is_view_of_own(context, *callee, arguments, function, depth) {
                    return Life::Own;
                }
                // `socket.pipe(new Decoder())` gives what it writes to.
                if let [into] = arguments.as_slice()
                    && script
                    && name == "pipe"
                    && life_within(context, into.value, function, depth) == Life::Own
                {
                    return Life::Own;
                }
                // A singleton takes no arguments; what does may well be made for us.
                if name.ends_with("nstance") && !arguments.is_empty() {
                    return Life::Unknown;
                }
                let known = arguments.first().is_none_or(|key| matches!(module.kind(key.value), ExprKind::Literal(_)));
                match life_within(context, *object, function, depth) {
                    // `request.get(url)`, `managers.get(panel)`: another one for each key.
                    Life::Process if script && name == "get" && !known => Life::Unknown,
                    // What a longer-lived object gives may be made for us; what a getter gives lives as it does.
                    Life::Process if words::is_getter(name) && !is_element_getter(name) => Life::Process,
                    Life::Injected if words::is_getter(name) || arguments.is_empty() && gives_stream(name) => {
                        Life::Injected
                    }
                    Life::Own => Life::Own,
                    _ => Life::Unknown,
                }
            }
            // `fromEvent(window, …)` tells of what it is given.
            ExprKind::Variable(id) if module.variables[*id].name.starts_with("from") && is_global(arguments) => {
                Life::Process
            }
            // `createDragRef(…)`
            ExprKind::Variable(id) if words::makes(&module.variables[*id].name) => Life::Own,
            _ => parts::made(context, *callee, arguments, function, depth),
        },
        ExprKind::Member { object, name, .. } | ExprKind::MethodReference { object, name } => {
            member(context, expr, *object, name, function, depth)
        }
        ExprKind::Index { object, .. } => match life_within(context, *object, function, depth) {
            Life::Own => Life::Own,
            _ if holds_own(context, *object, depth) => Life::Own,
            _ => Life::Unknown,
        },
        ExprKind::Logical { left, right, .. } => {
            let (left, right) =
                (life_within(context, *left, function, depth), life_within(context, *right, function, depth));
            if left == Life::Own || right == Life::Own { Life::Unknown } else { left }
        }
        ExprKind::Conditional { then, otherwise, .. } => {
            // One that completes by itself stands for what the other answers: `ask ? this.confirm() : of(true)`.
            if [*then, *otherwise].into_iter().any(|side| declared(context, module.peel(side)) == Some(Life::Own)) {
                return Life::Own;
            }
            let (then, otherwise) =
                (life_within(context, *then, function, depth), life_within(context, *otherwise, function, depth));
            if then == otherwise { then } else { Life::Unknown }
        }
        _ => Life::Unknown,
    }
}

/// Whether all that a field's list is given was made by the instance: `this.rows.push(this.createRow())`.
fn holds_own(context: &Context<'_>, list: ExprId, depth: u8) -> bool {
    let module = context.module;
    let Some(Place { root: Root::This(class), path }) = context.place(list) else { return false };
    let Some(field) = path.strip_prefix('.').filter(|rest| !rest.contains(['.', '[', '('])) else { return false };
    let mut given = Vec::new();
    for named in context.field_uses(class, field) {
        if let Use::Receiver(call) = context.uses(*named)
            && super::holding::inserted_into(context, call).is_some()
            && let ExprKind::Call { arguments, .. } = module.kind(call)
        {
            given.extend(arguments.last().map(|argument| (argument.value, call)));
        }
    }
    let own = |(value, call): (ExprId, ExprId)| {
        let at = context.function_of(call).unwrap_or(module.root);
        life_within(context, value, at, depth) == Life::Own
    };
    !given.is_empty() && given.into_iter().all(own)
}

/// What a method of the object gives lives as long as what it returns; when one way out gives what ends by itself, the
/// others do as well.
pub(super) fn returned_life(context: &Context<'_>, callee: ExprId, depth: u8) -> Life {
    let Some(function) = context.module.local_function(callee) else { return Life::Unknown };
    let values = crate::analyses::owners::returned_values(context, function);
    if values.iter().any(|value| life_within(context, *value, function, depth) == Life::Own) {
        Life::Own
    } else {
        Life::Unknown
    }
}

/// Whether an argument makes the receiver's result end by itself: `pipe(takeUntil(…))`.
fn ends_itself(context: &Context<'_>, argument: ExprId) -> bool {
    let argument = context.definition(argument);
    matches!(context.module.kind(argument), ExprKind::Call { constructs: false, .. })
        && declared(context, argument) == Some(Life::Own)
}

/// Whether the tables say that an expression ends by itself, as it stands or by an operator it is given.
#[must_use]
pub fn completes(context: &Context<'_>, expr: ExprId) -> bool {
    let given = match context.module.kind(expr) {
        ExprKind::Call { arguments, .. } => arguments.as_slice(),
        _ => &[],
    };
    declared(context, expr) == Some(Life::Own) || given.iter().any(|argument| ends_itself(context, argument.value))
}

/// Methods by which a view names a part of itself.
fn is_element_getter(name: &str) -> bool {
    let lower = name.to_lowercase();
    name.starts_with(['$', '#'])
        || ["query", "find", "element", "node", "dom", "canvas", "container", "root", "child"]
            .iter()
            .any(|word| lower.contains(word))
        || lower == "el"
        || lower.ends_with("el")
}

/// What the tables say.
fn declared(context: &Context<'_>, expr: ExprId) -> Option<Life> {
    let module = context.module;
    let shape = match module.kind(expr) {
        ExprKind::Call { .. } => crate::analyses::context::call_shape(module, expr),
        ExprKind::Member { object, name, .. } => CallShape {
            path: module.path(expr),
            method: Some(name.clone()),
            receiver: module.type_of(*object).map(|ty| ty.name),
            ..CallShape::default()
        },
        _ => CallShape { path: Some(module.path(expr)?), ..CallShape::default() },
    };
    let found = context.catalogue.sources.find(&shape, module, &context.scope).find(|source| {
        source.name.iter().any(|name| name.matches(&shape, module) && is_meant(context, name, expr))
            && !source.unless.iter().any(|wanted| context.holds(expr, wanted))
            && !(source.lives == Lifetime::Process && is_made_by(context, source, &shape, expr))
    })?;
    Some(match found.lives {
        Lifetime::Short => Life::Own,
        Lifetime::Process => Life::Process,
    })
}

/// Whether an expression is what a method of a namespace makes: `chrome.runtime.connect(…)` of `chrome.*`.
fn is_made_by(context: &Context<'_>, source: &Source, shape: &CallShape, expr: ExprId) -> bool {
    let module = context.module;
    matches!(module.kind(expr), ExprKind::Call { .. })
        && source.name.iter().filter(|name| name.matches(shape, module)).all(|name| name.name.ends_with('*'))
}

/// Whether a name of any receiver's method is met as a word: a verb of a method (`load*`) is no member that says what
/// happened (`loaded$`).
fn is_meant(context: &Context<'_>, pattern: &Pattern, expr: ExprId) -> bool {
    if pattern.form != Form::Method || context.family() != crate::lang::Family::JavaScript {
        return true;
    }
    let ExprKind::Call { callee, .. } = context.module.kind(expr) else { return !pattern.name.ends_with('*') };
    let ExprKind::Member { name, .. } = context.module.kind(*callee) else { return true };
    pattern.name.strip_suffix('*').is_none_or(|verb| {
        name.strip_prefix(verb).is_none_or(|rest| !rest.starts_with(|next: char| next.is_lowercase()))
    })
}

fn variable(context: &Context<'_>, id: VariableId, function: FunctionId, depth: u8) -> Life {
    let module = context.module;
    let data = &module.variables[id];
    match data.kind {
        VariableKind::Import(_) | VariableKind::Class(_) => Life::Process,
        VariableKind::Function(_) | VariableKind::Caught => Life::Unknown,
        VariableKind::Parameter(_) => parameters::life(context, id, depth),
        VariableKind::Local => {
            // What the very function makes anew is as old as the run, wherever it is kept.
            let here = !data.values.is_empty()
                && data.values.iter().all(|value| {
                    let value = module.peel(*value);
                    let made = context.function_of(value).filter(|made| *made != module.root);
                    module.is_null(value)
                        || matches!(module.kind(value), ExprKind::Call { .. })
                            && made.is_some_and(|made| runs_with(context, made, function))
                });
            if data.function == module.root && !(here && function != module.root) {
                return Life::Process;
            }
            let lives: Vec<Life> =
                data.values.iter().map(|value| life_within(context, *value, data.function, depth)).collect();
            match lives.as_slice() {
                [] => Life::Unknown,
                [first, rest @ ..] if rest.iter().all(|life| life == first) => first.clone(),
                _ if lives.contains(&Life::Own) => Life::Own,
                _ => Life::Unknown,
            }
        }
    }
}

/// Whether a function is another one, or the executor of a promise in it, which runs at once.
fn runs_with(context: &Context<'_>, outer: FunctionId, function: FunctionId) -> bool {
    let executor = |value: ExprId| match context.uses(value) {
        Use::Argument(call, 0) => {
            let ExprKind::Call { callee, constructs: true, .. } = context.module.kind(call) else { return false };
            let promise = matches!(context.module.kind(*callee), ExprKind::Global(name) if name == "Promise");
            promise && context.function_of(call) == Some(outer)
        }
        _ => false,
    };
    outer == function || context.function_expr(function).is_some_and(executor)
}

fn member(context: &Context<'_>, expr: ExprId, object: ExprId, name: &str, function: FunctionId, depth: u8) -> Life {
    let module = context.module;
    if let Some(Place { root, path }) = context.place(expr)
        && let Some(field) = path.strip_prefix('.').filter(|rest| !rest.contains(['.', '[', '(']))
    {
        match root {
            Root::This(class) => return field_life(context, class, field, depth),
            Root::Static(class) if is_fresh(context, class, field, function) => return Life::Own,
            Root::Static(class) if module.field(class, field).is_some() => return Life::Process,
            _ => {}
        }
    }
    if words::is_part_of_view(name) || parts::is_made_here(context, expr, function) {
        return Life::Own;
    }
    refs::held(context, object, name, function, depth).unwrap_or_else(|| life_within(context, object, function, depth))
}

/// Whether the very function makes anew all that a static field is given.
fn is_fresh(context: &Context<'_>, class: ClassId, field: &str, function: FunctionId) -> bool {
    let module = context.module;
    let Some(data) = module.field(class, field) else { return false };
    let mut values = data.values.iter().filter(|value| !module.is_null(**value)).peekable();
    values.peek().is_some()
        && values.all(|value| {
            let made = matches!(module.kind(module.peel(*value)), ExprKind::Call { constructs: true, .. });
            made && context.function_of(*value) == Some(function)
        })
}

/// A field lives as long as what is assigned to it.
fn field_life(context: &Context<'_>, class: ClassId, field: &str, depth: u8) -> Life {
    let module = context.module;
    let data = module.field(class, field);
    let owned = context.catalogue.owners(&context.scope).any(|owner| {
        let annotated = data.into_iter().flat_map(|data| &data.annotations).any(|annotation| {
            owner.own_annotations.iter().any(|own| annotation.name.rsplit('.').next() == Some(own.as_str()))
        });
        (annotated || owner.own.iter().any(|own| own == field)) && crate::analyses::owners::is_of(context, class, owner)
    });
    if owned {
        return Life::Own;
    }
    let Some(data) = data else { return getter_life(context, class, field, depth) };
    let java = context.family() == crate::lang::Family::Java;
    if java && data.ty.as_ref().is_some_and(|ty| words::is_view_binding(ty.name.last())) {
        return Life::Own;
    }
    if !data.annotations.is_empty() && data.values.is_empty() {
        return Life::Injected;
    }
    let mut lives = data
        .values
        .iter()
        .filter(|value| !module.is_null(**value) && !matches!(module.kind(**value), ExprKind::This(_)))
        .map(|value| {
            let function = context.function_of(*value).unwrap_or(module.root);
            life_within(context, *value, function, depth)
        })
        .collect::<Vec<_>>();
    lives.dedup();
    match lives.as_slice() {
        [] => Life::Unknown,
        [Life::Parameter] => Life::Injected,
        [one] => one.clone(),
        _ if lives.contains(&Life::Own) => Life::Own,
        _ => Life::Unknown,
    }
}

/// A getter gives what lives as long as what it returns.
fn getter_life(context: &Context<'_>, class: ClassId, name: &str, depth: u8) -> Life {
    let module = context.module;
    let getter =
        module.methods_named(class, name).find(|method| module.functions[*method].kind == FunctionKind::Getter);
    let values = getter.map(|getter| (getter, crate::analyses::owners::returned_values(context, getter)));
    match values.as_ref().map(|(getter, values)| (getter, values.as_slice())) {
        Some((getter, [value])) => life_within(context, *value, *getter, depth),
        _ => Life::Unknown,
    }
}

/// A method that gives a stream of what happens to its object: `onMoved()`, `valueChanges()`, `ticks$()`.
#[must_use]
pub fn gives_stream(name: &str) -> bool {
    let event = name.strip_prefix("on").is_some_and(|rest| rest.starts_with(char::is_uppercase));
    event || words::names_stream(name)
}
