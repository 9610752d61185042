//! Calls of Python that look at, or prepare, what was just opened.

use crate::analyses::context::{CallSite, Context};
use crate::analyses::pairing::path::track::{Identity, Tracker};
use crate::analyses::pairing::path::words;
use crate::catalogue::Part;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, Literal};

/// Whether a call is about the very file that has just been opened, by its handle or by its path: `os.chmod(path, 0o600)`.
#[must_use]
pub fn is_of_just_opened(tracker: &Tracker<'_>, call: ExprId, given: bool) -> bool {
    let context = tracker.context;
    let first = |call: ExprId| context.part(call, &Part::Argument(0));
    let same_path = |opened: &CallSite| {
        first(call).zip(first(opened.expr)).is_some_and(|(one, other)| context.same_place(one, other))
    };
    context.family() == Family::Python
        && (given || matches!(tracker.identity, Identity::Handle(opened) if same_path(opened)))
}

/// Whether what a call opens is made of something that is open already: a descriptor, or the file of an archive.
#[must_use]
pub fn is_over_open(context: &Context<'_>, call: ExprId) -> bool {
    let module = context.module;
    let ExprKind::Call { arguments, .. } = module.kind(call) else { return false };
    let number = |value: ExprId| match module.kind(module.peel(value)) {
        ExprKind::Literal(Literal::Number(_)) => true,
        ExprKind::Variable(id) => module.variables[*id].values.iter().any(|value| {
            let made = context.site_of(module.peel(*value));
            made.is_some_and(|made| made.acquires.iter().any(|acquire| words::is_descriptor(&acquire.what)))
        }),
        _ => false,
    };
    context.family() == Family::Python
        && context.site_of(call).is_some_and(|site| site.sinks.iter().any(|sink| sink.argument == Part::Argument(0)))
        && arguments.first().is_some_and(|first| number(first.value))
        || arguments.iter().any(|given| given.name.as_deref() == Some("fileobj"))
}
