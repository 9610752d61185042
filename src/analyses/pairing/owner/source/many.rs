//! Whether a function runs for one thing after another, by what it is called and what it is given.

use crate::analyses::pairing::owner::Case;
use crate::catalogue::words::growth as growth_words;
use crate::catalogue::words::owners as words;
use crate::lang::{Family, Language};
use crate::model::{FunctionId, VariableId};

/// Whether the function's name says that it is called for one thing after another, and not for the whole program.
#[must_use]
pub fn is_for_one_of_many(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let mut around = std::iter::successors(Some(case.site.function), |function| module.functions[*function].parent);
    around.find(|function| module.functions[*function].name.is_some()).is_some_and(|function| {
        if is_called_in_one_place(case, function) {
            return false;
        }
        let function = &module.functions[function];
        let given = !function.parameters.is_empty();
        let name = function.name.as_deref().unwrap_or_default().trim_start_matches(['_', '$', '#']);
        words::is_for_one_of_many(name) || given && words::is_for_one_of_those_given(name)
    })
}

/// Whether a function of a script that takes nothing stands in one call of its file, which alone knows it:
/// `createMainWindow()`.
fn is_called_in_one_place(case: &Case<'_>, function: FunctionId) -> bool {
    let context = case.context;
    let Some(name) = context.named_by(function) else { return false };
    let calls: Vec<_> = context.calls_of(function).collect();
    let once = matches!(calls.as_slice(), [call] if call.loops == 0);
    context.family() == Family::JavaScript
        && context.module.functions[function].parameters.is_empty()
        && !context.is_exported(name)
        && once
        && context.reads(name).len() == 1
}

/// Whether the function makes a component, or is given a request, connection or session: it runs for each.
#[must_use]
pub fn is_for_each(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let mut around = std::iter::successors(Some(case.site.function), |function| module.functions[*function].parent);
    around.any(|function| {
        let function = &module.functions[function];
        let named = function.name.as_deref().unwrap_or_default();
        let component =
            module.language == Language::Tsx && named.starts_with(|letter: char| letter.is_ascii_uppercase());
        let mut given = function.parameters.iter().map(|parameter| module.variables[*parameter].name.to_lowercase());
        component || given.any(|name| growth_words::is_heavy_name(&name))
    })
}

/// Whether what is registered, or its callback, reads a variable.
#[must_use]
pub fn works_on(case: &Case<'_>, variable: VariableId) -> bool {
    let context = case.context;
    let callback = case.acquire.callback.as_ref().and_then(|part| context.part(case.site.expr, part));
    let callback = callback.and_then(|callback| context.module.function_of(context.definition(callback)));
    let whole = context.span(case.site.expr);
    context.reads(variable).iter().any(|read| {
        let at = context.span(*read);
        let within = |reader| callback.is_some_and(|callback| context.module.encloses(callback, reader));
        whole.start <= at.start && at.end <= whole.end || context.function_of(*read).is_some_and(within)
    })
}

/// Whether each call registers something else: what the function is given, or what works on that.
#[must_use]
pub fn tells_apart(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let mut around = std::iter::successors(Some(case.site.function), |function| module.functions[*function].parent);
    around.any(|function| module.functions[function].parameters.iter().any(|parameter| works_on(case, *parameter)))
}
