//! Evidence that says little in Java: keys of which an installation has a certain number, listeners by the name of what
//! they listen to, collections that are filled where the owner starts, owners that go with one connection.

use crate::analyses::context::Context;
use crate::analyses::growth::bound::found::BoundFound;
use crate::analyses::growth::bound::guards;
use crate::analyses::growth::collection::Home;
use crate::analyses::growth::judge::{Case, Site};
use crate::analyses::growth::reader::usage::{Growth, What, descendants, has_variable, last_name};
use crate::analyses::growth::{keys, words};
use crate::analyses::owners::{lifecycle, returned_values};
use crate::analyses::runs::{Runs, runs};
use crate::lang::Family;
use crate::model::{
    ClassId, ExprId, ExprKind, FunctionId, FunctionKind, Name, TypeRef, VariableId, VariableKind, Visibility,
};

/// How many names and calls are looked behind.
const DEPTH: u8 = 5;

impl Case<'_> {
    /// Whether a collection of Java has as many entries as there are tenants, clusters, topics or other things that
    /// somebody set up, each of them small; or is filled by what starts its owner.
    #[must_use]
    pub fn is_of_installation(&self, site: &Site<'_>, bound: &BoundFound) -> bool {
        if self.context.family() != Family::Java {
            return false;
        }
        let key = site.growth.key.or(if self.is_set() { site.growth.value } else { None });
        let few = key.is_some_and(|key| is_of_few(self.context, key, DEPTH)) || self.has_few_keys(site.growth);
        // A pool is heavy, and there are as many as somebody named.
        let pool = key.is_some_and(|key| {
            matches!(self.context.module.kind(key), ExprKind::Variable(id) if words::is_pool_name(&self.context.module.variables[*id].name))
        });
        few && (pool || !self.keeps_heavy(site.growth))
            || self.keeps_code(site)
            || self.is_filled_at_start(bound)
            || !bound.is_misfit() && *bound != BoundFound::Nothing && self.is_made_again()
            || *bound == BoundFound::Nothing && self.is_brief()
    }

    /// Whether the declared types say it: `Map<TenantId, …>`, `Map<…, Method>`.
    fn has_few_keys(&self, growth: &Growth) -> bool {
        let arguments = self.collection.declared.as_ref().map(|ty| ty.arguments.as_slice()).unwrap_or_default();
        let keyed = arguments.len() == 2 || self.is_set();
        // Of what stands for a part of the program text there is as much as there is text.
        let text = arguments.get(1).is_some_and(|value| {
            words::is_reflected(value.name.last())
                || value.arguments.first().is_some_and(|element| words::is_reflected(element.name.last()))
        });
        let few = arguments.first().is_some_and(|key| words::is_configured(key.name.last()));
        keyed && (text || few && !growth.inner)
    }

    /// Whether each entry keeps something that costs more than memory: threads, a connection, a client.
    pub(in crate::analyses::growth) fn keeps_heavy(&self, growth: &Growth) -> bool {
        let context = self.context;
        let heavy = |ty: &TypeRef| context.catalogue.resource_type(&ty.name, context.module, &context.scope).is_some();
        let declared = self.collection.declared.as_ref().and_then(|ty| ty.arguments.get(1));
        let made = |value: ExprId| match context.module.kind(context.module.peel(value)) {
            ExprKind::Function(function) => returned_values(context, *function),
            _ => vec![context.definition(value)],
        };
        declared.is_some_and(heavy)
            || growth.value.is_some_and(|value| {
                made(value).into_iter().any(|value| {
                    context.site_of(value).is_some_and(|site| !site.acquires.is_empty())
                        || context.module.type_of(value).as_ref().is_some_and(heavy)
                })
            })
    }

    /// Listeners and other code by the name of what they are about, which somebody registers.
    fn keeps_code(&self, site: &Site<'_>) -> bool {
        let context = self.context;
        let Some(key) = site.growth.key.filter(|_| !site.growth.inner) else { return false };
        let visits = descendants(context, key).iter().any(|part| match context.module.kind(*part) {
            ExprKind::Variable(id) => {
                let variable = &context.module.variables[*id];
                words::comes_and_goes(&variable.name)
                    || variable.ty.as_ref().is_some_and(|ty| words::is_object_type(ty.name.last()))
            }
            ExprKind::Member { name, .. } => words::comes_and_goes(name),
            _ => false,
        });
        let code = |ty: &TypeRef| words::is_registered_name(ty.name.last());
        let declared = self.collection.declared.as_ref().and_then(|ty| ty.arguments.get(1));
        let named = declared.is_some_and(|ty| code(ty) || ty.arguments.first().is_some_and(code));
        let given = self.usages.iter().any(|usage| match &usage.what {
            What::Grow(Growth { inner: true, value: Some(value), .. }) => keys::is_registration(context, *value),
            _ => false,
        });
        !visits && (named || given)
    }

    /// Whether everything that goes in goes in where the owner starts.
    fn is_filled_at_start(&self, bound: &BoundFound) -> bool {
        let (context, module) = (self.context, self.context.module);
        let named = |function: FunctionId| {
            if guards::is_beginning(module.functions[function].kind) {
                return true;
            }
            let again = matches!(runs(context, function), Runs::Repeatedly(per) if per != "in a loop");
            module.functions[function].name.as_deref().is_some_and(words::starts_owner) && !again
        };
        let starts = |function: FunctionId| {
            let outer = module.outermost(function);
            let mut callers = context.calls_of(outer).map(|site| module.outermost(site.function)).peekable();
            let inner = module.functions[outer].visibility != Visibility::Public && callers.peek().is_some();
            named(outer) || inner && callers.all(named)
        };
        let given = |part: Option<ExprId>| {
            part.is_some_and(|part| {
                descendants(context, part).iter().any(|part| match module.kind(*part) {
                    ExprKind::Variable(id) => matches!(module.variables[*id].kind, VariableKind::Parameter(_)),
                    _ => false,
                })
            })
        };
        let mut grows = self.usages.iter().filter_map(|usage| match &usage.what {
            What::Grow(growth) => Some((usage.function, growth)),
            _ => None,
        });
        matches!(self.collection.home, Home::Instance(_))
            && !bound.is_misfit()
            && grows.all(|(function, growth)| {
                let made = guards::is_beginning(module.functions[function].kind);
                made || starts(function) && !given(growth.key) && !given(growth.value)
            })
    }

    /// Whether what ends it is no end: it is made anew when something goes in again.
    fn is_made_again(&self) -> bool {
        self.usages.iter().any(|usage| {
            usage.what == What::Made && !guards::is_beginning(self.context.module.functions[usage.function].kind)
        })
    }

    /// `Map<…, Set<…>>`
    #[must_use]
    pub fn keeps_sets(&self) -> bool {
        let declared = self.collection.declared.as_ref().and_then(|ty| ty.arguments.get(1));
        self.is_set() || declared.is_some_and(|ty| ty.name.last().ends_with("Set"))
    }

    /// The getter that an annotation makes for the field.
    #[must_use]
    pub fn generated_getter(&self) -> Option<Name> {
        let (Home::Instance(class) | Home::Static(class)) = self.collection.home else { return None };
        let module = self.context.module;
        let data = module.field(class, self.collection.place.only_field()?)?;
        let mut annotations = data.annotations.iter().chain(&module.classes[class].annotations);
        annotations.any(|annotation| words::makes_getters(&annotation.name)).then(|| {
            let (first, rest) = data.name.split_at(data.name.chars().next().map_or(0, char::len_utf8));
            Name::from(format!("get{}{rest}", first.to_ascii_uppercase()))
        })
    }

    /// Whether the owner serves one connection or request and goes with it.
    fn is_brief(&self) -> bool {
        let Home::Instance(class) = self.collection.home else { return false };
        lifecycle(self.context, class).brief
    }
}

/// Whether the instances of a class are made for one request or stream, which they are given when they are made.
#[must_use]
pub fn serves_one(context: &Context<'_>, class: ClassId) -> bool {
    let module = context.module;
    context.family() == Family::Java
        && module.functions.iter().any(|(_, function)| {
            function.kind == FunctionKind::Constructor
                && function.this == Some(class)
                && function
                    .parameters
                    .iter()
                    .any(|id| module.variables[*id].ty.as_ref().is_some_and(|ty| words::is_of_one_call(ty.name.last())))
        })
}

/// Whether a key names one of what an installation has a certain number of.
fn is_of_few(context: &Context<'_>, key: ExprId, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let module = context.module;
    let key = module.peel(key);
    let typed = module.type_of(key).is_some_and(|ty| words::is_configured(ty.name.last()));
    match module.kind(key) {
        _ if typed => true,
        ExprKind::Variable(id) => {
            let variable = &module.variables[*id];
            let defined = context.definition(key);
            words::is_configured(&variable.name)
                || defined != key && is_of_few(context, defined, depth)
                || super::program::walked_by(context, *id).is_some_and(|walked| names_few(context, walked))
                || is_given_few(context, *id, depth)
        }
        ExprKind::Member { name, .. } => words::is_configured(name),
        ExprKind::Binary { operator, left, right } if operator == "+" => {
            [left, right].into_iter().all(|part| is_literal(context, *part) || is_of_few(context, *part, depth))
        }
        ExprKind::Call { callee, arguments, constructs, .. } => {
            let object = match module.kind(*callee) {
                ExprKind::Member { object, .. } if arguments.is_empty() => Some(*object),
                _ => None,
            };
            // `broker.getName()`
            if object.is_some_and(|object| is_of_few(context, object, depth)) {
                return true;
            }
            let own = words::is_configured(&last_name(context, *callee));
            let inner = !arguments.is_empty() && arguments.iter().all(|part| is_of_few(context, part.value, depth));
            own && (*constructs || arguments.is_empty()) || inner
        }
        _ => false,
    }
}

/// Whether a parameter gets such keys from all calls, which the file shows.
fn is_given_few(context: &Context<'_>, id: VariableId, depth: u8) -> bool {
    let module = context.module;
    let variable = &module.variables[id];
    let VariableKind::Parameter(index) = variable.kind else { return false };
    if module.functions[variable.function].visibility != Visibility::Private {
        return false;
    }
    let mut calls = context.calls_of(variable.function).peekable();
    calls.peek().is_some()
        && calls.all(|site| match module.kind(site.expr) {
            ExprKind::Call { arguments, .. } => {
                arguments.get(usize::from(index)).is_some_and(|argument| is_of_few(context, argument.value, depth))
            }
            _ => false,
        })
}

/// `topicConfigTable.entrySet()`: what a loop goes over says what its elements are.
fn names_few(context: &Context<'_>, walked: ExprId) -> bool {
    has_variable(context, walked, words::is_configured)
}

fn is_literal(context: &Context<'_>, part: ExprId) -> bool {
    matches!(context.module.kind(context.module.peel(part)), ExprKind::Literal(_))
}
