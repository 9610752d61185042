//! Class declarations and expressions.

use super::Front;
use super::function::{As, ThisOf, property_name, visibility};
use crate::lang::cst::Cst;
use crate::lang::lowering::{Header, class};
use crate::model::{
    Annotation, AssignOp, ClassId, ClassKind, ExprId, ExprKind, Field, Function, FunctionKind, Name, Stmt, VariableKind,
};

impl Front {
    /// Lowers a class; gives its id and the steps that evaluate its static state.
    pub fn class(&mut self, node: Cst<'_>, name: Option<Name>, annotations: Vec<Annotation>) -> (ClassId, Vec<ExprId>) {
        let own = node.field("name");
        let function = self.low.function();
        let name_span = own.map_or_else(|| node.span(), Cst::span);
        let name = own.map(Cst::name).or(name);
        let mut made = class(name, ClassKind::Class, node.span(), name_span, function);
        made.outer = self.low.classes.last().copied();
        made.annotations = annotations;
        made.is_abstract = node.is("abstract_class_declaration");
        let id = self.low.module.classes.alloc(made);
        if let Some(own) = own {
            self.bind_class(own, id);
        }
        self.heritage(node, id);
        self.low.classes.push(id);
        let mut statics = Vec::new();
        let mut instance = Vec::new();
        let mut pending = Vec::new();
        for member in node.field("body").map(Cst::children).unwrap_or_default() {
            match member.kind() {
                "decorator" => pending.push(member),
                "method_definition" | "abstract_method_signature" => {
                    pending.extend(member.fields("decorator"));
                    let annotations = self.decorators(&std::mem::take(&mut pending));
                    self.method(member, id, annotations);
                }
                "field_definition" | "public_field_definition" => {
                    pending.extend(member.fields("decorator"));
                    self.declare_field(member, id, &std::mem::take(&mut pending));
                    if member.has_token("static") { statics.push(member) } else { instance.push(member) }
                }
                "class_static_block" => statics.push(member),
                _ => pending.clear(),
            }
        }
        self.instance_fields(id, &instance);
        let statics = statics.into_iter().filter_map(|member| self.static_member(member, id)).collect();
        self.low.classes.pop();
        (id, statics)
    }

    /// Gives a declared class its variable.
    fn bind_class(&mut self, name: Cst<'_>, class: ClassId) {
        let variable = self.low.declare(name.name(), name.span(), VariableKind::Class(class));
        self.low.module.variables[variable].kind = VariableKind::Class(class);
    }

    fn heritage(&mut self, node: Cst<'_>, id: ClassId) {
        let Some(heritage) = node.child("class_heritage") else { return };
        let mut bases = Vec::new();
        let mut interfaces = Vec::new();
        for part in heritage.children() {
            match part.kind() {
                "extends_clause" => {
                    for value in part.fields("value") {
                        bases.extend(self.bases(value));
                    }
                }
                "implements_clause" => {
                    let types: Vec<_> = part.children().into_iter().filter_map(|ty| self.type_node(ty)).collect();
                    interfaces.extend(types);
                }
                _ => bases.extend(self.bases(part)),
            }
        }
        let class = &mut self.low.module.classes[id];
        class.superclasses = bases.len();
        class.bases = bases;
        class.bases.extend(interfaces);
    }

    fn method(&mut self, member: Cst<'_>, id: ClassId, annotations: Vec<Annotation>) {
        let name = member.field("name").map(property_name);
        let kind = match () {
            () if name.as_deref() == Some("constructor") => FunctionKind::Constructor,
            () if member.has_token("get") => FunctionKind::Getter,
            () if member.has_token("set") => FunctionKind::Setter,
            () => FunctionKind::Method,
        };
        let function = self.function(member, As { name, kind, this: ThisOf::Class(id) });
        let made: &mut Function = &mut self.low.module.functions[function];
        made.annotations = annotations;
        made.visibility = visibility(member);
        made.is_static = member.has_token("static");
        made.is_abstract = member.is("abstract_method_signature");
        self.low.module.classes[id].methods.push(function);
    }

    fn declare_field(&mut self, member: Cst<'_>, id: ClassId, decorators: &[Cst<'_>]) {
        let Some(name) = member.field("property").or_else(|| member.field("name")) else { return };
        let ty = self.declared_type(member);
        let annotations = self.decorators(decorators);
        self.low.module.classes[id].fields.push(Field {
            name: property_name(name),
            span: name.span(),
            ty,
            values: Vec::new(),
            declared: true,
            is_static: member.has_token("static"),
            is_final: member.has_token("readonly"),
            visibility: visibility(member),
            annotations,
        });
    }

    /// Instance initialisers run once for each object: a function of their own.
    fn instance_fields(&mut self, id: ClassId, members: &[Cst<'_>]) {
        if members.iter().all(|member| member.field("value").is_none()) {
            return;
        }
        let span = self.low.module.classes[id].span;
        let name_span = self.low.module.classes[id].name_span;
        let header = Header { name: None, span, name_span, kind: FunctionKind::FieldInitializer, this: Some(id) };
        let function = self.low.begin_function(header);
        let mut body = Vec::new();
        for member in members {
            let (Some(name), Some(value)) =
                (member.field("property").or_else(|| member.field("name")), member.field("value"))
            else {
                continue;
            };
            let this = self.low.expr(ExprKind::This(Some(id)), name.span());
            body.push(Stmt::Expr(self.assign_member(this, name, value, member.span())));
        }
        self.low.end_function(&[], &body);
        self.low.module.classes[id].field_init = Some(function);
    }

    fn static_member(&mut self, member: Cst<'_>, id: ClassId) -> Option<ExprId> {
        let span = member.span();
        if member.is("class_static_block") {
            let header =
                Header { name: None, span, name_span: span, kind: FunctionKind::StaticInitializer, this: Some(id) };
            self.low.begin_function(header);
            let statements = member.field("body").map(Cst::children).unwrap_or_default();
            self.declare_block(&statements);
            let body = self.statements(&statements);
            self.low.end_function(&[], &body);
            return None;
        }
        let name = member.field("property").or_else(|| member.field("name"))?;
        let value = member.field("value")?;
        let class = self.low.expr(ExprKind::This(Some(id)), name.span());
        Some(self.assign_member(class, name, value, span))
    }

    fn assign_member(&mut self, object: ExprId, name: Cst<'_>, value: Cst<'_>, span: crate::source::Span) -> ExprId {
        let key = property_name(name);
        let target = self.low.expr(ExprKind::Member { object, name: key.clone(), optional: false }, name.span());
        let value = self.named_value(value, Some(key), ThisOf::Around);
        self.low.assign(target, value, AssignOp::Set, false, span)
    }
}
