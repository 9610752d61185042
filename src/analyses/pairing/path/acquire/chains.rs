//! Calls whose result stands for what they are called on or given.

use crate::analyses::context::{CallSite, Use};
use crate::analyses::pairing::path::track::{Identity, Tracker};
use crate::analyses::pairing::path::words;
use crate::catalogue::Part;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, QualifiedName, VariableKind};

impl Tracker<'_> {
    /// `Pair.of(database, columns)`, `Collections.singleton(buffer)`: a class makes something that has what it is given.
    pub(in crate::analyses::pairing::path) fn gathers(&self, callee: ExprId, name: &str) -> bool {
        let module = self.context.module;
        let ExprKind::Member { object, .. } = module.kind(callee) else { return false };
        let of_class = match module.kind(*object) {
            ExprKind::Variable(id) => {
                matches!(module.variables[*id].kind, VariableKind::Class(_) | VariableKind::Import(_))
            }
            ExprKind::Global(class) => class.starts_with(char::is_uppercase),
            ExprKind::Member { name, .. } => name.starts_with(char::is_uppercase),
            _ => false,
        };
        self.context.family() == Family::Java && of_class && words::gathers(name)
    }

    /// `try (var channel = open().bind(address))`: the whole chain gives what the block closes.
    pub(in crate::analyses::pairing::path) fn enters_chain(&self, site: &CallSite) -> bool {
        let mut at = site.expr;
        loop {
            at = match self.context.uses(at) {
                Use::Receiver(outer) => outer,
                Use::Entered => return true,
                Use::Stored(target) => {
                    let ExprKind::Variable(id) = self.context.module.kind(target) else { return false };
                    return self.guards.entered.values().any(|names| names.contains(id));
                }
                _ => return false,
            };
        }
    }

    /// `return open().readOnly()`: what is given back is of a type that must be closed, and most likely the thing itself.
    pub(in crate::analyses::pairing::path) fn returns_handle(&self, site: &CallSite) -> bool {
        let context = self.context;
        let returns = context.module.functions[self.function].returns.as_ref();
        context.family() == Family::Java
            && context.uses(site.expr) == Use::Returned
            && returns.is_some_and(|ty| {
                words::names_handle(ty.name.last())
                    || context.catalogue.resource_type(&ty.name, context.module, &context.scope).is_some()
            })
    }

    /// `Reader reader = Bom.reader(in)`: what comes back is one that closes the other.
    pub(in crate::analyses::pairing::path) fn gives_stream(&self, site: &CallSite) -> bool {
        let context = self.context;
        if context.family() != Family::Java {
            return false;
        }
        let handle = |name: &QualifiedName| {
            words::wraps_stream(name.last())
                || context.catalogue.resource_type(name, context.module, &context.scope).is_some()
        };
        let target = match context.uses(site.expr) {
            Use::Stored(target) => target,
            Use::Returned => {
                let returns = context.module.functions[self.function].returns.as_ref();
                return returns.is_some_and(|ty| handle(&ty.name));
            }
            Use::Argument(outer, _) => return context.site_of(outer).is_some_and(|outer| !outer.wrappers.is_empty()),
            _ => return false,
        };
        let ExprKind::Variable(id) = context.module.kind(target) else { return false };
        let ty = context.module.variables[*id].ty.as_ref();
        ty.is_some_and(|ty| handle(&ty.name))
    }

    /// `Manager.getInstance().shutdown()`: what it was got from by the same words ends, and it with that.
    pub(in crate::analyses::pairing::path) fn ends_source(&self, site: &CallSite) -> bool {
        let context = self.context;
        let Identity::Handle(acquired) = self.identity else { return false };
        if context.family() != Family::Java || !site.shape.method.as_deref().is_some_and(words::closes) {
            return false;
        }
        let text = |object: ExprId| {
            let ExprKind::Call { callee, arguments, constructs: false, .. } = context.module.kind(object) else {
                return None;
            };
            let plain = arguments.is_empty() && context.module.path(*callee).is_some();
            plain.then(|| context.source.slice(context.span(object)))
        };
        let Some(ended) = context.part(site.expr, &Part::Receiver).and_then(text) else { return false };
        // The statement of a connection of the manager, too.
        let receiver = |call: ExprId| context.part(call, &Part::Receiver).map(|object| context.definition(object));
        std::iter::successors(receiver(acquired.expr), |object| receiver(*object))
            .take(3)
            .any(|object| text(object) == Some(ended))
    }

    /// `image = filter.run(spool()); return File(image.f)`: what comes back has it, as its own part shows.
    pub(in crate::analyses::pairing::path) fn gives_owner(&self, site: &CallSite, argument: ExprId) -> bool {
        let context = self.context;
        let module = context.module;
        let fresh = matches!(module.kind(module.peel(argument)), ExprKind::Call { .. });
        let Use::Stored(target) = context.uses(site.expr) else { return false };
        let ExprKind::Variable(id) = module.kind(target) else { return false };
        context.family() == Family::Python
            && fresh
            && context.reads(*id).iter().any(|read| match context.uses(*read) {
                Use::Read(part) => {
                    matches!(module.kind(part), ExprKind::Member { name, .. } if words::names_part(name))
                }
                _ => false,
            })
    }

    /// `factory(sock)`, `self.transport_class(sock)`: a class that the caller chose.
    pub(in crate::analyses::pairing::path) fn is_chosen_class(&self, callee: ExprId) -> bool {
        let module = self.context.module;
        self.context.family() == Family::Python
            && match module.kind(module.peel(callee)) {
                ExprKind::Variable(id) => words::names_class(&module.variables[*id].name),
                ExprKind::Member { name, .. } => words::names_class(name),
                _ => false,
            }
    }

    /// `path = to_unicode(path)`: the result takes the name, and stands for it.
    pub(in crate::analyses::pairing::path) fn renames(&self, site: &CallSite, argument: ExprId) -> bool {
        let module = self.context.module;
        match (self.context.uses(site.expr), module.kind(module.peel(argument))) {
            (Use::Stored(target), ExprKind::Variable(id)) => {
                matches!(module.kind(target), ExprKind::Variable(named) if named == id)
            }
            _ => false,
        }
    }
}
