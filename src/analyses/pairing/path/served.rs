//! What an object was given for one piece of work, which ends it on the way without an accident alone: `run()` of a
//! connection's thread that closes its socket in the last line of its `try`.

use std::sync::Arc;

use super::acquire::Acquisition;
use super::state::State;
use super::track::{Identity, Tracker};
use super::walk::{self, Start};
use super::{Level, Paths, report, words};
use crate::analyses::context::CallSite;
use crate::analyses::owners::reach;
use crate::catalogue::{Acquire, Part};
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, FunctionId, FunctionKind, Place, Root, VariableKind};
use crate::project::{Candidate, Facts};

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
            let given = given(paths, id, &field.name).filter(|_| table.kind == "resource" && !table.memory)?;
            let acquire = Arc::new(Acquire { handle: Some(Part::Receiver), ..table.acquisition() });
            lost(paths, work, &acquire, given)
        }));
    }
}

/// The parameter of a constructor that a field takes.
fn given(paths: &Paths<'_>, class: ClassId, field: &str) -> Option<ExprId> {
    let module = paths.context.module;
    let values = &module.field(class, field)?.values;
    let parameter = |value: &ExprId| {
        let constructs = paths
            .context
            .function_of(*value)
            .is_some_and(|function| module.functions[function].kind == FunctionKind::Constructor);
        constructs
            && matches!(module.kind(module.peel(*value)), ExprKind::Variable(id)
                if matches!(module.variables[*id].kind, VariableKind::Parameter(_)))
    };
    values.iter().copied().find(parameter).filter(|_| values.len() == 1)
}

/// The finding, where the work closes it by its name and an exception passes that by.
fn lost(paths: &Paths<'_>, work: FunctionId, acquire: &Arc<Acquire>, given: ExprId) -> Option<Candidate> {
    let context = paths.context;
    let field = context.parent(given).and_then(|assign| match context.module.kind(assign) {
        ExprKind::Assign { target, .. } => context.place(*target),
        _ => None,
    })?;
    let closes = |site: &CallSite| {
        let method = site.shape.method.as_ref();
        method.is_some_and(|method| acquire.closes.contains(&method.to_string()))
            && context.part(site.expr, &Part::Receiver).and_then(|object| context.place(object)).as_ref()
                == Some(&field)
    };
    let site = context.sites_in(work).find(|site| closes(site) && !site.cleanup)?;
    let releases = |other: &CallSite| closes(other) || may_end(paths, other);
    let guards = paths.guards(work);
    let mut tracker = Tracker::new(context, &paths.summaries, &guards, acquire, work, Identity::Key(&releases));
    tracker.raised_only = true;
    tracker.held = Some(field.clone()).filter(|place: &Place| matches!(place.root, Root::This(_)));
    let block = context.module.functions[work].cfg.entry;
    let ways = walk::walk(&tracker, Start { block, step: 0, state: State::new([], guards.at(block)) });
    let likely = ways.leak.as_ref().is_some_and(|leak| leak.level == Some(Level::Likely) && leak.raised.is_some());
    let acquisition = Acquisition::named(site, acquire, work);
    let mut found = report::candidate(&tracker, &acquisition, &ways).filter(|_| likely)?;
    found.finding.span = context.span(given);
    if let Some(first) = found.finding.steps.first_mut() {
        first.span = context.span(given);
        first.message = format!("`{}` is given for this work, and the work ends it", context.text(given));
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
