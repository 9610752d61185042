//! What a function of the same file does with the thing.

use super::{Taken, elsewhere};
use crate::analyses::context::{CallSite, Use};
use crate::analyses::pairing::path::state::State;
use crate::analyses::pairing::path::track::Tracker;
use crate::analyses::pairing::path::{summary, words};
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind};

impl Tracker<'_> {
    /// The callee is a function of this file.
    pub(super) fn local(
        &self,
        state: &State,
        site: &CallSite,
        callee: ExprId,
        keyword: Option<&str>,
        index: u16,
    ) -> Option<Taken> {
        let context = self.context;
        if site.shape.constructs {
            let class = self.constructed(site)?;
            let constructor = context.module.constructor(class)?;
            let fate = self.summaries.argument(context, site, constructor, keyword, index)?;
            // An object that is made of a number has the descriptor.
            let descriptor = context.family() == Family::Python && words::is_descriptor(&self.acquire.what);
            return Some(if fate.kept || descriptor && !fate.ends(self.acquire) {
                Taken::Kept
            } else if fate.ends(self.acquire) {
                Taken::Released
            } else {
                Taken::Borrowed
            });
        }
        let function = context.module.local_function(callee)?;
        let data = &context.module.functions[function];
        let ExprKind::Call { arguments, .. } = context.module.kind(site.expr) else { return None };
        if data.is_abstract || !summary::fits(context, function, arguments.len()) {
            return None;
        }
        let Some(fate) = self.summaries.argument(context, site, function, keyword, index) else {
            return Some(Taken::Kept);
        };
        if self.inner(function) && self.releases_in(state, function) {
            return Some(Taken::Released);
        }
        let in_result = || {
            let parameters = summary::parameters(context, site.expr, function, keyword, index);
            context.family() == Family::Python
                && context.uses(site.expr) != Use::Dropped
                && parameters.into_iter().any(|parameter| elsewhere::may_be_in_result(context, parameter))
        };
        Some(if fate.ends(self.acquire) {
            Taken::Released
        } else if fate.kept {
            Taken::Escaped
        } else if in_result() {
            Taken::Kept
        } else {
            elsewhere::lend_on(self, &summary::parameters(context, site.expr, function, keyword, index));
            Taken::Borrowed
        })
    }

    fn constructed(&self, site: &CallSite) -> Option<ClassId> {
        self.context.module.local_class(site.shape.path.as_ref()?)
    }
}
