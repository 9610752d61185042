//! Which declaration a name means, and types.

use super::{Front, split_type};
use crate::lang::cst::Cst;
use crate::model::{
    ClassId, ExprId, ExprKind, Imported, Name, QualifiedName, TypeRef, UNRESOLVED, VariableId, VariableKind,
};
use crate::source::Span;

/// Where the packages of Java begin: `org.apache.lucene.index.DirectoryReader.open(directory)`.
const PACKAGES: [&str; 7] = ["java", "javax", "jakarta", "org", "com", "android", "edu"];

impl Front {
    /// A simple name in an expression: variable, field of a class around, type, or a field some base class declares.
    pub fn identifier(&mut self, node: Cst<'_>) -> ExprId {
        let name = node.name();
        let span = node.span();
        if let Some(variable) = self.low.resolve(&name)
            && !matches!(self.low.module.variables[variable].kind, VariableKind::Import(_))
        {
            return self.low.expr(ExprKind::Variable(variable), span);
        }
        if let Some(class) = self.class_with(&name, false) {
            return self.this_member(class, name, span);
        }
        if let Some(variable) = self.low.resolve(&name) {
            return self.low.expr(ExprKind::Variable(variable), span);
        }
        let lower = name.starts_with(|first: char| first.is_lowercase()) && !PACKAGES.contains(&name.as_str());
        let inherits = self.low.classes.iter().rev().copied().find(|class| self.has_base(*class));
        match inherits {
            Some(class) if lower => self.this_member(class, name, span),
            _ => self.low.expr(ExprKind::Global(name), span),
        }
    }

    /// The callee of a call without an object: a method of a class around, a static import, or an inherited method.
    pub fn bare_callee(&mut self, node: Cst<'_>) -> ExprId {
        let name = node.name();
        let span = node.span();
        if let Some(class) = self.class_with(&name, true) {
            return self.this_member(class, name, span);
        }
        if let Some(variable) = self.low.resolve(&name)
            && matches!(self.low.module.variables[variable].kind, VariableKind::Import(_))
        {
            return self.low.expr(ExprKind::Variable(variable), span);
        }
        let inherits = self.low.classes.iter().rev().copied().find(|class| self.has_base(*class));
        // Interfaces seldom have methods that are called so.
        let extends = |class: &ClassId| self.low.module.classes[*class].superclasses > 0;
        if !self.low.classes.iter().any(extends)
            && let Some(variable) = self.static_member(&name, span)
        {
            return self.low.expr(ExprKind::Variable(variable), span);
        }
        match inherits.or(self.low.classes.last().copied()) {
            Some(class) => self.this_member(class, name, span),
            None => self.low.expr(ExprKind::Global(name), span),
        }
    }

    /// What `import static Some.Type.*` brings by that name, where it can be of one type only.
    fn static_member(&mut self, name: &Name, span: Span) -> Option<VariableId> {
        let [only] = self.statics.as_slice() else { return None };
        let whole = format!("{only}.{name}");
        let (module, member) = split_type(&whole);
        self.low.import(Some((name.clone(), span)), Name::new(module), Imported::Named(Name::new(member)), span)
    }

    fn this_member(&mut self, class: ClassId, name: Name, span: Span) -> ExprId {
        let object = self.low.expr(ExprKind::This(Some(class)), span);
        self.low.expr(ExprKind::Member { object, name, optional: false }, span)
    }

    fn class_with(&self, name: &str, method: bool) -> Option<ClassId> {
        self.low.classes.iter().rev().copied().find(|class| {
            self.members.get(class).is_some_and(|members| {
                if method { members.methods.contains(name) } else { members.fields.contains(name) }
            })
        })
    }

    fn has_base(&self, class: ClassId) -> bool {
        !self.low.module.classes[class].bases.is_empty()
    }

    /// The qualified name of a type as written.
    pub fn type_path(&mut self, text: &str) -> QualifiedName {
        let first = text.split('.').next().unwrap_or(text);
        let rest = text[first.len()..].trim_start_matches('.');
        let resolved = self.types.get(first).cloned().or_else(|| {
            let variable = self.low.resolve(first)?;
            let VariableKind::Import(index) = self.low.module.variables[variable].kind else { return None };
            let import = &self.low.module.imports[index as usize];
            let crate::model::Imported::Named(name) = &import.what else { return None };
            Some(QualifiedName { module: import.module.clone(), name: name.clone() })
        });
        match resolved {
            Some(path) if rest.is_empty() => path,
            Some(path) => path.member(rest),
            None if first.starts_with(|first: char| first.is_lowercase()) && !rest.is_empty() => {
                let (module, name) = split_type(text);
                QualifiedName { module: Name::new(module), name: Name::new(name) }
            }
            None => QualifiedName { module: Name::new_static(UNRESOLVED), name: Name::new(text) },
        }
    }

    /// A declared type; `var` and `void` are none.
    pub fn type_node(&mut self, node: Cst<'_>) -> Option<TypeRef> {
        match node.kind() {
            "type_identifier" if node.text() == "var" => None,
            "type_identifier" | "scoped_type_identifier" | "identifier" | "scoped_identifier" => {
                Some(TypeRef::plain(self.type_path(&plain(node.text()))))
            }
            "generic_type" => {
                let name = node.first()?;
                let name = self.type_path(&plain(name.text()));
                let arguments = node.child("type_arguments").map(Cst::children).unwrap_or_default();
                let arguments = arguments.into_iter().filter_map(|argument| self.type_node(argument)).collect();
                Some(TypeRef { name, arguments })
            }
            "array_type" => {
                let arguments = node.field("element").and_then(|element| self.type_node(element)).into_iter().collect();
                Some(TypeRef { name: QualifiedName::global("Array"), arguments })
            }
            "integral_type" | "floating_point_type" | "boolean_type" => {
                Some(TypeRef::plain(QualifiedName::global(node.name())))
            }
            "annotated_type" => node.children().into_iter().rev().find_map(|child| self.type_node(child)),
            "wildcard" => node.children().into_iter().next_back().and_then(|bound| self.type_node(bound)),
            _ => None,
        }
    }

    /// A type as the callee of `new`, or as the object of a static call.
    pub fn type_expr(&mut self, node: Cst<'_>) -> ExprId {
        let node = if node.is("generic_type") { node.first().unwrap_or(node) } else { node };
        let span = node.span();
        let text = plain(node.text());
        let mut parts = text.split('.');
        let first = parts.next().unwrap_or_default();
        let kind = match self.low.resolve(first) {
            Some(variable) => ExprKind::Variable(variable),
            None => ExprKind::Global(Name::new(first)),
        };
        let mut expr = self.low.expr(kind, span);
        for part in parts {
            expr = self.low.expr(ExprKind::Member { object: expr, name: Name::new(part), optional: false }, span);
        }
        expr
    }
}

/// A dotted name without white space, annotations and type arguments.
fn plain(text: &str) -> String {
    let mut depth = 0_u32;
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth > 0 || sign.is_whitespace() => {}
            _ => out.push(sign),
        }
    }
    out
}
