//! Components that are drawn once: the root of an application, and what a root always draws.

use super::{given, template};
use crate::analyses::context::{Context, Use};
use crate::analyses::growth;
use crate::analyses::runs::{Runs, runs};
use crate::catalogue::Part;
use crate::catalogue::words::owners as words;
use crate::model::{
    ClassId, Export, Exported, ExprId, ExprKind, FunctionId, FunctionKind, Literal, LogicalOp, Name, QualifiedName,
    VariableId,
};
use crate::project::{Often, Question};

/// How many components of the file may stand around one another.
const DEPTH: u8 = 4;

/// How many values may stand around an element, up to what its function gives back.
const PARENTS: usize = 64;

/// How often the instances of a component are made.
pub enum Alone {
    /// There is one, which goes with its page.
    Yes,
    /// Other files say.
    Ask(Question),
    No,
}

/// Whether a component that is a function has one instance for the life of its page.
#[must_use]
pub fn function(context: &Context<'_>, holder: FunctionId) -> Alone {
    let holder = caller(context, holder);
    let script = context.module.functions[holder].kind == FunctionKind::Component;
    if script || template::is_component(context) && is_of_options(context, holder) {
        return ask(Name::new_static(template::COMPONENT));
    }
    match given(context, holder) {
        Some(name) => ask(name),
        None => match exported_wrapped(context, holder) {
            Some(name) => ask(name),
            None => named(context, holder).map_or(Alone::No, |variable| local(context, variable)),
        },
    }
}

/// The component that calls a function of the file which no other calls, or the function itself.
fn caller(context: &Context<'_>, function: FunctionId) -> FunctionId {
    let is_component = |at: FunctionId| context.module.functions[at].kind == FunctionKind::Component;
    let mut at = function;
    for _ in 0..DEPTH {
        let mut calls = context.calls_of(at);
        match (calls.next(), calls.next()) {
            (Some(only), None) if only.loops == 0 && !is_component(at) && given(context, at).is_none() => {
                at = only.function;
            }
            _ => break,
        }
    }
    at
}

/// How often a component begins that is a function.
#[must_use]
pub fn with_component(context: &Context<'_>, component: FunctionId) -> Often {
    match function(context, component) {
        Alone::Yes => Often::Once,
        Alone::Ask(Question::RunsOnce { function }) => Often::With(function.name),
        Alone::Ask(_) | Alone::No => Often::Again,
    }
}

/// Whether a component that is a class has one instance for the life of its page.
#[must_use]
pub fn class(context: &Context<'_>, class: ClassId) -> Alone {
    if template::is_component(context) && context.object_expr(class).is_some_and(|object| is_default(context, object)) {
        return ask(Name::new_static(template::COMPONENT));
    }
    match variable_of(context, class) {
        Some(variable) if context.is_exported(variable) || context.reads(variable).is_empty() => {
            ask(context.module.variables[variable].name.clone())
        }
        Some(variable) => local(context, variable),
        None => Alone::No,
    }
}

/// Whether a function is the `setup` of the component that the file exports.
fn is_of_options(context: &Context<'_>, function: FunctionId) -> bool {
    let data = &context.module.functions[function];
    let object = data.this.and_then(|class| context.object_expr(class));
    data.name.as_deref() == Some("setup") && object.is_some_and(|object| is_default(context, object))
}

/// Whether an object holds the options of the component that the file exports, also behind `defineComponent(…)`.
fn is_default(context: &Context<'_>, object: ExprId) -> bool {
    let module = context.module;
    let holds = |value: ExprId| {
        let value = context.definition(module.peel(value));
        value == object
            || matches!(module.kind(value), ExprKind::Call { arguments, .. }
                if arguments.iter().any(|argument| module.peel(argument.value) == object))
    };
    module.exports.iter().filter(|export| export.name == "default").any(|export| match export.what {
        crate::model::Exported::Value(value) => holds(value),
        crate::model::Exported::Variable(id) => module.variables[id].values.iter().any(|value| holds(*value)),
        _ => false,
    })
}

fn ask(name: Name) -> Alone {
    Alone::Ask(Question::RunsOnce { function: QualifiedName::here(name).into() })
}

fn local(context: &Context<'_>, variable: VariableId) -> Alone {
    match by_name(context, variable, DEPTH) {
        Some(Often::Once) => Alone::Yes,
        Some(Often::With(name)) => ask(name),
        _ => Alone::No,
    }
}

/// How often the component that a name stands for is drawn where the name is read.
#[must_use]
pub fn often(context: &Context<'_>, named: ExprId) -> Option<Often> {
    read(context, named, DEPTH)
}

fn read(context: &Context<'_>, named: ExprId, depth: u8) -> Option<Often> {
    let depth = depth.checked_sub(1)?;
    let element = match context.uses(named) {
        // `registerComponent('main', () => Main)`
        Use::Returned => return root(context, context.function_expr(context.function_of(named)?)?),
        Use::Argument(..) => return root(context, named).or_else(|| wrapped(context, named, depth)),
        _ if template::is_import(context, named) && template::is_layout(context, named) => return Some(Often::Once),
        _ => context.parent(named)?,
    };
    match context.module.kind(element) {
        ExprKind::Markup { component: Some(component), .. } if *component == named => drawn(context, element, depth),
        _ => None,
    }
}

/// How often an element is drawn, where nothing around it decides whether it is.
fn drawn(context: &Context<'_>, element: ExprId, depth: u8) -> Option<Often> {
    let mut at = element;
    for _ in 0..PARENTS {
        let Some(parent) = context.parent(at) else { break };
        match context.module.kind(parent) {
            ExprKind::Markup { name, children, .. } if children.contains(&at) && passes_on(name) => at = parent,
            ExprKind::Cast { .. } => at = parent,
            ExprKind::Logical { operator: LogicalOp::And, left, right }
                if *right == at && stays_true(context, *left) =>
            {
                at = parent;
            }
            // `const content = <Menu />`, which stands in the markup that is given back.
            ExprKind::Assign { target, declares: true, .. } => at = only_read(context, *target)?,
            ExprKind::Call { .. } => return root(context, at),
            _ => return None,
        }
    }
    let function = context.function_of(at).filter(|_| context.uses(at) == Use::Returned)?;
    // `render(() => <Main />, element)`
    if let Some(value) = context.function_expr(function)
        && let Some(often) = root(context, value)
    {
        return Some(often);
    }
    let given_back = crate::analyses::owners::returned_values(context, function);
    let alone = given_back.iter().all(|value| context.module.peel(*value) == at || is_null(context, *value));
    // `if (!ready) return <Splash />`
    let begun = || growth::tests(context, at).into_iter().all(|test| has_begun(context, test));
    (alone || begun()).then(|| holder(context, function, depth))?
}

/// The one place where a constant is read.
fn only_read(context: &Context<'_>, target: ExprId) -> Option<ExprId> {
    let ExprKind::Variable(id) = context.module.kind(target) else { return None };
    let constant = context.module.variables[*id].values.len() == 1;
    match context.reads(*id) {
        [read] if constant => Some(*read),
        _ => None,
    }
}

/// Whether a condition is one that holds as soon as the page has begun, and stays so.
fn has_begun(context: &Context<'_>, test: growth::Test) -> bool {
    let last = |value: ExprId| context.text(value).rsplit('.').next().map(ToOwned::to_owned).unwrap_or_default();
    match context.module.kind(test.condition) {
        ExprKind::Binary { operator, right, .. } if operator.contains('=') => {
            let equal = operator.starts_with("==");
            let state = context.text(*right);
            equal == test.holds && words::turns_true(state.trim_matches(['\'', '"']))
        }
        _ if test.holds => stays_true(context, test.condition),
        _ => words::turns_false(&last(test.condition)),
    }
}

fn stays_true(context: &Context<'_>, condition: ExprId) -> bool {
    template::comes_true(&context.text(condition))
}

/// How often what a function gives is drawn, where that is a component.
fn holder(context: &Context<'_>, function: FunctionId, depth: u8) -> Option<Often> {
    let data = &context.module.functions[function];
    let class = data.this.filter(|class| context.module.classes[*class].methods.contains(&function));
    let variable = match class {
        Some(class) if data.kind == FunctionKind::Method && data.name.as_deref() == Some("render") => {
            variable_of(context, class)?
        }
        Some(_) => return None,
        None => match given(context, function).or_else(|| exported_wrapped(context, function)) {
            Some(name) => return Some(Often::With(name)),
            None => named(context, function)?,
        },
    };
    by_name(context, variable, depth)
}

/// How often the component is drawn that stands under a name of the file.
fn by_name(context: &Context<'_>, variable: VariableId, depth: u8) -> Option<Often> {
    if context.is_exported(variable) {
        return Some(Often::With(exported_as(context, variable)));
    }
    // `Panel.displayName = 'Panel'` draws nothing.
    let mut reads = context.reads(variable).iter().filter(|read| !matches!(context.uses(**read), Use::Read(_)));
    match (reads.next(), reads.next()) {
        (Some(named), None) => read(context, *named, depth),
        _ => None,
    }
}

/// The name by which the facts know an exported variable: that of its export, where it holds a value that has no other.
fn exported_as(context: &Context<'_>, variable: VariableId) -> Name {
    let module = context.module;
    let plain = |export: &&Export| match export.what {
        Exported::Value(value) => {
            matches!(module.kind(module.peel(value)), ExprKind::Variable(id) if *id == variable)
                && module.path(module.peel(value)).is_none()
        }
        _ => false,
    };
    let export = module.exports.iter().find(plain).map(|export| &export.name);
    export.unwrap_or(&module.variables[variable].name).clone()
}

/// How often the component is drawn that a call makes of another: `const Panel = connect(state)(PlainPanel)`.
fn wrapped(context: &Context<'_>, named: ExprId, depth: u8) -> Option<Often> {
    let is_component = |name: &str| name.starts_with(char::is_uppercase);
    let Use::Argument(call, 0) = context.uses(named) else { return None };
    let site = context.site_of(call).filter(|site| site.loops == 0 && !site.shape.constructs)?;
    if site.function != context.module.root || !is_component(&context.text(named)) {
        return None;
    }
    if let Some(export) =
        context.module.exports.iter().find(|export| matches!(export.what, Exported::Value(value) if value == call))
    {
        return Some(Often::With(export.name.clone()));
    }
    let variable = stored_in(context, call).filter(|id| is_component(&context.module.variables[*id].name))?;
    by_name(context, variable, depth)
}

/// The name under which other files know what a call makes of a component: `export default observer(function App() { … })`.
fn exported_wrapped(context: &Context<'_>, function: FunctionId) -> Option<Name> {
    let value = context.function_expr(function)?;
    let Use::Argument(call, 0) = context.uses(value) else { return None };
    let wraps = context.site_of(call).is_some_and(|site| site.loops == 0 && !site.shape.constructs);
    let mut exports = context.module.exports.iter().filter(|_| wraps);
    let export = exports.find(|export| matches!(export.what, Exported::Value(value) if value == call))?;
    Some(export.name.clone())
}

/// The variable that is given a value.
fn stored_in(context: &Context<'_>, value: ExprId) -> Option<VariableId> {
    let Use::Stored(target) = context.uses(value) else { return None };
    match context.module.kind(target) {
        ExprKind::Variable(id) => Some(*id),
        _ => None,
    }
}

/// How often a call draws the root of an application that it is given.
#[must_use]
pub fn root(context: &Context<'_>, value: ExprId) -> Option<Often> {
    let Use::Argument(call, _) = context.uses(value) else { return None };
    let site = context.site_of(call).filter(|site| site.loops == 0)?;
    let called = match context.module.kind(call) {
        ExprKind::Call { callee, .. } => context.text(*callee),
        _ => String::new(),
    };
    let named =
        site.shape.path.as_ref().is_some_and(|path| words::draws_root(path.last())) || words::draws_root(&called);
    let method =
        site.shape.method.as_deref().is_some_and(|method| words::draws_root(method) && is_of_root(context, call));
    if !named && !method {
        return made_for(context, site.function).and_then(|outer| once(context, outer));
    }
    if mounts_on_named(context, site.function) {
        return Some(Often::Once);
    }
    once(context, site.function)
}

/// How often a function runs that draws a root.
fn once(context: &Context<'_>, function: FunctionId) -> Option<Often> {
    match runs(context, function) {
        Runs::Once => Some(Often::Once),
        Runs::Repeatedly(_) => None,
        Runs::Unknown => given(context, function).map(Often::With),
    }
}

/// The function that makes the application whose root a function draws: `new Vue({ render: h => h(Shell) })`.
fn made_for(context: &Context<'_>, render: FunctionId) -> Option<FunctionId> {
    let object = context.parent(context.function_expr(render)?)?;
    let drawn =
        context.property(object, "render").is_some_and(|value| context.module.function_of(value) == Some(render));
    let Use::Argument(call, 0) = context.uses(object) else { return None };
    let site = context.site_of(call).filter(|site| drawn && site.shape.constructs)?;
    site.shape.path.as_ref().filter(|path| words::makes_root(path.last()) || path.module == "vue")?;
    Some(site.function)
}

/// Whether a function mounts what it makes on an element that the page has under a name: there is one such application.
fn mounts_on_named(context: &Context<'_>, function: FunctionId) -> bool {
    let is_text = |value: ExprId| matches!(context.module.kind(value), ExprKind::Literal(Literal::String(_)));
    context.sites_in(function).any(|site| {
        let mounts = matches!(site.shape.method.as_deref(), Some("mount" | "$mount"));
        let on = context.part(site.expr, &Part::Argument(0)).filter(|_| mounts).map(|on| context.definition(on));
        on.is_some_and(|on| {
            let found =
                context.site_of(on).is_some_and(|site| site.shape.method.as_deref().is_some_and(words::finds_element));
            is_text(on) || found && context.part(on, &Part::Argument(0)).is_some_and(is_text)
        })
    })
}

/// `createRoot(element).render(…)`, also by a name for the root.
fn is_of_root(context: &Context<'_>, call: ExprId) -> bool {
    let ExprKind::Call { callee, .. } = context.module.kind(call) else { return false };
    let ExprKind::Member { object, .. } = context.module.kind(*callee) else { return false };
    let made = context.site_of(context.definition(*object)).and_then(|site| site.shape.path.as_ref());
    made.is_some_and(|path| words::makes_root(path.last()))
}

/// Whether an element draws its children whatever happens: one of the page itself, or one that gives them something.
#[must_use]
pub fn passes_on(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or_default();
    name.chars().next().is_none_or(char::is_lowercase) || words::draws_children(name)
}

fn is_null(context: &Context<'_>, value: ExprId) -> bool {
    matches!(context.module.kind(context.module.peel(value)), ExprKind::Literal(Literal::Null | Literal::Bool(false)))
}

/// The variable that a function is known by.
fn named(context: &Context<'_>, function: FunctionId) -> Option<VariableId> {
    // `const Panel = forwardRef((props, ref) => …)`
    let whole = |value: ExprId| match context.uses(value) {
        Use::Argument(call, 0) => call,
        _ => value,
    };
    let stored = || {
        let value = context.function_expr(function)?;
        stored_in(context, value).or_else(|| stored_in(context, whole(value)))
    };
    context.named_by(function).or_else(stored)
}

fn variable_of(context: &Context<'_>, class: ClassId) -> Option<VariableId> {
    let variables = context.module.variables.iter();
    variables.filter(|(_, variable)| variable.kind == crate::model::VariableKind::Class(class)).map(|(id, _)| id).next()
}
