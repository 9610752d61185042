//! Removals that ask for a value of another type than what is kept: `Map<Address, Session>.remove(text)`.

use super::found::{BoundFound, Gap};
use crate::analyses::context::{Context, Use};
use crate::analyses::growth::judge::Case;
use crate::analyses::growth::reader::usage::method_name;
use crate::analyses::growth::words;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, Literal, Name, TypeRef};

/// Keys are asked for as the text of them, or as another value that is never equal to one.
#[must_use]
pub fn never_there(case: &Case<'_>, removed: &[ExprId]) -> Option<BoundFound> {
    let context = case.context;
    let declared = case.collection.declared.as_ref().filter(|_| context.family() == Family::Java)?;
    // `list.remove(2)` is about a place.
    let kept = match declared.arguments.as_slice() {
        [key, _] => key,
        [element] if !words::is_placed_type(declared.name.last()) => element,
        _ => return None,
    };
    let first = *removed.first()?;
    // `queue.poll(limit)` waits that long.
    let names_it =
        |key: ExprId| matches!(context.uses(key), Use::Argument(call, 0) if method_name(context, call) == "remove");
    let apart = removed
        .iter()
        .all(|key| names_it(*key) && type_of(context, *key).is_some_and(|asked| differ(context, kept, &asked)));
    apart.then(|| {
        let asked = type_of(context, first).unwrap_or_default();
        let words = format!("what is removed is a `{asked}`, and it is kept under a `{}`", kept.name.last());
        BoundFound::misfit(Gap::Some, words, first)
    })
}

/// Whether a value of the one type is never equal to one of the other.
fn differ(context: &Context<'_>, kept: &TypeRef, asked: &Name) -> bool {
    let kept = boxed(kept.name.last());
    let asked = boxed(asked);
    // What is declared here with a method of that name may compare itself with anything.
    let type_variable = |name: &str| !name.chars().any(char::is_lowercase);
    let open = |name: &str| type_variable(name) || words::is_open_type(name);
    let value = |name: &str| words::is_value_type(name);
    kept != asked
        && !open(&kept)
        && !open(&asked)
        && (value(&kept) || value(&asked))
        && !context.module.classes.iter().any(|(_, class)| {
            class.name.as_ref().is_some_and(|name| *name == kept || *name == asked) && !class.bases.is_empty()
        })
}

/// The name of a primitive type's class.
fn boxed(name: &str) -> Name {
    match name {
        "int" => "Integer".into(),
        "char" => "Character".into(),
        "long" => "Long".into(),
        "short" => "Short".into(),
        "byte" => "Byte".into(),
        "boolean" => "Boolean".into(),
        _ => name.into(),
    }
}

/// The type of a key, where the code says it.
fn type_of(context: &Context<'_>, key: ExprId) -> Option<Name> {
    let module = context.module;
    let text = Name::from("String");
    match module.kind(module.peel(key)) {
        ExprKind::Literal(Literal::String(_)) | ExprKind::Template(_) => Some(text),
        ExprKind::Literal(_) => None,
        ExprKind::Binary { operator, left, right } if operator == "+" => {
            [left, right].into_iter().find_map(|part| type_of(context, *part).filter(|name| *name == text))
        }
        ExprKind::Call { arguments, constructs: false, .. } => {
            let name = method_name(context, module.peel(key));
            let told = if arguments.is_empty() { words::tells_as_text(&name) } else { words::makes_text(&name) };
            if told { Some(text) } else { module.type_of(key).map(|ty| ty.name.last().into()) }
        }
        ExprKind::Variable(_) | ExprKind::Call { .. } | ExprKind::Member { .. } => {
            module.type_of(key).filter(|ty| ty.arguments.is_empty()).map(|ty| ty.name.last().into())
        }
        _ => None,
    }
}
