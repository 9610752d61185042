//! Collections that other files declare and this one fills.

use super::{Collection, Home};
use crate::analyses::context::Context;
use crate::analyses::growth::reader::evidence::foreign;
use crate::analyses::growth::reader::usage::Words;
use crate::lang::Family;
use crate::model::{AssignOp, ExprId, ExprKind, Name};
use crate::project::Question;

/// Adds what looks like a collection of another file, by the way this one adds to it.
pub fn collections(context: &Context<'_>, found: &mut Vec<Collection<'_>>) {
    let module = context.module;
    let words = Words::of(context);
    for (id, expr) in module.exprs.iter() {
        let filled = match &expr.kind {
            ExprKind::Call { callee, arguments, constructs: false, .. } if !arguments.is_empty() => {
                match module.kind(*callee) {
                    ExprKind::Member { object, name, .. } if words.grows(name) => {
                        Some((*object, by_method(context.family(), name)))
                    }
                    _ => None,
                }
            }
            ExprKind::Assign { target, operator: AssignOp::Set | AssignOp::SetIfMissing, declares: false, .. } => {
                match module.kind(*target) {
                    ExprKind::Index { object, .. } => Some((*object, by_index(context.family()))),
                    _ => None,
                }
            }
            _ => None,
        };
        let Some((object, ty)) = filled.filter(|_| context.function_of(id) != Some(module.root)) else { continue };
        let one = of(context, object, ty).filter(|one| !found.iter().any(|other| other.place == one.place));
        found.extend(one);
    }
}

fn of<'a>(context: &Context<'_>, object: ExprId, ty: &'static str) -> Option<Collection<'a>> {
    let place = context.place(object)?;
    let symbol = foreign(context, &place)?;
    Some(Collection {
        name: context.text(object),
        home: Home::Module,
        declaration: context.span(object),
        ty: Name::new_static(ty),
        declared: None,
        table: None,
        made: Vec::new(),
        question: Some(Question::Shrinks { collection: symbol.clone() }),
        declared_as: Some(Question::Grows { collection: symbol }),
        place,
    })
}

/// The type that a way of adding speaks for.
fn by_method(family: Family, method: &str) -> &'static str {
    match (family, method) {
        (Family::JavaScript, "set") => "Map",
        (Family::JavaScript, "add") => "Set",
        (Family::JavaScript, _) => "Array",
        (Family::Java, "put" | "putIfAbsent" | "computeIfAbsent" | "merge" | "compute") => "Map",
        (Family::Java, _) => "List",
        (Family::Python, "add") => "set",
        (Family::Python, "setdefault" | "update") => "dict",
        (Family::Python, _) => "list",
    }
}

fn by_index(family: Family) -> &'static str {
    match family {
        Family::JavaScript => "Object",
        Family::Java => "Map",
        Family::Python => "dict",
    }
}
