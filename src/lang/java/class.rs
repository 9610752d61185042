//! Classes, interfaces, enums, records, and their members.

use super::{Front, Members};
use crate::lang::cst::Cst;
use crate::lang::lowering::{Header, class};
use crate::model::{
    Annotation, AssignOp, ClassId, ClassKind, ExprKind, Field, FunctionKind, Name, QualifiedName, Stmt, TypeRef,
    VariableKind, Visibility,
};
use crate::source::Span;

impl Front {
    /// Lowers a type declaration and binds its name.
    pub fn type_declaration(&mut self, node: Cst<'_>) {
        let Some(name) = node.field("name") else { return };
        let kind = match node.kind() {
            "interface_declaration" | "annotation_type_declaration" => ClassKind::Interface,
            "enum_declaration" => ClassKind::Enum,
            "record_declaration" => ClassKind::Record,
            _ => ClassKind::Class,
        };
        let function = self.low.function();
        let mut made = class(Some(name.name()), kind, node.span(), name.span(), function);
        made.outer = self.low.classes.last().copied();
        let modifiers = self.modifiers(node);
        made.is_static = modifiers.is_static || kind != ClassKind::Class;
        made.is_abstract = modifiers.is_abstract;
        made.visibility = modifiers.visibility;
        made.annotations = modifiers.annotations;
        let id = self.low.module.classes.alloc(made);
        let variable = self.low.declare(name.name(), name.span(), VariableKind::Class(id));
        self.low.module.variables[variable].kind = VariableKind::Class(id);
        self.bases(node, id);
        if let Some(body) = node.field("body") {
            self.body(body, id, node.field("parameters"));
        }
    }

    /// The body of `new Base() { … }`.
    pub fn anonymous_class(&mut self, body: Cst<'_>, base: Option<TypeRef>) -> ClassId {
        let function = self.low.function();
        let span = body.span();
        let name_span = Span { start: span.start, end: span.start + 1 };
        let mut made = class(None, ClassKind::Anonymous, span, name_span, function);
        made.outer = self.low.classes.last().copied();
        made.bases = base.into_iter().collect();
        made.superclasses = made.bases.len();
        let id = self.low.module.classes.alloc(made);
        self.body(body, id, None);
        id
    }

    fn bases(&mut self, node: Cst<'_>, id: ClassId) {
        let superclass = node.field("superclass").and_then(Cst::first).and_then(|ty| self.type_node(ty));
        let interfaces = node.field("interfaces").or_else(|| node.child("extends_interfaces"));
        let list = interfaces.and_then(Cst::first).map(Cst::children).unwrap_or_default();
        let interfaces: Vec<TypeRef> = list.into_iter().filter_map(|ty| self.type_node(ty)).collect();
        let class = &mut self.low.module.classes[id];
        class.bases.extend(superclass);
        class.superclasses = class.bases.len();
        class.bases.extend(interfaces);
    }

    fn body(&mut self, body: Cst<'_>, id: ClassId, components: Option<Cst<'_>>) {
        let mut members = body.children();
        if let Some(declarations) = body.child("enum_body_declarations") {
            members.extend(declarations.children());
        }
        self.low.classes.push(id);
        self.low.push_scope();
        self.members.insert(id, Members::default());
        self.components(components, id);
        for member in &members {
            self.announce(*member, id);
        }
        self.initializers(&members, id, true);
        self.initializers(&members, id, false);
        for member in &members {
            match member.kind() {
                "method_declaration" | "constructor_declaration" => self.method(*member, id, None),
                "compact_constructor_declaration" => self.method(*member, id, components),
                kind if kind.ends_with("_declaration")
                    && !matches!(kind, "field_declaration" | "constant_declaration") =>
                {
                    self.type_declaration(*member);
                }
                _ => {}
            }
        }
        if let Some(components) = components.filter(|components| !has_canonical(&members, *components)) {
            self.canonical(components, id);
        }
        self.low.pop_scope();
        self.low.classes.pop();
    }

    /// The constructor of a record that writes none.
    fn canonical(&mut self, components: Cst<'_>, id: ClassId) {
        let made = &self.low.module.classes[id];
        let (name, name_span) = (made.name.clone(), made.name_span);
        let header =
            Header { name, span: components.span(), name_span, kind: FunctionKind::Constructor, this: Some(id) };
        let function = self.low.begin_function(header);
        self.parameters(components);
        let body = self.component_values(components, id);
        self.low.end_function(&[], &body);
        self.low.module.classes[id].methods.push(function);
    }

    /// What a canonical constructor ends with: each component's field is its parameter.
    fn component_values(&mut self, components: Cst<'_>, id: ClassId) -> Vec<Stmt> {
        let mut body = Vec::new();
        for name in components.children().into_iter().filter_map(|component| component.field("name")) {
            let Some(parameter) = self.low.resolve(name.text()) else { continue };
            let value = self.low.expr(ExprKind::Variable(parameter), name.span());
            body.push(self.field_value(id, name, value, name.span()));
        }
        body
    }

    /// The components of a record are its fields.
    fn components(&mut self, parameters: Option<Cst<'_>>, id: ClassId) {
        for component in parameters.map(Cst::children).unwrap_or_default() {
            let Some(name) = component.field("name") else { continue };
            let ty = component.field("type").and_then(|ty| self.type_node(ty));
            self.add_field(
                id,
                name,
                ty,
                &Modifiers { is_final: true, visibility: Visibility::Private, ..Modifiers::default() },
            );
        }
    }

    /// Declares the names of a member before any body is lowered.
    fn announce(&mut self, member: Cst<'_>, id: ClassId) {
        match member.kind() {
            "field_declaration" | "constant_declaration" => {
                let mut modifiers = self.modifiers(member);
                if member.is("constant_declaration") {
                    (modifiers.is_static, modifiers.is_final) = (true, true);
                }
                let ty = member.field("type").and_then(|ty| self.type_node(ty));
                for declarator in member.fields("declarator") {
                    if let Some(name) = declarator.field("name") {
                        self.add_field(id, name, ty.clone(), &modifiers);
                    }
                }
            }
            "enum_constant" => {
                if let Some(name) = member.field("name") {
                    let ty = TypeRef::plain(self.low.module.class_name(id));
                    let modifiers = Modifiers { is_static: true, is_final: true, ..Modifiers::default() };
                    self.add_field(id, name, Some(ty), &modifiers);
                }
            }
            "method_declaration" => {
                if let (Some(name), Some(members)) = (member.field("name"), self.members.get_mut(&id)) {
                    members.methods.insert(name.name());
                }
            }
            _ => {}
        }
    }

    fn add_field(&mut self, id: ClassId, name: Cst<'_>, ty: Option<TypeRef>, modifiers: &Modifiers) {
        if let Some(members) = self.members.get_mut(&id) {
            members.fields.insert(name.name());
        }
        self.low.module.classes[id].fields.push(Field {
            name: name.name(),
            span: name.span(),
            ty,
            values: Vec::new(),
            declared: true,
            is_static: modifiers.is_static,
            is_final: modifiers.is_final,
            visibility: modifiers.visibility,
            annotations: modifiers.annotations.clone(),
        });
    }

    /// Field initialisers and initialiser blocks, static ones or those of instances, as one function.
    fn initializers(&mut self, members: &[Cst<'_>], id: ClassId, is_static: bool) {
        let chosen: Vec<Cst<'_>> = members
            .iter()
            .copied()
            .filter(|member| match member.kind() {
                "static_initializer" => is_static,
                "block" => !is_static,
                "enum_constant" | "constant_declaration" => is_static,
                "field_declaration" => has_modifier(*member, "static") == is_static,
                _ => false,
            })
            .collect();
        if chosen.is_empty() {
            return;
        }
        let kind = if is_static { FunctionKind::StaticInitializer } else { FunctionKind::FieldInitializer };
        let (span, name_span) = (self.low.module.classes[id].span, self.low.module.classes[id].name_span);
        let function = self.low.begin_function(Header { name: None, span, name_span, kind, this: Some(id) });
        let mut body = Vec::new();
        for member in chosen {
            match member.kind() {
                "static_initializer" => body.extend(member.first().map(|block| self.block(block)).unwrap_or_default()),
                "block" => body.extend(self.block(member)),
                "enum_constant" => {
                    let (before, arguments) = self.hoisted(|front| front.arguments(member.field("arguments")));
                    body.extend(before);
                    let callee = self.low.expr(ExprKind::This(Some(id)), member.span());
                    let made = ExprKind::Call { callee, arguments, constructs: true, optional: false };
                    let value = self.low.expr(made, member.span());
                    body.extend(member.field("name").map(|name| self.field_value(id, name, value, member.span())));
                    if let Some(class_body) = member.field("body") {
                        let base = TypeRef::plain(self.low.module.class_name(id));
                        self.anonymous_class(class_body, Some(base));
                    }
                }
                _ => {
                    for declarator in member.fields("declarator") {
                        let (Some(name), Some(value)) = (declarator.field("name"), declarator.field("value")) else {
                            continue;
                        };
                        let (before, value) = self.hoisted(|front| front.expression(value));
                        body.extend(before);
                        body.push(self.field_value(id, name, value, declarator.span()));
                    }
                }
            }
        }
        self.low.end_function(&[], &body);
        if is_static {
            self.low.module.functions[function].is_static = true;
        } else {
            self.low.module.classes[id].field_init = Some(function);
        }
    }

    fn field_value(&mut self, id: ClassId, name: Cst<'_>, value: crate::model::ExprId, span: Span) -> Stmt {
        let object = self.low.expr(ExprKind::This(Some(id)), name.span());
        let target = self.low.expr(ExprKind::Member { object, name: name.name(), optional: false }, name.span());
        Stmt::Expr(self.low.assign(target, value, AssignOp::Set, false, span))
    }

    fn method(&mut self, node: Cst<'_>, id: ClassId, components: Option<Cst<'_>>) {
        let kind = if node.is("method_declaration") { FunctionKind::Method } else { FunctionKind::Constructor };
        let name = node.field("name");
        let header = Header {
            name: name.map(Cst::name),
            span: node.span(),
            name_span: name.map_or_else(|| node.span(), Cst::span),
            kind,
            this: Some(id),
        };
        let function = self.low.begin_function(header);
        let modifiers = self.modifiers(node);
        let returns = node.field("type").and_then(|ty| self.type_node(ty));
        let throws = node.child("throws").map(Cst::children).unwrap_or_default();
        let throws = throws.into_iter().filter_map(|ty| self.type_node(ty)).collect();
        let in_interface = self.low.module.classes[id].kind == ClassKind::Interface;
        let made = &mut self.low.module.functions[function];
        made.is_static = modifiers.is_static;
        made.is_abstract = node.field("body").is_none();
        made.visibility = if in_interface { Visibility::Public } else { modifiers.visibility };
        made.annotations = modifiers.annotations;
        made.returns = returns;
        made.throws = throws;
        if let Some(parameters) = node.field("parameters").or(components) {
            self.parameters(parameters);
        }
        let mut body = node.field("body").map(|body| self.statements(&body.children())).unwrap_or_default();
        if let Some(components) = components {
            body.extend(self.component_values(components, id));
        }
        self.low.end_function(&[], &body);
        self.low.module.classes[id].methods.push(function);
    }

    /// Declares the parameters of a method or a lambda.
    pub fn parameters(&mut self, node: Cst<'_>) {
        for parameter in node.children() {
            match parameter.kind() {
                "formal_parameter" => {
                    let ty = parameter.field("type").and_then(|ty| self.type_node(ty));
                    if let Some(name) = parameter.field("name") {
                        self.low.parameter(name.name(), name.span(), ty);
                    }
                }
                "spread_parameter" => {
                    if let Some(name) =
                        parameter.child("variable_declarator").and_then(|declarator| declarator.field("name"))
                    {
                        let ty = TypeRef::plain(QualifiedName::global("Array"));
                        self.low.parameter(name.name(), name.span(), Some(ty));
                    }
                }
                "identifier" => {
                    self.low.parameter(parameter.name(), parameter.span(), None);
                }
                _ => {}
            }
        }
    }

    fn modifiers(&mut self, node: Cst<'_>) -> Modifiers {
        let mut found = Modifiers { visibility: Visibility::Package, ..Modifiers::default() };
        let Some(modifiers) = node.child("modifiers") else { return found };
        for token in modifiers.tokens() {
            match token.kind() {
                "public" => found.visibility = Visibility::Public,
                "protected" => found.visibility = Visibility::Protected,
                "private" => found.visibility = Visibility::Private,
                "static" => found.is_static = true,
                "final" => found.is_final = true,
                "abstract" => found.is_abstract = true,
                "annotation" | "marker_annotation" => {
                    let name: Name = token.field("name").map(Cst::name).unwrap_or_default();
                    let arguments = self.annotation_arguments(token);
                    found.annotations.push(Annotation { name, value: arguments, span: token.span() });
                }
                _ => {}
            }
        }
        found
    }
}

/// What stands before a declaration.
#[derive(Default)]
struct Modifiers {
    visibility: Visibility,
    is_static: bool,
    is_final: bool,
    is_abstract: bool,
    annotations: Vec<Annotation>,
}

/// Whether a record writes its canonical constructor, compact or in full.
fn has_canonical(members: &[Cst<'_>], components: Cst<'_>) -> bool {
    let count = components.children().len();
    members.iter().any(|member| match member.kind() {
        "compact_constructor_declaration" => true,
        "constructor_declaration" => {
            member.field("parameters").is_some_and(|parameters| parameters.children().len() == count)
        }
        _ => false,
    })
}

fn has_modifier(node: Cst<'_>, modifier: &str) -> bool {
    node.child("modifiers").is_some_and(|modifiers| modifiers.has_token(modifier))
}
