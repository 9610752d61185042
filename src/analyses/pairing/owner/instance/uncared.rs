//! A class that has no teardown in this file, and that somebody else ends all the same.

use super::{analysis, class_name, released_by_itself};
use crate::analyses::owners::Lifecycle;
use crate::analyses::pairing::owner::releases::{How, closes_round, gesture, member_name};
use crate::analyses::pairing::owner::source::{attached, given, outlives, terminal};
use crate::analyses::pairing::owner::timers::renewal;
use crate::analyses::pairing::owner::{Case, Life, free};
use crate::analyses::story::{Story, what};
use crate::catalogue::words::owners as words;
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ClassId, ClassKind, ExprKind, QualifiedName};
use crate::project::{Candidate, Question};

/// A class that has no teardown in this file.
pub fn judge(case: &Case<'_>, class: ClassId, cycle: &Lifecycle) -> Option<Candidate> {
    let module = case.context.module;
    let view = is_view(case, class).then_some("view");
    let Some(framework) = cycle.framework.as_deref().or(view) else {
        return free::judge_in_class(case, class).or_else(|| super::unended::judge(case, class, cycle));
    };
    if released_by_itself(case) || case.life == Life::Own || case.is_terminal() || case.acquire.once {
        return None;
    }
    if gesture::is_over_by_itself(case) || is_ended_with_source(case) || outlives::ends_with_owner(case) {
        return None;
    }
    if attached::ends_by_base(case, class)
        || case.acquire.kind == "observer" && (renewal::observes_own(case) || renewal::goes_with_watched(case))
    {
        return None;
    }
    // What the framework calls at each start has a matching end.
    let starts = module.functions[case.site.function]
        .name
        .as_ref()
        .is_some_and(|name| cycle.setups.iter().any(|setup| setup == name));
    let ends = starts || cycle.deployed || case.context.family() == Family::JavaScript;
    let lasts = matches!(case.life, Life::Process | Life::Injected) && !given::is_of_peer(case);
    // What another method takes off the view may take off at its end too, with the help of its base.
    let cared = cycle.framework.is_none() && !case.releases.is_empty();
    // What a part of the view hands over when it is there is mostly its own: `<Chart ref={this.chartRef} />`.
    let handed = case.acquire.kind == "listener"
        && case.life == Life::Injected
        && !case.acquire.idempotent
        && !outlives::is_given_at_birth(case);
    // The next one under the same key takes its place.
    let known = lasts && ends && !cared && !handed && !closes_round(case) && !case.acquire.replaces;
    let name = class_name(case, class);
    let expected: Vec<String> = cycle.expected.iter().map(|name| format!("`{name}`")).collect();
    let missing = if expected.is_empty() { "teardown".to_owned() } else { expected.join(" or ") };
    let analysis = analysis(case, class, cycle);
    let story = Story::new(case.context, case.site.expr, case.site.function, case.acquire, analysis)?;
    let lacks = match heir(case, class, cycle) {
        Some(base) => format!("has no {missing} of its own; that of `{base}` does not know of it"),
        None => format!("has no {missing}"),
    };
    let article = if framework.starts_with(['A', 'E', 'I', 'O', 'a', 'e', 'i', 'o']) { "an" } else { "a" };
    let mut candidate = story
        .message(format!("the {} is never released: {name} is {article} {framework} and {lacks}", what(case.acquire)))
        .confidence(
            if known { Confidence::Medium } else { Confidence::Low },
            match cycle.framework {
                Some(_) => "the framework ends the owner, which has no teardown",
                None => "views come and go, as the name of its base says, and this one has no teardown",
            },
        )
        .step(StepKind::Missed, module.classes[class].name_span, format!("{name} {lacks}"))
        .end();
    candidate.unless.extend(outlives::question(case, class));
    for base in &module.classes[class].bases {
        for member in case.holding.fields().filter_map(member_name) {
            candidate.unless.push(Question::HierarchyReleases { class: base.name.clone().into(), member });
        }
    }
    Some(candidate)
}

/// Whether something releases it when what it belongs to tells of its end: `this.model.onDidDestroy(() => this.stop())`.
fn is_ended_with_source(case: &Case<'_>) -> bool {
    let effective = case.releases.iter().filter(|found| !matches!(found.how, How::Differs(_)));
    case.context.family() == Family::JavaScript
        && effective.into_iter().any(|found| terminal::runs_at_end(case, found.function))
}

/// The class above from which it has a teardown, as far as names tell: one of another file, where the teardown is no
/// hook that a base leaves to the classes below.
fn heir(case: &Case<'_>, class: ClassId, cycle: &Lifecycle) -> Option<String> {
    let module = case.context.module;
    let data = &module.classes[class];
    let base = data.bases.first().filter(|_| data.superclasses > 0)?;
    let ends = cycle.expected.is_empty() || cycle.expected.iter().any(|name| words::ends_surely(name));
    (ends && module.local_class(&base.name).is_none()).then(|| named(&base.name)).filter(|name| !name.is_empty())
}

/// Whether a class is a part of a page by the name of its base, which another file has: what it registers with others
/// and does not keep nobody can take off when it goes.
#[must_use]
pub fn is_view(case: &Case<'_>, class: ClassId) -> bool {
    let module = case.context.module;
    let data = &module.classes[class];
    let elsewhere = |name: &QualifiedName| module.local_class(name).is_none();
    case.context.family() == Family::JavaScript
        && data.kind == ClassKind::Class
        && matches!(case.acquire.kind.as_str(), "listener" | "subscription")
        && case.holding.fields().next().is_none()
        && !is_of_base(case, class)
        && data.bases[..data.superclasses.min(data.bases.len())]
            .iter()
            .any(|base| elsewhere(&base.name) && words::is_view_base(&named(&base.name)))
}

/// Whether the callback is a member that the class has of its base, which may well take it off: `this.onResize`.
fn is_of_base(case: &Case<'_>, class: ClassId) -> bool {
    let module = case.context.module;
    let callback = case.acquire.callback.as_ref().and_then(|part| case.context.part(case.site.expr, part));
    callback.is_some_and(|callback| match module.kind(module.peel(callback)) {
        ExprKind::Member { object, name, .. } => {
            matches!(module.kind(*object), ExprKind::This(_)) && module.class_function(class, name).is_none()
        }
        _ => false,
    })
}

/// The name of a class; of the default of a module the one that its file says: `menu-item.js` has a `MenuItem`.
fn named(class: &QualifiedName) -> String {
    if !class.name.is_empty() {
        return class.last().to_owned();
    }
    let file = class.module.rsplit('/').next().and_then(|file| file.split('.').next()).unwrap_or_default();
    let capital = |word: &str| word.get(..1).map(|first| first.to_uppercase() + &word[1..]).unwrap_or_default();
    file.split(['-', '_']).map(capital).collect()
}
