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

/// Whether an instance acquires something of a known kind that its teardown releases: by a field that holds it, or by
/// what it was registered under.
fn holds(context: &Context<'_>, class: ClassId, reached: &FxHashSet<FunctionId>) -> bool {
    let released = |acquire: &Acquire| {
        let torn_down = context.sites.iter().filter(|site| reached.contains(&site.function));
        let mut done = torn_down.flat_map(|site| &site.releases);
        done.any(|release| acquire.release.iter().any(|own| own.handle.is_none() && own.call == release.call))
    };
    context.sites.iter().filter(|site| context.module.functions[site.function].this == Some(class)).any(|site| {
        site.acquires.iter().any(|acquire| {
            let kept = super::holding(context, site.expr, acquire);
            kept.fields().any(|place| is_handled(context, reached, place, &acquire.closes)) || released(acquire)
        })
    })
}
