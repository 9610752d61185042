//! Calls after which it ends without being released: those that end the process, or wait for the other side.

use crate::analyses::context::CallSite;
use crate::analyses::pairing::path::state::State;
use crate::analyses::pairing::path::track::Tracker;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, Literal};

impl Tracker<'_> {
    /// Whether a table says that the call ends the process.
    pub(in crate::analyses::pairing::path) fn exits(&self, site: &CallSite) -> bool {
        let context = self.context;
        let exits = context.catalogue.in_scope(&context.scope).flat_map(|library| &library.exit);
        context.family() == Family::Python
            && exits.flat_map(|exit| &exit.call).any(|call| call.matches(&site.shape, context.module))
    }

    /// `socket.on('end', …)`: it ends with the other side, and the author waits for that.
    pub(in crate::analyses::pairing::path) fn awaits_end(
        &self,
        state: &State,
        callee: ExprId,
        event: Option<ExprId>,
    ) -> bool {
        let module = self.context.module;
        let listens = matches!(module.kind(callee), ExprKind::Member { object, name, .. }
            if matches!(name.as_str(), "on" | "once" | "addListener" | "addEventListener") && self.is_it(state, *object));
        listens
            && self.context.family() == Family::JavaScript
            && event.is_some_and(|event| {
                matches!(module.kind(event), ExprKind::Literal(Literal::String(name))
                    if matches!(name.as_str(), "end" | "close" | "exit" | "finish"))
            })
    }
}
