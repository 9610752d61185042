//! Objects of a script that are parts of who makes them: `this.menu = new Menu(this)`.

use crate::analyses::context::{Context, Use};
use crate::analyses::pairing::owner;
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, FunctionKind, QualifiedName, Root, VariableKind};
use crate::project::Question;

/// The arguments of a making that are the maker itself or what it made, where the instance stays a field of the maker.
#[must_use]
pub fn owners(context: &Context<'_>, call: ExprId) -> Vec<u16> {
    let module = context.module;
    let ExprKind::Call { arguments, constructs: true, .. } = module.kind(call) else { return Vec::new() };
    let once = context.site_of(call).is_some_and(|site| site.loops == 0);
    let class = context.function_of(call).map(|function| &module.functions[function]).and_then(|function| {
        let makes = matches!(function.kind, FunctionKind::Constructor | FunctionKind::FieldInitializer);
        function.this.filter(|_| makes)
    });
    let Some(class) = class.filter(|class| once && stays(context, call, *class)) else { return Vec::new() };
    let own = |value: ExprId| match module.kind(module.peel(value)) {
        ExprKind::This(_) => true,
        _ => only_value(context, class, value)
            .is_some_and(|value| matches!(module.kind(value), ExprKind::Call { .. }) && makes(context, value)),
    };
    let places = arguments.iter().enumerate().filter(|(_, argument)| own(argument.value));
    places.filter_map(|(index, _)| u16::try_from(index).ok()).collect()
}

/// Whether a call makes something anew: an instance, an element of a page.
fn makes(context: &Context<'_>, call: ExprId) -> bool {
    let ExprKind::Call { constructs, .. } = context.module.kind(call) else { return false };
    let function = context.function_of(call).unwrap_or(context.module.root);
    *constructs || owner::life(context, call, function) == owner::Life::Own
}

/// Whether the instance is the only value of a field.
fn stays(context: &Context<'_>, call: ExprId, class: ClassId) -> bool {
    let module = context.module;
    let field = |field: &crate::model::Field| field.values.iter().any(|value| module.peel(*value) == call);
    match context.uses(call) {
        Use::Stored(target) => only_value(context, class, target).is_some_and(|value| value == call),
        _ => module.classes[class].fields.iter().any(|data| field(data) && data.values.len() == 1),
    }
}

/// The one value that a field of the class ever has, but for none.
fn only_value(context: &Context<'_>, class: ClassId, expr: ExprId) -> Option<ExprId> {
    let module = context.module;
    let place = context.place(expr).filter(|place| place.root == Root::This(class))?;
    let field = module.field(class, place.only_field()?)?;
    let mut values = field.values.iter().map(|value| module.peel(*value));
    let mut real = values.by_ref().filter(|value| !matches!(module.kind(*value), ExprKind::Literal(_)));
    let value = real.next()?;
    real.next().is_none().then_some(value)
}

/// The question whether all instances of a class are parts of who gives them this source as an argument of the
/// constructor.
#[must_use]
pub fn question(context: &Context<'_>, class: ClassId, source: ExprId) -> Option<Question> {
    let module = context.module;
    let name = module.class_name(class).name;
    if context.family() != Family::JavaScript || name.is_empty() {
        return None;
    }
    let given = only_value(context, class, source).unwrap_or_else(|| module.peel(source));
    let ExprKind::Variable(id) = module.kind(given) else { return None };
    let variable = &module.variables[*id];
    let VariableKind::Parameter(argument) = variable.kind else { return None };
    let made = module.functions[variable.function].kind == FunctionKind::Constructor;
    let class = QualifiedName::here(name).into();
    (made && !variable.rewritten).then_some(Question::MadeByOwner { class, argument })
}
