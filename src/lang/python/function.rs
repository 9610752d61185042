//! Functions, lambdas and classes.

use rustc_hash::FxHashSet;

use super::{Front, Receiver};
use crate::lang::cst::{Cst, walk};
use crate::lang::lowering::{Header, class};
use crate::model::{
    Annotation, AssignOp, ClassId, ClassKind, ExprId, ExprKind, Field, FunctionId, FunctionKind, Name, QualifiedName,
    Stmt, TypeRef, UNRESOLVED, VariableKind, Visibility,
};
use crate::source::Span;

/// Methods whose first parameter is the class without a decorator that says so.
const CLASS_METHODS: [&str; 3] = ["__new__", "__init_subclass__", "__class_getitem__"];
/// Parts of the decorators and bases under which annotated names of the body are fields of each instance.
const DATA: [&str; 7] = ["dataclass", "define", "attrs", "attr.s", "BaseModel", "NamedTuple", "TypedDict"];

impl Front {
    /// A `def`; gives the statement that evaluates decorators and defaults and binds the name.
    pub fn function_definition(&mut self, node: Cst<'_>, annotations: Vec<Annotation>) -> Vec<Stmt> {
        let Some(name) = node.field("name") else { return Vec::new() };
        let class = self.low.classes.last().copied().filter(|_| self.low.in_class_body());
        let annotated = |end: &str| annotations.iter().any(|annotation| annotation.name.ends_with(end));
        let is_static = annotated("staticmethod");
        let of_class = annotated("classmethod") || CLASS_METHODS.contains(&name.text());
        let kind = match (class, name.text()) {
            (None, _) => FunctionKind::Function,
            (Some(_), "__init__" | "__new__" | "__post_init__") => FunctionKind::Constructor,
            (Some(_), _) if annotated(".setter") => FunctionKind::Setter,
            (Some(_), _) if annotated("property") => FunctionKind::Getter,
            (Some(_), _) => FunctionKind::Method,
        };
        let this = class.or_else(|| self.low.this());
        let header = Header { name: Some(name.name()), span: node.span(), name_span: name.span(), kind, this };
        // Defaults are evaluated where the function is defined.
        let defaults = self.default_values(node);
        let id = self.low.begin_function(header);
        let function = &mut self.low.module.functions[id];
        function.is_async = node.has_token("async");
        function.is_static = is_static;
        function.annotations = annotations;
        function.visibility = visibility(name.text());
        let receiver = match class.filter(|_| !is_static) {
            Some(class) if of_class => self.class_variables.get(&class).copied().map(Receiver::Class),
            class => class.map(Receiver::Instance),
        };
        self.parameters(node, receiver, &defaults);
        let returns = self.type_field(node, "return_type");
        self.low.module.functions[id].returns = returns;
        let body = self.function_body(node);
        self.low.end_function(&[], &body);
        match class {
            Some(class) => self.low.module.classes[class].methods.push(id),
            None => {
                let variable = self.low.declare(name.name(), name.span(), VariableKind::Function(id));
                self.low.module.variables[variable].kind = VariableKind::Function(id);
            }
        }
        let effects =
            defaults.into_iter().map(|(_, value)| value).filter(|value| self.low.module.exprs[*value].effects);
        effects.map(Stmt::Expr).collect()
    }

    fn function_body(&mut self, node: Cst<'_>) -> Vec<Stmt> {
        let Some(body) = node.field("body") else { return Vec::new() };
        self.declare_names(body);
        self.statements(&body.children())
    }

    /// The default values of the parameters, by where they stand.
    fn default_values(&mut self, node: Cst<'_>) -> Vec<(Span, ExprId)> {
        let parameters = node.field("parameters").map(Cst::children).unwrap_or_default();
        parameters
            .into_iter()
            .filter_map(|parameter| parameter.field("value"))
            .map(|value| (value.span(), self.expression(value)))
            .collect()
    }

    fn parameters(&mut self, node: Cst<'_>, receiver: Option<Receiver>, defaults: &[(Span, ExprId)]) {
        let mut receiver = receiver;
        for parameter in node.field("parameters").map(Cst::children).unwrap_or_default() {
            let name = match parameter.kind() {
                "identifier" => Some(parameter),
                "default_parameter" | "typed_default_parameter" => parameter.field("name"),
                "typed_parameter" => parameter.first(),
                "list_splat_pattern" | "dictionary_splat_pattern" => Some(parameter),
                _ => None,
            };
            let Some(name) = name else { continue };
            let name = if name.kind().ends_with("splat_pattern") { name.first().unwrap_or(name) } else { name };
            let ty = self.type_field(parameter, "type");
            if let Some(receiver) = receiver.take() {
                let variable = self.low.declare_anew(name.name(), name.span(), VariableKind::Local);
                self.receivers.insert(variable, receiver);
            } else {
                let variable = self.low.parameter(name.name(), name.span(), ty);
                let span = parameter.field("value").map(Cst::span);
                let default = defaults.iter().find(|(own, _)| Some(*own) == span).map(|(_, value)| *value);
                self.low.module.variables[variable].default = default;
            }
        }
    }

    pub fn lambda(&mut self, node: Cst<'_>) -> FunctionId {
        let span = node.span();
        let end = node.field("body").map_or(span.end, |body| body.span().start);
        let name_span = Span { start: span.start, end: end.max(span.start + 1) };
        let this = self.low.this();
        let id = self.low.begin_function(Header { name: None, span, name_span, kind: FunctionKind::Lambda, this });
        self.parameters(node, None, &[]);
        let body = match node.field("body") {
            Some(body) => vec![Stmt::Return(Some(self.expression(body)), body.span())],
            None => Vec::new(),
        };
        self.low.end_function(&[], &body);
        id
    }

    /// A class; its body runs where it stands.
    pub fn class_definition(&mut self, node: Cst<'_>, annotations: Vec<Annotation>) -> Vec<Stmt> {
        let Some(name) = node.field("name") else { return Vec::new() };
        let bases = self.bases(node);
        let function = self.low.function();
        let mut made = class(Some(name.name()), ClassKind::Class, node.span(), name.span(), function);
        made.outer = self.low.classes.last().copied();
        made.superclasses = bases.len();
        made.bases = bases;
        made.annotations = annotations;
        made.visibility = visibility(name.text());
        let id = self.low.module.classes.alloc(made);
        let variable = self.low.declare(name.name(), name.span(), VariableKind::Class(id));
        self.low.module.variables[variable].kind = VariableKind::Class(id);
        self.class_variables.insert(id, variable);
        self.low.classes.push(id);
        self.low.push_class_scope();
        let mut body = Vec::new();
        if let Some(block) = node.field("body") {
            self.declare_class_fields(block, id);
            body = self.statements(&block.children());
        }
        self.low.pop_scope();
        self.low.classes.pop();
        body
    }

    fn bases(&mut self, node: Cst<'_>) -> Vec<TypeRef> {
        let listed = node.field("superclasses").map(Cst::children).unwrap_or_default();
        let mut bases = Vec::new();
        for base in listed.into_iter().filter(|base| !base.is("keyword_argument")) {
            let base = if base.is("subscript") { base.field("value").unwrap_or(base) } else { base };
            let expr = self.expression(base);
            let module = &self.low.module;
            let named = match module.kind(expr) {
                // `namedtuple(…)`, `make_base(…)`: a class that is not to be seen here.
                ExprKind::Call { callee, .. } => {
                    let unknown = QualifiedName { module: Name::new_static(UNRESOLVED), name: base.name() };
                    Some(module.path(*callee).unwrap_or(unknown))
                }
                _ => module.path(expr).or_else(|| base.is("identifier").then(|| QualifiedName::here(base.name()))),
            };
            bases.extend(named.map(TypeRef::plain));
        }
        bases
    }

    /// What the class body assigns is state of the class.
    fn declare_class_fields(&mut self, block: Cst<'_>, id: ClassId) {
        let made = &self.low.module.classes[id];
        let names = made.annotations.iter().map(|annotation| annotation.name.as_str());
        let bases = made.bases.iter().map(|base| base.name.last());
        let is_data = names.chain(bases).any(|name| DATA.iter().any(|word| name.contains(word)));
        let annotated: Vec<Cst<'_>> = block
            .children()
            .into_iter()
            .filter_map(|statement| statement.first().filter(|first| first.is("assignment")))
            .filter(|assignment| assignment.field("type").is_some())
            .collect();
        let assigned = assigned_to_self(block);
        for (name, span) in self.class_names(block) {
            if self.low.module.field(id, &name).is_some() {
                continue;
            }
            let assignment = annotated
                .iter()
                .find(|assignment| assignment.field("left").is_some_and(|left| left.text() == name))
                .copied();
            let ty = assignment.and_then(|assignment| self.type_field(assignment, "type"));
            // A bare annotation (`x: int`) declares what instances have, and so do all of a data class.
            let of_instance = assignment.is_some_and(|assignment| {
                let shared = assignment.field("type").is_some_and(|ty| ty.text().contains("ClassVar"));
                assignment.field("right").is_none() || (is_data && !shared)
            });
            self.low.module.classes[id].fields.push(Field {
                visibility: visibility(&name),
                is_static: !of_instance && !assigned.contains(name.as_str()),
                name,
                span,
                ty,
                values: Vec::new(),
                declared: true,
                is_final: false,
                annotations: Vec::new(),
            });
        }
    }

    /// Decorators as annotations, with the statements that evaluate them.
    pub fn decorators(&mut self, node: Cst<'_>) -> (Vec<Annotation>, Vec<Stmt>) {
        let mut annotations = Vec::new();
        let mut steps = Vec::new();
        for decorator in node.children().into_iter().filter(|child| child.is("decorator")) {
            let Some(inner) = decorator.first() else { continue };
            let name = if inner.is("call") { inner.field("function").unwrap_or(inner) } else { inner };
            let value = self.expression(inner);
            if self.low.module.exprs[value].effects {
                steps.push(Stmt::Expr(value));
            }
            annotations.push(Annotation { name: name.name(), value: Some(value), span: decorator.span() });
        }
        (annotations, steps)
    }

    /// `self.x = …` in a class body scope, or a plain target.
    pub fn assign_stmt(&mut self, target: ExprId, value: ExprId, operator: AssignOp, span: Span) -> ExprId {
        let declares = matches!(self.low.module.kind(target), ExprKind::Variable(_));
        self.low.assign(target, value, operator, declares, span)
    }
}

/// The names that methods assign through `self`: what the class body gives them is only a default.
fn assigned_to_self(block: Cst<'_>) -> FxHashSet<&str> {
    let mut found = FxHashSet::default();
    walk(block, |node| {
        if node.is("assignment")
            && let Some(name) = node.field("left").and_then(|left| left.text().strip_prefix("self."))
        {
            found.insert(name);
        }
        true
    });
    found
}

fn visibility(name: &str) -> Visibility {
    if name.starts_with('_') && !name.ends_with("__") { Visibility::Private } else { Visibility::Public }
}
