//! What is made of the owner's own parts: streams of them, views in its elements.

use super::{life_within, returned_life};
use crate::analyses::context::Context;
use crate::analyses::pairing::owner::Life;
use crate::lang::Family;
use crate::model::{Argument, ExprId, ExprKind, FunctionId, Literal, Root, Step, VariableKind};

/// The lifetime of what a function gives that is no method: of one in this file by what it returns, of any other by
/// what it is given.
pub fn made(context: &Context<'_>, callee: ExprId, arguments: &[Argument], function: FunctionId, depth: u8) -> Life {
    if context.family() == Family::JavaScript {
        if arguments.first().is_some_and(|first| is_markup(context, first.value))
            || is_view_of_own(context, callee, arguments, function, depth)
        {
            return Life::Own;
        }
        // `$(window)` stands for what it is given.
        if let [only] = arguments
            && is_foreign(context, callee)
            && matches!(context.module.kind(only.value), ExprKind::Global(_))
        {
            return life_within(context, only.value, function, depth);
        }
        if returned_life(context, callee, depth) == Life::Own {
            return Life::Own;
        }
    }
    made_of_own(context, arguments, function, depth)
}

/// Whether the very function makes what it keeps under a name of others: `page.chart = new Chart(…)`.
pub fn is_made_here(context: &Context<'_>, member: ExprId, function: FunctionId) -> bool {
    let module = context.module;
    let Some(place) = context.place(member) else { return false };
    let assigned = |step: &Step| {
        let Step::Eval(expr) = step else { return false };
        let ExprKind::Assign { target, value, .. } = module.kind(*expr) else { return false };
        let made = match module.kind(module.peel(*value)) {
            // `window.socket = io(url)`
            ExprKind::Call { callee, arguments, constructs, .. } => {
                *constructs
                    || matches!(module.kind(*callee), ExprKind::Variable(_) | ExprKind::Global(_))
                        && !arguments.is_empty()
            }
            _ => false,
        };
        made && context.place(*target).as_ref() == Some(&place)
    };
    context.family() == Family::JavaScript
        && !matches!(place.root, Root::This(_))
        && module.functions[function].cfg.blocks.iter().any(|(_, block)| block.steps.iter().any(assigned))
}

/// What is made of own things alone is own: `merge(this.sort.changes, this.pages.changes)`,
/// `combineLatest({ text: this.text$, page: this.page$ })`.
fn made_of_own(context: &Context<'_>, arguments: &[Argument], function: FunctionId, depth: u8) -> Life {
    let module = context.module;
    let mut given = Vec::new();
    let mut queue: Vec<ExprId> = arguments.iter().map(|argument| argument.value).collect();
    while let Some(value) = queue.pop() {
        let value = module.peel(value);
        match module.kind(value) {
            ExprKind::Literal(_) => {}
            ExprKind::List { items, .. } => queue.extend(items),
            ExprKind::Object(properties) => queue.extend(properties.iter().map(|property| property.value)),
            _ => given.push(value),
        }
    }
    let own =
        !given.is_empty() && given.into_iter().all(|value| life_within(context, value, function, depth) == Life::Own);
    if own { Life::Own } else { Life::Unknown }
}

/// Elements made from text: `$('<div>')`.
fn is_markup(context: &Context<'_>, value: ExprId) -> bool {
    let value = context.definition(value);
    match context.module.kind(value) {
        ExprKind::Literal(Literal::String(text)) => text.trim_start().starts_with('<'),
        ExprKind::Template(_) => {
            context.source.slice(context.span(value)).trim_start_matches('`').trim_start().starts_with('<')
        }
        _ => false,
    }
}

/// What a function of another file makes in an element of the owner: `editorFromTextArea(this.area, options)`,
/// `charts.init(ref.current)`.
pub fn is_view_of_own(
    context: &Context<'_>,
    callee: ExprId,
    arguments: &[Argument],
    function: FunctionId,
    depth: u8,
) -> bool {
    let Some(first) = arguments.first() else { return false };
    let value = context.module.peel(first.value);
    let part = matches!(
        context.module.kind(context.definition(value)),
        ExprKind::Member { .. } | ExprKind::Index { .. } | ExprKind::Call { .. }
    );
    part && is_foreign(context, callee) && life_within(context, value, function, depth) == Life::Own
}

/// A function that another file gives, or a method of a module.
fn is_foreign(context: &Context<'_>, callee: ExprId) -> bool {
    let module = context.module;
    match module.kind(module.peel(callee)) {
        ExprKind::Global(_) => true,
        ExprKind::Variable(id) => matches!(module.variables[*id].kind, VariableKind::Import(_)),
        ExprKind::Member { object, .. } => {
            matches!(module.kind(*object), ExprKind::Global(_) | ExprKind::Variable(_)) && is_foreign(context, *object)
        }
        _ => false,
    }
}

/// Whether a call finds an element that the markup of the very file draws: `document.getElementById('form')` beside
/// `<form id="form">`.
#[must_use]
pub fn is_of_own_markup(context: &Context<'_>, arguments: &[Argument], method: &str) -> bool {
    let module = context.module;
    let name = match arguments.first().map(|argument| module.kind(argument.value)) {
        Some(ExprKind::Literal(Literal::String(name))) => name.as_str(),
        _ => return false,
    };
    let id = if method == "getElementById" { Some(name) } else { name.strip_prefix('#') };
    let drawn = |id: &str| module.drawn.iter().flatten().any(|drawn| drawn.id.as_deref() == Some(id));
    matches!(method, "getElementById" | "querySelector") && id.is_some_and(drawn)
}
