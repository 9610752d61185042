//! Pools and timers of Java that may stay when their owner ends: the process ends with it, they end by themselves, or
//! nobody has work for them.

use crate::analyses::context::{CallSite, Context};
use crate::analyses::growth;
use crate::analyses::owners::Lifecycle;
use crate::analyses::pairing::owner::Case;
use crate::analyses::pairing::path::words::gives_pool;
use crate::catalogue::words::owners as words;
use crate::finding::Confidence;
use crate::lang::Family;
use crate::model::{
    ClassId, ExprId, ExprKind, FunctionId, FunctionKind, Literal, Place, Root, VariableKind, Visibility,
};
use crate::project::{Candidate, Question};

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

/// Lowers the confidence where the owner ends with the process, or the end of the owner leaves no thread.
pub fn temper(case: &Case<'_>, class: ClassId, cycle: &Lifecycle, candidate: &mut Candidate) {
    let context = case.context;
    if context.family() != Family::Java || !matches!(case.acquire.kind.as_str(), "executor" | "timer") {
        return;
    }
    let name = |end: &FunctionId| context.module.functions[*end].name.as_deref().unwrap_or_default();
    let at_exit = || cycle.teardowns.iter().any(|end| is_called_at_exit(context, class, name(end)));
    let doubt = if !cycle.deployed && at_exit() {
        "its owner ends with the process"
    } else if is_unused(case) {
        "nobody gives it work, and it starts its threads with the first"
    } else {
        candidate.unless.extend(stand_in(case));
        return;
    };
    candidate.finding.confidence = Confidence::Low;
    doubt.clone_into(&mut candidate.finding.reason);
}

/// Whether nothing but its declaration ever names the field of a pool that others cannot see.
fn is_unused(case: &Case<'_>) -> bool {
    let context = case.context;
    let silent = |place: &Place| match (&place.root, place.only_field()) {
        (Root::This(class) | Root::Static(class), Some(field)) => {
            let private =
                context.module.field(*class, field).is_some_and(|data| data.visibility == Visibility::Private);
            private && context.field_uses(*class, field).iter().all(|used| context.is_target(*used))
        }
        _ => false,
    };
    case.acquire.kind == "executor"
        && context.module.functions[case.site.function].kind == FunctionKind::FieldInitializer
        && case.holding.fields().next().is_some()
        && case.holding.fields().all(silent)
}

/// Whether somebody gives the owner one, where it is made only if its field is found empty: `client.setPool(shared)`.
fn stand_in(case: &Case<'_>) -> Option<Question> {
    let (context, module) = (case.context, case.context.module);
    let empty = growth::tests(context, case.site.expr).into_iter().any(|test| {
        growth::tested(context, test.condition)
            .is_some_and(|(tested, there)| there != test.holds && case.holding.fields().any(|place| *place == tested))
    });
    let setter = |value: ExprId| match module.kind(module.peel(value)) {
        ExprKind::Variable(id) if matches!(module.variables[*id].kind, VariableKind::Parameter(_)) => {
            let function = &module.functions[module.variables[*id].function];
            let open = function.kind == FunctionKind::Method && function.visibility != Visibility::Private;
            function.name.clone().filter(|name| open && gives_pool(name))
        }
        _ => None,
    };
    let set = |place: &Place| match (&place.root, place.only_field()) {
        (Root::This(class), Some(field)) => module.field(*class, field)?.values.iter().find_map(|value| setter(*value)),
        _ => None,
    };
    let member = case.holding.fields().find_map(set).filter(|_| empty)?;
    Some(Question::MemberShrinks { member })
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
