//! Memos that keep every argument: `functools.cache` on methods and without a limit, `memoize` at module level.

use super::keys::{self, Origin};
use super::words;
use crate::analyses::context::Context;
use crate::analyses::runs::{Runs, runs};
use crate::catalogue::{Analysis, Bound};
use crate::finding::{Confidence, Finding, Step, StepKind};
use crate::lang::Family;
use crate::model::{
    Annotation, ClassKind, ExprId, ExprKind, Function, FunctionId, FunctionKind, Literal, Name, TypeRef, VariableKind,
};
use crate::project::{Candidate, Question};

/// The memos of a file that only grow.
#[must_use]
pub fn collect(context: &Context<'_>) -> Vec<Candidate> {
    match context.family() {
        Family::Python => decorated(context),
        Family::JavaScript => wrapped(context),
        Family::Java => Vec::new(),
    }
}

fn decorated(context: &Context<'_>) -> Vec<Candidate> {
    context
        .module
        .functions
        .iter()
        .filter_map(|(id, function)| {
            let (annotation, limit) =
                function.annotations.iter().find_map(|annotation| Some((annotation, limit(context, annotation)?)))?;
            if is_emptied(context, function) {
                return None;
            }
            of_method(context, id, function, annotation, limit)
                .or_else(|| of_function(context, id, function, annotation, limit))
        })
        .collect()
}

/// `self.rows.cache_clear()`: the file empties the cache when what it is about changes.
fn is_emptied(context: &Context<'_>, function: &Function) -> bool {
    let module = context.module;
    let own = function.name.as_deref().unwrap_or_default();
    module.exprs.iter().any(|(_, expr)| match &expr.kind {
        ExprKind::Member { object, name, .. } => {
            name == "cache_clear" && super::reader::usage::last_name(context, *object) == own
        }
        _ => false,
    })
}

/// `str`, `tuple[str, int]`
fn is_plain(ty: &TypeRef) -> bool {
    words::is_plain_type(ty.name.last())
        || ty.name.last() == "tuple" && !ty.arguments.is_empty() && ty.arguments.iter().all(is_plain)
}

/// How many results a decorator keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    /// What the author names, or the 128 of the language.
    Some,
    Nothing,
}

fn limit(context: &Context<'_>, annotation: &Annotation) -> Option<Limit> {
    let name = annotation.name.rsplit('.').next().unwrap_or_default();
    let module = annotation.name.split('.').next().unwrap_or_default();
    let known = context.module.imports.iter().any(|import| {
        import.module == "functools"
            && import.variable.is_some_and(|id| {
                let variable = &context.module.variables[id].name;
                *variable == module || *variable == name
            })
    });
    if !known {
        return None;
    }
    match name {
        "cache" => Some(Limit::Nothing),
        "lru_cache" => Some(match annotation.value.map(|value| context.module.kind(value)) {
            Some(ExprKind::Call { arguments, .. }) => {
                let size =
                    arguments.iter().find(|argument| argument.name.as_deref().is_none_or(|name| name == "maxsize"));
                let none = size.is_some_and(|size| {
                    matches!(context.module.kind(context.definition(size.value)), ExprKind::Literal(Literal::Null))
                });
                if none { Limit::Nothing } else { Limit::Some }
            }
            _ => Limit::Some,
        }),
        _ => None,
    }
}

/// A cached method: the cache belongs to the class and its keys hold the instances.
fn of_method(
    context: &Context<'_>,
    id: FunctionId,
    function: &Function,
    annotation: &Annotation,
    limit: Limit,
) -> Option<Candidate> {
    let module = context.module;
    let class = function.this.filter(|class| module.classes[*class].methods.contains(&id))?;
    let data = &module.classes[class];
    let takes_self =
        !function.is_static && !has_annotation(function, "classmethod") && !has_annotation(function, "staticmethod");
    let enumeration = data.kind == ClassKind::Enum
        || data
            .bases
            .iter()
            .any(|base| base.name.last().ends_with("Enum") || matches!(base.name.last(), "type" | "ABCMeta" | "Flag"));
    if !takes_self
        || enumeration
        || is_meant(context, annotation)
        || is_property_of_one(context, class)
        || limit != Limit::Nothing && is_value(context, class)
    {
        return None;
    }
    let name = data.name.clone().unwrap_or_default();
    let method = function.name.clone().unwrap_or_default();
    let message = format!("the cache of `{method}` keeps each `{name}` it was called on");
    let kept = match limit {
        Limit::Nothing => "the cache belongs to the class, has no limit, and `self` is part of every key",
        Limit::Some => {
            "the cache belongs to the class, and `self` is part of every key: instances stay until others push them out"
        }
    };
    let mut candidate = finding(
        context,
        id,
        annotation,
        message,
        kept.to_owned(),
        Confidence::Medium,
        "the cache outlives the instances and holds them".to_owned(),
        "cache on the instance (`functools.cached_property`, a dict in `self`), or cache a function of plain values",
    )?;
    candidate.unless.push(Question::RunsOnce { function: module.class_name(class).into() });
    Some(candidate)
}

/// A plain value, told from others by what it says: a bounded cache keeps some numbers and texts.
fn is_value(context: &Context<'_>, class: crate::model::ClassId) -> bool {
    let data = &context.module.classes[class];
    let has = |name: &str| context.module.class_function(class, name).is_some();
    let frozen = data.annotations.iter().any(|annotation| {
        annotation.name.rsplit('.').next() == Some("dataclass")
            && annotation.value.is_some_and(|value| context.text(value).contains("frozen"))
    });
    data.bases.iter().any(|base| matches!(base.name.last(), "NamedTuple" | "tuple" | "str" | "int" | "frozenset"))
        || has("__hash__") && has("__eq__")
        || frozen
}

/// The author was told of it by another tool, and keeps it: `# noqa: B019`.
fn is_meant(context: &Context<'_>, annotation: &Annotation) -> bool {
    let line = context.source.line_text(context.source.line(annotation.span.start));
    line.split_once('#').is_some_and(|(_, comment)| {
        let told = comment.contains("noqa") || comment.contains("pylint: disable");
        told && ["B019", "W1518", "method-cache-max-size-none"].iter().any(|code| comment.contains(code))
    })
}

/// One instance, or a handful that live with the module: nothing is kept longer than it lives anyway.
fn is_property_of_one(context: &Context<'_>, class: crate::model::ClassId) -> bool {
    let module = context.module;
    let name = module.class_name(class);
    let mut made =
        context.sites.iter().filter(|site| site.shape.constructs && site.shape.path.as_ref() == Some(&name)).peekable();
    let at_start = made.peek().is_some()
        && made.all(|site| {
            let name = module.functions[site.function].name.as_deref();
            runs(context, site.function) == Runs::Once || name.is_some_and(words::puts_together)
        });
    let data = &module.classes[class];
    let bases = data.bases.iter().map(|base| base.name.last());
    let mut names = bases.chain(data.name.as_deref());
    let part = names.any(|name| name.ends_with("Plugin") || words::is_application(name));
    at_start || part || crate::analyses::owners::is_singleton(context, class)
}

/// A function without a limit, whose arguments come from outside.
fn of_function(
    context: &Context<'_>,
    id: FunctionId,
    function: &Function,
    annotation: &Annotation,
    limit: Limit,
) -> Option<Candidate> {
    let module = context.module;
    let heavy = function.parameters.iter().find(|parameter| {
        let variable = &module.variables[**parameter];
        words::is_heavy_name(&variable.name) && !variable.ty.as_ref().is_some_and(is_plain)
    });
    if limit != Limit::Nothing && heavy.is_none()
        || function.parameters.is_empty()
        || function.kind == FunctionKind::Lambda
    {
        return None;
    }
    // A cache made in a call goes with it.
    if function.parent != Some(module.root) || runs(context, id) == Runs::Once {
        return None;
    }
    let origins: Vec<(Name, Origin)> = function
        .parameters
        .iter()
        .map(|parameter| (module.variables[*parameter].name.clone(), keys::variable_origin(context, *parameter)))
        .collect();
    let (mut name, mut origin) = origins.into_iter().max_by_key(|(_, origin)| *origin)?;
    if let Some(heavy) = heavy {
        name = module.variables[*heavy].name.clone();
        origin = Origin::Event;
    }
    let confidence = match origin {
        Origin::Finite => return None,
        Origin::Neutral => Confidence::Low,
        // The id of some thing: of releases, devices, files there are as many as the program works with.
        Origin::Event if heavy.is_none() && !words::comes_and_goes(&name) && !words::is_free_text(&name) => {
            Confidence::Low
        }
        Origin::Event | Origin::Fresh => Confidence::Medium,
    };
    let method = function.name.clone().unwrap_or_default();
    let message = match limit {
        Limit::Nothing => format!("the cache of `{method}` has no limit and keeps every `{name}`"),
        Limit::Some => {
            format!("the cache of `{method}` keeps whole objects: `{name}` stays with all that it holds")
        }
    };
    let reason = match confidence {
        Confidence::Low => "nothing says how many different arguments there are",
        _ => "its arguments come with requests, events or ids",
    };
    finding(
        context,
        id,
        annotation,
        message,
        match limit {
            Limit::Nothing => format!("the cache lives as long as the module; nothing limits the values of `{name}`"),
            Limit::Some => {
                "the cache lives as long as the module and lets an entry go only when others push it out".to_owned()
            }
        },
        confidence,
        reason.to_owned(),
        "give it a limit: `functools.lru_cache(maxsize=1024)`",
    )
}

#[expect(clippy::too_many_arguments, reason = "the parts of one finding")]
fn finding(
    context: &Context<'_>,
    id: FunctionId,
    annotation: &Annotation,
    message: String,
    kept: String,
    confidence: Confidence,
    reason: String,
    fix: &str,
) -> Option<Candidate> {
    let rule = context.catalogue.rule_for("memo", Analysis::Growth)?;
    let path = context.source.display_path();
    let function = &context.module.functions[id];
    let steps = vec![
        Step {
            kind: StepKind::Acquired,
            path: path.clone(),
            span: annotation.span,
            message: "results are kept here, with their arguments".to_owned(),
        },
        Step {
            kind: StepKind::Kept,
            path: path.clone(),
            span: context.source.first_line(function.name_span),
            message: kept,
        },
    ];
    let finding = Finding {
        rule: rule.id.clone(),
        path,
        span: annotation.span,
        message,
        confidence,
        reason,
        steps,
        fix: Some(fix.to_owned()),
        symbol: context.symbol(id),
    };
    Some(Candidate { finding, unless: Vec::new(), only_if: Vec::new() })
}

fn has_annotation(function: &Function, name: &str) -> bool {
    function.annotations.iter().any(|annotation| annotation.name.rsplit('.').next() == Some(name))
}

/// `const slug = memoize(f)` at the top level.
fn wrapped(context: &Context<'_>) -> Vec<Candidate> {
    let module = context.module;
    context
        .sites
        .iter()
        .filter_map(|site| {
            let path = site.shape.path.as_ref()?;
            let table = context.catalogue.collection(path, module, &context.scope)?;
            let memo = path.last().to_ascii_lowercase().contains("mem")
                && table.bound != Bound::Always
                && table.grow.is_empty();
            if !memo || site.function != module.root || has_limit(context, site.expr, table) {
                return None;
            }
            let function = first_argument(context, site.expr)?;
            let wrapped = module.function_of(function)?;
            let parameters = &module.functions[wrapped].parameters;
            // Without a resolver the first argument alone is the key.
            let parameter = *parameters.get(bound(context, function))?;
            let name = module.variables[parameter].name.clone();
            let confidence = match keys::variable_origin(context, parameter) {
                Origin::Finite => return None,
                Origin::Neutral if !words::is_free_text(&name) => Confidence::Low,
                _ => Confidence::Medium,
            };
            let cleared = cleared(context, site.expr);
            if cleared {
                return None;
            }
            let annotation =
                Annotation { name: Name::new_static("memoize"), value: Some(site.expr), span: context.span(site.expr) };
            finding(
                context,
                wrapped,
                &annotation,
                format!("the memo has no limit and keeps every `{name}`"),
                "the memo lives as long as the module".to_owned(),
                confidence,
                "nothing limits the arguments it is called with".to_owned(),
                "use a memo with a limit, or an LRU cache",
            )
        })
        .collect()
}

/// How many parameters are always the same: one of `read.bind(null, settings)`.
fn bound(context: &Context<'_>, function: ExprId) -> usize {
    match context.module.kind(function) {
        ExprKind::Call { arguments, .. } if super::reader::usage::method_name(context, function) == "bind" => {
            arguments.len().saturating_sub(1)
        }
        _ => 0,
    }
}

fn has_limit(context: &Context<'_>, call: ExprId, table: &crate::catalogue::Collection) -> bool {
    let ExprKind::Call { arguments, .. } = context.module.kind(call) else { return true };
    if table.bound != Bound::Limited || arguments.len() < 2 {
        return false;
    }
    // A second argument of unknown content may be a limit or a cache of its own.
    let readable = matches!(context.module.kind(context.definition(arguments[1].value)), ExprKind::Object(_));
    !readable || table.limit.iter().any(|part| super::collection::made::has_limit(context, call, part))
}

fn first_argument(context: &Context<'_>, call: ExprId) -> Option<ExprId> {
    match context.module.kind(call) {
        ExprKind::Call { arguments, .. } => arguments.first().map(|argument| argument.value),
        _ => None,
    }
}

/// `slug.cache.clear()`, `slug.cache = new WeakMap()`
fn cleared(context: &Context<'_>, call: ExprId) -> bool {
    let crate::analyses::context::Use::Stored(target) = context.uses(call) else { return false };
    let ExprKind::Variable(id) = context.module.kind(target) else { return false };
    matches!(context.module.variables[*id].kind, VariableKind::Local)
        && context.reads(*id).iter().any(|read| {
            context.parent(*read).is_some_and(|parent| {
                matches!(context.module.kind(parent), ExprKind::Member { name, .. } if matches!(name.as_str(), "cache" | "clear" | "delete"))
            })
        })
}
