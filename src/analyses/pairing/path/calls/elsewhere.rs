//! Functions that other files declare: what they may open, and what they do with what they are lent.

use std::sync::Arc;

use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::pairing::path::track::Tracker;
use crate::analyses::pairing::path::{raises, summary, words};
use crate::catalogue::{Acquire, Part};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, Root, VariableId, VariableKind};
use crate::project::{Question, Symbol};

/// The question that makes a call an acquisition: does the function of another file give back something open?
///
/// Only where a local variable gets the result; Java's declared types say more than a question could.
#[must_use]
pub fn opens(context: &Context<'_>, site: &CallSite) -> Option<Question> {
    let module = context.module;
    if context.family() == Family::Java || site.shape.constructs || !site.wrappers.is_empty() {
        return None;
    }
    let outer = context.parent(site.expr).filter(|outer| matches!(module.kind(*outer), ExprKind::Await(_)));
    let Use::Stored(target) = context.uses(outer.unwrap_or(site.expr)) else { return None };
    let ExprKind::Variable(id) = module.kind(target) else { return None };
    let variable = &module.variables[*id];
    if variable.kind != VariableKind::Local || variable.function != site.function {
        return None;
    }
    let ExprKind::Call { callee: called, .. } = module.kind(site.expr) else { return None };
    if module.local_function(*called).is_some()
        || words::opens_nothing(raises::name_of(context, site, *called).trim_start_matches('_'))
    {
        return None;
    }
    if site.shape.path.as_ref().is_some_and(|path| path.is_unresolved() || context.is_of_known_library(path)) {
        return None;
    }
    Some(Question::ReturnsOpen { callee: callee(context, site)? })
}

/// What such a function gives back.
#[must_use]
pub fn acquire(context: &Context<'_>, site: &CallSite) -> Arc<Acquire> {
    let ExprKind::Call { callee, .. } = context.module.kind(site.expr) else {
        return Arc::new(Acquire::plain("resource", "resource", Part::Result));
    };
    let what = format!("what `{}` opens", raises::name_of(context, site, *callee));
    let closes = ["close", "destroy", "terminate", "release", "end", "detach"];
    Arc::new(Acquire {
        closes: closes.iter().map(ToString::to_string).collect(),
        fix: "close it on every way out: the function that was called leaves that to its caller".to_owned(),
        ..Acquire::plain("resource", &what, Part::Result)
    })
}

/// The function of another file that a call runs: by an import, or inherited by the object itself.
#[must_use]
pub fn callee(context: &Context<'_>, site: &CallSite) -> Option<Symbol> {
    let module = context.module;
    let ExprKind::Call { callee, arguments, .. } = module.kind(site.expr) else { return None };
    if let ExprKind::Member { object, name, .. } = module.kind(*callee)
        && let ExprKind::This(Some(class)) = module.kind(*object)
    {
        let data = &module.classes[*class];
        let own = module.class_function(*class, name);
        let own = own.is_some_and(|function| summary::fits(context, function, arguments.len()));
        let base = data.bases.first().filter(|_| data.superclasses > 0 && !own)?;
        let known = base.name.module.is_empty() || module.local_class(&base.name).is_some();
        return (!known).then(|| Symbol::from(base.name.clone()).member(name));
    }
    let path = site.shape.path.clone()?;
    (!path.module.is_empty() && !path.is_here()).then(|| path.into())
}

/// Whether a call works through what it is given, by its name or as a method of a class above, which another file has.
#[must_use]
pub fn works(context: &Context<'_>, site: &CallSite, name: &str) -> bool {
    words::works_through(name) || is_inherited(context, site)
}

fn is_inherited(context: &Context<'_>, site: &CallSite) -> bool {
    let ExprKind::Call { callee: called, .. } = context.module.kind(site.expr) else { return false };
    let own = matches!(context.module.kind(*called), ExprKind::Member { object, .. }
        if matches!(context.module.kind(*object), ExprKind::This(_)));
    own && context.family() == Family::Java && callee(context, site).is_some()
}

/// `self.set_socket(sock)`: a method that a class above has, which the file does not show.
#[must_use]
pub fn is_of_base(context: &Context<'_>, callee: ExprId) -> bool {
    let module = context.module;
    matches!(module.kind(callee), ExprKind::Member { object, .. } if matches!(module.kind(*object), ExprKind::This(_)))
        && module.local_function(callee).is_none()
}

/// Whether the one method of this name in the file leaves the argument to its caller; the receiver does not say whose
/// method it is.
#[must_use]
pub fn borrows_by_name(tracker: &Tracker<'_>, call: ExprId, argument: u16) -> bool {
    let context = tracker.context;
    let module = context.module;
    let Some(name) = context.site_of(call).and_then(|site| site.shape.method.clone()) else { return false };
    let named: Vec<FunctionId> = module
        .functions
        .iter()
        .filter(|(_, function)| function.name.as_ref() == Some(&name) && !function.is_abstract)
        .map(|(id, _)| id)
        .collect();
    let [only] = named.as_slice() else { return false };
    // `self._driver.deliver(file)` in a class that has a `deliver` of its own passes it on to another one.
    let class = context.function_of(call).and_then(|function| module.functions[module.outermost(function)].this);
    if class.is_some() && class == module.functions[*only].this {
        return false;
    }
    let parameter = module.functions[*only].parameters.get(usize::from(argument));
    parameter.is_some_and(|parameter| {
        let fate = tracker.summaries.fate(*parameter);
        !fate.ends(tracker.acquire) && !fate.kept && !may_be_in_result(context, *parameter)
    })
}

/// Notes the unknown methods of their own parts to which functions of this file pass their parameters on:
/// `self._driver.deliver(file)`.
pub fn lend_on(tracker: &Tracker<'_>, parameters: &[VariableId]) {
    let context = tracker.context;
    if context.family() != Family::Python {
        return;
    }
    let of_own = |site: &CallSite| {
        let object = context.part(site.expr, &Part::Receiver).and_then(|object| context.place(object));
        object.is_some_and(|object| matches!(object.root, Root::This(_)) && object.field().is_some())
    };
    for read in parameters.iter().flat_map(|parameter| context.reads(*parameter)) {
        let Use::Argument(call, index) = context.uses(*read) else { continue };
        let unknown = |site: &&CallSite| {
            site.callee.is_none()
                && site.borrows.is_empty()
                && !site.shape.constructs
                && site.shape.path.is_none()
                && of_own(site)
                && site.shape.method.as_deref().is_some_and(|name| !words::is_harmless(name))
        };
        if context.site_of(call).as_ref().is_some_and(unknown) {
            tracker.lent.borrow_mut().push((call, index));
        }
    }
}

/// Whether a function gives back what an unknown one makes of its parameter: `return picture.save_as(out)`.
#[must_use]
pub fn may_be_in_result(context: &Context<'_>, parameter: VariableId) -> bool {
    context.reads(parameter).iter().any(|read| match context.uses(*read) {
        Use::Argument(call, _) if context.uses(call) == Use::Returned => context.site_of(call).is_some_and(|site| {
            let method = site.shape.method.as_deref();
            site.borrows.is_empty() && site.callee.is_none() && method.is_some_and(|name| !words::parses(name))
        }),
        _ => false,
    })
}
