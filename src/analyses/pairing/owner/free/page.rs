//! Elements that a page has all the time, to which code adds a function of one call each time it runs:
//! `function confirm(done) { $('#dialog .ok').click(() => done()); … }`.

use rustc_hash::FxHashSet;

use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::pairing::owner::{Case, Life};
use crate::analyses::runs::Runs;
use crate::catalogue::Part;
use crate::catalogue::words::owners as words;
use crate::lang::Family;
use crate::model::{Expr, ExprId, ExprKind, FunctionId, Literal, QualifiedName, VariableId, VariableKind};

/// Whether each run adds a function that works on what this run has to an element that was there before and stays.
#[must_use]
pub fn adds_again(case: &Case<'_>, runs: &Runs) -> bool {
    let context = case.context;
    let source = case.acquire.source.as_ref().and_then(|part| context.part(case.site.expr, part));
    let callback = case.acquire.callback.as_ref().and_then(|part| context.part(case.site.expr, part));
    let callback = callback.and_then(|callback| context.module.function_of(callback));
    let (Some(source), Some(callback)) = (source, callback) else { return false };
    context.family() == Family::JavaScript
        && case.life == Life::Unknown
        && case.acquire.kind == "listener"
        && is_fixed(context, source)
        && !makes_markup(context, case.site.function)
        && captured(context, callback, case.site.function).any(|id| match runs {
            Runs::Repeatedly(_) => is_of_run(context, id, case.site.function),
            _ => continues_call(context, id, callback),
        })
}

/// An element by its id, or a part of it: `document.getElementById('ok')`, `$('#dialog .ok')`, `$('#dialog').find('.ok')`.
fn is_fixed(context: &Context<'_>, expr: ExprId) -> bool {
    let ExprKind::Call { callee, arguments, constructs: false, .. } = context.module.kind(context.definition(expr))
    else {
        return false;
    };
    let named = |wanted: fn(&str) -> bool| {
        arguments.first().is_some_and(|first| match context.module.kind(context.module.peel(first.value)) {
            ExprKind::Literal(Literal::String(selector)) => wanted(selector),
            _ => false,
        })
    };
    let by_id = |selector: &str| selector.starts_with('#');
    match context.module.kind(*callee) {
        ExprKind::Global(name) => words::finds_elements(name) && named(by_id),
        ExprKind::Variable(id) => words::finds_elements(&context.module.variables[*id].name) && named(by_id),
        ExprKind::Member { name, .. } if words::finds_by_id(name) => named(|_| true),
        ExprKind::Member { name, object, .. } if words::finds_element(name) => {
            matches!(context.module.kind(*object), ExprKind::Global(_)) && named(by_id)
        }
        ExprKind::Member { name, object, .. } => words::stays_in_element(name) && is_fixed(context, *object),
        _ => false,
    }
}

/// The variables of the functions around that a callback works on, as far as they are of one run.
fn captured<'a>(
    context: &'a Context<'_>,
    callback: FunctionId,
    function: FunctionId,
) -> impl Iterator<Item = VariableId> + 'a {
    let module = context.module;
    module.variables.iter().filter_map(move |(id, variable)| {
        let around = variable.function != module.root && module.encloses(variable.function, function);
        let read = || {
            let mut readers = context.reads(id).iter().filter_map(|read| context.function_of(*read));
            readers.any(|reader| module.encloses(callback, reader))
        };
        (around && read()).then_some(id)
    })
}

/// Whether a variable is what the repeated function itself was given or worked out.
fn is_of_run(context: &Context<'_>, id: VariableId, function: FunctionId) -> bool {
    let variable = &context.module.variables[id];
    let worked_out = |value: &ExprId| {
        let value = context.module.peel(*value);
        !is_fixed(context, value)
            && matches!(
                context.module.kind(value),
                ExprKind::Call { .. } | ExprKind::Member { .. } | ExprKind::Index { .. }
            )
    };
    variable.function == function
        && match variable.kind {
            VariableKind::Parameter(_) => !words::names_event(&variable.name),
            VariableKind::Local => !variable.values.is_empty() && variable.values.iter().all(worked_out),
            _ => false,
        }
}

/// Whether the callback goes on with what a function was called for: it calls a function that came as an argument, or
/// that was made of the arguments.
fn continues_call(context: &Context<'_>, id: VariableId, callback: FunctionId) -> bool {
    let module = context.module;
    let variable = &module.variables[id];
    let function = &module.functions[variable.function];
    let name = function.name.as_deref().unwrap_or_default();
    let given: FxHashSet<VariableId> = function.parameters.iter().copied().collect();
    let of_arguments = |value: &ExprId| {
        module.function_of(*value).is_some_and(|made| {
            given
                .iter()
                .flat_map(|id| context.reads(*id))
                .any(|read| context.function_of(*read).is_some_and(|reader| module.encloses(made, reader)))
        })
    };
    let called = context.reads(id).iter().any(|read| {
        matches!(context.uses(*read), Use::Called(_))
            && context.function_of(*read).is_some_and(|reader| module.encloses(callback, reader))
    });
    called
        && !name.is_empty()
        && !words::sets_up(name)
        && !words::adorns(name)
        && match variable.kind {
            VariableKind::Parameter(_) => true,
            VariableKind::Local | VariableKind::Function(_) => variable.values.iter().any(of_arguments),
            _ => false,
        }
}

/// Whether the code puts markup into the page, of which the element may be a part that is made anew each time.
fn makes_markup(context: &Context<'_>, function: FunctionId) -> bool {
    let module = context.module;
    let mut around = std::iter::successors(Some(function), |function| module.functions[*function].parent);
    let named =
        around.find(|function| module.functions[*function].name.is_some()).filter(|named| *named != module.root);
    let function = named.unwrap_or(function);
    let makes = |site: &CallSite| {
        let name = site.shape.method.as_deref().or_else(|| site.shape.path.as_ref().map(QualifiedName::last));
        let given = context.part(site.expr, &Part::Argument(0));
        let shows = given.is_some_and(|first| matches!(module.kind(first), ExprKind::Literal(Literal::String(_))));
        name.is_some_and(words::makes_markup) && given.is_some() && !(shows && name == Some("modal"))
    };
    let within = |at: FunctionId| module.encloses(function, at);
    let writes = |(id, expr): (ExprId, &Expr)| {
        matches!(&expr.kind, ExprKind::Member { name, .. } if name == "innerHTML")
            && context.function_of(id).is_some_and(within)
    };
    context.sites.iter().filter(|site| within(site.function)).any(makes) || module.exprs.iter().any(writes)
}
