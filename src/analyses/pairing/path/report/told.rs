//! The words and steps of a loss.

use super::lost::Lost;
use crate::analyses::context::{Context, Use};
use crate::analyses::pairing::path::acquire::Held;
use crate::analyses::pairing::path::raises::{Level, Raise, name_of};
use crate::analyses::pairing::path::ways::End;
use crate::analyses::story::{Story, what};
use crate::catalogue::Part;
use crate::finding::StepKind;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind};

/// The words of one finding.
pub struct Words {
    /// "`conn` (database connection)"
    subject: String,
    /// "closed"
    done: &'static str,
    raises: &'static str,
}

/// The words for what is lost.
#[must_use]
pub fn wording(lost: &Lost<'_, '_>) -> Words {
    let (context, acquisition) = (lost.context(), lost.acquisition);
    let thing = what(&acquisition.acquire);
    let name = match &acquisition.how {
        Held::Parameter { variable, .. } => Some(context.module.variables[*variable].name.to_string()),
        Held::Named => context
            .part(acquisition.site.expr, acquisition.acquire.handle.as_ref().unwrap_or(&Part::Receiver))
            .map(|expr| context.text(expr)),
        Held::From { .. } => match context.uses(acquisition.site.expr) {
            Use::Stored(target) => Some(context.text(target)),
            _ => None,
        },
    };
    let subject = match name {
        Some(name) => format!("`{name}` ({thing})"),
        None => format!("the {thing} of `{}`", context.text(acquisition.site.expr)),
    };
    let closes = |wanted: &str| acquisition.acquire.closes.iter().any(|close| close == wanted);
    let done = match acquisition.acquire.kind.as_str() {
        "executor" if closes("shutdown") => "shut down",
        "executor" => "stopped",
        "lock" if closes("unlock") => "unlocked",
        "transaction" => "ended",
        "connection" if !closes("close") => "released",
        "thread-local" => "removed",
        _ if closes("close") || closes("end") => "closed",
        _ => "released",
    };
    let raises = if context.family() == Family::Python { "raises" } else { "throws" };
    Words { subject, done, raises }
}

/// The message: what is lost, and where.
#[must_use]
pub fn message(lost: &Lost<'_, '_>, words: &Words) -> String {
    let (context, leak, released) = (lost.context(), lost.leak, lost.released());
    let Words { subject, done, raises } = words;
    match (leak.raised, leak.end) {
        (Some(raise), _) if raise.level == Level::Explicit => {
            format!("{subject} is not {done} when {} here", thrown(context, raise))
        }
        (Some(raise), _) => format!("{subject} is not {done} when `{}` {raises}", call_text(context, raise.at)),
        (None, End::Overwritten(_)) => format!("{subject} is overwritten before it is {done}"),
        (None, End::Dropped(at)) if at != ExprId::from_raw(0.into()) => {
            format!("{subject} is never {done}: nothing keeps it")
        }
        (None, _) if released && leak.returned.is_some() => format!("{subject} is not {done} on this return"),
        (None, _) if released => format!("{subject} is not {done} on every way out"),
        (None, _) => format!("{subject} is never {done}"),
    }
}

fn thrown(context: &Context<'_>, raise: Raise) -> String {
    let text = context.text(raise.at);
    format!("`{text}` is {}", if context.family() == Family::Python { "raised" } else { "thrown" })
}

/// `work()` of a call; arguments are left out.
fn call_text(context: &Context<'_>, expr: ExprId) -> String {
    let expr = match context.module.kind(expr) {
        ExprKind::Await(inner) => *inner,
        _ => expr,
    };
    match context.module.kind(expr) {
        ExprKind::Call { callee, arguments, constructs, .. } => {
            let name = match (context.site_of(expr), constructs) {
                (Some(site), true) => name_of(context, site, *callee),
                _ => context.text(*callee),
            };
            let new = if *constructs && context.family() != Family::Python { "new " } else { "" };
            format!("{new}{name}({})", if arguments.is_empty() { "" } else { "…" })
        }
        _ => context.text(expr),
    }
}

/// The steps of the way that loses it.
#[must_use]
pub fn steps<'a>(mut story: Story<'a>, lost: &Lost<'_, 'a>, words: &Words) -> Story<'a> {
    let (context, leak) = (lost.context(), lost.leak);
    let Words { done, raises, .. } = words;
    if let Some(raise) = leak.raised {
        let message = if raise.level == Level::Explicit {
            format!("left here, before it is {done}")
        } else {
            format!("when `{}` {raises}, it is not {done}", call_text(context, raise.at))
        };
        story = story.step(StepKind::Missed, context.span(raise.at), message);
    }
    match leak.end {
        End::Overwritten(at) => {
            story = story.step(StepKind::Missed, context.span(at), "its last name gets another value here");
        }
        End::Dropped(at) if leak.raised.is_none() => {
            story = story.step(StepKind::Missed, context.span(at), "nothing can name it after this");
        }
        End::Function | End::Dropped(_) => {
            if let Some(span) = leak.returned {
                story = story.step(StepKind::Missed, span, format!("this return leaves before it is {done}"));
            } else if leak.raised.is_none() {
                let holder = &context.module.functions[lost.tracker.function];
                story = story.step(
                    StepKind::Missed,
                    context.source.first_line(holder.name_span),
                    format!("the function ends and it is not {done}"),
                );
            }
        }
    }
    for released in lost.ways.released.iter().take(2) {
        story = story.step(StepKind::Released, context.span(*released), format!("{done} only here"));
    }
    story
}
