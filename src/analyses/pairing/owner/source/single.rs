//! Instances of which a program of Java has one: what they keep is theirs as long as it runs.

use rustc_hash::FxHashSet;

use crate::analyses::context::CallSite;
use crate::analyses::owners::{Lifecycle, reach, returned_values};
use crate::analyses::pairing::owner::{Case, ON_PATHS};
use crate::analyses::pairing::path::words;
use crate::catalogue::Part;
use crate::finding::Confidence;
use crate::lang::Family;
use crate::model::{ClassId, FunctionId, Root, Visibility};
use crate::project::{Candidate, Question};

/// Asks for what speaks for one instance, and for somebody who gets what it keeps and ends that.
pub fn temper(case: &Case<'_>, class: ClassId, cycle: &Lifecycle, candidate: &mut Candidate) {
    let context = case.context;
    let kind = case.acquire.kind.as_str();
    if cycle.deployed || context.family() != Family::Java || !(ON_PATHS.contains(&kind) || kind == "timer") {
        return;
    }
    let getters = getters(case, class);
    candidate.unless.extend(getters.into_iter().map(|member| Question::MemberShrinks { member }));
    candidate.unless.push(Question::RunsOnce { function: context.module.class_name(class).into() });
    // A teardown that ends others forgot this one.
    if ends_others(case, class, &reach(context, &cycle.teardowns)) {
        return;
    }
    if cycle.singleton {
        candidate.finding.confidence = Confidence::Low;
        "there is one instance, which lives as long as the process".clone_into(&mut candidate.finding.reason);
    }
}

/// Whether the teardown ends something else that the instance keeps.
fn ends_others(case: &Case<'_>, class: ClassId, reached: &FxHashSet<FunctionId>) -> bool {
    let context = case.context;
    let ends = |site: &CallSite| {
        let named = site.shape.method.as_deref().is_some_and(words::closes);
        let object = context.part(site.expr, &Part::Receiver).and_then(|object| context.place(object));
        named && object.is_some_and(|place| place.root == Root::This(class) && place.field().is_some())
    };
    context.sites.iter().any(|site| reached.contains(&site.function) && ends(site))
}

/// The methods by which others get what the instance keeps.
fn getters(case: &Case<'_>, class: ClassId) -> Vec<crate::model::Name> {
    let context = case.context;
    let module = context.module;
    let gives = |method: &FunctionId| {
        let data = &module.functions[*method];
        let values = || returned_values(context, *method);
        data.parameters.is_empty()
            && data.visibility != Visibility::Private
            && data.name.as_deref().is_some_and(words::is_getter)
            && values()
                .into_iter()
                .filter_map(|value| context.place(value))
                .any(|place| case.holding.fields().any(|field| *field == place))
    };
    let methods = module.classes[class].methods.iter().filter(|method| gives(method));
    methods.filter_map(|method| module.functions[*method].name.clone()).collect()
}
