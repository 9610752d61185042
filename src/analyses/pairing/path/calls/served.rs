//! What an object was given for one piece of work, which ends it on the way without an accident alone: `run()` of a
//! connection's thread that closes its socket in the last line of its `try`.

use std::sync::Arc;

use crate::analyses::context::CallSite;
use crate::analyses::owners::reach;
use crate::analyses::pairing::path::acquire::Acquisition;
use crate::analyses::pairing::path::state::State;
use crate::analyses::pairing::path::track::{Identity, Tracker};
use crate::analyses::pairing::path::walk::{self, Start};
use crate::analyses::pairing::path::{Level, Paths, report, words};
use crate::catalogue::{Acquire, Part};
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, Field, FunctionId, FunctionKind, Name, Root, VariableKind};
use crate::project::{Candidate, Facts};
use crate::source::Span;

/// Adds what the work of an object leaves open when it fails.
pub fn collect(paths: &Paths<'_>, facts: &mut Facts) {
    let context = paths.context;
    if context.family() != Family::Java {
        return;
    }
    for (id, class) in context.module.classes.iter() {
        let alone = class.bases.iter().any(|base| words::runs_alone(base.name.last()));
        let work = class.methods.iter().copied().find(|method| {
            let function = &context.module.functions[*method];
            function.parameters.is_empty() && matches!(function.name.as_deref(), Some("run" | "call"))
        });
        let Some(work) = work.filter(|_| alone) else { continue };
        facts.candidates.extend(class.fields.iter().filter_map(|field| {
            let table = context.catalogue.resource_type(&field.ty.as_ref()?.name, context.module, &context.scope)?;
            let at = given(paths, field).filter(|_| table.kind == "resource" && !table.memory && !field.is_static)?;
            let acquire = Arc::new(Acquire { handle: Some(Part::Receiver), ..table.acquisition() });
            lost(paths, id, work, &acquire, (&field.name, at))
        }));
    }
}

/// Where a field takes what a constructor is given; the field itself where others fill it.
fn given(paths: &Paths<'_>, field: &Field) -> Option<Span> {
    let context = paths.context;
    let module = context.module;
    let parameter = |value: ExprId| {
        let constructs =
            context.function_of(value).is_some_and(|at| module.functions[at].kind == FunctionKind::Constructor);
        constructs
            && matches!(module.kind(module.peel(value)), ExprKind::Variable(id)
                if matches!(module.variables[*id].kind, VariableKind::Parameter(_)))
    };
    match field.values.as_slice() {
        [] => Some(field.span),
        [value] => parameter(*value).then(|| context.span(*value)),
        _ => None,
    }
}

/// The finding, where the work closes it by its name and an exception passes that by.
fn lost(
    paths: &Paths<'_>,
    class: ClassId,
    work: FunctionId,
    acquire: &Arc<Acquire>,
    (field, given): (&Name, Span),
) -> Option<Candidate> {
    let context = paths.context;
    let held = |site: &CallSite| {
        let place = context.part(site.expr, &Part::Receiver).and_then(|object| context.place(object))?;
        (place.root == Root::This(class) && place.only_field() == Some(field.as_str())).then_some(place)
    };
    let closes = |site: &CallSite| {
        let method = site.shape.method.as_ref();
        method.is_some_and(|method| acquire.closes.iter().any(|close| close == method)) && held(site).is_some()
    };
    let site = context.sites_in(work).find(|site| closes(site) && !site.cleanup)?;
    let releases = |other: &CallSite| closes(other) || may_end(paths, other);
    let guards = paths.guards(work);
    let mut tracker = Tracker::new(context, &paths.summaries, &guards, acquire, work, Identity::Key(&releases));
    tracker.raised_only = true;
    tracker.held = held(site);
    let block = context.module.functions[work].cfg.entry;
    let ways = walk::walk(&tracker, Start { block, step: 0, state: State::new([], guards.at(block)) });
    let likely = ways.leak.as_ref().is_some_and(|leak| leak.level == Some(Level::Likely) && leak.raised.is_some());
    let acquisition = Acquisition::named(site, acquire, work);
    let mut found = report::candidate(&tracker, &acquisition, &ways).filter(|_| likely)?;
    found.finding.span = given;
    if let Some(first) = found.finding.steps.first_mut() {
        first.span = given;
        first.message = format!("`{field}` is given for this work, and the work ends it");
    }
    Some(found)
}

/// Whether a call may end what the object has: it closes something, or gets the object.
fn may_end(paths: &Paths<'_>, site: &CallSite) -> bool {
    let context = paths.context;
    let ends = |site: &CallSite| site.shape.method.as_deref().is_some_and(words::ends_something);
    let within = |callee: FunctionId| {
        let reached = reach(context, &[callee]);
        context.sites.iter().any(|inner| reached.contains(&inner.function) && ends(inner))
    };
    let given = match context.module.kind(site.expr) {
        ExprKind::Call { arguments, .. } => {
            arguments.iter().any(|argument| matches!(context.module.kind(argument.value), ExprKind::This(_)))
        }
        _ => false,
    };
    ends(site) || given || site.callee.is_some_and(within)
}
