//! TypeScript's type annotations as types of the model.

use super::Front;
use crate::lang::cst::Cst;
use crate::model::{ExprId, ExprKind, Name, QualifiedName, TypeRef, UNRESOLVED, VariableKind};

impl Front {
    /// The type under a `type` or `return_type` field.
    pub fn type_field(&mut self, node: Cst<'_>, field: &str) -> Option<TypeRef> {
        let annotation = node.field(field)?;
        self.type_node(annotation)
    }

    /// The type that a field or variable is declared with, or made with: `names = new Map<string, User>()`.
    pub fn declared_type(&mut self, node: Cst<'_>) -> Option<TypeRef> {
        if let Some(ty) = self.type_field(node, "type") {
            return Some(ty);
        }
        let made = node.field("value").filter(|value| value.is("new_expression"))?;
        let arguments = made.field("type_arguments")?.children();
        let name = self.type_name(made.field("constructor")?)?;
        let arguments = arguments.into_iter().filter_map(|argument| self.type_node(argument)).collect();
        Some(TypeRef { name, arguments })
    }

    /// A type node, or an annotation around one.
    pub fn type_node(&mut self, node: Cst<'_>) -> Option<TypeRef> {
        let global = |name: &'static str| Some(TypeRef::plain(QualifiedName::global(name)));
        match node.kind() {
            "type_annotation"
            | "parenthesized_type"
            | "readonly_type"
            | "optional_type"
            | "flow_maybe_type"
            | "opting_type_annotation" => self.type_node(node.first()?),
            "type_identifier" | "identifier" | "nested_type_identifier" | "nested_identifier" | "member_expression" => {
                Some(TypeRef::plain(self.type_name(node)?))
            }
            "generic_type" => {
                let name = self.type_name(node.field("name")?)?;
                let arguments = node.field("type_arguments").map(Cst::children).unwrap_or_default();
                let arguments = arguments.into_iter().filter_map(|argument| self.type_node(argument)).collect();
                Some(TypeRef { name, arguments })
            }
            "union_type" => {
                let members = node.children();
                let mut real = members.into_iter().filter(|member| !is_nothing(*member));
                real.find_map(|member| self.type_node(member))
            }
            "intersection_type" => node.children().into_iter().find_map(|member| self.type_node(member)),
            "array_type" | "tuple_type" => {
                let arguments = node.first().and_then(|element| self.type_node(element)).into_iter().collect();
                Some(TypeRef { name: QualifiedName::global("Array"), arguments })
            }
            "function_type" => {
                let arguments = node.field("return_type").and_then(|ty| self.type_node(ty)).into_iter().collect();
                Some(TypeRef { name: QualifiedName::global("Function"), arguments })
            }
            "object_type" => global("Object"),
            "predefined_type" => Some(TypeRef::plain(QualifiedName::global(node.name()))),
            "this_type" => {
                let class = self.low.this()?;
                Some(TypeRef::plain(self.low.module.class_name(class)))
            }
            _ => None,
        }
    }

    /// The qualified name of a type, through the imports.
    fn type_name(&mut self, node: Cst<'_>) -> Option<QualifiedName> {
        match node.kind() {
            "nested_type_identifier" => {
                let module = self.type_name(node.field("module")?)?;
                Some(module.member(node.field("name")?.text()))
            }
            "nested_identifier" | "member_expression" => {
                let object = self.type_name(node.field("object")?)?;
                Some(object.member(node.field("property")?.text()))
            }
            _ => {
                let name: Name = node.name();
                let Some(variable) = self.low.resolve(&name) else { return Some(QualifiedName::global(name)) };
                let expr = self.low.expr(ExprKind::Variable(variable), node.span());
                let path = self.low.module.path(expr);
                // A class that is declared further down is not lowered yet, but it is of this file.
                Some(path.unwrap_or_else(|| QualifiedName::here(name)))
            }
        }
    }

    /// The classes an expression stands for as a base. One that is not to be seen here is noted all the same:
    /// methods may come from it.
    pub fn bases(&mut self, node: Cst<'_>) -> Vec<TypeRef> {
        let mut bases = self.base_types(node);
        if bases.is_empty() && !node.is("null") {
            bases.push(TypeRef::plain(self.unseen(node)));
        }
        bases
    }

    fn unseen(&mut self, node: Cst<'_>) -> QualifiedName {
        let name = if node.is("identifier") { node.name() } else { Name::new_static("(expression)") };
        let hoisted = self.low.resolve(&name).is_some_and(|id| {
            let variable = &self.low.module.variables[id];
            variable.kind == VariableKind::Local && variable.values.is_empty()
        });
        // A class that is declared further down.
        if hoisted { QualifiedName::here(name) } else { QualifiedName { module: Name::new_static(UNRESOLVED), name } }
    }

    /// The class or interface an expression names as a base, with mixins' arguments before it.
    fn base_types(&mut self, node: Cst<'_>) -> Vec<TypeRef> {
        match node.kind() {
            "identifier" | "member_expression" => {
                let expr = self.expression(node);
                let mut named = Vec::new();
                self.named_bases(expr, 4, &mut named);
                named
            }
            "call_expression" => {
                let mut bases = Vec::new();
                for argument in node.field("arguments").map(Cst::children).unwrap_or_default() {
                    bases.extend(self.base_types(argument));
                }
                if let Some(callee) = node.field("function") {
                    let made = self.base_types(callee);
                    let unseen = made.is_empty().then(|| TypeRef::plain(self.unseen(callee)));
                    bases.extend(made.into_iter().chain(unseen));
                }
                bases
            }
            _ => Vec::new(),
        }
    }

    /// What a name stands for as a base: a class, or what a mixin makes of one, `const Base = mixin(Item)`.
    fn named_bases(&self, expr: ExprId, depth: u8, found: &mut Vec<TypeRef>) {
        let (module, Some(depth)) = (&self.low.module, depth.checked_sub(1)) else { return };
        if let Some(path) = module.path(expr) {
            return found.push(TypeRef::plain(path));
        }
        match module.kind(module.peel(expr)) {
            ExprKind::Variable(id) => {
                if let [value] = module.variables[*id].values.as_slice() {
                    self.named_bases(*value, depth, found);
                }
            }
            ExprKind::Call { callee, arguments, constructs: false, .. } => {
                let start = found.len();
                for argument in arguments {
                    self.named_bases(argument.value, depth, found);
                }
                // What is given no class is no mixin.
                if found.len() > start {
                    self.named_bases(*callee, depth, found);
                }
            }
            _ => {}
        }
    }
}

fn is_nothing(node: Cst<'_>) -> bool {
    matches!(node.text(), "null" | "undefined" | "void" | "false")
}
