//! Imports and exports, of ES modules and of `CommonJS`.

use super::Front;
use crate::lang::cst::Cst;
use crate::model::{Export, Exported, ExprId, ExprKind, Imported, Name, PropertyKey, Stmt};

impl Front {
    /// Declares what an `import` binds.
    pub fn declare_import(&mut self, statement: Cst<'_>) {
        let Some(source) = statement
            .field("source")
            .or_else(|| statement.child("import_require_clause").and_then(|clause| clause.field("source")))
        else {
            return;
        };
        let module = string_value(source);
        let span = statement.span();
        if let Some(clause) = statement.child("import_require_clause") {
            if let Some(name) = clause.child("identifier") {
                self.low.import(Some((name.name(), name.span())), module, Imported::Module, span);
            }
            return;
        }
        let Some(clause) = statement.child("import_clause") else {
            self.low.import(None, module, Imported::Module, span);
            return;
        };
        for child in clause.children() {
            match child.kind() {
                "identifier" => {
                    self.low.import(Some((child.name(), child.span())), module.clone(), Imported::Default, span);
                }
                "namespace_import" => {
                    if let Some(name) = child.first() {
                        self.low.import(Some((name.name(), name.span())), module.clone(), Imported::Module, span);
                    }
                }
                "named_imports" => {
                    for specifier in child.children() {
                        let Some(name) = specifier.field("name") else { continue };
                        let local = specifier.field("alias").unwrap_or(name);
                        let what = named(&name_text(name));
                        self.low.import(Some((local.name(), local.span())), module.clone(), what, span);
                    }
                }
                _ => {}
            }
        }
    }

    /// The statements of an `export`.
    pub fn export_statement(&mut self, statement: Cst<'_>) -> Vec<Stmt> {
        if let Some(source) = statement.field("source") {
            self.reexport(statement, string_value(source));
            return Vec::new();
        }
        let is_default = statement.has_token("default");
        if let Some(declaration) = statement.field("declaration") {
            let annotations = self.decorators(&statement.fields("decorator"));
            let lowered = self.declaration(declaration, annotations);
            let mut names = Vec::new();
            declared_names(declaration, &mut names);
            for name in names {
                self.export_name(&if is_default { Name::new_static("default") } else { name.clone() }, &name);
            }
            return lowered;
        }
        if let Some(value) = statement.field("value") {
            let value = self.default_value(value);
            self.low.module.exports.push(Export { name: Name::new_static("default"), what: Exported::Value(value) });
            return vec![Stmt::Expr(value)];
        }
        if let Some(clause) = statement.child("export_clause") {
            for specifier in clause.children() {
                let Some(name) = specifier.field("name") else { continue };
                let outer = specifier.field("alias").unwrap_or(name);
                self.export_name(&name_text(outer), &name.name());
            }
            return Vec::new();
        }
        // `export = value` and default exports that the grammar leaves without a field.
        let mut stmts = Vec::new();
        for child in statement.children().into_iter().filter(|child| !child.is("decorator")) {
            let value = self.expression(child);
            self.low.module.exports.push(Export { name: Name::new_static("default"), what: Exported::Value(value) });
            stmts.push(Stmt::Expr(value));
        }
        stmts
    }

    fn default_value(&mut self, value: Cst<'_>) -> ExprId {
        match value.kind() {
            "object" => self.object(value, Some(Name::new_static("default")), true),
            _ => self.expression(value),
        }
    }

    fn export_name(&mut self, outer: &Name, local: &str) {
        if let Some(variable) = self.low.resolve(local) {
            // A member of a namespace is reached through its name.
            let path: Vec<&str> = self.namespaces.iter().chain([outer]).map(Name::as_str).collect();
            let name = Name::from(path.join("."));
            self.low.module.exports.push(Export { name, what: Exported::Variable(variable) });
        }
    }

    fn reexport(&mut self, statement: Cst<'_>, module: Name) {
        if let Some(clause) = statement.child("export_clause") {
            for specifier in clause.children() {
                let Some(name) = specifier.field("name") else { continue };
                let outer = specifier.field("alias").unwrap_or(name);
                let what = Exported::From(module.clone(), named(&name_text(name)));
                self.low.module.exports.push(Export { name: name_text(outer), what });
            }
        } else if let Some(namespace) = statement.child("namespace_export") {
            let name = namespace.first().map_or_else(Name::default, name_text);
            self.low.module.exports.push(Export { name, what: Exported::From(module, Imported::Module) });
        } else {
            self.low.module.exports.push(Export { name: Name::default(), what: Exported::AllFrom(module) });
        }
    }

    /// Notes `module.exports = …`, `exports.x = …` and `module.exports.x = …`.
    pub fn commonjs_export(&mut self, target: ExprId, value: ExprId) {
        let exprs = &self.low.module.exprs;
        let is_exports = |expr: ExprId| match &exprs[expr].kind {
            ExprKind::Global(name) => name == "exports",
            ExprKind::Member { object, name, .. } => {
                name == "exports" && matches!(&exprs[*object].kind, ExprKind::Global(name) if name == "module")
            }
            _ => false,
        };
        let mut exports = Vec::new();
        if let ExprKind::Member { object, name, .. } = &exprs[target].kind {
            if is_exports(target) && !is_exports(*object) {
                exports.push((Name::new_static("default"), value));
                if let ExprKind::Object(properties) = &exprs[value].kind {
                    for property in properties {
                        if let PropertyKey::Name(name) = &property.key {
                            exports.push((name.clone(), property.value));
                        }
                    }
                }
            } else if is_exports(*object) {
                exports.push((name.clone(), value));
            }
        }
        for (name, value) in exports {
            let what = match &self.low.module.exprs[value].kind {
                ExprKind::Variable(variable) => Exported::Variable(*variable),
                _ => Exported::Value(value),
            };
            self.low.module.exports.push(Export { name, what });
        }
    }
}

/// `default` imported by name is the default import.
pub fn named(name: &str) -> Imported {
    if name == "default" { Imported::Default } else { Imported::Named(Name::new(name)) }
}

fn name_text(node: Cst<'_>) -> Name {
    if node.is("string") { string_value(node) } else { node.name() }
}

/// The value of a string literal, escapes left as they are.
pub fn string_value(node: Cst<'_>) -> Name {
    Name::new(node.text().trim_matches(['"', '\'', '`']))
}

fn declared_names(declaration: Cst<'_>, names: &mut Vec<Name>) {
    match declaration.kind() {
        "lexical_declaration" | "variable_declaration" | "using_declaration" => {
            let mut found = Vec::new();
            for declarator in declaration.children() {
                if let Some(pattern) = declarator.field("name") {
                    super::declare::pattern_names(pattern, &mut found);
                }
            }
            names.extend(found.into_iter().map(|(name, _)| name));
        }
        // The implementation behind overload signatures is what is exported.
        "function_signature" => {}
        _ => names.extend(declaration.field("name").map(Cst::name)),
    }
}
