//! What the file shows that bounds a collection, and whether it reaches everything.

pub mod apart;
pub mod fails;
pub mod found;
pub mod guards;
pub mod left;
pub mod misfits;
pub mod queues;
pub mod twins;
pub mod waits;

use self::found::{BoundFound, Gap};
use self::twins::forgotten;
use super::collection::lives::is_end_only;
use super::flow::{at, choices, everywhere, follows_in_round, lost_by_exception, stays};
use super::judge::Case;
use super::keys::Origin;
use super::reader::usage::{Shrink, Usage, What, method_name};
use super::words;
use crate::analyses::context::{Context, Use};
use crate::catalogue::Part;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, FunctionKind, Step};

/// A removal of whole entries in code that runs while the owner lives.
struct Removal<'a> {
    usage: &'a Usage,
    shrink: &'a Shrink,
}

/// What bounds the collection; none when it is a real bound.
#[must_use]
pub fn bound(case: &Case<'_>) -> Option<BoundFound> {
    let mut partial = None;
    let mut guard = None;
    let mut removals = Vec::new();
    let fifo = case.is_fifo();
    for usage in case.usages {
        if is_for_tests(case.context, usage.function) {
            continue;
        }
        match &usage.what {
            What::Guard => guard = guard.or(Some(usage)),
            What::Reset if !is_setup(case, usage.function) => {
                if !is_end_only(case.context, case.collection.home, usage.function) {
                    return None;
                }
                partial.get_or_insert(BoundFound::weak(
                    Gap::BeforeTheEnd,
                    "it is emptied only when its owner ends",
                    usage.expr,
                ));
            }
            What::Shrink(shrink) if shrink.inner && !holds_collections(case) => {}
            // It says more than that the end takes all.
            What::Shrink(shrink) if shrink.inner => {
                let known = partial.take().filter(|found: &BoundFound| !found.is_of_the_end());
                partial = known.or_else(|| {
                    Some(BoundFound::weak(Gap::Keys, "its elements are emptied, and their keys stay", usage.expr))
                });
            }
            // A consumer that takes one at a time does not slow the producer down.
            What::Shrink(_) if fifo => {}
            What::Shrink(shrink) => {
                if is_finalizer(case.context, usage.function) {
                    partial.get_or_insert(BoundFound::misfit(
                        Gap::Some,
                        "it is removed only in a finalizer, which cannot run while the collection holds the object",
                        usage.expr,
                    ));
                } else if is_end_only(case.context, case.collection.home, usage.function)
                    && !misfits::takes_one_out(case, usage, shrink)
                    && !misfits::takes_first_out(case, usage)
                {
                    // What a worker takes one at a time is emptied all along.
                    if !case.has_worker() {
                        partial.get_or_insert(BoundFound::weak(
                            Gap::BeforeTheEnd,
                            "it is emptied only when its owner ends",
                            usage.expr,
                        ));
                    }
                } else {
                    removals.push(Removal { usage, shrink });
                }
            }
            _ => {}
        }
    }
    if let Some(guard) = guard
        && (!removals.is_empty() || partial.is_some() || guards_growth(case, guard))
    {
        return None;
    }
    if !removals.is_empty() {
        return unfit(case, &removals);
    }
    if partial.as_ref().is_some_and(|found| found.gap() == Some(Gap::Keys))
        && !outer_grows(case)
        && case.usages.iter().any(|usage| matches!(&usage.what, What::Grow(growth) if growth.inner))
    {
        return None;
    }
    let found = match partial {
        Some(found) if found.is_misfit() => Some(found),
        weak => left::read_for_removal(case)
            .or_else(|| left::ended(case))
            .or_else(|| walked(case))
            .or_else(|| run_and_kept(case))
            .or_else(|| forgotten(case))
            .or(weak),
    };
    found.or(Some(BoundFound::Nothing))
}

/// Whether the entries are collections themselves, as far as what goes in shows.
#[must_use]
pub fn holds_collections(case: &Case<'_>) -> bool {
    case.usages.iter().any(|usage| match &usage.what {
        What::Grow(growth) => {
            growth.inner
                || growth.value.is_some_and(|value| super::collection::made::is_element_collection(case.context, value))
        }
        _ => false,
    })
}

fn outer_grows(case: &Case<'_>) -> bool {
    case.usages.iter().any(|usage| matches!(&usage.what, What::Grow(growth) if !growth.inner && !growth.updates))
}

/// Whether a check of the size stands where it can keep the collection from growing.
fn guards_growth(case: &Case<'_>, guard: &Usage) -> bool {
    let module = case.context.module;
    let home = module.outermost(guard.function);
    case.usages.iter().filter(|usage| matches!(usage.what, What::Grow(_))).any(|usage| {
        let grower = module.outermost(usage.function);
        grower == home
            || calls(case.context, grower, home)
            || calls(case.context, home, grower)
            || case.context.sites.iter().any(|site| {
                let caller = module.outermost(site.function);
                calls(case.context, caller, home) && calls(case.context, caller, grower)
            })
    })
}

/// Whether a function of the file calls another one.
pub fn calls(context: &Context<'_>, caller: FunctionId, target: FunctionId) -> bool {
    context.calls_of(target).any(|site| context.module.encloses(caller, site.function))
}

/// Removals that exist, and what they miss; none when nothing shows that they miss anything.
fn unfit(case: &Case<'_>, removals: &[Removal<'_>]) -> Option<BoundFound> {
    let keyed = removals.iter().all(|removal| removal.shrink.key.is_some());
    if keyed && let Some(found) = other_key(case, removals) {
        return Some(found);
    }
    let usages: Vec<&Usage> = removals.iter().map(|removal| removal.usage).collect();
    let removed: Vec<ExprId> = removals.iter().filter_map(|removal| removal.shrink.key).collect();
    if keyed && let Some(found) = apart::never_there(case, &removed).or_else(|| misfits::part_of_key(case, &removed)) {
        return Some(found);
    }
    success_only(case, removals)
        .or_else(|| under_condition(case, removals))
        .or_else(|| waits::timed_out(case, &usages))
        .or_else(|| waits::given_up(case, &usages))
        .or_else(|| waits::in_vain(case, &usages))
        .or_else(|| before_super(case, removals))
        .or_else(|| left::after_the_last(case, &usages))
        .or_else(|| misfits::key_left(case, &usages))
        .or_else(|| misfits::stays_in_others(case, &usages))
        .or_else(|| forgotten(case))
        .or_else(|| misfits::abandoned(case, &usages))
}

/// Added under `request.id`, taken out under `request`.
fn other_key(case: &Case<'_>, removals: &[Removal<'_>]) -> Option<BoundFound> {
    let context = case.context;
    let module = context.module;
    let base = |key: ExprId| match module.kind(module.peel(key)) {
        ExprKind::Member { object, .. } => match module.kind(module.peel(*object)) {
            ExprKind::Variable(id) => Some(module.variables[*id].name.clone()),
            _ => None,
        },
        _ => None,
    };
    let whole = |key: ExprId| match module.kind(module.peel(key)) {
        ExprKind::Variable(id) => Some(module.variables[*id].name.clone()),
        _ => None,
    };
    let added: Vec<ExprId> = case
        .usages
        .iter()
        .filter_map(|usage| match &usage.what {
            What::Grow(growth) if !growth.inner => Some(growth.key),
            _ => None,
        })
        .collect::<Option<Vec<_>>>()?;
    let removed: Vec<ExprId> = removals.iter().filter_map(|removal| removal.shrink.key).collect();
    let crossed = |outer: &[ExprId], inner: &[ExprId]| {
        !outer.is_empty()
            && !inner.is_empty()
            && outer.iter().all(|key| base(*key).is_some())
            && inner.iter().all(|key| {
                whole(*key).is_some_and(|name| outer.iter().any(|other| base(*other).as_ref() == Some(&name)))
            })
    };
    if !crossed(&added, &removed) && !crossed(&removed, &added) {
        return None;
    }
    let words = format!(
        "it is added under `{}` and removed under `{}`",
        context.text(*added.first()?),
        context.text(*removed.first()?)
    );
    Some(BoundFound::misfit(Gap::Some, words, removals.first()?.usage.expr))
}

/// Added, worked with, taken out, all in one function: an exception in between leaves the entry behind.
fn success_only(case: &Case<'_>, removals: &[Removal<'_>]) -> Option<BoundFound> {
    let context = case.context;
    let home = removals.first()?.usage.function;
    if removals.iter().any(|removal| removal.usage.function != home) {
        return None;
    }
    let stops: Vec<_> = removals.iter().flat_map(|removal| everywhere(context, removal.usage.expr)).collect();
    case.usages.iter().find_map(|usage| {
        let What::Grow(growth) = &usage.what else { return None };
        let from = at(context, usage.expr).filter(|from| from.function == home && !growth.inner)?;
        let origin = super::keys::origin(context, growth.key.or(growth.value)?);
        let one = removals.iter().filter(|_| origin >= Origin::Event).find(|removal| {
            let added = growth.key.or(growth.value);
            // Two cases of one handler, of which the one adds and the other takes out, are two calls.
            let then = at(context, removal.usage.expr).is_some_and(|then| follows_in_round(context, from, then));
            then && removal
                .shrink
                .key
                .is_some_and(|key| added.is_some_and(|added| context.text(key) == context.text(added)))
        })?;
        // What a call that comes later takes out is not for this one to remove.
        let fails = lost_by_exception(context, from, &stops).filter(|_| !stays(context, from, &stops))?;
        // In the next round of a loop it is about another entry.
        let start = |expr| context.span(expr).start;
        if !(start(usage.expr)..start(one.usage.expr)).contains(&start(fails)) {
            return None;
        }
        let words =
            format!("an exception of `{}` leaves the entry behind: it is removed on success only", context.text(fails));
        Some(BoundFound::misfit(Gap::Some, words, one.usage.expr))
    })
}

/// Taken out only while a field says so, and added in any case.
fn under_condition(case: &Case<'_>, removals: &[Removal<'_>]) -> Option<BoundFound> {
    let context = case.context;
    // What is taken out in turn hangs on the state of the one who does it: a loop, a connection, the next in line.
    let by_name = |removal: &Removal<'_>| {
        removal
            .shrink
            .key
            .is_some_and(|key| matches!(context.module.kind(context.module.peel(key)), ExprKind::Variable(_)))
    };
    if context.family() == Family::Python && !removals.iter().any(by_name) {
        return None;
    }
    let mut shared = choices(context, removals.first()?.usage.expr);
    for removal in &removals[1..] {
        let other = choices(context, removal.usage.expr);
        shared.retain(|place| other.contains(place));
    }
    shared.retain(|place| {
        *place != case.collection.place
            && holds_an_object(case.context, place)
            && !place.only_field().is_some_and(|field| words::says_it_ends(field) || words::is_setting(field))
    });
    let condition = shared.first()?;
    let field = condition.only_field()?.to_owned();
    // What empties it at once is about all of them.
    if removals.iter().all(|removal| removal.shrink.key.is_none()) || !misfits::goes_away(context, condition) {
        return None;
    }
    case.usages.iter().find(|usage| {
        matches!(&usage.what, What::Grow(growth) if !growth.inner)
            && at(context, usage.expr).is_some()
            && !self::guards::is_behind(context, usage.expr, condition)
            && !misfits::names(context, usage.function, condition)
            && !misfits::sets(context, usage.function, condition)
            // `row = rows.splice(i, 1)[0]; rows.splice(j, 0, row)`: it is only moved.
            && !removals.iter().any(|removal| removal.usage.function == usage.function)
    })?;
    let words = format!("it is removed only while `{field}` is set, and added in any case");
    Some(BoundFound::misfit(Gap::Some, words, removals.first()?.usage.expr))
}

/// Whether a field is there or not, rather than a flag that is true or false.
fn holds_an_object(context: &Context<'_>, place: &crate::model::Place) -> bool {
    let (crate::model::Root::This(class) | crate::model::Root::Static(class)) = place.root else { return false };
    place.only_field().and_then(|field| context.module.field(class, field)).is_some_and(|field| {
        let plain =
            field.ty.as_ref().is_some_and(|ty| words::is_plain_type(ty.name.last()) || ty.name.last() == "boolean");
        !plain
            && !field.values.iter().any(|value| {
                matches!(
                    context.module.kind(context.module.peel(*value)),
                    ExprKind::Literal(crate::model::Literal::Bool(_))
                )
            })
    })
}

/// Added before `super.addX(…)`, which may refuse: then nobody calls `removeX`. A known registration does not.
fn before_super(case: &Case<'_>, removals: &[Removal<'_>]) -> Option<BoundFound> {
    let context = case.context;
    let module = context.module;
    case.usages.iter().find_map(|usage| {
        if !matches!(&usage.what, What::Grow(growth) if !growth.inner) {
            return None;
        }
        let from = at(context, usage.expr)?;
        let name = module.functions[from.function].name.clone()?;
        let undone = super::collection::lives::inverses(&name);
        // What takes the last one off a stack goes back over one piece of work, which an exception ends as a whole.
        let pairs = removals.iter().all(|removal| removal.shrink.key.is_some())
            && removals.iter().all(|removal| {
                module.functions[module.outermost(removal.usage.function)]
                    .name
                    .as_ref()
                    .is_some_and(|other| undone.iter().any(|undo| undo == other))
            });
        if !pairs {
            return None;
        }
        context.sites.iter().find_map(|site| {
            let own = site.function == from.function
                && method_name(context, site.expr) == name
                && is_super(context, site.expr);
            let later = own && at(context, site.expr).is_some_and(|then| super::flow::follows(context, from, then));
            (later && site.catches == 0 && !site.cleanup && site.acquires.is_empty()).then(|| {
                let words = format!("when `{}` throws, the entry stays and nobody removes it", context.text(site.expr));
                BoundFound::misfit(Gap::Some, words, site.expr)
            })
        })
    })
}

fn is_super(context: &Context<'_>, call: ExprId) -> bool {
    let module = context.module;
    let ExprKind::Call { callee, .. } = module.kind(call) else { return false };
    let ExprKind::Member { object, .. } = module.kind(*callee) else { return false };
    match module.kind(*object) {
        ExprKind::Super => true,
        ExprKind::Call { callee, .. } => matches!(module.kind(*callee), ExprKind::Global(name) if name == "super"),
        _ => false,
    }
}

/// `connect` adds, `disconnect` goes through all entries and leaves them.
fn walked(case: &Case<'_>) -> Option<BoundFound> {
    let module = case.context.module;
    let name = |usage: &Usage| module.functions[module.outermost(usage.function)].name.clone();
    case.usages.iter().filter(|usage| matches!(&usage.what, What::Grow(growth) if !growth.inner)).find_map(|usage| {
        // What starts and stops may do so once, and be dropped then.
        let undone = super::collection::lives::inverses(&name(usage).filter(|name| !words::may_run_once(name))?);
        case.usages.iter().find_map(|other| {
            let by = name(other).filter(|by| undone.iter().any(|undo| undo == by))?;
            let home = module.outermost(other.function);
            let takes =
                |usage: &Usage| matches!(usage.what, What::Shrink(_)) && module.outermost(usage.function) == home;
            (other.what == What::Iterated && !case.usages.iter().any(takes)).then(|| {
                BoundFound::misfit(Gap::Some, format!("`{by}` goes through the entries and leaves them"), other.expr)
            })
        })
    })
}

/// The entries are run, one by one, and stay: each is there for one time only.
fn run_and_kept(case: &Case<'_>) -> Option<BoundFound> {
    let context = case.context;
    let module = context.module;
    case.usages.iter().filter(|usage| usage.what == What::Iterated).find_map(|usage| {
        let cfg = &module.functions[usage.function].cfg;
        let element = cfg.blocks.iter().flat_map(|(_, block)| &block.steps).find_map(|step| match step {
            Step::Element { target, iterable, .. } if *iterable == usage.expr => match module.kind(*target) {
                ExprKind::Variable(id) => Some(*id),
                _ => None,
            },
            _ => None,
        })?;
        let emptied = case.usages.iter().any(|other| {
            module.outermost(other.function) == module.outermost(usage.function)
                && matches!(other.what, What::Shrink(_) | What::Reset)
        });
        // What is registered runs each time.
        let registered = |name: &str| words::is_registered_name(name.trim_end_matches('_'));
        let at_the_end = is_end_only(context, case.collection.home, usage.function)
            && context.calls_of(module.outermost(usage.function)).next().is_none();
        if at_the_end || misfits::is_one_of_many(case) || goes_by_itself(case) {
            return None;
        }
        if emptied || registered(&case.collection.name) || registered(&module.variables[element].name) {
            return None;
        }
        let run = context.reads(element).iter().find_map(|read| match context.uses(*read) {
            // Whoever wants an answer asks again; what is told with what it works does so each time.
            Use::Receiver(call)
                if words::runs_once(&method_name(context, call))
                    && context.uses(call) == Use::Dropped
                    && (context.family() != Family::Java || context.part(call, &Part::Argument(0)).is_none()) =>
            {
                Some(call)
            }
            _ => None,
        })?;
        Some(BoundFound::misfit(
            Gap::Some,
            format!("`{}` is done for each entry, and all entries stay", context.text(run)),
            run,
        ))
    })
}

/// Whether the owner serves one task, and has no end at which it could let go.
fn goes_by_itself(case: &Case<'_>) -> bool {
    let super::collection::Home::Instance(class) = case.collection.home else { return false };
    case.is_of_one_task() && crate::analyses::owners::lifecycle(case.context, class).teardowns.is_empty()
}

fn is_setup(case: &Case<'_>, function: FunctionId) -> bool {
    matches!(
        case.context.module.functions[function].kind,
        FunctionKind::Module
            | FunctionKind::StaticInitializer
            | FunctionKind::FieldInitializer
            | FunctionKind::Constructor
    )
}

fn is_finalizer(context: &Context<'_>, function: FunctionId) -> bool {
    let name = match context.family() {
        Family::Python => "__del__",
        Family::Java => "finalize",
        Family::JavaScript => return false,
    };
    context.module.functions[function].name.as_deref() == Some(name)
}

fn is_for_tests(context: &Context<'_>, function: FunctionId) -> bool {
    let module = context.module;
    module.functions[module.outermost(function)].name.as_deref().is_some_and(words::is_for_tests)
}
