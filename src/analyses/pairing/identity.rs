//! Which call releases which acquisition.

use crate::analyses::context::{CallSite, Context};
use crate::catalogue::{Acquire, Part, Pattern, Release};
use crate::model::{ExprId, ExprKind, Place, QualifiedName};

/// The expression by which a call releases an acquisition's handle: the receiver of `h.close()`, the argument of
/// `clearInterval(h)`, the callee of `dispose()`.
#[must_use]
pub fn released_handle(context: &Context<'_>, site: &CallSite, acquire: &Acquire) -> Option<ExprId> {
    let ExprKind::Call { callee, .. } = context.module.kind(site.expr) else { return None };
    let callee = context.module.peel(*callee);
    if let ExprKind::Member { object, name, .. } = context.module.kind(callee)
        && acquire.closes.iter().any(|close| close == name)
    {
        return Some(*object);
    }
    if acquire.closes.iter().any(|close| close == "()")
        && !matches!(context.module.kind(callee), ExprKind::Member { .. })
    {
        return Some(callee);
    }
    releases_of(site, acquire).find_map(|release| context.part(site.expr, release.handle.as_ref()?))
}

/// The releases of the tables that fit both the call and the acquisition's kind.
pub fn releases_of<'a>(site: &'a CallSite, acquire: &'a Acquire) -> impl Iterator<Item = &'a Release> {
    site.releases
        .iter()
        .map(AsRef::as_ref)
        .filter(|release| release.kind.is_empty() || release.kind.contains(&acquire.kind))
}

/// How well a release by key fits an acquisition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyMatch {
    /// Every part that the release names is the acquisition's.
    Full,
    /// It releases something of the kind, yet another key: the parts (by index) that differ.
    Differs(Vec<usize>),
}

/// The identity of an acquisition: a place for each part of its key; none for a part that is made anew.
#[must_use]
pub fn key_of(context: &Context<'_>, call: ExprId, parts: &[Part]) -> Vec<Option<Place>> {
    parts.iter().map(|part| context.part(call, part).and_then(|expr| context.place(expr))).collect()
}

/// Holds a release by key against an acquisition.
#[must_use]
pub fn match_key(
    context: &Context<'_>,
    site: &CallSite,
    release: &Release,
    acquire: &Acquire,
    call: ExprId,
) -> Option<KeyMatch> {
    if release.key.is_empty() {
        return None;
    }
    let wanted = key_of(context, call, &acquire.key);
    let mut differs = Vec::new();
    for (index, part) in release.key.iter().enumerate().filter(|(_, part)| **part != Part::Any) {
        let given = context.part(site.expr, part).and_then(|expr| context.place(expr));
        let same = match (wanted.get(index), &given) {
            (Some(Some(wanted)), Some(given)) => wanted == given,
            // A call without the argument means all of them: `off('event')`.
            _ if context.part(site.expr, part).is_none() => true,
            _ => false,
        };
        if !same {
            differs.push(index);
        }
    }
    Some(if differs.is_empty() { KeyMatch::Full } else { KeyMatch::Differs(differs) })
}

/// Where both names have a `*`, whether it stands for the same text: `addFooListener` is undone by
/// `removeFooListener` alone.
#[must_use]
pub fn same_star(acquire: &Acquire, call: &CallSite, release: &Release, site: &CallSite) -> bool {
    let star = |patterns: &[Pattern], site: &CallSite| -> Option<String> {
        let name = site.shape.method.as_deref().or_else(|| site.shape.path.as_ref().map(QualifiedName::last))?;
        patterns.iter().find_map(|pattern| {
            let (head, tail) = pattern.name.split_once('*')?;
            name.strip_prefix(head)?.strip_suffix(tail).map(str::to_owned)
        })
    };
    match (star(&acquire.call, call), star(&release.call, site)) {
        (Some(acquired), Some(released)) => acquired == released,
        _ => true,
    }
}
