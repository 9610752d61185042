//! Builders: nothing is open before `build()`.

use crate::analyses::context::{CallSite, Context, Use};
use crate::lang::Family;
use crate::model::{ExprKind, QualifiedName, TypeRef};

/// Whether a call gives the thing itself, or a builder: nothing is open before `build()`.
pub(in crate::analyses::pairing::path) enum Makes<'a> {
    Itself,
    /// A builder, and the call of its chain that makes the thing.
    Built(&'a CallSite),
    /// A builder that is kept as such.
    Builder,
}

#[must_use]
pub(in crate::analyses::pairing::path) fn makes<'a>(context: &'a Context<'a>, site: &CallSite) -> Makes<'a> {
    let begins = match &site.shape.method {
        // `new Client.Builder()` of a class in a class, too.
        _ if site.shape.constructs => {
            let path = site.shape.path.as_ref();
            let nested = site.shape.method.as_ref().is_some_and(|name| name.ends_with("Builder"));
            nested || path.is_some_and(|path| path.last().ends_with("Builder"))
        }
        Some(name) => matches!(name.as_str(), "builder" | "newBuilder" | "custom" | "standard"),
        None => false,
    };
    let builder = || {
        let given = returned_type(context, site);
        let mut whole = site.expr;
        while let Use::Receiver(call) = context.uses(whole) {
            whole = call;
        }
        let kept = match context.uses(whole) {
            Use::Stored(target) => context.module.type_of(target),
            Use::Returned => context.module.functions[site.function].returns.clone(),
            _ => None,
        };
        [given, kept].into_iter().flatten().any(|ty| ty.name.last().ends_with("Builder"))
    };
    let begins = begins || site.acquires.iter().any(|acquire| acquire.kind == "client") && builder();
    let begins = begins
        || site.acquires.is_empty()
            && returned_type(context, site).is_some_and(|ty| ty.name.last().ends_with("Builder"));
    // `ClientBuilder.create().build()`; `ClientBuilder.defaultClient()` gives the thing itself.
    let perhaps = site.shape.path.as_ref().is_some_and(is_of_builder);
    if !(begins || perhaps) || context.family() != Family::Java {
        return Makes::Itself;
    }
    let ends = |name: &str| ["build", "create", "start"].iter().any(|verb| name.starts_with(verb));
    let mut at = site.expr;
    while let Use::Receiver(call) = context.uses(at) {
        if let Some(made) = context.site_of(call).filter(|site| site.shape.method.as_deref().is_some_and(ends)) {
            return Makes::Built(made);
        }
        at = call;
    }
    if begins { Makes::Builder } else { Makes::Itself }
}

/// Whether a function is of a class that builds: `HttpClientBuilder.create`.
fn is_of_builder(path: &QualifiedName) -> bool {
    let class = path.name.rsplit_once('.').map_or(path.module.as_str(), |(class, _)| class);
    class.ends_with("Builder")
}

/// What the function of the file that a call runs is declared to give.
fn returned_type(context: &Context<'_>, site: &CallSite) -> Option<TypeRef> {
    let ExprKind::Call { callee, .. } = context.module.kind(site.expr) else { return None };
    let function = context.module.local_function(*callee)?;
    context.module.functions[function].returns.clone()
}
