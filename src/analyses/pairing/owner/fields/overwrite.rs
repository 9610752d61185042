//! A field that holds something open takes a new one, and nothing releases the old.

use crate::analyses::context::{Context, Use};
use crate::analyses::owners::{self, Lifecycle};
use crate::analyses::pairing::owner::releases::{handles, member_name};
use crate::analyses::pairing::owner::source::attached;
use crate::analyses::pairing::owner::{Case, Found, How, ON_PATHS};
use crate::analyses::runs::{Runs, runs};
use crate::analyses::story::{Story, what};
use crate::catalogue::Analysis;
use crate::catalogue::words::owners as words;
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, FunctionId, FunctionKind, Literal, Place, Root, Step, Terminator};
use crate::project::Candidate;

/// The verdict on an acquisition that a method assigns to a field which may hold an older one.
pub fn judge(case: &Case<'_>, class: ClassId, cycle: &Lifecycle) -> Option<Candidate> {
    let context = case.context;
    let kind = case.acquire.kind.as_str();
    let held = ON_PATHS.contains(&kind) && !matches!(kind, "lock" | "transaction");
    if case.acquire.once || !(held || matches!(kind, "timer" | "subscription" | "widget" | "observer")) {
        return None;
    }
    // `reopen(connection)`: the old one went with the old connection.
    if attached::is_of_given(case) {
        return None;
    }
    // A timer that a script starts again is judged with its callback.
    if context.family() == Family::JavaScript && kind == "timer" {
        return None;
    }
    let place = case.holding.places.iter().find(|place| place.root == Root::This(class))?;
    let field = place.only_field()?;
    let method = method_of(context, case.site.function, class)?;
    // What the framework pairs with an end runs on a fresh object, or after the end.
    if context.module.functions[method].name.as_ref().is_some_and(|name| cycle.setups.iter().any(|setup| setup == name))
    {
        return None;
    }
    let assigned = context.span(case.site.expr).start;
    if is_looked_at(context, class, field, method, case.site.function, assigned)
        || is_guarded(context, method, assigned)
    {
        return None;
    }
    if called_after_release(context, class, place, method) || goes_on_in_result(case, class, field) {
        return None;
    }
    // `this.current = client` for the time of the call, which ends `client` itself.
    let ends_own = |found: &Found| {
        found.how == How::Full && found.function == case.site.function && context.span(found.call).start > assigned
    };
    if is_used_up(case, class, field, assigned) || case.releases.iter().any(ends_own) {
        return None;
    }
    let (confidence, reason) = confidence(case, class, field, method)?;
    let story = Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?;
    let name = context.module.functions[method].name.clone().unwrap_or_default();
    Some(
        story
            .message(format!(
                "the {} that `{}` holds is lost when `{name}` assigns a new one",
                what(case.acquire),
                member_name(place).unwrap_or_default()
            ))
            .confidence(confidence, reason)
            .step(
                StepKind::Missed,
                context.module.functions[method].name_span,
                format!("`{name}` replaces `{field}` without a release of the old one"),
            )
            .end(),
    )
}

/// `self.picture = Image.open(path)` and `self.pixels = self.picture.load()`: what is replaced later is over already.
fn is_used_up(case: &Case<'_>, class: ClassId, field: &str, assigned: u32) -> bool {
    let context = case.context;
    context.family() == Family::Python
        && context.field_uses(class, field).iter().any(|named| {
            let Use::Receiver(call) = context.uses(*named) else { return false };
            let method = context.site_of(call).and_then(|site| site.shape.method.as_ref());
            context.function_of(*named) == Some(case.site.function)
                && context.span(*named).start > assigned
                && method.is_some_and(|method| case.acquire.closes.iter().any(|close| close == method))
        })
}

/// `this.file = new FileOutputStream(path); return new BufferedOutputStream(this.file);`: who gets the result ends both.
fn goes_on_in_result(case: &Case<'_>, class: ClassId, field: &str) -> bool {
    let context = case.context;
    let constructs = |call: ExprId| context.site_of(call).is_some_and(|site| site.shape.constructs);
    context.family() == Family::Java
        && context.field_uses(class, field).iter().any(|named| {
            context.function_of(*named) == Some(case.site.function)
                && matches!(context.uses(*named), Use::Argument(call, _) if constructs(call) && context.uses(call) == Use::Returned)
        })
}

/// The method of the class in which a function stands; none for constructors and the like.
fn method_of(context: &Context<'_>, function: FunctionId, class: ClassId) -> Option<FunctionId> {
    let module = context.module;
    let method = std::iter::successors(Some(function), |function| module.functions[*function].parent)
        .find(|function| module.classes[class].methods.contains(function))?;
    matches!(module.functions[method].kind, FunctionKind::Method | FunctionKind::Setter).then_some(method)
}

/// Whether the method, or what it calls before the assignment, looks at the field: releases, tests or keeps the old
/// one. Using the new one is no look.
fn is_looked_at(
    context: &Context<'_>,
    class: ClassId,
    field: &str,
    method: FunctionId,
    function: FunctionId,
    assigned: u32,
) -> bool {
    let module = context.module;
    let before: Vec<FunctionId> = context
        .sites
        .iter()
        .filter(|site| module.encloses(method, site.function) && context.span(site.expr).start < assigned)
        .filter_map(|site| site.callee)
        .filter(|callee| *callee != method)
        .collect();
    let mut reached = owners::reach(context, &before);
    reached.remove(&method);
    reached.remove(&function);
    context.field_uses(class, field).iter().filter(|named| !context.is_target(**named)).any(|named| {
        let Some(at) = context.function_of(*named) else { return false };
        let own = module.encloses(method, at);
        if own && context.span(*named).start < assigned {
            return true;
        }
        (own || reached.contains(&at))
            && (handles(context, *named, &[]) && !is_argument(context, *named) || is_tested(context, *named, own))
    })
}

fn is_argument(context: &Context<'_>, named: ExprId) -> bool {
    matches!(context.uses(named), Use::Argument(..))
}

/// A test in a method that is called before.
fn is_tested(context: &Context<'_>, named: ExprId, own: bool) -> bool {
    !own && matches!(context.uses(named), Use::Operand(_))
}

/// Whether the method may leave, or decides by the state of its object, before it assigns.
#[must_use]
pub fn is_guarded(context: &Context<'_>, method: FunctionId, assigned: u32) -> bool {
    let module = context.module;
    module.functions.iter().filter(|(id, _)| module.encloses(method, *id)).any(|(_, data)| {
        data.cfg.blocks.iter().any(|(_, block)| {
            let leaves = block
                .steps
                .iter()
                .any(|step| matches!(step, Step::Return(_, span) | Step::Throw(_, span) if span.start < assigned));
            let decides = match &block.terminator {
                Terminator::Branch { condition, .. } => {
                    context.span(*condition).start < assigned && asks_own_state(context, *condition)
                }
                _ => false,
            };
            leaves || decides
        })
    })
}

/// Whether an expression asks a field or a method of the object.
fn asks_own_state(context: &Context<'_>, condition: ExprId) -> bool {
    let module = context.module;
    let mut queue = vec![condition];
    while let Some(expr) = queue.pop() {
        let kind = module.kind(expr);
        if matches!(kind, ExprKind::This(_))
            || context.place(expr).is_some_and(|place| matches!(place.root, Root::This(_) | Root::Static(_)))
        {
            return true;
        }
        queue.extend(kind.parts());
    }
    false
}

/// Whether every caller in the class is a constructor, or releases the old one first.
fn called_after_release(context: &Context<'_>, class: ClassId, place: &Place, method: FunctionId) -> bool {
    let module = context.module;
    let mut callers = context.calls_of(method).filter(|site| site.function != method).peekable();
    if callers.peek().is_none() {
        return false;
    }
    callers.all(|site| {
        let data = &module.functions[site.function];
        if matches!(data.kind, FunctionKind::Constructor | FunctionKind::FieldInitializer | FunctionKind::Module) {
            return true;
        }
        let start = context.span(site.expr).start;
        let field = place.only_field().unwrap_or_default();
        is_looked_at(context, class, field, site.function, site.function, start)
            || is_guarded(context, site.function, start)
            || data.name.as_deref().is_some_and(words::begins)
    })
}

/// How likely it is that the field holds something open when the method runs.
fn confidence(case: &Case<'_>, class: ClassId, field: &str, method: FunctionId) -> Option<(Confidence, String)> {
    let context = case.context;
    let module = context.module;
    let data = &module.functions[method];
    let name = data.name.as_deref().unwrap_or_default();
    if case.site.loops > 0 && case.site.function == method {
        return Some((Confidence::Medium, "the loop assigns it again".to_owned()));
    }
    // What a script's class starts it mostly starts once; another choice comes with what is chosen.
    if context.family() == Family::JavaScript {
        let chosen = !data.parameters.is_empty() && words::says_again(name) && !begins(name);
        return chosen.then(|| (Confidence::Medium, format!("each call of `{name}` says which one to hold now")));
    }
    // It fills an object that no constructor has filled.
    if name == "__setstate__" {
        return None;
    }
    if held_from_the_start(context, class, field) {
        return Some((Confidence::Medium, "the constructor has already put one there".to_owned()));
    }
    if words::begins(name) {
        return Some((Confidence::Low, format!("only a second call of `{name}` loses one")));
    }
    if matches!(runs(context, method), Runs::Repeatedly(_)) {
        return Some((Confidence::Medium, format!("`{name}` runs again and again")));
    }
    if words::says_again(name) {
        return Some((Confidence::Medium, format!("`{name}` is made to be called again on the same object")));
    }
    let given = !data.parameters.is_empty() && data.visibility != crate::model::Visibility::Private;
    // Python's methods mostly fill an object that is made for one run.
    Some(if given && context.family() != Family::Python {
        (Confidence::Medium, format!("each call of `{name}` says which one to hold now"))
    } else {
        (Confidence::Low, format!("only a second call of `{name}` loses one"))
    })
}

/// Verbs that say as well that something begins.
fn begins(name: &str) -> bool {
    words::begins_again(name) || words::begins(name)
}

/// Whether a constructor or an initializer fills the field.
fn held_from_the_start(context: &Context<'_>, class: ClassId, field: &str) -> bool {
    let module = context.module;
    module.field(class, field).is_some_and(|data| {
        data.values.iter().any(|value| {
            let value = module.peel(*value);
            let starts = context.function_of(value).is_some_and(|function| {
                matches!(module.functions[function].kind, FunctionKind::Constructor | FunctionKind::FieldInitializer)
            });
            starts
                && match module.kind(value) {
                    ExprKind::Literal(Literal::Null) => false,
                    ExprKind::Call { .. } => context.site_of(value).is_some_and(|site| !site.acquires.is_empty()),
                    _ => false,
                }
        })
    })
}
