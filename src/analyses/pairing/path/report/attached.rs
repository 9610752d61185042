//! What ends with the thing that it was got from: the statement of a connection that somebody closes.

use super::lost::Lost;
use crate::analyses::context::{CallSite, Context, Use};
use crate::analyses::owners::returned_values;
use crate::analyses::pairing::path::words;
use crate::analyses::runs::Runs;
use crate::catalogue::Part;
use crate::model::{ExprId, FunctionId, Place, Root, VariableKind};
use crate::project::Question;

/// Whether the class or the function that has the source ends it too, or the code runs once and leaves one at most.
#[must_use]
pub fn ends_with_source(lost: &Lost<'_, '_>) -> bool {
    let Some(source) = source(lost) else { return false };
    if lost.runs == Runs::Once {
        return true;
    }
    let context = lost.context();
    // Who has the connection ends it, whatever happened here.
    if lost.raised().is_some() && !lost.passed() && is_of_others(context, &source) {
        return true;
    }
    match source.root {
        Root::This(class) if !source.path.is_empty() => {
            is_prepared(lost) || context.sites_of(class).any(|site| ends(context, site, &source))
        }
        Root::Variable(id) if lost.acquisition.site.loops == 0 => {
            let entered = |value: &ExprId| context.uses(*value) == Use::Entered;
            let variable = &context.module.variables[id];
            variable.values.iter().chain(context.reads(id)).any(entered)
                || context.sites_within(lost.tracker.function).any(|site| ends(context, site, &source))
        }
        _ => false,
    }
}

/// Whether the source is a parameter or a field: more than this call has it.
fn is_of_others(context: &Context<'_>, source: &Place) -> bool {
    match source.root {
        Root::This(_) => !source.path.is_empty(),
        Root::Variable(id) => matches!(context.module.variables[id].kind, VariableKind::Parameter(_)),
        _ => false,
    }
}

/// Whether it is what a statement gives that is prepared once and kept: the next execution ends it, so that there is one
/// at most.
fn is_prepared(lost: &Lost<'_, '_>) -> bool {
    let site = lost.acquisition.site;
    let receiver = site.shape.receiver.as_ref();
    receiver.is_some_and(|ty| words::is_prepared(ty.last())) && lost.raised().is_none()
}

/// Whether what fails is a call of a cleanup on the source.
#[must_use]
pub fn is_of_its_cleanup(lost: &Lost<'_, '_>) -> bool {
    let context = lost.context();
    let Some((source, raise)) = source(lost).zip(lost.raised()) else { return false };
    context.site_of(raise.at).is_some_and(|site| {
        site.cleanup && context.part(raise.at, &Part::Receiver).and_then(|object| context.place(object)) == Some(source)
    })
}

/// Whether the code asks one thing of it, has closed what it was given, and loses it where that asking fails:
/// `try (ResultSet rows = connection.createStatement().executeQuery(query)) { … }`.
#[must_use]
pub fn is_of_one_query(lost: &Lost<'_, '_>) -> bool {
    let acquisition = lost.acquisition;
    acquisition.acquire.ends_with_source
        && lost.released()
        && lost.raised().is_some_and(|raise| lost.context().uses(acquisition.site.expr) == Use::Receiver(raise.at))
}

/// The question whether a stream that a class of the project opens ends with an object of that class, which must be
/// closed itself: the stream of an entry ends with its archive.
#[must_use]
pub fn question(lost: &Lost<'_, '_>) -> Option<Question> {
    let site = lost.acquisition.site;
    let receiver = site.shape.receiver.clone().filter(|_| site.callee.is_none() && lost.is_java())?;
    (lost.acquisition.acquire.settles && lost.kind() == "resource")
        .then(|| Question::HierarchyEnds { class: receiver.into() })
}

/// What it was got from.
fn source(lost: &Lost<'_, '_>) -> Option<Place> {
    let acquire = &lost.acquisition.acquire;
    let (context, part) = (lost.context(), acquire.source.as_ref().filter(|_| acquire.ends_with_source)?);
    let object = context.part(lost.acquisition.site.expr, part)?;
    let getter = context.site_of(context.module.peel(object)).and_then(|site| site.callee);
    getter.and_then(|getter| given_by(context, getter)).or_else(|| context.place(object))
}

/// The field that a getter of the class gives.
fn given_by(context: &Context<'_>, getter: FunctionId) -> Option<Place> {
    let mut given = returned_values(context, getter).into_iter().map(|value| context.place(value));
    let first = given.next()??;
    (matches!(first.root, Root::This(_)) && given.all(|other| other.as_ref() == Some(&first))).then_some(first)
}

fn ends(context: &Context<'_>, site: &CallSite, source: &Place) -> bool {
    let object: Option<ExprId> = context.part(site.expr, &Part::Receiver);
    site.shape.method.as_deref().is_some_and(words::closes)
        && object.and_then(|object| context.place(object)).as_ref() == Some(source)
}
