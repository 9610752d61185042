//! From what is known of a collection to a verdict: longevity × origin of the keys × bound → confidence.

use crate::analyses::context::Context;
use crate::analyses::runs::{Runs, runs};
use crate::catalogue::Analysis;
use crate::finding::Confidence;
use crate::lang::Family;
use crate::model::{ExprKind, FunctionId, FunctionKind, Step};
use crate::project::{Candidate, Question};

use super::collection::{Collection, Home, is_null};
use super::keys::{self, Origin};
use super::lives::{Longevity, life};
use super::story;
use super::usage::{Escape, Growth, Usage, What};

/// A collection with all that the file says of it.
pub struct Case<'a> {
    pub context: &'a Context<'a>,
    pub collection: &'a Collection<'a>,
    pub usages: &'a [Usage],
}

/// A growth site that runs again and again.
pub struct Site<'a> {
    pub usage: &'a Usage,
    pub growth: &'a Growth,
    pub runs: Runs,
    pub origin: Origin,
}

/// What was found that takes things out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoundFound {
    Nothing,
    /// Something, yet it does not reach everything; with the words and where it stands.
    Partial {
        words: String,
        usage: usize,
    },
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
        (Longevity::Unknown, _, _) | (_, Origin::Finite, _) => return None,
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
        let bound = self.bound()?;
        let life = life(self.context, self.collection);
        let sites = self.sites();
        let site = sites.iter().max_by_key(|site| {
            (
                site.origin,
                matches!(site.runs, Runs::Repeatedly(_)),
                std::cmp::Reverse(self.context.span(site.usage.expr)),
            )
        })?;
        let again = matches!(site.runs, Runs::Repeatedly(_));
        let mut confidence = matrix(life.longevity, site.origin, &bound, again, self.collection.question.is_none())?;
        if self.escapes().is_some() {
            confidence = Confidence::Low;
        }
        let kind = self.kind();
        let rule = self.context.catalogue.rule_for(kind, Analysis::Growth)?;
        Some(story::tell(self, rule, site, &life, &bound, confidence, self.questions()))
    }

    fn kind(&self) -> &'static str {
        if self.collection.table.is_some_and(|table| table.queue) { "queue" } else { "collection" }
    }

    /// What the file shows that bounds it; none when it is a real bound.
    fn bound(&self) -> Option<BoundFound> {
        let mut partial = None;
        for (index, usage) in self.usages.iter().enumerate() {
            match &usage.what {
                What::Guard => return None,
                What::Reset if !self.is_setup(usage.function) => {
                    if !self.is_end_only(usage.function) {
                        return None;
                    }
                    partial.get_or_insert(("it is emptied only when its owner ends", index));
                }
                What::Shrink(shrink) if shrink.inner => {
                    partial.get_or_insert(("its elements are emptied, and their keys stay", index));
                }
                What::Shrink(_) => {
                    if self.is_finalizer(usage.function) {
                        partial.get_or_insert((
                            "it is removed only in a finalizer, which cannot run while the collection holds the object",
                            index,
                        ));
                    } else if self.is_end_only(usage.function) {
                        partial.get_or_insert(("it is emptied only when its owner ends", index));
                    } else {
                        return None;
                    }
                }
                _ => {}
            }
        }
        let grows_inside = self.usages.iter().any(|usage| matches!(&usage.what, What::Grow(growth) if growth.inner));
        match partial {
            Some((words, _)) if words.starts_with("its elements") && !self.outer_grows() && grows_inside => None,
            Some((words, usage)) => Some(BoundFound::Partial { words: words.to_owned(), usage }),
            None => Some(BoundFound::Nothing),
        }
    }

    fn outer_grows(&self) -> bool {
        self.usages.iter().any(|usage| matches!(&usage.what, What::Grow(growth) if !growth.inner && !growth.updates))
    }

    fn is_setup(&self, function: FunctionId) -> bool {
        matches!(
            self.context.module.functions[function].kind,
            FunctionKind::Module
                | FunctionKind::StaticInitializer
                | FunctionKind::FieldInitializer
                | FunctionKind::Constructor
        )
    }

    fn is_finalizer(&self, function: FunctionId) -> bool {
        matches!(self.context.module.functions[function].name.as_deref(), Some("__del__" | "finalize"))
    }

    /// Whether a function runs only when the owner of the collection ends.
    fn is_end_only(&self, function: FunctionId) -> bool {
        let Home::Instance(class) = self.collection.home else { return false };
        let cycle = crate::analyses::owners::lifecycle(self.context, class);
        cycle.teardowns.contains(&self.context.module.outermost(function))
    }

    /// Where it grows in code that runs more than once.
    fn sites(&self) -> Vec<Site<'a>> {
        self.usages
            .iter()
            .filter_map(|usage| {
                let What::Grow(growth) = &usage.what else { return None };
                let runs = self.site_runs(usage)?;
                let origin = self.origin(usage, growth);
                (origin != Origin::Finite).then_some(Site { usage, growth, runs, origin })
            })
            .collect()
    }

    /// How often a growth site runs; none when only a fixed number of times.
    fn site_runs(&self, usage: &Usage) -> Option<Runs> {
        let context = self.context;
        let function = usage.function;
        let data = &context.module.functions[function];
        if let Home::Instance(class) = self.collection.home {
            // What the constructor puts in is there once for each instance.
            let own = matches!(data.kind, FunctionKind::Constructor | FunctionKind::FieldInitializer)
                && data.this == Some(class);
            if own {
                return None;
            }
        }
        if let Home::Closure(home) = self.collection.home
            && home == function
        {
            return None;
        }
        if is_registering(context, function) || is_decorator(context, function) {
            return None;
        }
        match runs(context, function) {
            Runs::Once => None,
            runs => Some(runs),
        }
    }

    fn origin(&self, usage: &Usage, growth: &Growth) -> Origin {
        let context = self.context;
        if growth.updates && !self.creates_by_update() {
            return Origin::Finite;
        }
        let keyed = growth.key.or(if self.is_set() { growth.value } else { self.guarded_value(usage, growth) });
        let Some(key) = keyed else {
            // Each call adds one more.
            let registers = growth.value.is_some_and(|value| keys::is_registration(context, value));
            let literal = growth.value.is_some_and(|value| keys::is_literal(context, value));
            return if registers || literal { Origin::Neutral } else { Origin::Fresh };
        };
        let origin = keys::origin(context, key);
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

    fn creates_by_update(&self) -> bool {
        matches!(self.collection.ty.as_str(), "defaultdict" | "Counter")
    }

    fn is_set(&self) -> bool {
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

    fn questions(&self) -> Vec<Question> {
        let mut questions: Vec<Question> = self.collection.question.iter().cloned().collect();
        for usage in self.usages {
            if usage.what == What::Escapes(Escape::Returned)
                && let Some(name) = &self.context.module.functions[usage.function].name
            {
                questions.push(Question::MemberShrinks { member: name.clone() });
            }
        }
        questions.dedup();
        questions
    }
}

/// Code that Python runs when a class or module is defined.
fn is_registering(context: &Context<'_>, function: FunctionId) -> bool {
    let data = &context.module.functions[function];
    let name = data.name.as_deref().unwrap_or_default();
    if matches!(name, "__init_subclass__" | "__set_name__" | "__class_getitem__") {
        return true;
    }
    name == "__new__"
        && data.this.is_some_and(|class| {
            context.module.classes[class].bases.iter().any(|base| matches!(base.name.last(), "type" | "ABCMeta"))
        })
        || name == "__init__"
            && data.this.is_some_and(|class| {
                context.module.classes[class].bases.iter().any(|base| matches!(base.name.last(), "type" | "ABCMeta"))
            })
}

/// A decorator gives back the function or class that it was given.
fn is_decorator(context: &Context<'_>, function: FunctionId) -> bool {
    let module = context.module;
    let gives_back = |function: FunctionId| {
        let parameters = &module.functions[function].parameters;
        module.functions[function].cfg.blocks.iter().flat_map(|(_, block)| &block.steps).any(|step| match step {
            Step::Return(Some(value), _) => {
                matches!(module.kind(module.peel(*value)), ExprKind::Variable(id) if parameters.first() == Some(id))
            }
            _ => false,
        })
    };
    context.family() == Family::Python
        && std::iter::successors(Some(function), |function| module.functions[*function].parent)
            .take(3)
            .any(|function| function != module.root && gives_back(function) && !is_null_safe(context, function))
}

/// A function with one parameter that hands it through unchanged could be anything; a decorator takes no `self`.
fn is_null_safe(context: &Context<'_>, function: FunctionId) -> bool {
    let data = &context.module.functions[function];
    data.parameters.len() > 2
        || data
            .parameters
            .iter()
            .any(|id| context.module.variables[*id].values.iter().any(|value| is_null(context, *value)))
}
