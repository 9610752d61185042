//! Functions of Java that hardly fail: a body that only assigns, asks and calls its like is no reason for an exception.

use std::collections::BTreeMap;

use super::{Level, name_of};
use crate::analyses::context::{CallSite, Context};
use crate::analyses::pairing::path::acquire::gives;
use crate::analyses::pairing::path::track::Tracker;
use crate::analyses::pairing::path::ways::Leak;
use crate::analyses::pairing::path::{summary, words};
use crate::lang::Family;
use crate::model::{ClassId, ClassKind, ExprId, ExprKind, FunctionId, FunctionKind, Name, QualifiedName, Step};
use crate::project::{Question, Symbol};

/// How many functions of other places a body may lean on.
const MOST: usize = 8;
/// The name of what runs when an instance of a class is made.
const CONSTRUCTOR: &str = "constructor";

/// The functions of a file that nothing in their own bodies makes fail, with what they call.
#[must_use]
pub fn functions(context: &Context<'_>) -> BTreeMap<Name, Vec<Symbol>> {
    let module = context.module;
    let mut found: BTreeMap<Name, Option<Vec<Symbol>>> = BTreeMap::new();
    if context.family() != Family::Java {
        return BTreeMap::new();
    }
    // Overloads answer together.
    let mut add = |name: Name, leans: Option<Vec<Symbol>>| {
        let known = found.entry(name).or_insert_with(|| Some(Vec::new()));
        *known = known.take().zip(leans).map(|(mut all, more)| {
            all.extend(more);
            all
        });
    };
    for (id, function) in module.functions.iter() {
        if function.name.is_some() && function.kind == FunctionKind::Method {
            add(Name::from(context.symbol(id)), leans(context, id));
        }
    }
    for (id, class) in module.classes.iter() {
        if class.name.is_some() && matches!(class.kind, ClassKind::Class | ClassKind::Enum | ClassKind::Record) {
            let name = Symbol::from(module.class_name(id)).member(CONSTRUCTOR).name;
            add(name, makes(context, id));
        }
    }
    let few = |leans: Vec<Symbol>| (leans.len() <= MOST).then_some(leans);
    found.into_iter().filter_map(|(name, leans)| Some((name, leans.and_then(few)?))).collect()
}

/// What the making of an instance leans on; nothing where it may fail.
fn makes(context: &Context<'_>, class: ClassId) -> Option<Vec<Symbol>> {
    let module = context.module;
    let data = &module.classes[class];
    let written = |id: &FunctionId| module.functions[*id].kind == FunctionKind::Constructor;
    let fields = |id: &FunctionId| {
        let function = &module.functions[*id];
        function.this == Some(class) && function.kind == FunctionKind::FieldInitializer
    };
    let constructors = data.methods.iter().copied().filter(written);
    let initializers = module.functions.iter().map(|(id, _)| id).filter(fields);
    let mut all = Vec::new();
    for function in constructors.chain(initializers) {
        all.extend(leans(context, function)?);
    }
    if data.superclasses > 0 {
        all.push(Symbol::from(data.bases.first()?.name.clone()).member(CONSTRUCTOR));
    }
    Some(all)
}

/// Whether nothing in a function can fail for a reason that a reader would think of.
#[must_use]
pub fn is_calm(context: &Context<'_>, function: FunctionId) -> bool {
    context.family() == Family::Java && leans(context, function).is_some_and(|leans| leans.is_empty())
}

/// The functions of the project that a body calls; nothing where something else in it may fail.
fn leans(context: &Context<'_>, function: FunctionId) -> Option<Vec<Symbol>> {
    let data = &context.module.functions[function];
    let fails = |step: &Step| match step {
        Step::Throw(Some(value), _) => !summary::is_complaint(context, *value),
        Step::Throw(None, _) => true,
        _ => false,
    };
    let throws = data.cfg.blocks.iter().any(|(_, block)| block.steps.iter().any(fails));
    if data.is_abstract || !data.throws.is_empty() || throws {
        return None;
    }
    let mut found = Vec::new();
    for site in context.sites_in(function) {
        match lean(context, site) {
            Lean::Nothing => {}
            Lean::On(symbol) => found.push(symbol),
            Lean::Fails => return None,
        }
    }
    Some(found)
}

/// What one call of a body means for it.
enum Lean {
    Nothing,
    /// It fails when this function does.
    On(Symbol),
    Fails,
}

fn lean(context: &Context<'_>, site: &CallSite) -> Lean {
    let ExprKind::Call { callee: called, constructs, .. } = context.module.kind(site.expr) else {
        return Lean::Nothing;
    };
    // The constructor above is leaned on by the class itself.
    if matches!(context.module.kind(*called), ExprKind::This(_) | ExprKind::Super) {
        return Lean::Nothing;
    }
    if !site.acquires.is_empty() || site.borrows.iter().any(|borrow| borrow.throws) {
        return Lean::Fails;
    }
    let name = name_of(context, site, *called);
    let plain = if *constructs { words::is_plain_type(&name) } else { words::is_harmless(&name) };
    match callee(context, site) {
        _ if plain => Lean::Nothing,
        Some(symbol) => Lean::On(symbol),
        None => Lean::Fails,
    }
}

/// The function of the project, of this file or another, that a call runs.
fn callee(context: &Context<'_>, site: &CallSite) -> Option<Symbol> {
    let module = context.module;
    if !site.shape.constructs {
        let own = |function| Symbol::from(QualifiedName::here(Name::from(context.symbol(function))));
        return site.callee.map(own).or_else(|| gives::callee(context, site));
    }
    let path = site.shape.path.clone()?;
    let class = module.local_class(&path).map_or(path, |class| module.class_name(class));
    Some(Symbol::from(class).member(CONSTRUCTOR))
}

/// The call of a way whose failure loses it, where another file may say that it does not fail.
#[must_use]
pub fn question(tracker: &Tracker<'_>, leak: &Leak) -> Option<(ExprId, Question)> {
    let context = tracker.context;
    let raise = leak.raised.filter(|raise| !raise.thrown && raise.level != Level::Explicit)?;
    let site = context.site_of(raise.at).filter(|_| context.family() == Family::Java)?;
    let callee = callee(context, site)?;
    Some((raise.at, Question::IsCalm { callee }))
}
