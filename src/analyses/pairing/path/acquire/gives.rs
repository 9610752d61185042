//! What the functions of Java give back, by the class that is made: some streams of a project have nothing to end.

use crate::analyses::context::{CallSite, Context};
use crate::analyses::owners::returned_values;
use crate::analyses::pairing::path::calls::elsewhere;
use crate::analyses::pairing::path::guards::{self, Test};
use crate::analyses::pairing::path::words;
use crate::lang::Family;
use crate::model::{
    BlockId, Cfg, ClassId, ExprId, ExprKind, FunctionId, Literal, Name, Place, QualifiedName, Step, Terminator,
};
use crate::project::Symbol;

/// What a function gives back that is declared to give a stream: the class of each value, or the function that makes it.
#[must_use]
pub fn gives(context: &Context<'_>, function: FunctionId) -> Vec<Symbol> {
    let data = &context.module.functions[function];
    let stream = data.returns.as_ref().is_some_and(|ty| words::wraps_stream(ty.name.last()));
    if context.family() != Family::Java || !stream || data.is_abstract {
        return Vec::new();
    }
    let null = |value: &ExprId| matches!(context.module.kind(*value), ExprKind::Literal(Literal::Null));
    let values = returned_values(context, function).into_iter().filter(|value| !null(value));
    // Overloads answer together.
    let own = Symbol::from(QualifiedName::here(Name::from(context.symbol(function))));
    values.map(|value| made(context, value).unwrap_or_else(unknown)).filter(|given| *given != own).collect()
}

/// Whether a function gives what a field of its object has, and makes it only where the field has nothing yet:
/// `if (conn == null) { conn = open(); } return conn;`.
#[must_use]
pub fn lends(context: &Context<'_>, function: FunctionId) -> bool {
    let data = &context.module.functions[function];
    let handle = data.returns.as_ref().is_some_and(|ty| {
        words::names_handle(ty.name.last())
            || context.catalogue.resource_type(&ty.unwrapped().name, context.module, &context.scope).is_some()
    });
    if context.family() != Family::Java || !handle || data.is_abstract {
        return false;
    }
    let cfg = &data.cfg;
    let gives = |block: BlockId| gives_field(context, cfg, block, 4);
    let assigns = |field: &Place| {
        cfg.blocks.iter().flat_map(|(_, block)| &block.steps).any(|step| {
            matches!(step, Step::Eval(expr) if matches!(context.module.kind(*expr), ExprKind::Assign { target, .. }
                if context.place(*target).as_ref() == Some(field)))
        })
    };
    if gives(cfg.entry).is_some_and(|field| !assigns(&field)) {
        return true;
    }
    cfg.blocks.iter().any(|(_, block)| {
        let Terminator::Branch { condition, then, otherwise } = &block.terminator else { return false };
        let Some((Test::Exists(tested), holds)) = guards::read(context.module, *condition) else { return false };
        let there = gives(if holds { *then } else { *otherwise });
        there.is_some() && there == context.place(tested)
    })
}

/// The field that is given back where a block leads with little else asked:
/// `if (conn != null && !fresh) return conn;`.
fn gives_field(context: &Context<'_>, cfg: &Cfg, mut block: BlockId, depth: u8) -> Option<Place> {
    for _ in 0..8 {
        let data = &cfg.blocks[block];
        for step in &data.steps {
            match step {
                Step::Return(Some(value), _) => {
                    let field = matches!(context.module.kind(*value), ExprKind::Member { .. });
                    return context.place(*value).filter(|_| field);
                }
                Step::Eval(expr) if matches!(context.module.kind(*expr), ExprKind::Assign { .. }) => return None,
                _ => {}
            }
        }
        match data.terminator {
            Terminator::Goto(to) => block = to,
            Terminator::Branch { then, otherwise, .. } => {
                let depth = depth.checked_sub(1)?;
                return [then, otherwise].into_iter().find_map(|way| gives_field(context, cfg, way, depth));
            }
            _ => return None,
        }
    }
    None
}

fn unknown() -> Symbol {
    Symbol { module: Name::default(), name: Name::default() }
}

fn made(context: &Context<'_>, value: ExprId) -> Option<Symbol> {
    let module = context.module;
    let site = context.site_of(context.definition(value))?;
    if !site.shape.constructs {
        return match site.callee {
            Some(function) => Some(QualifiedName::here(Name::from(context.symbol(function))).into()),
            None => callee(context, site),
        };
    }
    let path = site.shape.path.clone()?;
    Some(module.local_class(&path).map_or(path, |class| module.class_name(class)).into())
}

/// The function of the project that a call may run, also by the declared type of its receiver.
#[must_use]
pub fn callee(context: &Context<'_>, site: &CallSite) -> Option<Symbol> {
    let by_type = || Some(Symbol::from(site.shape.receiver.clone()?).member(site.shape.method.as_ref()?));
    elsewhere::callee(context, site).or_else(by_type)
}

/// Whether a class is a stream of its own whose `close()` does nothing: it inherits the empty one, or has one.
#[must_use]
pub fn is_idle(context: &Context<'_>, class: ClassId) -> bool {
    let module = context.module;
    let data = &module.classes[class];
    let base = data.bases.first().filter(|_| data.superclasses > 0);
    let plain = base.is_some_and(|base| matches!(base.name.last(), "InputStream" | "OutputStream"));
    let passes_on = |site: &CallSite| match module.kind(site.expr) {
        ExprKind::Call { callee, .. } => {
            matches!(module.kind(*callee), ExprKind::Member { object, .. } if matches!(module.kind(*object), ExprKind::Super))
        }
        _ => false,
    };
    let empty = |close: FunctionId| context.sites_in(close).all(passes_on);
    context.family() == Family::Java && plain && module.methods_named(class, "close").all(empty)
}
