//! Code that Python runs at import: decorators and the hooks of classes.

use super::reader::usage::Growth;
use super::{keys, words};
use crate::analyses::context::{Context, Use};
use crate::analyses::owners::returned_values;
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, FunctionId, Step, VariableId};

/// Code that Python runs when a class or module is defined.
pub fn is_registering(context: &Context<'_>, function: FunctionId) -> bool {
    let data = &context.module.functions[function];
    let name = data.name.as_deref().unwrap_or_default();
    if matches!(name, "__init_subclass__" | "__set_name__" | "__class_getitem__") {
        return true;
    }
    name == "__new__"
        && data.this.is_some_and(|class| {
            context.module.classes[class].bases.iter().any(|base| matches!(base.name.last(), "type" | "ABCMeta"))
        })
        || name == "__init__"
            && data.this.is_some_and(|class| {
                context.module.classes[class].bases.iter().any(|base| matches!(base.name.last(), "type" | "ABCMeta"))
            })
}

/// A decorator gives back the function or class that it was given.
pub fn is_decorator(context: &Context<'_>, function: FunctionId, growth: &Growth) -> bool {
    let module = context.module;
    let gives_back = |function: FunctionId| {
        let parameters = &module.functions[function].parameters;
        module.functions[function].cfg.blocks.iter().flat_map(|(_, block)| &block.steps).any(|step| match step {
            Step::Return(Some(value), _) => match module.kind(module.peel(*value)) {
                ExprKind::Variable(id) => parameters.first() == Some(id) && is_code(context, *id, growth),
                _ => false,
            },
            _ => false,
        })
    };
    context.family() == Family::Python
        && (module.functions[function].this.is_some_and(|class| wraps_functions(context, class))
            || std::iter::successors(Some(function), |function| module.functions[*function].parent).take(3).any(
                |function| {
                    function != module.root
                        && (gives_back(function) && !is_null_safe(context, function) || decorates(context, function))
                },
            ))
}

/// Whether the instances of a class are decorators: called with one function, each gives back one of its own.
fn wraps_functions(context: &Context<'_>, class: ClassId) -> bool {
    let module = context.module;
    let Some(call) = module.class_function(class, "__call__") else { return false };
    let parameters = module.functions[call].parameters.iter();
    let given = parameters.filter(|id| !matches!(module.variables[**id].name.as_str(), "self" | "cls")).count();
    let mut values = returned_values(context, call).into_iter().peekable();
    let own = |value: ExprId| {
        let made = module.function_of(context.definition(value));
        made.is_some_and(|made| module.functions[made].parent == Some(call))
    };
    given == 1 && values.peek().is_some() && values.all(own)
}

/// Whether the file uses a function as a decorator, and never calls it: it runs where classes and functions are made.
fn decorates(context: &Context<'_>, function: FunctionId) -> bool {
    let module = context.module;
    let Some(name) = &module.functions[function].name else { return false };
    let called = || context.sites.iter().any(|site| site.shape.method.as_ref() == Some(name));
    let read = |id: VariableId| context.reads(id).iter().any(|read| matches!(context.uses(*read), Use::Called(_)));
    module.functions.iter().flat_map(|(_, data)| &data.annotations).any(|annotation| annotation.name == *name)
        && !called()
        && !context.named_by(function).is_some_and(read)
}

/// Whether a parameter is a function or class: by its name, or because it is called or asked for its name.
fn is_code(context: &Context<'_>, id: VariableId, growth: &Growth) -> bool {
    let name = context.module.variables[id].name.as_str();
    words::is_registered_name(name)
        || words::is_finite_name(name)
        || words::is_decorated(name)
        || growth.value.is_some_and(|value| keys::is_registration(context, value))
        || context.reads(id).iter().any(|read| match context.uses(*read) {
            Use::Called(_) => true,
            Use::Read(part) => {
                matches!(context.module.kind(part), ExprKind::Member { name, .. } if name.starts_with("__"))
            }
            _ => false,
        })
}

/// A function with one parameter that hands it through unchanged could be anything; a decorator takes no `self`.
fn is_null_safe(context: &Context<'_>, function: FunctionId) -> bool {
    let data = &context.module.functions[function];
    data.parameters.len() > 2
        || data
            .parameters
            .iter()
            .any(|id| context.module.variables[*id].values.iter().any(|value| context.module.is_null(*value)))
}
