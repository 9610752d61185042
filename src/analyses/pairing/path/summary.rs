//! What the functions of a file do with what they are given, as far as their callers care.

use std::cell::RefCell;

use la_arena::ArenaMap;
use rustc_hash::{FxHashMap, FxHashSet};

use super::calls::elsewhere;
use super::raises::{self, Level};
use super::words;
use crate::analyses::context::{CallSite, Context, Use};
use crate::catalogue::{Acquire, Part};
use crate::lang::Family;
use crate::model::{
    ClassId, ClassKind, ExprId, ExprKind, FunctionId, FunctionKind, Literal, Name, Step, VariableId, VariableKind,
};
use crate::project::{Facts, FunctionFact};

/// How many calls and variables are followed.
const DEPTH: u8 = 4;

/// What a function does with one parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// Released on some path.
    pub released: bool,
    /// Stored, returned, or handed to someone who may keep it.
    pub kept: bool,
    /// Read to its end, where a stream of a file closes itself and a socket does not.
    pub consumed: bool,
}

impl Fate {
    const RELEASED: Self = Self { released: true, kept: false, consumed: false };
    const KEPT: Self = Self { released: false, kept: true, consumed: false };
    const CONSUMED: Self = Self { released: false, kept: false, consumed: true };

    /// What becomes of it where both may happen.
    fn or(self, other: Self) -> Self {
        Self {
            released: self.released || other.released,
            kept: self.kept || other.kept,
            consumed: self.consumed || other.consumed,
        }
    }

    /// Whether what was acquired so comes to its end.
    #[must_use]
    pub fn ends(self, acquire: &Acquire) -> bool {
        self.released || self.consumed && ends_when_read(acquire)
    }
}

/// Whether whoever listens to its events reads it to its end, and closes it by that.
#[must_use]
pub fn ends_when_read(acquire: &Acquire) -> bool {
    acquire.closes.iter().any(|close| close == "on")
}

/// The functions of one file.
#[derive(Debug, Default)]
pub struct Summaries {
    throws: FxHashSet<FunctionId>,
    fates: FxHashMap<VariableId, Fate>,
    /// The call sites of each function, nested functions not included.
    sites: FxHashMap<FunctionId, Vec<usize>>,
    children: ArenaMap<FunctionId, Vec<FunctionId>>,
}

impl Summaries {
    #[must_use]
    pub fn new(context: &Context<'_>) -> Self {
        let mut summaries = Self::default();
        for (index, site) in context.sites.iter().enumerate() {
            summaries.sites.entry(site.function).or_default().push(index);
        }
        for (id, function) in context.module.functions.iter() {
            if let Some(parent) = function.parent {
                match summaries.children.get_mut(parent) {
                    Some(children) => children.push(id),
                    None => {
                        summaries.children.insert(parent, vec![id]);
                    }
                }
            }
        }
        summaries.find_throws(context);
        let fates = Fates { context, known: RefCell::default() };
        for (_, function) in context.module.functions.iter() {
            for parameter in &function.parameters {
                let fate = fates.fate(*parameter, DEPTH);
                if fate != Fate::default() {
                    summaries.fates.insert(*parameter, fate);
                }
            }
        }
        summaries
    }

    /// Whether a throw, I/O or a database call is reached in a function's body.
    #[must_use]
    pub fn throws(&self, function: FunctionId) -> bool {
        self.throws.contains(&function)
    }

    /// What a function does with the variable that is its parameter.
    #[must_use]
    pub fn fate(&self, parameter: VariableId) -> Fate {
        self.fates.get(&parameter).copied().unwrap_or_default()
    }

    /// What the methods that a call may run do with one of its arguments; none where no parameter gets it.
    #[must_use]
    pub fn argument(
        &self,
        context: &Context<'_>,
        site: &CallSite,
        function: FunctionId,
        keyword: Option<&str>,
        index: u16,
    ) -> Option<Fate> {
        let parameters = parameters(context, site.expr, function, keyword, index);
        parameters.into_iter().map(|parameter| self.fate(parameter)).reduce(Fate::or)
    }

    /// The call sites in a function's body and in the functions that stand in it.
    #[must_use]
    pub fn sites_within<'c>(&self, context: &'c Context<'_>, function: FunctionId) -> Vec<&'c CallSite> {
        let mut found = Vec::new();
        let mut queue = vec![function];
        while let Some(function) = queue.pop() {
            found.extend(self.sites.get(&function).into_iter().flatten().map(|index| &context.sites[*index]));
            queue.extend(self.children.get(function).into_iter().flatten());
        }
        found
    }

    fn find_throws(&mut self, context: &Context<'_>) {
        for (id, function) in context.module.functions.iter() {
            let java = context.family() == Family::Java;
            let throws = |step: &Step| match step {
                Step::Throw(Some(value), _) => !java || !is_complaint(context, *value),
                Step::Throw(None, _) => true,
                _ => false,
            };
            let explicit =
                function.cfg.blocks.iter().any(|(_, block)| block.catches == 0 && block.steps.iter().any(throws));
            // A body that calls nothing which could throw declares it for the sake of its overrides.
            let declared =
                !function.throws.is_empty() && (!java || function.is_abstract || self.may_throw(context, id));
            if declared || explicit {
                self.throws.insert(id);
            }
        }
        // Calls: until nothing changes, which for real files takes two or three rounds.
        for _ in 0..6 {
            let before = self.throws.len();
            for site in &context.sites {
                let function = &context.module.functions[site.function];
                let awaited = function.is_async && matches!(context.family(), crate::lang::Family::JavaScript);
                if site.catches > 0
                    || self.throws.contains(&site.function)
                    || awaited && self.throws.contains(&site.function)
                {
                    continue;
                }
                let ExprKind::Call { callee, .. } = context.module.kind(site.expr) else { continue };
                if raises::site_level(self, context, site, *callee) == Some(Level::Likely) {
                    self.throws.insert(site.function);
                }
            }
            if self.throws.len() == before {
                break;
            }
        }
    }

    /// Whether a body makes a call of which it is not known that it cannot throw.
    fn may_throw(&self, context: &Context<'_>, function: FunctionId) -> bool {
        self.sites_within(context, function).into_iter().any(|site| {
            let ExprKind::Call { callee, constructs, .. } = context.module.kind(site.expr) else { return false };
            let name = raises::name_of(context, site, *callee);
            let calm =
                words::is_harmless(&name) && site.borrows.is_empty() || *constructs && words::is_plain_type(&name);
            !calm
        })
    }

    /// Writes what callers in other files want to know.
    pub fn publish(&self, context: &Context<'_>, returned: &FxHashMap<FunctionId, (Name, Name)>, facts: &mut Facts) {
        for (id, function) in context.module.functions.iter() {
            if function.name.is_none() || matches!(function.kind, FunctionKind::Module | FunctionKind::FieldInitializer)
            {
                continue;
            }
            let mut fact = FunctionFact {
                throws: self.throws(id),
                returns: returned.get(&id).cloned(),
                gives: super::acquire::gives::gives(context, id),
                lends: super::acquire::gives::lends(context, id),
                span: function.name_span,
                ..FunctionFact::default()
            };
            for (index, parameter) in function.parameters.iter().enumerate() {
                let fate = self.fate(*parameter);
                let index = u16::try_from(index).unwrap_or(u16::MAX);
                if fate.released {
                    fact.releases.push(index);
                }
                if fate.kept {
                    fact.keeps.push(index);
                }
                if fate.consumed {
                    fact.consumes.push(index);
                }
                if !fate.released && !fate.kept && uses_stream(context, id, *parameter) {
                    fact.leaves.push(index);
                }
            }
            if fact.throws
                || fact.returns.is_some()
                || fact.lends
                || !fact.gives.is_empty()
                || !fact.releases.is_empty()
                || !fact.keeps.is_empty()
                || !fact.consumes.is_empty()
                || !fact.leaves.is_empty()
            {
                // Overloads answer together.
                let known = facts.functions.entry(Name::from(context.symbol(id))).or_default();
                known.throws |= fact.throws;
                known.lends |= fact.lends;
                known.gives.extend(fact.gives);
                known.returns = known.returns.take().or(fact.returns);
                known.releases.extend(fact.releases);
                known.keeps.extend(fact.keeps);
                known.consumes.extend(fact.consumes);
                known.leaves.extend(fact.leaves);
                known.span = fact.span;
            }
        }
        for fact in facts.functions.values_mut() {
            for list in [&mut fact.releases, &mut fact.keeps, &mut fact.consumes, &mut fact.leaves] {
                list.sort_unstable();
                list.dedup();
            }
        }
    }
}

/// Whether a parameter of Java is declared to be a stream, and the body of its function uses it.
fn uses_stream(context: &Context<'_>, function: FunctionId, parameter: VariableId) -> bool {
    let stream = context.module.variables[parameter].ty.as_ref().is_some_and(|ty| words::wraps_stream(ty.name.last()));
    stream
        && context.family() == Family::Java
        && !context.module.functions[function].is_abstract
        && !context.reads(parameter).is_empty()
}

/// Whether what is thrown complains of a wrong argument or of the program itself: callers that are right never see it.
pub(super) fn is_complaint(context: &Context<'_>, value: ExprId) -> bool {
    let module = context.module;
    let ty = module.type_of(value).map(|ty| ty.name.last().to_owned());
    ty.or_else(|| module.path(value).map(|path| path.last().to_owned())).is_some_and(|name| words::is_complaint(&name))
}

/// Follows values through variables and the functions of the file.
struct Fates<'a> {
    context: &'a Context<'a>,
    /// What is known of a variable, by how much further it was followed: functions that call each other have very many
    /// ways through them.
    known: RefCell<FxHashMap<(VariableId, u8), Fate>>,
}

impl Fates<'_> {
    /// What becomes of the value of a variable wherever it is read.
    fn fate(&self, variable: VariableId, depth: u8) -> Fate {
        if is_field(self.context, variable) {
            return Fate::KEPT;
        }
        let mut fate = Fate::default();
        let Some(depth) = depth.checked_sub(1) else { return fate };
        if let Some(known) = self.known.borrow().get(&(variable, depth)) {
            return *known;
        }
        for read in self.context.reads(variable) {
            let found = self.use_fate(*read, depth);
            fate = fate.or(found);
            fate.kept |= in_object(self.context, variable, *read);
        }
        self.known.borrow_mut().insert((variable, depth), fate);
        fate
    }

    fn use_fate(&self, value: ExprId, depth: u8) -> Fate {
        let context = self.context;
        let module = context.module;
        match context.uses(value) {
            Use::Entered => Fate::RELEASED,
            Use::Returned | Use::Yielded | Use::Opaque => Fate::KEPT,
            Use::Element(list) => match context.uses(list) {
                Use::Iterated => Fate::default(),
                Use::Stored(target) => self.stored(target, depth),
                _ => Fate::KEPT,
            },
            Use::Receiver(call) => match module.kind(call) {
                ExprKind::Call { callee, .. } => match module.kind(*callee) {
                    ExprKind::Member { name, .. } if words::closes(name) => Fate::RELEASED,
                    ExprKind::Member { .. } if consumes(context, call) => Fate::CONSUMED,
                    ExprKind::Member { name, .. } if context.family() == Family::Java && words::enrols(name) => {
                        Fate::KEPT
                    }
                    _ => Fate::default(),
                },
                _ => Fate::default(),
            },
            Use::Stored(target) => self.stored(target, depth),
            Use::Argument(call, index) => self.argument_fate(value, call, index, depth),
            Use::Called(_) => Fate::RELEASED,
            // `x.close` as a value: somebody will call it.
            Use::Read(member) => match module.kind(member) {
                ExprKind::Member { name, .. } | ExprKind::MethodReference { name, .. } if words::closes(name) => {
                    Fate::RELEASED
                }
                _ => Fate::default(),
            },
            _ => Fate::default(),
        }
    }

    fn stored(&self, target: ExprId, depth: u8) -> Fate {
        let context = self.context;
        match context.module.kind(target) {
            ExprKind::Variable(id) if context.module.variables[*id].kind == VariableKind::Local => {
                self.fate(*id, depth)
            }
            _ => Fate::KEPT,
        }
    }

    fn argument_fate(&self, value: ExprId, call: ExprId, index: u16, depth: u8) -> Fate {
        let context = self.context;
        let module = context.module;
        let Some(site) = context.site_of(call) else { return Fate::default() };
        let ExprKind::Call { callee, constructs, arguments, .. } = module.kind(call) else { return Fate::default() };
        let given = |part: &crate::catalogue::Part| context.stands_in(call, part, value);
        if site.releases.iter().any(|release| release.handle.as_ref().is_some_and(given)) {
            return Fate::RELEASED;
        }
        if site.sinks.iter().any(|sink| given(&sink.argument)) {
            return Fate::KEPT;
        }
        if site.wrappers.iter().any(|wrapper| given(&wrapper.argument)) {
            return self.use_fate(call, depth);
        }
        let name = raises::name_of(context, site, *callee);
        if words::closes_argument(&name) {
            return Fate::RELEASED;
        }
        if matches!(name.as_str(), "requireNonNull" | "checkNotNull" | "ofNullable" | "notNull") {
            return self.use_fate(call, depth);
        }
        // `super(in)`: what the class above is made of, it has, and what is set in it.
        let set =
            context.family() == Family::Python && words::is_setter(&name) && elsewhere::is_of_base(context, *callee);
        if set || matches!(module.kind(*callee), ExprKind::This(_) | ExprKind::Super) {
            return Fate::KEPT;
        }
        if let Some(function) = module.local_function(*callee) {
            let keyword = arguments.get(usize::from(index)).and_then(|argument| argument.name.as_deref());
            let mut all = Fate::default();
            for parameter in parameters(context, call, function, keyword, index) {
                let found = self.fate(parameter, depth);
                all = all.or(found);
            }
            return all;
        }
        // `return Records.builder(buffer)`: the caller gets something that is made around it.
        let made = context.uses(call) == Use::Returned
            && ["build", "wrap", "create", "new", "with", "as", "of"].iter().any(|verb| name.starts_with(verb));
        if made && context.family() == Family::Java {
            return Fate::KEPT;
        }
        // `send(stream) { return this.inner.send(stream) }`: another object of the same kind does what this one was asked.
        let around = context.function_of(call).and_then(|function| module.functions[function].name.as_deref());
        let delegates = around == Some(&name) && matches!(module.kind(*callee), ExprKind::Member { .. });
        if *constructs || delegates || words::inserts(&name) || words::hands_on(&name) {
            Fate::KEPT
        } else {
            Fate::default()
        }
    }
}

/// `constructor(private readonly client: Client)`: the parameter is a field as well.
fn is_field(context: &Context<'_>, variable: VariableId) -> bool {
    let module = context.module;
    let is_it = |value: &ExprId| matches!(module.kind(*value), ExprKind::Variable(id) if *id == variable);
    let class = module.functions[module.variables[variable].function].this;
    context.family() == Family::JavaScript
        && class.is_some_and(|class| module.classes[class].fields.iter().any(|field| field.values.iter().any(is_it)))
}

/// `stream.on('data', …)`: a stream of Node that flows is read to its end, or until it fails.
fn consumes(context: &Context<'_>, call: ExprId) -> bool {
    let event = context.part(call, &Part::Argument(0)).map(|event| context.module.kind(event));
    context.family() == Family::JavaScript
        && matches!(event, Some(ExprKind::Literal(Literal::String(event))) if event == "data")
        && context.site_of(call).and_then(|site| site.shape.method.as_deref()) == Some("on")
}

/// Whether a method of an anonymous class names a variable around it: its object has the value.
fn in_object(context: &Context<'_>, variable: VariableId, read: ExprId) -> bool {
    let module = context.module;
    let Some(function) = context.function_of(read).filter(|at| *at != module.variables[variable].function) else {
        return false;
    };
    let anonymous = |class: ClassId| module.classes[class].kind == ClassKind::Anonymous;
    context.family() == Family::Java
        && std::iter::successors(Some(function), |at| module.functions[*at].parent)
            .take_while(|at| *at != module.variables[variable].function)
            .any(|at| module.functions[at].this.is_some_and(anonymous))
}

/// The parameters that an argument may become, where the name of the function stands for several.
#[must_use]
pub fn parameters(
    context: &Context<'_>,
    call: ExprId,
    function: FunctionId,
    keyword: Option<&str>,
    index: u16,
) -> Vec<VariableId> {
    let module = context.module;
    let ExprKind::Call { arguments, .. } = module.kind(call) else { return Vec::new() };
    let Some(index) = index.checked_sub(u16::from(is_unbound(context, call))) else { return Vec::new() };
    let functions = overloads(context, function, arguments.len());
    let mut found: Vec<VariableId> =
        functions.iter().filter_map(|function| parameter(context, *function, keyword, index)).collect();
    // The one of the very type, if there is one.
    let given = arguments.get(usize::from(index)).and_then(|argument| module.type_of(argument.value));
    let exact = |id: &VariableId| {
        let ty = module.variables[*id].ty.as_ref();
        ty.zip(given.as_ref()).is_some_and(|(wanted, given)| wanted.name.last() == given.name.last())
    };
    if found.iter().any(exact) {
        found.retain(exact);
    }
    found
}

/// `Base.__init__(self, file)`: the first argument is the object.
fn is_unbound(context: &Context<'_>, call: ExprId) -> bool {
    let module = context.module;
    let ExprKind::Call { callee, arguments, .. } = module.kind(call) else { return false };
    let ExprKind::Member { object, .. } = module.kind(*callee) else { return false };
    context.family() == Family::Python
        && module.path(*object).is_some_and(|path| module.local_class(&path).is_some())
        && arguments.first().is_some_and(|first| matches!(module.kind(first.value), ExprKind::This(_)))
}

/// The methods that a call of this many arguments may run, where the name stands for several of one class.
#[must_use]
pub fn overloads(context: &Context<'_>, function: FunctionId, arguments: usize) -> Vec<FunctionId> {
    let module = context.module;
    let data = &module.functions[function];
    let class = data.this.filter(|class| module.classes[*class].methods.contains(&function));
    let (Some(class), Some(name), Family::Java) = (class, &data.name, context.family()) else { return vec![function] };
    let methods = module.classes[class].methods.iter().copied();
    let found: Vec<FunctionId> = methods
        .filter(|method| module.functions[*method].name.as_ref() == Some(name))
        .filter(|method| module.functions[*method].parameters.len() == arguments)
        .collect();
    if found.is_empty() { vec![function] } else { found }
}

/// Whether a method of the class takes so many arguments; a class above may have the one that does.
#[must_use]
pub fn fits(context: &Context<'_>, function: FunctionId, arguments: usize) -> bool {
    let module = context.module;
    context.family() != Family::Java
        || overloads(context, function, arguments).into_iter().any(|method| {
            let parameters = &module.functions[method].parameters;
            let rest = parameters.last().and_then(|last| module.variables[*last].ty.as_ref());
            parameters.len() == arguments
                || rest.is_some_and(|ty| ty.name.last() == "Array") && arguments + 1 >= parameters.len()
        })
}

/// The parameter that an argument becomes.
#[must_use]
pub fn parameter(context: &Context<'_>, function: FunctionId, keyword: Option<&str>, index: u16) -> Option<VariableId> {
    let parameters = &context.module.functions[function].parameters;
    match keyword {
        Some(name) => parameters.iter().copied().find(|parameter| context.module.variables[*parameter].name == name),
        None => parameters.get(usize::from(index)).copied(),
    }
}
