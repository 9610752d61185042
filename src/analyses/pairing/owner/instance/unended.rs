//! A field that holds something open in a class without any teardown: nobody can ever end it.

use crate::analyses::context::{Context, Use};
use crate::analyses::growth;
use crate::analyses::owners::{Lifecycle, commands};
use crate::analyses::pairing::owner::releases::member_name;
use crate::analyses::pairing::owner::source::attached;
use crate::analyses::pairing::owner::{Case, ON_PATHS, free};
use crate::analyses::runs::{Runs, runs};
use crate::analyses::story::{Story, what};
use crate::catalogue::Analysis;
use crate::catalogue::words::owners as words;
use crate::finding::{Confidence, StepKind};
use crate::lang::{Family, Language};
use crate::model::{
    ClassId, ClassKind, ExprId, ExprKind, FunctionKind, Literal, Place, QualifiedName, Root, VariableKind, Visibility,
};
use crate::project::{Candidate, Question};

/// The verdict on what an instance keeps for itself alone and cannot release.
pub fn judge(case: &Case<'_>, class: ClassId, cycle: &Lifecycle) -> Option<Candidate> {
    let context = case.context;
    let module = context.module;
    let data = &module.classes[class];
    let kind = case.acquire.kind.as_str();
    if case.acquire.once
        || case.acquire.finalized
        || of_its_base(case, class)
        || !(ON_PATHS.contains(&kind) || kind == "timer")
        || matches!(kind, "client" | "lock" | "transaction")
    {
        return None;
    }
    if cycle.singleton || data.is_abstract || data.kind != ClassKind::Class || is_program(case, class) {
        return None;
    }
    if !case.releases.is_empty() || runs(context, case.site.function) == Runs::Once {
        return None;
    }
    if attached::is_of_given(case) {
        return None;
    }
    let place = case.holding.fields().find(|place| place.root == Root::This(class))?;
    if is_inherited(context, class, place) {
        return None;
    }
    let fields: Vec<&Place> = case.holding.fields().filter(|place| place.root == Root::This(class)).collect();
    if fields.iter().any(|place| leaves(context, class, place, case.acquire.entered)) {
        return None;
    }
    // A robot or player is there as long as the program, and what it is spoken to through.
    if is_switched_off(context, case.site.expr) || commands(context, class) {
        return None;
    }
    let (mut confidence, mut reason) = confidence(case, class)?;
    if is_opened_when_needed(context, case.site.expr, &fields) {
        confidence = Confidence::Low;
        "it is opened when it is first needed, and kept for the next time".clone_into(&mut reason);
    }
    if is_own_at_times(context, class, case.site.expr, &fields) {
        confidence = Confidence::Low;
        "it is the caller's or the process's at other times".clone_into(&mut reason);
    }
    let story = Story::new(context, case.site.expr, case.site.function, case.acquire, Analysis::Pairing)?;
    let name = data.name.clone()?;
    let field = member_name(place)?;
    let mut candidate = story
        .message(format!(
            "the {} kept in `{field}` is never released: `{name}` has no teardown{}",
            what(case.acquire),
            free::of_its_own(module, class)
        ))
        .confidence(confidence, reason)
        .step(StepKind::Missed, data.name_span, format!("`{name}` has no method that releases `{field}`"))
        .end();
    let exported = module.variables.iter().find(|(_, variable)| variable.kind == VariableKind::Class(class));
    if context.family() == Family::JavaScript
        && exported.is_some_and(|(id, _)| context.is_exported(id) && context.reads(id).is_empty())
    {
        candidate.unless.push(Question::Unused { class: module.class_name(class).into() });
    }
    // A subclass may have the teardown, as a base class may.
    let own = std::iter::once(module.class_name(class));
    for relative in own.chain(data.bases.iter().map(|base| base.name.clone())) {
        candidate.unless.push(Question::HierarchyReleases { class: relative.into(), member: field.clone() });
    }
    Some(candidate)
}

/// `class Connection(HTTPConnection)`: the class above is itself something that must be closed, and its `close` ends
/// what a subclass puts into a public field of it.
fn of_its_base(case: &Case<'_>, class: ClassId) -> bool {
    let context = case.context;
    let public = case.holding.fields().any(|place| place.field().is_some_and(|field| !field.starts_with('_')));
    let closes = |base: &QualifiedName| {
        context.catalogue.resource_type(base, context.module, &context.scope).is_some()
            || context.catalogue.makes(base, context.module, &context.scope)
    };
    context.family() == Family::Python
        && public
        && context.module.classes[class].bases.iter().any(|base| closes(&base.name))
}

/// Whether a class above declares the field, by that this one does not: it answers for what is in it.
fn is_inherited(context: &Context<'_>, class: ClassId, place: &Place) -> bool {
    let module = context.module;
    let field = place.field().and_then(|field| module.field(class, field));
    matches!(module.language, Language::TypeScript | Language::Tsx)
        && module.classes[class].superclasses > 0
        && field.is_some_and(|field| !field.declared)
}

/// Whether other code can come by the field and release it: a getter, an argument of a constructor, a public field of Java.
fn leaves(context: &Context<'_>, class: ClassId, place: &Place, entered: bool) -> bool {
    let module = context.module;
    let Some(field) = place.field() else { return true };
    let open = module.field(class, field).is_some_and(|data| {
        context.family() == Family::Java && matches!(data.visibility, Visibility::Public | Visibility::Protected)
            || data.annotations.iter().any(|annotation| annotation.name != "SuppressWarnings")
    });
    open || is_read_from_outside(context, field)
        || context
            .field_uses(class, field)
            .iter()
            .filter(|named| !context.is_target(**named))
            .any(|named| hands_on(context, place, *named, entered, 3))
}

/// `range.data`: code of the file that has the instance by another name, as the class around a nested one has.
fn is_read_from_outside(context: &Context<'_>, field: &str) -> bool {
    let module = context.module;
    context.family() == Family::Java
        && module.exprs.iter().any(|(id, expr)| match &expr.kind {
            ExprKind::Member { object, name, .. } => {
                name == field && !matches!(module.kind(*object), ExprKind::This(_)) && !context.is_target(id)
            }
            _ => false,
        })
}

fn hands_on(context: &Context<'_>, field: &Place, named: ExprId, entered: bool, depth: u8) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    match context.uses(named) {
        // `with connection:` of Python's DB API ends a transaction.
        Use::Entered => entered,
        Use::Stored(target) => match context.module.kind(target) {
            // The field itself is given it: `self.loop = loop`.
            _ if context.place(target).is_some_and(|place| place == *field) => false,
            ExprKind::Variable(id) => {
                context.reads(*id).iter().any(|read| hands_on(context, field, *read, entered, depth))
            }
            _ => true,
        },
        Use::Returned | Use::Yielded | Use::Element(_) | Use::Opaque | Use::Called(_) => true,
        Use::Receiver(call) => method(context, call).is_some_and(words::ends_or_hands_out),
        Use::Argument(call, _) => match context.module.kind(call) {
            ExprKind::Call { constructs: true, .. } => true,
            _ => method(context, call).is_none_or(|name| words::ends_or_hands_out(name) || words::may_keep(name)),
        },
        Use::Read(member) => match context.module.kind(member) {
            ExprKind::Member { name, .. } => words::ends_or_hands_out(name),
            _ => hands_on(context, field, member, entered, depth),
        },
        _ => false,
    }
}

fn method<'a>(context: &'a Context<'_>, call: ExprId) -> Option<&'a str> {
    context.site_of(call).and_then(|site| site.shape.method.as_deref())
}

/// A class that is a program, or a test.
fn is_program(case: &Case<'_>, class: ClassId) -> bool {
    let module = case.context.module;
    let data = &module.classes[class];
    let name = data.name.as_deref().unwrap_or_default();
    name.starts_with("Test")
        || name.ends_with("Test")
        || name.ends_with("Tests")
        || name.ends_with("Benchmark")
        || data.methods.iter().any(|method| {
            module.functions[*method].is_static && module.functions[*method].name.as_deref() == Some("main")
        })
}

/// `if not self.link: self.link = connect()`: the instance means to have one as long as it is there.
fn is_opened_when_needed(context: &Context<'_>, opened: ExprId, fields: &[&Place]) -> bool {
    context.family() == Family::Python
        && growth::tests(context, opened).into_iter().any(|test| {
            let Some((tested, there)) = growth::tested(context, test.condition) else { return false };
            there != test.holds && fields.contains(&&tested)
        })
}

/// `self.out = open(path) if path else sys.stdout`: who ends the object cannot just close the field.
fn is_own_at_times(context: &Context<'_>, class: ClassId, opened: ExprId, fields: &[&Place]) -> bool {
    let module = context.module;
    let given = |value: ExprId| match module.kind(module.peel(value)) {
        ExprKind::Variable(id) => matches!(module.variables[*id].kind, VariableKind::Parameter(_)),
        ExprKind::Member { .. } => context.place(value).is_none_or(|place| !matches!(place.root, Root::This(_))),
        _ => false,
    };
    let other = |value: ExprId| match module.kind(module.peel(value)) {
        ExprKind::Conditional { then, otherwise, .. } => given(*then) || given(*otherwise),
        ExprKind::Logical { left, right, .. } => given(*left) || given(*right),
        _ => module.peel(value) != opened && given(value),
    };
    context.family() == Family::Python
        && fields
            .iter()
            .filter_map(|place| module.field(class, place.field()?))
            .any(|field| field.values.iter().any(|value| other(*value)))
}

/// `if TRACE: self.log = open(path)` where the module says `TRACE = False`: only who changes the program opens it.
fn is_switched_off(context: &Context<'_>, opened: ExprId) -> bool {
    let module = context.module;
    let off = |value: ExprId| matches!(module.kind(module.peel(value)), ExprKind::Literal(Literal::Bool(false)));
    context.family() == Family::Python
        && growth::tests(context, opened).into_iter().filter(|test| test.holds).any(|test| {
            let ExprKind::Variable(id) = module.kind(test.condition) else { return false };
            let switch = &module.variables[*id];
            switch.function == module.root && !switch.values.is_empty() && switch.values.iter().all(|value| off(*value))
        })
}

/// A file or socket an instance is lost at once; a pool of threads may well be meant for the life of the process.
fn confidence(case: &Case<'_>, class: ClassId) -> Option<(Confidence, String)> {
    let module = case.context.module;
    let lasting = matches!(case.acquire.kind.as_str(), "executor" | "timer" | "connection");
    if !lasting {
        return Some((
            Confidence::Medium,
            "the class has no teardown, and no other code can come by the field".to_owned(),
        ));
    }
    let constructors = module.classes[class]
        .methods
        .iter()
        .filter(|method| module.functions[**method].kind == FunctionKind::Constructor);
    let mut given = false;
    for constructor in constructors {
        let data = &module.functions[*constructor];
        if !data.annotations.is_empty() || data.visibility == Visibility::Private {
            return None;
        }
        // Numbers and flags are configuration; what else is given tells one instance from another.
        given |= data.parameters.iter().any(|parameter| {
            let ty = module.variables[*parameter].ty.as_ref().map(|ty| ty.name.last().to_owned());
            !matches!(ty.as_deref(), Some("int" | "long" | "boolean" | "Integer" | "Long" | "Duration" | "Properties"))
        });
    }
    // What puts off a call until things are quiet holds its owner for that long, and no longer.
    let quiet = module.language.family() == Family::JavaScript
        && case.acquire.kind == "timer"
        && !case.acquire.closes.is_empty();
    // What an instance of Python works with all its life mostly lives as long as the program.
    let runs_on = module.language.family() == Family::Python && case.acquire.kind != "connection";
    let confidence = if given && !quiet && !runs_on { Confidence::Medium } else { Confidence::Low };
    Some((confidence, "each instance has its own, and the class has no teardown".to_owned()))
}
