//! A teardown that forgets one of what its owner holds: a field whose like is released, or a base class.
//!
//! An owned object dies with its owner, so that a class which merely has a `dispose` is no evidence. What counts is
//! that instances of the very class are released elsewhere, or that they hold something of a known kind.

use rustc_hash::FxHashSet;

use super::overrides::{is_whole, no_super};
use crate::analyses::context::{Context, Use};
use crate::analyses::owners::{self, Lifecycle};
use crate::analyses::pairing::owner::fields::{others, remade};
use crate::analyses::pairing::owner::releases::{answers, is_handled};
use crate::analyses::story::Story;
use crate::catalogue::words::owners::{ends, is_event_source, is_recipe};
use crate::catalogue::{Acquire, Analysis};
use crate::finding::{Confidence, StepKind};
use crate::lang::Family;
use crate::model::{ClassId, ExprId, ExprKind, Field, FunctionId, Literal, Place, QualifiedName, Root};
use crate::project::{Candidate, Facts, Question};

/// Adds what the teardowns of the file's classes leave out.
pub fn collect(context: &Context<'_>, facts: &mut Facts) {
    let module = context.module;
    let ended = ended_types(context);
    for (class, data) in module.classes.iter() {
        let cycle = owners::lifecycle(context, class);
        let ends = cycle.framework.is_some() && registers(context, class);
        if cycle.teardowns.is_empty() && !ends {
            continue;
        }
        let reached = owners::reach(context, &cycle.teardowns);
        for field in data.fields.iter().filter(|field| !field.is_static) {
            let candidate = forgotten(context, class, &cycle, &reached, field, &ended)
                .or_else(|| others::released(context, class, &cycle, &reached, field))
                .or_else(|| remade::judge(context, class, &cycle, &reached, field));
            // A class above may release what this one fills.
            facts.candidates.extend(candidate.map(|mut candidate| {
                let above = data.bases.iter().map(|base| Question::HierarchyReleases {
                    class: base.name.clone().into(),
                    member: field.name.clone(),
                });
                candidate.unless.extend(above);
                candidate
            }));
        }
        let own = cycle.teardowns.iter().filter(|teardown| data.methods.contains(teardown));
        facts.candidates.extend(own.filter_map(|teardown| no_super(context, class, &cycle, *teardown)));
    }
}

/// Whether the class gives some of what it makes to an owner: `this._register(…)`, or `this.register(…)` of its base.
fn registers(context: &Context<'_>, class: ClassId) -> bool {
    let module = context.module;
    let of_base = |site: &crate::analyses::context::CallSite| {
        let inherited = site.shape.method.as_deref().is_some_and(|name| module.class_function(class, name).is_none());
        inherited && owners::registered(context, site).is_some()
    };
    context.family() == crate::lang::Family::JavaScript
        && context.sites.iter().any(|site| {
            module.functions[site.function].this == Some(class) && (!site.sinks.is_empty() || of_base(site))
        })
}

/// A type that some class of the file keeps in a field and releases in its teardown, with the place of that release.
struct Ended {
    ty: QualifiedName,
    class: ClassId,
    call: ExprId,
    method: crate::model::Name,
}

fn ended_types(context: &Context<'_>) -> Vec<Ended> {
    let module = context.module;
    let mut found = Vec::new();
    for site in &context.sites {
        found.extend(registered(context, site));
        found.extend(handed(context, site));
        let Some(method) = site.shape.method.clone().filter(|method| releases(method)) else { continue };
        let ExprKind::Call { callee, .. } = module.kind(site.expr) else { continue };
        let ExprKind::Member { object, .. } = module.kind(*callee) else { continue };
        let Some(Place { root: Root::This(class), path }) = context.place(*object) else { continue };
        let Some(field) = path.strip_prefix('.').and_then(|name| module.field(class, name)) else { continue };
        // `if (model instanceof AutoCloseable it) it.close()`: whether it is one, nobody knows.
        let tested = match module.kind(*object) {
            ExprKind::Variable(id) => module.variables[*id].ty.as_ref(),
            _ => None,
        };
        if tested.is_some_and(|tested| field.ty.as_ref().is_some_and(|ty| ty.name != tested.name)) {
            continue;
        }
        found.extend(made(context, field).map(|(_, ty)| Ended { ty, class, call: site.expr, method: method.clone() }));
    }
    found
}

/// `this._register(new T())`: another `T` of the file has an owner that ends it.
fn registered(context: &Context<'_>, site: &crate::analyses::context::CallSite) -> Option<Ended> {
    let module = context.module;
    let sink = site.sinks.first()?;
    let argument = context.part(site.expr, &sink.argument).map(|argument| module.peel(argument))?;
    let made = context.site_of(argument).filter(|made| made.shape.constructs)?;
    let class = module.functions[site.function].this?;
    Some(Ended { ty: made.shape.path.clone()?, class, call: site.expr, method: site.shape.method.clone()? })
}

/// `this.toDispose.push(this.onMoved)`, where a field holds what `new T()` made.
fn handed(context: &Context<'_>, site: &crate::analyses::context::CallSite) -> Vec<Ended> {
    let module = context.module;
    let Some(class) = module.functions[site.function].this.filter(|_| !site.sinks.is_empty()) else {
        return Vec::new();
    };
    let mut queue: Vec<ExprId> = site.sinks.iter().filter_map(|sink| context.part(site.expr, &sink.argument)).collect();
    let mut found = Vec::new();
    while let Some(value) = queue.pop() {
        let value = module.peel(value);
        if let ExprKind::List { items, .. } = module.kind(value) {
            queue.extend(items);
            continue;
        }
        let Some(Place { root: Root::This(owner), path }) = context.place(value) else { continue };
        let field = path.strip_prefix('.').and_then(|name| module.field(owner, name));
        if let Some((_, ty)) = field.and_then(|field| made(context, field)) {
            let method = site.shape.method.clone().unwrap_or_default();
            found.push(Ended { ty, class, call: site.expr, method });
        }
    }
    found
}

/// The strict teardown verbs: those that no one calls on what needs none.
pub fn releases(method: &str) -> bool {
    matches!(
        method,
        "dispose"
            | "close"
            | "destroy"
            | "shutdown"
            | "stop"
            | "terminate"
            | "unsubscribe"
            | "disconnect"
            | "cancel"
            | "cleanup"
            | "release"
    )
}

/// The one `new T(…)` that fills a field, and T.
fn made(context: &Context<'_>, field: &Field) -> Option<(ExprId, QualifiedName)> {
    let module = context.module;
    let values: Vec<ExprId> = field
        .values
        .iter()
        .map(|value| context.definition(*value))
        .filter(|value| !matches!(module.kind(*value), ExprKind::Literal(Literal::Null)))
        .filter(|value| !matches!(module.kind(*value), ExprKind::Global(name) if name == "undefined"))
        .collect();
    let [value] = values.as_slice() else { return None };
    let site = context.site_of(*value)?;
    (site.shape.constructs && site.acquires.is_empty()).then_some(())?;
    // `attrs.Factory(dict)` says how the value is made.
    if context.family() == Family::Python && site.shape.path.as_ref().is_some_and(|path| is_recipe(path.last())) {
        return None;
    }
    Some((*value, site.shape.path.clone().filter(|path| !path.last().is_empty())?))
}

fn forgotten(
    context: &Context<'_>,
    class: ClassId,
    cycle: &Lifecycle,
    reached: &FxHashSet<FunctionId>,
    field: &Field,
    ended: &[Ended],
) -> Option<Candidate> {
    let module = context.module;
    let (value, ty) = made(context, field)?;
    // `@Input() store = new Store()`: who uses the component gives another one.
    if context.family() == Family::JavaScript && !field.annotations.is_empty() || has_other_owner(context, value) {
        return None;
    }
    let place = Place { root: Root::This(class), path: crate::model::Name::from(format!(".{}", field.name)) };
    if is_handled(context, reached, &place, &[])
        || released_anywhere(context, class, field)
        || is_handed_on(context, class, field)
        || twin_name(context, class, value).is_some_and(|twin| {
            let place = Place { root: Root::This(class), path: crate::model::Name::from(format!(".{}", twin.name)) };
            is_handled(context, reached, &place, &[]) || released_anywhere(context, class, twin)
        })
    {
        return None;
    }
    // A class of this file that holds nothing dies with its owner.
    if module.local_class(&ty).is_some_and(|local| !answers::reaches_outside(context, local, 4)) {
        return None;
    }
    // `cancel` and the like end what runs, and not the object.
    let ends = |name: &crate::model::Name| {
        context.family() != Family::JavaScript
            || is_whole(context, cycle, name)
            || ["close", "stop", "terminate"].contains(&name.as_str())
    };
    if !cycle.teardowns.is_empty()
        && !cycle.teardowns.iter().any(|teardown| module.functions[*teardown].name.as_ref().is_none_or(ends))
    {
        return None;
    }
    if cycle.singleton && cycle.framework.is_none() && context.family() == Family::JavaScript {
        return None;
    }
    let function = context.function_of(value)?;
    let acquire = teardown_kind();
    let story = Story::new(context, value, function, &acquire, Analysis::Pairing)?;
    let owner = module.classes[class].name.clone().unwrap_or_default();
    let story = match cycle.teardowns.first().map(|teardown| &module.functions[*teardown]) {
        Some(teardown) => {
            let name = teardown.name.as_ref().map_or_else(|| "the cleanup".to_owned(), |name| format!("`{name}`"));
            story.message(format!("{name} of `{owner}` does not release `{}`, a `{}`", field.name, ty.last())).step(
                StepKind::Missed,
                teardown.name_span,
                format!("{name} does not touch `{}`", field.name),
            )
        }
        None => story
            .message(format!("`{owner}` never releases `{}`, a `{}`, and has no teardown", field.name, ty.last()))
            .step(StepKind::Missed, module.classes[class].name_span, format!("`{owner}` has no teardown")),
    };
    let script = context.family() == crate::lang::Family::JavaScript;
    let twin = ended.iter().find(|other| {
        other.ty == ty
            && (other.class != class && !script || other.class == class && !ends_field(context, other, &field.name))
    });
    // An emitter holds those who listen to it and dies with its owner, whatever its siblings do.
    let passive = script && is_event_source(ty.last());
    let confidence = if passive { Confidence::Low } else { Confidence::Medium };
    if let Some(twin) = twin {
        return Some(
            story
                .confidence(
                    confidence,
                    format!("another `{}` of this file is released by `{}()`", ty.last(), twin.method),
                )
                .step(StepKind::Released, context.span(twin.call), "another one is released here")
                .end(),
        );
    }
    // A class of the project that itself holds something outside.
    let story = story.confidence(
        confidence,
        format!("an instance of `{}` holds something that its own teardown releases", ty.last()),
    );
    if script && module.local_class(&ty).is_some_and(|local| answers::must_close(context, local)) {
        return Some(story.end());
    }
    if ty.is_unresolved() && context.family() != Family::Java || ty.module.is_empty() {
        return None;
    }
    Some(story.only_if(Question::MustClose { class: ty.into() }).end())
}

fn ends_field(context: &Context<'_>, ended: &Ended, field: &str) -> bool {
    let ExprKind::Call { callee, .. } = context.module.kind(ended.call) else { return false };
    let ExprKind::Member { object, .. } = context.module.kind(*callee) else { return false };
    context.place(*object).is_some_and(|place| place.only_field() == Some(field))
}

/// Whether any method of the class ends what the field holds: then the owner knows, and the teardown may be elsewhere.
fn released_anywhere(context: &Context<'_>, class: ClassId, field: &Field) -> bool {
    context.field_uses(class, &field.name).iter().any(|named| match context.uses(*named) {
        Use::Receiver(call) => context.site_of(call).and_then(|site| site.shape.method.as_deref()).is_some_and(ends),
        Use::Called(_) => true,
        _ => false,
    })
}

/// `pool = fast = new Pool()`: the other field, which holds the same object.
fn twin_name<'c>(context: &'c Context<'_>, class: ClassId, value: ExprId) -> Option<&'c Field> {
    let inner = context.parent(value)?;
    let ExprKind::Assign { .. } = context.module.kind(inner) else { return None };
    let Use::Stored(outer) = context.uses(inner) else { return None };
    let place = context.place(outer).filter(|place| place.root == Root::This(class))?;
    context.module.field(class, place.only_field()?)
}

/// Whether the field's value goes to someone who may end it.
#[must_use]
pub fn is_handed_on(context: &Context<'_>, class: ClassId, field: &Field) -> bool {
    context.field_uses(class, &field.name).iter().any(|named| {
        is_made_a_child(context, *named)
            || !context.is_target(*named)
                && matches!(
                    context.uses(*named),
                    Use::Argument(..) | Use::Returned | Use::Element(_) | Use::Stored(_) | Use::Yielded | Use::Opaque
                )
    })
}

/// `self.pool.setParent(self)`: the owner goes over its children when it ends.
fn is_made_a_child(context: &Context<'_>, named: ExprId) -> bool {
    let Use::Receiver(call) = context.uses(named) else { return false };
    let ExprKind::Call { arguments, .. } = context.module.kind(call) else { return false };
    let name = context.site_of(call).and_then(|site| site.shape.method.as_deref()).unwrap_or_default();
    name.to_ascii_lowercase().contains("parent")
        && arguments.iter().any(|argument| matches!(context.module.kind(argument.value), ExprKind::This(_)))
}

/// Whether what a field is given goes elsewhere too: `const view = (this.view = new View()); layout.addWidget(view)`.
#[must_use]
pub fn has_other_owner(context: &Context<'_>, value: ExprId) -> bool {
    let module = context.module;
    // `new Controller(this)`: whoever is given its host lets the host end it.
    if context.family() == Family::JavaScript
        && let ExprKind::Call { arguments, .. } = module.kind(module.peel(value))
        && (arguments.first().is_some_and(|first| matches!(module.kind(module.peel(first.value)), ExprKind::This(_)))
            || arguments.iter().any(|argument| is_list_of_ends(context, argument.value)))
    {
        return true;
    }
    let mut at = value;
    while let Some(parent) = context.parent(at) {
        match module.kind(parent) {
            ExprKind::Assign { target, value, .. } if module.peel(*value) == module.peel(at) || *value == at => {
                if let ExprKind::Variable(id) = module.kind(*target)
                    && context
                        .reads(*id)
                        .iter()
                        .any(|read| matches!(context.uses(*read), Use::Argument(..) | Use::Returned | Use::Element(_)))
                {
                    return true;
                }
                at = parent;
            }
            ExprKind::Cast { .. } => at = parent,
            // `this.toDispose.push(this.zone = new Zone())`
            ExprKind::Call { .. } | ExprKind::List { .. } => return at != value,
            _ => return false,
        }
    }
    false
}

/// What a finding about a forgotten field is about.
#[must_use]
pub fn teardown_kind() -> Acquire {
    Acquire::plain("teardown", "object with a teardown", crate::catalogue::Part::Result)
}

/// Whether a value has the owner's list of what ends with it: `new Support({ toDispose: this.toDispose })`.
fn is_list_of_ends(context: &Context<'_>, value: ExprId) -> bool {
    let module = context.module;
    match module.kind(module.peel(value)) {
        ExprKind::Object(properties) => properties.iter().any(|property| is_list_of_ends(context, property.value)),
        ExprKind::Member { object, name, .. } => {
            matches!(module.kind(*object), ExprKind::This(_)) && name.to_lowercase().contains("dispos")
        }
        _ => false,
    }
}
