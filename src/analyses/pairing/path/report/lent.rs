//! Functions that the file does not show and that were lent the thing: what says that they leave its end to its maker.

use crate::analyses::context::{CallSite, Use};
use crate::analyses::pairing::path::acquire::gives;
use crate::analyses::pairing::path::calls::elsewhere;
use crate::analyses::pairing::path::raises::name_of;
use crate::analyses::pairing::path::summary::ends_when_read;
use crate::analyses::pairing::path::track::Tracker;
use crate::analyses::pairing::path::words;
use crate::lang::Family;
use crate::project::{Question, Symbol};

/// The questions about functions that were lent it; true when nothing says that one of them leaves it open. Those of
/// the project by the declared type of their object are asked whether they do, where that is asked for.
pub fn may_end(tracker: &Tracker<'_>, questions: &mut Vec<Question>, mut left: Option<&mut Vec<Question>>) -> bool {
    let context = tracker.context;
    let mut unknown = false;
    for (call, argument) in tracker.lent.borrow().iter() {
        let Some(site) = context.site_of(*call) else {
            unknown = true;
            continue;
        };
        if let Some(callee) = elsewhere::callee(context, site) {
            if ends_when_read(tracker.acquire) {
                questions.push(Question::Consumes { callee: callee.clone(), argument: *argument });
            }
            questions.push(Question::Releases { callee, argument: *argument });
        } else if works_through(tracker, site) {
            let callee = gives::callee(context, site).filter(|_| context.family() == Family::Java);
            questions.extend(callee.map(|callee| Question::Releases { callee, argument: *argument }));
        } else if let Some((asked, callee)) = left.as_mut().zip(by_type(tracker, site)) {
            asked.push(Question::LeavesOpen { callee, argument: *argument });
        } else {
            unknown |= !elsewhere::borrows_by_name(tracker, *call, *argument);
        }
    }
    unknown
}

/// The method of Java that a stream is lent to, by the declared type of its object.
fn by_type(tracker: &Tracker<'_>, site: &CallSite) -> Option<Symbol> {
    let stream = tracker.acquire.kind == "resource" && !tracker.acquire.memory;
    (stream && tracker.context.family() == Family::Java).then(|| gives::callee(tracker.context, site))?
}

/// Whether a method reads or writes to the end, by its name, the stream it is given: `book.render(open(path, "wb"))`.
fn works_through(tracker: &Tracker<'_>, site: &CallSite) -> bool {
    let acquire = tracker.acquire;
    let name = name_of(tracker.context, site, tracker.callee(site.expr));
    let uses = tracker.context.uses(site.expr);
    acquire.kind == "resource"
        && !acquire.memory
        && (words::works_through(&name) || uses == Use::Dropped && words::works_on_content(&name))
        && (tracker.context.family() != Family::Python || uses != Use::Returned)
}
