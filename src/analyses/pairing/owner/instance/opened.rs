//! What is registered when an object is made, while its `stop` undoes its `start`: it may be started again.

use crate::analyses::owners::{self, Lifecycle};
use crate::analyses::pairing::owner::{Case, Life};
use crate::catalogue::words::growth::{initializes, starts_owner};
use crate::catalogue::words::owners::SHOWN;
use crate::finding::Confidence;
use crate::lang::Family;
use crate::model::{ClassId, FunctionId, FunctionKind};
use crate::project::Candidate;

/// Lowers the confidence where a listener is registered once, when its owner is made or made ready, and the one end
/// that is known undoes what starts or shows the owner.
pub fn temper(case: &Case<'_>, class: ClassId, cycle: &Lifecycle, candidate: &mut Candidate) {
    if case.acquire.kind != "listener" {
        return;
    }
    match case.context.family() {
        Family::Java if case.life == Life::Process => temper_service(case, class, cycle, candidate),
        Family::JavaScript if case.life != Life::Process => temper_shown(case, class, cycle, candidate),
        _ => {}
    }
}

/// A sidebar that `open` shows and `close` hides, as often as somebody wants.
fn temper_shown(case: &Case<'_>, class: ClassId, cycle: &Lifecycle, candidate: &mut Candidate) {
    let module = case.context.module;
    let methods = &module.classes[class].methods;
    let name = |function: &FunctionId| module.functions[*function].name.as_deref().unwrap_or_default();
    let shows = |end: &str| -> Vec<FunctionId> {
        let pairs =
            |method: &FunctionId| SHOWN.iter().any(|(opens, closes)| name(method) == *opens && closes.contains(&end));
        methods.iter().copied().filter(pairs).collect()
    };
    let openers: Vec<Vec<FunctionId>> = cycle.teardowns.iter().map(|end| shows(name(end))).collect();
    if openers.is_empty() || openers.iter().any(Vec::is_empty) {
        return;
    }
    let openers = openers.concat();
    let makers: Vec<FunctionId> =
        methods.iter().copied().filter(|method| module.functions[*method].kind == FunctionKind::Constructor).collect();
    let home = module.outermost(case.site.function);
    if owners::reach(case.context, &makers).contains(&home) && !owners::reach(case.context, &openers).contains(&home) {
        candidate.finding.confidence = Confidence::Low;
        "it is registered when the object is made, which is shown and hidden again and again"
            .clone_into(&mut candidate.finding.reason);
    }
}

fn temper_service(case: &Case<'_>, class: ClassId, cycle: &Lifecycle, candidate: &mut Candidate) {
    let context = case.context;
    let module = context.module;
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
