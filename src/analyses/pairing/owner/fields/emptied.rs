//! Lists and maps of what must be closed, which a method empties or replaces without closing what is in them:
//! `pools.clear()`, `pools = build()`.

use super::renewed::{Again, says_again};
use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::owners;
use crate::analyses::story::Story;
use crate::catalogue::words::{owners as words, paths as path_words};
use crate::catalogue::{Acquire, Analysis, ResourceType};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ClassId, Expr, ExprId, ExprKind, Field, FunctionId, FunctionKind, VariableKind};
use crate::project::{Candidate, Facts};

/// Adds the collections of open things that the file's classes let go of.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    if context.family() != Family::Java {
        return;
    }
    for (class, data) in context.module.classes.iter() {
        facts.candidates.extend(data.fields.iter().filter_map(|field| judge(context, class, field)));
    }
}

fn judge(context: &Context<'_>, class: ClassId, field: &Field) -> Option<Candidate> {
    let module = context.module;
    let table = element(context, field)?;
    let uses = context.field_uses(class, &field.name);
    let made = uses.iter().find_map(|named| insertion(context, *named));
    let cleared = || uses.iter().find_map(|named| Some((clearing(context, *named).filter(|_| made.is_some())?, made)));
    let replaced = || {
        field.values.iter().find_map(|value| {
            let site = context.site_of(context.definition(*value)).filter(|site| !site.shape.constructs)?;
            let again = says_again(context, site.function)?;
            (again != Again::Chosen).then_some((site.expr, Some(site.expr)))
        })
    };
    let (lost, made) = cleared().or_else(replaced)?;
    let method = context.function_of(lost)?;
    let data = &module.functions[method];
    if !matches!(data.kind, FunctionKind::Method) || !module.classes[class].methods.contains(&method) {
        return None;
    }
    if looks_at(context, class, field, method, table) {
        return None;
    }
    let acquire = Acquire::by_result("resource", &table.what, "close each of them before the collection lets go of it");
    let made = made?;
    let story = Story::new(context, made, context.function_of(made)?, &acquire, Analysis::Pairing)?;
    let name = data.name.clone()?;
    Some(
        story
            .message(format!("`{name}` lets go of what is in `{}` without closing it", field.name))
            .confidence(Confidence::Medium, format!("a {} must be closed, and nothing on the way does", table.what))
            .step(StepKind::Missed, context.span(lost), "what is in it is lost here")
            .end(),
    )
}

/// The table of what a list or map is declared to hold.
fn element<'c>(context: &'c Context<'_>, field: &Field) -> Option<&'c ResourceType> {
    let ty = field.ty.as_ref().filter(|ty| words::is_plain_collection(ty.name.last()))?;
    let table = context.catalogue.resource_type(&ty.arguments.last()?.name, context.module, &context.scope)?;
    matches!(table.kind.as_str(), "resource" | "client" | "connection" | "executor").then_some(table)
}

/// `pools.put(name, new Pool())`: what the class itself makes for the collection.
fn insertion(context: &Context<'_>, named: ExprId) -> Option<ExprId> {
    let Use::Receiver(call) = context.uses(named) else { return None };
    let name = context.site_of(call)?.shape.method.as_deref()?;
    let ExprKind::Call { arguments, .. } = context.module.kind(call) else { return None };
    let value = context.definition(arguments.last()?.value);
    let given = matches!(context.module.kind(value), ExprKind::Variable(id)
        if matches!(context.module.variables[*id].kind, VariableKind::Parameter(_)));
    let made = context.site_of(value).is_some_and(|site| {
        site.shape.constructs
            || !site.acquires.is_empty()
            || site.shape.method.as_deref().is_some_and(path_words::produces)
    });
    (matches!(name, "put" | "putIfAbsent" | "add") && made && !given).then_some(value)
}

/// `pools.clear()`
fn clearing(context: &Context<'_>, named: ExprId) -> Option<ExprId> {
    let Use::Receiver(call) = context.uses(named) else { return None };
    (context.site_of(call)?.shape.method.as_deref() == Some("clear")).then_some(call)
}

/// Whether the method, what it calls or what calls it hands the collection on, or closes something that may be in it.
fn looks_at(context: &Context<'_>, class: ClassId, field: &Field, method: FunctionId, table: &ResourceType) -> bool {
    let mut roots: Vec<FunctionId> = context.calls_of(method).map(|site| site.function).collect();
    roots.push(method);
    let reached = owners::reach(context, &roots);
    let closes = |name: &str| table.closes.iter().any(|close| close == name);
    let called = |site: &CallSite| site.shape.method.as_deref().is_some_and(closes);
    let named = |(id, expr): (ExprId, &Expr)| {
        matches!(&expr.kind, ExprKind::MethodReference { name, .. } if closes(name))
            && context.function_of(id).is_some_and(|function| reached.contains(&function))
    };
    reached.iter().any(|function| context.sites_in(*function).any(called))
        || context.module.exprs.iter().any(named)
        || context.field_uses(class, &field.name).iter().any(|named| {
            let handed = matches!(
                context.uses(*named),
                Use::Argument(..) | Use::Stored(_) | Use::Returned | Use::Element(_) | Use::Yielded | Use::Opaque
            );
            handed && context.function_of(*named).is_some_and(|function| reached.contains(&function))
        })
}
