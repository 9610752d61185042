//! What speaks for an acquisition that no owner answers for: what it is added to, and what the function is there for.

use crate::analyses::context::{CallSite, Context};
use crate::analyses::owners;
use crate::analyses::pairing::owner::holding::settled;
use crate::analyses::pairing::owner::source::many::works_on;
use crate::analyses::pairing::owner::{Case, Life};
use crate::catalogue::Part;
use crate::catalogue::words::owners as words;
use crate::lang::Family;
use crate::model::{Export, Exported, ExprId, ExprKind, Literal, Place, Root, VariableKind};

/// Whether a function of a Python module does it, for no object.
pub fn is_of_program(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let mut around = std::iter::successors(Some(case.site.function), |function| module.functions[*function].parent);
    case.context.family() == Family::Python && around.all(|function| module.functions[function].this.is_none())
}

/// Whether the function goes on after the last word about a timer that only it knows; what is begun at its very end is
/// begun for the rest of the program.
pub fn is_followed(case: &Case<'_>) -> bool {
    let context = case.context;
    let variables = case.holding.places.iter().filter_map(|place| match place.root {
        Root::Variable(id) => Some(id),
        _ => None,
    });
    let ExprKind::Call { arguments, .. } = context.module.kind(case.site.expr) else { return false };
    // `PeriodicCallback(job.check)`: one for each job that is given.
    let given = |value: ExprId| match context.place(value).map(|place| place.root) {
        Some(Root::Variable(id)) => matches!(context.module.variables[id].kind, VariableKind::Parameter(_)),
        _ => false,
    };
    if arguments.first().is_some_and(|callback| given(callback.value)) {
        return true;
    }
    let uses = variables.flat_map(|id| context.reads(id)).map(|read| context.span(*read).end);
    let last = uses.max().unwrap_or(context.span(case.site.expr).end);
    context.sites_in(case.site.function).any(|site| context.span(site.expr).start > last)
}

/// Whether only variables of the function had the handle: `timer = Timer(5, self.tick); timer.start()`.
pub fn is_local(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let local = |place: &Place| match place.root {
        Root::Variable(id) => {
            let variable = &module.variables[id];
            variable.kind == VariableKind::Local && variable.function != module.root
        }
        _ => false,
    };
    !case.holding.handed_on && case.holding.collections.is_empty() && case.holding.places.iter().all(local)
}

/// Whether each round of the loop has a source of its own.
pub fn is_of_the_loop(case: &Case<'_>) -> bool {
    let source = case.acquire.source.as_ref().and_then(|part| case.context.part(case.site.expr, part));
    match source.and_then(|source| case.context.place(source)).map(|place| place.root) {
        Some(Root::Variable(id)) => {
            let variable = &case.context.module.variables[id];
            variable.kind == VariableKind::Local && variable.function != case.context.module.root
        }
        _ => false,
    }
}

/// Whether the callback is the function's own parameter: a wrapper, of which the callers decide.
pub fn passes_on(case: &Case<'_>) -> bool {
    let context = case.context;
    let callback = case.acquire.callback.as_ref().and_then(|part| context.part(case.site.expr, part));
    let given = |value: ExprId| match context.module.kind(context.module.peel(value)) {
        ExprKind::Variable(id) => matches!(context.module.variables[*id].kind, VariableKind::Parameter(_)),
        _ => false,
    };
    // `register(call_safely, func)` hands a function on as well.
    let ExprKind::Call { arguments, .. } = context.module.kind(case.site.expr) else { return false };
    let first = || {
        let rest = context.family() == Family::Python && case.life == Life::Process && case.acquire.source.is_none();
        arguments.get(1).is_some_and(|argument| rest && given(argument.value))
    };
    callback.is_some_and(given) || first()
}

/// Whether an entry of an object, which others call, passes on what it is given:
/// `{ onChange(handler) { bus.on('change', (_, value) => handler(value)) } }`
pub fn offers(case: &Case<'_>) -> bool {
    let context = case.context;
    let module = context.module;
    let is_entry = context
        .function_expr(case.site.function)
        .and_then(|value| context.parent(value))
        .is_some_and(|outer| matches!(module.kind(outer), ExprKind::Object(_)));
    let callback = case.acquire.callback.as_ref().and_then(|part| context.part(case.site.expr, part));
    let given = |value: ExprId| {
        matches!(module.kind(value), ExprKind::Variable(id)
            if matches!(module.variables[*id].kind, VariableKind::Parameter(_))
                && module.variables[*id].function == case.site.function)
    };
    let calls = |site: &CallSite| {
        let ExprKind::Call { callee, .. } = module.kind(site.expr) else { return false };
        match module.kind(*callee) {
            ExprKind::Member { object, name, .. } => matches!(name.as_str(), "call" | "apply") && given(*object),
            _ => given(*callee),
        }
    };
    let hands_on = || callback.and_then(|callback| module.function_of(callback));
    is_entry && (passes_on(case) || hands_on().is_some_and(|inner| context.sites_in(inner).any(calls)))
}

/// Whether the function puts two things together that it is given: a source, and what its callback works on.
pub fn joins(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let function = &module.functions[case.site.function];
    let source = case.acquire.source.as_ref().and_then(|part| case.context.part(case.site.expr, part));
    let root = source.and_then(|source| case.context.place(source)).map(|place| place.root);
    // What gives back what it was given makes it ready: `extenders.persist = (target, key) => target`.
    let gives_back = crate::analyses::owners::returned_values(case.context, case.site.function)
        .into_iter()
        .any(|value| root.is_some() && case.context.place(value).map(|place| place.root) == root);
    case.life == Life::Parameter
        && !gives_back
        && function.parameters.len() == 2
        && function.parameters.iter().any(|parameter| root == Some(Root::Variable(*parameter)))
        && function
            .parameters
            .iter()
            .any(|parameter| root != Some(Root::Variable(*parameter)) && works_on(case, *parameter))
}

/// Whether the function is all that a module gives, without a name of its own: a plug-in, which is put once into what is
/// made for it (`export default function (client, network) { client.on('join', …) }`).
pub fn is_plug_in(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let function = case.site.function;
    let given =
        |export: &Export| matches!(export.what, Exported::Value(value) if module.function_of(value) == Some(function));
    module.functions[function].name.as_deref().is_none_or(|name| name == "default") && module.exports.iter().any(given)
}

/// Whether the function's name says that it prepares the process.
pub fn sets_up(case: &Case<'_>) -> bool {
    let name = case.context.module.functions[case.site.function].name.as_deref().unwrap_or_default();
    words::sets_up(name)
}

/// Whether what keeps it is commonly an element, which goes with its listeners: by the table, or by its event.
pub fn is_of_element(case: &Case<'_>) -> bool {
    case.acquire.element || is_event_of_element(case.context, case.site)
}

/// Whether the source is an element: this listener, or another one on it, is for an event that only elements send.
#[must_use]
pub fn is_on_element(case: &Case<'_>) -> bool {
    let context = case.context;
    let Some(part) = case.acquire.source.as_ref() else { return false };
    let source = context.part(case.site.expr, part).map(|source| context.text(source));
    let alike = context.sites.iter().filter(|site| site.shape.method == case.site.shape.method);
    alike
        .filter(|site| is_event_of_element(context, site))
        .any(|site| context.part(site.expr, part).map(|source| context.text(source)) == source)
}

/// Whether what keeps it is a part of a page by its name, which goes with its listeners: `menuView.on('open', f)`.
pub fn is_of_view(case: &Case<'_>) -> bool {
    let text = case.source_text();
    let mut letters = text.chars();
    let name = letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>());
    name.is_some_and(|name| words::is_view_base(&name))
}

/// Whether a container of dependencies calls the function, once for each program: `Menu.$inject = ['bus']`.
pub fn is_injected(case: &Case<'_>) -> bool {
    let context = case.context;
    let Some(name) = context.named_by(case.site.function) else { return false };
    context.family() == Family::JavaScript
        && context.reads(name).iter().any(|read| {
            let member = context.parent(*read);
            member.is_some_and(|member| {
                matches!(context.module.kind(member), ExprKind::Member { name, .. } if name == "$inject")
                    && context.is_target(member)
            })
        })
}

/// Whether what keeps it is one for the whole program by its name: `settings.changed`, `registry.commandAdded`.
pub fn is_of_service(case: &Case<'_>) -> bool {
    let text = case.source_text();
    text.split('.').next().is_some_and(words::is_one_for_all)
}

pub fn is_event_of_element(context: &Context<'_>, site: &CallSite) -> bool {
    let event = context.part(site.expr, &Part::Argument(0));
    let literal = event.map(|event| context.module.kind(context.definition(event)));
    // `click.menu shown.bs.modal` of jQuery.
    match literal {
        Some(ExprKind::Literal(Literal::String(events))) => events
            .split_whitespace()
            .all(|event| words::is_element_event(event.split('.').next().unwrap_or(event)) || event.contains(".bs.")),
        _ => false,
    }
}

/// Whether the function's name says that it adds something to what it is given.
pub fn adorns(case: &Case<'_>) -> bool {
    let name = case.context.module.functions[case.site.function].name.as_deref().unwrap_or_default();
    // A server is set up once.
    let text = case.source_text();
    if text == "server" || text.ends_with("Server") {
        return true;
    }
    words::adorns(name)
}

/// Signals and the end of the process.
pub fn is_about_the_process(case: &Case<'_>) -> bool {
    let source = case.source_text();
    // The terminal of a command, also by another name.
    let part = case.acquire.source.as_ref().and_then(|part| case.context.part(case.site.expr, part));
    if part.is_some_and(|part| case.context.text(case.context.definition(part)).starts_with("process.std")) {
        return true;
    }
    let Some(event) = case.context.part(case.site.expr, &Part::Argument(0)) else { return false };
    let ends = ["SIG", "uncaught", "unhandled", "beforeExit", "exit", "disconnect", "message", "warning"];
    source == "process"
        && match case.context.module.kind(case.context.definition(event)) {
            ExprKind::Literal(Literal::String(event)) => ends.iter().any(|word| event.starts_with(word)),
            // One of a list of signals.
            _ => true,
        }
}

/// Whether a handler of the process is there for its crash, or ends it.
pub fn ends_with_process(case: &Case<'_>) -> bool {
    let context = case.context;
    if context.family() != Family::JavaScript || case.source_text() != "process" || !is_about_the_process(case) {
        return false;
    }
    let crash = case.event().is_some_and(|event| event.starts_with("uncaught") || event.starts_with("unhandled"));
    let exits = || {
        let reached = owners::reach(context, &case.callback().into_iter().collect::<Vec<_>>());
        settled::ends_process(case, &reached)
    };
    crash || exits()
}

/// Whether the function registers for several events of the same parameter, and for nothing else.
pub fn wires_up(case: &Case<'_>) -> bool {
    let context = case.context;
    let source = |site: &crate::analyses::context::CallSite| {
        case.acquire.source.as_ref().and_then(|part| context.part(site.expr, part)).and_then(|expr| context.place(expr))
    };
    let own = source(case.site);
    let alike = context.sites.iter().filter(|site| site.function == case.site.function && !site.acquires.is_empty());
    own.is_some() && alike.filter(|site| source(site) == own).count() >= 3
}

/// Whether it is set going where a part of the program is set up, by a function that takes nothing: `initialise()`.
pub fn begins_service(case: &Case<'_>) -> bool {
    let module = case.context.module;
    let mut around = std::iter::successors(Some(case.site.function), |function| module.functions[*function].parent);
    let named = around.find(|function| module.functions[*function].name.is_some());
    case.context.family() == Family::JavaScript
        && named.map(|function| &module.functions[function]).is_some_and(|data| {
            let name = data.name.as_deref().unwrap_or_default();
            data.parameters.is_empty() && words::begins_service(name)
        })
}
