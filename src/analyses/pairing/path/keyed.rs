//! Acquisitions by a key or place, whose handle is not followed: locks, transactions, state of the running thread.

use std::rc::Rc;
use std::sync::Arc;

use super::acquire::{self, Acquisition};
use super::guards::Guards;
use super::state::State;
use super::track::{Identity, Tracker};
use super::walk::{self, Start};
use super::ways::Ways;
use super::{Level, Paths, report, words};
use crate::analyses::context::{CallSite, Use};
use crate::analyses::growth::fails;
use crate::analyses::growth::{everywhere, in_handler};
use crate::analyses::pairing::identity::{self, KeyMatch};
use crate::catalogue::Acquire;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, Place, Root, VariableKind};
use crate::project::Candidate;

impl Paths<'_> {
    /// Locks and transactions: the receiver is the handle, and has a name before it is acquired.
    pub(super) fn by_place(&self, site: &CallSite, acquire: &Arc<Acquire>) -> Option<Candidate> {
        let context = self.context;
        let handle = context.part(site.expr, acquire.handle.as_ref()?)?;
        let place = context.place(handle)?;
        if acquire.kind == "lock" && self.serves_one_call(&place) {
            return None;
        }
        let releases = |other: &CallSite| {
            if other.expr == site.expr {
                return false;
            }
            let same = |expr| context.place(expr).is_some_and(|other| other == place);
            if identity::released_handles(context, other, acquire).into_iter().any(same) {
                return true;
            }
            match context.module.kind(other.expr) {
                ExprKind::Call { callee, .. } => match context.module.kind(*callee) {
                    ExprKind::Member { object, name, .. } => words::closes(name) && same(*object),
                    _ => false,
                },
                _ => false,
            }
        };
        self.keyed_at(site, acquire, &releases, Some(place.clone()))
    }

    /// Whether a lock is made by the very call that takes it, and goes with it.
    fn serves_one_call(&self, place: &Place) -> bool {
        let Root::Variable(id) = place.root else { return false };
        let module = self.context.module;
        let made = |value: &ExprId| matches!(module.kind(module.peel(*value)), ExprKind::Call { constructs: true, .. });
        let variable = &module.variables[id];
        self.context.family() == Family::Java
            && variable.kind == VariableKind::Local
            && !variable.values.is_empty()
            && variable.values.iter().all(made)
    }

    /// State under a key, for which a release with the same key stands in the function.
    pub(super) fn by_key(&self, site: &CallSite, acquire: &Arc<Acquire>) -> Option<Candidate> {
        let context = self.context;
        let releases = |other: &CallSite| identity::released_by_key(context, other, acquire, site);
        self.keyed(site, acquire, &releases)
    }

    fn keyed(
        &self,
        site: &CallSite,
        acquire: &Arc<Acquire>,
        releases: &dyn Fn(&CallSite) -> bool,
    ) -> Option<Candidate> {
        self.keyed_at(site, acquire, releases, None)
    }

    /// The same for a handle with a name.
    fn keyed_at(
        &self,
        site: &CallSite,
        acquire: &Arc<Acquire>,
        releases: &dyn Fn(&CallSite) -> bool,
        held: Option<Place>,
    ) -> Option<Candidate> {
        if site.cleanup {
            return None;
        }
        let acquisition = Acquisition::named(site, acquire, site.function);
        let (guards, ways) = self.ways_out(site, acquire, releases, held)?;
        if ways.released.is_empty() {
            return None;
        }
        // Held on purpose where another function lets it go: a permit that goes with what was opened.
        let normal = ways.leak.as_ref().is_some_and(|leak| leak.raised.is_none());
        let elsewhere = |other: &CallSite| other.function != site.function && releases(other);
        if acquire.kind == "lock" && normal && self.context.sites.iter().any(elsewhere) {
            return None;
        }
        // Begun here, and undone at once only where the beginning fails.
        let failed = |expr: &ExprId| {
            let at = everywhere(self.context, *expr);
            !at.is_empty() && at.into_iter().all(|at| in_handler(self.context, at) || fails(self.context, at))
        };
        if acquire.thread && normal && ways.released.iter().all(failed) && self.context.sites.iter().any(elsewhere) {
            return None;
        }
        let tracker =
            Tracker::new(self.context, &self.summaries, &guards, acquire, site.function, Identity::Key(releases));
        report::candidate(&tracker, &acquisition, &ways)
    }

    /// State of the running thread that other functions of the file set and remove: what a caller of the one misses,
    /// and what the other misses when it fails before it comes to the removal.
    pub(super) fn by_others(&self, site: &CallSite, acquire: &Arc<Acquire>) -> Option<Candidate> {
        let context = self.context;
        let module = context.module;
        // What sets it again restores a value of its own.
        let sets = |other: &CallSite| other.acquires.iter().any(|acquire| acquire.thread);
        let releases = |other: &CallSite| !sets(other) && removes(self, site, acquire, other);
        let removing: Vec<&CallSite> = context.may_release(acquire).filter(|other| releases(other)).collect();
        let here = |other: &CallSite| {
            other.expr != site.expr
                && module.encloses(site.function, other.function)
                && removes(self, site, acquire, other)
        };
        if removing.is_empty() || context.may_release(acquire).any(here) {
            return None;
        }
        let mut callers = context.calls_of(site.function).filter(|call| call.function != site.function).peekable();
        let called = callers.peek().is_some();
        if let Some(found) = callers.find_map(|call| self.keyed(call, acquire, &releases)) {
            return Some(found);
        }
        if called || site.cleanup {
            return None;
        }
        // What sets it as well frames work of its own.
        let ends = |other: &CallSite| {
            let outer = module.outermost(other.function);
            !context.sites.iter().any(|own| {
                module.outermost(own.function) == outer && own.acquires.iter().any(|own| own.call == acquire.call)
            })
        };
        if removing.iter().any(|other| ends(other))
            && let Some(found) = self.begun_in_vain(site, acquire, &releases)
        {
            return Some(found);
        }
        // A getter that throws away what is stale ends nothing that somebody began.
        let asks = |function: FunctionId| module.functions[function].name.as_deref().is_some_and(words::asks);
        let ending = removing.iter().filter(|other| !other.cleanup && !asks(other.function));
        let mut functions: Vec<FunctionId> = ending.map(|other| other.function).collect();
        functions.sort_unstable();
        functions.dedup();
        functions.into_iter().find_map(|function| self.ended_by(site, acquire, function, &releases))
    }

    /// A method of Java that begins and then fails at work that reaches out: who called it has nothing to end.
    fn begun_in_vain(
        &self,
        site: &CallSite,
        acquire: &Arc<Acquire>,
        releases: &dyn Fn(&CallSite) -> bool,
    ) -> Option<Candidate> {
        if self.context.family() != Family::Java {
            return None;
        }
        // It takes more than any call: those who begin mostly do little else.
        let plain = Arc::new(Acquire { thread: false, ..(**acquire).clone() });
        let guards = self.guards(site.function);
        let mut tracker =
            Tracker::new(self.context, &self.summaries, &guards, &plain, site.function, Identity::Key(releases));
        tracker.raised_only = true;
        let acquisition = Acquisition::named(site, acquire, site.function);
        let ways = walk::walk(&tracker, acquire::start(self.context, &guards, &acquisition)?);
        let works = |at: ExprId| {
            self.context.site_of(at).is_some_and(|call| call.acquires.is_empty() && call.releases.is_empty())
        };
        let likely = ways
            .leak
            .as_ref()
            .is_some_and(|leak| leak.level == Some(Level::Likely) && leak.raised.is_some_and(|raise| works(raise.at)));
        likely.then(|| report::candidate(&tracker, &acquisition, &ways)).flatten()
    }

    /// A function that ends what `site` begins, from its entry.
    fn ended_by(
        &self,
        site: &CallSite,
        acquire: &Arc<Acquire>,
        function: FunctionId,
        releases: &dyn Fn(&CallSite) -> bool,
    ) -> Option<Candidate> {
        let guards = self.guards(function);
        let mut tracker =
            Tracker::new(self.context, &self.summaries, &guards, acquire, function, Identity::Key(releases));
        tracker.raised_only = true;
        // `if self.token is not None: variable.reset(self.token)`
        if let Use::Stored(target) = self.context.uses(site.expr) {
            tracker.held = self.context.place(target);
        }
        let block = self.context.module.functions[function].cfg.entry;
        let state = State::new([], guards.at(block));
        let ways = walk::walk(&tracker, Start { block, step: 0, state });
        if ways.released.is_empty() {
            return None;
        }
        let acquisition = Acquisition::named(site, acquire, function);
        report::candidate(&tracker, &acquisition, &ways)
    }

    /// After this call, does every way out of its function pass a call for which `releases` holds? For acquisitions
    /// by key, whose handle is not followed.
    fn ways_out(
        &self,
        site: &CallSite,
        acquire: &Acquire,
        releases: &dyn Fn(&CallSite) -> bool,
        held: Option<Place>,
    ) -> Option<(Rc<Guards>, Ways)> {
        let guards = self.guards(site.function);
        let mut tracker =
            Tracker::new(self.context, &self.summaries, &guards, acquire, site.function, Identity::Key(releases));
        tracker.acquired = held.is_some().then_some(site.expr);
        tracker.held = held;
        let acquisition = Acquisition::named(site, &Arc::new(acquire.clone()), site.function);
        let start = acquire::start(self.context, &guards, &acquisition)?;
        let ways = walk::walk(&tracker, start);
        Some((guards, ways))
    }

    /// The finding of an acquisition by key that is released on some ways of its function and not on others; none
    /// when it is released on all of them, or on none.
    #[must_use]
    pub fn missed(
        &self,
        site: &CallSite,
        acquire: &Arc<Acquire>,
        releases: &dyn Fn(&CallSite) -> bool,
    ) -> Option<Candidate> {
        self.keyed(site, acquire, releases)
    }
}

/// Whether a call removes what another sets, for good.
fn removes(paths: &Paths<'_>, site: &CallSite, acquire: &Acquire, other: &CallSite) -> bool {
    identity::releases_of(other, acquire).any(|release| {
        !release.weak
            && identity::same_star(acquire, site, release, other)
            && identity::match_key(paths.context, other, release, acquire, site.expr) == Some(KeyMatch::Full)
    })
}
