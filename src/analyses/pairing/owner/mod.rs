//! Owners and life cycles: what an object acquires, its teardown must release.
//!
//! The owner of an acquisition is the nearest thing around it that has an end: an effect or life-cycle hook, a class
//! with a teardown, a factory that returns an object with one. Without an owner, the question is whether the code
//! runs again and again on something that outlives it.
//!
//! `holding` says where the handle is kept, `source` how long what keeps the acquisition alive does so, `releases`
//! what ends it. Then the owner is judged by its kind: `effect`, `instance`, or `free` where there is none. What
//! fields, teardowns, timers and threads show by themselves has folders of its own.

mod effect;
mod fields;
mod free;
mod holding;
mod instance;
mod releases;
mod source;
mod teardown;
pub mod threads;
mod timers;

use rustc_hash::FxHashSet;

use self::effect::component;
use self::fields::{emptied, overwrite, renewed, replaced};
use self::free::{alternatives, awaited, broken, finalizer, partner, temporary};
pub use self::holding::{Holding, holding};
use self::holding::{made, named, registered};
use self::instance::{again, ends};
pub use self::releases::{Elements, Found, How, find, is_handled};
use self::releases::{answers, attached};
pub use self::source::{Life, life};
use self::source::{alone, completes, flagged, given, lent, single};
use self::teardown::{pairs, reversed, siblings};
use self::threads::{spinning, tasks};
use self::timers::{deadline, lost, one_shot, renewal, waits, watchdog};
use crate::analyses::callers::bound;
use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::growth;
use crate::analyses::owners::{self, Lifecycle};
use crate::analyses::pairing::identity;
use crate::analyses::runs::{self, Runs};
use crate::catalogue::{Acquire, Part, Require};
use crate::finding::Confidence;
use crate::lang::Family;
use crate::model::{ClassId, ClassKind, ExprId, ExprKind, FunctionId, FunctionKind, Place};
use crate::project::{Candidate, Facts};

/// Kinds whose release by handle inside one function the path analysis decides.
pub const ON_PATHS: [&str; 6] = ["resource", "connection", "executor", "client", "lock", "transaction"];

/// What ends an acquisition, and with what code.
pub enum Owner {
    /// A hook's setup function, inside a component or composable.
    Effect { setup: FunctionId, hook: ExprId, what: String, holder: FunctionId },
    /// A class or object with methods.
    Class { class: ClassId, cycle: Lifecycle },
    /// A function that gives back an object or a function that ends what it made.
    Factory { holder: FunctionId, teardowns: Vec<FunctionId> },
    /// A component or composable that registers nothing for its end.
    Component { holder: FunctionId },
    /// Nothing that ends.
    None,
}

/// An acquisition under judgement.
pub struct Case<'a> {
    pub context: &'a Context<'a>,
    pub site: &'a CallSite,
    pub acquire: &'a Acquire,
    pub holding: Holding,
    pub releases: Vec<Found>,
    pub life: Life,
}

/// Adds what owners keep and never give back.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    facts.classes = answers::classes(context);
    siblings::collect(context, facts);
    pairs::collect(context, facts);
    threads::collect(context, facts);
    facts.candidates.extend(context.sites.iter().filter_map(|site| spinning::judge(context, site)));
    renewed::collect(context, facts);
    emptied::collect(context, facts);
    reversed::collect(context, facts);
    completes::collect(context, facts);
    temporary::collect(context, facts);
    let elements = Elements::new(context);
    let made = made::Made::new(context);
    for site in &context.sites {
        for acquire in &site.acquires {
            facts.candidates.extend(judge(context, site, acquire, &elements));
        }
        if let Some(acquire) = made.at(context, site) {
            facts.candidates.extend(judge(context, site, &acquire, &elements));
        }
    }
    tell_once(facts);
}

/// The links of a chain begin in one place: what is told of one of them in the same words is not told again.
fn tell_once(facts: &mut Facts) {
    let mut told = FxHashSet::default();
    facts.candidates.retain(|candidate| {
        let finding = &candidate.finding;
        told.insert((finding.rule.clone(), finding.span.start, finding.message.clone()))
    });
}

fn judge(context: &Context<'_>, site: &CallSite, acquire: &Acquire, elements: &Elements) -> Option<Candidate> {
    let settled =
        |wanted: &Require| context.holds(site.expr, wanted) && !renewal::is_never_triggered(context, site.expr, wanted);
    if acquire.thread || acquire.kind == "thread" || acquire.unless.iter().any(settled) {
        return None;
    }
    if !identity::is_meant_to_end(context, acquire) {
        return None;
    }
    if let Some(waits) = &acquire.waits {
        return finalizer::judge(context, site, acquire, waits);
    }
    // Its releases are looked for among all calls of the file that could be one.
    if !context.budget.allows() {
        return None;
    }
    if !on_paths(acquire) && growth::is_once_for_all(context, site.expr) {
        return None;
    }
    let holding = holding(context, site.expr, acquire);
    if holding.handed_on || holding.settled || is_sunk(context, site) {
        return None;
    }
    let on_paths = on_paths(acquire);
    let of_others = |place: &Place| on_paths && given::is_result_for_callers(context, place);
    if holding.fields().any(|place| registered::is_registered(context, place) || of_others(place)) {
        return None;
    }
    // `await guest.onWillStop(reason)` gives an event to who handles it; a subscription is no promise.
    if acquire.kind == "subscription" && matches!(acquire.handle, Some(Part::Result)) && is_awaited(context, site) {
        return None;
    }
    if acquire.kind == "subscription" && completes::is_of_another_stream(context, site) {
        return None;
    }
    if acquire.kind == "task" && tasks::is_awaited(context, site, &holding)
        || waits::only_releases(context, site, acquire)
    {
        return None;
    }
    let owner = owner_of(context, site.function);
    if on_paths && holding.fields().next().is_none() && !matches!(owner, Owner::Effect { .. }) {
        return None;
    }
    let source = acquire.source.as_ref().and_then(|part| context.part(site.expr, part));
    let life = source.map_or(Life::Process, |expr| life(context, expr, site.function));
    let mut releases = find(context, site, acquire, &holding, elements);
    if matches!(life, Life::Injected) {
        releases.retain(|found| !flagged::ends_source_if_owned(context, found));
    }
    let case = Case { context, site, acquire, holding, releases, life };
    if tasks::is_finite(&case)
        || given::is_of_source(&case)
        || one_shot::ends_itself(&case)
        || one_shot::is_of_timer(&case)
    {
        return None;
    }
    let mut candidate = by_itself(&case).or_else(|| by_owner(&case, owner, on_paths))?;
    candidate.unless.extend(completes::question(&case));
    if named::comes_and_goes(&case) {
        candidate.finding.confidence = Confidence::Low;
        "the file takes such ones off by their names, which come and go by themselves"
            .clone_into(&mut candidate.finding.reason);
    }
    if context.family() != Family::Python && runs::by_path(context) == Some(Runs::Once) {
        candidate.finding.confidence = Confidence::Low;
        "the code shows how something is used, and ends with its page".clone_into(&mut candidate.finding.reason);
    }
    Some(candidate)
}

/// Whether the path analysis decides what stays in one function.
fn on_paths(acquire: &Acquire) -> bool {
    ON_PATHS.contains(&acquire.kind.as_str())
}

/// The verdict by who answers for the acquisition.
fn by_owner(case: &Case<'_>, owner: Owner, on_paths: bool) -> Option<Candidate> {
    match owner {
        Owner::Effect { holder, .. } | Owner::Component { holder } if component::is_root(case.context, holder) => None,
        Owner::Effect { setup, hook, what, holder } => {
            alone::in_hook(case, hook, holder, || effect::judge(case, setup, hook, &what, holder))
        }
        Owner::Class { class, cycle } => {
            if named::ends(case, class, &cycle.teardowns) {
                return None;
            }
            let kept =
                alone::in_class(case, class, &cycle, || instance::judge(case, class, &cycle)).map(|mut candidate| {
                    single::temper(case, class, &cycle, &mut candidate);
                    candidate
                });
            let missed = kept
                .or_else(|| overwrite::judge(case, class, &cycle))
                .or_else(|| lent::judge(case, class, &cycle.teardowns));
            let again = || again::judge(case, class, &cycle).or_else(|| replaced::judge(case, class));
            missed.or_else(again).map(|mut candidate| {
                candidate.unless.extend(bound::question(case.context, class));
                candidate
            })
        }
        Owner::Factory { holder, teardowns } => {
            alone::in_script(case, holder, || instance::judge_factory(case, holder, &teardowns))
        }
        Owner::Component { .. } | Owner::None if on_paths => None,
        Owner::Component { holder } => alone::in_script(case, holder, || component::judge(case, holder)),
        Owner::None if tasks::is_given(case) => None,
        Owner::None => free::judge(case),
    }
}

/// Whether the code waits for what the call gives.
fn is_awaited(context: &Context<'_>, site: &CallSite) -> bool {
    context.parent(site.expr).is_some_and(|parent| matches!(context.module.kind(parent), ExprKind::Await(_)))
}

/// The verdict that holds whoever the owner is.
fn by_itself(case: &Case<'_>) -> Option<Candidate> {
    alternatives::judge(case)
        .or_else(|| reversed::among_removals(case))
        .or_else(|| deadline::judge(case))
        .or_else(|| watchdog::judge(case))
        .or_else(|| broken::judge(case))
        .or_else(|| lost::beside(case))
        .or_else(|| lost::doubled(case))
        .or_else(|| ends::judge(case))
        .or_else(|| attached::judge(case))
        .or_else(|| awaited::judge(case))
        .or_else(|| partner::judge(case))
}

/// Whether the handle is an argument of a sink: `this._register(x.onDidChange(f))`.
fn is_sunk(context: &Context<'_>, site: &CallSite) -> bool {
    let Use::Argument(call, _) = context.uses(site.expr) else { return false };
    if holding::own_list(context, call).is_some() {
        return false;
    }
    context
        .site_of(call)
        .is_some_and(|outer| outer.sinks.iter().any(|sink| context.stands_in(call, &sink.argument, site.expr)))
}

/// The owner of what a function acquires, from the innermost.
fn owner_of(context: &Context<'_>, function: FunctionId) -> Owner {
    let module = context.module;
    let mut at = Some(function);
    let mut fallback = Owner::None;
    while let Some(id) = at {
        if let Some(owner) = effect_owner(context, id) {
            return owner;
        }
        let data = &module.functions[id];
        if let Some(class) = data.this.filter(|_| !is_of_no_instance(context, id)) {
            let cycle = owners::lifecycle(context, class);
            let ends = !cycle.teardowns.is_empty() || cycle.framework.is_some();
            if ends {
                return Owner::Class { class, cycle };
            }
            let named = !matches!(module.classes[class].kind, ClassKind::Anonymous | ClassKind::Object);
            if named && matches!(fallback, Owner::None) && !data.is_static {
                fallback = Owner::Class { class, cycle };
            }
        }
        if id != module.root
            && let Some(owner) = factory_owner(context, id)
        {
            return owner;
        }
        if matches!(fallback, Owner::None) && component::is_component(context, id) {
            return Owner::Component { holder: id };
        }
        at = data.parent;
        if at.is_none()
            && let Some(class) = data.this
        {
            at = Some(module.classes[class].function).filter(|outer| *outer != id);
        }
    }
    fallback
}

/// Whether a function stands in a static method of JavaScript, of which there is one for all instances.
fn is_of_no_instance(context: &Context<'_>, function: FunctionId) -> bool {
    let module = context.module;
    let class = |class: ClassId| module.classes[class].kind != ClassKind::Object;
    context.family() == Family::JavaScript
        && std::iter::successors(Some(function), |function| module.functions[*function].parent)
            .any(|function| module.functions[function].is_static && module.functions[function].this.is_some_and(class))
}

/// The hook whose setup a function is.
fn effect_owner(context: &Context<'_>, function: FunctionId) -> Option<Owner> {
    let module = context.module;
    let mut candidates: Vec<ExprId> = context.function_expr(function).into_iter().collect();
    let named = context.named_by(function);
    candidates.extend(named.into_iter().flat_map(|id| context.reads(id)).copied());
    for mut value in candidates {
        // `useFocusEffect(useCallback(() => …))`
        while let Use::Argument(call, _) = context.uses(value)
            && context.site_of(call).is_some_and(|site| !site.wrappers.is_empty())
        {
            value = call;
        }
        let Use::Argument(call, _) = context.uses(value) else { continue };
        let Some(site) = context.site_of(call) else { continue };
        for hook in &site.hooks {
            let Some(setup) = &hook.setup else { continue };
            if context.part(call, setup).is_some_and(|part| module.peel(part) == value) {
                let what = if hook.what.is_empty() { "hook".to_owned() } else { hook.what.clone() };
                return Some(Owner::Effect { setup: function, hook: call, what, holder: site.function });
            }
        }
    }
    None
}

/// A component function, a composable, or a factory of objects with a teardown.
fn factory_owner(context: &Context<'_>, function: FunctionId) -> Option<Owner> {
    let module = context.module;
    let mut teardowns = Vec::new();
    if context.sites_in(function).any(|site| site.hooks.iter().any(|hook| hook.teardown.is_some())) {
        teardowns = owners::hook_teardowns(context, function);
        let only_effects = module.functions[function].kind != FunctionKind::Component
            && context.sites_in(function).flat_map(|site| &site.hooks).all(|hook| hook.setup.is_some());
        if only_effects {
            return None;
        }
    }
    for (id, class) in module.classes.iter() {
        if class.kind == ClassKind::Object && class.function == function && !is_table(context, id) {
            teardowns.extend(owners::lifecycle(context, id).teardowns);
        }
    }
    teardowns.extend(cleanup_given_back(context, function));
    (!teardowns.is_empty()).then_some(Owner::Factory { holder: function, teardowns })
}

/// Whether an object literal only lists functions for code beside it: `for (const [event, f] of Object.entries(on))`.
fn is_table(context: &Context<'_>, class: ClassId) -> bool {
    let module = context.module;
    let Some(Use::Stored(target)) = context.object_expr(class).map(|object| context.uses(object)) else { return false };
    let ExprKind::Variable(id) = module.kind(target) else { return false };
    let lists = |call: ExprId| {
        matches!(module.kind(call), ExprKind::Call { callee, .. }
            if module.path(*callee).is_some_and(|path| matches!(path.name.as_str(), "Object.entries" | "Object.keys" | "Object.values")))
    };
    let reads = context.reads(*id);
    !reads.is_empty()
        && reads.iter().all(|read| match context.uses(*read) {
            Use::Argument(call, _) => lists(call),
            Use::Read(member) => matches!(module.kind(member), ExprKind::Index { .. }),
            _ => false,
        })
}

/// The functions that a function gives back and that release something: `return () => el.removeEventListener(…)`.
fn cleanup_given_back(context: &Context<'_>, function: FunctionId) -> Vec<FunctionId> {
    if context.family() != Family::JavaScript {
        return Vec::new();
    }
    let mut given = owners::returned_functions(context, function);
    given.retain(|cleanup| {
        let reached = owners::reach(context, &[*cleanup]);
        let releases = |site: &CallSite| {
            reached.contains(&site.function) && site.releases.iter().any(|release| !release.key.is_empty())
        };
        context.module.functions[*cleanup].parameters.is_empty() && context.sites.iter().any(releases)
    });
    given
}

impl Case<'_> {
    /// The releases that run when the functions given do.
    pub fn released_in<'c>(&'c self, functions: &'c FxHashSet<FunctionId>) -> impl Iterator<Item = &'c Found> {
        self.releases.iter().filter(|found| functions.contains(&found.function))
    }

    /// The function of this file that is called back.
    #[must_use]
    pub fn callback(&self) -> Option<FunctionId> {
        let part = self.context.part(self.site.expr, self.acquire.callback.as_ref()?)?;
        self.context.module.function_of(part)
    }

    /// The words for the source in messages.
    #[must_use]
    pub fn source_text(&self) -> String {
        self.acquire
            .source
            .as_ref()
            .and_then(|part| self.context.part(self.site.expr, part))
            .map(|expr| self.context.text(expr))
            .unwrap_or_default()
    }
}
