//! Entries that the program itself brings: one for each class, method, part or entry of another registry. And those
//! that code beside the class takes out.

use super::Origin;
use crate::analyses::context::{Context, Use};
use crate::analyses::growth::bound::found::BoundFound;
use crate::analyses::growth::collection::kinds::Kind;
use crate::analyses::growth::collection::{Home, made};
use crate::analyses::growth::judge::{Case, Site};
use crate::analyses::growth::reader::evidence;
use crate::analyses::growth::reader::usage::{Growth, Usage, What, Words, descendants, method_name};
use crate::analyses::growth::{keys, words};
use crate::analyses::runs::Runs;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, Step, VariableId, VariableKind};

impl Case<'_> {
    /// Whether the keys are as many as the program has classes, methods, parts, or entries of another registry.
    pub fn is_of_program(&self, usage: &Usage, growth: &Growth, key: ExprId, origin: Origin) -> bool {
        let context = self.context;
        if context.family() != Family::Java || matches!(self.collection.home, Home::Closure(_)) {
            return false;
        }
        let named: Vec<VariableId> = parts(context, key);
        let of_part = named.iter().any(|id| is_part(context, *id))
            && growth.value.is_none_or(|value| {
                parts(context, value).iter().any(|id| is_part(context, *id)) || makes_collection(context, value)
            });
        let reflects = origin <= Origin::Neutral
            && context.module.functions[usage.function].parameters.iter().any(|id| {
                context.module.variables[*id].ty.as_ref().is_some_and(|ty| words::is_reflected(ty.name.last()))
            });
        of_part || reflects || named.iter().any(|id| self.is_of_registry(*id))
    }

    /// Whether a variable goes through another collection of the class, of which nobody takes anything out.
    fn is_of_registry(&self, id: VariableId) -> bool {
        let context = self.context;
        let Some(iterable) = walked_by(context, id) else { return false };
        let inside = descendants(context, iterable);
        self.siblings.collections.iter().enumerate().any(|(index, other)| {
            other.place != self.collection.place
                && other.home == self.collection.home
                && !self.siblings.usages[index].iter().any(|usage| matches!(usage.what, What::Shrink(_)))
                && inside.iter().any(|part| context.place(*part).as_ref() == Some(&other.place))
        })
    }

    /// Whether the key is a small number, or a name that is registered when the program is put together.
    #[must_use]
    pub fn is_registered(&self, site: &Site<'_>) -> bool {
        let context = self.context;
        let module = context.module;
        let number = site
            .growth
            .key
            .is_some_and(|key| module.type_of(key).is_some_and(|ty| words::is_small_number(ty.name.last())));
        let home = module.outermost(site.usage.function);
        context.family() == Family::Java
            && (number || module.functions[home].name.as_deref().is_some_and(words::puts_together))
            && site.origin <= Origin::Neutral
    }

    /// Whether code of the file takes each entry of a queue that the owner itself fills, not the requests that come in.
    #[must_use]
    pub fn is_drained(&self, site: &Site<'_>, kind: Kind, bound: &BoundFound) -> bool {
        let event = site.growth.value.is_some_and(|value| keys::origin(self.context, value) == Origin::Event);
        let own = matches!(self.collection.home, Home::Instance(_));
        let incoming = event && (!own || self.handles(site.usage.function))
            || matches!(&site.runs, Runs::Repeatedly(per) if per != "in a loop");
        kind == Kind::Queue
            && !incoming
            && *bound == BoundFound::Nothing
            && self.context.family() == Family::Java
            && self.usages.iter().any(|usage| matches!(&usage.what, What::Shrink(shrink) if !shrink.inner))
    }

    /// Whether code of the file that has the owner under another name takes entries out: `leader.pending.remove(x)`.
    #[must_use]
    pub fn is_taken_by_others(&self) -> bool {
        let context = self.context;
        let module = context.module;
        let Home::Instance(class) = self.collection.home else { return false };
        let Some(field) = self.collection.place.only_field().filter(|_| context.family() == Family::Java) else {
            return false;
        };
        let words = Words::of(context);
        module.exprs.iter().any(|(id, expr)| {
            let ExprKind::Member { object, name, .. } = &expr.kind else { return false };
            name == field
                && context.place(id).as_ref() != Some(&self.collection.place)
                && module.type_of(*object).is_some_and(|ty| module.local_class(&ty.name) == Some(class))
                && evidence::shrinks(context, &words, id)
        })
    }
}

/// The variables that an expression is put together from, through what they were given.
fn parts(context: &Context<'_>, expr: ExprId) -> Vec<VariableId> {
    let module = context.module;
    descendants(context, context.definition(expr))
        .into_iter()
        .chain(descendants(context, expr))
        .filter_map(|part| match module.kind(part) {
            ExprKind::Variable(id) => Some(*id),
            _ => None,
        })
        .collect()
}

/// A part of the program that somebody hands over: a parser, a provider, a module; not a listener, of which many come.
fn is_part(context: &Context<'_>, id: VariableId) -> bool {
    let variable = &context.module.variables[id];
    matches!(variable.kind, VariableKind::Parameter(_))
        && variable.ty.as_ref().is_some_and(|ty| words::is_part_of_program(ty.name.last()))
}

fn makes_collection(context: &Context<'_>, value: ExprId) -> bool {
    made::is_element_collection(context, value)
}

/// What a loop takes a variable from: `for (x : C)`, `C.forEach(x -> …)`.
pub fn walked_by(context: &Context<'_>, id: VariableId) -> Option<ExprId> {
    let module = context.module;
    let variable = &module.variables[id];
    let function = variable.function;
    if let (VariableKind::Parameter(_), Some(value)) = (variable.kind, context.function_expr(function)) {
        let Use::Argument(call, 0) = context.uses(value) else { return None };
        let ExprKind::Call { callee, .. } = module.kind(call) else { return None };
        let ExprKind::Member { object, name, .. } = module.kind(*callee) else { return None };
        return (name == "forEach").then_some(*object);
    }
    module.functions[function].cfg.blocks.iter().flat_map(|(_, block)| &block.steps).find_map(|step| match step {
        Step::Element { target, iterable, .. } => {
            matches!(module.kind(*target), ExprKind::Variable(own) if *own == id).then_some(*iterable)
        }
        _ => None,
    })
}

/// `metrics.computeIfAbsent(new Dimensions(task, stream), …)`: whoever makes a key to look an entry up has keys that are
/// equal when their parts are.
#[must_use]
pub fn is_looked_up(context: &Context<'_>, made: ExprId) -> bool {
    let looks = |value: ExprId| match context.uses(value) {
        Use::Argument(call, 0) => {
            let method = method_name(context, call);
            words::is_accessor(&method) || matches!(method.as_str(), "containsKey" | "contains")
        }
        _ => false,
    };
    context.family() == Family::Java
        && match context.uses(made) {
            Use::Stored(target) => match context.module.kind(target) {
                ExprKind::Variable(id) => context.reads(*id).iter().any(|read| looks(*read)),
                _ => false,
            },
            _ => looks(made),
        }
}
