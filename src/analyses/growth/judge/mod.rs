//! From what is known of a collection to a verdict: longevity × origin of the keys × bound → confidence.

pub mod doubt;
pub mod often;
pub mod pace;
mod questions;
pub mod quiet;
pub mod shown;
pub mod story;

use self::often::is_handed_on;
use super::bound::found::{BoundFound, Gap};
use super::bound::twins::Siblings;
use super::bound::{bound, guards, misfits};
use super::collection::kinds::{Kind, kind};
use super::collection::lives::{Longevity, life};
use super::collection::{Collection, Home, TEXT};
use super::keys::{self, Origin};
use super::reader::usage::{Escape, Growth, Usage, What, descendants, has_name, has_variable};
use super::words;
use crate::analyses::context::Context;
use crate::analyses::runs::{Runs, runs};
use crate::catalogue::Analysis;
use crate::finding::Confidence;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, FunctionKind, Name};
use crate::project::{Candidate, Question};

/// A collection with all that the file says of it.
pub struct Case<'a> {
    pub context: &'a Context<'a>,
    pub collection: &'a Collection<'a>,
    pub usages: &'a [Usage],
    /// Every expression that names it.
    pub mentions: &'a [ExprId],
    /// The other collections of the file.
    pub siblings: &'a Siblings<'a>,
}

/// A growth site that runs again and again.
pub struct Site<'a> {
    pub usage: &'a Usage,
    pub growth: &'a Growth,
    pub runs: Runs,
    pub origin: Origin,
}

/// The confidence of a verdict; the table of doc.md.
#[must_use]
pub fn matrix(
    longevity: Longevity,
    origin: Origin,
    bound: &BoundFound,
    again: bool,
    sealed: bool,
) -> Option<Confidence> {
    use Confidence::{High, Low, Medium};
    let partial = *bound != BoundFound::Nothing;
    let full = match (longevity, origin, partial) {
        (_, Origin::Finite, _) => return None,
        // That entries come and go shows how long it lives, and that the keys vary.
        (_, _, true) if bound.is_misfit() => return Some(Medium),
        (Longevity::Unknown, _, _) => return None,
        (Longevity::Process, Origin::Fresh | Origin::Event, false) => High,
        (Longevity::Process, Origin::Fresh | Origin::Event, true) => Medium,
        (Longevity::Process, Origin::Neutral, false) => Medium,
        (Longevity::Process, Origin::Neutral, true) => Low,
        (Longevity::Long, Origin::Fresh | Origin::Event, false) => Medium,
        (Longevity::Long, Origin::Fresh, true) => Medium,
        (Longevity::Long, _, _) => Low,
    };
    // What cannot be shown to run again and again, or may be bounded out of sight, is one step lower.
    Some(match (full, again && sealed) {
        (High, false) => Medium,
        (Medium, false) if origin == Origin::Neutral => Low,
        (sure, _) => sure,
    })
}

impl<'a> Case<'a> {
    /// The verdict, unless the collection is bounded, short-lived or filled once.
    #[must_use]
    pub fn judge(&self) -> Option<Candidate> {
        let bound = bound(self)?;
        // The collections of one message or entry are filled and emptied by the work at hand.
        let java = self.context.family() == Family::Java;
        if (bound.gap() == Some(Gap::Twin) || java && bound.gap() == Some(Gap::Read)) && self.is_of_one_task() {
            return None;
        }
        let life = life(self);
        let mut sites = self.sites();
        let comes =
            self.context.family() == Family::JavaScript && sites.iter().any(|site| site.origin > Origin::Neutral);
        // What a method of Java keeps goes with the call, and so do two lists of one piece of work.
        let of_call =
            matches!(self.collection.home, Home::Closure(_)) && (java || !comes && bound.gap() == Some(Gap::Twin));
        if of_call && life.longevity == Longevity::Unknown {
            return None;
        }
        if bound.leaves_keys() {
            if bound.gap() == Some(Gap::Keys)
                && life.longevity == Longevity::Unknown
                && matches!(self.collection.home, Home::Closure(_))
            {
                return None;
            }
            sites.retain(|site| {
                !site.growth.inner
                    && (bound.gap() != Some(Gap::Keys)
                        || site.origin > Origin::Neutral
                        || life.longevity > Longevity::Unknown)
            });
        }
        let site = sites.iter().max_by_key(|site| {
            (
                site.origin,
                matches!(site.runs, Runs::Repeatedly(_)),
                std::cmp::Reverse(self.context.span(site.usage.expr)),
            )
        })?;
        let again = matches!(site.runs, Runs::Repeatedly(_));
        let starts = || {
            let name = self.context.module.functions[site.usage.function].name.as_deref().unwrap_or_default();
            words::starts_owner(name) || words::puts_together(name)
        };
        let brief = life.longevity != Longevity::Process || starts();
        if self.is_text() && brief && !again && !self.handles(site.usage.function) {
            return None;
        }
        let mut confidence = matrix(life.longevity, site.origin, &bound, again, self.collection.question.is_none())?;
        let kind = kind(self, site, life.longevity, &bound);
        let given_back =
            site.growth.key.is_none() && !self.is_again(site.usage.function) && guards::is_of_releases(self);
        let teller = self.context.module.functions[site.usage.function].name.as_deref().unwrap_or_default();
        let told = words::was_told(&self.collection.name) || words::was_told(teller);
        // Objects of Java put together lists of parts: only what comes in, or runs again, makes one longer and longer.
        let unheard = self.context.family() == Family::Java
            && kind == Kind::Collection
            && life.longevity == Longevity::Long
            && bound == BoundFound::Nothing
            && site.origin == Origin::Fresh
            && site.growth.key.is_none()
            && !again
            && !self.handles(site.usage.function);
        if unheard {
            confidence = Confidence::Low;
        }
        if life.of_view && bound == BoundFound::Nothing || self.stands_in() || given_back || told {
            confidence = Confidence::Low;
        }
        // Whoever takes one at a time from a queue does not bound it.
        let passed = self.usages.iter().any(|usage| usage.what == What::Escapes(Escape::Passed));
        let queue = self.collection.table.is_some_and(|table| table.queue) && bound == BoundFound::Nothing && !passed;
        if self.escapes().is_some() && !queue && !bound.is_misfit() {
            confidence = Confidence::Low;
        }
        let raised = kind == Kind::Memo && confidence == Confidence::Low && !self.stands_in();
        let few = self.is_of_places(site) || self.is_registered(site);
        if raised && self.escapes().is_none() && !few {
            confidence = Confidence::Medium;
        }
        let registered = kind == Kind::Collection && bound == BoundFound::Nothing && self.is_registered(site);
        if self.is_drained(site, kind, &bound) || java && few && (kind == Kind::Memo || registered) {
            confidence = Confidence::Low;
        }
        let brief_tasks = kind == Kind::Tasks
            && bound.gap() == Some(Gap::Some)
            && life.longevity == Longevity::Unknown
            && matches!(self.collection.home, Home::Closure(_));
        if brief_tasks
            || self.is_composite() && !(again && self.outlives_screens())
            || self.is_doubtful(site, &life, &bound, kind)
            || self.is_of_installation(site, &bound)
            || bound.is_of_the_end() && !self.is_shown_to_grow(site, kind)
            || self.is_slow_or_small(site, &bound)
        {
            confidence = Confidence::Low;
        }
        if bound == BoundFound::Nothing && self.is_taken_by_others() {
            return None;
        }
        let rule = self.context.catalogue.rule_for(kind.name(), Analysis::Growth)?;
        let questions = self.questions(site);
        Some(story::tell(self, rule, site, &life, &bound, confidence, questions))
    }

    /// Whether the owner serves one request, message or transaction, as its name says.
    #[must_use]
    pub fn is_of_one_task(&self) -> bool {
        let Home::Instance(class) = self.collection.home else { return false };
        self.context.module.classes[class].name.as_deref().is_some_and(words::is_of_one_task)
            || super::keys::few::serves_one(self.context, class)
    }

    /// Whether the class takes the place of something that keeps what it is given: a store in memory, a mock.
    fn stands_in(&self) -> bool {
        let (Home::Instance(class) | Home::Static(class)) = self.collection.home else { return false };
        self.context.module.classes[class].name.as_deref().is_some_and(words::stands_in)
            || self.context.source.display_path().rsplit('/').next().is_some_and(words::stands_in)
    }

    /// Whether no framework makes and ends the owner, as it does screens: a screen asks for a few things and goes.
    fn outlives_screens(&self) -> bool {
        let Home::Instance(class) = self.collection.home else { return true };
        crate::analyses::owners::lifecycle(self.context, class).framework.is_none()
    }

    /// The name under which other files know it, if it lives as long as the process and nothing here bounds it.
    #[must_use]
    pub fn published(&self) -> Option<Name> {
        let Some(Question::Shrinks { collection }) = &self.collection.question else { return None };
        let own =
            self.collection.declared_as.is_none() && matches!(self.collection.home, Home::Module | Home::Static(_));
        (own && bound(self) == Some(BoundFound::Nothing)).then(|| collection.name.clone())
    }

    /// A text or buffer: many objects put one together and are dropped with it.
    pub(super) fn is_text(&self) -> bool {
        self.collection.ty == TEXT || words::is_text_type(&self.collection.ty)
    }

    /// Whether the keys name files and the like: as many as the program works with.
    fn is_of_places(&self, site: &Site<'_>) -> bool {
        site.growth.key.is_some_and(|key| has_name(self.context, key, words::names_a_place))
    }

    /// Whether a function is called back with what comes in, as its name says.
    pub(super) fn handles(&self, function: FunctionId) -> bool {
        self.context.module.functions[function].name.as_deref().is_some_and(words::handles)
    }

    /// Where it grows in code that runs more than once.
    pub(super) fn sites(&self) -> Vec<Site<'a>> {
        self.usages
            .iter()
            .filter_map(|usage| {
                let What::Grow(growth) = &usage.what else { return None };
                if self.is_put_back(usage) || guards::is_empty_before(self, usage) {
                    return None;
                }
                let runs = self.site_runs(usage, growth)?;
                let origin = self.origin(usage, growth);
                (origin != Origin::Finite).then_some(Site { usage, growth, runs, origin })
            })
            .collect()
    }

    fn origin(&self, usage: &Usage, growth: &Growth) -> Origin {
        let context = self.context;
        if growth.updates && !self.creates_by_update() {
            return Origin::Finite;
        }
        let set = if growth.inner { self.keeps_sets() } else { self.is_set() };
        let listed = || self.guarded_value(usage, growth).or_else(|| guards::compared_value(self, usage));
        let keyed = growth.key.or_else(|| if set { growth.value } else { listed() });
        let Some(key) = keyed else {
            // Each call adds one more.
            if growth.value.is_some_and(|value| self.holds_a_call(value)) || self.is_per_instance(usage.function) {
                return Origin::Fresh;
            }
            let again =
                self.is_again(usage.function) || is_handed_on(context, context.module.outermost(usage.function));
            if self.context.family() == Family::Java && !again && self.is_setter(usage.function) {
                return Origin::Neutral;
            }
            // A reader of the same file keeps up with what its own program gives it to do.
            if let Some(value) = growth.value.filter(|_| !again && self.has_worker()) {
                let value = context.definition(value);
                let made = matches!(context.module.kind(value), ExprKind::Call { .. });
                let origin = if made { Origin::Neutral } else { keys::origin(context, value) };
                return origin.clamp(Origin::Neutral, Origin::Event);
            }
            let puts = self.puts_together(usage.function);
            let list = !self.is_text() && !self.collection.table.is_some_and(|table| table.queue);
            if let Some(value) = growth.value.filter(|value| list && !again && (puts || is_parameter(context, *value)))
            {
                if puts && descendants(context, context.definition(value)).iter().any(|part| makes_anew(context, *part))
                {
                    return Origin::Fresh;
                }
                return if puts { Origin::Neutral } else { self.given(value) };
            }
            let registers =
                !self.is_composite() && growth.value.is_some_and(|value| keys::is_registration(context, value));
            let literal = growth.value.is_some_and(|value| keys::is_literal(context, value));
            return if registers || literal { Origin::Neutral } else { Origin::Fresh };
        };
        let origin = keys::origin(context, key);
        let code = origin <= Origin::Neutral
            && context.family() == Family::Python
            && growth.value.is_some_and(|value| keys::is_code(context, value));
        if code
            || self.keeps_listeners(key)
            || self.is_of_program(usage, growth, key, origin)
            || guards::is_of_known(self, usage, key)
            || guards::is_of_owner(self, key)
            || guards::is_of_stack(context, key)
        {
            return Origin::Finite;
        }
        // `handlers[id] = callback`: registered by whoever calls.
        let registered =
            growth.value.is_some_and(|value| is_parameter(context, value) && keys::is_registration(context, value));
        // `registerView(id, view)`: the program is put together of so many parts.
        if self.puts_together(usage.function) && guards::is_part(context, growth, key) && !self.is_again(usage.function)
        {
            return origin.min(Origin::Neutral);
        }
        if registered && is_parameter(context, key) && !self.is_again(usage.function) {
            return origin.min(Origin::Neutral);
        }
        // One lock for each thing that was ever locked.
        if origin == Origin::Neutral && growth.value.is_some_and(|value| makes_a_lock(context, value)) {
            return Origin::Event;
        }
        let by_text = !keys::keeps_objects(context, &self.collection.ty);
        if origin == Origin::Neutral && growth.value.is_some_and(|value| keys::is_registration(context, value)) {
            return Origin::Neutral;
        }
        if by_text && matches!(context.module.kind(context.module.peel(key)), ExprKind::This(_)) {
            Origin::Neutral
        } else {
            origin
        }
    }

    /// What comes in as it is: an event or request by its name, else something that the caller adds.
    fn given(&self, value: ExprId) -> Origin {
        match self.context.module.kind(self.context.module.peel(value)) {
            ExprKind::Variable(_) => keys::origin(self.context, value).max(Origin::Neutral).min(Origin::Event),
            _ => Origin::Neutral,
        }
    }

    pub(super) fn is_again(&self, function: FunctionId) -> bool {
        matches!(runs(self.context, function), Runs::Repeatedly(per) if per != "in a loop")
    }

    /// A list that ends subscriptions together, and keeps those that have ended.
    fn is_composite(&self) -> bool {
        self.collection.table.is_some_and(|table| table.shrink.iter().any(|method| method == "dispose"))
    }

    /// Whether a function puts the program together, by its name or that of the one around it.
    fn puts_together(&self, function: FunctionId) -> bool {
        let module = self.context.module;
        let named = |function: FunctionId| {
            let name = module.functions[function].name.as_deref().unwrap_or_default();
            words::puts_together(name.trim_start_matches('$'))
        };
        named(function) || self.context.family() == Family::Java && named(module.outermost(function))
    }

    /// `setHosts("a,b")`: a part of the configuration.
    fn is_setter(&self, function: FunctionId) -> bool {
        let module = self.context.module;
        module.functions[module.outermost(function)].name.as_deref().is_some_and(is_setter)
    }

    /// Listeners by the name of the event: as many keys as there are events.
    fn keeps_listeners(&self, key: ExprId) -> bool {
        let context = self.context;
        let named = has_variable(context, key, words::is_event_key);
        named
            && self.usages.iter().any(|usage| {
                matches!(&usage.what, What::Grow(Growth { inner: true, value: Some(value), .. }) if keys::is_registration(context, *value))
            })
    }

    /// A closure over what came with a request or event.
    pub(super) fn holds_a_call(&self, value: ExprId) -> bool {
        let context = self.context;
        let module = context.module;
        let value = misfits::made_on_demand(context, value).unwrap_or(value);
        descendants(context, value).iter().any(|part| match module.kind(*part) {
            ExprKind::Function(function) => module.functions[*function].captures.iter().any(|captured| {
                matches!(module.variables[*captured].kind, crate::model::VariableKind::Parameter(_))
                    && keys::variable_origin(context, *captured) == Origin::Event
            }),
            _ => false,
        })
    }

    /// Whether something static gets an entry for each instance that is made: by the constructor, or by what it calls.
    pub(super) fn is_per_instance(&self, function: FunctionId) -> bool {
        let context = self.context;
        let module = context.module;
        let constructs = |function: FunctionId| {
            let data = &module.functions[function];
            data.kind == FunctionKind::Constructor
                && data.this.is_some_and(|class| {
                    // A class whose instances are called is a decorator, which runs at import.
                    !crate::analyses::owners::is_singleton(context, class)
                        && module.class_function(class, "__call__").is_none()
                })
        };
        matches!(self.collection.home, Home::Module | Home::Static(_))
            && (constructs(function) || context.calls_of(function).any(|site| constructs(site.function)))
    }

    fn creates_by_update(&self) -> bool {
        matches!(self.collection.ty.as_str(), "defaultdict" | "Counter")
    }

    #[must_use]
    pub fn is_set(&self) -> bool {
        let ty = self.collection.ty.as_str();
        ty.contains("Set") || ty == "set"
    }

    /// `if (!list.includes(x)) list.push(x)`: the value is the key.
    fn guarded_value(&self, usage: &Usage, growth: &Growth) -> Option<crate::model::ExprId> {
        let value = growth.value?;
        let context = self.context;
        let tested = self.usages.iter().any(|other| {
            other.function == usage.function
                && other.what == What::Read
                && context.parent(other.expr).is_some_and(|parent| match context.module.kind(parent) {
                    ExprKind::Binary { operator, .. } => matches!(operator.as_str(), "in" | "not in"),
                    ExprKind::Member { name, .. } => {
                        matches!(name.as_str(), "includes" | "indexOf" | "contains" | "has")
                    }
                    _ => false,
                })
        });
        tested.then_some(value)
    }

    /// Where the collection leaves to code that nobody sees.
    pub fn escapes(&self) -> Option<&'a Usage> {
        self.usages.iter().find(|usage| matches!(usage.what, What::Escapes(Escape::Passed | Escape::Stored)))
    }
}

fn makes_a_lock(context: &Context<'_>, value: ExprId) -> bool {
    let made = match context.module.kind(context.module.peel(value)) {
        ExprKind::Function(function) => crate::analyses::owners::returned_values(context, *function),
        _ => vec![context.definition(value)],
    };
    made.iter().any(|value| match context.module.kind(*value) {
        ExprKind::Call { callee, .. } => words::is_lock_type(&super::reader::usage::last_name(context, *callee)),
        _ => false,
    })
}

/// A counter or an id: each value is another one.
pub(super) fn makes_anew(context: &Context<'_>, part: ExprId) -> bool {
    match context.module.kind(part) {
        ExprKind::Unary { operator: crate::model::UnaryOp::Step, .. } => true,
        ExprKind::Call { callee, .. } => words::makes_fresh(&super::reader::usage::last_name(context, *callee)),
        _ => false,
    }
}

/// A parameter as it came, or wrapped up as it came.
pub(super) fn is_parameter(context: &Context<'_>, value: ExprId) -> bool {
    match context.module.kind(context.module.peel(value)) {
        ExprKind::Variable(id) => {
            matches!(context.module.variables[*id].kind, crate::model::VariableKind::Parameter(_))
        }
        ExprKind::Call { arguments, constructs: true, .. } => {
            !arguments.is_empty()
                && arguments.iter().all(|argument| match context.module.kind(argument.value) {
                    ExprKind::Variable(id) => {
                        matches!(context.module.variables[*id].kind, crate::model::VariableKind::Parameter(_))
                    }
                    _ => false,
                })
        }
        _ => false,
    }
}

fn is_setter(name: &str) -> bool {
    name.strip_prefix("set").is_some_and(|rest| rest.starts_with(char::is_uppercase))
}
