//! Acquisitions that no table names: what a function of the file gives back open, and what a producer of another file
//! gives for a field whose declared type must be closed.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::owners::returned_values;
use crate::analyses::pairing::path::{lends_connection, produces};
use crate::catalogue::{Acquire, Part};
use crate::model::{ExprId, ExprKind, FunctionId, Root};

/// What the functions of a file give back open.
pub struct Made {
    returns: FxHashMap<FunctionId, Arc<Acquire>>,
}

impl Made {
    /// Reads what the functions of a file give back.
    #[must_use]
    pub fn new(context: &Context<'_>) -> Self {
        let mut returns = FxHashMap::default();
        for site in context.sites.iter().filter(|site| !site.acquires.is_empty()) {
            let Some(acquire) = site.acquires.iter().find(|acquire| is_plain(acquire)) else { continue };
            if acquire.unless.iter().any(|wanted| context.holds(site.expr, wanted)) {
                continue;
            }
            let given =
                returned_values(context, site.function).into_iter().any(|value| context.definition(value) == site.expr);
            if given {
                returns.entry(site.function).or_insert_with(|| Arc::clone(acquire));
            }
        }
        Self { returns }
    }

    /// What a call acquires that no table knows.
    #[must_use]
    pub fn at(&self, context: &Context<'_>, site: &CallSite) -> Option<Arc<Acquire>> {
        if !site.acquires.is_empty() || site.shape.constructs {
            return None;
        }
        let ExprKind::Call { callee, .. } = context.module.kind(site.expr) else { return None };
        match context.module.local_function(*callee) {
            Some(function) => self.returns.get(&function).cloned(),
            None => declared(context, site),
        }
    }
}

/// An acquisition that is its result and nothing else.
fn is_plain(acquire: &Acquire) -> bool {
    matches!(acquire.handle, Some(Part::Result)) && acquire.key.is_empty() && acquire.source.is_none() && !acquire.once
}

/// `this.connection = factory.newConnection()`, where the field is declared to be one.
fn declared(context: &Context<'_>, site: &CallSite) -> Option<Arc<Acquire>> {
    let module = context.module;
    let Use::Stored(target) = context.uses(site.expr) else { return None };
    let place = context.place(target)?;
    let Root::This(class) = place.root else { return None };
    let ty = module.field(class, place.only_field()?)?.ty.as_ref()?;
    let table = context.catalogue.resource_type(&ty.unwrapped().name, module, &context.scope)?;
    if lends_connection(context, site) || !site.wrappers.is_empty() {
        return None;
    }
    let method = site.shape.method.clone().or_else(|| name(context, site.expr))?;
    (table.produced && (produces(&method) || method.ends_with("Factory"))).then(|| Arc::new(table.acquisition()))
}

fn name(context: &Context<'_>, call: ExprId) -> Option<crate::model::Name> {
    let ExprKind::Call { callee, .. } = context.module.kind(call) else { return None };
    match context.module.kind(*callee) {
        ExprKind::Variable(id) => Some(context.module.variables[*id].name.clone()),
        ExprKind::Global(name) => Some(name.clone()),
        _ => None,
    }
}
