//! What the classes of a file do for their relatives in other files.

use rustc_hash::FxHashSet;

use super::releases::is_handled;
use crate::analyses::context::Context;
use crate::analyses::owners;
use crate::catalogue::Acquire;
use crate::model::{ClassId, FunctionId, Name, Place, Root};
use crate::project::ClassFact;

/// The facts of every class with a name.
#[must_use]
pub fn classes(context: &Context<'_>) -> Vec<ClassFact> {
    let module = context.module;
    module.classes.iter().filter(|(_, class)| class.name.is_some()).map(|(id, _)| fact(context, id)).collect()
}

fn fact(context: &Context<'_>, class: ClassId) -> ClassFact {
    let module = context.module;
    let cycle = owners::lifecycle(context, class);
    let names = |functions: &[FunctionId]| -> Vec<Name> {
        let mut names: Vec<Name> =
            functions.iter().filter_map(|function| module.functions[*function].name.clone()).collect();
        names.sort();
        names.dedup();
        names
    };
    let reached = owners::reach(context, &cycle.teardowns);
    let mut releases: Vec<Name> = context
        .fields_named(class)
        .filter(|field| {
            let place = Place { root: Root::This(class), path: Name::from(format!(".{field}")) };
            is_handled(context, &reached, &place, &[])
        })
        .cloned()
        .collect();
    releases.sort();
    ClassFact {
        name: module.class_name(class).name,
        bases: module.classes[class].bases.iter().map(|base| base.name.clone().into()).collect(),
        teardowns: names(&cycle.teardowns),
        holds: holds(context, class, &reached),
        releases,
        shrinks: Vec::new(),
    }
}

/// Whether an instance, or what it makes of other classes of the file, acquires anything of a known kind, or may do so
/// in a base class or in a class of another file.
#[must_use]
pub fn reaches_outside(context: &Context<'_>, class: ClassId, depth: u8) -> bool {
    let module = context.module;
    let Some(depth) = depth.checked_sub(1) else { return true };
    let own = context.sites_of(class).any(|site| {
        let made = site.shape.path.as_ref().filter(|_| site.shape.constructs);
        let made = made.and_then(|path| module.local_class(path)).filter(|made| *made != class);
        !site.acquires.is_empty()
            || made.is_some_and(|made| reaches_outside(context, made, depth))
            || made.is_none() && site.shape.path.as_ref().is_some_and(|path| !path.module.is_empty() && !path.is_here())
    });
    let bases =
        &module.classes[class].bases[..module.classes[class].superclasses.min(module.classes[class].bases.len())];
    own || bases.iter().any(|base| match module.local_class(&base.name) {
        Some(above) => reaches_outside(context, above, depth),
        None => true,
    })
}

/// Whether an instance acquires something of a known kind that its teardown releases: by a field that holds it, or by
/// what it was registered under.
fn holds(context: &Context<'_>, class: ClassId, reached: &FxHashSet<FunctionId>) -> bool {
    let released = |acquire: &Acquire| {
        let torn_down = context.sites.iter().filter(|site| reached.contains(&site.function));
        let mut done = torn_down.flat_map(|site| &site.releases);
        done.any(|release| acquire.release.iter().any(|own| own.handle.is_none() && own.call == release.call))
    };
    context.sites_of(class).any(|site| {
        site.acquires.iter().any(|acquire| {
            let kept = super::holding(context, site.expr, acquire);
            kept.fields().any(|place| is_handled(context, reached, place, &acquire.closes)) || released(acquire)
        })
    })
}
