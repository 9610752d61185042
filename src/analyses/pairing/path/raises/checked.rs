//! What the compiler of Java proves: where a checked exception can leave a call at all.

use crate::analyses::context::{CallSite, Context};
use crate::analyses::pairing::path::words;
use crate::lang::Family;
use crate::model::{BlockId, CatchFilter, FunctionId, FunctionKind, Name, Terminator, TypeRef};

/// How many blocks are looked at on the way out of nested `try` statements.
const MOST: usize = 64;

/// Whether a call may throw what its author must declare or catch. Nothing around it does either: then it throws what
/// any call may throw, and does not read, write or talk to someone in the way of the platform.
#[must_use]
pub fn may_leave(context: &Context<'_>, site: &CallSite) -> bool {
    if context.family() != Family::Java {
        return true;
    }
    // Who waits is interrupted.
    let waits = site.shape.method.as_deref().is_some_and(words::waits);
    let meant = |ty: &TypeRef| is_checked(context, ty) || waits && words::is_interruption(ty.name.last());
    match catches(context, site, &meant) {
        Some(true) | None => true,
        Some(false) => declares(context, site.function, &meant),
    }
}

/// Whether a function lets such an exception go to its caller.
fn declares(context: &Context<'_>, function: FunctionId, meant: &dyn Fn(&TypeRef) -> bool) -> bool {
    let data = &context.module.functions[function];
    match data.kind {
        FunctionKind::Method | FunctionKind::Constructor => {}
        FunctionKind::StaticInitializer => return false,
        // The interface of a lambda declares, and an anonymous class may.
        _ => return true,
    }
    let sneaky = |name: &Name| name.rsplit('.').next() == Some("SneakyThrows");
    data.annotations.iter().any(|annotation| sneaky(&annotation.name)) || data.throws.iter().any(meant)
}

/// Whether a `catch` around a call takes such an exception; none where there are too many ways out to tell.
fn catches(context: &Context<'_>, site: &CallSite, meant: &dyn Fn(&TypeRef) -> bool) -> Option<bool> {
    let cfg = &context.module.functions[site.function].cfg;
    if site.catches == 0 {
        return Some(false);
    }
    let mut seen = vec![cfg.blocks[site.block].handler];
    let mut next = 0;
    while let Some(at) = seen.get(next).copied() {
        next += 1;
        if next > MOST {
            return None;
        }
        let mut follow = |to: BlockId| {
            if !seen.contains(&to) {
                seen.push(to);
            }
        };
        match &cfg.blocks[at].terminator {
            Terminator::Dispatch { catches, uncaught } => {
                let takes = |filter: &CatchFilter| match filter {
                    CatchFilter::Everything | CatchFilter::Errors(_) => true,
                    CatchFilter::Types(types) => types.iter().any(meant),
                };
                if catches.iter().any(|catch| takes(&catch.filter)) {
                    return Some(true);
                }
                follow(*uncaught);
            }
            Terminator::Rethrow => follow(cfg.blocks[at].handler),
            Terminator::Goto(to) => follow(*to),
            Terminator::Branch { then, otherwise, .. } => {
                follow(*then);
                follow(*otherwise);
            }
            Terminator::Choice(ways) => ways.iter().for_each(|to| follow(*to)),
            Terminator::End => {}
        }
    }
    Some(false)
}

/// Whether a class of exceptions is a checked one that tells of the outside world.
fn is_checked(context: &Context<'_>, ty: &TypeRef) -> bool {
    let module = context.module;
    let mut name = ty.name.last().to_owned();
    for _ in 0..4 {
        if words::is_unchecked(&name) {
            return false;
        }
        let class = module.classes.iter().find(|(class, _)| module.class_name(*class).last() == name);
        let Some(base) = class.and_then(|(_, data)| data.bases.first()) else { break };
        base.name.last().clone_into(&mut name);
    }
    true
}
