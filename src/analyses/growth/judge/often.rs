//! How often a growth site runs: once for each instance, once when something is first asked for, again and again.

use super::Case;
use crate::analyses::context::{Context, Use};
use crate::analyses::growth::bound::guards;
use crate::analyses::growth::collection::{Home, TEXT};
use crate::analyses::growth::decorators::{is_decorator, is_registering};
use crate::analyses::growth::flow::{self, tested};
use crate::analyses::growth::reader::usage::{self, Growth, Usage};
use crate::analyses::growth::words;
use crate::analyses::owners;
use crate::analyses::runs::{Runs, runs};
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, FunctionId, FunctionKind, Place, Root, Visibility};

/// How many callers are asked whether something calls them again and again.
const HANDS: u8 = 3;

/// Whether a method is given to what calls it for each event, whoever else may call it: `source.on('change', this.update)`,
/// `source.on('change', () => this.update())`.
#[must_use]
pub fn is_handed_on(context: &Context<'_>, function: FunctionId) -> bool {
    is_handed(context, function, HANDS)
}

fn is_handed(context: &Context<'_>, function: FunctionId, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let module = context.module;
    let data = &module.functions[function];
    let Some((class, name)) = data.this.zip(data.name.as_ref()) else { return false };
    let again = |runs: Runs| matches!(runs, Runs::Repeatedly(per) if per != "in a loop" && per != "per mount");
    let own = |expr: &ExprKind| match expr {
        ExprKind::Member { object, name: member, .. } | ExprKind::MethodReference { object, name: member } => {
            member == name && matches!(module.kind(*object), ExprKind::This(Some(of)) if *of == class)
        }
        _ => false,
    };
    let handed = |value: ExprId| {
        // `this.update.bind(this)`
        let value = match context.uses(value) {
            Use::Receiver(call) if usage::method_name(context, call) == "bind" => call,
            _ => value,
        };
        listens(context, value) || again(crate::analyses::runs::handed_runs(context, value))
    };
    let calls = |caller: FunctionId| {
        context.function_expr(caller).is_some_and(|value| listens(context, value))
            || again(runs(context, caller))
            || caller != function && is_handed(context, module.outermost(caller), depth)
    };
    context.calls_of(function).any(|site| calls(site.function))
        || module.exprs.iter().any(|(id, expr)| own(&expr.kind) && handed(id))
}

/// Whether a function is the callback of a listener that hears of more than one event.
fn listens(context: &Context<'_>, value: ExprId) -> bool {
    let Use::Argument(call, _) = context.uses(value) else { return false };
    context.site_of(call).is_some_and(|site| {
        let known = |acquire: &&std::sync::Arc<crate::catalogue::Acquire>| {
            matches!(acquire.kind.as_str(), "listener" | "subscription")
        };
        site.acquires.iter().find(known).is_some_and(|acquire| {
            let settled = acquire.unless.iter().any(|wanted| context.holds(call, wanted));
            !acquire.once && !settled && !ends(context, call)
        })
    })
}

/// Whether a listener hears of an end, which comes once.
fn ends(context: &Context<'_>, call: ExprId) -> bool {
    let ExprKind::Call { callee, arguments, .. } = context.module.kind(call) else { return false };
    let event = arguments.first().map(|argument| context.module.kind(argument.value));
    let said = match event {
        Some(ExprKind::Literal(crate::model::Literal::String(event))) => event.to_string(),
        _ => usage::last_name(context, *callee).to_string(),
    };
    crate::catalogue::words::owners::ends(&said) || words::starts_owner(&said)
}

impl Case<'_> {
    /// How often a growth site runs; none when only a fixed number of times.
    pub fn site_runs(&self, usage: &Usage, growth: &Growth) -> Option<Runs> {
        let context = self.context;
        let function = usage.function;
        let data = &context.module.functions[function];
        if let Home::Instance(class) = self.collection.home {
            // What the constructor puts in is there once for each instance.
            let own = matches!(data.kind, FunctionKind::Constructor | FunctionKind::FieldInitializer)
                && data.this == Some(class);
            if own || self.is_called_by_constructor_alone(function, class) || self.is_fluent(function) {
                return None;
            }
        }
        if self.fills_once(usage)
            || guards::runs_once(self, usage)
            || is_made_once(context, context.module.outermost(function))
        {
            return None;
        }
        if let Home::Closure(home) = self.collection.home
            && home == function
        {
            return None;
        }
        if self.is_for_tests(usage) || self.makes_its_own(usage) {
            return None;
        }
        if is_registering(context, function) || is_decorator(context, function, growth) {
            return None;
        }
        match runs(context, function) {
            Runs::Once => None,
            // A loop goes over as many as there are: that says nothing of how often it runs.
            Runs::Repeatedly(per) if per == "in a loop" => {
                let once = callers(context, function).iter().all(|caller| runs(context, *caller) == Runs::Once);
                (!once).then_some(Runs::Unknown)
            }
            // Of keys there may be few, however often they come.
            Runs::Unknown if growth.key.is_none() && is_handed_on(context, context.module.outermost(function)) => {
                Some(Runs::Repeatedly("per event".to_owned()))
            }
            runs => Some(runs),
        }
    }

    /// `self.css += more`, where `css` is a text of the class: the instance gets one of its own, as texts do not change.
    fn makes_its_own(&self, usage: &Usage) -> bool {
        let module = self.context.module;
        let through_self = match module.kind(usage.expr) {
            ExprKind::Assign { target, .. } => match module.kind(*target) {
                ExprKind::Member { object, .. } => matches!(module.kind(*object), ExprKind::This(_)),
                _ => false,
            },
            _ => false,
        };
        self.context.family() == Family::Python
            && matches!(self.collection.home, Home::Static(_))
            && self.collection.ty == TEXT
            && through_self
    }

    /// `if running_under_tests(): record(…)`
    fn is_for_tests(&self, usage: &Usage) -> bool {
        let context = self.context;
        flow::tests(context, usage.expr).iter().any(|test| {
            test.holds
                && matches!(context.module.kind(test.condition), ExprKind::Call { callee, .. }
                    if words::is_for_tests(&usage::last_name(context, *callee)))
        })
    }

    /// What the constructor calls and nobody else does is a part of making the instance.
    fn is_called_by_constructor_alone(&self, function: FunctionId, class: ClassId) -> bool {
        self.makes_instance(function, class, 4)
    }

    fn makes_instance(&self, function: FunctionId, class: ClassId, depth: u8) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let module = self.context.module;
        let callers = callers(self.context, function);
        !callers.is_empty()
            && callers.iter().all(|caller| {
                let data = &module.functions[*caller];
                let begins = self.context.family() == Family::Java
                    && module.functions[function].visibility == Visibility::Private
                    && data.name.as_deref().is_some_and(words::initializes);
                (data.kind == FunctionKind::Constructor || begins) && data.this == Some(class)
                    || self.makes_instance(*caller, class, depth)
            })
    }

    /// `Arguments key(String key) { keys.add(key); return this; }`: calls in a chain put one object together.
    fn is_fluent(&self, function: FunctionId) -> bool {
        let given = owners::returned_values(self.context, function);
        self.context.family() == Family::Java
            && !given.is_empty()
            && given.iter().all(|value| matches!(self.context.module.kind(*value), ExprKind::This(_)))
    }

    /// `if (!C.length) fill(C)`: filled when it is empty, and then never again.
    fn fills_once(&self, usage: &Usage) -> bool {
        let context = self.context;
        let tests = flow::conditions(context, usage.expr);
        tests.iter().any(|test| {
            let test = match context.module.kind(*test) {
                ExprKind::Unary { operator: crate::model::UnaryOp::Not, operand } => *operand,
                _ => *test,
            };
            context.place(test).as_ref() == Some(&self.collection.place)
                || match context.module.kind(test) {
                    ExprKind::Call { callee, arguments, .. } if arguments.is_empty() => {
                        matches!(context.module.kind(*callee), ExprKind::Member { object, name, .. }
                            if name == "isEmpty" && context.place(*object).as_ref() == Some(&self.collection.place))
                    }
                    ExprKind::Member { object, name, .. } => {
                        words::is_size(name) && context.place(*object).as_ref() == Some(&self.collection.place)
                    }
                    // `if X is None: X = […]`
                    ExprKind::Binary { operator, left, right } if matches!(operator.as_str(), "is" | "==" | "===") => {
                        context.place(*left).as_ref() == Some(&self.collection.place) && context.module.is_null(*right)
                    }
                    _ => false,
                }
        })
    }
}

/// The functions of the file that call a function by its name.
fn callers(context: &Context<'_>, function: FunctionId) -> Vec<FunctionId> {
    context.calls_of(function).map(|site| site.function).collect()
}

/// `if (pool == null) pool = compute();`: what only such calls run, runs once for each owner.
fn is_made_once(context: &Context<'_>, function: FunctionId) -> bool {
    let module = context.module;
    let data = &module.functions[function];
    let mut calls = context.calls_of(function).filter(|site| site.function != function).peekable();
    context.family() == Family::Java
        && data.visibility != crate::model::Visibility::Public
        && calls.peek().is_some()
        && calls.all(|site| {
            flow::conditions(context, site.expr).iter().any(|test| {
                tested(context, *test).is_some_and(|(place, _)| is_assigned_once(context, &place, site.expr))
            })
        })
}

/// Whether a field gets the value of a call, and never goes back to nothing.
fn is_assigned_once(context: &Context<'_>, place: &Place, call: ExprId) -> bool {
    let module = context.module;
    let (Root::This(class) | Root::Static(class)) = place.root else { return false };
    let Some(field) = place.only_field().and_then(|field| module.field(class, field)) else { return false };
    let given = matches!(context.parent(call).map(|parent| module.kind(parent)),
        Some(ExprKind::Assign { target, .. }) if context.place(*target).as_ref() == Some(place));
    let emptied = field.values.iter().any(|value| {
        let first = context
            .function_of(*value)
            .is_none_or(|function| module.functions[function].kind == FunctionKind::FieldInitializer);
        context.module.is_null(*value) && !first
    });
    given && !emptied
}
