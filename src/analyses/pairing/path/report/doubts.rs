//! Why a way that loses something is nothing to trouble anybody with at default confidence.

use super::lost::Lost;
use super::{attached, pools, spared};
use crate::analyses::context::{CallSite, Use};
use crate::analyses::pairing::owner;
use crate::analyses::pairing::path::raises::{self, Level, counted, name_of};
use crate::analyses::pairing::path::ways::End;
use crate::analyses::pairing::path::{summary, words};
use crate::analyses::runs::Runs;
use crate::catalogue::Part;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionKind, Terminator, VariableKind};

/// What holds of a loss, and what is said of it then.
type Doubt = (fn(&Lost<'_, '_>) -> bool, &'static str);

/// The first that holds is told: what is most particular comes first.
const DOUBTS: &[Doubt] = &[
    (waits_for_own, "only a rejection of a promise that the function made itself skips the release"),
    (pools::is_made_once, "nothing says that it is made again and again"),
    (pools::is_interrupted, "only an interrupt, which mostly comes at the end of the program, skips the release"),
    (pools::ends_itself, "its threads end by themselves when nothing holds it any more"),
    (pools::is_got, "by its name the call gives what others have too"),
    (pools::is_idle, "it starts its threads with the first task, and has had none yet"),
    (
        |lost| counted::ends_with_function(lost.tracker, lost.acquisition, lost.leak, lost.ways),
        "only an exception skips the release, and CPython closes it with the function",
    ),
    (
        |lost| {
            lost.kind() == "resource"
                && !lost.repeats()
                && counted::ends_with_names(lost.tracker, lost.acquisition, lost.leak, lost.ways)
        },
        "no name stands for it when the function has ended, and CPython closes it then",
    ),
    (
        |lost| lost.acquisition.acquire.finalized && lost.raised().is_some(),
        "its own finalizer ends it when the exception has gone",
    ),
    (spared::serves_thread, "a thread reads from it as long as it runs, and CPython closes it then"),
    (spared::is_guarded_in_finally, "a `finally` on this way releases it under a condition of its author's"),
    (is_before_try, "only an exception of an arbitrary call before the `try` skips the `finally`"),
    (
        |lost| lost.kind() == "client" && lost.raised().is_some() && !lost.released() && lost.is_java(),
        "a client that nobody has used yet has hardly opened anything",
    ),
    (attached::ends_with_source, "it ends with what it was got from, which the code around it ends"),
    (attached::is_of_its_cleanup, "what fails there is the connection itself, with which it ends"),
    (attached::is_of_one_query, "all that is closed is what the query gives, and only a query that fails leaves more"),
    (is_start_up, "it is the connection of the program, which does not start without it"),
    (is_of_program, "the file is a program, which ends with its exception"),
    (is_of_script, "the file is a command, and ends with its process"),
    (settles, "what is left of it is little, or ends with what it was got from"),
    (is_of_no_case, "the `default` of a `switch` that complains is there for values that nobody has"),
    (is_unconnected, "a socket that is neither connected nor bound is no descriptor yet"),
    (is_memory, "it is memory of the heap, which the collector takes"),
    (
        |lost| {
            lost.acquisition.acquire.little && !lost.repeats() && (lost.is_java() || lost.acquisition.site.loops == 0)
        },
        "what it holds is little, and nothing says that the code runs again and again",
    ),
    (
        |lost| lost.acquisition.acquire.lasting && lost.raised().is_none() && !lost.released() && !lost.repeats(),
        "such a thing mostly works as long as the process, and nothing says that the code runs again and again",
    ),
    (is_rare_listener, "only a call that fails skips the release, and what it listens to may well end then"),
    (serves_classes, "the classes that others load with it need it open"),
    (is_walk_to_its_end, "each directory is closed when it has been read to its end, and all of them are"),
    (ends_with_program, "the code runs once, and the process ends soon or needs it all the time"),
    (is_taken_over, "only the making of an object skips the release, and that object may well take it over"),
    (is_lost_on_the_way_on, "only an exception between opening it and giving it on loses it"),
];

/// Why nobody is to be troubled with it, if so.
#[must_use]
pub fn doubt(lost: &Lost<'_, '_>) -> Option<&'static str> {
    DOUBTS.iter().find(|(holds, _)| holds(lost)).map(|(_, why)| *why)
}

/// Whether a script misses the removal of a listener only where a call fails, and what it listens to hardly outlives
/// the failure: it is one of many such sources, or the process, which the function ends.
fn is_rare_listener(lost: &Lost<'_, '_>) -> bool {
    let (context, acquisition) = (lost.context(), lost.acquisition);
    let likely = lost.raised().is_some_and(|raise| raise.level == Level::Likely && !raise.thrown);
    if context.family() != Family::JavaScript || lost.kind() != "listener" || !likely || lost.repeats() {
        return false;
    }
    let Some(source) = acquisition.acquire.source.as_ref().and_then(|part| context.part(acquisition.site.expr, part))
    else {
        return false;
    };
    let ends = context.module.functions[acquisition.site.function].name.as_deref().is_some_and(words::closes);
    let passing = owner::life(context, source, acquisition.site.function) != owner::Life::Process;
    passing || ends && context.text(source) == "process"
}

/// Whether what raises is the wait for a promise that this very code makes and settles.
fn waits_for_own(lost: &Lost<'_, '_>) -> bool {
    let context = lost.context();
    let Some(raise) = lost.raised() else { return false };
    let ExprKind::Await(inner) = context.module.kind(raise.at) else { return false };
    match context.module.kind(context.definition(*inner)) {
        ExprKind::Call { callee, constructs: true, .. } => {
            context.module.path(*callee).is_some_and(|path| path.last().ends_with("Promise"))
        }
        _ => false,
    }
}

/// Whether all that releases a thread stands in a `finally`, and what raises is an arbitrary call in front of it.
fn is_before_try(lost: &Lost<'_, '_>) -> bool {
    let context = lost.context();
    let Some(raise) = lost.raised().filter(|_| lost.acquisition.acquire.thread && lost.is_java()) else { return false };
    let Some(site) = context.site_of(raise.at) else { return false };
    let ends = |call: &ExprId| context.site_of(*call).is_some_and(|site| site.cleanup);
    let level = raises::site_level(lost.tracker.summaries, context, site, lost.tracker.callee(raise.at));
    lost.ways.released.iter().all(ends) && site.catches == 0 && level != Some(Level::Likely)
}

/// Whether a client is what a module or class connects the whole program with: `db.connect = async function () { … }`.
fn is_start_up(lost: &Lost<'_, '_>) -> bool {
    let functions = &lost.context().module.functions;
    let named = functions[lost.context().module.outermost(lost.acquisition.site.function)].name.as_deref();
    lost.raised().is_some()
        && lost.context().family() == Family::JavaScript
        && lost.kind() == "client"
        && named.is_some_and(words::starts_program)
        && !lost.repeats()
}

/// Whether an exception ends the program: the function is a helper of the `main` beside it.
fn is_of_program(lost: &Lost<'_, '_>) -> bool {
    let module = lost.context().module;
    let function = &module.functions[module.outermost(lost.tracker.function)];
    lost.raised().is_some() && lost.is_java() && function.is_static && lost.is_program()
}

/// Whether the file is what a shell runs, and nothing says that the function runs again and again.
fn is_of_script(lost: &Lost<'_, '_>) -> bool {
    let context = lost.context();
    context.family() == Family::JavaScript
        && context.source.text.starts_with("#!")
        && lost.kind() == "resource"
        && !lost.repeats()
}

/// Whether an exception, the next turn of a loop or the end of a start-up leaves something that goes by itself.
fn settles(lost: &Lost<'_, '_>) -> bool {
    let passing = lost.raised().is_some()
        || matches!(lost.leak.end, End::Overwritten(_))
        || lost.runs == Runs::Once
        || lost.context().family() == Family::Python;
    lost.acquisition.acquire.settles && (passing || matches!(lost.leak.end, End::Dropped(_)) && is_of_given(lost))
}

/// Whether it was got, for one call, from what the caller has, who ends that.
fn is_of_given(lost: &Lost<'_, '_>) -> bool {
    let (context, acquisition) = (lost.context(), lost.acquisition);
    let object = context.part(acquisition.site.expr, &Part::Receiver).map(|object| context.module.peel(object));
    acquisition.acquire.source == Some(Part::Receiver)
        && object.is_some_and(|object| {
            matches!(context.module.kind(object), ExprKind::Variable(id)
            if matches!(context.module.variables[*id].kind, VariableKind::Parameter(_)))
        })
}

/// Whether what is thrown says that none of the cases of a `switch` of Java was met.
fn is_of_no_case(lost: &Lost<'_, '_>) -> bool {
    let context = lost.context();
    let Some(raise) = lost.raised().filter(|raise| raise.thrown && lost.is_java()) else { return false };
    let Some(site) = context.site_of(raise.at) else { return false };
    let cfg = &context.module.functions[site.function].cfg;
    let other = cfg.blocks.iter().any(|(_, block)| match &block.terminator {
        Terminator::Choice(ways) => ways.len() > 2 && ways.last() == Some(&site.block),
        _ => false,
    });
    let ty = || context.module.type_of(raise.at).map(|ty| ty.name.last().to_owned());
    other && (summary::is_complaint(context, raise.at) || ty().as_deref() == Some("IllegalStateException"))
}

/// Whether a socket is made without an address, and only asked for what it supports.
fn is_unconnected(lost: &Lost<'_, '_>) -> bool {
    let context = lost.context();
    let made = lost.acquisition.site.expr;
    let asked = |used: &ExprId| match context.uses(*used) {
        Use::Receiver(call) => {
            let method = context.site_of(call).and_then(|site| site.shape.method.as_deref());
            method.is_some_and(|method| words::is_getter(method) || words::is_setter(method))
        }
        _ => context.is_target(*used),
    };
    let ExprKind::Call { arguments, .. } = context.module.kind(made) else { return false };
    let Use::Stored(target) = context.uses(made) else { return false };
    let ExprKind::Variable(id) = context.module.kind(target) else { return false };
    lost.is_java()
        && arguments.is_empty()
        && lost.acquisition.acquire.what == "socket"
        && context.reads(*id).iter().all(asked)
}

/// Whether it is memory that the collector takes, and no other way releases it.
fn is_memory(lost: &Lost<'_, '_>) -> bool {
    let acquire = &lost.acquisition.acquire;
    let meant = lost.released() || lost.leak.level == Some(Level::Explicit);
    acquire.paired && acquire.memory && !meant
}

/// Whether a class loader, which nothing closes, loads classes or is given to code that does.
fn serves_classes(lost: &Lost<'_, '_>) -> bool {
    let (context, acquisition) = (lost.context(), lost.acquisition);
    let Use::Stored(target) = context.uses(acquisition.site.expr) else { return false };
    let ExprKind::Variable(id) = context.module.kind(target) else { return false };
    let loads = |read: &ExprId| match context.uses(*read) {
        Use::Argument(..) => true,
        Use::Receiver(call) => {
            context.site_of(call).is_some_and(|site| site.shape.method.as_deref() == Some("loadClass"))
        }
        _ => false,
    };
    acquisition.acquire.what.starts_with("class loader")
        && lost.raised().is_none()
        && !lost.released()
        && context.reads(*id).iter().any(loads)
}

/// Whether a walk through directories is read to its end: `Files.walk(path).filter(…).forEach(…)`.
fn is_walk_to_its_end(lost: &Lost<'_, '_>) -> bool {
    let site = lost.acquisition.site;
    lost.is_java()
        && matches!(site.shape.method.as_deref(), Some("walk" | "find"))
        && site.acquires.iter().any(|known| known.what == "directory stream")
        && is_drained(lost, site.expr)
}

/// Whether the last method of the chain takes all elements.
fn is_drained(lost: &Lost<'_, '_>, stream: ExprId) -> bool {
    let context = lost.context();
    let mut at = stream;
    while let Use::Receiver(call) = context.uses(at) {
        let Some(method) = context.site_of(call).and_then(|site| site.shape.method.as_deref()) else { return false };
        if words::takes_some(method) {
            return false;
        }
        if words::takes_all(method) {
            return true;
        }
        at = call;
    }
    false
}

/// Whether the code runs once; what a class or a container opens at its start stays open for all the rest of the
/// process.
fn ends_with_program(lost: &Lost<'_, '_>) -> bool {
    let stays = lost.kind() == "resource" && lost.is_java() && !lost.is_program() && lost.raised().is_none();
    lost.runs == Runs::Once && !stays
}

/// Whether what fails is the making of an object of a class of another file, and this function does not release the
/// thing where that succeeds.
fn is_taken_over(lost: &Lost<'_, '_>) -> bool {
    let Some(raise) = lost.raised().filter(|raise| !raise.thrown && lost.is_java()) else { return false };
    let foreign = |site: &CallSite| {
        site.shape.path.as_ref().is_some_and(|path| lost.context().module.local_class(path).is_none())
            && site.catches == 0
            && site.acquires.is_empty()
            && site.borrows.is_empty()
            && site.wrappers.is_empty()
    };
    let made = lost.context().site_of(raise.at).is_some_and(|site| site.shape.constructs && foreign(site));
    made && raise.level == Level::Likely && (lost.passed() || !lost.released())
}

/// Whether an exception that hardly comes loses it before it is given on.
fn is_lost_on_the_way_on(lost: &Lost<'_, '_>) -> bool {
    let gap = lost.leak.field || (!lost.released() && lost.passed());
    gap && lost.leak.level == Some(Level::Likely) && !fails_in_gap(lost)
}

/// Whether the call that may raise before the thing is handed on is one that does fail: the author catches it, it is
/// about something else, or it connects; not the writing of a header.
fn fails_in_gap(lost: &Lost<'_, '_>) -> bool {
    let context = lost.context();
    let kind = context.module.functions[lost.tracker.function].kind;
    let lambda = kind == FunctionKind::Lambda;
    // A method that begins something says itself that it failed.
    if lost.leak.field && kind == FunctionKind::Method {
        return true;
    }
    let Some(raise) = lost.raised().filter(|_| !lost.leak.field && !lambda) else { return false };
    // Checked exceptions: calls that the tables name, and those that get the thing, are declared to fail.
    if lost.is_java() {
        return true;
    }
    let call = match context.module.kind(raise.at) {
        ExprKind::Await(inner) => *inner,
        _ => raise.at,
    };
    let Some(site) = context.site_of(call) else { return true };
    let name = name_of(context, site, lost.tracker.callee(call));
    site.catches > 0
        || !lost.acquisition.is_receiver_of(context, call)
        || (words::reaches_out(&name) && !words::is_file_method(&name))
}
