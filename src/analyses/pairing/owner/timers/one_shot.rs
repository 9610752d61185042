//! Timers of Java that run each of their tasks once: the thread ends by itself when nobody has the timer any more.

use crate::analyses::context::{CallSite, Use};
use crate::analyses::pairing::owner::{Case, Life};
use crate::catalogue::Part;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, Root};

/// Whether all that a timer is asked for is to run something once, and none of that asks it again.
#[must_use]
pub fn ends_itself(case: &Case<'_>) -> bool {
    let of_class = case.holding.places.iter().any(|place| matches!(place.root, Root::Static(_)));
    if !is_thread(case) || of_class {
        return false;
    }
    let uses = uses(case);
    uses.iter().any(|used| schedule(case, *used).is_some())
        && uses
            .iter()
            .all(|used| case.context.is_target(*used) || schedule(case, *used).is_some_and(|at| once(case, at)))
}

/// Whether a task is given to a timer that somebody else has, or whose own thread is what is told of.
#[must_use]
pub fn is_of_timer(case: &Case<'_>) -> bool {
    let timer = case.context.part(case.site.expr, &Part::Receiver);
    let made = timer.map(|timer| case.context.definition(timer));
    case.context.family() == Family::Java
        && case.acquire.what == "periodic timer task"
        && (case.life == Life::Parameter
            || made.and_then(|made| case.context.site_of(made)).is_some_and(|site| site.function == case.site.function))
}

fn is_thread(case: &Case<'_>) -> bool {
    case.context.family() == Family::Java && case.acquire.what == "timer thread"
}

/// The timer itself where nothing keeps it, and what reads the names it has.
fn uses(case: &Case<'_>) -> Vec<ExprId> {
    let context = case.context;
    let named = case.holding.places.iter().flat_map(|place| match place.root {
        Root::Variable(id) => context.reads(id),
        Root::This(class) => place.field().map_or(&[][..], |field| context.field_uses(class, field)),
        _ => &[],
    });
    std::iter::once(case.site.expr)
        .filter(|made| matches!(context.uses(*made), Use::Receiver(_)))
        .chain(named.copied())
        .collect()
}

fn schedule<'a>(case: &Case<'a>, timer: ExprId) -> Option<&'a CallSite> {
    let Use::Receiver(call) = case.context.uses(timer) else { return None };
    case.context.site_of(call).filter(|site| site.shape.method.as_deref() == Some("schedule"))
}

/// Whether a call has no period, and its task does not call the function again that makes it.
fn once(case: &Case<'_>, schedule: &CallSite) -> bool {
    let context = case.context;
    let ExprKind::Call { arguments, .. } = context.module.kind(schedule.expr) else { return false };
    let span = context.span(schedule.expr);
    let within =
        |site: &&CallSite| span.start < context.span(site.expr).start && context.span(site.expr).end <= span.end;
    let name = context.module.functions[context.module.outermost(schedule.function)].name.as_ref();
    arguments.len() == 2
        && !context.sites.iter().filter(within).any(|site| site.shape.method.as_ref() == name && name.is_some())
}
