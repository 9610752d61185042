//! Functions that are told to put something on or to take it off again: each run does the one or the other.

use rustc_hash::FxHashSet;

use crate::analyses::context::Context;
use crate::analyses::owners;
use crate::analyses::pairing::owner::timers::renewal;
use crate::analyses::pairing::owner::{self, Case, How};
use crate::finding::Confidence;
use crate::lang::Family;
use crate::model::{BlockId, ClassId, ClassKind, ExprKind, FunctionId, Terminator, VariableKind, Visibility};
use crate::project::Candidate;

/// Whether the function that acquires releases in another branch of a condition on what it is given.
#[must_use]
pub fn is_toggled(case: &Case<'_>) -> bool {
    let context = case.context;
    let own = case.releases.iter().filter(|found| found.how == How::Full && found.function == case.site.function);
    let mut blocks = own.filter_map(|found| context.site_of(found.call)).map(|site| site.block);
    asks_argument(context, case.site.function)
        && blocks.any(|block| {
            !leads(context, case.site.function, block, case.site.block)
                && !leads(context, case.site.function, case.site.block, block)
        })
}

/// A function that is given the element, and nothing when that goes: `handleRef(canvas)`.
#[must_use]
pub fn is_reference(case: &Case<'_>) -> bool {
    let data = &case.context.module.functions[case.site.function];
    let named = data.name.as_deref().is_some_and(|name| {
        let lower = name.trim_start_matches('_').to_lowercase();
        lower.ends_with("ref") || lower.starts_with("ref")
    });
    named && data.parameters.len() == 1 && is_toggled(case)
}

/// Whether a condition of the function reads one of its parameters.
fn asks_argument(context: &Context<'_>, function: FunctionId) -> bool {
    let module = context.module;
    module.functions[function].cfg.blocks.iter().any(|(_, block)| {
        let Terminator::Branch { condition, .. } = &block.terminator else { return false };
        renewal::parts(context, *condition).into_iter().any(|part| match module.kind(part) {
            ExprKind::Variable(id) => {
                let variable = &module.variables[*id];
                variable.function == function && matches!(variable.kind, VariableKind::Parameter(_))
            }
            _ => false,
        })
    })
}

/// Lowers what a method releases that a class above calls: one of the object's own by its name, which no code of the
/// file names, while the teardown runs the one that it overrides.
pub fn temper(case: &Case<'_>, class: ClassId, teardowns: &[FunctionId], candidate: &mut Candidate) {
    let context = case.context;
    let module = context.module;
    if module.classes[class].superclasses == 0 || context.family() != Family::JavaScript {
        return;
    }
    let supers = |function: &FunctionId| context.source.slice(module.functions[*function].span).contains("super.");
    let left = case.releases.iter().filter(|found| found.how == How::Full).any(|found| {
        let data = &module.functions[found.function];
        let own = data.name.as_deref().is_some_and(|name| name.starts_with(['_', '#']))
            || data.visibility == Visibility::Protected;
        let unnamed = data.name.as_deref().is_some_and(|name| context.field_uses(class, name).is_empty());
        module.classes[class].methods.contains(&found.function) && own && unnamed
    });
    if left && owners::reach(context, teardowns).iter().any(supers) {
        candidate.finding.confidence = Confidence::Low;
        "a method releases it that a class above may well call at the end".clone_into(&mut candidate.finding.reason);
    }
}

/// Whether code that reaches one block of a function can go on to another.
#[must_use]
pub fn leads(context: &Context<'_>, function: FunctionId, from: BlockId, to: BlockId) -> bool {
    let cfg = &context.module.functions[function].cfg;
    let mut seen = FxHashSet::default();
    let mut queue = vec![from];
    while let Some(block) = queue.pop() {
        if block == to {
            return true;
        }
        if seen.insert(block) {
            queue.extend(cfg.edges(block).iter().map(|edge| edge.to));
        }
    }
    false
}

/// `{ onShow() { … }, onHide() { … } }`: an object that others are given, who call its methods in turn.
#[must_use]
pub fn is_told_by_others(case: &Case<'_>, found: &[&owner::Found]) -> bool {
    let module = case.context.module;
    let Some(class) = module.functions[case.site.function].this else { return false };
    let cycle = owners::lifecycle(case.context, class);
    module.classes[class].kind == ClassKind::Object
        && cycle.teardowns.is_empty()
        && cycle.framework.is_none()
        && found
            .iter()
            .any(|found| found.function != case.site.function && module.functions[found.function].this == Some(class))
}
