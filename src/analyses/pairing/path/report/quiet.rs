//! What becomes of what a call acquires where no way is told to lose it: for `why`.

use rustc_hash::FxHashMap;

use crate::analyses::context::Context;
use crate::analyses::pairing::path::acquire::{self, Acquisition, Held};
use crate::analyses::pairing::path::{Paths, Ways};
use crate::analyses::story;
use crate::finding::Quiet;
use crate::model::ExprId;

/// What the ways out of its function say of an acquisition.
#[must_use]
pub fn quiet(context: &Context<'_>, call: ExprId) -> Option<Quiet> {
    let paths = Paths::new(context);
    let acquisitions = acquire::find(context, &FxHashMap::default());
    let mut followed = acquisitions.iter().filter(|acquisition| acquisition.site.expr == call);
    followed.find_map(|acquisition| paths.fate(acquisition))
}

impl Paths<'_> {
    fn fate(&self, acquisition: &Acquisition<'_>) -> Option<Quiet> {
        if matches!(acquisition.how, Held::Named) || self.is_setup(acquisition.function) {
            return None;
        }
        let guards = self.guards(acquisition.function);
        let tracker = self.tracker(acquisition, &guards);
        let ways = self.ways(acquisition, &tracker, &guards)?;
        let becomes = match ways {
            Ways { leak: Some(_), .. } => "is lost only on ways that nobody is troubled with",
            Ways { given_up: true, .. } => "has more ways out than are looked at",
            Ways { released: ref by, .. } if by.contains(&acquisition.site.expr) => "is released when its block ends",
            Ways { escaped: false, returned: false, ref released, .. } if !released.is_empty() => {
                "is released on every way out"
            }
            Ways { returned: true, .. } => "is given back to whoever calls, who answers for it",
            Ways { escaped: true, .. } => "is handed on to somebody who answers for it",
            _ => return None,
        };
        let context = self.context;
        let by = ways.released.iter().filter(|release| **release != acquisition.site.expr);
        let steps = by.map(|release| story::released(context, *release)).collect();
        Some(story::quiet(context, acquisition.site.expr, &acquisition.acquire, becomes, steps))
    }
}
