//! What all front-ends share: the module being built, scopes and name resolution, and the guard against depth.

use la_arena::Arena;
use rustc_hash::{FxHashMap, FxHashSet};

use super::cst::Cst;
use crate::model::{
    AssignOp, Cfg, Class, ClassId, Expr, ExprId, ExprKind, Field, Function, FunctionId, FunctionKind, Gap, GapReason,
    Import, Imported, Literal, Module, Name, PropertyKey, Stmt, TypeRef, Variable, VariableId, VariableKind,
    Visibility, build_cfg,
};
use crate::source::{SourceFile, Span};

/// Nesting beyond which a form becomes opaque. Hand-written code stays below 100; the threads that lower have stacks
/// for more than this.
const MAX_DEPTH: u32 = 1500;

/// A module under construction.
pub struct Lowering {
    pub module: Module,
    pub gaps: Vec<Gap>,
    scopes: Vec<Scope>,
    functions: Vec<FunctionId>,
    /// Classes around the point being lowered, innermost last.
    pub classes: Vec<ClassId>,
    depth: u32,
}

struct Scope {
    names: FxHashMap<Name, VariableId>,
    function: FunctionId,
    /// Python's class bodies: their names are not seen from the functions inside.
    is_class: bool,
}

/// What is known of a function before its body is lowered.
pub struct Header {
    pub name: Option<Name>,
    pub span: Span,
    pub name_span: Span,
    pub kind: FunctionKind,
    pub this: Option<ClassId>,
}

impl Lowering {
    pub fn new(source: &SourceFile) -> Self {
        let mut functions = Arena::new();
        let whole = Span { start: 0, end: u32::try_from(source.text.len()).unwrap_or(u32::MAX) };
        let header =
            Header { name: None, span: whole, name_span: Span::default(), kind: FunctionKind::Module, this: None };
        let root = functions.alloc(function(header, None));
        Self {
            module: Module::new(source.language, functions, root),
            gaps: Vec::new(),
            scopes: vec![Scope { names: FxHashMap::default(), function: root, is_class: false }],
            functions: vec![root],
            classes: Vec::new(),
            depth: 0,
        }
    }

    /// Closes the module: the top level's graph, and the values of fields that methods assign.
    pub fn finish(mut self, body: &[Stmt]) -> (Module, Vec<Gap>) {
        let root = self.module.root;
        self.module.functions[root].cfg = build_cfg(&self.module.exprs, &[], body);
        self.collect_fields();
        self.break_cycles();
        self.module.complete();
        (self.module, self.gaps)
    }

    /// Closes the module of a file that cannot be read.
    pub fn give_up(mut self, reason: GapReason) -> (Module, Vec<Gap>) {
        let span = self.module.functions[self.module.root].span;
        self.gaps.push(Gap { span, reason });
        self.finish(&[])
    }

    /// Drops bases that lead back to the class itself, so that every walk up a hierarchy ends.
    fn break_cycles(&mut self) {
        let with_bases: Vec<ClassId> =
            self.module.classes.iter().filter(|(_, class)| !class.bases.is_empty()).map(|(id, _)| id).collect();
        for class in with_bases {
            let kept: Vec<bool> =
                self.module.classes[class].bases.iter().map(|base| !self.leads_to(base, class)).collect();
            let made = &mut self.module.classes[class];
            made.superclasses -= kept.iter().take(made.superclasses).filter(|kept| !**kept).count();
            let mut kept = kept.into_iter();
            made.bases.retain(|_| kept.next().unwrap_or(true));
        }
    }

    fn leads_to(&self, base: &TypeRef, class: ClassId) -> bool {
        let mut seen = FxHashSet::default();
        let mut todo = vec![base];
        while let Some(base) = todo.pop() {
            let Some(id) = self.module.local_class(&base.name) else { continue };
            if id == class {
                return true;
            }
            if seen.insert(id) {
                todo.extend(&self.module.classes[id].bases);
            }
        }
        false
    }

    // --- expressions ---

    pub fn expr(&mut self, kind: ExprKind, span: Span) -> ExprId {
        let expr = Expr::new(&self.module.exprs, kind, span);
        self.module.exprs.alloc(expr)
    }

    pub fn opaque(&mut self, parts: Vec<ExprId>, span: Span) -> ExprId {
        self.expr(ExprKind::Opaque(parts), span)
    }

    pub fn null(&mut self, span: Span) -> ExprId {
        self.expr(ExprKind::Literal(Literal::Null), span)
    }

    /// Goes one level deeper, to be left with [`Self::ascend`]; `false`, and a gap, where that would be too deep.
    #[must_use]
    pub fn descend(&mut self, node: Cst<'_>) -> bool {
        if self.depth >= MAX_DEPTH {
            self.gaps.push(Gap { span: node.span(), reason: GapReason::TooDeep });
            return false;
        }
        self.depth += 1;
        true
    }

    /// Notes that the rest of a form was too much.
    pub fn cut(&mut self, node: Cst<'_>) {
        self.gaps.push(Gap { span: node.span(), reason: GapReason::TooDeep });
    }

    pub fn ascend(&mut self) {
        self.depth -= 1;
    }

    /// An assignment; variables learn their values from it.
    pub fn assign(&mut self, target: ExprId, value: ExprId, operator: AssignOp, declares: bool, span: Span) -> ExprId {
        match operator {
            AssignOp::Set | AssignOp::SetIfMissing => self.note_value(target, value),
            AssignOp::Compound(_) => self.rewrite(target),
        }
        self.expr(ExprKind::Assign { target, value, operator, declares }, span)
    }

    fn note_value(&mut self, target: ExprId, value: ExprId) {
        if let ExprKind::Variable(id) = self.module.exprs[target].kind {
            self.module.variables[id].values.push(value);
        } else {
            self.rewrite(target);
        }
    }

    /// The name that `with` gives to what it enters; most managers give themselves.
    pub fn note_entered(&mut self, target: ExprId, manager: ExprId) {
        if let ExprKind::Variable(id) = self.module.exprs[target].kind {
            self.module.variables[id].values.push(manager);
        }
    }

    /// Marks all variables of a pattern as written by something else than a plain assignment.
    pub fn rewrite(&mut self, target: ExprId) {
        match &self.module.exprs[target].kind {
            ExprKind::Variable(id) => self.module.variables[*id].rewritten = true,
            ExprKind::List { .. } | ExprKind::Object(_) | ExprKind::Spread(_) => {
                for part in self.module.exprs[target].kind.parts() {
                    self.rewrite(part);
                }
            }
            ExprKind::Assign { target, .. } => {
                let target = *target;
                self.rewrite(target);
            }
            _ => {}
        }
    }

    // --- scopes ---

    pub fn push_scope(&mut self) {
        let function = self.function();
        self.scopes.push(Scope { names: FxHashMap::default(), function, is_class: false });
    }

    pub fn push_class_scope(&mut self) {
        self.push_scope();
        if let Some(scope) = self.scopes.last_mut() {
            scope.is_class = true;
        }
    }

    pub fn pop_scope(&mut self) {
        self.scopes.pop();
    }

    /// A variable of the innermost scope; a second declaration of the name is the same variable.
    pub fn declare(&mut self, name: Name, span: Span, kind: VariableKind) -> VariableId {
        self.declare_at(self.scopes.len() - 1, name, span, kind)
    }

    pub fn declare_at(&mut self, scope: usize, name: Name, span: Span, kind: VariableKind) -> VariableId {
        if let Some(id) = self.scopes[scope].names.get(&name) {
            if kind != VariableKind::Local {
                self.module.variables[*id].kind = kind;
            }
            return *id;
        }
        let function = self.scopes[scope].function;
        let id = self.module.variables.alloc(Variable {
            name: name.clone(),
            span,
            function,
            kind,
            ty: None,
            values: Vec::new(),
            default: None,
            rewritten: false,
        });
        self.scopes[scope].names.insert(name, id);
        id
    }

    /// A declaration that hides an earlier one of the same name (Java's locals, Python's parameters).
    pub fn declare_anew(&mut self, name: Name, span: Span, kind: VariableKind) -> VariableId {
        let last = self.scopes.len() - 1;
        self.scopes[last].names.remove(&name);
        self.declare(name, span, kind)
    }

    /// Gives a variable of another scope a name in the innermost one (`global`, `nonlocal`).
    pub fn alias(&mut self, name: Name, id: VariableId) {
        let last = self.scopes.len() - 1;
        self.scopes[last].names.insert(name, id);
    }

    /// The variable a name means here; functions on the way to it capture it.
    pub fn resolve(&mut self, name: &str) -> Option<VariableId> {
        let last = self.scopes.len() - 1;
        let id = self.scopes.iter().enumerate().rev().find_map(|(index, scope)| {
            if scope.is_class && index != last {
                return None;
            }
            scope.names.get(name).copied()
        })?;
        let home = self.module.variables[id].function;
        for function in self.functions.iter().rev().copied().take_while(|function| *function != home) {
            let captures = &mut self.module.functions[function].captures;
            if !captures.contains(&id) {
                captures.push(id);
            }
        }
        Some(id)
    }

    /// The names of the outermost scope, in the order of declaration.
    pub fn top_level(&self) -> Vec<(Name, VariableId)> {
        let mut names: Vec<_> = self.scopes[0].names.iter().map(|(name, id)| (name.clone(), *id)).collect();
        names.sort_by_key(|(_, id)| *id);
        names
    }

    /// Whether the innermost scope is a class body.
    pub fn in_class_body(&self) -> bool {
        self.scopes.last().is_some_and(|scope| scope.is_class)
    }

    // --- functions and classes ---

    pub fn function(&self) -> FunctionId {
        self.functions.last().copied().unwrap_or(self.module.root)
    }

    pub fn this(&self) -> Option<ClassId> {
        self.module.functions[self.function()].this
    }

    pub fn begin_function(&mut self, header: Header) -> FunctionId {
        let parent = self.function();
        let id = self.module.functions.alloc(function(header, Some(parent)));
        self.functions.push(id);
        self.push_scope();
        id
    }

    /// Closes the innermost function.
    pub fn end_function(&mut self, defaults: &[ExprId], body: &[Stmt]) {
        let id = self.function();
        self.module.functions[id].cfg = build_cfg(&self.module.exprs, defaults, body);
        self.pop_scope();
        self.functions.pop();
    }

    pub fn parameter(&mut self, name: Name, span: Span, ty: Option<TypeRef>) -> VariableId {
        let id = self.function();
        let position = u16::try_from(self.module.functions[id].parameters.len()).unwrap_or(u16::MAX);
        let variable = self.declare_anew(name, span, VariableKind::Parameter(position));
        self.module.variables[variable].ty = ty;
        self.module.functions[id].parameters.push(variable);
        variable
    }

    pub fn import(
        &mut self,
        name: Option<(Name, Span)>,
        module: Name,
        what: Imported,
        span: Span,
    ) -> Option<VariableId> {
        let index = u32::try_from(self.module.imports.len()).unwrap_or(u32::MAX);
        let variable = name.map(|(name, span)| self.declare(name, span, VariableKind::Import(index)));
        self.module.imports.push(Import { variable, module, what, span });
        variable
    }

    /// Fields that methods make by assignment, and all values fields are given.
    fn collect_fields(&mut self) {
        let mut found: Vec<(ClassId, Name, Span, ExprId, bool)> = Vec::new();
        for (_, expr) in self.module.exprs.iter() {
            let ExprKind::Assign { target, value, operator, .. } = &expr.kind else { continue };
            if matches!(operator, AssignOp::Compound(_)) {
                continue;
            }
            self.fields_of_target(*target, *value, &mut found);
        }
        for (class, name, span, value, is_static) in found {
            let fields = &mut self.module.classes[class].fields;
            if let Some(field) = fields.iter_mut().find(|field| field.name == name) {
                if !field.values.contains(&value) {
                    field.values.push(value);
                }
                continue;
            }
            fields.push(Field {
                name,
                span,
                ty: None,
                values: vec![value],
                declared: false,
                is_static,
                is_final: false,
                visibility: Visibility::Public,
                annotations: Vec::new(),
            });
        }
    }

    fn fields_of_target(&self, target: ExprId, value: ExprId, found: &mut Vec<(ClassId, Name, Span, ExprId, bool)>) {
        match &self.module.exprs[target].kind {
            ExprKind::Member { object, name, .. } => {
                let place = self.module.place(*object).filter(|place| place.path.is_empty());
                let class = match place.map(|place| place.root) {
                    Some(crate::model::Root::This(class)) => Some((class, false)),
                    Some(crate::model::Root::Static(class)) => Some((class, true)),
                    _ => None,
                };
                if let Some((class, is_static)) = class {
                    found.push((class, name.clone(), self.module.exprs[target].span, value, is_static));
                }
            }
            // `self.a, self.b = open(x), open(y)`
            ExprKind::List { items, .. } => {
                let values = match &self.module.exprs[value].kind {
                    ExprKind::List { items: values, .. } if values.len() == items.len() => Some(values),
                    _ => None,
                };
                for (index, item) in items.iter().enumerate() {
                    self.fields_of_target(*item, values.map_or(value, |values| values[index]), found);
                }
            }
            ExprKind::Object(properties) => {
                for property in properties {
                    if !matches!(property.key, PropertyKey::Spread) {
                        self.fields_of_target(property.value, value, found);
                    }
                }
            }
            _ => {}
        }
    }
}

/// A class with nothing in it yet.
pub fn class(
    name: Option<Name>,
    kind: crate::model::ClassKind,
    span: Span,
    name_span: Span,
    function: FunctionId,
) -> Class {
    Class {
        name,
        span,
        name_span,
        kind,
        bases: Vec::new(),
        superclasses: 0,
        fields: Vec::new(),
        methods: Vec::new(),
        field_init: None,
        annotations: Vec::new(),
        outer: None,
        function,
        is_static: false,
        is_abstract: false,
        visibility: Visibility::Public,
    }
}

fn function(header: Header, parent: Option<FunctionId>) -> Function {
    Function {
        name: header.name,
        span: header.span,
        name_span: header.name_span,
        kind: header.kind,
        parameters: Vec::new(),
        parent,
        this: header.this,
        is_static: false,
        is_async: false,
        is_generator: false,
        is_abstract: false,
        visibility: Visibility::Public,
        annotations: Vec::new(),
        returns: None,
        throws: Vec::new(),
        captures: Vec::new(),
        cfg: Cfg::empty(),
    }
}
