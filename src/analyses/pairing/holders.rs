//! State of the running thread that a class holds for the whole program: what its functions set and remove is told to
//! other files, and their calls are judged by it.

use super::super::owners::{lifecycle, reach};
use super::path::summary::Summaries;
use super::thread_local::owned_thread;
use crate::analyses::context::{CallSite, Context};
use crate::analyses::runs::{Runs, runs};
use crate::analyses::story::Story;
use crate::catalogue::words::owners as words;
use crate::catalogue::{Acquire, Analysis, Part};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{Argument, ExprKind, FunctionId, Literal, Name, Root, Visibility};
use crate::project::{Candidate, Facts, Question, Symbol};

/// Adds what the functions of the file do to the state of the thread, and the calls that leave some behind.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    if context.family() != Family::Java {
        return;
    }
    publish(context, facts);
    let calls: Vec<Call<'_>> = context.sites.iter().filter_map(|site| call(context, site)).collect();
    let ends = calls.iter().filter(|call| words::removes_thread_state(call.method));
    facts.thread_ends.extend(ends.map(Call::symbol));
    facts.thread_ends.sort();
    facts.thread_ends.dedup();
    let mut told: Vec<(&Symbol, FunctionId)> = Vec::new();
    let begins = |call: &&Call<'_>| words::sets_thread_state(call.method) && !call.empties(context);
    for call in calls.iter().filter(begins) {
        let once = runs(context, call.site.function) == Runs::Once || owned_thread(context, call.site.function);
        if once || told.contains(&(&call.holder, call.site.function)) {
            continue;
        }
        told.push((&call.holder, call.site.function));
        facts.candidates.extend(never(context, call, &calls).or_else(|| at_the_end(context, call, &calls)));
    }
}

/// A call of a function of a class that another file declares: `Holder.set(x)`.
struct Call<'a> {
    site: &'a CallSite,
    holder: Symbol,
    method: &'a Name,
}

impl Call<'_> {
    fn symbol(&self) -> Symbol {
        self.holder.member(self.method)
    }

    /// `Holder.set(null)`
    fn empties(&self, context: &Context<'_>) -> bool {
        let ExprKind::Call { arguments, .. } = context.module.kind(self.site.expr) else { return false };
        let null = |argument: &Argument| {
            matches!(context.module.kind(context.module.peel(argument.value)), ExprKind::Literal(Literal::Null))
        };
        arguments.first().is_some_and(null)
    }
}

fn call<'a>(context: &Context<'_>, site: &'a CallSite) -> Option<Call<'a>> {
    let module = context.module;
    let ExprKind::Call { callee, constructs: false, .. } = module.kind(site.expr) else { return None };
    let ExprKind::Member { object, .. } = module.kind(*callee) else { return None };
    let method = site.shape.method.as_ref()?;
    if !words::sets_thread_state(method) && !words::removes_thread_state(method) {
        return None;
    }
    let path = module.path(*object)?;
    let class = path.last().starts_with(char::is_uppercase) && path.last().contains(char::is_lowercase);
    (class && !path.is_here() && !context.is_of_known_library(&path)).then(|| Call {
        site,
        holder: path.into(),
        method,
    })
}

/// Notes which functions set a thread-local of their class, and which remove it.
fn publish(context: &Context<'_>, facts: &mut Facts) {
    let module = context.module;
    let locals = |site: &CallSite| {
        let place = context.part(site.expr, &Part::Receiver).and_then(|object| context.place(object))?;
        let Root::Static(class) = place.root else { return None };
        let field = module.field(class, place.only_field()?)?;
        field.ty.as_ref().is_some_and(|ty| ty.name.last().ends_with("ThreadLocal")).then_some(())
    };
    // What removes it again in a `finally` of its own leaves nothing.
    let framed = |site: &CallSite| {
        let removes = |other: &CallSite| other.cleanup && other.shape.method.as_deref() == Some("remove");
        let local = |site: &CallSite| context.part(site.expr, &Part::Receiver).and_then(|object| context.place(object));
        context.sites_in(site.function).any(|other| removes(other) && local(other) == local(site))
    };
    // `HOLDER.set(null)`
    let sets = |site: &CallSite| {
        let given = context.part(site.expr, &Part::Argument(0));
        site.shape.method.as_deref() == Some("set") && !given.is_some_and(|given| module.is_null(given))
    };
    let sites: Vec<(FunctionId, bool)> = context
        .sites
        .iter()
        .filter(|site| matches!(site.shape.method.as_deref(), Some("set" | "remove")) && locals(site).is_some())
        .filter(|site| !sets(site) || !framed(site))
        .map(|site| (module.outermost(site.function), sets(site)))
        .collect();
    if sites.is_empty() {
        return;
    }
    for (id, function) in module.functions.iter().filter(|(_, function)| function.is_static && function.name.is_some())
    {
        let reached = reach(context, &[id]);
        let does = |sets: bool| sites.iter().any(|(own, set)| *set == sets && (*own == id || reached.contains(own)));
        let (sets, clears) = (does(true), does(false));
        if (sets || clears) && function.visibility != Visibility::Private {
            let fact = facts.functions.entry(Name::from(context.symbol(id))).or_default();
            // What sets it and removes what was there before leaves a value.
            fact.sets_thread |= sets;
            fact.clears_thread |= clears;
        }
    }
}

/// The file sets the state and never removes it, and nobody else does.
fn never(context: &Context<'_>, call: &Call<'_>, calls: &[Call<'_>]) -> Option<Candidate> {
    let ended = calls.iter().any(|other| other.holder == call.holder && words::removes_thread_state(other.method));
    if ended || call.site.cleanup {
        return None;
    }
    let ends = |other: &&Call<'_>| other.holder == call.holder && other.method == call.method && other.empties(context);
    let mut emptied = calls.iter().filter(ends).peekable();
    if let Some(end) = emptied.peek().copied() {
        return emptied.all(|other| is_skipped(context, call, other)).then(|| on_success(context, call, end)).flatten();
    }
    let text = context.text(call.site.expr);
    Some(
        story(context, call)?
            .message(format!("`{text}` leaves a value with the running thread, and no code of the project removes it"))
            .confidence(Confidence::Medium, "the class has a function that removes it, which nobody calls")
            .step(StepKind::Kept, context.span(call.site.expr), "kept by the thread, which a pool uses again")
            .only_if(Question::NobodyClears { holder: call.holder.clone() })
            .end(),
    )
}

/// Whether work of the file that fails comes between the call and the one that empties the state again.
fn is_skipped(context: &Context<'_>, call: &Call<'_>, end: &Call<'_>) -> bool {
    let start = |site: &CallSite| context.span(site.expr).start;
    let between = |site: &CallSite| start(site) > start(call.site) && start(site) < start(end.site);
    end.site.function == call.site.function && !end.site.cleanup && {
        let summaries = Summaries::new(context);
        let fails = |site: &CallSite| site.callee.is_some_and(|callee| summaries.throws(callee));
        context.sites_in(call.site.function).any(|site| between(site) && fails(site))
    }
}

/// The state is emptied where nothing fails, and left where something does.
fn on_success(context: &Context<'_>, call: &Call<'_>, end: &Call<'_>) -> Option<Candidate> {
    let text = context.text(call.site.expr);
    Some(
        story(context, call)?
            .message(format!("`{text}` leaves a value with the running thread when the work behind it fails"))
            .confidence(Confidence::Medium, "an exception of that work skips the call that empties it")
            .step(StepKind::Released, context.span(end.site.expr), "emptied only here, and in no `finally`")
            .end(),
    )
}

/// The file removes it only where its owner ends, on one thread of all that have it.
fn at_the_end(context: &Context<'_>, call: &Call<'_>, calls: &[Call<'_>]) -> Option<Candidate> {
    let module = context.module;
    let class = module.functions[call.site.function].this?;
    let of_holder = |other: &&Call<'_>| other.holder == call.holder;
    let function = |other: &Call<'_>| module.outermost(other.site.function);
    let name = |id: FunctionId| module.functions[id].name.clone().unwrap_or_default();
    let teardowns = lifecycle(context, class).teardowns;
    let ends = |id: FunctionId| teardowns.contains(&id) || words::ends_owner(&name(id));
    let removals: Vec<&Call<'_>> =
        calls.iter().filter(of_holder).filter(|other| words::removes_thread_state(other.method)).collect();
    let end = removals.iter().find(|other| ends(function(other)))?;
    let replaced = |id: FunctionId| name(id).starts_with("set");
    if !removals.iter().all(|other| ends(function(other)) || replaced(function(other))) {
        return None;
    }
    // Something that is asked for again and again sets it too.
    let asked = calls.iter().filter(of_holder).any(|other| {
        let data = &module.functions[function(other)];
        words::sets_thread_state(other.method)
            && data.visibility == Visibility::Public
            && !ends(function(other))
            && !crate::catalogue::words::growth::starts_owner(&name(function(other)))
    });
    if !asked || ends(function(call)) {
        return None;
    }
    let by = name(function(end));
    let text = context.text(call.site.expr);
    Some(
        story(context, call)?
            .message(format!(
                "what `{text}` leaves with the running thread is removed only in `{by}`, on another thread"
            ))
            .confidence(Confidence::Medium, "each thread has a value of its own; the end of the owner removes one")
            .step(StepKind::Released, context.span(end.site.expr), format!("removed only here, in `{by}`"))
            .end(),
    )
}

fn story<'a>(context: &'a Context<'a>, call: &Call<'_>) -> Option<Story<'a>> {
    let acquire = Acquire {
        thread: true,
        fix: "remove it in a finally block".to_owned(),
        ..Acquire::plain("thread-local", "state of the running thread", Part::Result)
    };
    let story = Story::new(context, call.site.expr, call.site.function, &acquire, Analysis::Pairing)?;
    Some(story.only_if(Question::SetsThread { callee: call.symbol() }))
}
