//! Collections that are filled together: what is taken out of one must leave the others too.

use rustc_hash::FxHashMap;

use super::fails::may_fail;
use super::found::{BoundFound, Gap};
use crate::analyses::context::{Context, Use};
use crate::analyses::growth::collection::lives::removes_at_end;
use crate::analyses::growth::collection::{Collection, Home};
use crate::analyses::growth::flow::{at, everywhere, follows, follows_in_round, in_handler};
use crate::analyses::growth::judge::Case;
use crate::analyses::growth::reader::usage::{Growth, Usage, What, method_name};
use crate::analyses::growth::words;
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, FunctionId, FunctionKind, Name};

/// The collections of a file with everything that is done to them.
pub struct Siblings<'a> {
    pub collections: &'a [Collection<'a>],
    pub usages: &'a [Vec<Usage>],
    /// Classes of which a collection gets and loses entries by key while an instance lives, with the name of one.
    churning: FxHashMap<ClassId, (usize, Name)>,
    /// The collections that lose entries, by index.
    shrinking: Vec<usize>,
}

impl<'a> Siblings<'a> {
    #[must_use]
    pub fn new(context: &Context<'_>, collections: &'a [Collection<'a>], usages: &'a [Vec<Usage>]) -> Self {
        let mut churning = FxHashMap::default();
        for (index, collection) in collections.iter().enumerate() {
            let Home::Instance(class) = collection.home else { continue };
            let grows = usages[index].iter().any(|usage| {
                !is_setup(context, usage.function)
                    && matches!(&usage.what, What::Grow(growth) if !growth.inner && (growth.key.is_some() || growth.value.is_some()))
            });
            if grows && removals(context, collection, &usages[index]).any(|(_, key)| key.is_some()) {
                churning.entry(class).or_insert((index, Name::from(collection.name.as_str())));
            }
        }
        let shrinks =
            |index: &usize| removals(context, &collections[*index], &usages[*index]).any(|(_, key)| key.is_some());
        let shrinking = (0..collections.len()).filter(shrinks).collect();
        Self { collections, usages, churning, shrinking }
    }

    /// Another collection of the class whose entries come and go.
    #[must_use]
    pub fn churns(&self, class: ClassId, but: &Collection<'_>) -> Option<&Name> {
        let (index, name) = self.churning.get(&class)?;
        (self.collections[*index].place != but.place).then_some(name)
    }
}

fn is_setup(context: &Context<'_>, function: FunctionId) -> bool {
    matches!(
        context.module.functions[function].kind,
        FunctionKind::Module
            | FunctionKind::StaticInitializer
            | FunctionKind::FieldInitializer
            | FunctionKind::Constructor
    )
}

/// What takes whole entries out while the owner lives, with the keys.
fn removals<'u>(
    context: &'u Context<'_>,
    collection: &'u Collection<'_>,
    usages: &'u [Usage],
) -> impl Iterator<Item = (&'u Usage, Option<ExprId>)> + 'u {
    usages.iter().filter_map(move |usage| {
        let key = match &usage.what {
            What::Shrink(shrink) if !shrink.inner => shrink.key,
            What::Reset => None,
            _ => return None,
        };
        let live = !is_setup(context, usage.function) && !removes_at_end(context, collection.home, usage.function, key);
        live.then_some((usage, key))
    })
}

/// A removal that takes an entry out of a collection filled together with this one, and leaves this one as it is.
#[must_use]
pub fn forgotten(case: &Case<'_>) -> Option<BoundFound> {
    let context = case.context;
    let own: Vec<(&Usage, Option<ExprId>)> = removals(context, case.collection, case.usages).collect();
    case.siblings.shrinking.iter().find_map(|index| {
        let (other, usages) = (&case.siblings.collections[*index], &case.siblings.usages[*index]);
        if other.home != case.collection.home || other.place == case.collection.place {
            return None;
        }
        let together = filled_together(case, usages);
        removals(context, other, usages).find_map(|(usage, key)| {
            let key = key?;
            if is_replaced(case, usages, usage) || together && comes_and_goes_alone(case, usages, &own) {
                return None;
            }
            if is_taken_beside(case, usage) || is_passed_beside(case, usage) || is_compensation(case, usage) {
                return None;
            }
            let ends = !together && ends_same(case, usage, key);
            // A helper that is given the one collection or the other takes out of what it is given.
            if takes_from_parameter(context, usage) {
                return None;
            }
            if !(together || ends) || covers(context, usage, &own) {
                return None;
            }
            let alone = own.is_empty() && (context.family() != Family::Java || says_end(context, usage));
            let both = alone || ends || says_end(context, usage) && pairs(context, other, usages, &own);
            both.then(|| {
                let name = context.module.functions[usage.function].name.clone().unwrap_or_default();
                let by = if name.is_empty() { String::new() } else { format!("`{name}` ") };
                let words = if ends {
                    format!("{by}takes what ends out of `{}`, and leaves it in this one", other.name)
                } else {
                    format!(
                        "{by}removes the entry of `{}`, which is filled together with this one, and leaves it here",
                        other.name
                    )
                };
                BoundFound::misfit(if ends { Gap::Some } else { Gap::Twin }, words, usage.expr)
            })
        })
    })
}

/// Whether another entry takes the place of the one that is taken out, in this collection or in the other.
fn is_replaced(case: &Case<'_>, others: &[Usage], removal: &Usage) -> bool {
    let context = case.context;
    let Some(from) = at(context, removal.expr) else { return false };
    // `rows.set(to, row); rows.delete(from)`: it gets another name.
    let taken = match &removal.what {
        What::Shrink(shrink) => shrink.key.map(|key| context.text(key)),
        _ => None,
    };
    let renamed = others.iter().any(|usage| {
        usage.function == removal.function
            && matches!(&usage.what, What::Grow(growth) if !growth.inner
                && growth.key.is_some_and(|key| taken.as_ref().is_some_and(|taken| *taken != context.text(key))))
            && on_one_way(context, usage.expr, removal.expr)
    });
    if renamed {
        return true;
    }
    case.usages.iter().chain(others).any(|usage| {
        usage.function == removal.function
            && matches!(&usage.what, What::Grow(growth) if !growth.inner)
            && at(context, usage.expr).is_some_and(|then| follows_in_round(context, from, then))
    })
}

/// `one = self.queue.get(); self.known.remove(one)`: what a queue gives out has left it.
fn is_taken_beside(case: &Case<'_>, removal: &Usage) -> bool {
    case.is_consumed()
        && case.mentions.iter().any(|mention| {
            case.context.function_of(*mention) == Some(removal.function)
                && matches!(case.context.uses(*mention), Use::Receiver(call)
                    if method_name(case.context, call).starts_with("get"))
        })
}

/// `rows.delete(id); arrayRemove(this.list, row)`: a helper takes it out of what it is given.
fn is_passed_beside(case: &Case<'_>, removal: &Usage) -> bool {
    case.mentions.iter().any(|mention| {
        case.context.function_of(*mention) == Some(removal.function)
            && matches!(case.context.uses(*mention), Use::Argument(call, _)
                if words::takes_out(&method_name(case.context, call)))
    })
}

/// Whether a handler takes back what stands before a failed insert into this collection: nothing after it in the
/// same `try` can fail, so this one has no entry then.
fn is_compensation(case: &Case<'_>, removal: &Usage) -> bool {
    let context = case.context;
    let handled = everywhere(context, removal.expr).iter().any(|at| in_handler(context, *at));
    let end = context.span(removal.expr).start;
    handled
        && case.usages.iter().any(|usage| {
            let start = context.span(usage.expr).end;
            usage.function == removal.function
                && matches!(&usage.what, What::Grow(growth) if !growth.inner)
                && context.site_of(usage.expr).is_some_and(|site| site.catches > 0)
                && start < end
                && !context
                    .sites_in(usage.function)
                    .any(|site| (start..end).contains(&context.span(site.expr).start) && may_fail(context, site.expr))
        })
}

/// Whether one of the two gets entries that the other does not get, or loses its own by key while the other keeps its:
/// then each has entries of its own.
fn comes_and_goes_alone(case: &Case<'_>, others: &[Usage], own: &[(&Usage, Option<ExprId>)]) -> bool {
    let context = case.context;
    let module = context.module;
    if own.is_empty() {
        return false;
    }
    let grows = |usage: &&Usage| {
        matches!(&usage.what, What::Grow(growth) if !growth.inner && !growth.updates)
            && !is_setup(context, usage.function)
    };
    let beside = |usage: &Usage, all: &[Usage]| {
        all.iter().filter(grows).any(|other| {
            module.outermost(other.function) == module.outermost(usage.function)
                && (other.function != usage.function || on_one_way(context, usage.expr, other.expr))
        })
    };
    let alone = |some: &[Usage], all: &[Usage]| some.iter().filter(grows).any(|usage| !beside(usage, all));
    let lost = |usage: &Usage| {
        others.iter().any(|other| {
            matches!(other.what, What::Shrink(_) | What::Reset)
                && module.outermost(other.function) == module.outermost(usage.function)
        })
    };
    alone(case.usages, others)
        || alone(others, case.usages)
        || own.iter().any(|(usage, key)| key.is_some() && !lost(usage))
}

/// Whether a function takes out what has come to its end, as its name says, or what has failed.
fn says_end(context: &Context<'_>, removal: &Usage) -> bool {
    let name = &context.module.functions[removal.function].name;
    // A `finally` stands on the way out after an exception too, and on the others.
    let ways = everywhere(context, removal.expr);
    let fails = !ways.is_empty() && ways.iter().all(|at| in_handler(context, *at));
    // Of a script's callback without a name nobody knows what it is called for.
    let unnamed = name.is_none() && context.family() != Family::JavaScript;
    fails
        || unnamed
        || name.as_deref().is_some_and(|name| words::removes(name) || words::handles(name) || words::says_gone(name))
}

fn takes_from_parameter(context: &Context<'_>, removal: &Usage) -> bool {
    let module = context.module;
    let ExprKind::Call { callee, .. } = module.kind(removal.expr) else { return false };
    let ExprKind::Member { object, .. } = module.kind(*callee) else { return false };
    matches!(module.kind(*object), ExprKind::Variable(id)
        if matches!(module.variables[*id].kind, crate::model::VariableKind::Parameter(_)))
}

/// Whether one function adds to both, under the same key or the same thing.
fn filled_together(case: &Case<'_>, others: &[Usage]) -> bool {
    let context = case.context;
    let grown = |usage: &Usage| match &usage.what {
        What::Grow(growth) if !growth.inner && !growth.updates => Some(growth.clone()),
        _ => None,
    };
    case.usages.iter().any(|usage| {
        let Some(mine) = grown(usage) else { return false };
        others.iter().any(|other| {
            other.function == usage.function
                && grown(other).is_some_and(|growth| shares(context, &mine, &growth))
                && on_one_way(context, usage.expr, other.expr)
        })
    })
}

fn on_one_way(context: &Context<'_>, one: ExprId, other: ExprId) -> bool {
    match (at(context, one), at(context, other)) {
        (Some(one), Some(other)) => follows_in_round(context, one, other) || follows_in_round(context, other, one),
        _ => false,
    }
}

fn shares(context: &Context<'_>, one: &Growth, other: &Growth) -> bool {
    let names = |growth: &Growth| -> Vec<String> {
        [growth.key, growth.value]
            .into_iter()
            .flatten()
            .map(|part| context.module.peel(part))
            .filter(|part| {
                matches!(
                    context.module.kind(*part),
                    ExprKind::Variable(_)
                        | ExprKind::Member { .. }
                        | ExprKind::Call { constructs: false, .. }
                        | ExprKind::This(_)
                )
            })
            .map(|part| context.text(part))
            .collect()
    };
    let others = names(other);
    names(one).iter().any(|name| others.contains(name))
}

/// Whether this collection too loses an entry where another one does: on the same way, in what is called, in the caller.
fn covers(context: &Context<'_>, removal: &Usage, own: &[(&Usage, Option<ExprId>)]) -> bool {
    if own.is_empty() {
        return false;
    }
    let home = removal.function;
    let here = everywhere(context, removal.expr);
    if here.is_empty() {
        return true;
    }
    let nested: Vec<FunctionId> = context
        .sites
        .iter()
        .filter(|site| context.module.encloses(home, site.function))
        .filter_map(|site| site.callee)
        .collect();
    let outer = context.module.outermost(home);
    own.iter().any(|(usage, _)| {
        if usage.function == home {
            // The graph has a copy of a `finally` for each way through it.
            let there = everywhere(context, usage.expr);
            return there.is_empty()
                || here.iter().any(|here| {
                    there.iter().any(|there| follows(context, *here, *there) || follows(context, *there, *here))
                });
        }
        nested.contains(&context.module.outermost(usage.function))
            || context.module.encloses(usage.function, home)
            || context.module.encloses(home, usage.function)
    }) || called_by_remover(context, outer, own)
}

/// Whether all who call a function take the entry out of this collection themselves.
fn called_by_remover(context: &Context<'_>, function: FunctionId, own: &[(&Usage, Option<ExprId>)]) -> bool {
    let callers: Vec<FunctionId> =
        context.calls_of(function).map(|site| context.module.outermost(site.function)).collect();
    !callers.is_empty()
        && callers.iter().all(|caller| own.iter().any(|(usage, _)| context.module.outermost(usage.function) == *caller))
}

/// Whether some function takes entries out of both: then they belong together.
fn pairs(context: &Context<'_>, other: &Collection<'_>, usages: &[Usage], own: &[(&Usage, Option<ExprId>)]) -> bool {
    removals(context, other, usages).any(|(usage, key)| {
        key.is_some() && own.iter().any(|(mine, _)| mine.function == usage.function && mine.what != What::Reset)
    })
}

/// Whether the function that takes a key out ends it as well, and the keys here are of the same type.
fn ends_same(case: &Case<'_>, removal: &Usage, key: ExprId) -> bool {
    let context = case.context;
    let module = context.module;
    let Some(ty) = module.type_of(key) else { return false };
    if words::is_plain_type(ty.name.last())
        || module.local_class(&ty.name).is_some_and(|class| module.classes[class].kind == crate::model::ClassKind::Enum)
    {
        return false;
    }
    let same = case.usages.iter().any(|usage| match &usage.what {
        What::Grow(Growth { key: own, value, inner: false, .. }) => {
            let keyed = own.or(if case.is_set() { *value } else { None });
            keyed.and_then(|key| module.type_of(key)).is_some_and(|own| own.name == ty.name)
        }
        _ => false,
    });
    let Some(place) = context.place(key).filter(|_| same) else { return false };
    context.sites.iter().any(|site| {
        site.function == removal.function
            && words::ends(&method_name(context, site.expr))
            && matches!(module.kind(site.expr), ExprKind::Call { callee, .. }
                if matches!(module.kind(*callee), ExprKind::Member { object, .. } if context.place(*object).as_ref() == Some(&place)))
    })
}
