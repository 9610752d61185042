//! Tests around a growth site that say how many entries it can make: the key is known, the work is done once.

use crate::analyses::context::Context;
use crate::analyses::growth::collection::{Home, lives};
use crate::analyses::growth::judge::Case;
use crate::analyses::growth::reader::usage::{self, Growth, Usage, What, descendants, has_name};
use crate::analyses::growth::reader::{forms, walked};
use crate::analyses::growth::{flow, words};
use crate::lang::Family;
use crate::model::{AssignOp, ExprId, ExprKind, FunctionId, FunctionKind, Literal, Place, Root, UnaryOp, VariableKind};

/// How many callers are asked whether they test something.
const CALLERS: u8 = 4;

/// Whether an expression hangs on a field being there, in its function or in all of the file that call it.
#[must_use]
pub fn is_behind(context: &Context<'_>, expr: ExprId, field: &Place) -> bool {
    is_tested(context, expr, field, CALLERS)
}

fn is_tested(context: &Context<'_>, expr: ExprId, field: &Place, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    if flow::guards(context, expr).contains(field) {
        return true;
    }
    let Some(function) = context.function_of(expr).map(|own| context.module.outermost(own)) else { return false };
    let mut calls = context.calls_of(function).filter(|site| site.function != function).peekable();
    calls.peek().is_some() && calls.all(|site| is_tested(context, site.expr, field, depth))
}

/// Whether a growth site puts in only what is there already, or what is one of the entries of a registry that nothing
/// is taken out of.
#[must_use]
pub fn is_of_known(case: &Case<'_>, usage: &Usage, key: ExprId) -> bool {
    if !matches!(usage.what, What::Grow(ref growth) if growth.inner) && is_walked(case, key) {
        return true;
    }
    let text = case.context.text(case.context.module.peel(key));
    flow::tests(case.context, usage.expr)
        .into_iter()
        .filter_map(|test| looked_up(case.context, test.condition, test.holds, &text))
        .any(|place| {
            place == case.collection.place && !matches!(usage.what, What::Grow(ref growth) if growth.inner)
                || is_registry(case, &place)
        })
}

/// `for (e : C.entrySet()) C.put(e.getKey(), x)`: the key of an entry that is there.
fn is_walked(case: &Case<'_>, key: ExprId) -> bool {
    let context = case.context;
    let module = context.module;
    if context.family() != Family::Java {
        return false;
    }
    match module.kind(context.definition(key)) {
        ExprKind::Variable(id) => walked::keys(context, &case.collection.place).contains(id),
        ExprKind::Call { callee, arguments, .. } if arguments.is_empty() => match module.kind(*callee) {
            ExprKind::Member { object, name, .. } if name == "getKey" => match module.kind(*object) {
                ExprKind::Variable(id) => walked::elements(context, &case.collection.place).1.contains(id),
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// A key that the owner is given once: however often it is put, there is one entry of it.
#[must_use]
pub fn is_of_owner(case: &Case<'_>, key: ExprId) -> bool {
    let context = case.context;
    let Home::Instance(class) = case.collection.home else { return false };
    let Some(place) = context.place(key) else { return false };
    let Some(field) = place.only_field().and_then(|field| context.module.field(class, field)) else { return false };
    context.family() == Family::Java
        && place.root == Root::This(class)
        && !field.values.is_empty()
        && (field.values.iter().all(|value| {
            context.function_of(*value).is_some_and(|function| is_beginning(context.module.functions[function].kind))
        }) || is_made_at_one_place(context, &field.values))
}

/// Whether a field is given one object in all, which the class makes itself.
fn is_made_at_one_place(context: &Context<'_>, values: &[ExprId]) -> bool {
    let mut given = values.iter().filter(|value| !context.module.is_null(**value));
    let only = given.next();
    only.is_some_and(|value| matches!(context.module.kind(context.module.peel(*value)), ExprKind::Call { .. }))
        && given.next().is_none()
}

/// A collection of the file, other than the one at hand, that only ever gets entries.
fn is_registry(case: &Case<'_>, place: &Place) -> bool {
    case.siblings.collections.iter().zip(case.siblings.usages).any(|(other, usages)| {
        other.place == *place
            && other.place != case.collection.place
            && !usages.iter().any(|usage| matches!(usage.what, What::Shrink(_) | What::Reset))
    })
}

/// The collection that a test shows to have a key: `k in C`, `C.has(k)`, `C[k]`, and a variable that got `C.get(k)`.
fn looked_up(context: &Context<'_>, test: ExprId, holds: bool, key: &str) -> Option<Place> {
    let module = context.module;
    let test = module.peel(test);
    match module.kind(test) {
        ExprKind::Binary { operator, left, right } if operator == "in" => {
            (holds && context.text(*left) == key).then(|| context.place(*right)).flatten()
        }
        ExprKind::Call { .. } | ExprKind::Index { .. } if holds => entry_of(context, test, key),
        _ => {
            let (place, there) = flow::tested(context, test)?;
            let Root::Variable(id) = place.root else { return None };
            let known = holds == there && place.path.is_empty() && module.variables[id].values.len() == 1;
            let value = module.variables[id].values.first().copied().filter(|_| known)?;
            entry_of(context, value, key)
        }
    }
}

/// `C.has(k)`, `C.get(k)`, `C[k]`
fn entry_of(context: &Context<'_>, read: ExprId, key: &str) -> Option<Place> {
    let module = context.module;
    match module.kind(module.peel(read)) {
        ExprKind::Call { callee, arguments, .. } => match module.kind(module.peel(*callee)) {
            ExprKind::Member { object, name, .. } => {
                let looks = matches!(name.as_str(), "has" | "get" | "includes" | "hasOwnProperty" | "containsKey");
                let same = arguments.first().is_some_and(|argument| context.text(argument.value) == key);
                (looks && same).then(|| context.place(*object)).flatten()
            }
            _ => None,
        },
        ExprKind::Index { object, key: own, .. } if context.text(*own) == key => context.place(*object),
        _ => None,
    }
}

/// `if (!list.isEmpty()) return list; … list.add(x)`: it is filled where it is empty.
#[must_use]
pub fn is_empty_before(case: &Case<'_>, usage: &Usage) -> bool {
    let context = case.context;
    let mut at = Some(usage.expr);
    while let Some(expr) = at {
        if flow::tests(context, expr)
            .into_iter()
            .any(|test| !test.again && says_empty(case, test.condition, test.holds))
        {
            return true;
        }
        // Code that is handed on where the collection is empty.
        at = context.function_of(expr).and_then(|function| context.function_expr(function));
    }
    false
}

/// Whether a condition that holds, or does not, says that nothing is in the collection.
fn says_empty(case: &Case<'_>, condition: ExprId, holds: bool) -> bool {
    let context = case.context;
    let module = context.module;
    let own = |expr: ExprId| context.place(expr).as_ref() == Some(&case.collection.place);
    let python = context.family() == Family::Python;
    let size = |expr: ExprId| match module.kind(module.peel(expr)) {
        ExprKind::Member { object, name, .. } => own(*object) && words::is_size(name),
        ExprKind::Call { callee, arguments, .. } => match module.kind(*callee) {
            ExprKind::Member { object, name, .. } if arguments.is_empty() => own(*object) && words::is_size(name),
            _ => {
                usage::last_name(context, *callee) == "len"
                    && arguments.first().is_some_and(|argument| own(argument.value))
            }
        },
        _ => false,
    };
    let zero = |expr: ExprId| matches!(module.kind(module.peel(expr)), ExprKind::Literal(Literal::Number(number)) if number == "0");
    if python && own(condition) || size(condition) {
        return !holds;
    }
    match module.kind(condition) {
        ExprKind::Call { callee, arguments, .. } => {
            let about = match module.kind(*callee) {
                ExprKind::Member { object, .. } if arguments.is_empty() => own(*object),
                _ => arguments.first().is_some_and(|argument| own(argument.value)),
            };
            about
                && match usage::last_name(context, *callee).as_str() {
                    "isEmpty" => holds,
                    "isNotEmpty" => !holds,
                    _ => false,
                }
        }
        ExprKind::Binary { operator, left, right } if size(*left) && zero(*right) => match operator.as_str() {
            "==" | "===" => holds,
            ">" | "!=" | "!==" => !holds,
            _ => false,
        },
        _ => false,
    }
}

/// `if (this.started) return; this.started = true; …`: what follows runs once, or once again after it was undone.
#[must_use]
pub fn runs_once(case: &Case<'_>, usage: &Usage) -> bool {
    flow::tests(case.context, usage.expr)
        .into_iter()
        .filter(|test| !test.holds && !test.again)
        .filter_map(|test| case.context.place(test.condition))
        .any(|flag| is_set_for_good(case, usage, &flag))
}

fn is_set_for_good(case: &Case<'_>, usage: &Usage, flag: &Place) -> bool {
    let context = case.context;
    let module = context.module;
    let home = module.outermost(usage.function);
    let emptied = |function| {
        case.usages.iter().any(|usage| {
            matches!(usage.what, What::Shrink(_) | What::Reset) && module.outermost(usage.function) == function
        })
    };
    let mut set = false;
    for (id, expr) in module.exprs.iter() {
        let ExprKind::Assign { target, value, operator: AssignOp::Set, .. } = &expr.kind else { continue };
        if context.place(*target).as_ref() != Some(flag) {
            continue;
        }
        let Some(function) = context.function_of(id) else { return false };
        let outer = module.outermost(function);
        match module.kind(module.peel(*value)) {
            ExprKind::Literal(Literal::Bool(true)) => set |= outer == home,
            _ if is_beginning(module.functions[outer].kind) || emptied(outer) => {}
            _ => return false,
        }
    }
    set
}

/// Whether a function sets a flag: `cls._ready = True`.
#[must_use]
pub fn sets(context: &Context<'_>, function: FunctionId, flag: &Place) -> bool {
    context.module.exprs.iter().any(|(id, expr)| match &expr.kind {
        ExprKind::Assign { target, value, operator: AssignOp::Set, .. } => {
            context.function_of(id) == Some(function)
                && matches!(context.module.kind(context.module.peel(*value)), ExprKind::Literal(Literal::Bool(true)))
                && context.place(*target).as_ref() == Some(flag)
        }
        _ => false,
    })
}

/// Whether a function runs when a class or an object is made.
#[must_use]
pub fn is_beginning(kind: FunctionKind) -> bool {
    matches!(
        kind,
        FunctionKind::Module
            | FunctionKind::StaticInitializer
            | FunctionKind::FieldInitializer
            | FunctionKind::Constructor
    )
}

/// `stack[this.top++] = x` where `top` goes down again or begins anew: the places are used once more.
#[must_use]
pub fn is_of_stack(context: &Context<'_>, key: ExprId) -> bool {
    let counted = |part: ExprId| match context.module.kind(part) {
        ExprKind::Unary { operator: UnaryOp::Step, operand } => context.place(*operand),
        _ => None,
    };
    let taken_back = |place: &Place| {
        context.module.exprs.iter().any(|(id, expr)| match &expr.kind {
            ExprKind::Assign { target, declares: false, operator, .. } => {
                let falls = match operator {
                    AssignOp::Set => true,
                    AssignOp::Compound(operator) => operator == "-",
                    AssignOp::SetIfMissing => false,
                };
                falls && context.place(*target).as_ref() == Some(place) && !forms::is_initial(context, id, place)
            }
            _ => counted(id).as_ref() == Some(place) && context.text(id).contains("--"),
        })
    };
    let named = context.definition(key);
    let parts = descendants(context, key).into_iter().chain(descendants(context, named));
    parts.filter_map(counted).any(|place| taken_back(&place))
}

/// `if (!list.some(one => one.name === name)) list.push({ name, … })`: what is compared is the key.
#[must_use]
pub fn compared_value(case: &Case<'_>, usage: &Usage) -> Option<ExprId> {
    let context = case.context;
    let conditions = flow::conditions(context, usage.expr);
    let tests = conditions.iter().flat_map(|test| descendants(context, context.definition(*test)));
    tests.into_iter().find_map(|test| {
        let ExprKind::Call { callee, arguments, .. } = context.module.kind(test) else { return None };
        let ExprKind::Member { object, name, .. } = context.module.kind(*callee) else { return None };
        let looks = matches!(name.as_str(), "some" | "find" | "findIndex" | "every" | "anyMatch" | "noneMatch");
        if !looks || context.place(*object).as_ref() != Some(&case.collection.place) {
            return None;
        }
        let compares = context.module.function_of(arguments.first()?.value)?;
        let element = *context.module.functions[compares].parameters.first()?;
        let of_element = |side: ExprId| {
            descendants(context, side)
                .iter()
                .any(|part| matches!(context.module.kind(*part), ExprKind::Variable(id) if *id == element))
        };
        crate::analyses::owners::returned_values(context, compares).into_iter().find_map(|value| {
            let ExprKind::Binary { operator, left, right } = context.module.kind(value) else { return None };
            if !matches!(operator.as_str(), "==" | "===" | "!=" | "!==") {
                return None;
            }
            [*left, *right].into_iter().find(|side| !of_element(*side))
        })
    })
}

/// A list of what is to be given back, which the end of its owner goes through.
#[must_use]
pub fn is_of_releases(case: &Case<'_>) -> bool {
    matches!(case.collection.home, Home::Instance(_))
        && words::holds_releases(&case.collection.name)
        && case.usages.iter().any(|usage| {
            usage.what == What::Iterated && lives::is_end_only(case.context, case.collection.home, usage.function)
        })
}

/// Whether an entry is a part of the program that comes in as it is, under a name of its own: nothing that comes and
/// goes while the program runs, such as a user or a session.
#[must_use]
pub fn is_part(context: &Context<'_>, growth: &Growth, key: ExprId) -> bool {
    let visits = |part: ExprId| has_name(context, part, words::is_visitor);
    let whole = |value| if context.family() == Family::Java { context.definition(value) } else { value };
    growth.value.is_some_and(|value| is_given(context, whole(value), 3) && !visits(value))
        && is_given(context, key, 3)
        && !visits(key)
}

/// A parameter, a part of one, or an object made of such.
fn is_given(context: &Context<'_>, value: ExprId, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match context.module.kind(context.module.peel(value)) {
        ExprKind::Variable(id) => matches!(context.module.variables[*id].kind, VariableKind::Parameter(_)),
        ExprKind::Member { object, .. } => is_given(context, *object, depth),
        // `connector.getName()`
        ExprKind::Call { callee, arguments, .. } if arguments.is_empty() && context.family() == Family::Java => {
            match context.module.kind(*callee) {
                ExprKind::Member { object, .. } => is_given(context, context.definition(*object), depth),
                _ => false,
            }
        }
        ExprKind::Object(properties) => {
            !properties.is_empty() && properties.iter().all(|property| is_given(context, property.value, depth))
        }
        _ => false,
    }
}
