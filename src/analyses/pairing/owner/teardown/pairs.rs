//! One forgotten among siblings, in the words of the class itself: it calls `x.add_handler(f)` on several things and
//! `x.remove_handler(f)` on all but one; it starts two things together and stops one.
//!
//! No table names these methods. That the class undoes one of them is the evidence that the others need it.

use crate::analyses::context::{CallSite, Context};
use crate::analyses::owners;
use crate::analyses::pairing::owner::source::{Life, life};
use crate::analyses::story::Story;
use crate::catalogue::words::owners as words;
use crate::catalogue::{Acquire, Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, FunctionKind, Name, Root, VariableKind};
use crate::project::{Candidate, Facts};

/// Adds the registrations that a class forgets among those it undoes.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    // Disposables of JavaScript are the tables' and the subscriptions' matter.
    if context.family() == Family::JavaScript {
        return;
    }
    for (class, _) in context.module.classes.iter() {
        let calls: Vec<Call<'_>> = context.sites.iter().filter_map(|site| call(context, class, site)).collect();
        for (index, one) in calls.iter().enumerate() {
            if !calls[..index].iter().any(|other| other.same(one)) {
                facts.candidates.extend(forgotten(context, class, one, &calls));
            }
        }
    }
}

/// A call of a method of the class on something that is not the object itself.
struct Call<'a> {
    site: &'a CallSite,
    method: &'a str,
    /// What it is called on, as it is written.
    receiver: String,
    object: ExprId,
    /// The argument that tells one registration from another; empty for `start()`.
    argument: String,
    /// A variable of a loop: any element of a collection.
    any: bool,
}

impl Call<'_> {
    fn same(&self, other: &Self) -> bool {
        self.method == other.method && self.receiver == other.receiver && self.argument == other.argument
    }
}

fn call<'a>(context: &Context<'_>, class: ClassId, site: &'a CallSite) -> Option<Call<'a>> {
    let module = context.module;
    if module.functions[site.function].this != Some(class) || site.shape.constructs {
        return None;
    }
    let method = site.shape.method.as_deref()?;
    let ExprKind::Call { callee, arguments, .. } = module.kind(site.expr) else { return None };
    let ExprKind::Member { object, .. } = module.kind(*callee) else { return None };
    if matches!(module.kind(*object), ExprKind::This(_) | ExprKind::Super) {
        return None;
    }
    let argument = arguments.last().map(|argument| context.text(argument.value)).unwrap_or_default();
    let any = local(context, *object) || arguments.last().is_some_and(|argument| local(context, argument.value));
    Some(Call { site, method, receiver: context.text(*object), object: *object, argument, any })
}

/// A variable of the function: what it stands for, the text does not say.
fn local(context: &Context<'_>, expr: ExprId) -> bool {
    match context.module.kind(expr) {
        ExprKind::Variable(id) => {
            matches!(context.module.variables[*id].kind, VariableKind::Local | VariableKind::Caught)
        }
        _ => false,
    }
}

/// `def finished(self, one): self.pending.remove(one)`: whichever its callers say.
fn is_given(context: &Context<'_>, undo: &Call<'_>) -> bool {
    let ExprKind::Call { arguments, .. } = context.module.kind(undo.site.expr) else { return false };
    arguments.last().is_some_and(|argument| match context.module.kind(argument.value) {
        ExprKind::Variable(id) => matches!(context.module.variables[*id].kind, VariableKind::Parameter(_)),
        _ => false,
    })
}

/// The verdict on a call whose like the class undoes.
fn forgotten(context: &Context<'_>, class: ClassId, one: &Call<'_>, calls: &[Call<'_>]) -> Option<Candidate> {
    let module = context.module;
    let undone_by = undoing(one.method);
    if undone_by.is_empty()
        || one.any
        || !one.site.acquires.is_empty()
        || !one.site.sinks.is_empty()
        || one.site.loops > 0
    {
        return None;
    }
    let listens = is_callback(context, one);
    let begins = one.argument.is_empty() && is_lasting(context, one.object);
    if !listens && !begins {
        return None;
    }
    let undoes: Vec<&Call<'_>> =
        calls.iter().filter(|other| undone_by.iter().any(|name| name == other.method)).collect();
    if undoes.is_empty() || undoes.iter().any(|other| other.any || is_given(context, other) || undoes_it(one, other)) {
        return None;
    }
    // A sibling of the same function that is undone where this one is not.
    let (sibling, undo) = calls
        .iter()
        .filter(|other| other.method == one.method && !other.same(one) && other.site.function == one.site.function)
        .find_map(|other| undoes.iter().find(|undo| undoes_it(other, undo)).map(|undo| (other, undo)))?;
    if module.functions[undo.site.function].kind == FunctionKind::Constructor || undo.site.function == one.site.function
    {
        return None;
    }
    if matches!(life(context, one.object, one.site.function), Life::Own | Life::CallbackParameter) && listens {
        return None;
    }
    if !listens && (touched(context, class, one, undo) || is_waited_for(one, calls)) {
        return None;
    }
    report(context, one, sibling, undo, listens)
}

/// `this.library.getDatabase()`: what an object of Java gets from a field of its own, beside which it undoes nothing that
/// comes from there.
fn is_part_of_own(context: &Context<'_>, object: ExprId, sibling: ExprId) -> bool {
    let got = matches!(context.module.kind(object), ExprKind::Call { arguments, .. } if arguments.is_empty());
    let source = |object: ExprId| context.part(object, &Part::Receiver).and_then(|from| context.place(from));
    let from = source(object);
    got && context.family() == Family::Java
        && from != source(sibling)
        && from.is_some_and(|place| matches!(place.root, Root::This(_)) && place.field().is_some())
}

fn report(
    context: &Context<'_>,
    one: &Call<'_>,
    sibling: &Call<'_>,
    undo: &Call<'_>,
    listens: bool,
) -> Option<Candidate> {
    let kind = if listens { "listener" } else { "teardown" };
    let acquire = Acquire::plain(kind, if listens { "registration" } else { "start" }, Part::Result);
    let story = Story::new(context, one.site.expr, one.site.function, &acquire, Analysis::Pairing)?;
    let name = context.symbol(undo.site.function);
    let (confidence, reason) = if listens && is_part_of_own(context, one.object, sibling.object) {
        (Confidence::Low, "it is a part of what the object has, and may well go with that".to_owned())
    } else {
        (Confidence::Medium, format!("the class itself undoes another one by `{}`", undo.method))
    };
    Some(
        story
            .message(format!(
                "`{}` on `{}` is never undone: `{name}` undoes the one on `{}` alone",
                one.method, one.receiver, sibling.receiver
            ))
            .confidence(confidence, reason)
            .step(StepKind::Acquired, context.span(sibling.site.expr), "its sibling, which is undone")
            .step(StepKind::Released, context.span(undo.site.expr), "only the sibling is undone here")
            .end(),
    )
}

/// `self.flag.set()`, `self.reader.join()`: whoever waits for the end of what was started has told it to end.
fn is_waited_for(one: &Call<'_>, calls: &[Call<'_>]) -> bool {
    calls.iter().any(|other| {
        other.method == "join" && other.receiver == one.receiver && other.site.function != one.site.function
    })
}

fn undoes_it(one: &Call<'_>, undo: &Call<'_>) -> bool {
    undoing(one.method).iter().any(|name| name == undo.method)
        && last_part(&one.receiver) == last_part(&undo.receiver)
        && (one.argument == undo.argument || undo.argument.is_empty() || one.argument.is_empty())
}

/// The names of the methods that undo one of this name: `removeUsageListener` for `addUsageListener`.
fn undoing(method: &str) -> Vec<Name> {
    let rests = words::ANTONYM.iter().filter_map(|(verb, undo)| Some((method.strip_prefix(verb)?, undo)));
    rests
        .filter(|(rest, _)| !rest.starts_with(char::is_lowercase))
        .flat_map(|(rest, undo)| undo.iter().map(move |undo| Name::from(format!("{undo}{rest}"))))
        .collect()
}

/// Whether it registers something of the object: a method, a lambda, the object itself or what a field keeps.
fn is_callback(context: &Context<'_>, one: &Call<'_>) -> bool {
    let ExprKind::Call { arguments, .. } = context.module.kind(one.site.expr) else { return false };
    arguments.last().is_some_and(|argument| {
        let value = context.module.peel(argument.value);
        context.module.function_of(value).is_some()
            || matches!(context.module.kind(value), ExprKind::This(_) | ExprKind::MethodReference { .. })
            || one.method.len() > "subscribe".len()
                && context.place(value).is_some_and(|place| matches!(place.root, Root::This(_)))
    })
}

/// A field, or what a field gives: it lives on when the method is over.
fn is_lasting(context: &Context<'_>, object: ExprId) -> bool {
    match context.module.kind(object) {
        ExprKind::Member { .. } => {
            context.place(object).is_some_and(|place| matches!(place.root, Root::This(_) | Root::Static(_)))
        }
        ExprKind::Call { callee, arguments, constructs: false, .. } => {
            arguments.is_empty()
                && matches!(context.module.kind(*callee), ExprKind::Member { object, .. } if is_lasting(context, *object))
        }
        _ => false,
    }
}

/// Whether the function that undoes the sibling, or what it calls, names what was started in any other way.
fn touched(context: &Context<'_>, class: ClassId, one: &Call<'_>, undo: &Call<'_>) -> bool {
    let mut roots = owners::lifecycle(context, class).teardowns;
    roots.push(undo.site.function);
    let reached = owners::reach(context, &roots);
    let wanted = last_part(&one.receiver);
    reached.iter().filter(|function| **function != one.site.function).any(|function| {
        let text = context.source.slice(context.module.functions[*function].span);
        text.contains(wanted)
    })
}

fn last_part(receiver: &str) -> &str {
    receiver.trim_end_matches("()").rsplit('.').next().unwrap_or(receiver)
}
