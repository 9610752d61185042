//! Functions of every form, with parameters and defaults.

use super::Front;
use crate::lang::cst::Cst;
use crate::lang::lowering::Header;
use crate::model::{
    Annotation, AssignOp, ClassId, ExprId, ExprKind, Field, FunctionId, FunctionKind, Name, Stmt, VariableKind,
    Visibility,
};
use crate::source::Span;

/// What a function is to be, beside its own syntax.
pub struct As {
    pub name: Option<Name>,
    pub kind: FunctionKind,
    pub this: ThisOf,
}

/// Whose instance `this` is.
#[derive(Clone, Copy)]
pub enum ThisOf {
    /// Arrows: that of the function around.
    Around,
    Class(ClassId),
    /// The function is the constructor.
    Made(ClassId),
    Nobody,
}

impl As {
    pub fn named(name: Option<Name>) -> Self {
        Self { name, kind: FunctionKind::Function, this: ThisOf::Nobody }
    }
}

impl Front {
    /// Lowers any function node.
    pub fn function(&mut self, node: Cst<'_>, what: As) -> FunctionId {
        let arrow = node.is("arrow_function");
        let own_name = node.field("name").filter(|_| !arrow);
        let name = what.name.or_else(|| own_name.map(property_name));
        let this = match what.this {
            _ if arrow => self.low.this(),
            ThisOf::Around => self.low.this(),
            ThisOf::Class(class) | ThisOf::Made(class) => Some(class),
            ThisOf::Nobody => {
                let own = own_name.map(property_name);
                self.prototype_of(own.as_ref()).or_else(|| self.prototype_of(name.as_ref()))
            }
        };
        let is_constructor = matches!(what.this, ThisOf::Nobody | ThisOf::Made(_)) && this.is_some() && !arrow;
        let kind = match what.kind {
            FunctionKind::Function if arrow => FunctionKind::Lambda,
            FunctionKind::Function if is_constructor => FunctionKind::Constructor,
            kind => kind,
        };
        let span = node.span();
        let name_span = own_name.map_or_else(|| head(node), Cst::span);
        let id = self.low.begin_function(Header { name, span, name_span, kind, this });
        if is_constructor && let Some(class) = this {
            self.low.module.classes[class].methods.push(id);
        }
        let function = &mut self.low.module.functions[id];
        function.is_async = node.has_token("async");
        function.is_generator = node.kind().starts_with("generator") || node.has_token("*");
        if node.is("function_expression")
            && let Some(own) = own_name
        {
            self.low.declare(own.name(), own.span(), VariableKind::Function(id));
        }
        let defaults = self.parameters(node);
        let returns = self.type_field(node, "return_type");
        self.low.module.functions[id].returns = returns;
        let body = self.body(node);
        self.low.end_function(&defaults, &body);
        id
    }

    fn body(&mut self, node: Cst<'_>) -> Vec<Stmt> {
        let Some(body) = node.field("body") else { return Vec::new() };
        if body.is("statement_block") {
            let statements = body.children();
            self.declare_vars(body);
            self.declare_block(&statements);
            self.statements(&statements)
        } else {
            let value = self.expression(body);
            vec![Stmt::Return(Some(value), body.span())]
        }
    }

    /// Declares the parameters; gives the default values, to be evaluated at the entry.
    fn parameters(&mut self, node: Cst<'_>) -> Vec<ExprId> {
        let mut defaults = Vec::new();
        if let Some(single) = node.field("parameter") {
            self.low.parameter(single.name(), single.span(), None);
        }
        for parameter in node.field("parameters").map(Cst::children).unwrap_or_default() {
            self.one_parameter(parameter, &mut defaults);
        }
        defaults
    }

    fn one_parameter(&mut self, parameter: Cst<'_>, defaults: &mut Vec<ExprId>) {
        let (pattern, default, ty) = match parameter.kind() {
            "required_parameter" | "optional_parameter" => {
                let ty = self.type_field(parameter, "type");
                (parameter.field("pattern"), parameter.field("value"), ty)
            }
            "assignment_pattern" => (parameter.field("left"), parameter.field("right"), None),
            _ => (Some(parameter), None, None),
        };
        let Some(pattern) = pattern else { return };
        if pattern.is("this") {
            return;
        }
        let inner = if pattern.is("rest_pattern") { pattern.first().unwrap_or(pattern) } else { pattern };
        let span = pattern.span();
        let target = if inner.is("identifier") {
            let variable = self.low.parameter(inner.name(), inner.span(), ty.clone());
            self.parameter_property(parameter, variable, inner);
            self.low.expr(ExprKind::Variable(variable), span)
        } else {
            let whole = self.low.parameter(Name::new_static("(pattern)"), span, ty);
            let VariableKind::Parameter(_) = self.low.module.variables[whole].kind else { return };
            let kind = self.low.module.variables[whole].kind;
            self.declare_pattern(inner, kind);
            let target = self.pattern(inner);
            let value = self.low.expr(ExprKind::Variable(whole), span);
            let bound = self.low.assign(target, value, AssignOp::Set, true, span);
            defaults.push(bound);
            value
        };
        if let Some(default) = default {
            let value = self.expression(default);
            let assigned = self.low.assign(target, value, AssignOp::SetIfMissing, true, parameter.span());
            defaults.push(assigned);
        }
    }

    /// `constructor(private readonly x: X)` declares a field and assigns it.
    fn parameter_property(&mut self, parameter: Cst<'_>, variable: crate::model::VariableId, name: Cst<'_>) {
        let modified = parameter.child("accessibility_modifier").is_some()
            || parameter.has_token("readonly")
            || parameter.child("override_modifier").is_some();
        let Some(class) = self.low.this().filter(|_| modified) else { return };
        let value = self.low.expr(ExprKind::Variable(variable), name.span());
        let field = Field {
            name: name.name(),
            span: name.span(),
            ty: self.low.module.variables[variable].ty.clone(),
            values: vec![value],
            declared: true,
            is_static: false,
            is_final: parameter.has_token("readonly"),
            visibility: visibility(parameter),
            annotations: self.decorators(&parameter.fields("decorator")),
        };
        self.low.module.classes[class].fields.push(field);
    }

    /// Decorators as annotations.
    pub fn decorators(&mut self, nodes: &[Cst<'_>]) -> Vec<Annotation> {
        nodes
            .iter()
            .filter_map(|node| {
                let inner = node.first()?;
                let name = if inner.is("call_expression") { inner.field("function")? } else { inner };
                let value = self.expression(inner);
                Some(Annotation { name: name.name(), value: Some(value), span: node.span() })
            })
            .collect()
    }
}

/// The name of a property: `x`, `#x`, `'x'`.
pub fn property_name(node: Cst<'_>) -> Name {
    Name::new(node.text().trim_matches(['"', '\'']))
}

/// TypeScript's accessibility; a name with `#` is private.
pub fn visibility(node: Cst<'_>) -> Visibility {
    let private_name =
        node.field("property").or_else(|| node.field("name")).is_some_and(|name| name.text().starts_with('#'));
    match node.child("accessibility_modifier").map(Cst::text) {
        Some("private") => Visibility::Private,
        _ if private_name => Visibility::Private,
        Some("protected") => Visibility::Protected,
        _ => Visibility::Public,
    }
}

/// The first characters of a function without a name.
fn head(node: Cst<'_>) -> Span {
    let span = node.span();
    let end = node.field("body").map_or(span.end, |body| body.span().start).max(span.start + 1);
    Span { start: span.start, end: end.min(span.end) }
}
