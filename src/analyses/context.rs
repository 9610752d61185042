//! What the analyses share about one file: who uses an expression, where each call stands, and what the catalogue
//! says of it.

mod aliases;
mod arguments;
mod sites;
mod uses;

use std::cell::RefCell;
use std::sync::Arc;

use la_arena::ArenaMap;
use rustc_hash::{FxHashMap, FxHashSet};

use super::index::{Budget, Index};
use crate::catalogue::{
    Acquire, Borrow, CallShape, Callback, Catalogue, Form, Hook, Part, Release, Scope, Sink, Wrapper,
};
use crate::lang::Family;
use crate::model::{
    BlockId, ClassId, Exported, ExprId, ExprKind, FunctionId, Module, Name, Place, QualifiedName, Root, Step,
    Terminator, VariableId, VariableKind,
};
use crate::source::{SourceFile, Span};

pub use self::uses::Use;

/// One file under analysis.
pub struct Context<'a> {
    pub source: &'a SourceFile,
    pub module: &'a Module,
    pub catalogue: &'a Catalogue,
    pub scope: Scope,
    parents: ArenaMap<ExprId, ExprId>,
    /// Lines whose calls take over their arguments, as a comment says.
    owned: FxHashSet<u32>,
    roots: FxHashMap<ExprId, Position>,
    pub sites: Vec<CallSite>,
    by_call: FxHashMap<ExprId, usize>,
    /// Where each variable is named, other than as the target of an assignment.
    reads: FxHashMap<VariableId, Vec<ExprId>>,
    /// Where each member of an instance or class of this file is named, by its place.
    fields: FxHashMap<ClassId, FxHashMap<Name, Vec<ExprId>>>,
    /// The function in whose graph an expression is evaluated.
    functions: FxHashMap<ExprId, FunctionId>,
    /// The expression that makes a function value.
    values: FxHashMap<FunctionId, ExprId>,
    /// Object literals by their span, which object owners share.
    objects: FxHashMap<Span, ExprId>,
    exported: FxHashSet<VariableId>,
    /// Variables that a field is given: the same object under two names.
    aliases: FxHashMap<VariableId, Place>,
    /// Places that were worked out: they are asked for again and again.
    places: RefCell<FxHashMap<ExprId, Option<Place>>>,
    index: Index,
    pub(in crate::analyses) budget: Budget,
}

/// A call, and what the catalogue says of it.
pub struct CallSite {
    pub expr: ExprId,
    pub function: FunctionId,
    pub block: BlockId,
    pub step: usize,
    /// How many loops of the function are around it.
    pub loops: u16,
    /// Whether it stands in a `finally` or the like.
    pub cleanup: bool,
    /// How many `catch` clauses are around it.
    pub catches: u16,
    pub shape: CallShape,
    /// The function of this file that it runs.
    pub callee: Option<FunctionId>,
    pub acquires: Vec<Arc<Acquire>>,
    pub releases: Vec<Arc<Release>>,
    pub sinks: Vec<Arc<Sink>>,
    pub wrappers: Vec<Arc<Wrapper>>,
    pub borrows: Vec<Arc<Borrow>>,
    pub hooks: Vec<Arc<Hook>>,
    pub callbacks: Vec<Arc<Callback>>,
}

/// Where an expression that is no part of another stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    Statement,
    Returned,
    Thrown,
    Entered,
    Iterated,
    Condition,
}

impl<'a> Context<'a> {
    /// Reads the whole file once.
    #[must_use]
    pub fn new(source: &'a SourceFile, module: &'a Module, catalogue: &'a Catalogue) -> Self {
        let mut context = Self {
            source,
            module,
            catalogue,
            scope: catalogue.scope(module),
            parents: ArenaMap::default(),
            owned: owned_lines(source, module),
            roots: FxHashMap::default(),
            sites: Vec::new(),
            by_call: FxHashMap::default(),
            reads: FxHashMap::default(),
            fields: FxHashMap::default(),
            functions: FxHashMap::default(),
            values: FxHashMap::default(),
            objects: FxHashMap::default(),
            exported: exported(module),
            aliases: aliases::fields(module),
            places: RefCell::default(),
            index: Index::default(),
            budget: Budget::new(module),
        };
        context.link();
        context.walk_graphs();
        context.name_uses();
        context.index = Index::new(module, &context.sites);
        context
    }

    fn link(&mut self) {
        for (id, expr) in self.module.exprs.iter() {
            for part in expr.kind.parts() {
                self.parents.insert(part, id);
            }
            match expr.kind {
                ExprKind::Function(function) => {
                    self.values.entry(function).or_insert(id);
                }
                ExprKind::Object(_) => {
                    self.objects.entry(expr.span).or_insert(id);
                }
                _ => {}
            }
        }
    }

    fn walk_graphs(&mut self) {
        let module = self.module;
        for (function, data) in module.functions.iter() {
            for (block_id, block) in data.cfg.blocks.iter() {
                for (index, step) in block.steps.iter().enumerate() {
                    let (expr, position) = match step {
                        Step::Eval(expr) => (Some(*expr), Position::Statement),
                        Step::Return(expr, _) => (*expr, Position::Returned),
                        Step::Throw(expr, _) => (*expr, Position::Thrown),
                        Step::Enter { value, .. } => (Some(*value), Position::Entered),
                        Step::Element { iterable, .. } => (Some(*iterable), Position::Iterated),
                        Step::Leave(_) | Step::Caught(_) => continue,
                    };
                    let Some(expr) = expr else { continue };
                    // A more telling position replaces the evaluation that comes before it.
                    let known = self.roots.entry(expr).or_insert(position);
                    if *known == Position::Statement {
                        *known = position;
                    }
                    self.functions.entry(expr).or_insert(function);
                    if matches!(step, Step::Eval(_))
                        && matches!(module.kind(expr), ExprKind::Call { .. })
                        && !self.by_call.contains_key(&expr)
                    {
                        let site = self.site(expr, function, block_id, index);
                        self.by_call.insert(expr, self.sites.len());
                        self.sites.push(site);
                    }
                }
                if let Terminator::Branch { condition, .. } = &block.terminator {
                    self.roots.insert(*condition, Position::Condition);
                    self.functions.entry(*condition).or_insert(function);
                }
            }
        }
        self.sites.sort_by_key(|site| (module.span(site.expr).start, std::cmp::Reverse(module.span(site.expr).end)));
        self.by_call = self.sites.iter().enumerate().map(|(index, site)| (site.expr, index)).collect();
    }

    /// The sinks that a comment `leaklint: owns` makes of a call in its line or the line below: all its arguments.
    fn owns(&self, call: ExprId) -> Vec<Arc<Sink>> {
        let at = self.source.line(self.module.span(call).start);
        if !self.owned.contains(&at) {
            return Vec::new();
        }
        let ExprKind::Call { arguments, .. } = self.module.kind(call) else { return Vec::new() };
        let count = u16::try_from(arguments.len()).unwrap_or(u16::MAX);
        (0..count).map(|index| Arc::new(Sink { call: Vec::new(), argument: Part::Argument(index) })).collect()
    }

    fn site(&self, expr: ExprId, function: FunctionId, block: BlockId, step: usize) -> CallSite {
        let Self { catalogue, module, scope, .. } = self;
        let (catalogue, module): (&Catalogue, &Module) = (catalogue, module);
        let shape = self.applied(expr).unwrap_or_else(|| call_shape(module, expr));
        let data = &module.functions[function].cfg.blocks[block];
        let (loops, cleanup, catches) = (data.loops, data.cleanup, data.catches);
        let mut acquires: Vec<_> = catalogue
            .acquires
            .find(&shape, module, scope)
            .filter(|acquire| acquire.require.iter().all(|wanted| self.holds(expr, wanted)))
            .cloned()
            .collect();
        // An entry that names the function or the type knows more than one that knows a method's name alone.
        let names_it = |acquire: &Arc<Acquire>| {
            acquire.require.iter().any(|require| !require.types.is_empty())
                || acquire.call.iter().any(|pattern| pattern.form != Form::Method && pattern.matches(&shape, module))
        };
        if acquires.iter().any(names_it) {
            acquires.retain(names_it);
        }
        if acquires.iter().any(|acquire| acquire.replaces) {
            acquires.retain(|acquire| acquire.replaces);
        }
        CallSite {
            releases: catalogue.releases.find(&shape, module, scope).cloned().collect(),
            sinks: catalogue.sinks.find(&shape, module, scope).cloned().chain(self.owns(expr)).collect(),
            wrappers: catalogue.wrappers.find(&shape, module, scope).cloned().collect(),
            borrows: catalogue.borrows.find(&shape, module, scope).cloned().collect(),
            hooks: catalogue.hooks.find(&shape, module, scope).cloned().collect(),
            callbacks: catalogue.callbacks.find(&shape, module, scope).cloned().collect(),
            acquires,
            expr,
            function,
            block,
            step,
            loops,
            cleanup,
            catches,
            callee: match module.kind(expr) {
                ExprKind::Call { callee, .. } => module.local_function(*callee),
                _ => None,
            },
            shape,
        }
    }

    fn name_uses(&mut self) {
        let module = self.module;
        for (id, expr) in module.exprs.iter() {
            match &expr.kind {
                ExprKind::Variable(variable) if !self.is_target(id) => {
                    self.reads.entry(*variable).or_default().push(id);
                }
                ExprKind::Member { .. } | ExprKind::Index { .. } => {
                    if let Some(Place { root: Root::This(class) | Root::Static(class), path }) = module.place(id)
                        && let Some(name) = path.strip_prefix('.')
                        && !name.contains(['.', '[', '('])
                    {
                        self.fields.entry(class).or_default().entry(Name::new(name)).or_default().push(id);
                    }
                }
                _ => {}
            }
        }
    }

    /// The expression that has this one as a part.
    #[must_use]
    pub fn parent(&self, expr: ExprId) -> Option<ExprId> {
        self.parents.get(expr).copied()
    }

    /// The call site of a call expression; none for code that no path reaches.
    #[must_use]
    pub fn site_of(&self, call: ExprId) -> Option<&CallSite> {
        self.by_call.get(&call).map(|index| &self.sites[*index])
    }

    /// Where a variable is read.
    #[must_use]
    pub fn reads(&self, variable: VariableId) -> &[ExprId] {
        self.reads.get(&variable).map_or(&[], Vec::as_slice)
    }

    /// Where a field of a class of this file is named, read or written.
    #[must_use]
    pub fn field_uses(&self, class: ClassId, field: &str) -> &[ExprId] {
        self.fields.get(&class).and_then(|fields| fields.get(field)).map_or(&[], Vec::as_slice)
    }

    /// The fields of a class that are named anywhere in the file.
    pub fn fields_named(&self, class: ClassId) -> impl Iterator<Item = &Name> {
        self.fields.get(&class).into_iter().flat_map(|fields| fields.keys())
    }

    /// The expression that makes a function value; none for declarations.
    #[must_use]
    pub fn function_expr(&self, function: FunctionId) -> Option<ExprId> {
        self.values.get(&function).copied()
    }

    /// The object literal that an object owner is.
    #[must_use]
    pub fn object_expr(&self, class: ClassId) -> Option<ExprId> {
        self.objects.get(&self.module.classes[class].span).copied()
    }

    /// Whether other files can name a variable of the top level.
    #[must_use]
    pub fn is_exported(&self, variable: VariableId) -> bool {
        match self.family() {
            Family::JavaScript => self.exported.contains(&variable),
            Family::Java => true,
            Family::Python => self.module.variables[variable].function == self.module.root,
        }
    }

    /// The function whose graph evaluates an expression.
    #[must_use]
    pub fn function_of(&self, mut expr: ExprId) -> Option<FunctionId> {
        loop {
            if let Some(function) = self.functions.get(&expr) {
                return Some(*function);
            }
            expr = self.parent(expr)?;
        }
    }

    /// Whether a name is one of a library that has tables of its own.
    #[must_use]
    pub fn is_of_known_library(&self, name: &QualifiedName) -> bool {
        let imports = self.catalogue.in_scope(&self.scope).flat_map(|library| &library.imports);
        !name.module.is_empty() && imports.into_iter().any(|import| name.module.starts_with(import.as_str()))
    }

    /// The value behind a name that is assigned once.
    #[must_use]
    pub fn definition(&self, expr: ExprId) -> ExprId {
        let mut at = self.module.peel(expr);
        for _ in 0..8 {
            let ExprKind::Variable(id) = self.module.kind(at) else { break };
            let variable = &self.module.variables[*id];
            match (variable.kind, variable.values.as_slice()) {
                (VariableKind::Local, [value]) if !variable.rewritten => at = self.module.peel(*value),
                _ => break,
            }
        }
        at
    }

    /// The place a target or a value names.
    ///
    /// What a constructor's parameter is kept as is the field: `this.menu = menu`.
    #[must_use]
    pub fn place(&self, expr: ExprId) -> Option<Place> {
        self.learn_place(expr);
        self.places.borrow().get(&expr).cloned().flatten()
    }

    /// Whether two expressions name one place.
    #[must_use]
    pub fn same_place(&self, one: ExprId, other: ExprId) -> bool {
        self.learn_place(one);
        self.learn_place(other);
        let places = self.places.borrow();
        matches!((places.get(&one), places.get(&other)), (Some(Some(one)), Some(Some(other))) if one == other)
    }

    fn learn_place(&self, expr: ExprId) {
        if !self.places.borrow().contains_key(&expr) {
            self.budget.ask();
            let place = self.place_of(expr);
            self.places.borrow_mut().insert(expr, place);
        }
    }

    fn place_of(&self, expr: ExprId) -> Option<Place> {
        let place = self.module.place(expr)?;
        let Root::Variable(id) = place.root else { return Some(place) };
        match self.aliases.get(&id) {
            Some(field) => Some(field.clone().then(&place.path)),
            None => Some(place),
        }
    }

    #[must_use]
    pub fn span(&self, expr: ExprId) -> Span {
        self.module.span(expr)
    }

    #[must_use]
    pub fn family(&self) -> Family {
        self.module.language.family()
    }

    /// The source text of an expression on one line, cut to a length fit for a message.
    #[must_use]
    pub fn text(&self, expr: ExprId) -> String {
        let text = self.source.slice(self.span(expr));
        let mut short: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if short.chars().count() > 60 {
            short = short.chars().take(57).chain("...".chars()).collect();
        }
        short
    }

    /// The path of enclosing declarations, `Class.method`, for fingerprints and messages.
    #[must_use]
    pub fn symbol(&self, function: FunctionId) -> String {
        let module = self.module;
        let mut at = Some(function);
        let mut names = Vec::new();
        while let Some(id) = at.filter(|id| *id != module.root) {
            let data = &module.functions[id];
            if let Some(name) = &data.name {
                names.push(name.to_string());
            }
            if let Some(class) = data.this.filter(|class| module.classes[*class].methods.contains(&id)) {
                names.extend(module.classes[class].name.iter().map(ToString::to_string));
            }
            at = data.parent;
        }
        names.reverse();
        names.join(".")
    }
}

fn exported(module: &Module) -> FxHashSet<VariableId> {
    module
        .exports
        .iter()
        .filter_map(|export| match &export.what {
            Exported::Variable(id) => Some(*id),
            Exported::Value(value) => match module.kind(module.peel(*value)) {
                ExprKind::Variable(id) => Some(*id),
                _ => None,
            },
            Exported::From(..) | Exported::AllFrom(_) => None,
        })
        .collect()
}

/// What the callee of a call names.
#[must_use]
pub fn call_shape(module: &Module, call: ExprId) -> CallShape {
    let ExprKind::Call { callee, constructs, .. } = module.kind(call) else { return CallShape::default() };
    let callee = module.peel(*callee);
    let (method, receiver) = match module.kind(callee) {
        ExprKind::Member { object, name, .. } => (Some(name.clone()), module.type_of(*object).map(|ty| ty.name)),
        // An object that is called: a factory of sessions.
        ExprKind::Variable(_) => (None, module.type_of(callee).map(|ty| ty.name)),
        _ => (None, None),
    };
    let chain = match module.kind(callee) {
        ExprKind::Member { object, .. } if receiver.is_none() => chain_type(module, *object),
        _ => None,
    };
    CallShape { constructs: *constructs, path: module.path(callee), method, receiver, chain }
}

/// The type of the nearest link of a chain of calls that has one; the class itself where a factory begins it.
fn chain_type(module: &Module, receiver: ExprId) -> Option<QualifiedName> {
    let mut at = module.peel(receiver);
    for _ in 0..16 {
        let ExprKind::Call { callee, constructs: false, .. } = module.kind(at) else { return None };
        let ExprKind::Member { object, .. } = module.kind(module.peel(*callee)) else { return None };
        at = module.peel(*object);
        if let Some(ty) = module.type_of(at) {
            return Some(ty.name);
        }
        if !matches!(module.kind(at), ExprKind::Call { .. }) {
            return module.path(at);
        }
    }
    None
}

/// The lines that a comment `leaklint: owns` is about: its last one and the one below.
fn owned_lines(source: &SourceFile, module: &Module) -> FxHashSet<u32> {
    let said = module.comments.iter().filter(|comment| comment.text.contains("leaklint: owns"));
    let last = said.map(|comment| source.line(comment.span.end.saturating_sub(1)));
    last.flat_map(|line| [line, line + 1]).collect()
}
