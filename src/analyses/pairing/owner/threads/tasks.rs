//! Tasks that end by themselves: only one that goes round for ever needs somebody who cancels it.

use rustc_hash::FxHashSet;

use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::owners::{self, Lifecycle};
use crate::analyses::pairing::owner::fields::overwrite;
use crate::analyses::pairing::owner::holding::Holding;
use crate::analyses::pairing::owner::releases::is_handled;
use crate::analyses::pairing::owner::{Case, threads};
use crate::catalogue::Part;
use crate::catalogue::words::paths as words;
use crate::finding::Confidence;
use crate::lang::Family;
use crate::model::{
    BlockId, Cfg, ClassId, EdgeKind, ExprId, ExprKind, FunctionId, Root, Step, Terminator, VariableKind,
};
use crate::project::Candidate;

/// Whether a task is awaited where it is started, by itself or by the variable that has it.
#[must_use]
pub fn is_awaited(context: &Context<'_>, site: &CallSite, holding: &Holding) -> bool {
    let module = context.module;
    let awaited = |expr: ExprId| {
        let mut at = expr;
        while let Some(parent) = context.parent(at) {
            match module.kind(parent) {
                ExprKind::Await(_) => return true,
                ExprKind::Cast { .. } => at = parent,
                _ => return false,
            }
        }
        false
    };
    awaited(site.expr)
        || holding.places.iter().any(|place| match place.root {
            Root::Variable(id) => context.reads(id).iter().any(|read| awaited(*read)),
            _ => false,
        })
}

/// Whether the coroutine of a task is known, and nothing in it goes round for ever.
#[must_use]
pub fn is_finite(case: &Case<'_>) -> bool {
    if !is_task(case) {
        return false;
    }
    match body(case.context, case.site) {
        Some(body) => {
            let functions = owners::reach(case.context, &[body]);
            let started = started(case.context, body);
            !functions
                .iter()
                .filter(|function| !started.contains(*function))
                .any(|function| goes_round(&case.context.module.functions[*function].cfg))
        }
        None => is_closing(case),
    }
}

/// `await group.spawn(self.run())`: what a coroutine gives to others runs in a task of theirs.
fn started(context: &Context<'_>, body: FunctionId) -> FxHashSet<FunctionId> {
    let module = context.module;
    let given = context.sites_in(body).filter_map(|site| {
        let callee = site.callee.filter(|callee| module.functions[*callee].is_async)?;
        let Use::Argument(outer, _) = context.uses(site.expr) else { return None };
        let method = matches!(module.kind(outer), ExprKind::Call { callee, .. } if matches!(module.kind(*callee), ExprKind::Member { .. }));
        method.then_some(callee)
    });
    owners::reach(context, &given.collect::<Vec<_>>())
}

/// `run_coroutine_threadsafe(self.aclose(), loop)`
fn is_closing(case: &Case<'_>) -> bool {
    let context = case.context;
    let made =
        context.part(case.site.expr, &Part::Argument(0)).and_then(|made| context.site_of(context.definition(made)));
    made.and_then(|made| made.shape.method.as_deref()).is_some_and(words::closes)
}

/// Whether a teardown ends what the coroutine of a task waits for.
#[must_use]
pub fn ends(case: &Case<'_>, class: ClassId, cycle: &Lifecycle) -> bool {
    let context = case.context;
    let Some(body) = body(context, case.site).filter(|_| is_task(case)) else { return false };
    let reached: FxHashSet<FunctionId> = owners::reach(context, &cycle.teardowns);
    if cancels_all(context, &reached) || is_given_what_ends(context, case.site, &reached) {
        return true;
    }
    // One that nobody has may be collected before that; a group that it enters has what runs in it.
    if case.holding.is_dropped() {
        return enters_what_ends(context, &owners::reach(context, &[body]), &reached);
    }
    threads::ends_what_it_waits_for(context, class, body, &reached)
}

/// `for task in asyncio.all_tasks(): task.cancel()`
fn cancels_all(context: &Context<'_>, reached: &FxHashSet<FunctionId>) -> bool {
    let calls = |name: &str| {
        let named = |site: &CallSite| site.shape.path.as_ref().is_some_and(|path| path.last() == name);
        let method = |site: &CallSite| site.shape.method.as_deref() == Some(name);
        context.sites.iter().any(|site| reached.contains(&site.function) && (named(site) || method(site)))
    };
    calls("all_tasks") && calls("cancel")
}

/// `create_task(self.pump(self.socket))`, where a teardown closes `self.socket`.
fn is_given_what_ends(context: &Context<'_>, site: &CallSite, reached: &FxHashSet<FunctionId>) -> bool {
    let made = context.part(site.expr, &Part::Argument(0)).map(|made| context.module.kind(context.definition(made)));
    let Some(ExprKind::Call { arguments, .. }) = made else { return false };
    let places = arguments.iter().filter_map(|argument| context.place(argument.value));
    places.filter(|place| place.only_field().is_some()).any(|place| is_handled(context, reached, &place, &[]))
}

/// Whether something but the elements of a collection keeps a loop going.
fn goes_round(cfg: &Cfg) -> bool {
    let takes = |block: &BlockId| {
        let step = cfg.blocks[*block].steps.first();
        matches!(step, Some(Step::Element { asynchronous: false, .. }))
    };
    let ways = |block: BlockId| {
        let walks = matches!(&cfg.blocks[block].terminator, Terminator::Choice(ways) if ways.iter().any(takes));
        let edges = if walks { Vec::new() } else { cfg.edges(block) };
        edges.into_iter().filter(|edge| edge.kind != EdgeKind::Exception).map(|edge| edge.to)
    };
    let looped = cfg.blocks.iter().filter(|(_, block)| block.loops > 0);
    looped.map(|(id, _)| id).any(|start| {
        let mut seen: FxHashSet<BlockId> = FxHashSet::default();
        let mut queue: Vec<BlockId> = ways(start).collect();
        while let Some(block) = queue.pop() {
            if block == start {
                return true;
            }
            if cfg.blocks[block].loops > 0 && seen.insert(block) {
                queue.extend(ways(block));
            }
        }
        false
    })
}

/// `async with self.group:`, where a teardown cancels the group.
fn enters_what_ends(context: &Context<'_>, looping: &FxHashSet<FunctionId>, reached: &FxHashSet<FunctionId>) -> bool {
    let functions = looping.iter().map(|function| &context.module.functions[*function]);
    functions.flat_map(|function| function.cfg.blocks.iter()).flat_map(|(_, block)| &block.steps).any(|step| {
        let Step::Enter { value, .. } = step else { return false };
        context.place(*value).is_some_and(|place| is_handled(context, reached, &place, &[]))
    })
}

/// Lowers the confidence where the coroutine is not known, so that its loops are not either.
pub fn temper(case: &Case<'_>, candidate: &mut Candidate) {
    if is_task(case) && body(case.context, case.site).is_none() {
        candidate.finding.confidence = Confidence::Low;
        "what it runs is not known, and may come to its end".clone_into(&mut candidate.finding.reason);
    }
}

/// `ensure_future(server.reload())`: nothing of the call goes into what it runs.
#[must_use]
pub fn is_given_nothing(case: &Case<'_>) -> bool {
    let context = case.context;
    let made =
        context.part(case.site.expr, &Part::Argument(0)).map(|made| context.module.kind(context.definition(made)));
    matches!(made, Some(ExprKind::Call { arguments, .. }) if arguments.is_empty())
}

/// Whether the class has it and no instance: it lives as long as the process.
#[must_use]
pub fn is_of_the_class(case: &Case<'_>) -> bool {
    let mut fields = case.holding.fields().peekable();
    let shared = match case.context.family() {
        Family::Python => true,
        // An instance that needs it and finds none makes it for all.
        Family::Java => {
            overwrite::is_guarded(case.context, case.site.function, case.context.span(case.site.expr).start)
        }
        Family::JavaScript => false,
    };
    shared && fields.peek().is_some() && fields.all(|place| matches!(place.root, Root::Static(_)))
}

/// `loop.create_task(coro)` of what the function was given: its callers know what it runs.
#[must_use]
pub fn is_given(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let given = case.context.part(case.site.expr, &Part::Argument(0)).map(|expr| module.kind(module.peel(expr)));
    is_task(case)
        && matches!(given, Some(ExprKind::Variable(id)) if matches!(module.variables[*id].kind, VariableKind::Parameter(_)))
}

fn is_task(case: &Case<'_>) -> bool {
    case.acquire.kind == "task" && case.context.family() == Family::Python
}

/// The coroutine that a task runs: `create_task(self.listen())`.
fn body(context: &Context<'_>, site: &CallSite) -> Option<FunctionId> {
    let made = context.definition(context.part(site.expr, &Part::Argument(0))?);
    let ExprKind::Call { callee, .. } = context.module.kind(made) else { return None };
    context.module.local_function(*callee)
}
