//! What the shape of a class says: others answer for it, or nobody has to.

use super::Case;
use crate::analyses::context::Use;
use crate::analyses::owners::Lifecycle;
use crate::analyses::runs::{Runs, runs};
use crate::lang::Family;
use crate::model::{ClassId, ClassKind, FunctionId, FunctionKind};

/// Whether teardowns are empty hooks for classes below, and the class releases it in a method of its own.
#[must_use]
pub fn ends_behind_hooks(case: &Case<'_>, cycle: &Lifecycle) -> bool {
    let functions = &case.context.module.functions;
    let is_hook =
        |function: &FunctionId| functions[*function].cfg.blocks.iter().all(|(_, block)| block.steps.is_empty());
    !case.releases.is_empty() && cycle.teardowns.iter().any(is_hook)
}

/// `static final Setting LIMIT = Setting.of(…).addListener(…).build()`: a part of a constant, which nobody ends.
#[must_use]
pub fn is_constant(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let function = &module.functions[case.site.function];
    case.context.family() == Family::Java
        && case.acquire.kind == "listener"
        && function.kind == FunctionKind::StaticInitializer
}

/// Whether an object is one that a file makes once and keeps; what it gives to a call is the body of a class or
/// component.
#[must_use]
pub fn is_of_program(case: &Case<'_>, class: ClassId) -> bool {
    let context = case.context;
    let data = &context.module.classes[class];
    let once = data.function == context.module.root
        || context.family() == Family::JavaScript && runs(context, data.function) == Runs::Once;
    data.kind == ClassKind::Object
        && once
        && context.object_expr(class).is_some_and(|object| matches!(context.uses(object), Use::Stored(_)))
}
