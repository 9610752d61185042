//! How often a file runs what files declare: its answer to whether a function or class of another file runs once.

pub mod bound;
pub mod drawn;
mod makings;
mod parts;
pub mod template;

pub use parts::question as question_of_owner;

use super::context::{Context, Use};
use super::runs::{Runs, handed_runs, runs};
use crate::catalogue::words::growth as words;
use crate::lang::Family;
use crate::model::{Exported, ExprId, ExprKind, FunctionId, FunctionKind, Name, QualifiedName, VariableKind};
use crate::project::{Facts, Often, Question, Run};

/// Adds the runs of what the file imports, and of what it gives to others.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    // That the tests run it once says nothing of the program.
    if crate::discover::is_for_tests(std::path::Path::new(&context.source.display_path())) {
        return;
    }
    if context.family() == Family::Java {
        makings::collect(context, facts);
        return;
    }
    let module = context.module;
    for (id, variable) in module.variables.iter() {
        let declares =
            matches!(variable.kind, VariableKind::Function(_) | VariableKind::Class(_) | VariableKind::Local);
        if !(matches!(variable.kind, VariableKind::Import(_)) || declares && context.is_exported(id)) {
            continue;
        }
        facts.runs.extend(context.reads(id).iter().filter_map(|read| run(context, *read)));
    }
    template::collect(context, facts);
    facts.runs.sort();
    facts.runs.dedup();
}

fn run(context: &Context<'_>, read: ExprId) -> Option<Run> {
    let mut whole = read;
    while let Some(parent) = context.parent(whole)
        && matches!(context.module.kind(parent), ExprKind::Member { object, .. } if *object == whole)
    {
        whole = parent;
    }
    let of = context.module.path(whole)?.into();
    // A type that is only named makes nothing.
    if context.parent(whole).is_none() && matches!(context.uses(whole), Use::Dropped) {
        return None;
    }
    if template::is_for_markup(context, read) {
        return None;
    }
    let often = match context.uses(whole) {
        Use::Called(call) => often(context, call),
        Use::Argument(..) if bound::is_bound_once(context, whole) => Often::Bound,
        Use::Argument(..) if handed_runs(context, whole) == Runs::Once => Often::Once,
        _ if whole == read => drawn::often(context, read).unwrap_or(Often::Again),
        _ => Often::Again,
    };
    let (owners, brief) = match context.uses(whole) {
        Use::Called(call) => (parts::owners(context, call), is_brief(context, call)),
        _ => (Vec::new(), false),
    };
    Some(Run { of, often, brief, owners })
}

/// Whether an instance goes with the function that makes it: no name stands for it (`new Builder(source).build()`), or a
/// local that is asked for things and given to nobody.
fn is_brief(context: &Context<'_>, call: ExprId) -> bool {
    let made = context.site_of(call).is_some_and(|site| site.shape.constructs);
    made && match context.uses(call) {
        Use::Stored(target) => is_asked_only(context, target),
        Use::Receiver(outer) => is_question(context, outer) && !matches!(context.uses(outer), Use::Dropped),
        _ => false,
    }
}

/// Whether a method gives an answer and is done.
fn is_question(context: &Context<'_>, call: ExprId) -> bool {
    let method = context.site_of(call).and_then(|site| site.shape.method.as_deref());
    method.is_some_and(|method| !words::runs_the_program(method))
}

/// Whether a local of a function is worked with there alone, and does not run the program.
fn is_asked_only(context: &Context<'_>, target: ExprId) -> bool {
    let module = context.module;
    let ExprKind::Variable(id) = module.kind(target) else { return false };
    let variable = &module.variables[*id];
    let name = module.functions[variable.function].name.as_deref().unwrap_or_default();
    let asked = |read: &ExprId| {
        context.function_of(*read) == Some(variable.function)
            && match context.uses(*read) {
                Use::Read(_) => true,
                Use::Receiver(call) => is_question(context, call),
                _ => false,
            }
    };
    variable.kind == VariableKind::Local
        && !variable.rewritten
        && variable.function != module.root
        && !words::runs_the_program(name)
        && !context.reads(*id).is_empty()
        && context.reads(*id).iter().all(asked)
}

fn often(context: &Context<'_>, call: ExprId) -> Often {
    if context.site_of(call).is_none_or(|site| site.loops > 0) {
        return Often::Again;
    }
    let Some(function) = context.function_of(call) else { return Often::Again };
    match runs(context, function) {
        Runs::Once => Often::Once,
        Runs::Repeatedly(_) => Often::Again,
        Runs::Unknown => match given(context, function) {
            Some(name) => Often::With(name),
            None if is_hook(context, call) => drawn::with_component(context, function),
            None => Often::Again,
        },
    }
}

/// Whether a call is one of a hook, which keeps what it has for each instance of the component: `useSize()`.
fn is_hook(context: &Context<'_>, call: ExprId) -> bool {
    let path = context.site_of(call).and_then(|site| site.shape.path.as_ref());
    let called = match context.module.kind(call) {
        ExprKind::Call { callee, .. } => context.text(*callee),
        _ => String::new(),
    };
    let named = |name: &str| name.strip_prefix("use").is_some_and(|rest| rest.starts_with(char::is_uppercase));
    context.family() == Family::JavaScript && (named(&called) || path.is_some_and(|path| named(path.last())))
}

/// The question whether a function of which the file alone does not say how often it runs does so once.
#[must_use]
pub fn question(context: &Context<'_>, function: FunctionId) -> Option<Question> {
    if runs(context, function) != Runs::Unknown {
        return None;
    }
    let given = if context.family() == Family::Java { makings::given } else { given };
    given(context, function).map(|name| Question::RunsOnce { function: QualifiedName::here(name).into() })
}

/// The name under which other files know the function, or the class that it makes an instance of.
fn given(context: &Context<'_>, function: FunctionId) -> Option<Name> {
    let module = context.module;
    let data = &module.functions[function];
    if matches!(data.kind, FunctionKind::Constructor | FunctionKind::FieldInitializer) {
        return data.this.map(|class| module.class_name(class).name).filter(|name| !name.is_empty());
    }
    if data.parent != Some(module.root) || data.this.is_some() {
        return None;
    }
    if let Some(id) = context.named_by(function).filter(|id| context.is_exported(*id)) {
        return Some(module.variables[id].name.clone());
    }
    module.exports.iter().find_map(|export| match export.what {
        Exported::Value(value) => (module.function_of(value) == Some(function)).then(|| export.name.clone()),
        Exported::Variable(id) => {
            let variable = &module.variables[id];
            variable
                .values
                .iter()
                .any(|value| module.function_of(*value) == Some(function))
                .then(|| variable.name.clone())
        }
        _ => None,
    })
}
