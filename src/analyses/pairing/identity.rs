//! Which call releases which acquisition.

use crate::analyses::context::{CallSite, Context};
use crate::catalogue::{Acquire, Lifetime, Part, Pattern, Release};
use crate::model::{ExprId, ExprKind, Literal, Place, QualifiedName, Root};

/// The expressions by which a call may release an acquisition's handle: the receiver of `h.close()`, the argument of
/// `clearInterval(h)`, the callee of `dispose()`.
#[must_use]
pub fn released_handles(context: &Context<'_>, site: &CallSite, acquire: &Acquire) -> Vec<ExprId> {
    let ExprKind::Call { callee, .. } = context.module.kind(site.expr) else { return Vec::new() };
    let callee = context.module.peel(*callee);
    let closes = |wanted: &str| acquire.closes.iter().any(|close| close == wanted);
    match context.module.kind(callee) {
        ExprKind::Member { object, name, .. } if closes(name) => return vec![*object],
        ExprKind::Member { .. } => {}
        _ if closes("()") => return vec![callee],
        _ => {}
    }
    releases_of(site, acquire).filter_map(|release| context.part(site.expr, release.handle.as_ref()?)).collect()
}

/// The releases of the tables that fit both the call and the acquisition's kind; where the acquisition's own entry
/// knows the call, that alone: `removeListener` of a media query takes other arguments than that of an emitter.
pub fn releases_of<'a>(site: &'a CallSite, acquire: &'a Acquire) -> impl Iterator<Item = &'a Release> {
    let own = |release: &Release| {
        acquire
            .release
            .iter()
            .any(|known| known.call == release.call && known.key == release.key && known.handle == release.handle)
    };
    let known = site.releases.iter().any(|release| own(release));
    site.releases
        .iter()
        .map(AsRef::as_ref)
        .filter(|release| release.kind.is_empty() || release.kind.contains(&acquire.kind))
        .filter(move |release| !known || own(release))
}

/// Whether its author means to end what goes by itself in the end: the file releases one of the kind somewhere.
#[must_use]
pub fn is_meant_to_end(context: &Context<'_>, acquire: &Acquire) -> bool {
    !acquire.paired
        || acquire.thread
        || context.sites.iter().any(|site| {
            let closes = site.shape.method.as_ref().is_some_and(|method| acquire.closes.iter().any(|it| it == method));
            closes || acquire.release.iter().any(|known| site.releases.iter().any(|other| other.call == known.call))
        })
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
    match_key_by(context, site, release, acquire, call, |_, _| false)
}

/// The same, where `alike` knows of values that are equal though no place says so.
///
/// A release that agrees in nothing, or differs in more than one part, is about something else: none.
#[must_use]
pub fn match_key_by(
    context: &Context<'_>,
    site: &CallSite,
    release: &Release,
    acquire: &Acquire,
    call: ExprId,
    alike: impl Fn(ExprId, ExprId) -> bool,
) -> Option<KeyMatch> {
    if release.key.is_empty() {
        // With neither handle nor key it releases whatever there is: `logging.shutdown()`.
        return release.handle.is_none().then_some(KeyMatch::Full);
    }
    let mut differs = Vec::new();
    let mut agrees = false;
    for (index, part) in release.key.iter().enumerate().filter(|(_, part)| **part != Part::Any) {
        // A call without the argument means all of them: `off('event')`.
        let Some(given) = context.part(site.expr, part) else { continue };
        let wanted = acquire.key.get(index).and_then(|part| context.part(call, part));
        let same = wanted.is_some_and(|wanted| {
            context.same_place(wanted, given)
                || is_itself(context, wanted, given)
                || acquire.callback.as_ref() != acquire.key.get(index) && same_text(context, wanted, given)
                || same_choice(context, wanted, given)
                || same_source(context, wanted, given)
                || is_kept_in(context, wanted, given)
                || alike(wanted, given)
        });
        if same {
            agrees = true;
        } else {
            differs.push(index);
        }
    }
    if differs.is_empty() && captures(context, site.expr, acquire).differs(captures(context, call, acquire)) {
        return Some(KeyMatch::Differs(vec![acquire.key.len()]));
    }
    match differs.as_slice() {
        [] => Some(KeyMatch::Full),
        [_] if agrees => Some(KeyMatch::Differs(differs)),
        _ => None,
    }
}

/// `on(e, function once() { off(e, once) })`: the name stands for the very function; `this` of an anonymous class for
/// the object that was given.
fn is_itself(context: &Context<'_>, wanted: ExprId, given: ExprId) -> bool {
    if let ExprKind::Call { callee, constructs: true, .. } = context.module.kind(context.module.peel(wanted))
        && let ExprKind::Class(class) = context.module.kind(*callee)
    {
        return matches!(context.module.kind(given), ExprKind::This(Some(own)) if own == class);
    }
    let ExprKind::Function(function) = context.module.kind(context.module.peel(wanted)) else { return false };
    let inside = context.function_of(given).is_some_and(|at| context.module.encloses(*function, at));
    inside && context.module.local_function(given) == Some(*function)
}

/// `this.ended = this.onUp`: the field by which a release names a method has been given that very method.
fn is_kept_in(context: &Context<'_>, wanted: ExprId, given: ExprId) -> bool {
    let module = context.module;
    let field = |place: Place| match (&place.root, place.only_field()) {
        (Root::This(class), Some(name)) => module.field(*class, name),
        _ => None,
    };
    let Some(values) = context.place(given).and_then(field).map(|field| &field.values) else { return false };
    context.place(wanted).is_some_and(|wanted| {
        matches!(wanted.root, Root::This(_))
            && values.iter().any(|value| context.place(*value).as_ref() == Some(&wanted))
    })
}

/// What is known of the flag that belongs to the identity.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flag {
    Is(bool),
    /// A flag by its name, of which nobody knows the value.
    Open,
    /// Options that nobody here wrote: they mostly say other things.
    Options,
}

impl Flag {
    fn differs(self, other: Self) -> bool {
        self != other && self != Self::Options && other != Self::Options
    }
}

fn captures(context: &Context<'_>, call: ExprId, acquire: &Acquire) -> Flag {
    let value = acquire.capture.as_ref().and_then(|part| context.part(call, part));
    value.map_or(Flag::Is(false), |value| capture_flag(context, value))
}

fn capture_flag(context: &Context<'_>, value: ExprId) -> Flag {
    let value = context.definition(value);
    let value = match context.module.kind(value) {
        ExprKind::Object(_) => match context.property(value, "capture") {
            Some(option) => context.definition(option),
            None => return Flag::Is(false),
        },
        _ => value,
    };
    match context.module.kind(value) {
        ExprKind::Literal(Literal::Bool(flag)) => Flag::Is(*flag),
        ExprKind::Literal(Literal::Null) => Flag::Is(false),
        // `passive ? { passive: true } : false`
        ExprKind::Conditional { then, otherwise, .. } => {
            let (then, otherwise) = (capture_flag(context, *then), capture_flag(context, *otherwise));
            if then == otherwise { then } else { Flag::Open }
        }
        _ if context.text(value).to_lowercase().contains("option") => Flag::Options,
        _ => Flag::Open,
    }
}

/// Two variables that the same getter gave, asked for the same: `logger = getLogger(self.name)` here and there.
fn same_source(context: &Context<'_>, wanted: ExprId, given: ExprId) -> bool {
    let module = context.module;
    let (first, second) = (context.definition(wanted), context.definition(given));
    let plain = |call: ExprId| match module.kind(call) {
        ExprKind::Call { callee, arguments, constructs: false, .. } => {
            let shape = crate::analyses::context::call_shape(module, call);
            let mut sources = context.catalogue.sources.find(&shape, module, &context.scope);
            let known = sources.any(|source| source.lives == Lifetime::Process);
            let stable = |value: ExprId| match context.place(value) {
                Some(place) => !matches!(place.root, Root::Variable(_)),
                None => matches!(module.kind(module.peel(value)), ExprKind::Literal(_)),
            };
            known && module.path(*callee).is_some() && arguments.iter().all(|argument| stable(argument.value))
        }
        _ => false,
    };
    let text = |expr: ExprId| context.source.slice(context.span(expr));
    first != second && plain(first) && plain(second) && text(first) == text(second)
}

/// Two choices between functions that have names, in the same words: `early ? onEarly : onLate`.
fn same_choice(context: &Context<'_>, wanted: ExprId, given: ExprId) -> bool {
    let module = context.module;
    let named = |expr: ExprId| match module.kind(module.peel(expr)) {
        ExprKind::Conditional { then, otherwise, .. } => {
            context.place(*then).is_some() && context.place(*otherwise).is_some()
        }
        _ => false,
    };
    let text = |expr: ExprId| context.source.slice(context.span(module.peel(expr)));
    named(wanted) && named(given) && text(wanted) == text(given)
}

/// Two parts that are put together from the same text: `$(window)`, `` `change:${name}` ``.
fn same_text(context: &Context<'_>, wanted: ExprId, given: ExprId) -> bool {
    let built = |expr: ExprId| {
        matches!(
            context.module.kind(context.module.peel(expr)),
            ExprKind::Call { .. } | ExprKind::Template(_) | ExprKind::Binary { .. }
        )
    };
    let text = |expr: ExprId| context.source.slice(context.span(expr));
    if built(wanted) && built(given) {
        return text(wanted) == text(given);
    }
    // jQuery: `off('.name')` takes off what was put on as `event.name`.
    let string = |expr: ExprId| match context.module.kind(context.definition(expr)) {
        ExprKind::Literal(Literal::String(text)) => Some(text.clone()),
        _ => None,
    };
    match (string(wanted), string(given)) {
        (Some(wanted), Some(given)) => {
            given.starts_with('.') && wanted.split_whitespace().any(|event| event.ends_with(given.as_str()))
                || given.contains(' ') && given.split_whitespace().any(|event| event == wanted)
        }
        _ => false,
    }
}

/// Whether a call releases an acquisition by its key.
#[must_use]
pub fn released_by_key(context: &Context<'_>, site: &CallSite, acquire: &Acquire, acquired: &CallSite) -> bool {
    site.expr != acquired.expr
        && releases_of(site, acquire).any(|release| {
            same_star(acquire, acquired, release, site)
                && match_key(context, site, release, acquire, acquired.expr) == Some(KeyMatch::Full)
        })
}

/// Where both names have a `*`, whether it stands for the same text: `addFooListener` is undone by
/// `removeFooListener` alone.
#[must_use]
pub fn same_star(acquire: &Acquire, call: &CallSite, release: &Release, site: &CallSite) -> bool {
    let stars = |patterns: &[Pattern], site: &CallSite| -> Vec<String> {
        let name = site.shape.method.as_deref().or_else(|| site.shape.path.as_ref().map(QualifiedName::last));
        let star = |pattern: &Pattern| {
            let (head, tail) = pattern.name.split_once('*')?;
            name?.strip_prefix(head)?.strip_suffix(tail).map(str::to_owned)
        };
        patterns.iter().filter_map(star).collect()
    };
    let (acquired, released) = (stars(&acquire.call, call), stars(&release.call, site));
    acquired.is_empty() || released.is_empty() || acquired.iter().any(|star| released.contains(star))
}
