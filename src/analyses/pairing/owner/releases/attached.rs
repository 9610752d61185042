//! Functions that go in pairs, `attach` and `detach`: what the one adds to what it is given, the other takes off.

use super::How;
use crate::analyses::owners;
use crate::analyses::pairing::owner::Case;
use crate::analyses::pairing::owner::free::partner;
use crate::analyses::story::{Story, what};
use crate::catalogue::Analysis;
use crate::catalogue::words::owners as words;
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ExprId, FunctionId, Name, Root, VariableKind};
use crate::project::Candidate;

/// The verdict on a listener that a function adds to its parameter, and that the function which ends it leaves there.
#[must_use]
pub fn judge(case: &Case<'_>) -> Option<Candidate> {
    let context = case.context;
    let module = context.module;
    if context.family() != Family::JavaScript
        || case.acquire.kind != "listener"
        || case.acquire.once
        || case.is_terminal()
    {
        return None;
    }
    let source = case.acquire.source.as_ref().and_then(|part| context.part(case.site.expr, part))?;
    let parameter = given(case, source, case.site.function)?;
    let end = counterpart(case).filter(|end| !partner::ends_source(case, *end))?;
    let reached = owners::reach(context, &[end]);
    if reached.contains(&case.site.function) || case.releases.iter().any(|found| !matches!(found.how, How::Differs(_)))
    {
        return None;
    }
    let taken_off = context.sites.iter().filter(|site| reached.contains(&site.function)).find(|site| {
        site.releases.iter().filter(|release| release.kind.contains(&case.acquire.kind)).any(|release| {
            release
                .key
                .iter()
                .filter_map(|part| context.part(site.expr, part))
                .any(|part| given(case, part, site.function) == Some(parameter.clone()))
        })
    })?;
    let name = module.functions[end].name.clone().unwrap_or_default();
    let thing = what(case.acquire);
    Some(
        Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?
            .message(format!("`{name}` leaves the {thing} on `{parameter}`"))
            .confidence(Confidence::Medium, format!("`{name}` takes another one off the same object"))
            .step(StepKind::Released, context.span(taken_off.expr), "another one is removed here")
            .step(StepKind::Missed, module.functions[end].name_span, format!("`{name}` leaves this one"))
            .end(),
    )
}

/// Whether a function runs where a method of the same object takes apart what another one has put together:
/// `detachFromEditor` beside `attachToEditor`, `onMediaDetaching` beside `onMediaAttached`.
#[must_use]
pub fn is_taken_apart(case: &Case<'_>, function: FunctionId) -> bool {
    let context = case.context;
    let module = context.module;
    let Some(class) = module.functions[function].this.filter(|_| context.family() == Family::JavaScript) else {
        return false;
    };
    let says = |method: FunctionId, verb: &str| {
        let name = module.functions[method].name.as_deref().unwrap_or_default();
        let lower = name.to_lowercase();
        lower.find(verb).is_some_and(|at| lower.len() > verb.len() && !lower[..at].ends_with("un"))
    };
    let methods = &module.classes[class].methods;
    words::COUNTERPART.iter().filter(|(begins, _)| *begins != "init").any(|(begins, ends)| {
        methods.iter().any(|method| says(*method, begins))
            && methods
                .iter()
                .filter(|method| ends.iter().any(|end| says(**method, end)))
                .any(|method| owners::reach(context, &[*method]).contains(&function))
    })
}

/// The name of the parameter that an expression is, of the function itself.
fn given(case: &Case<'_>, expr: ExprId, function: FunctionId) -> Option<Name> {
    let place = case.context.place(expr).filter(|place| place.path.is_empty())?;
    let Root::Variable(id) = place.root else { return None };
    let variable = &case.context.module.variables[id];
    (matches!(variable.kind, VariableKind::Parameter(_)) && variable.function == function)
        .then(|| variable.name.clone())
}

/// The function beside the acquiring one that ends what it begins.
fn counterpart(case: &Case<'_>) -> Option<FunctionId> {
    let module = case.context.module;
    let own = &module.functions[case.site.function];
    let name = own.name.as_deref()?;
    let bare = name.trim_start_matches('_');
    let wanted = words::COUNTERPART.iter().flat_map(|(begins, ends)| {
        let rest = bare.strip_prefix(begins);
        ends.iter().filter_map(move |end| rest.map(|rest| format!("{}{end}{rest}", &name[..name.len() - bare.len()])))
    });
    let wanted: Vec<String> = wanted.collect();
    module
        .functions
        .iter()
        .find(|(_, other)| {
            other.parent == own.parent
                && other.this == own.this
                && other.name.as_deref().is_some_and(|name| wanted.iter().any(|wanted| wanted == name))
        })
        .map(|(id, _)| id)
}
