//! What pins a class loader: state of the process that refers to classes of one deployment.
//!
//! What a web application starts and does not stop, the owner analysis reports. Here stand the two that no life cycle
//! shows: a thread of the process that is started lazily, and so inherits the context class loader of whoever came
//! first; and an exception that is made once and kept, whose back trace refers to the classes on the stack.

use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::owners;
use crate::analyses::pairing::path::words;
use crate::analyses::story::Story;
use crate::catalogue::{Acquire, Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ClassId, ClassKind, ExprId, ExprKind, FunctionKind, Place, Root};
use crate::project::{Candidate, Facts};

/// Adds the threads and exceptions of a file that pin a class loader.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    if context.family() != Family::Java {
        return;
    }
    for site in &context.sites {
        facts.candidates.extend(inherits(context, site).or_else(|| kept_throwable(context, site)));
    }
}

/// A thread of a singleton, started when it is first needed.
fn inherits(context: &Context<'_>, site: &CallSite) -> Option<Candidate> {
    let module = context.module;
    let acquire = site.acquires.iter().find(|acquire| acquire.kind == "thread")?;
    let function = &module.functions[site.function];
    let class = function.this?;
    let hook = context.module.functions[site.function].kind == FunctionKind::Method && is_hook(context, site);
    let lazy = !hook && matches!(function.kind, FunctionKind::Method | FunctionKind::Lambda);
    let kept = is_kept_by_class(context, site);
    if is_of_pool(context, site) || is_interrupted(context, class) {
        return None;
    }
    if !lazy || !(kept || is_own_singleton(context, class)) || sets_loader(context, site, &acquire.closes) {
        return None;
    }
    let story = Story::new(context, site.expr, site.function, acquire, Analysis::Loader)?;
    let name = module.classes[class].name.clone().unwrap_or_default();
    Some(
        story
            .message(format!(
                "the thread that `{name}` starts for the life of the process inherits the context class loader of its first caller"
            ))
            .confidence(Confidence::Medium, "it is started when first needed, and nothing sets its context class loader")
            .step(
                StepKind::Missed,
                context.source.first_line(function.name_span),
                "no `setContextClassLoader` before the thread starts",
            )
            .end(),
    )
}

/// Whether a pool makes the thread when it needs one, and ends it: `Executors.newCachedThreadPool(Worker::new)`.
fn is_of_pool(context: &Context<'_>, site: &CallSite) -> bool {
    let Some(factory) = context.function_expr(site.function) else { return false };
    let Use::Argument(call, _) = context.uses(factory) else { return false };
    let pool = |acquire: &std::sync::Arc<Acquire>| acquire.kind == "executor";
    let named = |site: &CallSite| site.shape.path.as_ref().is_some_and(|path| words::runs_work(path.last()));
    let anonymous = || context.module.type_of(call).is_some_and(|ty| words::runs_work(ty.name.last()));
    context.site_of(call).is_some_and(|site| site.acquires.iter().any(pool) || named(site) || anonymous())
}

/// Whether the class ends its thread: `worker.interrupt()`.
fn is_interrupted(context: &Context<'_>, class: ClassId) -> bool {
    let own = |value: ExprId| {
        let place = context.place(context.definition(value));
        place.is_some_and(|place| matches!(place.root, Root::Static(root) | Root::This(root) if root == class))
    };
    context.sites_of(class).any(|site| {
        site.shape.method.as_deref() == Some("interrupt") && context.part(site.expr, &Part::Receiver).is_some_and(own)
    })
}

/// Whether the thread only waits for the end of the process.
fn is_hook(context: &Context<'_>, site: &CallSite) -> bool {
    context.sites.iter().any(|other| {
        other.function == site.function && other.acquires.iter().any(|acquire| acquire.kind == "registration")
    })
}

/// Whether the class keeps its one instance in a static field, and nobody else can make another.
fn is_own_singleton(context: &Context<'_>, class: ClassId) -> bool {
    let module = context.module;
    let closed = module.classes[class].kind == ClassKind::Enum
        || module.classes[class]
            .methods
            .iter()
            .any(|method| module.functions[*method].kind == FunctionKind::Constructor)
            && module.classes[class].methods.iter().all(|method| {
                let data = &module.functions[*method];
                data.kind != FunctionKind::Constructor || data.visibility == crate::model::Visibility::Private
            });
    closed && owners::is_singleton(context, class)
}

/// Whether the thread goes into a static field.
fn is_kept_by_class(context: &Context<'_>, site: &CallSite) -> bool {
    let Use::Stored(target) = context.uses(site.expr) else { return false };
    let is_static = |expr: ExprId| context.place(expr).is_some_and(|place| matches!(place.root, Root::Static(_)));
    match context.module.kind(target) {
        ExprKind::Variable(id) => {
            context.reads(*id).iter().any(|read| matches!(context.uses(*read), Use::Stored(outer) if is_static(outer)))
        }
        _ => is_static(target),
    }
}

fn sets_loader(context: &Context<'_>, site: &CallSite, closes: &[String]) -> bool {
    context.sites.iter().any(|other| {
        other.shape.method.as_deref().is_some_and(|method| closes.iter().any(|close| close == method))
            && context.module.functions[other.function].this == context.module.functions[site.function].this
    })
}

/// Whether a singleton keeps it, or the file throws what the class keeps.
fn is_given_away(context: &Context<'_>, field: &Place) -> bool {
    let Root::Static(class) = field.root else { return true };
    let Some(name) = field.field() else { return false };
    context.field_uses(class, name).iter().any(|used| context.uses(*used) == Use::Thrown)
}

/// `static final X FAILURE = new X()`, also inside what a singleton makes for itself.
fn kept_throwable(context: &Context<'_>, site: &CallSite) -> Option<Candidate> {
    let module = context.module;
    if !site.shape.constructs {
        return None;
    }
    let ty = site.shape.path.as_ref()?.clone();
    let named = ["Exception", "Error", "Throwable"].iter().any(|suffix| ty.last().ends_with(suffix));
    if !named || module.local_class(&ty).is_some() {
        return None;
    }
    let function = &module.functions[site.function];
    let class = function.this?;
    let initializes = matches!(function.kind, FunctionKind::StaticInitializer | FunctionKind::FieldInitializer);
    let singleton = function.kind == FunctionKind::FieldInitializer && is_own_singleton(context, class);
    let field = match context.uses(site.expr) {
        Use::Stored(target) => context.place(target),
        Use::Argument(call, _) => match (module.kind(call), context.uses(call)) {
            // Wrapped into a result that is kept: a failed future.
            (ExprKind::Call { constructs: true, .. }, Use::Stored(target)) => context.place(target),
            _ => None,
        },
        _ => None,
    }?;
    let kept = match field.root {
        Root::Static(_) => initializes,
        Root::This(_) => singleton,
        _ => false,
    };
    if !kept {
        return None;
    }
    let acquire = Acquire::plain("throwable", "exception", Part::Result);
    let story = Story::new(context, site.expr, site.function, &acquire, Analysis::Loader)?;
    Some(
        story
            .message(format!(
                "a `{}` is made once and kept: its back trace pins the class loaders on the stack",
                ty.last()
            ))
            .confidence(
                // A constant that is only compared with is rarely made on the stack of another application.
                if (ty.is_unresolved() || ty.module.starts_with("java")) && is_given_away(context, &field) {
                    Confidence::Medium
                } else {
                    Confidence::Low
                },
                "it lives as long as the class, and was made with its stack trace",
            )
            .end(),
    )
}
