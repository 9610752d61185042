//! How often a file of Java makes instances of the classes of a project and calls their static methods, and what it ends
//! of other objects.

use std::collections::BTreeMap;

use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::owners::lifecycle;
use crate::analyses::pairing::path::words;
use crate::analyses::runs::{Runs, runs};
use crate::model::{ExprId, ExprKind};
use crate::model::{FunctionId, FunctionKind, Name, QualifiedName, VariableKind};
use crate::project::{Facts, Often, Run, Symbol, Taken};
use crate::source::Span;

/// Adds the makings of instances, and the getters of other objects whose result the file ends.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    let foreign = |path: &QualifiedName| !["java.", "javax."].iter().any(|root| path.module.starts_with(root));
    for site in context.sites.iter().filter(|site| site.shape.constructs) {
        let Some(path) = site.shape.path.clone().filter(foreign) else { continue };
        let of = context.module.local_class(&path).map_or(path, |class| context.module.class_name(class));
        let brief = super::is_brief(context, site.expr);
        facts.runs.push(Run { of: of.into(), often: often(context, site), brief, owners: Vec::new() });
    }
    for site in context.sites.iter().filter(|site| !site.shape.constructs) {
        if let Some(of) = of_class(context, site) {
            facts.runs.push(Run { of, often: often(context, site), brief: false, owners: Vec::new() });
        }
    }
    facts.runs.sort();
    facts.runs.dedup();
    let mut ended: BTreeMap<Name, Span> = BTreeMap::new();
    for site in context.sites.iter().filter(|site| is_getter_of_other(context, site)) {
        if let Some(name) = site.shape.method.clone().filter(|_| is_ended(context, site.expr)) {
            ended.entry(name).or_insert(context.span(site.expr));
        }
    }
    // Whoever gives an object a pool takes the one away that it would make.
    let given = |name: &Name| words::gives_pool(name);
    for site in context.sites.iter().filter(|site| site.callee.is_none()) {
        if let Some(name) = site.shape.method.clone().filter(given) {
            ended.entry(name).or_insert(context.span(site.expr));
        }
    }
    ended.retain(|name, _| facts.member_shrinks.iter().all(|known| known.from != *name));
    facts.member_shrinks.extend(ended.into_iter().map(|(from, span)| Taken { from, span }));
}

/// The static method, of this file or another of the project, that a call runs.
fn of_class(context: &Context<'_>, site: &CallSite) -> Option<Symbol> {
    let module = context.module;
    if let Some(function) = site.callee {
        return given(context, function).map(|name| QualifiedName::here(name).into());
    }
    let ExprKind::Call { callee, .. } = module.kind(site.expr) else { return None };
    let ExprKind::Member { object, name, .. } = module.kind(*callee) else { return None };
    let path = module.path(*object).filter(|path| !path.is_here() && !context.is_of_known_library(path))?;
    let class = path.last().starts_with(char::is_uppercase) && path.last().contains(char::is_lowercase);
    (class && !path.module.starts_with("java")).then(|| Symbol::from(path).member(name))
}

/// The name under which other files know a static method; no framework calls one without saying so.
#[must_use]
pub fn given(context: &Context<'_>, function: FunctionId) -> Option<Name> {
    let data = &context.module.functions[function];
    let plain = data.is_static && data.kind == FunctionKind::Method && data.annotations.is_empty();
    (plain && data.name.is_some()).then(|| Name::from(context.symbol(function)))
}

fn often(context: &Context<'_>, site: &CallSite) -> Often {
    let module = context.module;
    if site.loops > 0 {
        return Often::Again;
    }
    let outermost = module.outermost(site.function);
    let function = &module.functions[outermost];
    match runs(context, site.function) {
        Runs::Once => Often::Once,
        Runs::Repeatedly(_) => Often::Again,
        Runs::Unknown => match (&function.kind, function.this) {
            (FunctionKind::StaticInitializer, _) => Often::Once,
            (FunctionKind::Constructor | FunctionKind::FieldInitializer, Some(class)) => {
                let one = lifecycle(context, class).singleton;
                if one { Often::Once } else { Often::With(module.class_name(class).name) }
            }
            _ if outermost == site.function => given(context, outermost).map_or(Often::Again, Often::With),
            _ => Often::Again,
        },
    }
}

fn is_getter_of_other(context: &Context<'_>, site: &CallSite) -> bool {
    let bare = matches!(context.module.kind(site.expr), ExprKind::Call { arguments, constructs: false, .. } if arguments.is_empty());
    bare && site.callee.is_none() && site.shape.method.as_deref().is_some_and(words::is_getter)
}

/// Whether a value is ended where it is got, or by the variable that has it.
fn is_ended(context: &Context<'_>, value: ExprId) -> bool {
    let ends = |value: ExprId| match context.uses(value) {
        Use::Receiver(call) => method(context, call).is_some_and(words::closes),
        Use::Argument(call, _) => method(context, call).is_some_and(words::closes_argument),
        _ => false,
    };
    let named = || match context.uses(value) {
        Use::Stored(target) => match context.module.kind(target) {
            ExprKind::Variable(id) if context.module.variables[*id].kind == VariableKind::Local => {
                context.reads(*id).iter().any(|read| ends(*read))
            }
            _ => false,
        },
        _ => false,
    };
    ends(value) || named()
}

fn method<'a>(context: &'a Context<'_>, call: ExprId) -> Option<&'a str> {
    context.site_of(call).and_then(|site| site.shape.method.as_deref())
}
