//! Threads that nothing can end: their function loops for ever, and no teardown takes away what it waits for.

pub mod spinning;
pub mod tasks;

use rustc_hash::FxHashSet;

use super::releases::is_handled;
use crate::analyses::callers;
use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::owners;
use crate::analyses::runs::{Runs, runs};
use crate::analyses::story::Story;
use crate::catalogue::{Acquire, Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{
    BlockId, ClassId, EdgeKind, ExprId, ExprKind, FunctionId, FunctionKind, Literal, Place, Root, Step, Terminator,
    Visibility,
};
use crate::project::{Candidate, Facts};

/// Adds the threads of the file that never end.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    for site in &context.sites {
        facts.candidates.extend(judge(context, site));
    }
}

fn judge(context: &Context<'_>, site: &CallSite) -> Option<Candidate> {
    let body = body(context, site)?;
    if !is_endless(context, body) || runs(context, site.function) == Runs::Once {
        return None;
    }
    let module = context.module;
    let class = module.functions[site.function].this;
    if class.is_some_and(|class| owners::is_singleton(context, class)) || is_interrupted(context, site.function) {
        return None;
    }
    let (confidence, reason) = confidence(context, site, class, body)?;
    let acquire = Acquire::plain("executor", "thread", Part::Result);
    let story = Story::new(context, site.expr, site.function, &acquire, Analysis::Pairing)?;
    let story = callers::question(context, site.function).into_iter().fold(story, Story::unless);
    let name = module.functions[body].name.clone().unwrap_or_else(|| "its function".into());
    Some(
        story
            .message(format!("the thread never ends: `{name}` loops without a way out, and nothing stops it"))
            .confidence(confidence, reason)
            .step(
                StepKind::Missed,
                context.source.first_line(module.functions[body].name_span),
                format!("`{name}` has no sentinel, flag or time-out that ends its loop"),
            )
            .end(),
    )
}

/// The function that a new thread runs.
#[must_use]
pub fn body(context: &Context<'_>, site: &CallSite) -> Option<FunctionId> {
    let module = context.module;
    if !site.shape.constructs {
        return None;
    }
    if let Some(acquire) = site.acquires.iter().find(|acquire| acquire.kind == "thread") {
        let target = context.part(site.expr, acquire.callback.as_ref()?)?;
        if let Some(function) = module.function_of(target) {
            return Some(function);
        }
        let class = match module.kind(context.definition(target)) {
            ExprKind::This(class) => *class,
            ExprKind::Call { constructs: true, .. } => {
                let made = context.site_of(context.definition(target))?;
                made.shape.path.as_ref().and_then(|path| module.local_class(path))
            }
            _ => None,
        }?;
        return module.class_function(class, "run");
    }
    let class = site.shape.path.as_ref().and_then(|path| module.local_class(path))?;
    let bases = context.catalogue.in_scope(&context.scope).flat_map(|library| &library.acquire);
    let threads: Vec<String> = bases
        .filter(|acquire| acquire.kind == "thread")
        .flat_map(|acquire| acquire.call.iter().map(|call| call.name.clone()))
        .collect();
    owners::has_base(module, class, &threads, 8).then(|| module.class_function(class, "run")).flatten()
}

/// Whether the normal end cannot be reached, and something loops.
fn is_endless(context: &Context<'_>, function: FunctionId) -> bool {
    let cfg = &context.module.functions[function].cfg;
    let mut seen: FxHashSet<BlockId> = FxHashSet::default();
    let mut queue = vec![cfg.entry];
    let mut loops = false;
    while let Some(block) = queue.pop() {
        if !seen.insert(block) {
            continue;
        }
        if block == cfg.exit {
            return false;
        }
        loops |= cfg.blocks[block].loops > 0;
        let never = never_false(context, &cfg.blocks[block].terminator);
        queue.extend(
            cfg.edges(block)
                .into_iter()
                .filter(|edge| edge.to != cfg.raise && !(never && edge.kind == EdgeKind::False))
                .map(|edge| edge.to),
        );
    }
    loops
}

/// `while (true)`
fn never_false(context: &Context<'_>, terminator: &Terminator) -> bool {
    let Terminator::Branch { condition, .. } = terminator else { return false };
    match context.module.kind(*condition) {
        ExprKind::Literal(Literal::Bool(true)) => true,
        ExprKind::Literal(Literal::Number(number)) => number != "0",
        _ => false,
    }
}

/// Whether the class interrupts a thread.
fn is_interrupted(context: &Context<'_>, function: FunctionId) -> bool {
    let class = context.module.functions[function].this;
    context.sites.iter().any(|site| {
        matches!(site.shape.method.as_deref(), Some("interrupt" | "cancel" | "terminate" | "kill"))
            && context.module.functions[site.function].this == class
    })
}

/// How likely it is that there are many of them.
fn confidence(
    context: &Context<'_>,
    site: &CallSite,
    class: Option<ClassId>,
    body: FunctionId,
) -> Option<(Confidence, String)> {
    if let Runs::Repeatedly(per) = runs(context, site.function) {
        return Some((Confidence::Medium, format!("one is started {per}")));
    }
    let low = Some((Confidence::Low, "how often it is started is not known".to_owned()));
    let Some(class) = class else { return low };
    let cycle = owners::lifecycle(context, class);
    if !cycle.teardowns.is_empty() {
        let reached = owners::reach(context, &cycle.teardowns);
        if ends_what_it_waits_for(context, class, body, &reached) {
            return None;
        }
        return Some((Confidence::Medium, "its owner ends, and the thread holds it and goes on".to_owned()));
    }
    let module = context.module;
    let started =
        matches!(module.functions[site.function].kind, FunctionKind::Constructor | FunctionKind::FieldInitializer);
    let given = module.classes[class].methods.iter().any(|method| {
        let data = &module.functions[*method];
        data.kind == FunctionKind::Constructor && !data.parameters.is_empty() && data.visibility != Visibility::Private
    });
    if started && given {
        let confidence = if is_daemon(context, site) { Confidence::Low } else { Confidence::Medium };
        return Some((confidence, "each instance starts one, and the class has no teardown".to_owned()));
    }
    low
}

/// Whether a thread of Python is told to end with the process: its author means it to run as long.
fn is_daemon(context: &Context<'_>, site: &CallSite) -> bool {
    let module = context.module;
    let yes = |value: ExprId| matches!(module.kind(value), ExprKind::Literal(Literal::Bool(true)));
    let told = || {
        let Use::Stored(target) = context.uses(site.expr) else { return false };
        let Some(thread) = context.place(target) else { return false };
        let blocks = module.functions[site.function].cfg.blocks.iter();
        blocks.flat_map(|(_, block)| &block.steps).any(|step| {
            let Step::Eval(expr) = step else { return false };
            let ExprKind::Assign { target, value, .. } = module.kind(*expr) else { return false };
            matches!(module.kind(*target), ExprKind::Member { object, name, .. }
                if name == "daemon" && yes(*value) && context.place(*object).as_ref() == Some(&thread))
        })
    };
    let given = |call: ExprId| context.part(call, &Part::Keyword("daemon".to_owned())).is_some_and(yes);
    // `super().__init__(daemon=True)`
    let made = site.shape.path.as_ref().and_then(|path| module.local_class(path));
    let by_class = || {
        let constructor = made.and_then(|class| module.constructor(class));
        constructor.is_some_and(|constructor| context.sites_in(constructor).any(|site| given(site.expr)))
    };
    context.family() == Family::Python && (given(site.expr) || told() || by_class())
}

/// Whether a teardown ends something that the loop uses: a socket that it accepts from.
pub(super) fn ends_what_it_waits_for(
    context: &Context<'_>,
    class: ClassId,
    body: FunctionId,
    reached: &FxHashSet<FunctionId>,
) -> bool {
    let looping = owners::reach(context, &[body]);
    context.fields_named(class).any(|field| {
        let uses = context.field_uses(class, field);
        let runs =
            |expr: &ExprId, set: &FxHashSet<FunctionId>| context.function_of(*expr).is_some_and(|at| set.contains(&at));
        let place = Place { root: Root::This(class), path: crate::model::Name::from(format!(".{field}")) };
        uses.iter().any(|named| runs(named, &looping)) && is_handled(context, reached, &place, &[])
    })
}
