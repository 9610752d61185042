//! What the shape of a class says: others answer for it, or nobody has to.

use rustc_hash::FxHashSet;

use crate::analyses::context::Use;
use crate::analyses::owners::Lifecycle;
use crate::analyses::pairing::owner::Case;
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

/// Whether it is a loop that a program starts for itself: of a function of the file that takes nothing, which no code
/// that is seen starts again and again.
#[must_use]
pub fn is_loop_of_program(case: &Case<'_>) -> bool {
    let context = case.context;
    let module = context.module;
    let mut around = std::iter::successors(Some(case.site.function), |function| module.functions[*function].parent);
    around.find(|function| module.functions[*function].name.is_some()).is_some_and(|named| {
        let data = &module.functions[named];
        let own = data.parent == Some(module.root) && data.this.is_none() && data.parameters.is_empty();
        own && context.family() == Family::JavaScript && !matches!(runs(context, named), Runs::Repeatedly(_))
    })
}

/// Whether a teardown ends the process.
#[must_use]
pub fn ends_process(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    let context = case.context;
    let exits: Vec<_> = context.catalogue.in_scope(&context.scope).flat_map(|library| &library.exit).collect();
    !exits.is_empty()
        && context
            .sites
            .iter()
            .filter(|site| reached.contains(&site.function))
            .any(|site| exits.iter().flat_map(|exit| &exit.call).any(|call| call.matches(&site.shape, context.module)))
}
