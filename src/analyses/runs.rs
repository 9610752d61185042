//! How often does this code run? Acquiring once in the life of a process is no leak.

mod guarded;

use super::context::{CallSite, Context, Use};
use super::owners::has_base;
use crate::catalogue::words::owners as words;
use crate::catalogue::{self, glob};
use crate::lang::Family;
use crate::model::{ClassKind, Exported, ExprId, ExprKind, FunctionId, FunctionKind, Literal, Terminator};

/// How many callers and enclosing functions are asked.
const DEPTH: u8 = 6;

/// How often a function runs in the life of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runs {
    /// Once, or a handful of times that the program text fixes.
    Once,
    /// Nothing says.
    Unknown,
    /// Again and again, with the words for the story: "per request".
    Repeatedly(String),
}

/// How often a function runs, by where it stands, who calls it, and what it is given to.
#[must_use]
pub fn runs(context: &Context<'_>, function: FunctionId) -> Runs {
    by_path(context).unwrap_or_else(|| runs_within(context, function, DEPTH))
}

/// What the tables say of all the code of a file: one that shows how something is used runs once.
#[must_use]
pub fn by_path(context: &Context<'_>) -> Option<Runs> {
    let path = context.source.display_path();
    let meets = |wanted: &String| glob(wanted, &path) || glob(&format!("*/{wanted}"), &path);
    let scopes = context.catalogue.in_scope(&context.scope).flat_map(|library| &library.scope);
    let classes = &context.module.classes;
    let declares = |bases: &[String]| classes.iter().any(|(class, _)| has_base(context.module, class, bases, DEPTH));
    let applies = |scope: &&catalogue::PathScope| {
        (scope.paths.iter().any(meets) || !scope.bases.is_empty() && declares(&scope.bases))
            && (!scope.programs || is_program(context))
    };
    scopes.filter(applies).last().map(|scope| match scope.runs {
        catalogue::Runs::Once => Runs::Once,
        catalogue::Runs::Now => Runs::Unknown,
        catalogue::Runs::Repeatedly => Runs::Repeatedly("as leaklint.toml says".to_owned()),
    })
}

/// `if __name__ == "__main__":` in a file.
fn is_program(context: &Context<'_>) -> bool {
    let module = context.module;
    let named = |expr: ExprId| matches!(module.kind(expr), ExprKind::Global(name) if name == "__name__");
    module.functions[module.root].cfg.blocks.iter().any(|(_, block)| match &block.terminator {
        Terminator::Branch { condition, .. } => {
            matches!(module.kind(module.peel(*condition)), ExprKind::Binary { left, right, .. } if named(*left) || named(*right))
        }
        _ => false,
    })
}

/// What a `class` statement runs: `__init_subclass__`, `__set_name__`, the constructors of metaclasses.
fn runs_for_a_class(context: &Context<'_>, function: FunctionId) -> bool {
    let module = context.module;
    let data = &module.functions[function];
    let name = data.name.as_deref().unwrap_or_default();
    match name {
        "__init_subclass__" | "__set_name__" => true,
        "__init__" | "__new__" => {
            let bases = data.parameters.iter().any(|id| module.variables[*id].name == "bases");
            bases && data.parameters.len() >= 3
                || data
                    .this
                    .is_some_and(|class| module.classes[class].bases.iter().any(|base| base.name.last() == "type"))
        }
        _ => false,
    }
}

fn runs_within(context: &Context<'_>, function: FunctionId, depth: u8) -> Runs {
    let Some(depth) = depth.checked_sub(1) else { return Runs::Unknown };
    if let Some(known) = context.budget.runs(function, depth) {
        return known;
    }
    let runs = work_out(context, function, depth);
    context.budget.remember_runs(function, depth, &runs);
    runs
}

fn work_out(context: &Context<'_>, function: FunctionId, depth: u8) -> Runs {
    let module = context.module;
    let data = &module.functions[function];
    match data.kind {
        FunctionKind::Module | FunctionKind::StaticInitializer => return Runs::Once,
        FunctionKind::Component => return Runs::Repeatedly("per component instance".to_owned()),
        _ => {}
    }
    if is_named_once(context, function) || context.family() == Family::Python && runs_for_a_class(context, function) {
        return Runs::Once;
    }
    if guarded::asks_whether_it_ran(context, function) {
        return Runs::Once;
    }
    if context.family() == Family::JavaScript && (puts_together(context, function) || is_memoised(context, function)) {
        return Runs::Once;
    }
    if let Some(runs) = decorated_runs(context, function) {
        return runs;
    }
    if let Some(value) = function_value(context, function) {
        return value_runs(context, value, depth);
    }
    if let Some(class) = data.this
        && module.classes[class].methods.contains(&function)
    {
        return method_runs(context, function, class, depth);
    }
    callers_run(context, function, depth)
}

/// `@app.route("/upload")`: a function runs as often as what its decorator gives it to calls it.
fn decorated_runs(context: &Context<'_>, function: FunctionId) -> Option<Runs> {
    let annotations = &context.module.functions[function].annotations;
    annotations.iter().filter_map(|annotation| annotation.value).find_map(|value| {
        let table = context.site_of(context.module.peel(value))?.callbacks.first()?;
        let repeats = table.runs == catalogue::Runs::Repeatedly && !table.per.is_empty();
        repeats.then(|| Runs::Repeatedly(table.per.clone()))
    })
}

/// What the catalogue says of functions by name or annotation.
fn is_named_once(context: &Context<'_>, function: FunctionId) -> bool {
    let data = &context.module.functions[function];
    context.catalogue.in_scope(&context.scope).flat_map(|library| &library.once).any(|once| {
        let method =
            data.this.is_some_and(|class| context.module.classes[class].methods.contains(&function)) && !data.is_static;
        let named = data
            .name
            .as_ref()
            .is_some_and(|name| once.name.iter().any(|wanted| glob(wanted, name) && !(method && wanted.contains('*'))));
        // Commands of a command line are functions; what a framework calls so on an object runs at its call.
        let called = method && context.family() == Family::Python;
        named
            || once.calls.iter().any(|wanted| makes_call(context, function, wanted))
            || !called
                && data
                    .annotations
                    .iter()
                    .any(|annotation| once.annotations.iter().any(|name| last(name) == last(&annotation.name)))
    })
}

/// Whether a function makes a call, as a statement of its own.
fn makes_call(context: &Context<'_>, function: FunctionId, wanted: &str) -> bool {
    context.sites_in(function).any(|site| {
        matches!(context.module.kind(site.expr), ExprKind::Call { callee, .. } if glob(wanted, &context.text(*callee)))
            && context.uses(site.expr) == Use::Dropped
    })
}

/// The expression that makes a function without a name of its own.
#[must_use]
pub fn function_value(context: &Context<'_>, function: FunctionId) -> Option<ExprId> {
    context.function_expr(function)
}

/// How often a function runs that is handed on here.
#[must_use]
pub fn handed_runs(context: &Context<'_>, value: ExprId) -> Runs {
    value_runs(context, value, DEPTH)
}

fn value_runs(context: &Context<'_>, value: ExprId, depth: u8) -> Runs {
    let module = context.module;
    let around = |expr| context.function_of(expr).map_or(Runs::Unknown, |outer| runs_within(context, outer, depth));
    match context.uses(value) {
        // `(() => { … })()`
        Use::Called(call) => around(call),
        Use::Argument(call, _) => {
            let site = context.site_of(call);
            if let Some(table) = site.and_then(|site| site.callbacks.first()) {
                return match table.runs {
                    catalogue::Runs::Once => Runs::Once,
                    catalogue::Runs::Now => around(call),
                    catalogue::Runs::Repeatedly if table.per.is_empty() => Runs::Repeatedly("per event".to_owned()),
                    catalogue::Runs::Repeatedly => Runs::Repeatedly(table.per.clone()),
                };
            }
            if announces_start(context, call) {
                return Runs::Once;
            }
            if happens_again(context, call) {
                return Runs::Repeatedly("per event".to_owned());
            }
            // What runs a moment later runs as often as the code that says so.
            let late = |kind: &str| matches!(kind, "timer" | "listener");
            let later = site.is_some_and(|site| site.acquires.iter().any(|known| late(&known.kind) && known.once));
            if later || begins(context, call) {
                return around(call);
            }
            if site.is_some_and(|site| site.hooks.iter().any(|hook| hook.setup.is_some())) {
                return Runs::Repeatedly("per mount".to_owned());
            }
            Runs::Unknown
        }
        Use::Stored(target) => match module.kind(target) {
            ExprKind::Variable(id) => named_runs(context, *id, depth),
            _ => Runs::Unknown,
        },
        Use::Element(_) if is_property_once(context, value) => Runs::Once,
        Use::Opaque if context.is_in_markup(value) => Runs::Repeatedly("per event".to_owned()),
        _ => Runs::Unknown,
    }
}

/// `addEventListener('DOMContentLoaded', …)`, `$(document).ready(…)`, `app.whenReady().then(…)`.
fn announces_start(context: &Context<'_>, call: ExprId) -> bool {
    let ExprKind::Call { callee, arguments, .. } = context.module.kind(call) else { return false };
    let event = arguments.first().map(|argument| context.module.kind(argument.value));
    let starts = matches!(
        event,
        Some(ExprKind::Literal(Literal::String(name))) if matches!(name.as_str(), "DOMContentLoaded" | "load" | "ready" | "deviceready")
    );
    starts || matches!(context.module.kind(*callee), ExprKind::Member { name, .. } if name == "ready")
}

/// Whether a call listens to what people do again and again: `addEventListener('click', …)`, `$('#save').click(…)`.
fn happens_again(context: &Context<'_>, call: ExprId) -> bool {
    let ExprKind::Call { arguments, .. } = context.module.kind(call) else { return false };
    let Some(first) = arguments.first().map(|first| first.value) else { return false };
    let event = match context.module.kind(first) {
        ExprKind::Literal(Literal::String(event)) => Some(event.as_str()),
        _ => context.site_of(call).and_then(|site| site.shape.method.as_deref()),
    };
    let once = |known: &crate::catalogue::Acquire| {
        known.once || known.unless.iter().any(|settled| context.holds(call, settled))
    };
    event.is_some_and(words::happens_again)
        && context.site_of(call).is_some_and(|site| {
            site.acquires.iter().any(|known| known.kind == "listener") && !site.acquires.iter().any(|known| once(known))
        })
}

/// A script that begins with a connection: `client.connect(() => { … })` in a file that gives nothing to others.
fn begins(context: &Context<'_>, call: ExprId) -> bool {
    let method = context.site_of(call).and_then(|site| site.shape.method.as_deref());
    context.family() == Family::JavaScript
        && context.module.exports.is_empty()
        && method.is_some_and(words::starts_the_program)
}

/// What adds its functions to an object it is given, as a part of that object's module: `module.exports = (Posts) => {
/// Posts.edit = … }`. It runs where the parts are put together.
fn puts_together(context: &Context<'_>, function: FunctionId) -> bool {
    let module = context.module;
    let Some(first) = module.functions[function].parameters.first() else { return false };
    let given = module.exports.iter().any(|export| match export.what {
        Exported::Value(value) => module.function_of(value) == Some(function),
        Exported::Variable(id) => context.named_by(function) == Some(id),
        _ => false,
    });
    given
        && context.reads(*first).iter().any(|read| {
            let Some(member) = context.parent(*read) else { return false };
            // `song.onended = () => …` only listens.
            matches!(module.kind(member), ExprKind::Member { name, .. } if !name.starts_with("on"))
                && context.is_target(member)
                && context.function_of(*read) == Some(function)
                && context.parent(member).is_some_and(|assign| match module.kind(assign) {
                    ExprKind::Assign { value, .. } => matches!(module.kind(module.peel(*value)), ExprKind::Function(_)),
                    _ => false,
                })
        })
}

/// What gives back what it made before: `if (made) return made; made = …`.
fn is_memoised(context: &Context<'_>, function: FunctionId) -> bool {
    let module = context.module;
    let cfg = &module.functions[function].cfg;
    let Terminator::Branch { condition, .. } = &cfg.blocks[cfg.entry].terminator else { return false };
    let mut tested = vec![*condition];
    let mut at = 0;
    while let Some(expr) = tested.get(at).copied() {
        tested.extend(module.kind(expr).parts());
        at += 1;
    }
    tested.into_iter().any(|expr| {
        let ExprKind::Variable(id) = module.kind(expr) else { return false };
        let variable = &module.variables[*id];
        let returned = context
            .reads(*id)
            .iter()
            .any(|read| context.uses(*read) == Use::Returned && context.function_of(*read) == Some(function));
        variable.function == module.root
            && returned
            && variable.values.iter().any(|value| context.function_of(*value) == Some(function))
    })
}

fn method_runs(context: &Context<'_>, function: FunctionId, class: crate::model::ClassId, depth: u8) -> Runs {
    let module = context.module;
    let data = &module.functions[function];
    let name = data.name.as_deref().unwrap_or_default();
    let framework = context.catalogue.owners(&context.scope).find(|owner| {
        owner.repeats.iter().any(|method| method == name)
            && super::owners::is_of(context, class, owner)
            && !(owner.bases.is_empty()
                && owner.annotations.is_empty()
                && owner.objects.is_empty()
                && owner.members.is_empty()
                && owner.calls.is_empty())
    });
    if let Some(owner) = framework {
        return Runs::Repeatedly(format!("per call of `{name}` of the {}", owner.what));
    }
    let once = super::owners::is_singleton(context, class)
        && matches!(data.kind, FunctionKind::Constructor | FunctionKind::FieldInitializer);
    if once || (module.classes[class].kind == ClassKind::Enum && data.kind == FunctionKind::Constructor) {
        return Runs::Once;
    }
    match data.kind {
        FunctionKind::Constructor | FunctionKind::FieldInitializer => Runs::Unknown,
        _ if data.visibility == crate::model::Visibility::Private || data.is_static => {
            callers_run(context, function, depth)
        }
        _ => Runs::Unknown,
    }
}

fn named_runs(context: &Context<'_>, variable: crate::model::VariableId, depth: u8) -> Runs {
    let function = context.module.variables[variable].function;
    if context.is_exported(variable) {
        return Runs::Unknown;
    }
    join(context, context.reads(variable), depth).unwrap_or(match runs_within(context, function, depth) {
        Runs::Repeatedly(per) => Runs::Repeatedly(per),
        _ => Runs::Unknown,
    })
}

/// A function with a name runs as often as those who call it.
fn callers_run(context: &Context<'_>, function: FunctionId, depth: u8) -> Runs {
    let module = context.module;
    let data = &module.functions[function];
    if data.this.is_some_and(|class| module.classes[class].methods.contains(&function)) {
        let calls: Vec<ExprId> =
            context.calls_of(function).filter(|site| site.shape.method == data.name).map(|site| site.expr).collect();
        return join_calls(context, &calls, depth).unwrap_or(Runs::Unknown);
    }
    let variable = context.named_by(function);
    let Some(variable) = variable else { return Runs::Unknown };
    if context.is_exported(variable) && context.family() != Family::Python {
        return Runs::Unknown;
    }
    if context.family() == Family::Python {
        // Everything at the top level of a Python module can be imported; only a private name tells.
        let private = module.variables[variable].name.starts_with('_') || data.parent != Some(module.root);
        if !private {
            return Runs::Unknown;
        }
    }
    // What it calls itself again is part of the run.
    let reads: Vec<ExprId> = context
        .reads(variable)
        .iter()
        .copied()
        .filter(|read| !context.function_of(*read).is_some_and(|at| module.encloses(function, at)))
        .collect();
    join(context, &reads, depth).unwrap_or(Runs::Unknown)
}

/// Whether a function is the property of an object under a name that runs once: `{ activate: activateTree }`.
fn is_property_once(context: &Context<'_>, value: ExprId) -> bool {
    let Use::Element(object) = context.uses(value) else { return false };
    let ExprKind::Object(properties) = context.module.kind(object) else { return false };
    let key = properties.iter().find(|property| context.module.peel(property.value) == value);
    let Some(crate::model::PropertyKey::Name(key)) = key.map(|property| &property.key) else { return false };
    let once = context.catalogue.in_scope(&context.scope).flat_map(|library| &library.once);
    once.flat_map(|once| &once.name).any(|wanted| wanted == key)
}

/// Once when all uses are calls that run once; repeatedly when any does.
fn join(context: &Context<'_>, reads: &[ExprId], depth: u8) -> Option<Runs> {
    let mut calls = Vec::new();
    for read in reads {
        match context.uses(*read) {
            Use::Called(call) => calls.push(call),
            Use::Argument(..) => match value_runs(context, *read, depth) {
                Runs::Once => {}
                other => return Some(other),
            },
            Use::Element(_) if is_property_once(context, *read) => {}
            Use::Opaque => return Some(value_runs(context, *read, depth)),
            _ => return Some(Runs::Unknown),
        }
    }
    if calls.is_empty() && !reads.is_empty() {
        return Some(Runs::Once);
    }
    join_calls(context, &calls, depth)
}

fn join_calls(context: &Context<'_>, calls: &[ExprId], depth: u8) -> Option<Runs> {
    let mut all_once = !calls.is_empty();
    for call in calls {
        let looped = |site: &CallSite| site.loops > 0 && !super::loops::goes_over_literal(context, site);
        if context.site_of(*call).is_some_and(looped) {
            return Some(Runs::Repeatedly("in a loop".to_owned()));
        }
        match context.function_of(*call).map_or(Runs::Unknown, |outer| runs_within(context, outer, depth)) {
            Runs::Repeatedly(per) => return Some(Runs::Repeatedly(per)),
            Runs::Unknown => all_once = false,
            Runs::Once => {}
        }
    }
    if calls.is_empty() { None } else { Some(if all_once { Runs::Once } else { Runs::Unknown }) }
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
