//! How long what a function is given lives, by who calls it.

use super::{Life, life_within};
use crate::analyses::context::{Context, Use};
use crate::catalogue::{CallShape, Lifetime, Part};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, FunctionKind, Literal, VariableId, VariableKind, Visibility};

/// How long a parameter lives: one of a constructor was given by someone who had it before; one of a lambda is an
/// event's.
pub fn life(context: &Context<'_>, id: VariableId, depth: u8) -> Life {
    let module = context.module;
    let holder = &module.functions[module.variables[id].function];
    match holder.kind {
        FunctionKind::Constructor => Life::Injected,
        _ if is_lent(context, id) => Life::Parameter,
        _ if is_short_by_custom(context, id) => Life::CallbackParameter,
        _ if is_given_own(context, id, depth) => Life::Own,
        _ if is_given_by_events(context, id) => Life::CallbackParameter,
        _ => callback_parameter(context, module.variables[id].function),
    }
}

/// Whether all that is seen to call a function gives it what its object made: `this._watch(this._ref)`.
fn is_given_own(context: &Context<'_>, id: VariableId, depth: u8) -> bool {
    let module = context.module;
    let holder = module.variables[id].function;
    let data = &module.functions[holder];
    let VariableKind::Parameter(index) = module.variables[id].kind else { return false };
    let given = given_values(context, holder, index);
    let own = |value: ExprId, any: bool| {
        let Some(caller) = context.function_of(value) else { return false };
        let field = matches!(module.kind(context.definition(value)), ExprKind::Member { object, .. }
            if matches!(module.kind(*object), ExprKind::This(_)));
        (any && is_made_anew(context, value) || field) && life_within(context, value, caller, depth) == Life::Own
    };
    let method = data.kind == FunctionKind::Method;
    if given.is_empty() || given.iter().all(|value| value.is_some_and(|value| own(value, !method))) {
        return !given.is_empty();
    }
    // Of a private method the calls here are all there are: what one of them makes is made for the object. What an
    // object makes and gives to a setter of its own is its own as well.
    let named = data.name.as_deref().is_some_and(|name| name.starts_with('#'));
    let private = data.kind == FunctionKind::Setter || method && (named || data.visibility == Visibility::Private);
    private
        && context.family() == Family::JavaScript
        && given.iter().any(|value| value.is_some_and(|value| own(value, true)))
}

/// Whether all that is seen to call a method gives it a part of what an event brings:
/// `frame.on('drawn', (event, view) => this.forward(view.document))`.
fn is_given_by_events(context: &Context<'_>, id: VariableId) -> bool {
    let module = context.module;
    let VariableKind::Parameter(index) = module.variables[id].kind else { return false };
    let listens = |function: FunctionId| {
        let value = context.function_expr(function).map(|value| context.uses(value));
        let Some(Use::Argument(call, _)) = value else { return false };
        context.site_of(call).is_some_and(|site| site.acquires.iter().any(|known| known.kind == "listener"))
    };
    let brought = |value: ExprId| {
        let mut at = module.peel(value);
        while let ExprKind::Member { object, .. } = module.kind(at) {
            at = module.peel(*object);
        }
        matches!(module.kind(at), ExprKind::Variable(id)
            if matches!(module.variables[*id].kind, VariableKind::Parameter(_)) && listens(module.variables[*id].function))
    };
    let given = given_values(context, module.variables[id].function, index);
    context.family() == Family::JavaScript
        && !given.is_empty()
        && given.into_iter().all(|value| value.is_some_and(brought))
}

/// What the calls of a function in its file give for one of its parameters, where no others can call it.
fn given_values(context: &Context<'_>, holder: FunctionId, index: u16) -> Vec<Option<ExprId>> {
    let module = context.module;
    let data = &module.functions[holder];
    let script = context.family() == Family::JavaScript;
    let class = data.this.filter(|class| module.classes[*class].methods.contains(&holder));
    let Some(class) = class else {
        let named = context.named_by(holder).filter(|id| script && !context.is_exported(*id));
        let reads = named.into_iter().flat_map(|id| context.reads(id));
        return reads.map(|read| argument(context, *read, index)).collect();
    };
    let uses = context.field_uses(class, data.name.as_deref().unwrap_or_default()).iter();
    if data.kind == FunctionKind::Setter {
        let set = uses.filter_map(|named| match context.parent(*named).map(|parent| module.kind(parent)) {
            Some(ExprKind::Assign { target, value, .. }) if target == named => Some(*value),
            _ => None,
        });
        return set.filter(|value| !module.is_null(*value)).map(Some).collect();
    }
    uses.filter(|named| !context.is_target(**named)).map(|named| argument(context, *named, index)).collect()
}

/// What a call gives to the function that is named as its callee.
fn argument(context: &Context<'_>, named: ExprId, index: u16) -> Option<ExprId> {
    let Use::Called(call) = context.uses(named) else { return None };
    let ExprKind::Call { arguments, .. } = context.module.kind(call) else { return None };
    arguments.get(usize::from(index)).filter(|argument| argument.name.is_none()).map(|argument| argument.value)
}

/// Whether a value is made anew, and is no part of the view that is there already.
fn is_made_anew(context: &Context<'_>, value: ExprId) -> bool {
    let module = context.module;
    match module.kind(context.definition(value)) {
        ExprKind::Call { constructs: true, .. } => true,
        ExprKind::Call { callee, .. } => matches!(module.kind(*callee), ExprKind::Member { object, .. }
            if matches!(module.kind(*object), ExprKind::This(_))),
        // `group = this.group = new Group()` where there was none.
        ExprKind::Variable(id) => module.variables[*id].values.iter().any(|value| made(context, *value)),
        _ => false,
    }
}

fn made(context: &Context<'_>, value: ExprId) -> bool {
    match context.module.kind(context.module.peel(value)) {
        ExprKind::Call { constructs, .. } => *constructs,
        ExprKind::Assign { value, .. } => made(context, *value),
        _ => false,
    }
}

/// Parameters that by custom stand for one connection, request or event, or are of a type that the tables call short.
fn is_short_by_custom(context: &Context<'_>, id: VariableId) -> bool {
    let variable = &context.module.variables[id];
    let name = &variable.name;
    if let Some(ty) = &variable.ty {
        let shape = CallShape { path: Some(ty.name.clone()), ..CallShape::default() };
        let mut known = context.catalogue.sources.find(&shape, context.module, &context.scope);
        if known.any(|source| {
            source.lives == Lifetime::Short && source.name.iter().any(|name| name.matches(&shape, context.module))
        }) {
            return true;
        }
    }
    let sources = context.catalogue.in_scope(&context.scope).flat_map(|library| &library.source);
    sources
        .filter(|source| source.lives == Lifetime::Short)
        .flat_map(|source| &source.parameter)
        .any(|known| known == name)
}

/// What a function that is passed somewhere is given, an event or an option's callback; what a promise gives is as
/// good as a parameter.
fn callback_parameter(context: &Context<'_>, holder: FunctionId) -> Life {
    let module = context.module;
    let lambda = module.functions[holder].kind == FunctionKind::Lambda;
    let Some(value) = context.function_expr(holder) else {
        return if lambda { Life::CallbackParameter } else { Life::Parameter };
    };
    match context.uses(value) {
        Use::Argument(call, _) => {
            let ExprKind::Call { callee, .. } = module.kind(call) else { return Life::CallbackParameter };
            let settles = matches!(module.kind(*callee), ExprKind::Member { name, .. } if name == "then");
            if settles { Life::Parameter } else { Life::CallbackParameter }
        }
        // `Layer.extend({ onAdd: function (map) { … } })`: a method as any other.
        Use::Element(object) if is_class_body(context, object) => Life::Parameter,
        Use::Element(_) => Life::CallbackParameter,
        Use::Stored(target) if is_only_handed_on(context, target) => Life::CallbackParameter,
        _ if lambda && !matches!(context.uses(value), Use::Stored(_)) => Life::CallbackParameter,
        _ => Life::Parameter,
    }
}

/// Whether the variable that a function is kept in is only ever given to others: `bus.on('drawn', onDrawn)`.
fn is_only_handed_on(context: &Context<'_>, target: ExprId) -> bool {
    let ExprKind::Variable(id) = context.module.kind(target) else { return false };
    let reads = context.reads(*id);
    context.family() == Family::JavaScript
        && !context.is_exported(*id)
        && !reads.is_empty()
        && reads.iter().all(|read| matches!(context.uses(*read), Use::Argument(..)))
}

/// Whether a parameter is the connection that a request was given, one after another: `request.on('socket', …)`.
#[must_use]
pub fn is_lent(context: &Context<'_>, id: VariableId) -> bool {
    let value = context.function_expr(context.module.variables[id].function);
    value.is_some_and(|value| matches!(context.uses(value), Use::Argument(call, _) if lends(context, call)))
}

/// Whether a call waits for the connection of a request, which an agent keeps for the next one.
fn lends(context: &Context<'_>, call: ExprId) -> bool {
    let event = context.part(call, &Part::Argument(0));
    let adds = context.site_of(call).is_some_and(|site| site.acquires.iter().any(|known| known.kind == "listener"));
    adds && event.is_some_and(|event| {
        matches!(context.module.kind(context.definition(event)), ExprKind::Literal(Literal::String(name)) if name == "socket")
    })
}

/// Whether an object literal is what a class is made of.
fn is_class_body(context: &Context<'_>, object: ExprId) -> bool {
    let Use::Argument(call, _) = context.uses(object) else { return false };
    let ExprKind::Call { callee, .. } = context.module.kind(call) else { return false };
    matches!(context.module.kind(*callee), ExprKind::Member { name, .. }
        if matches!(name.as_str(), "extend" | "subclass" | "createClass" | "include"))
}
