//! Puts a growth finding together.

use super::{Case, Site};
use crate::analyses::growth::bound::found::BoundFound;
use crate::analyses::growth::collection::lives::{Life, Longevity};
use crate::analyses::growth::keys::Origin;
use crate::analyses::growth::reader::usage::{Usage, What};
use crate::analyses::runs::Runs;
use crate::catalogue::Rule;
use crate::finding::{Confidence, Finding, Step, StepKind};
use crate::lang::Family;
use crate::project::{Candidate, Question};
use crate::source::Span;

/// The finding: grows here → runs again → kept alive by → what was searched.
#[must_use]
pub fn tell(
    case: &Case<'_>,
    rule: &Rule,
    site: &Site<'_>,
    life: &Life,
    bound: &BoundFound,
    confidence: Confidence,
    unless: Vec<Question>,
) -> Candidate {
    let context = case.context;
    let name = &case.collection.name;
    let path = context.source.display_path();
    let step = |kind, span, message: String| Step { kind, path: path.clone(), span, message };
    let span = context.span(site.usage.expr);
    let per = per(&site.runs);
    let mut steps = vec![
        step(StepKind::Acquired, span, format!("`{name}` grows here: {}", origin_words(case, site))),
        step(
            StepKind::Runs,
            context.source.first_line(context.module.functions[site.usage.function].name_span),
            format!("runs {per}"),
        ),
    ];
    if !life.because.is_empty() {
        steps.push(step(StepKind::Kept, kept(case, life), life.because.clone()));
    }
    let made = case.collection.declaration;
    if !steps.iter().any(|step| step.span == made) && *bound != BoundFound::Nothing {
        steps.push(step(StepKind::Kept, made, format!("`{name}` is made here")));
    }
    // A field is often declared in one place and made in another.
    if let Some(value) = case.collection.made.first().map(|value| context.span(*value))
        && context.source.line(value.start) != context.source.line(made.start)
    {
        steps.push(step(StepKind::Kept, value, format!("`{name}` is made here")));
    }
    steps.extend(
        others(case, site).map(|usage| step(StepKind::Acquired, context.span(usage.expr), "and here".to_owned())),
    );
    match bound {
        BoundFound::Partial { words, at, .. } => {
            steps.push(step(StepKind::Released, context.span(*at), words.clone()));
        }
        BoundFound::Nothing => steps.push(step(StepKind::Missed, case.collection.declaration, searched(case))),
    }
    let message = match bound {
        BoundFound::Nothing if case.is_fifo() || case.is_consumed() => {
            format!(
                "`{name}` grows {per}: entries are taken out one at a time, and nothing slows down what puts them in"
            )
        }
        BoundFound::Nothing => format!("`{name}` grows {per} and nothing takes entries out"),
        BoundFound::Partial { words, .. } => format!("`{name}` grows {per}; {words}"),
    };
    let finding = Finding {
        rule: rule.id.clone(),
        path: path.clone(),
        span,
        message,
        confidence,
        reason: reason(case, site, life, bound),
        steps,
        fix: Some(fix(case, site).to_owned()),
        symbol: context.symbol(site.usage.function),
    };
    Candidate { finding, unless, only_if: case.collection.declared_as.iter().cloned().collect() }
}

/// The other places where it grows, a few of them.
fn others<'u>(case: &'u Case<'_>, site: &'u Site<'_>) -> impl Iterator<Item = &'u Usage> {
    case.usages
        .iter()
        .filter(|usage| matches!(&usage.what, What::Grow(growth) if !growth.inner) && usage.expr != site.usage.expr)
        .take(4)
}

fn kept(case: &Case<'_>, life: &Life) -> Span {
    if life.longevity == Longevity::Unknown { case.collection.declaration } else { life.span }
}

fn per(runs: &Runs) -> String {
    match runs {
        Runs::Repeatedly(per) => per.clone(),
        _ => "at every call".to_owned(),
    }
}

fn origin_words(case: &Case<'_>, site: &Site<'_>) -> String {
    let inner = if site.growth.inner { "in one of its elements, " } else { "" };
    match (site.growth.key, site.origin) {
        (None, _) => format!("{inner}one more each time"),
        (Some(key), Origin::Fresh) => format!("{inner}the key `{}` is a new one each time", case.context.text(key)),
        (Some(key), Origin::Event) => {
            format!("{inner}the key `{}` comes with each request or event", case.context.text(key))
        }
        (Some(key), _) => format!("{inner}nothing limits the values of the key `{}`", case.context.text(key)),
    }
}

fn searched(case: &Case<'_>) -> String {
    let what = match case.context.family() {
        Family::JavaScript => "delete, clear, pop, shift or splice, no new assignment and no check of its size",
        Family::Java => "remove, clear, poll, no new assignment and no check of its size",
        Family::Python => "pop, del, clear, no new assignment and no check of its length",
    };
    let mentions = case.usages.len();
    let uses = if mentions == 1 { "use" } else { "uses" };
    let elsewhere = if case.collection.question.is_some() { " or in the files that can reach it" } else { "" };
    format!("no {what} among its {mentions} {uses} in this file{elsewhere}")
}

fn reason(case: &Case<'_>, site: &Site<'_>, life: &Life, bound: &BoundFound) -> String {
    let mut parts = vec![match life.longevity {
        Longevity::Process => "it lives as long as the process".to_owned(),
        Longevity::Long => "its owner lives long by evidence".to_owned(),
        Longevity::Unknown => "its entries come and go, so that its owner lives for a while".to_owned(),
    }];
    parts.push(match site.origin {
        Origin::Fresh => "every entry is a new one".to_owned(),
        Origin::Event => "keys come with requests, events or ids".to_owned(),
        _ => "nothing says how many keys there are".to_owned(),
    });
    parts.push(match bound {
        BoundFound::Nothing => "no bound was found".to_owned(),
        BoundFound::Partial { .. } => "the removal that exists does not reach everything".to_owned(),
    });
    if case.escapes().is_some() {
        parts.push("it is handed to code that may bound it".to_owned());
    }
    parts.join(", ")
}

/// The cure, by what the keys are.
fn fix(case: &Case<'_>, site: &Site<'_>) -> &'static str {
    let objects = site.growth.key.is_some_and(|key| {
        matches!(case.context.module.kind(case.context.module.peel(key)), crate::model::ExprKind::This(_))
    });
    let listed = site.growth.key.is_none()
        && site.growth.value.is_some()
        && !case.collection.ty.contains("Set")
        && case.collection.ty != "set";
    match (case.context.family(), objects, listed) {
        (Family::JavaScript, true, _) => "a WeakMap or WeakSet lets the objects go",
        (Family::Java, true, _) => "a WeakHashMap lets the objects go",
        (Family::Python, true, _) => "a weakref.WeakKeyDictionary or WeakSet lets the objects go",
        (Family::JavaScript, _, true) => {
            "cap it: `if (list.length > MAX) list.shift()`, or take each entry out when it is done"
        }
        (Family::Java, _, true) => {
            "cap it with an ArrayBlockingQueue or an EvictingQueue, or take each entry out when it is done"
        }
        (Family::Python, _, true) => "use collections.deque(maxlen=…), or take each entry out when it is done",
        (Family::JavaScript, ..) => {
            "delete the entry when what it belongs to ends, or use an LRU cache with a maximum size"
        }
        (Family::Java, ..) => "remove the entry when what it belongs to ends, or use Caffeine with maximumSize",
        (Family::Python, ..) => "pop the entry when what it belongs to ends, or use cachetools.LRUCache or TTLCache",
    }
}
