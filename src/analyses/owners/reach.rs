//! Which functions run when others do.

use rustc_hash::FxHashSet;

use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::told;
use crate::catalogue::words::owners as words;
use crate::model::{ExprId, ExprKind, FunctionId};

/// The functions that run when the given ones do: what they call in this file, and the functions that stand in them.
#[must_use]
pub fn reach(context: &Context<'_>, roots: &[FunctionId]) -> FxHashSet<FunctionId> {
    reach_by(context, roots, |_| true)
}

/// The same, without what waits for an event that somebody else has to send.
#[must_use]
pub fn reach_at_once(context: &Context<'_>, roots: &[FunctionId]) -> FxHashSet<FunctionId> {
    let waits = |acquire: &crate::catalogue::Acquire| matches!(acquire.kind.as_str(), "listener" | "subscription");
    let hears = |site: &CallSite| site.shape.method.as_deref().is_some_and(words::hears);
    reach_by(context, roots, |site| !hears(site) && !site.acquires.iter().any(|acquire| waits(acquire)))
}

fn reach_by(context: &Context<'_>, roots: &[FunctionId], runs: impl Fn(&CallSite) -> bool) -> FxHashSet<FunctionId> {
    let module = context.module;
    let waits = |function: FunctionId| match context.function_expr(function).map(|value| context.uses(value)) {
        Some(Use::Argument(call, _)) => context.site_of(call).is_some_and(|site| !runs(site)),
        _ => false,
    };
    let mut reached: FxHashSet<FunctionId> = FxHashSet::default();
    let mut queue: Vec<FunctionId> = roots.to_vec();
    while let Some(function) = queue.pop() {
        if !reached.insert(function) {
            continue;
        }
        queue.extend(context.children(function).iter().copied().filter(|child| !waits(*child)));
        for site in context.sites_in(function) {
            let ExprKind::Call { callee, arguments, .. } = module.kind(site.expr) else { continue };
            queue.extend(site.callee);
            queue.extend(super_method(context, function, *callee));
            queue.extend(told::by_setter(context, function, site));
            // A listener that is taken off is not called by that.
            if site.releases.iter().any(|release| !release.key.is_empty()) || !runs(site) {
                continue;
            }
            queue.extend(arguments.iter().filter_map(|argument| module.function_of(argument.value)));
        }
    }
    reached
}

/// The method of a base class in this file that `super.m()` runs.
fn super_method(context: &Context<'_>, function: FunctionId, callee: ExprId) -> Option<FunctionId> {
    let module = context.module;
    let ExprKind::Member { object, name, .. } = module.kind(callee) else { return None };
    let is_super = match module.kind(*object) {
        ExprKind::Super => true,
        // Python's `super().m()`.
        ExprKind::Call { callee, .. } => {
            matches!(module.kind(*callee), ExprKind::Global(name) if name == "super")
                || matches!(module.kind(*callee), ExprKind::Super)
        }
        _ => false,
    };
    let class = module.functions[function].this.filter(|_| is_super)?;
    let base = module.classes[class].bases.first()?;
    module.class_function(module.local_class(&base.name)?, name)
}
