//! Classes with a life cycle: which tables fit a class, which of its methods are teardowns, and what those reach.

mod command;
mod reach;
mod refs;

pub use self::command::commands;
pub use self::reach::{reach, reach_at_once};
use super::context::{CallSite, Context, Use};
use crate::catalogue::words::owners as words;
use crate::catalogue::{Owner, Part, glob};
use crate::lang::Family;
use crate::model::{ClassId, ClassKind, ExprId, ExprKind, FunctionId, FunctionKind, Literal, Module, Step};

/// The life cycle of a class.
#[derive(Debug, Default, Clone)]
pub struct Lifecycle {
    /// Methods that run when an instance ends.
    pub teardowns: Vec<FunctionId>,
    /// Whether a framework surely ends instances, with its word for them: "component".
    pub framework: Option<String>,
    /// The names of teardowns that the framework would call.
    pub expected: Vec<String>,
    /// The names of methods that the framework calls when an instance starts.
    pub setups: Vec<String>,
    pub singleton: bool,
    /// An instance serves one connection or request, and goes with it.
    pub brief: bool,
    /// The root of an application, which ends with its page.
    pub root: bool,
    /// The class loader is meant to go with the instance.
    pub deployed: bool,
}

/// The life cycle of a class by the tables that fit it.
#[must_use]
pub fn lifecycle(context: &Context<'_>, class: ClassId) -> Lifecycle {
    if let Some(known) = context.budget.lifecycle(class) {
        return known;
    }
    let mut cycle = own_lifecycle(context, class);
    inherit(context, class, &mut cycle);
    context.budget.remember(class, &cycle);
    cycle
}

fn own_lifecycle(context: &Context<'_>, class: ClassId) -> Lifecycle {
    let module = context.module;
    let mut cycle = Lifecycle { singleton: is_singleton(context, class), ..Lifecycle::default() };
    for owner in context.catalogue.owners(&context.scope) {
        if !is_of(context, class, owner) {
            continue;
        }
        let general = is_general(owner);
        cycle.deployed |= owner.deployed;
        cycle.brief |= owner.brief && !is_shared(context, class, owner);
        cycle.root |= is_root(context, class, owner);
        if !general && !owner.teardown.is_empty() && cycle.framework.is_none() && !owner.singleton {
            cycle.framework = Some(owner.what.clone());
            cycle.expected.clone_from(&owner.teardown);
            cycle.setups.extend(owner.setup.iter().filter(|name| *name != "constructor").cloned());
        }
        for function in methods(module, class) {
            let data = &module.functions[function];
            let named = data.name.as_ref().is_some_and(|name| owner.teardown.iter().any(|wanted| glob(wanted, name)));
            let annotated = data.annotations.iter().any(|annotation| {
                owner.teardown_annotations.iter().any(|wanted| last(wanted) == last(&annotation.name))
            });
            let static_method = data.is_static && module.classes[class].kind != ClassKind::Object;
            if (annotated
                || named
                    && (!general
                        || takes_nothing(module, function)
                            && !is_reset(context, class, function)
                            && !command::is_command(context, class, function)))
                && !static_method
                && !(general && is_option(context, class, function))
                && !data.is_abstract
                && !matches!(data.kind, FunctionKind::Getter | FunctionKind::Setter)
                && !(context.family() == Family::Java
                    && (only_throws(module, function) || gives_permit(module, class, function)))
                && !cycle.teardowns.contains(&function)
            {
                cycle.teardowns.push(function);
            }
        }
    }
    keep_expected(context, &mut cycle);
    for function in registered_teardowns(context, class).into_iter().chain(refs::callback_refs(context, class)) {
        if !cycle.teardowns.contains(&function) {
            cycle.teardowns.push(function);
        }
    }
    cycle
}

/// Whether a function is an option of a call, which is told of what somebody does and knows no object:
/// `draggable({ start() {…}, stop() {…} })`.
fn is_option(context: &Context<'_>, class: ClassId, function: FunctionId) -> bool {
    let object = context.object_expr(class).map(|object| context.uses(object));
    let name = context.module.functions[function].name.as_deref().unwrap_or_default();
    let inside = |named: &ExprId| context.function_of(*named).is_some_and(|at| context.module.encloses(function, at));
    context.family() == Family::JavaScript
        && matches!(object, Some(Use::Argument(..)))
        && words::tells_of_an_end(name)
        && !context.fields_named(class).any(|field| context.field_uses(class, field).iter().any(inside))
}

/// Whether a method that may be an end is none, as the object calls it on itself and goes on, or as it ends nothing:
/// `this.cleanup()`.
fn is_reset(context: &Context<'_>, class: ClassId, function: FunctionId) -> bool {
    let module = context.module;
    let name = |function: FunctionId| module.functions[function].name.as_deref().unwrap_or_default();
    let may = context.family() == Family::JavaScript && words::may_reset(name(function));
    let goes_on = |site: &CallSite| {
        let home = module.outermost(site.function);
        module.functions[home].this == Some(class) && !words::is_teardown(name(home))
    };
    may && (context.calls_of(function).any(goes_on)
        || !ends_something(context, function)
        || runs_by_timer(context, function))
}

/// `setInterval(() => this.cleanup(), hour)`: what a timer runs again and again ends nothing.
fn runs_by_timer(context: &Context<'_>, function: FunctionId) -> bool {
    context.sites.iter().any(|site| {
        site.acquires.iter().filter(|acquire| acquire.kind == "timer" && !acquire.once).any(|acquire| {
            let callback = acquire.callback.as_ref().and_then(|part| context.part(site.expr, part));
            callback.and_then(|value| context.module.function_of(value)).is_some_and(|callback| {
                callback == function || context.calls_of(function).any(|site| site.function == callback)
            })
        })
    })
}

/// Whether a method releases something, or ends a part of its object.
fn ends_something(context: &Context<'_>, function: FunctionId) -> bool {
    let reached = reach(context, &[function]);
    let verb = |name: &str| words::ends(name) && !name.starts_with("reset");
    let ends = |site: &CallSite| !site.releases.is_empty() || site.shape.method.as_deref().is_some_and(verb);
    context.sites.iter().any(|site| reached.contains(&site.function) && ends(site))
}

/// `void destroy() { throw new UnsupportedOperationException(); }`
fn only_throws(module: &Module, function: FunctionId) -> bool {
    let cfg = &module.functions[function].cfg;
    let entry = &cfg.blocks[cfg.entry];
    matches!(entry.steps.last(), Some(Step::Throw(Some(_), _))) && entry.steps.len() <= 2
}

/// `release()` of a semaphore, which has an `acquire()`: it gives back a permit and ends nothing.
fn gives_permit(module: &Module, class: ClassId, function: FunctionId) -> bool {
    let name = module.functions[function].name.as_deref().unwrap_or_default();
    let takes = |method: &FunctionId| module.functions[*method].name.as_deref().is_some_and(words::is_permit);
    name.starts_with("release") && module.classes[class].methods.iter().any(takes)
}

/// Whether a class is the root of an application by its name, or by that of its file when it has none.
fn is_root(context: &Context<'_>, class: ClassId, owner: &Owner) -> bool {
    let path = context.source.display_path();
    let file = path.rsplit('/').next().and_then(|file| file.split('.').next()).unwrap_or_default();
    let name = context.module.classes[class].name.as_deref().filter(|name| *name != "default").unwrap_or(file);
    owner.roots.iter().any(|root| glob(root, name))
}

/// Whether one instance serves many, as an annotation says, although the framework would make one for each.
fn is_shared(context: &Context<'_>, class: ClassId, owner: &Owner) -> bool {
    let annotations = &context.module.classes[class].annotations;
    annotations.iter().any(|annotation| owner.shared.iter().any(|name| last(name) == last(&annotation.name)))
}

/// Where a framework ends instances by a teardown of its own, a method that merely closes what is open is none.
fn keep_expected(context: &Context<'_>, cycle: &mut Lifecycle) {
    let module = &context.module;
    let expected = |function: &FunctionId| {
        let name = module.functions[*function].name.as_deref().unwrap_or_default();
        cycle.expected.iter().any(|wanted| glob(wanted, name))
    };
    let ends = |function: &FunctionId| module.functions[*function].name.as_deref().is_some_and(words::ends_a_view);
    if context.family() == Family::JavaScript && cycle.framework.is_some() {
        let kept: Vec<FunctionId> =
            cycle.teardowns.iter().copied().filter(|function| expected(function) || ends(function)).collect();
        cycle.teardowns = kept;
    }
}

/// A class without a teardown of its own ends by the one of its base in this file.
fn inherit(context: &Context<'_>, class: ClassId, cycle: &mut Lifecycle) {
    if !cycle.teardowns.is_empty() || context.family() != Family::JavaScript {
        return;
    }
    let above = context.module.ancestors(class).into_iter().map(|above| own_lifecycle(context, above));
    if let Some(above) = above.into_iter().find(|above| !above.teardowns.is_empty()) {
        cycle.teardowns = above.teardowns;
    }
}

/// Functions that the methods of a class hand to whoever ends the instance: `this._register(toDisposable(() => …))`,
/// `destroyRef.onDestroy(() => …)`.
fn registered_teardowns(context: &Context<'_>, class: ClassId) -> Vec<FunctionId> {
    let mut found = Vec::new();
    for site in context.sites_of(class) {
        let parts = site.sinks.iter().map(|sink| &sink.argument);
        found.extend(parts.filter_map(|part| context.part(site.expr, part)).flat_map(|arg| disposers(context, arg)));
        found.extend(kept_disposable(context, site).into_iter().flat_map(|arg| disposers(context, arg)));
        found.extend(in_composite(context, site));
        let hooks = site.hooks.iter().filter_map(|hook| hook.teardown.as_ref()).filter(|_| !is_of_part(context, site));
        found.extend(hooks.filter_map(|part| context.function_part(site.expr, part)));
        found.extend(own_end(context, site));
    }
    found
}

/// `const view = area.attach(…); view.onDestroy(…)`: the end of what a method made is not that of its object.
fn is_of_part(context: &Context<'_>, site: &CallSite) -> bool {
    let Some(receiver) = context.part(site.expr, &Part::Receiver) else { return false };
    let made = context.site_of(context.definition(receiver)).and_then(|site| site.shape.method.as_deref());
    matches!(context.module.kind(receiver), ExprKind::Variable(_)) && made.is_some_and(words::makes_part)
}

/// `this.register(toDisposable(() => …))`: what a class hands to a method of its own, whatever its name, is for its end.
fn kept_disposable(context: &Context<'_>, site: &CallSite) -> Option<ExprId> {
    let argument = registered(context, site).filter(|_| site.sinks.is_empty())?;
    let made = context.site_of(context.module.peel(argument))?;
    makes_disposable(made).then_some(argument)
}

/// `this.store = new CompositeDisposable(new Disposable(() => …))`: what is disposed of with a field.
fn in_composite(context: &Context<'_>, site: &CallSite) -> Vec<FunctionId> {
    let module = context.module;
    let mut whole = site.expr;
    while let Use::Argument(outer, _) | Use::Element(outer) = context.uses(whole)
        && context.site_of(outer).is_none_or(makes_disposable)
    {
        whole = outer;
    }
    let Use::Stored(target) = context.uses(whole) else { return Vec::new() };
    let own = matches!(module.kind(target), ExprKind::Member { object, .. }
        if matches!(module.kind(*object), ExprKind::This(_)));
    let composite = own && whole != site.expr && makes_disposable(site) && site.sinks.is_empty();
    if composite { disposers(context, site.expr) } else { Vec::new() }
}

/// What an object gives to a method of its own that takes things in, or to its list of what ends with it:
/// `this.register(x)`, `this.disposables.push(x)`.
#[must_use]
pub fn registered(context: &Context<'_>, site: &CallSite) -> Option<ExprId> {
    let module = context.module;
    let ExprKind::Call { callee, arguments, .. } = module.kind(site.expr) else { return None };
    let ExprKind::Member { object, name, .. } = module.kind(*callee) else { return None };
    let [argument] = arguments.as_slice() else { return None };
    let name = name.trim_start_matches('_');
    let own = |object: ExprId| matches!(module.kind(object), ExprKind::This(_));
    let owned = match module.kind(*object) {
        ExprKind::Member { object, name, .. } => own(*object) && words::is_disposable(name),
        _ => own(*object),
    };
    (words::takes_in(name) && owned).then_some(argument.value)
}

/// What an object does when it tells itself that it ends: `this.on('dispose', () => …)`.
fn own_end(context: &Context<'_>, site: &CallSite) -> Option<FunctionId> {
    let acquire = site.acquires.iter().find(|acquire| acquire.kind == "listener")?;
    let source = acquire.source.as_ref().and_then(|part| context.part(site.expr, part))?;
    let event = context.part(site.expr, &Part::Argument(0)).map(|event| context.module.kind(event))?;
    let ExprKind::Literal(Literal::String(event)) = event else { return None };
    let own = matches!(context.module.kind(context.module.peel(source)), ExprKind::This(_));
    let callback = acquire.callback.as_ref().filter(|_| own && words::tells_own_end(event))?;
    context.function_part(site.expr, callback)
}

/// `toDisposable(() => …)`, `Disposable.create(() => …)`, `new Disposable(() => …)`.
fn makes_disposable(site: &CallSite) -> bool {
    let path = site.shape.path.as_ref();
    !site.sinks.is_empty() || path.is_some_and(|path| words::is_disposable(&path.to_string()))
}

/// The functions that run when a registered value is disposed of.
fn disposers(context: &Context<'_>, value: ExprId) -> Vec<FunctionId> {
    let module = context.module;
    match module.kind(module.peel(value)) {
        ExprKind::Function(function) => vec![*function],
        ExprKind::Object(properties) => {
            properties.iter().filter_map(|property| module.function_of(property.value)).collect()
        }
        ExprKind::Call { .. } => context
            .site_of(module.peel(value))
            .into_iter()
            .filter(|site| makes_disposable(site))
            .filter_map(|site| context.part(site.expr, &Part::Argument(0)))
            .filter_map(|inner| match module.kind(module.peel(inner)) {
                ExprKind::Function(function) => Some(*function),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Methods and the functions kept in fields: `close = () => { … }`.
fn methods(module: &Module, class: ClassId) -> Vec<FunctionId> {
    let data = &module.classes[class];
    let kept = data.fields.iter().filter_map(|field| match field.values.as_slice() {
        [value] => match module.kind(module.peel(*value)) {
            ExprKind::Function(function) => Some(*function),
            _ => None,
        },
        _ => None,
    });
    data.methods.iter().copied().chain(kept).collect()
}

/// A method that ends its whole object takes nothing that says what to end: `remove(key)` is none, `destroy(force)`
/// and `connection_lost(exc)` are.
fn takes_nothing(module: &Module, function: FunctionId) -> bool {
    let data = &module.functions[function];
    let name = data.name.as_deref().unwrap_or_default();
    let strong = name.starts_with("__") || name.starts_with("on") || words::is_teardown(name);
    data.parameters.is_empty() || strong && !is_for_something(module, function)
}

/// Whether a method ends what it is given and not its object: `cleanup(self, challenges)`, `shutdown(id)`.
fn is_for_something(module: &Module, function: FunctionId) -> bool {
    let data = &module.functions[function];
    let named = data.name.as_deref().is_some_and(|name| name.starts_with("__") || name.starts_with("on"));
    let first = data.parameters.first().map(|parameter| module.variables[*parameter].name.as_str());
    if module.language.family() == Family::JavaScript && !named && first.is_some_and(words::names_one_of_many) {
        return true;
    }
    module.language.family() == Family::Python
        && !named
        && data.parameters.first().is_some_and(|parameter| {
            let parameter = &module.variables[*parameter];
            parameter.default.is_none() && !words::is_said_of_the_end(&parameter.name)
        })
}

/// Whether the table is for classes of any base.
fn is_general(owner: &Owner) -> bool {
    owner.bases.is_empty()
        && owner.annotations.is_empty()
        && owner.objects.is_empty()
        && owner.members.is_empty()
        && owner.marks.is_empty()
        && owner.calls.is_empty()
}

/// Whether a table of owners is about a class.
#[must_use]
pub fn is_of(context: &Context<'_>, class: ClassId, owner: &Owner) -> bool {
    if is_general(owner) {
        return true;
    }
    let module = context.module;
    let data = &module.classes[class];
    let annotated = data
        .annotations
        .iter()
        .any(|annotation| owner.annotations.iter().any(|wanted| last(wanted) == last(&annotation.name)));
    annotated || has_base(module, class, &owner.bases, 8) || is_options_object(context, class, owner)
}

/// Whether a class extends or implements a type with one of the names, as far as the file tells.
#[must_use]
pub fn has_base(module: &Module, class: ClassId, names: &[String], depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    module.classes[class].bases.iter().any(|base| {
        names.iter().any(|wanted| glob(last(wanted), base.name.last()))
            || module.local_class(&base.name).is_some_and(|above| has_base(module, above, names, depth))
    })
}

/// `Vue.extend({…})`, or the object that a .vue file exports.
fn is_options_object(context: &Context<'_>, class: ClassId, owner: &Owner) -> bool {
    if owner.objects.is_empty() && owner.members.is_empty() && owner.marks.is_empty() {
        return false;
    }
    let Some(object) = context.object_expr(class) else { return false };
    let is_function = |value: ExprId| context.module.function_of(value).is_some();
    if owner.marks.iter().any(|mark| context.property(object, mark).is_some_and(is_function)) {
        return true;
    }
    let is_argument = matches!(context.uses(object), Use::Argument(..));
    if is_argument && owner.members.iter().any(|member| context.property(object, member).is_some()) {
        return true;
    }
    match context.uses(object) {
        Use::Argument(call, _) => {
            let shape = super::context::call_shape(context.module, call);
            owner.objects.iter().any(|pattern| pattern.matches(&shape, context.module))
        }
        _ => {
            context.module.language == crate::lang::Language::Vue
                && owner.objects.iter().any(|pattern| pattern.name == "default")
                && context.module.exports.iter().any(|export| {
                    export.name == "default"
                        && matches!(export.what, crate::model::Exported::Value(value) if context.module.peel(value) == object)
                })
        }
    }
}

/// Whether there is one instance for the life of the process, as far as the file tells.
#[must_use]
pub fn is_singleton(context: &Context<'_>, class: ClassId) -> bool {
    let module = context.module;
    let of = |singleton: bool| {
        let owners = context.catalogue.owners(&context.scope);
        owners.filter(move |owner| owner.singleton == singleton && is_of(context, class, owner))
    };
    // An injected widget is made as often as it is shown.
    let transient = || context.family() == Family::JavaScript && of(false).any(|owner| !owner.bases.is_empty());
    if of(true).next().is_some() && !transient()
        || module.classes[class].kind == ClassKind::Enum
        || keeps_own_instance(context, class)
    {
        return true;
    }
    let made = instances(context, class);
    !made.is_empty()
        && made.iter().all(|value| {
            context.function_of(*value).is_some_and(|function| {
                let kind = module.functions[function].kind;
                matches!(kind, FunctionKind::Module | FunctionKind::StaticInitializer)
                    || (kind == FunctionKind::Constructor && module.classes[class].kind == ClassKind::Enum)
            })
        })
}

/// `private static final Foo INSTANCE = new Foo()`, also when a static method fills it.
fn keeps_own_instance(context: &Context<'_>, class: ClassId) -> bool {
    let module = context.module;
    let name = module.class_name(class);
    module.classes[class].fields.iter().filter(|field| field.is_static).any(|field| {
        field.values.iter().any(|value| {
            context
                .site_of(module.peel(*value))
                .is_some_and(|site| site.shape.constructs && site.shape.path.as_ref() == Some(&name))
        })
    })
}

/// The expressions of the file that make an instance of a class of the file.
fn instances(context: &Context<'_>, class: ClassId) -> Vec<ExprId> {
    let name = context.module.class_name(class);
    context.making(name.last()).filter(|site| site.shape.path.as_ref() == Some(&name)).map(|site| site.expr).collect()
}

/// The functions that a component or composable gives to life-cycle hooks as teardowns, by the function that holds the hooks.
#[must_use]
pub fn hook_teardowns(context: &Context<'_>, holder: FunctionId) -> Vec<FunctionId> {
    let mut found = Vec::new();
    for site in context.sites_within(holder) {
        for hook in &site.hooks {
            match &hook.teardown {
                Some(Part::Returned) => {
                    if let Some(setup) = hook.setup.as_ref().and_then(|part| context.function_part(site.expr, part))
                        && !context.module.functions[setup].is_async
                    {
                        found.extend(returned_functions(context, setup));
                    }
                }
                Some(part) => found.extend(context.function_part(site.expr, part)),
                None => {}
            }
        }
    }
    found
}

/// The functions of this file that a function gives back.
#[must_use]
pub fn returned_functions(context: &Context<'_>, function: FunctionId) -> Vec<FunctionId> {
    returned_values(context, function).into_iter().filter_map(|value| context.module.function_of(value)).collect()
}

/// The values that a function gives back.
#[must_use]
pub fn returned_values(context: &Context<'_>, function: FunctionId) -> Vec<ExprId> {
    let cfg = &context.module.functions[function].cfg;
    let mut values: Vec<ExprId> = cfg
        .blocks
        .iter()
        .flat_map(|(_, block)| &block.steps)
        .filter_map(|step| match step {
            crate::model::Step::Return(value, _) => *value,
            _ => None,
        })
        .collect();
    values.dedup();
    values
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
