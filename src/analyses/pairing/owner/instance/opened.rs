//! What is registered when a service is made, while its `stop` undoes its `start`: it may be started again.

use crate::analyses::owners::{self, Lifecycle};
use crate::analyses::pairing::owner::{Case, Life};
use crate::catalogue::words::growth::{initializes, starts_owner};
use crate::finding::Confidence;
use crate::lang::Family;
use crate::model::{ClassId, FunctionId, FunctionKind};
use crate::project::Candidate;

/// Lowers the confidence where a listener of a service is registered once, when it is made or made ready, and the one
/// end that is known undoes what starts it.
pub fn temper(case: &Case<'_>, class: ClassId, cycle: &Lifecycle, candidate: &mut Candidate) {
    let context = case.context;
    let module = context.module;
    if context.family() != Family::Java || case.acquire.kind != "listener" || case.life != Life::Process {
        return;
    }
    let name = |function: FunctionId| module.functions[function].name.as_deref().unwrap_or_default();
    let methods = &module.classes[class].methods;
    let starts: Vec<FunctionId> = methods.iter().copied().filter(|method| undone_by_stop(name(*method))).collect();
    let stops = cycle.teardowns.iter().all(|end| name(*end).to_ascii_lowercase().ends_with("stop"));
    let home = module.outermost(case.site.function);
    let made = module.functions[home].kind == FunctionKind::Constructor || initializes(name(home));
    if !starts.is_empty() && stops && made && !owners::reach(context, &starts).contains(&home) {
        candidate.finding.confidence = Confidence::Low;
        "it is registered when the service is made, and `stop` undoes `start`"
            .clone_into(&mut candidate.finding.reason);
    }
}

/// `start`, `doStart`: methods that a `stop` undoes.
fn undone_by_stop(name: &str) -> bool {
    starts_owner(name) && name.to_ascii_lowercase().ends_with("start")
}
