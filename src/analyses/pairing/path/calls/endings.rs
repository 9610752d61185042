//! Calls after which it ends without a method of its own: those that end the process, wait for the other side, or run a
//! function for each thing of a list.

use crate::analyses::context::CallSite;
use crate::analyses::pairing::path::state::State;
use crate::analyses::pairing::path::track::Tracker;
use crate::analyses::pairing::path::words;
use crate::catalogue::Part;
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

    /// `sockets.forEach((socket) => socket.end())`: each thing of a list that has it.
    pub(super) fn releases_each(&self, state: &State, site: &CallSite) -> bool {
        let context = self.context;
        let runs = site.shape.method.as_deref().is_some_and(words::runs_now);
        let list = context.part(site.expr, &Part::Receiver).filter(|_| runs);
        let each = context.function_part(site.expr, &Part::Argument(0));
        let (Some(list), Some(each)) = (list, each) else { return false };
        let one = context.module.functions[each].parameters.first();
        self.contains_it(state, list) && one.is_some_and(|one| self.summaries.fate(*one).ends(self.acquire))
    }
}
