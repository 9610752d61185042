//! Loops that the text of the program counts.

use super::context::{CallSite, Context};
use crate::model::{ExprId, ExprKind, Step};

/// Whether the one loop around a call goes over a list that stands in the text: `for (const signal of ['a', 'b'])`.
#[must_use]
pub fn goes_over_literal(context: &Context<'_>, site: &CallSite) -> bool {
    let cfg = &context.module.functions[site.function].cfg;
    site.loops == 1
        && cfg.blocks.iter().any(|(block, data)| {
            let around = || cfg.leads(block, site.block) && cfg.leads(site.block, block);
            data.steps.iter().any(|step| match step {
                Step::Element { iterable, .. } => is_literal_list(context, *iterable) && around(),
                _ => false,
            })
        })
}

fn is_literal_list(context: &Context<'_>, list: ExprId) -> bool {
    match context.module.kind(context.definition(list)) {
        ExprKind::List { items, .. } => {
            items.iter().all(|item| matches!(context.module.kind(context.definition(*item)), ExprKind::Literal(_)))
        }
        _ => false,
    }
}
