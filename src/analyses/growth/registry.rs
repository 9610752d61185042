//! Registries of the platform, which live as long as the process and forget nothing: each call adds to them.

use super::flow::{conditions, everywhere, in_handler, is_done_once};
use super::judge::pace::is_of_screen;
use super::keys::{self, Origin};
use super::reader::usage::{descendants, has_name, last_name, method_name};
use super::words;
use crate::analyses::context::{CallSite, Context};
use crate::analyses::runs::{Runs, runs};
use crate::analyses::story::what;
use crate::catalogue::{Acquire, Analysis, Part};
use crate::finding::{Confidence, Finding, Step, StepKind};
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, VariableKind};
use crate::project::Candidate;

/// The kind of such calls in the tables.
pub const KIND: &str = "registry";

/// Calls that add to a registry of the process in code that runs again and again.
#[must_use]
pub fn collect(context: &Context<'_>) -> Vec<Candidate> {
    context
        .sites
        .iter()
        .filter_map(|site| {
            let acquire = site.acquires.iter().find(|acquire| acquire.kind == KIND)?;
            candidate(context, site, acquire)
        })
        .collect()
}

/// Whether files are registered while the process serves whoever comes: the code runs for each request or event, or the
/// class is about uploads, requests and the like, and deletes what it made while the process goes on.
fn goes_on(context: &Context<'_>, site: &CallSite, often: &Runs) -> bool {
    let deletes = |expr| words::ends_for_good(&method_name(context, expr));
    let tests = conditions(context, site.expr);
    let resort = tests.iter().flat_map(|test| descendants(context, *test)).any(deletes);
    // `catch (IOException e) { file.deleteOnExit(); }`, and what a caller asks for so.
    let resort = resort || everywhere(context, site.expr).iter().any(|at| in_handler(context, *at));
    let directory = context.part(site.expr, &Part::Receiver).is_some_and(|file| is_directory(context, file));
    let asked = directory
        || context.part(site.expr, &Part::Receiver).is_some_and(|file| is_given(context, site.function, file));
    let again = matches!(often, Runs::Repeatedly(per) if per != "in a loop");
    let class = |site: &CallSite| context.module.functions[context.module.outermost(site.function)].this;
    let ends =
        context.sites.iter().any(|other| deletes(other.expr) && other.expr != site.expr && class(other) == class(site));
    // What goes through a tree meets the files that are there.
    let met = context.module.functions[site.function].name.as_deref().is_some_and(words::visits_files);
    let comes = again || ends && serves(context, site.function);
    !resort && !asked && !met && !is_program(context) && comes && !is_of_screen(context)
}

/// Whether a class is about what comes in from outside, by its name or that of its package.
fn serves(context: &Context<'_>, function: FunctionId) -> bool {
    let module = context.module;
    let class = module.functions[module.outermost(function)].this;
    let named =
        class.and_then(|class| module.classes[class].name.clone()).is_some_and(|name| words::says_served(&name));
    let path = context.source.display_path();
    let mut folders = path.rsplit('/').skip(1);
    named || folders.next().is_some_and(words::is_served) || folders.next().is_some_and(words::is_served)
}

/// A file with the `main` of a program, which runs and ends.
fn is_program(context: &Context<'_>) -> bool {
    context.module.functions.iter().any(|(_, function)| function.is_static && function.name.as_deref() == Some("main"))
}

/// A directory to work in, of which few are made.
fn is_directory(context: &Context<'_>, file: ExprId) -> bool {
    let makes = descendants(context, context.definition(file)).into_iter().any(|part| {
        matches!(context.module.kind(part), ExprKind::Call { .. }) && words::is_directory(&method_name(context, part))
    });
    makes
        || match context.module.kind(file) {
            ExprKind::Variable(id) => words::is_directory(&context.module.variables[*id].name),
            _ => false,
        }
}

/// Whether a static function gets the value from its caller.
fn is_given(context: &Context<'_>, function: FunctionId, value: ExprId) -> bool {
    let module = context.module;
    module.functions[function].is_static
        && matches!(module.kind(value), ExprKind::Variable(id)
            if matches!(module.variables[*id].kind, VariableKind::Parameter(_)))
}

/// Where the parts of a name come from; the same domain or tenant comes again under the same name.
fn name_origin(context: &Context<'_>, name: ExprId) -> Origin {
    match context.module.kind(context.module.peel(name)) {
        ExprKind::Binary { operator, left, right } if operator == "+" => {
            name_origin(context, *left).max(name_origin(context, *right))
        }
        ExprKind::Template(parts) => {
            parts.iter().map(|part| name_origin(context, *part)).max().unwrap_or(Origin::Finite)
        }
        ExprKind::Call { callee, .. } if words::ends_with_id(&last_name(context, *callee)) => {
            keys::origin(context, name)
        }
        _ if has_name(context, name, |name| words::is_configured(name) && !words::ends_with_id(name)) => {
            Origin::Neutral
        }
        _ => keys::origin(context, name),
    }
}

/// Whether a name is put together of several parts that vary, or names what comes with the traffic: the id of a part of
/// the program alone is one of few, and the same name gives the same entry.
fn comes_anew(context: &Context<'_>, name: ExprId) -> bool {
    varying(context, name) > 1
        || has_name(context, name, words::is_of_traffic)
        || keys::origin(context, name) == Origin::Fresh
}

/// How many parts of a name vary.
fn varying(context: &Context<'_>, name: ExprId) -> usize {
    let module = context.module;
    match module.kind(module.peel(name)) {
        ExprKind::Binary { operator, left, right } if operator == "+" => {
            varying(context, *left) + varying(context, *right)
        }
        ExprKind::Template(parts) => parts.iter().map(|part| varying(context, *part)).sum(),
        _ => usize::from(name_origin(context, name) != Origin::Finite || has_name(context, name, words::ends_with_id)),
    }
}

fn candidate(context: &Context<'_>, site: &CallSite, acquire: &Acquire) -> Option<Candidate> {
    let often = runs(context, site.function);
    let per = match &often {
        Runs::Once => return None,
        Runs::Unknown if is_done_once(context, site.expr) => return None,
        Runs::Unknown => "at every call".to_owned(),
        Runs::Repeatedly(per) => per.clone(),
    };
    // Under the same name nothing is added a second time.
    let names = acquire.key.iter().filter_map(|part| context.part(site.expr, part));
    let origin = names.map(|name| name_origin(context, name)).max();
    let confidence = match origin.filter(|_| !acquire.key.is_empty()) {
        // The root logger, which has no name of its own.
        None if !acquire.key.is_empty() => return None,
        Some(Origin::Finite) => return None,
        Some(Origin::Neutral) => Confidence::Low,
        Some(_)
            if !acquire
                .key
                .iter()
                .filter_map(|part| context.part(site.expr, part))
                .any(|name| comes_anew(context, name)) =>
        {
            Confidence::Low
        }
        // A tool that runs and ends, or a last resort where the deletion failed.
        None if context.family() == Family::Java && !goes_on(context, site, &often) => Confidence::Low,
        _ => Confidence::Medium,
    };
    let undone = context.sites.iter().flat_map(|other| &other.releases);
    if undone.into_iter().any(|release| acquire.release.iter().any(|own| own.call == release.call)) {
        return None;
    }
    let rule = context.catalogue.rule_for(KIND, Analysis::Growth)?;
    let path = context.source.display_path();
    let span = context.span(site.expr);
    let function = &context.module.functions[site.function];
    let step = |kind, span, message| Step { kind, path: path.clone(), span, message };
    let reason = match confidence {
        Confidence::Low => "nothing shows that a process that goes on runs this again and again",
        _ => "the registry lives as long as the process, and nothing takes entries out of it",
    };
    let thing = what(acquire);
    let finding = Finding {
        rule: rule.id.clone(),
        span,
        message: format!("the process keeps one more {thing} {per}, for as long as it runs"),
        confidence,
        reason: reason.to_owned(),
        steps: vec![
            step(StepKind::Acquired, span, format!("adds a {thing} to a registry of the process")),
            step(StepKind::Runs, context.source.first_line(function.name_span), format!("runs {per}")),
        ],
        fix: Some(acquire.fix.clone()).filter(|fix| !fix.is_empty()),
        symbol: context.symbol(site.function),
        path,
    };
    Some(Candidate { finding, unless: Vec::new(), only_if: Vec::new() })
}
