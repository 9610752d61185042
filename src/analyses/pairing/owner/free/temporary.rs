//! Objects that are made at each call, asked for one thing and forgotten, and that have registered themselves meanwhile.

use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::pairing::owner::source::{Life, life};
use crate::analyses::runs::{Runs, runs};
use crate::analyses::story::Story;
use crate::catalogue::words::owners as words;
use crate::catalogue::{Acquire, Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, FunctionKind, Name, VariableKind};
use crate::project::{Candidate, Facts, Question};

/// The kinds by which an object is kept by what it registers on.
const KINDS: [&str; 3] = ["listener", "subscription", "observer"];

/// Adds the objects that nobody keeps and that listen all the same.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    if context.family() == Family::JavaScript {
        facts.candidates.extend(context.sites.iter().filter_map(|site| judge(context, site)));
    }
}

/// The methods of a class, and its constructor, that register on something which is not the object's own.
#[must_use]
pub fn attaching(context: &Context<'_>, class: ClassId) -> Vec<Name> {
    let module = context.module;
    let methods = module.classes[class].methods.iter();
    let mut names: Vec<Name> = methods
        .filter(|method| {
            let mut sites = context.sites_in(**method);
            sites.any(|site| site.acquires.iter().any(|acquire| stays(context, site, acquire)))
        })
        .filter_map(|method| match module.functions[*method].kind {
            FunctionKind::Constructor => Some(Name::new_static("constructor")),
            _ => module.functions[*method].name.clone(),
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

fn stays(context: &Context<'_>, site: &CallSite, acquire: &Acquire) -> bool {
    let source = acquire.source.as_ref().and_then(|part| context.part(site.expr, part));
    KINDS.contains(&acquire.kind.as_str())
        && !acquire.once
        && !acquire.unless.iter().any(|wanted| context.holds(site.expr, wanted))
        && source.is_some_and(|source| life(context, source, site.function) != Life::Own)
}

fn judge(context: &Context<'_>, site: &CallSite) -> Option<Candidate> {
    let class = site.shape.path.clone().filter(|_| site.shape.constructs && site.acquires.is_empty())?;
    let Use::Receiver(call) = context.uses(site.expr) else { return None };
    if class.module.is_empty() || context.is_of_known_library(&class) {
        return None;
    }
    // What the method gives may be the object itself: `new Query().where(x)`.
    let method = context.site_of(call)?.shape.method.clone()?;
    if !matches!(context.uses(call), Use::Returned | Use::Dropped) || words::gives_itself(&method) {
        return None;
    }
    let again = match runs(context, site.function) {
        Runs::Once => return None,
        Runs::Repeatedly(per) => format!("runs {per}"),
        Runs::Unknown if is_given_away(context, site) => "runs at every call of whoever was given it".to_owned(),
        Runs::Unknown => return None,
    };
    if !lends_what_lasts(context, site) {
        return None;
    }
    let acquire = Acquire::plain("subscription", "object that listens", Part::Result);
    let name = class.last().to_owned();
    let holder = &context.module.functions[site.function];
    let story = Story::new(context, site.expr, site.function, &acquire, Analysis::Pairing)?
        .message(format!(
            "each call makes a `{name}` that registers itself in `{method}`, and nobody can take it off again"
        ))
        .confidence(Confidence::Medium, "nothing keeps the object, so that nobody can dispose of it")
        .step(StepKind::Runs, context.source.first_line(holder.name_span), again)
        .step(StepKind::Missed, context.span(call), "no name stands for the object after this");
    let methods = vec![Name::new_static("constructor"), method];
    Some(story.only_if(Question::Attaches { class: class.into(), methods }).end())
}

/// A function of another function that is handed to somebody.
fn is_given_away(context: &Context<'_>, site: &CallSite) -> bool {
    let nested = context.module.functions[site.function].parent.is_some_and(|outer| outer != context.module.root);
    let value = context.function_expr(site.function);
    nested && value.is_some_and(|value| matches!(context.uses(value), Use::Argument(..) | Use::Element(_)))
}

/// Whether the object is given something that was there before the call.
fn lends_what_lasts(context: &Context<'_>, site: &CallSite) -> bool {
    let ExprKind::Call { arguments, .. } = context.module.kind(site.expr) else { return false };
    arguments.iter().any(|argument| lasts(context, site, argument.value, 3))
}

fn lasts(context: &Context<'_>, site: &CallSite, value: ExprId, depth: u8) -> bool {
    let (module, Some(depth)) = (context.module, depth.checked_sub(1)) else { return false };
    match module.kind(module.peel(value)) {
        ExprKind::Variable(id) => {
            let variable = &module.variables[*id];
            let outer = variable.function != site.function;
            outer && matches!(variable.kind, VariableKind::Local | VariableKind::Parameter(_))
        }
        ExprKind::Member { object, .. } => {
            matches!(module.kind(*object), ExprKind::This(_)) || lasts(context, site, *object, depth)
        }
        ExprKind::Object(properties) => properties.iter().any(|property| lasts(context, site, property.value, depth)),
        _ => false,
    }
}
