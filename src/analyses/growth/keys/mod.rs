//! Where the keys of a growing collection come from.

pub mod few;
pub mod program;

use super::reader::usage::{descendants, last_name};
use super::words::{self, is_constant, is_registered_name};
use crate::analyses::context::{Context, Use};
use crate::lang::Family;
use crate::model::{
    ClassKind, ExprId, ExprKind, FunctionKind, Literal, Step, TypeRef, UnaryOp, VariableId, VariableKind,
};

/// How many names and calls are looked behind.
const DEPTH: u8 = 8;

/// Where a key comes from; the more keys there can be, the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Literals, enums, classes, names that the program text fixes.
    Finite,
    /// Nothing says.
    Neutral,
    /// From a request, a message, an event; an id.
    Event,
    /// Made anew each time: an object, a symbol, a counter.
    Fresh,
}

/// The origin of a key.
#[must_use]
pub fn origin(context: &Context<'_>, key: ExprId) -> Origin {
    within(context, key, DEPTH)
}

/// The origin of what a variable holds.
#[must_use]
pub fn variable_origin(context: &Context<'_>, id: VariableId) -> Origin {
    variable(context, id, DEPTH)
}

fn within(context: &Context<'_>, key: ExprId, depth: u8) -> Origin {
    let Some(depth) = depth.checked_sub(1) else { return Origin::Neutral };
    let module = context.module;
    let key = module.peel(key);
    if is_text_of_fresh(context, key, depth) {
        return Origin::Fresh;
    }
    let all = |parts: &[ExprId]| parts.iter().map(|part| within(context, *part, depth)).max().unwrap_or(Origin::Finite);
    match module.kind(key) {
        ExprKind::Literal(_) | ExprKind::Class(_) | ExprKind::TypeTest { .. } | ExprKind::Super => Origin::Finite,
        ExprKind::This(class) => this(context, *class),
        ExprKind::Function(_) | ExprKind::MethodReference { .. } => Origin::Fresh,
        ExprKind::Template(parts) => all(parts),
        ExprKind::List { items, .. } => all(items),
        ExprKind::Object(_) => Origin::Fresh,
        ExprKind::Binary { operator, left, right } => match operator.as_str() {
            "%" | "&" | "==" | "===" | "!=" | "!==" | "<" | ">" | "<=" | ">=" | "in" | "not in" | "is" => {
                Origin::Finite
            }
            // Doubling and halving a position of an array.
            _ => all(&[*left, *right]),
        },
        ExprKind::Unary { operator: UnaryOp::Step, .. } => Origin::Fresh,
        ExprKind::Unary { operator: UnaryOp::Not, .. } => Origin::Finite,
        ExprKind::Unary { operand, .. } => within(context, *operand, depth),
        ExprKind::Conditional { then, otherwise, .. } => all(&[*then, *otherwise]),
        ExprKind::Logical { left, right, .. } => all(&[*left, *right]),
        ExprKind::Assign { value, .. } => within(context, *value, depth),
        ExprKind::Variable(id) => variable(context, *id, depth),
        ExprKind::Global(name) => {
            if is_constant(name) {
                Origin::Finite
            } else {
                by_name(name)
            }
        }
        ExprKind::Member { object, name, .. } => member(context, key, *object, name, depth),
        ExprKind::Index { object, key, .. } => {
            let inside = within(context, *object, depth);
            if inside == Origin::Event { inside } else { within(context, *key, depth).min(Origin::Event) }
        }
        ExprKind::Call { .. } => call(context, key, depth),
        _ => Origin::Neutral,
    }
}

/// An instance is one of many; the class that a metaclass stands for is one of few.
fn this(context: &Context<'_>, class: Option<crate::model::ClassId>) -> Origin {
    let meta = class.is_some_and(|class| {
        context.module.classes[class]
            .bases
            .iter()
            .any(|base| matches!(base.name.last(), "type" | "ABCMeta" | "EnumMeta"))
    });
    if meta { Origin::Finite } else { Origin::Fresh }
}

fn variable(context: &Context<'_>, id: VariableId, depth: u8) -> Origin {
    let module = context.module;
    let variable = &module.variables[id];
    if let Some(known) = variable.ty.as_ref().and_then(|ty| by_type(context, ty)) {
        return known;
    }
    // The number of a channel is not the channel.
    let number = variable.ty.as_ref().is_some_and(|ty| matches!(ty.name.last(), "int" | "short" | "byte"));
    if number && !words::is_identity(&variable.name) && matches!(variable.kind, VariableKind::Parameter(_)) {
        return Origin::Neutral;
    }
    if is_compared_with_constants(context, id) {
        return Origin::Finite;
    }
    match variable.kind {
        VariableKind::Class(_) | VariableKind::Function(_) => return Origin::Finite,
        VariableKind::Import(_) => {
            return if is_constant(&variable.name) { Origin::Finite } else { by_name(&variable.name) };
        }
        VariableKind::Caught => return Origin::Fresh,
        VariableKind::Parameter(_) => return parameter(context, id, depth),
        VariableKind::Local => {}
    }
    if variable.function == module.root && is_constant(&variable.name) {
        return Origin::Finite;
    }
    if let Some(element) = element_of(context, id) {
        return element_origin(context, element, depth).max(
            if element_origin(context, element, depth) == Origin::Finite {
                Origin::Finite
            } else {
                by_name(&variable.name)
            },
        );
    }
    if variable.values.is_empty() {
        return by_name(&variable.name);
    }
    // A counter: written again by `++` or `+= 1`.
    let from = variable.values.iter().map(|value| within(context, *value, depth)).max().unwrap_or(Origin::Neutral);
    match from {
        Origin::Finite if variable.rewritten && variable.function == module.root => Origin::Fresh,
        Origin::Finite => Origin::Finite,
        from => from.max(by_name(&variable.name)),
    }
}

/// `id === Sender.System`: one of the members of an enum.
fn is_compared_with_constants(context: &Context<'_>, id: VariableId) -> bool {
    context.reads(id).iter().any(|read| match context.uses(*read) {
        Use::Operand(outer) => match context.module.kind(outer) {
            ExprKind::Binary { operator, left, right } if matches!(operator.as_str(), "==" | "===" | "is") => {
                let other = if *left == *read { *right } else { *left };
                matches!(context.module.kind(other), ExprKind::Member { object, name, .. }
                    if name.starts_with(char::is_uppercase)
                        && matches!(context.module.kind(*object), ExprKind::Variable(_) | ExprKind::Global(_))
                        && last_name(context, *object).starts_with(char::is_uppercase))
            }
            _ => false,
        },
        _ => false,
    })
}

/// A parameter by its type, its name, and by what the file's own calls give it.
fn parameter(context: &Context<'_>, id: VariableId, depth: u8) -> Origin {
    let module = context.module;
    let variable = &module.variables[id];
    let named = by_name(&variable.name);
    if named != Origin::Neutral {
        return named;
    }
    let function = variable.function;
    // The element of a list that is walked with a callback: as the list.
    if let Some(value) = context.function_expr(function)
        && let Use::Argument(call, 0) = context.uses(value)
        && matches!(last_name_of_call(context, call).as_str(), "forEach" | "map" | "each")
        && let ExprKind::Call { callee, .. } = module.kind(call)
        && let ExprKind::Member { object, .. } = module.kind(*callee)
    {
        return element_origin(context, *object, depth);
    }
    let data = &module.functions[function];
    if data.kind == FunctionKind::Constructor || data.visibility != crate::model::Visibility::Private {
        return Origin::Neutral;
    }
    let VariableKind::Parameter(index) = variable.kind else { return Origin::Neutral };
    let given = context.calls_of(function).filter_map(|site| {
        let ExprKind::Call { arguments, .. } = module.kind(site.expr) else { return None };
        if site.shape.method != data.name {
            return None;
        }
        arguments.get(usize::from(index)).map(|argument| within(context, argument.value, depth))
    });
    given.max().unwrap_or(Origin::Neutral)
}

/// What a loop takes a variable from.
fn element_of(context: &Context<'_>, id: VariableId) -> Option<ExprId> {
    let function = context.module.variables[id].function;
    context.module.functions[function].cfg.blocks.iter().flat_map(|(_, block)| &block.steps).find_map(|step| match step
    {
        Step::Element { target, iterable, .. } => {
            let named = descendants(context, *target)
                .iter()
                .any(|part| matches!(context.module.kind(*part), ExprKind::Variable(own) if *own == id));
            named.then_some(*iterable)
        }
        _ => None,
    })
}

fn element_origin(context: &Context<'_>, iterable: ExprId, depth: u8) -> Origin {
    let Some(depth) = depth.checked_sub(1) else { return Origin::Neutral };
    let module = context.module;
    let defined = context.definition(iterable);
    match module.kind(defined) {
        ExprKind::List { items, .. } => {
            items.iter().map(|item| within(context, *item, depth)).max().unwrap_or(Origin::Finite)
        }
        ExprKind::Object(_) => Origin::Finite,
        ExprKind::Call { callee, arguments, .. } => match last_name(context, *callee).as_str() {
            "range" | "ServiceLoader" => Origin::Finite,
            "values" if arguments.is_empty() && is_enum(context, *callee) => Origin::Finite,
            name if words::shows_elements(name) => {
                let inner = arguments.first().map(|argument| argument.value).or(match module.kind(*callee) {
                    ExprKind::Member { object, .. } => Some(*object),
                    _ => None,
                });
                inner.map_or(Origin::Neutral, |inner| element_origin(context, inner, depth))
            }
            _ => Origin::Neutral,
        },
        ExprKind::Global(name) if is_constant(name) => Origin::Finite,
        ExprKind::Member { name, .. } if is_constant(name) => Origin::Finite,
        ExprKind::Member { name, .. } => by_name(name).min(Origin::Event),
        ExprKind::Variable(id) => {
            let variable = &module.variables[*id];
            if is_constant(&variable.name) || matches!(variable.kind, VariableKind::Import(_)) {
                Origin::Finite
            } else {
                Origin::Neutral
            }
        }
        _ => Origin::Neutral,
    }
}

fn is_enum(context: &Context<'_>, callee: ExprId) -> bool {
    let ExprKind::Member { object, .. } = context.module.kind(callee) else { return false };
    match context.module.kind(*object) {
        ExprKind::Variable(id) => {
            !matches!(context.module.variables[*id].kind, VariableKind::Local | VariableKind::Parameter(_))
        }
        ExprKind::Global(_) | ExprKind::This(_) => true,
        _ => false,
    }
}

fn member(context: &Context<'_>, whole: ExprId, object: ExprId, name: &str, depth: u8) -> Origin {
    let module = context.module;
    if is_constant(name) && within(context, object, depth) != Origin::Event
        || matches!(
            name,
            "__class__" | "constructor" | "__name__" | "__qualname__" | "__module__" | "class" | "__code__"
        )
    {
        return Origin::Finite;
    }
    if let Some(known) = module.type_of(whole).as_ref().and_then(|ty| by_type(context, ty)) {
        return known;
    }
    let named = by_name(name);
    let of_few = words::identifies(name) && is_of_few(context, object, 4);
    if of_few {
        return Origin::Finite;
    }
    if named != Origin::Neutral {
        return named;
    }
    match module.kind(module.peel(object)) {
        ExprKind::This(_) => match context.place(whole).and_then(|place| place.only_field().map(str::to_owned)) {
            Some(field) => own_field(context, object, &field, depth),
            None => Origin::Neutral,
        },
        // An enum or namespace of the file or of an import.
        ExprKind::Variable(id) if matches!(module.variables[*id].kind, VariableKind::Class(_)) => Origin::Finite,
        // A name is given by the program or by people; what carries it says nothing.
        _ if name == "name" => Origin::Neutral,
        _ => match within(context, object, depth) {
            Origin::Event => Origin::Event,
            _ => Origin::Neutral,
        },
    }
}

/// `plugin.model` of `plugin.model.id`: something of which there are few, or a part of one.
fn is_of_few(context: &Context<'_>, object: ExprId, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match context.module.kind(context.module.peel(object)) {
        ExprKind::Variable(id) => by_name(&context.module.variables[*id].name) == Origin::Finite,
        ExprKind::Member { object, name, .. } => match by_name(name) {
            Origin::Neutral => is_of_few(context, *object, depth),
            known => known == Origin::Finite,
        },
        _ => false,
    }
}

/// A field that an instance is given once tells instances apart; a literal tells nothing apart.
fn own_field(context: &Context<'_>, object: ExprId, field: &str, depth: u8) -> Origin {
    let ExprKind::This(Some(class)) = context.module.kind(context.module.peel(object)) else { return Origin::Neutral };
    let Some(data) = context.module.field(*class, field) else { return Origin::Neutral };
    data.values.iter().map(|value| within(context, *value, depth)).max().unwrap_or(Origin::Neutral)
}

fn call(context: &Context<'_>, call: ExprId, depth: u8) -> Origin {
    let module = context.module;
    let ExprKind::Call { callee, arguments, constructs, .. } = module.kind(call) else { return Origin::Neutral };
    let name = last_name(context, *callee);
    // The id of a class or function tells no more apart than there are of them.
    if name == "id"
        && let [only] = arguments.as_slice()
        && within(context, only.value, depth) == Origin::Finite
    {
        return Origin::Finite;
    }
    if let Some(known) = by_call(&name) {
        return known;
    }
    if *constructs {
        let value = matches!(name.as_str(), "String" | "Integer" | "Long")
            || name.ends_with("Key")
            || name.ends_with("Id")
            || name.ends_with("Name")
            || name.ends_with("Pair")
            || name.starts_with("Tuple")
            || program::is_looked_up(context, call);
        if !value {
            return Origin::Fresh;
        }
    }
    if let Some(known) = module.type_of(call).as_ref().and_then(|ty| by_type(context, ty)) {
        return known;
    }
    let inputs: Vec<Origin> = arguments.iter().map(|argument| within(context, argument.value, depth)).collect();
    let receiver = match module.kind(*callee) {
        ExprKind::Member { object, .. } => {
            let of_instance = matches!(module.kind(*object), ExprKind::This(_));
            if of_instance { None } else { Some(within(context, *object, depth)) }
        }
        _ => None,
    };
    if !inputs.is_empty() && inputs.iter().all(|input| *input == Origin::Finite) {
        return Origin::Finite;
    }
    let named = by_name(&strip_get(&name));
    if named != Origin::Neutral {
        return if receiver == Some(Origin::Finite) && arguments.is_empty() { Origin::Finite } else { named };
    }
    let most = inputs.iter().copied().chain(receiver).max();
    match most {
        Some(Origin::Finite) if !inputs.is_empty() || receiver.is_some() => Origin::Finite,
        Some(Origin::Event) => Origin::Event,
        _ => Origin::Neutral,
    }
}

/// Whether a value is what a call makes anew each time, or that as a text or number: `str(uuid4())`, `uuid4().hex[:8]`,
/// `Math.random().toString(36)`.
fn is_text_of_fresh(context: &Context<'_>, expr: ExprId, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let module = context.module;
    match module.kind(context.definition(expr)) {
        ExprKind::Call { callee, arguments, constructs: false, .. } => {
            let name = last_name(context, *callee);
            let receiver = match module.kind(*callee) {
                ExprKind::Member { object, .. } => Some(*object),
                _ => None,
            };
            // The id of a class or function tells no more apart than there are of them.
            words::makes_fresh(&name) && name != "id"
                || words::is_text_of(&name)
                    && receiver
                        .into_iter()
                        .chain(arguments.first().map(|argument| argument.value))
                        .any(|part| is_text_of_fresh(context, part, depth))
        }
        ExprKind::Member { object, name, .. } => words::is_text_of(name) && is_text_of_fresh(context, *object, depth),
        ExprKind::Index { object, .. } => is_text_of_fresh(context, *object, depth),
        _ => false,
    }
}

fn by_call(name: &str) -> Option<Origin> {
    if words::makes_fresh(name) { Some(Origin::Fresh) } else { words::gives_one_of_few(name).then_some(Origin::Finite) }
}

fn by_type(context: &Context<'_>, ty: &TypeRef) -> Option<Origin> {
    let name = ty.name.last();
    if words::is_finite_type(name) {
        return Some(Origin::Finite);
    }
    if words::is_object_type(name) {
        return Some(Origin::Event);
    }
    let class = context.module.local_class(&ty.name)?;
    (context.module.classes[class].kind == ClassKind::Enum).then_some(Origin::Finite)
}

/// What a name says of the value: ids and parts of requests on one hand, kinds and names fixed by the program on the other.
fn by_name(name: &str) -> Origin {
    if words::is_finite_name(name) {
        Origin::Finite
    } else if words::is_event_name(name) {
        Origin::Event
    } else {
        Origin::Neutral
    }
}

fn strip_get(name: &str) -> String {
    name.strip_prefix("get").filter(|rest| rest.starts_with(char::is_uppercase)).unwrap_or(name).to_owned()
}

fn last_name_of_call(context: &Context<'_>, call: ExprId) -> crate::model::Name {
    super::reader::usage::method_name(context, call)
}

/// Whether a value is code that is registered: a listener, a plugin, a class, a function.
#[must_use]
pub fn is_registration(context: &Context<'_>, value: ExprId) -> bool {
    let module = context.module;
    let value = module.peel(value);
    match module.kind(value) {
        ExprKind::Function(_) | ExprKind::MethodReference { .. } | ExprKind::Class(_) => true,
        ExprKind::Variable(id) => {
            let variable = &module.variables[*id];
            is_registered_name(&variable.name)
                || matches!(variable.kind, VariableKind::Class(_) | VariableKind::Function(_))
                || variable.ty.as_ref().is_some_and(|ty| {
                    is_registered_name(ty.name.last()) || by_type(context, ty) == Some(Origin::Finite)
                })
        }
        ExprKind::Member { name, .. } => is_registered_name(name),
        ExprKind::Object(properties) => properties.iter().any(|property| is_registration(context, property.value)),
        ExprKind::List { items, .. } => items.iter().any(|item| is_registration(context, *item)),
        ExprKind::Call { arguments, .. } => arguments.iter().any(|argument| is_registration(context, argument.value)),
        _ => false,
    }
}

/// Whether a value is a class made on the way, or code that was loaded by its name: of both there are few.
#[must_use]
pub fn is_code(context: &Context<'_>, value: ExprId) -> bool {
    made_of_code(context, value, 3)
}

fn made_of_code(context: &Context<'_>, value: ExprId, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let module = context.module;
    let ExprKind::Call { callee, arguments, .. } = module.kind(context.definition(value)) else { return false };
    let name = last_name(context, *callee);
    let class = name == "type" && arguments.len() == 3;
    // `entry_point.load()()`
    let loaded =
        matches!(module.kind(module.peel(*callee)), ExprKind::Call { .. }) && made_of_code(context, *callee, depth);
    class
        || words::loads_code(&name)
        || loaded
        || arguments.first().is_some_and(|argument| made_of_code(context, argument.value, depth))
}

/// Whether a literal tells nothing apart.
#[must_use]
pub fn is_literal(context: &Context<'_>, value: ExprId) -> bool {
    matches!(
        context.module.kind(context.module.peel(value)),
        ExprKind::Literal(Literal::String(_) | Literal::Number(_) | Literal::Bool(_))
    )
}

/// Whether plain objects take the keys apart by text: then an object as a key is one key.
#[must_use]
pub fn keeps_objects(context: &Context<'_>, ty: &str) -> bool {
    context.family() != Family::JavaScript || ty != "Object"
}
