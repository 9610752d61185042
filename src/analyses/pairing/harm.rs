//! What shows that state left with a thread does harm.

use crate::analyses::context::{CallSite, Context};
use crate::analyses::owners;
use crate::analyses::runs::{Runs, runs};
use crate::catalogue::words::growth::is_heavy_name;
use crate::model::ExprKind;

/// What shows that a value of one piece of work is seen by the next: a thread alone has one value, and sets it anew.
#[must_use]
pub fn harm(context: &Context<'_>, site: &CallSite) -> Option<String> {
    if let Runs::Repeatedly(per) = runs(context, site.function) {
        return Some(format!("it is set {per}"));
    }
    let ExprKind::Call { arguments, .. } = context.module.kind(site.expr) else { return None };
    if arguments.iter().any(|argument| context.mentions_name(argument.value, is_heavy_name)) {
        return Some("it is of one request or message".to_owned());
    }
    let thread = |kind: &String| kind == "thread-local";
    let removes = |other: &CallSite| other.releases.iter().any(|release| release.kind.iter().any(thread));
    context
        .sites_in(site.function)
        .any(|other| other.cleanup && removes(other))
        .then(|| "another one is removed in the end".to_owned())
}

/// Whether the framework runs the function before each request, and another hook after it.
#[must_use]
pub fn is_before_hook(context: &Context<'_>, site: &CallSite) -> bool {
    let function = &context.module.functions[site.function];
    let Some((class, name)) = function.this.zip(function.name.as_ref()) else { return false };
    let mut owners = context.catalogue.owners(&context.scope).filter(|owner| owners::is_of(context, class, owner));
    owners.any(|owner| owner.frames.iter().any(|[before, _]| before == name))
}
