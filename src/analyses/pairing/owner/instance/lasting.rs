//! Pools and timers of Java that may stay when their owner ends: the process ends with it, or without it.

use crate::analyses::context::{CallSite, Context};
use crate::analyses::owners::Lifecycle;
use crate::analyses::pairing::owner::Case;
use crate::catalogue::words::owners as words;
use crate::finding::Confidence;
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, FunctionId, FunctionKind, Literal};
use crate::project::Candidate;

/// Whether it is a timer of all instances that lets the process end: `static final Timer TIMER = new Timer("sweep", true)`.
#[must_use]
pub fn is_daemon_of_class(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let ExprKind::Call { arguments, constructs: true, .. } = module.kind(case.site.expr) else { return false };
    case.context.family() == Family::Java
        && case.acquire.kind == "timer"
        && module.functions[case.site.function].kind == FunctionKind::StaticInitializer
        && arguments.iter().any(|given| matches!(module.kind(given.value), ExprKind::Literal(Literal::Bool(true))))
}

/// Lowers the confidence where the owner ends with the process.
pub fn temper(case: &Case<'_>, class: ClassId, cycle: &Lifecycle, candidate: &mut Candidate) {
    let context = case.context;
    if context.family() != Family::Java || cycle.deployed || !matches!(case.acquire.kind.as_str(), "executor" | "timer")
    {
        return;
    }
    let name = |end: &FunctionId| context.module.functions[*end].name.as_deref().unwrap_or_default();
    if cycle.teardowns.iter().any(|end| is_called_at_exit(context, class, name(end))) {
        candidate.finding.confidence = Confidence::Low;
        "its owner ends with the process".clone_into(&mut candidate.finding.reason);
    }
}

/// Whether a shutdown hook calls a method of a class.
fn is_called_at_exit(context: &Context<'_>, class: ClassId, method: &str) -> bool {
    let module = context.module;
    let of_class = |call: ExprId| match module.kind(call) {
        ExprKind::Call { callee, .. } => match module.kind(*callee) {
            ExprKind::Member { object, .. } => {
                matches!(module.kind(*object), ExprKind::This(_))
                    || module.type_of(*object).is_some_and(|ty| module.local_class(&ty.name) == Some(class))
            }
            _ => true,
        },
        _ => false,
    };
    let named = |site: &&CallSite| site.shape.method.as_deref() == Some(method);
    let calls: Vec<_> = context.sites.iter().filter(named).filter(|site| of_class(site.expr)).collect();
    let hooks = |site: &&CallSite| site.shape.method.as_deref().is_some_and(words::runs_at_exit);
    context.sites.iter().filter(hooks).any(|hook| {
        let span = context.span(hook.expr);
        calls.iter().map(|call| context.span(call.expr)).any(|call| span.start < call.start && call.end <= span.end)
    })
}
