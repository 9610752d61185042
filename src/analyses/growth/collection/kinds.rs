//! Which kind of growth it is: a queue, a memo, tasks, or a collection of anything else.

use super::TEXT;
use super::lives::Longevity;
use crate::analyses::context::{Context, Use};
use crate::analyses::growth::bound::found::BoundFound;
use crate::analyses::growth::judge::{Case, Site};
use crate::analyses::growth::keys::{self, Origin};
use crate::analyses::growth::reader::usage::{Growth, Shrink, Usage, What, descendants, has_name, method_name};
use crate::analyses::growth::words;
use crate::analyses::owners::{reach, returned_values};
use crate::analyses::runs::Runs;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, TypeRef, VariableKind};

/// What grows; the names under which rules select growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Collection,
    Queue,
    Memo,
    Tasks,
}

impl Kind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Collection => "collection",
            Self::Queue => "queue",
            Self::Memo => "memo",
            Self::Tasks => "tasks",
        }
    }
}

/// The kind of a growth site.
#[must_use]
pub fn kind(case: &Case<'_>, site: &Site<'_>, longevity: Longevity, bound: &BoundFound) -> Kind {
    let collection = case.collection;
    let text = collection.ty == TEXT && method_name(case.context, assigned(case.context, site.usage.expr)) != "concat";
    if collection.table.is_some_and(|table| table.queue) || text || case.is_fifo() {
        return Kind::Queue;
    }
    if site.growth.value.or(site.growth.key).is_some_and(|value| is_task(case.context, value)) || holds_tasks(case) {
        return Kind::Tasks;
    }
    if words::holds_lines(&collection.name)
        && site.growth.key.is_none()
        && site.growth.value.is_some_and(|value| is_line(case.context, value))
    {
        return Kind::Queue;
    }
    if longevity == Longevity::Process && *bound == BoundFound::Nothing && is_memo(case, site) {
        return Kind::Memo;
    }
    Kind::Collection
}

fn assigned(context: &Context<'_>, assign: ExprId) -> ExprId {
    match context.module.kind(assign) {
        ExprKind::Assign { value, .. } => context.module.peel(*value),
        _ => assign,
    }
}

/// A line of text that is put together here: of a log, a transcript.
fn is_line(context: &Context<'_>, value: ExprId) -> bool {
    matches!(context.module.kind(context.module.peel(value)), ExprKind::Template(_))
}

fn is_task_type(context: &Context<'_>, ty: &TypeRef) -> bool {
    // A thread of a script is one of messages.
    let runs = context.family() != Family::JavaScript && matches!(ty.name.last(), "Thread" | "Process");
    runs || matches!(
        ty.name.last(),
        "Promise" | "Task" | "Future" | "CompletableFuture" | "ScheduledFuture" | "CompletionStage"
    )
}

/// Whether the declared elements are tasks.
fn holds_tasks(case: &Case<'_>) -> bool {
    let ty = case.collection.declared.as_ref();
    ty.is_some_and(|ty| {
        is_task_type(case.context, ty) || ty.arguments.last().is_some_and(|ty| is_task_type(case.context, ty))
    })
}

/// Something that was started and goes on: a promise, a future, a task, a thread.
#[must_use]
pub fn is_task(context: &Context<'_>, value: ExprId) -> bool {
    let module = context.module;
    // What was waited for has ended.
    let waited = |value: ExprId| matches!(module.kind(value), ExprKind::Await(_));
    let kept = match module.kind(value) {
        ExprKind::Variable(id) => module.variables[*id].values.as_slice(),
        _ => &[],
    };
    if waited(value) || !kept.is_empty() && kept.iter().all(|value| waited(*value)) {
        return false;
    }
    let value = context.definition(value);
    if module.type_of(value).as_ref().is_some_and(|ty| is_task_type(context, ty)) {
        return true;
    }
    let ExprKind::Call { callee, constructs, .. } = module.kind(value) else { return false };
    if context
        .site_of(value)
        .is_some_and(|site| site.acquires.iter().any(|acquire| matches!(acquire.kind.as_str(), "task")))
    {
        return true;
    }
    let global = module.path(*callee).is_some_and(|path| path.module.is_empty() && path.name == "fetch");
    if !constructs && (words::starts_a_task(&method_name(context, value)) || global) {
        return true;
    }
    module.local_function(*callee).is_some_and(|function| {
        let data = &module.functions[function];
        data.is_async && !data.is_generator && !matches!(context.family(), Family::Python)
    })
}

/// Looked up under a key, computed from the key, kept: a function's results by its arguments.
fn is_memo(case: &Case<'_>, site: &Site<'_>) -> bool {
    let context = case.context;
    let module = context.module;
    let Growth { key: Some(key), value, inner: false, updates: false } = site.growth else { return false };
    let parameters = inputs(context, *key);
    let identity = has_name(context, *key, words::is_identity);
    // What is kept of a user or request is state, however it was computed.
    let open = parameters.iter().any(|id| keys::variable_origin(context, *id) != Origin::Finite);
    if !open || identity {
        return false;
    }
    let given = |value: ExprId| {
        descendants(context, value).iter().any(|part| match module.kind(*part) {
            ExprKind::Variable(id) => parameters.contains(id),
            _ => false,
        })
    };
    let name = method_name(context, site.usage.expr);
    if name == "computeIfAbsent" {
        // The entry is computed from the key alone where the function takes just the key.
        return value.is_some_and(|value| match module.kind(module.peel(value)) {
            ExprKind::MethodReference { name, .. } => name != "new",
            ExprKind::Function(function) => returned_values(context, *function).iter().any(|value| {
                !matches!(module.kind(module.peel(*value)), ExprKind::Call { constructs: true, arguments, .. } if arguments.is_empty())
            }),
            _ => false,
        });
    }
    let computed = value.is_some_and(|value| {
        let made = context.definition(value);
        matches!(module.kind(made), ExprKind::Call { .. }) && given(made) || is_computed(context, value)
    });
    computed && looks_up_and_returns(case, site.usage.function)
}

/// The variables of a key that are parameters of the function or computed from them.
fn inputs(context: &Context<'_>, key: ExprId) -> Vec<crate::model::VariableId> {
    let module = context.module;
    descendants(context, context.definition(key))
        .into_iter()
        .chain(descendants(context, key))
        .filter_map(|part| match module.kind(part) {
            ExprKind::Variable(id) if matches!(module.variables[*id].kind, VariableKind::Parameter(_)) => Some(*id),
            _ => None,
        })
        .collect()
}

/// A local that a computation gave.
fn is_computed(context: &Context<'_>, value: ExprId) -> bool {
    let module = context.module;
    let value = module.peel(value);
    let ExprKind::Variable(id) = module.kind(value) else { return false };
    let variable = &module.variables[*id];
    variable.kind == VariableKind::Local
        && !variable.values.is_empty()
        && variable.values.iter().all(|value| {
            matches!(
                module.kind(module.peel(*value)),
                ExprKind::Call { constructs: false, .. } | ExprKind::Binary { .. } | ExprKind::Template(_)
            )
        })
}

/// Whether the function also looks the key up and gives back what is kept.
fn looks_up_and_returns(case: &Case<'_>, function: FunctionId) -> bool {
    let context = case.context;
    let looks = case.usages.iter().any(|usage| {
        usage.function == function && usage.what != What::Iterated && !matches!(usage.what, What::Grow(_))
    }) || reads_element(case, function);
    looks && returned_values(context, function).iter().any(|value| !context.module.is_null(*value))
}

fn reads_element(case: &Case<'_>, function: FunctionId) -> bool {
    let context = case.context;
    case.mentions.iter().any(|mention| {
        context.function_of(*mention) == Some(function)
            && match context.uses(*mention) {
                Use::Receiver(call) => matches!(method_name(context, call).as_str(), "get" | "has" | "containsKey"),
                Use::Read(part) => !context.is_target(part) && matches!(context.module.kind(part), ExprKind::Index { .. }),
                Use::Operand(outer) => matches!(context.module.kind(outer), ExprKind::Binary { operator, .. } if matches!(operator.as_str(), "in" | "not in")),
                _ => false,
            }
    })
}

impl Case<'_> {
    /// A list between a producer that nothing slows down and a consumer that takes one at a time.
    #[must_use]
    pub fn is_fifo(&self) -> bool {
        let context = self.context;
        let taken: Vec<&Usage> =
            self.usages.iter().filter(|usage| matches!(&usage.what, What::Shrink(shrink) if !shrink.inner)).collect();
        if taken.is_empty() || !taken.iter().all(|usage| takes_one(context, usage)) {
            return false;
        }
        let consumers: Vec<FunctionId> = taken.iter().map(|usage| usage.function).collect();
        let mut producers =
            self.usages.iter().filter(|usage| matches!(&usage.what, What::Grow(growth) if growth.key.is_none()));
        let queue = self.collection.table.is_some_and(|table| table.queue);
        producers.any(|usage| {
            let event = match &usage.what {
                What::Grow(Growth { value: Some(value), .. }) => {
                    queue && keys::origin(context, *value) >= Origin::Event
                }
                _ => false,
            };
            (event || matches!(crate::analyses::runs::runs(context, usage.function), Runs::Repeatedly(_)))
                && consumers.iter().all(|consumer| *consumer != usage.function)
                && !reach(context, &[usage.function]).iter().any(|called| consumers.contains(called))
        })
    }
}

/// `queue.shift()` once a tick: no loop that empties it.
fn takes_one(context: &Context<'_>, usage: &Usage) -> bool {
    let What::Shrink(Shrink { key: None, inner: false }) = &usage.what else { return false };
    let Some(site) = context.site_of(usage.expr) else { return false };
    let name = site.shape.method.as_deref().unwrap_or_default();
    words::takes_first(name)
        && site.loops == 0
        && matches!(crate::analyses::runs::runs(context, usage.function), Runs::Repeatedly(_))
        || words::waits_for_one(name)
}
