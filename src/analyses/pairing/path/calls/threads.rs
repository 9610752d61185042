//! What a thread is given that finishes it: `Thread(target=drain, args=(process,))`.

use crate::analyses::context::CallSite;
use crate::analyses::pairing::path::state::State;
use crate::analyses::pairing::path::summary;
use crate::analyses::pairing::path::track::Tracker;
use crate::catalogue::Part;
use crate::lang::Family;
use crate::model::ExprKind;

impl Tracker<'_> {
    /// Whether a thread is made that runs a function which releases what the thread is given for it, or one that this
    /// file does not show.
    pub(in crate::analyses::pairing::path) fn is_finished_by_thread(&self, state: &State, site: &CallSite) -> bool {
        let context = self.context;
        let thread = site.shape.constructs && site.shape.path.as_ref().is_some_and(|path| path.last() == "Thread");
        if context.family() != Family::Python || !thread {
            return false;
        }
        let part = |name: &str| context.part(site.expr, &Part::Keyword(name.to_owned()));
        let (Some(target), Some(given)) = (part("target"), part("args")) else { return false };
        let ExprKind::List { items, .. } = context.module.kind(context.definition(given)) else { return false };
        let mut taken = items.iter().enumerate().filter(|(_, item)| self.is_it(state, **item));
        let Some(target) = context.module.function_of(target) else { return taken.next().is_some() };
        taken.any(|(index, _)| {
            let index = u16::try_from(index).unwrap_or(u16::MAX);
            summary::parameter(context, target, None, index).is_some_and(|id| self.summaries.fate(id).released)
        })
    }
}
