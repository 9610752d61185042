//! An override of a teardown that does not call the one it overrides.

use crate::analyses::context::Context;
use crate::analyses::owners::{self, Lifecycle};
use crate::analyses::pairing::owner::releases::mention;
use crate::catalogue::Analysis;
use crate::catalogue::words::owners as words;
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, FunctionId, Name, QualifiedName};
use crate::project::{Candidate, Question};

/// An override of a teardown that does not call the one it overrides.
pub fn no_super(context: &Context<'_>, class: ClassId, cycle: &Lifecycle, teardown: FunctionId) -> Option<Candidate> {
    let module = context.module;
    let data = &module.classes[class];
    let function = &module.functions[teardown];
    let name = function.name.clone()?;
    let base = data.bases.first().filter(|_| data.superclasses > 0)?;
    // Who overrides it by nothing means to.
    let empty = function.cfg.blocks.iter().all(|(_, block)| block.steps.is_empty());
    if name.starts_with("__") || function.is_abstract || empty || calls_super(context, teardown) {
        return None;
    }
    if module.local_class(&base.name).is_none()
        && (base.name.is_unresolved() && context.family() != Family::Java || base.name.module.is_empty())
    {
        return None;
    }
    let question = Question::TearsDown {
        class: base.name.clone().into(),
        method: name.clone(),
        calls: own_calls(context, class),
        touches: touched(context, class, teardown),
    };
    let rule = context.catalogue.rule_for("teardown", Analysis::Pairing)?;
    let path = context.source.display_path();
    let owner = data.name.clone().unwrap_or_default();
    let finding = crate::finding::Finding {
        rule: rule.id.clone(),
        path: path.clone(),
        span: function.name_span,
        message: format!("`{name}` of `{owner}` overrides a teardown of `{}` and does not call it", shown(&base.name)),
        confidence: if is_whole(context, cycle, &name) && !mention::ends_inherited(context, class, teardown) {
            Confidence::Medium
        } else {
            Confidence::Low
        },
        reason: "the teardown that is overridden releases something".to_owned(),
        steps: vec![crate::finding::Step {
            kind: StepKind::Missed,
            path,
            span: function.name_span,
            message: format!("no `super.{name}()` on any way"),
        }],
        fix: Some(format!("call `super.{name}()`")),
        symbol: context.symbol(teardown),
    };
    Some(Candidate { finding, unless: Vec::new(), only_if: vec![question] })
}

/// The fields that an override names.
fn touched(context: &Context<'_>, class: ClassId, teardown: FunctionId) -> Vec<Name> {
    let reached = owners::reach(context, &[teardown]);
    let inside = |named: &ExprId| context.function_of(*named).is_some_and(|function| reached.contains(&function));
    let mut names: Vec<Name> = context
        .fields_named(class)
        .filter(|field| context.field_uses(class, field).iter().any(inside))
        .cloned()
        .collect();
    names.sort();
    names
}

/// The methods that a class calls on itself.
fn own_calls(context: &Context<'_>, class: ClassId) -> Vec<Name> {
    let module = context.module;
    let mut names: Vec<_> = context
        .sites
        .iter()
        .filter(|site| module.functions[site.function].this == Some(class))
        .filter(|site| {
            let ExprKind::Call { callee, .. } = module.kind(site.expr) else { return false };
            matches!(module.kind(*callee), ExprKind::Member { object, .. }
                if matches!(module.kind(*object), ExprKind::This(_) | ExprKind::Super))
        })
        .filter_map(|site| site.shape.method.clone())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The name of a base class; of one that is the default of a module the name of the file.
fn shown(base: &QualifiedName) -> &str {
    let file = || base.module.rsplit('/').next().and_then(|file| file.split('.').next());
    if base.name.is_empty() { file().unwrap_or_default() } else { base.last() }
}

/// Whether a method of this name ends the whole object: what is named like a hook or a step of it may have no base.
pub fn is_whole(context: &Context<'_>, cycle: &Lifecycle, name: &str) -> bool {
    if context.family() == Family::JavaScript {
        return cycle.expected.iter().any(|expected| expected == name) || words::ends_page_object(name);
    }
    words::ends_object(name)
}

pub fn calls_super(context: &Context<'_>, teardown: FunctionId) -> bool {
    let module = context.module;
    let reached = owners::reach(context, &[teardown]);
    // `Base.close(self)`
    let base = module.functions[teardown].this.and_then(|class| module.classes[class].bases.first());
    let name = module.functions[teardown].name.as_ref();
    let explicit = base.zip(name).map(|(base, name)| (base.name.last(), name));
    // `shutdownBasics()` of the base class: a part of its teardown.
    let inherited = |site: &crate::analyses::context::CallSite| match module.kind(site.expr) {
        ExprKind::Call { callee, .. } => match module.kind(*callee) {
            ExprKind::Member { object, name, .. } => {
                matches!(module.kind(*object), ExprKind::This(_))
                    && module.local_function(*callee).is_none()
                    && name.contains(function_name(context, teardown).as_str())
            }
            _ => false,
        },
        _ => false,
    };
    if context.sites.iter().any(|site| reached.contains(&site.function) && inherited(site)) {
        return true;
    }
    reached.iter().any(|function| {
        let span = module.functions[*function].span;
        let text = context.source.slice(span);
        let named = explicit.as_ref().is_some_and(|(base, name)| {
            text.contains(&format!("{base}.{name}(")) || text.contains(&format!("{base}.prototype.{name}."))
        });
        text.contains("super") || named
    })
}

fn function_name(context: &Context<'_>, function: FunctionId) -> String {
    context.module.functions[function].name.as_ref().map(ToString::to_string).unwrap_or_default()
}
