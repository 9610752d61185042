//! Obligations on the control-flow graph of one function: released on every way out?
//!
//! From just after an acquisition, all ways through the function are followed with what is known on each: the names
//! of the handle, and the answers of conditions that are tested again. A step releases the handle, hands it on, gives
//! it another name, or may raise, in which case the way continues at the handler with the state before the step. The
//! most plausible way that ends with the handle still held is the finding.
//!
//! `acquire` begins an obligation, `walk` follows it with the `state` of each step, `track` and `calls` say what
//! a step does to it, `raises` whether it may fail, `summary` what functions do with what they are given, and
//! `report` weighs and tells what was lost.

mod acquire;
mod calls;
pub mod guards;
mod keyed;
mod paired;
mod partial;
mod raises;
mod report;
mod state;
pub mod summary;
mod track;
mod walk;
mod ways;
pub mod words;

use std::cell::RefCell;
use std::cmp::Reverse;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

pub use self::acquire::gives::is_idle;
pub use self::acquire::lends_connection;
use self::acquire::{Acquisition, Held, taken};
use self::calls::served;
use self::guards::Guards;
pub use self::raises::Level;
use self::raises::calm;
pub use self::report::quiet::quiet;
use self::summary::Summaries;
pub use self::summary::parameters;
use self::track::{Identity, Tracker};
use self::walk::Start;
pub use self::ways::{End, Exit, Leak, Ways};
pub use self::words::produces;
use crate::analyses::context::{Context, Use};
use crate::analyses::owners::returned_values;
use crate::analyses::pairing::{identity, thread_local};
use crate::analyses::story::what;
use crate::catalogue::{Acquire, Part};
use crate::finding::Confidence;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, FunctionKind, Module, Name, VariableId};
use crate::project::{Candidate, Facts, Question};

/// How often functions that give back something open are looked for: a helper of a helper.
const ROUNDS: usize = 3;

/// How many ways to lose it are told, each for the case that what fails on the one before does not.
const WITNESSES: usize = 3;

/// What was found of each acquisition: the first of its findings that stands counts.
type Judged = FxHashMap<(ExprId, Option<Part>), Vec<Candidate>>;

/// The path analysis of one file.
pub struct Paths<'a> {
    context: &'a Context<'a>,
    summaries: Summaries,
    guards: RefCell<FxHashMap<FunctionId, Rc<Guards>>>,
}

/// Adds what is lost on some path of a function.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    let paths = Paths::new(context);
    let returned = paths.handles(facts);
    for site in context.sites.iter().filter(|site| !thread_local::owned_thread(context, site.function)) {
        if site.acquires.iter().any(|acquire| acquire.thread) && thread_local::is_other_thread(context, site) {
            continue;
        }
        let settled = |acquire: &Acquire| acquire.unless.iter().any(|wanted| context.holds(site.expr, wanted));
        let acquires = site.acquires.iter().filter(|acquire| acquire.thread && !acquire.key.is_empty());
        let acquires = acquires.filter(|acquire| !settled(acquire));
        let kept = |acquire: &Acquire| {
            thread_local::is_restore(context, site, acquire) || thread_local::is_filled_in(context, site)
        };
        for acquire in acquires.filter(|acquire| !kept(acquire)) {
            facts.candidates.extend(paths.by_key(site, acquire).or_else(|| paths.by_others(site, acquire)));
        }
    }
    partial::collect(&paths, facts);
    served::collect(&paths, facts);
    paths.summaries.publish(context, &returned, facts);
    facts.calm = calm::functions(context);
}

/// Whether a function asks something of what it is given: `connection.ping()`.
fn is_asked(context: &Context<'_>, variable: VariableId, function: FunctionId) -> bool {
    let first = context.reads(variable).iter().min_by_key(|read| context.span(**read).start);
    first.is_some_and(|read| {
        context.function_of(*read) == Some(function) && matches!(context.uses(*read), Use::Receiver(_))
    })
}

/// The call behind `await` and casts.
fn peel(module: &Module, expr: ExprId) -> ExprId {
    match module.kind(expr) {
        ExprKind::Await(value) | ExprKind::Cast { value, .. } => peel(module, *value),
        _ => expr,
    }
}

impl<'a> Paths<'a> {
    #[must_use]
    pub fn new(context: &'a Context<'a>) -> Self {
        Self { context, summaries: Summaries::new(context), guards: RefCell::default() }
    }

    fn guards(&self, function: FunctionId) -> Rc<Guards> {
        let mut guards = self.guards.borrow_mut();
        Rc::clone(guards.entry(function).or_insert_with(|| Rc::new(Guards::new(self.context.module, function))))
    }

    /// Follows every handle that stays in a function; gives the functions that give one back.
    fn handles(&self, facts: &mut Facts) -> FxHashMap<FunctionId, (Name, Name)> {
        let mut returns: FxHashMap<FunctionId, Arc<Acquire>> = FxHashMap::default();
        let mut judged: Judged = FxHashMap::default();
        for _ in 0..ROUNDS {
            let before = returns.len();
            for acquisition in acquire::find(self.context, &returns) {
                let made = (acquisition.site.expr, acquisition.acquire.handle.clone());
                if judged.contains_key(&made) {
                    continue;
                }
                let (candidates, returned) = self.judge(&acquisition);
                if returned && acquisition.only_if.is_none() && self.gives(acquisition.function) {
                    let acquire = Acquire {
                        handle: Some(Part::Result),
                        require: Vec::new(),
                        unless: Vec::new(),
                        ..(*acquisition.acquire).clone()
                    };
                    returns.entry(acquisition.function).or_insert_with(|| Arc::new(acquire));
                }
                judged.insert(made, candidates);
            }
            if returns.len() == before {
                break;
            }
        }
        self.settle_children(&mut judged);
        let place = |found: &Vec<Candidate>| found.first().map(|first| first.finding.span);
        let sure = |found: &Vec<Candidate>| found.first().map(|first| Reverse(first.finding.confidence));
        let mut candidates: Vec<Vec<Candidate>> = judged.into_values().collect();
        candidates.retain(|found| !found.is_empty());
        candidates.sort_by_key(|found| (place(found), sure(found)));
        candidates.dedup_by_key(|found| place(found));
        facts.candidates.extend(candidates.into_iter().flatten());
        // Whether its caller has read a response to its end, which ends it, other files could not tell.
        let read = |acquire: &Acquire| acquire.closes.iter().any(|close| close == "read");
        let told = returns.into_iter().filter(|(_, acquire)| !read(acquire));
        told.map(|(function, acquire)| (function, (Name::new(&acquire.kind), what(&acquire)))).collect()
    }

    /// Drops the findings of what ends with something that has a finding of its own: the result set of a statement.
    fn settle_children(&self, judged: &mut Judged) {
        let module = self.context.module;
        let mut known: FxHashMap<ExprId, Confidence> = FxHashMap::default();
        for ((call, _), candidates) in judged.iter() {
            if let Some(candidate) = candidates.first() {
                let most = known.entry(*call).or_insert(candidate.finding.confidence);
                *most = (*most).max(candidate.finding.confidence);
            }
        }
        let confidence = |call: &ExprId| known.get(call).copied();
        let settled: Vec<(ExprId, Option<Part>)> = judged
            .keys()
            .filter(|(child, _)| {
                let Some(object) = self.context.part(*child, &Part::Receiver) else { return false };
                let parent = match module.kind(module.peel(object)) {
                    ExprKind::Variable(id) => &module.variables[*id].values[..],
                    _ => &[],
                };
                let own = confidence(child);
                own.is_some() && parent.iter().any(|value| confidence(&module.peel(*value)) >= own)
            })
            .cloned()
            .collect();
        for child in settled {
            judged.insert(child, Vec::new());
        }
    }

    /// Whether what a function returns is the result of calling it; a number or a text is nothing open.
    fn gives(&self, function: FunctionId) -> bool {
        let data = &self.context.module.functions[function];
        let plain = data.returns.as_ref().is_some_and(|ty| words::is_plain_value(ty.name.last()));
        !data.is_generator
            && !plain
            && matches!(data.kind, FunctionKind::Function | FunctionKind::Method | FunctionKind::Lambda)
            && !self.gives_back(function)
    }

    /// `if not connection.alive: connection = connect()`, `return connection`: it gives back what it was given, mostly.
    fn gives_back(&self, function: FunctionId) -> bool {
        let module = self.context.module;
        let given = &module.functions[function].parameters;
        returned_values(self.context, function).into_iter().any(|value| match module.kind(module.peel(value)) {
            ExprKind::Variable(id) => given.contains(id) && is_asked(self.context, *id, function),
            _ => false,
        })
    }

    fn judge(&self, acquisition: &Acquisition<'_>) -> (Vec<Candidate>, bool) {
        if !identity::is_meant_to_end(self.context, &acquisition.acquire) {
            return (Vec::new(), false);
        }
        if let Held::Named = acquisition.how {
            return (Vec::from_iter(self.by_place(acquisition.site, &acquisition.acquire)), false);
        }
        if self.is_setup(acquisition.function) {
            return (Vec::new(), false);
        }
        let guards = self.guards(acquisition.function);
        let tracker = self.tracker(acquisition, &guards);
        let Some(ways) = self.ways(acquisition, &tracker, &guards) else { return (Vec::new(), false) };
        if self.ends_with_other(acquisition) {
            return (Vec::new(), ways.returned);
        }
        let returned = ways.returned;
        (self.witnesses(acquisition, &tracker, &guards, ways), returned)
    }

    /// The finding, and others for the case that another file says of a call that it does not fail.
    fn witnesses(
        &self,
        acquisition: &Acquisition<'_>,
        tracker: &Tracker<'_>,
        guards: &Guards,
        mut ways: Ways,
    ) -> Vec<Candidate> {
        let mut found: Vec<Candidate> = Vec::new();
        let mut calm: Vec<Question> = Vec::new();
        self.lost_before_lent(acquisition, tracker, guards, &mut ways);
        while found.len() < WITNESSES {
            found.extend(report::if_left_open(tracker, acquisition, &ways).filter(|_| found.is_empty()));
            let Some(mut candidate) = report::candidate(tracker, acquisition, &ways) else { break };
            candidate.only_if.extend(calm.iter().cloned());
            let asked = ways.leak.as_ref().and_then(|leak| calm::question(tracker, leak));
            let shown = candidate.finding.confidence >= Confidence::Medium;
            let Some((at, question)) = asked.filter(|_| shown) else {
                found.push(candidate);
                break;
            };
            candidate.unless.push(question.clone());
            found.push(candidate);
            calm.push(question);
            tracker.calm.borrow_mut().push(at);
            let Some(next) = self.ways(acquisition, tracker, guards) else { break };
            ways = next;
        }
        found
    }

    /// Where only a stranger to whom it is lent may release it: what fails before the stranger has it loses it anyway.
    fn lost_before_lent(&self, acquisition: &Acquisition<'_>, tracker: &Tracker<'_>, guards: &Guards, ways: &mut Ways) {
        let lent = ways.released.is_empty() && !tracker.lent.borrow().is_empty();
        if !lent || self.context.family() != Family::Java || ways.leak.as_ref().is_none_or(|leak| leak.raised.is_some())
        {
            return;
        }
        tracker.trusting.set(true);
        let before = self.ways(acquisition, tracker, guards);
        let stands = |ways: &Ways| {
            let surely = report::candidate(tracker, acquisition, ways);
            surely.is_some_and(|candidate| candidate.finding.confidence >= Confidence::Medium)
        };
        // Whoever fails with it in hand may have ended it.
        let in_hand = |ways: &Ways| {
            let Some(raise) = ways.leak.as_ref().and_then(|leak| leak.raised) else { return true };
            let stranger = self.context.site_of(raise.at).is_none_or(|site| site.callee.is_none());
            stranger && tracker.handed.borrow().iter().any(|(call, _)| *call == raise.at)
        };
        match before.filter(|before| !in_hand(before) && !stands(ways) && stands(before)) {
            Some(before) => *ways = before,
            None => tracker.trusting.set(false),
        }
    }

    fn tracker<'t>(&'t self, acquisition: &'t Acquisition<'_>, guards: &'t Guards) -> Tracker<'t> {
        let identity = Identity::Handle(acquisition.site);
        Tracker::new(self.context, &self.summaries, guards, &acquisition.acquire, acquisition.function, identity)
    }

    /// What the ways out do with what a call acquires; none where it needs no release or leaves at once.
    fn ways(&self, acquisition: &Acquisition<'_>, tracker: &Tracker<'_>, guards: &Guards) -> Option<Ways> {
        let start = acquire::start(self.context, guards, acquisition)?;
        if self.context.family() == Family::JavaScript && tracker.ends_by_itself(acquisition.site.expr) {
            return None;
        }
        let dropped = matches!(&acquisition.how, Held::From { holders, .. } if holders.is_empty()
                || self.context.uses(acquisition.site.expr) == Use::Dropped
                || taken::only_a_part_is(self.context, acquisition));
        // pyplot names its figures itself: `plt.close()` ends what no variable has.
        let anonymous =
            acquisition.acquire.release.iter().any(|release| release.handle.is_none() && release.key.is_empty());
        if dropped && self.has_parent(acquisition) {
            // What nothing keeps ends with what it was got from, if that ends: the result set of a statement.
            let at = acquisition.site.expr;
            let mut state = start.state.raised();
            state.dropped = Some(at);
            let ways = walk::walk(tracker, Start { state, ..start });
            if ways.leak.as_ref().is_some_and(|leak| leak.raised.is_some()) {
                return None;
            }
            Some(Ways { released: Vec::new(), ..ways })
        } else if dropped && !anonymous {
            let end = End::Dropped(acquisition.site.expr);
            let leak =
                Leak { end, raised: None, level: None, returned: None, kept: false, field: false, exit: Exit::Normal };
            Some(Ways { leak: Some(leak), ..Ways::default() })
        } else if matches!(acquisition.how, Held::From { .. }) && !dropped && self.leaves_at_once(acquisition) {
            None
        } else {
            Some(walk::walk(tracker, start))
        }
    }

    /// Whether it was got from a variable of this function that holds something open of its own.
    fn has_parent(&self, acquisition: &Acquisition<'_>) -> bool {
        let Held::From { holders, .. } = &acquisition.how else { return false };
        self.context.family() == Family::Java
            && acquisition.acquire.kind == "resource"
            && holders.iter().any(|holder| match holder {
                state::Holder::Parent(id) => {
                    let ty = self.context.module.variables[*id].ty.as_ref();
                    ty.is_some_and(|ty| {
                        self.context
                            .catalogue
                            .resource_type(&ty.name, self.context.module, &self.context.scope)
                            .is_some()
                    })
                }
                _ => false,
            })
    }

    /// Whether it was got from something that this function acquires too, and ends with that: the page of a browser.
    /// One finding is enough.
    fn ends_with_other(&self, acquisition: &Acquisition<'_>) -> bool {
        let Held::From { holders, .. } = &acquisition.how else { return false };
        let module = self.context.module;
        self.context.family() != Family::Java
            && holders.iter().any(|holder| match holder {
                state::Holder::Parent(id) => {
                    let parent = &module.variables[*id];
                    parent.function == acquisition.function
                        && parent.values.iter().any(|value| {
                            self.context.site_of(peel(module, *value)).is_some_and(|site| !site.acquires.is_empty())
                        })
                }
                _ => false,
            })
    }

    /// Uses of the fresh value that the walk does not follow.
    fn leaves_at_once(&self, acquisition: &Acquisition<'_>) -> bool {
        matches!(
            self.context.uses(acquisition.site.expr),
            Use::Operand(_) | Use::Read(_) | Use::Called(_) | Use::Opaque | Use::Thrown
        ) && matches!(&acquisition.how, Held::From { holders, .. } if holders.iter().any(|holder| matches!(holder, state::Holder::Temporary(_))))
    }

    /// The setup of a hook: its cleanup answers for what it acquires.
    fn is_setup(&self, function: FunctionId) -> bool {
        let Some(value) = self.context.function_expr(function) else { return false };
        let Use::Argument(call, _) = self.context.uses(value) else { return false };
        self.context.site_of(call).is_some_and(|site| {
            site.hooks.iter().any(|hook| {
                hook.setup.as_ref().and_then(|part| self.context.function_part(call, part)) == Some(function)
            })
        })
    }
}
