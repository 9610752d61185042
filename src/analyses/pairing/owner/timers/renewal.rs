//! Acquisitions that renew themselves, and what stops them.

use rustc_hash::FxHashSet;

use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::owners;
use crate::analyses::pairing::owner::instance::again;
use crate::analyses::pairing::owner::{self, Case, How, free};
use crate::catalogue::words::owners as words;
use crate::catalogue::{Part, Require};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, Root, Terminator, VariableKind};

/// Milliseconds that hardly matter to the life of anything.
pub const SHORT: u64 = 1_000;

/// Milliseconds in which an owner may well end.
pub const SEEN: u64 = 100;

/// Milliseconds after which who keeps the handle misses that it was not cleared.
const NOTICED: u64 = 3_000;

/// Milliseconds that a component may well not live.
pub const LONG: u64 = 10_000;

/// Milliseconds after which a timer that nobody asked about is still there.
const VERY_LONG: u64 = 60_000;

/// How the callback of a one-shot acquisition starts the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// On every way: it never ends by itself.
    Endless,
    /// Behind a condition.
    Guarded,
}

/// Whether and how the callback starts the same acquisition again.
#[must_use]
pub fn renewal(case: &Case<'_>) -> Option<Renewal> {
    if !free::rearms(case) {
        return None;
    }
    let guarded = cycle(case).into_iter().any(|function| !conditions(case, function).is_empty()) || !is_straight(case);
    Some(if guarded { Renewal::Guarded } else { Renewal::Endless })
}

/// Whether a chain that goes on behind a condition is over at some time: the frames of a movement, and in Python what
/// works through something.
#[must_use]
pub fn ends_in_time(case: &Case<'_>) -> bool {
    is_next_frame(case) || case.context.family() == Family::Python
}

/// Whether the callback comes back to the acquisition on every way: by calls that no condition of theirs can leave out.
fn is_straight(case: &Case<'_>) -> bool {
    let context = case.context;
    if context.family() != Family::JavaScript {
        return true;
    }
    let mut queue: Vec<FunctionId> = case.callback().into_iter().collect();
    let mut seen: FxHashSet<FunctionId> = FxHashSet::default();
    while let Some(function) = queue.pop() {
        if !seen.insert(function) {
            continue;
        }
        if context.module.encloses(function, case.site.function) {
            return true;
        }
        queue.extend(context.children(function));
        let sure = |site: &&CallSite| !again::is_avoidable(context, function, site.block);
        for site in context.sites_in(function).filter(sure) {
            queue.extend(site.callee);
            let ExprKind::Call { arguments, .. } = context.module.kind(site.expr) else { continue };
            let given = arguments.iter().enumerate().filter(|(index, _)| runs_argument(context, site, *index));
            queue.extend(given.filter_map(|(_, argument)| context.module.function_of(argument.value)));
        }
    }
    false
}

/// Whether a call runs a function that it is given in any case: one of this file may run it under a condition alone, or
/// when something comes.
fn runs_argument(context: &Context<'_>, site: &CallSite, index: usize) -> bool {
    let Some(callee) = site.callee else { return true };
    let Some(parameter) = context.module.functions[callee].parameters.get(index) else { return true };
    context.reads(*parameter).iter().any(|read| match context.uses(*read) {
        Use::Called(call) => context
            .site_of(call)
            .is_some_and(|call| call.function == callee && !again::is_avoidable(context, callee, call.block)),
        Use::Argument(..) => true,
        _ => false,
    })
}

/// Whether a condition in the cycle reads something that the functions given write: a stop flag.
#[must_use]
pub fn is_stopped_by(case: &Case<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    let context = case.context;
    let conditions: Vec<ExprId> = cycle(case).into_iter().flat_map(|function| conditions(case, function)).collect();
    conditions.into_iter().any(|condition| {
        parts(context, condition).into_iter().any(|part| match context.place(part) {
            Some(place) => match place.root {
                Root::This(class) | Root::Static(class) => place.field().is_some_and(|field| {
                    context.field_uses(class, field).iter().any(|named| {
                        context.is_target(*named)
                            && context.function_of(*named).is_some_and(|function| reached.contains(&function))
                    })
                }),
                Root::Variable(id) => {
                    let values = &context.module.variables[id].values;
                    values
                        .iter()
                        .any(|value| context.function_of(*value).is_some_and(|function| reached.contains(&function)))
                }
                _ => false,
            },
            None => false,
        })
    })
}

/// The functions between one acquisition and the next: the callback, and the function that acquires.
fn cycle(case: &Case<'_>) -> Vec<FunctionId> {
    let callback = case
        .acquire
        .callback
        .as_ref()
        .and_then(|part| case.context.part(case.site.expr, part))
        .and_then(|callback| case.context.module.function_of(callback));
    let module = case.context.module;
    let mut functions = vec![case.site.function];
    functions.extend(callback.filter(|function| *function != case.site.function));
    // Out to the function with a name, which is what the callback calls.
    let mut at = case.site.function;
    while module.functions[at].name.is_none()
        && let Some(outer) = module.functions[at].parent
        && outer != module.root
    {
        functions.push(outer);
        at = outer;
    }
    functions
}

/// The conditions of a function that decide whether it acquires; in a callback elsewhere, all of them.
fn conditions(case: &Case<'_>, function: FunctionId) -> Vec<ExprId> {
    let cfg = &case.context.module.functions[function].cfg;
    cfg.blocks
        .iter()
        .filter_map(|(_, block)| match &block.terminator {
            Terminator::Branch { condition, then, otherwise } => {
                let decides = function != case.site.function
                    || cfg.leads(*then, case.site.block) != cfg.leads(*otherwise, case.site.block);
                decides.then_some(*condition)
            }
            _ => None,
        })
        .collect()
}

/// An expression and everything in it.
#[must_use]
pub fn parts(context: &Context<'_>, expr: ExprId) -> Vec<ExprId> {
    let mut all = vec![expr];
    let mut at = 0;
    while let Some(expr) = all.get(at).copied() {
        all.extend(context.module.kind(expr).parts());
        at += 1;
    }
    all
}

/// `{ signal: controller.signal }` with a controller of this class or function of which nothing is ever called: no one
/// can trigger it.
#[must_use]
pub fn is_never_triggered(context: &Context<'_>, call: ExprId, wanted: &Require) -> bool {
    let module = context.module;
    let Some(part) = wanted.argument.as_ref().filter(|_| !wanted.option.is_empty()) else { return false };
    let option = context.part(call, part).and_then(|value| context.property(value, &wanted.option));
    let Some(ExprKind::Member { object, name, .. }) = option.map(|option| module.kind(module.peel(option))) else {
        return false;
    };
    if *name != wanted.option {
        return false;
    }
    let made = |value: &ExprId| matches!(module.kind(module.peel(*value)), ExprKind::Call { constructs: true, .. });
    let (uses, values): (&[ExprId], &[ExprId]) = match context.place(*object) {
        Some(place) => match (&place.root, place.only_field()) {
            (Root::This(class), Some(field)) => match module.field(*class, field) {
                Some(data) if data.visibility == crate::model::Visibility::Private => {
                    (context.field_uses(*class, field), &data.values)
                }
                _ => return false,
            },
            (Root::Variable(id), None) if place.path.is_empty() => (context.reads(*id), &module.variables[*id].values),
            _ => return false,
        },
        None => return false,
    };
    // Only its signal is ever read.
    let passive = |named: &ExprId| match context.uses(*named) {
        Use::Read(member) => {
            matches!(module.kind(member), ExprKind::Member { name, .. } if *name == wanted.option)
        }
        _ => context.is_target(*named),
    };
    !values.is_empty() && values.iter().all(made) && uses.iter().all(passive)
}

/// The delay of a timeout in milliseconds, where it is a number.
pub fn delay(case: &Case<'_>) -> Option<u64> {
    let expr = case.context.definition(delay_part(case)?);
    let ExprKind::Literal(crate::model::Literal::Number(text)) = case.context.module.kind(given(case.context, expr)?)
    else {
        return None;
    };
    let text = text.replace('_', "");
    if case.context.family() == Family::Python {
        // Seconds.
        let seconds = text.parse::<f64>().ok().filter(|seconds| *seconds >= 0.0)?;
        return std::time::Duration::try_from_secs_f64(seconds).ok()?.as_millis().try_into().ok();
    }
    text.parse().ok()
}

/// What all calls of a function of the file give for its parameter, when it is one and the same number.
fn given(context: &Context<'_>, expr: ExprId) -> Option<ExprId> {
    let module = context.module;
    let ExprKind::Variable(id) = module.kind(expr) else { return Some(expr) };
    let variable = &module.variables[*id];
    let VariableKind::Parameter(index) = variable.kind else { return Some(expr) };
    let named = context.named_by(variable.function).filter(|named| !context.is_exported(*named))?;
    let mut values = context.reads(named).iter().map(|read| match context.uses(*read) {
        Use::Called(call) => context.part(call, &Part::Argument(index)).map(|value| context.definition(value)),
        _ => None,
    });
    let first = values.next()??;
    let same = |value: Option<ExprId>| value.is_some_and(|value| context.text(value) == context.text(first));
    values.all(same).then_some(first)
}

/// The delay stands before the callback in Python, and behind it elsewhere.
fn delay_part(case: &Case<'_>) -> Option<ExprId> {
    let first = case.acquire.callback == Some(Part::Argument(1)) && case.context.family() == Family::Python;
    case.context.part(case.site.expr, &Part::Argument(u16::from(!first)))
}

/// Whether a timeout's delay says that it is a refresh and no wait: a number of many seconds, or a product.
#[must_use]
pub fn is_far(case: &Case<'_>) -> bool {
    let Some(expr) = delay_part(case) else { return false };
    match case.context.module.kind(case.context.definition(expr)) {
        ExprKind::Literal(_) => delay(case).is_some_and(|delay| delay >= LONG),
        kind => matches!(kind, ExprKind::Binary { operator, .. } if operator == "*" && at_least_seconds(case, expr)),
    }
}

/// Whether a timeout is so long that what it holds is a burden by itself: a number of a minute or more, or a product.
#[must_use]
pub fn is_very_far(case: &Case<'_>) -> bool {
    match delay(case) {
        Some(delay) => delay >= VERY_LONG,
        None => is_far(case),
    }
}

/// Whether a timeout is a number of a minute or more, or a product of numbers that is.
#[must_use]
pub fn is_a_minute(case: &Case<'_>) -> bool {
    let product = |expr: ExprId| {
        parts(case.context, expr).into_iter().try_fold(1, |product: u64, part| match case.context.module.kind(part) {
            ExprKind::Literal(crate::model::Literal::Number(text)) => {
                text.replace('_', "").parse().ok().map(|number: u64| product.saturating_mul(number))
            }
            ExprKind::Binary { operator, .. } if operator == "*" => Some(product),
            _ => None,
        })
    };
    let defaulted = |expr: ExprId| match case.context.module.kind(expr) {
        ExprKind::Logical { right, .. } => *right,
        _ => expr,
    };
    let delay = delay_part(case).map(|expr| defaulted(case.context.definition(expr)));
    delay.and_then(product).is_some_and(|delay| delay >= VERY_LONG)
}

/// Whether a timeout whose handle is kept is so long that its owner may well end before it fires.
#[must_use]
pub fn is_long(case: &Case<'_>) -> bool {
    delay(case).is_some_and(|delay| delay >= NOTICED) || is_far(case)
}

/// Whether the callback uses the instance it was made in.
#[must_use]
pub fn keeps_owner(case: &Case<'_>) -> bool {
    let context = case.context;
    let callback = case.acquire.callback.as_ref().and_then(|part| context.part(case.site.expr, part));
    let Some(callback) = callback else { return false };
    let reached: Vec<FunctionId> = context.module.function_of(callback).into_iter().collect();
    let reached = owners::reach(context, &reached);
    context.source.slice(context.span(callback)).contains("this")
        || reached.iter().any(|function| context.module.functions[*function].this.is_some())
}

/// Whether it fires so soon that no one misses a cleanup: at the next frame, within a few seconds, or so by default.
#[must_use]
pub fn is_soon(case: &Case<'_>) -> bool {
    is_within(case, NOTICED)
}

/// Whether it fires at the next frame, or within so many milliseconds, also by default.
#[must_use]
pub fn is_within(case: &Case<'_>, most: u64) -> bool {
    let Some(expr) = case.context.part(case.site.expr, &Part::Argument(1)) else { return true };
    let module = case.context.module;
    let default = match module.kind(module.peel(expr)) {
        ExprKind::Variable(id) => module.variables[*id].default.map(|value| case.context.definition(value)),
        _ => None,
    };
    [Some(case.context.definition(expr)), default].into_iter().flatten().any(|value| match module.kind(value) {
        ExprKind::Literal(crate::model::Literal::Number(text)) => {
            text.replace('_', "").parse::<u64>().is_ok_and(|delay| delay <= most)
        }
        _ => false,
    })
}

/// Whether it runs at the next frame: its call takes no delay.
#[must_use]
pub fn is_next_frame(case: &Case<'_>) -> bool {
    case.acquire.once && case.context.part(case.site.expr, &Part::Argument(1)).is_none()
}

/// Whether a product has a factor of a thousand, or multiplies numbers to many seconds.
fn at_least_seconds(case: &Case<'_>, expr: ExprId) -> bool {
    let module = case.context.module;
    parts(case.context, case.context.definition(expr)).into_iter().any(|part| match module.kind(part) {
        ExprKind::Literal(crate::model::Literal::Number(text)) => {
            text.replace('_', "").parse::<f64>().is_ok_and(|number| number >= 1000.0)
        }
        _ => false,
    })
}

/// Whether all that an observer watches belongs to the one who made it: it goes with what it watches.
#[must_use]
pub fn observes_own(case: &Case<'_>) -> bool {
    let context = case.context;
    let watched = watched(case);
    let own = |(target, function): &(ExprId, FunctionId)| owner::life(context, *target, *function) == owner::Life::Own;
    !watched.is_empty() && watched.iter().all(own)
}

/// Whether an observer that no field keeps watches elements alone, none of the page itself: they keep it, and nothing
/// else does. Where the owner has a teardown, what it watches may go on without the owner all the same.
#[must_use]
pub fn goes_with_watched(case: &Case<'_>) -> bool {
    let context = case.context;
    let watched = watched(case);
    let found = |target: ExprId| {
        let made = context.site_of(context.definition(target)).and_then(|site| site.shape.method.as_deref());
        made.is_some_and(words::finds_element)
    };
    let lasts = |(target, function): &(ExprId, FunctionId)| match owner::life(context, *target, *function) {
        owner::Life::Own => false,
        owner::Life::Process => true,
        _ => found(*target),
    };
    let local = case.holding.fields().next().is_none() && case.holding.collections.is_empty();
    local && case.releases.is_empty() && !watched.is_empty() && !watched.iter().any(lasts)
}

/// Whether the callback of an observer that no field keeps ends it, by its name or by what it is given, and it does not
/// watch the page itself, which may never show what it waits for: `(entries, observer) => observer.disconnect()`.
#[must_use]
pub fn ends_in_own_callback(case: &Case<'_>) -> bool {
    let context = case.context;
    let callback = context.part(case.site.expr, &Part::Argument(0)).map(|part| context.definition(part));
    let Some(callback) = callback.and_then(|value| context.module.function_of(value)) else { return false };
    let given = context.module.functions[callback].parameters.get(1);
    let ends = |call: ExprId| {
        let name = context.site_of(call).and_then(|site| site.shape.method.as_deref());
        name.is_some_and(|name| case.acquire.closes.iter().any(|close| close == name))
    };
    let by_parameter = given.is_some_and(|observer| {
        context.reads(*observer).iter().any(|read| matches!(context.uses(*read), Use::Receiver(call) if ends(call)))
    });
    let local = case.holding.fields().next().is_none();
    let page =
        watched(case).iter().any(|(target, function)| owner::life(context, *target, *function) == owner::Life::Process);
    local
        && !page
        && (by_parameter || case.releases.iter().any(|found| found.how == How::Full && found.function == callback))
}

/// What an observer is told to watch, and the functions that say so.
fn watched(case: &Case<'_>) -> Vec<(ExprId, FunctionId)> {
    let context = case.context;
    let targets = context.sites.iter().filter_map(|site| {
        let receiver = context.part(site.expr, &Part::Receiver)?;
        // `new Observer(f).observe(target)`
        let at_once = receiver == case.site.expr;
        let held = || context.place(receiver).is_some_and(|place| case.holding.has(&place));
        (site.shape.method.as_deref() == Some("observe") && (at_once || held()))
            .then(|| context.part(site.expr, &Part::Argument(0)).map(|target| (target, site.function)))?
    });
    targets.collect()
}
