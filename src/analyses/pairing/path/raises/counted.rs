//! What reference counting ends: an exception that leaves a function takes the function's names along, and with the
//! last name Python closes a file at once.

use rustc_hash::FxHashSet;

use super::prepared::is_over_open;
use super::{Level, name_of};
use crate::analyses::context::{Context, Use};
use crate::analyses::growth::{at, conditions, descendants, works_on};
use crate::analyses::pairing::path::acquire::Acquisition;
use crate::analyses::pairing::path::track::Tracker;
use crate::analyses::pairing::path::ways::{End, Exit, Leak, Ways};
use crate::analyses::pairing::path::words;
use crate::catalogue::{Acquire, Part};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionKind, Step};

/// Whether only an exception skips the release, and the handle then ends with the function.
///
/// It stays a leak where the function takes the exception and goes on with other work, or is suspended with it; where
/// the content of what is open is what fails, as it does for whoever sends something broken; where a second resource
/// cannot be opened; and where the author releases it after one exception and not after this one.
#[must_use]
pub fn ends_with_function(tracker: &Tracker<'_>, acquisition: &Acquisition<'_>, leak: &Leak, ways: &Ways) -> bool {
    let context = tracker.context;
    let acquire = &acquisition.acquire;
    let counted = acquire.counted && context.family() == Family::Python;
    let Some(raise) = leak.raised.filter(|_| counted) else { return false };
    let function = &context.module.functions[tracker.function];
    let explicit = raise.level == Level::Explicit;
    // What a constructor has put together goes with the object that nobody gets.
    let unmade = explicit && function.kind == FunctionKind::Constructor;
    let suspended = (function.is_async || function.is_generator) && pauses(tracker, acquisition, ways);
    let given_up = matches!(leak.end, End::Overwritten(at) if names_field(context, at));
    if suspended || given_up || leak.field && !unmade || leak.kept {
        return false;
    }
    let goes_on = leak.exit == Exit::Normal
        && leak.end == End::Function
        && at(context, raise.at).is_none_or(|at| works_on(context, at));
    let forgotten = leak.exit == Exit::Throw && ways.rescued;
    let worth = if is_process(acquire) {
        ways.released.iter().any(|call| method(context, *call).is_some_and(words::kills))
    } else if explicit {
        hangs_on_content(acquisition, context, raise.at)
    } else {
        opens(context, raise.at) || parses(tracker, acquisition, raise.at)
    };
    !(goes_on || forgotten || worth)
}

/// Whether nothing is lost with the handle where no exception is needed: all that stood for it were names of this
/// function, and nothing that was written waits in it. A file is worth a `with` even so.
///
/// What other functions were given it for may well keep it; a process that has to be killed goes on without its handle;
/// who waits for the next one in a loop has the last one until then.
#[must_use]
pub fn ends_with_names(tracker: &Tracker<'_>, acquisition: &Acquisition<'_>, leak: &Leak, ways: &Ways) -> bool {
    let context = tracker.context;
    let acquire = &acquisition.acquire;
    let whole = acquire.counted && !acquire.buffered && context.family() == Family::Python;
    let killed =
        || is_process(acquire) && ways.released.iter().any(|call| method(context, *call).is_some_and(words::kills));
    let only_works = |call: ExprId| {
        context.site_of(call).is_some_and(|site| {
            !site.borrows.is_empty() || words::parses(&name_of(context, site, tracker.callee(call)))
        })
    };
    let waits = acquisition.site.loops > 0 && acquisition.site.shape.method.as_deref() == Some("accept");
    whole
        && leak.raised.is_none()
        && !(leak.field || leak.kept || context.module.functions[tracker.function].is_generator || killed() || waits)
        && tracker.handed.borrow().iter().all(|(call, _)| only_works(*call))
}

/// Whether a function throws for what it has read: `magic = file.read(4)`, `if magic != MAGIC: raise ValueError(path)`.
fn hangs_on_content(acquisition: &Acquisition<'_>, context: &Context<'_>, thrown: ExprId) -> bool {
    let kept = match context.uses(acquisition.site.expr) {
        Use::Stored(target) => context.place(target),
        _ => None,
    };
    let reads = |call: ExprId| {
        let object = context.part(call, &Part::Receiver);
        object.and_then(|object| context.place(object)).is_some_and(|object| Some(object) == kept)
    };
    let mut left = conditions(context, thrown);
    let mut seen = FxHashSet::default();
    while let Some(expr) = left.pop() {
        for part in descendants(context, expr) {
            match context.module.kind(part) {
                ExprKind::Call { .. } if reads(part) => return true,
                ExprKind::Variable(id) if seen.insert(*id) => left.extend(&context.module.variables[*id].values),
                _ => {}
            }
        }
    }
    false
}

/// A process whose pipes close comes to its end, unless somebody has to kill it.
fn is_process(acquire: &Acquire) -> bool {
    acquire.closes.iter().any(|close| words::kills(close))
}

/// Whether a target is a field of an object: what it had did not live in the function alone.
fn names_field(context: &Context<'_>, assignment: ExprId) -> bool {
    let module = context.module;
    matches!(module.kind(assignment), ExprKind::Assign { target, .. }
        if matches!(module.kind(*target), ExprKind::Member { .. }))
}

/// Whether a call opens something itself that may not be there: what has no name or address, or is made of what is open
/// already, fails only where the system has nothing left to give.
fn opens(context: &Context<'_>, call: ExprId) -> bool {
    let ExprKind::Call { callee, .. } = context.module.kind(call) else { return false };
    context.site_of(call).is_some_and(|site| {
        !site.acquires.is_empty()
            && !is_over_open(context, call)
            && !words::opens_nameless(&name_of(context, site, *callee))
    })
}

/// Whether a generator or coroutine waits with the thing in hand.
fn pauses(tracker: &Tracker<'_>, acquisition: &Acquisition<'_>, ways: &Ways) -> bool {
    let context = tracker.context;
    let begin = context.span(acquisition.site.expr).end;
    let end = ways.released.iter().map(|call| context.span(*call).end).max().unwrap_or(u32::MAX);
    let waits = |expr: ExprId| {
        matches!(context.module.kind(expr), ExprKind::Await(_) | ExprKind::Yield(_))
            && (begin..end).contains(&context.span(expr).start)
    };
    let mut blocks = context.module.functions[tracker.function].cfg.blocks.iter();
    blocks.any(|(_, block)| {
        block.steps.iter().any(|step| match step {
            Step::Eval(expr) => waits(*expr),
            Step::Element { asynchronous, .. } | Step::Enter { asynchronous, .. } => *asynchronous,
            _ => false,
        })
    })
}

/// Whether a call makes sense of the content of what is open: `json.load(file)`, `archive.extractall()`.
fn parses(tracker: &Tracker<'_>, acquisition: &Acquisition<'_>, call: ExprId) -> bool {
    let context = tracker.context;
    let Some(site) = context.site_of(call) else { return false };
    let given = || tracker.handed.borrow().iter().any(|(handed, _)| *handed == call);
    words::parses(&name_of(context, site, tracker.callee(call)))
        && (given() || acquisition.is_receiver_of(context, call))
}

fn method<'a>(context: &'a Context<'_>, call: ExprId) -> Option<&'a str> {
    context.site_of(call).and_then(|site| site.shape.method.as_deref())
}
