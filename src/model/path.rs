//! What a name stands for: qualified names of imports, globals and types, and the little inference of types
//! that needs no build.

use std::fmt;

use super::{
    Argument, ExprId, ExprKind, Function, FunctionId, Imported, ListKind, Literal, LogicalOp, Module, Name, TypeRef,
    VariableKind,
};
use crate::lang::Language;

/// The module of a name that only the package, a wildcard import or the language itself can declare.
pub const UNRESOLVED: &str = "?";
/// The module of a name that this very file declares.
const HERE: &str = "~";
/// How many aliases are followed before giving up; real code needs two or three.
const DEPTH: u8 = 8;

/// A name with the module, package or import path that declares it.
///
/// `pg` + `Pool`, `java.util` + `Map.Entry`, `./store` + `cache`; a global has an empty module, a declaration of the
/// file itself the module `~`, and an unresolved Java name the module `?`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QualifiedName {
    pub module: Name,
    pub name: Name,
}

impl QualifiedName {
    /// A name of the language or the platform.
    #[must_use]
    pub fn global(name: impl Into<Name>) -> Self {
        Self { module: Name::default(), name: name.into() }
    }

    /// A declaration of the file itself.
    #[must_use]
    pub fn here(name: impl Into<Name>) -> Self {
        Self { module: Name::new_static(HERE), name: name.into() }
    }

    #[must_use]
    pub fn is_here(&self) -> bool {
        self.module == HERE
    }

    #[must_use]
    pub fn is_unresolved(&self) -> bool {
        self.module == UNRESOLVED
    }

    /// The last part: `Entry` of `java.util.Map.Entry`.
    #[must_use]
    pub fn last(&self) -> &str {
        let whole = if self.name.is_empty() { &self.module } else { &self.name };
        whole.rsplit(['.', '/']).next().unwrap_or_default()
    }

    /// The same with a member behind it.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        let joined = if self.name.is_empty() { Name::new(name) } else { Name::from(format!("{}.{name}", self.name)) };
        Self { module: self.module.clone(), name: joined }
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.module.as_str(), self.name.as_str()) {
            ("", name) => out.write_str(name),
            (module, "") => out.write_str(module),
            (module, name) => write!(out, "{module}.{name}"),
        }
    }
}

impl TypeRef {
    /// A type without arguments.
    #[must_use]
    pub fn plain(name: QualifiedName) -> Self {
        Self { name, arguments: Vec::new() }
    }

    /// The value an awaited or optional one gives.
    #[must_use]
    pub fn unwrapped(&self) -> &TypeRef {
        let wrapper =
            matches!(self.name.last(), "Promise" | "PromiseLike" | "Awaitable" | "Coroutine" | "Optional" | "Future");
        match self.name.last() {
            _ if wrapper => self.arguments.last().unwrap_or(self),
            "Union" => self.arguments.first().unwrap_or(self),
            _ => self,
        }
    }
}

/// `org.apache.lucene.index.DirectoryReader.open`: a Java name that the code writes with its package.
fn written_out(path: QualifiedName) -> QualifiedName {
    if !path.is_unresolved() {
        return path;
    }
    let capital = |part: &str| part.starts_with(|first: char| first.is_ascii_uppercase());
    let Some(parts) = path.name.split('.').position(capital).filter(|parts| *parts > 1) else { return path };
    let package: usize = path.name.split('.').take(parts).map(|part| part.len() + 1).sum();
    QualifiedName { module: Name::new(&path.name[..package - 1]), name: Name::new(&path.name[package..]) }
}

impl Module {
    /// The library function, class, module or global object that an expression names.
    #[must_use]
    pub fn path(&self, expr: ExprId) -> Option<QualifiedName> {
        self.path_within(expr, DEPTH).map(written_out)
    }

    fn path_within(&self, expr: ExprId, depth: u8) -> Option<QualifiedName> {
        let depth = depth.checked_sub(1)?;
        match self.kind(expr) {
            ExprKind::Variable(id) => {
                let variable = &self.variables[*id];
                match variable.kind {
                    VariableKind::Import(index) => Some(self.import_path(index as usize)),
                    VariableKind::Class(class) => Some(self.class_name(class)),
                    VariableKind::Function(_) => Some(QualifiedName::here(variable.name.clone())),
                    VariableKind::Local if !variable.rewritten => match variable.values.as_slice() {
                        [value] => self.path_within(*value, depth),
                        _ => None,
                    },
                    _ => None,
                }
            }
            ExprKind::Global(name) if self.language == Language::Java => {
                Some(QualifiedName { module: Name::new_static(UNRESOLVED), name: name.clone() })
            }
            ExprKind::Global(name) => Some(QualifiedName::global(name.clone())),
            ExprKind::Member { object, name, .. } => {
                let object = self.path_within(*object, depth)?;
                if object.module.is_empty() && is_global_object(&object.name) {
                    return Some(QualifiedName::global(name.clone()));
                }
                Some(object.member(name))
            }
            ExprKind::Cast { value, .. } => self.path_within(*value, depth),
            // `window.AudioContext || window.webkitAudioContext`
            ExprKind::Logical { operator: LogicalOp::Or, left, right }
                if matches!(self.kind(*right), ExprKind::Member { .. }) =>
            {
                self.path_within(*left, depth).filter(|path| path.module.is_empty())
            }
            ExprKind::Class(class) => Some(self.class_name(*class)),
            _ => None,
        }
    }

    fn import_path(&self, index: usize) -> QualifiedName {
        let import = &self.imports[index];
        let module = match self.language {
            Language::Java | Language::Python => import.module.clone(),
            _ => Name::new(import.module.strip_prefix("node:").unwrap_or(&import.module)),
        };
        match &import.what {
            Imported::Named(name) => QualifiedName { module, name: name.clone() },
            Imported::Module | Imported::Default => QualifiedName { module, name: Name::default() },
        }
    }

    /// The qualified name of a class of this file.
    #[must_use]
    pub fn class_name(&self, class: super::ClassId) -> QualifiedName {
        let mut names = vec![self.classes[class].name.clone().unwrap_or_default()];
        let mut outer = self.classes[class].outer;
        while let Some(id) = outer {
            names.push(self.classes[id].name.clone().unwrap_or_default());
            outer = self.classes[id].outer;
        }
        names.reverse();
        let name = Name::from(names.join("."));
        match (self.language, &self.package) {
            (Language::Java, Some(package)) => QualifiedName { module: package.clone(), name },
            (Language::Java, None) => QualifiedName::global(name),
            _ => QualifiedName::here(name),
        }
    }

    /// The declared or evident type of a value, where the file alone tells.
    #[must_use]
    pub fn type_of(&self, expr: ExprId) -> Option<TypeRef> {
        self.type_within(expr, DEPTH)
    }

    fn type_within(&self, expr: ExprId, depth: u8) -> Option<TypeRef> {
        let depth = depth.checked_sub(1)?;
        let builtin = |name: &str| Some(TypeRef::plain(QualifiedName::global(name)));
        match self.kind(expr) {
            ExprKind::Variable(id) => {
                let variable = &self.variables[*id];
                if variable.ty.is_some() {
                    return variable.ty.clone();
                }
                variable.values.iter().find_map(|value| self.type_within(*value, depth))
            }
            ExprKind::This(Some(class)) => Some(TypeRef::plain(self.class_name(*class))),
            ExprKind::Member { object, name, .. } => self.member_type(*object, name, depth),
            ExprKind::Call { callee, constructs: true, .. } => {
                let callee = self.peel(*callee);
                if let ExprKind::Class(class) = self.kind(callee) {
                    let class = &self.classes[*class];
                    return class.bases.first().cloned();
                }
                self.path_within(callee, depth).map(TypeRef::plain)
            }
            ExprKind::Call { callee, arguments, .. } => {
                self.asked_of_container(*callee, arguments, depth).or_else(|| self.result_type(*callee, depth))
            }
            ExprKind::Cast { value, ty } => ty.clone().or_else(|| self.type_within(*value, depth)),
            ExprKind::Await(value) => self.type_within(*value, depth).map(|ty| ty.unwrapped().clone()),
            ExprKind::Assign { value, .. } => self.type_within(*value, depth),
            ExprKind::Logical { left, right, .. } => {
                self.type_within(*right, depth).or_else(|| self.type_within(*left, depth))
            }
            ExprKind::Conditional { then, otherwise, .. } => {
                self.type_within(*then, depth).or_else(|| self.type_within(*otherwise, depth))
            }
            ExprKind::Literal(Literal::String(_)) | ExprKind::Template(_) => builtin("String"),
            ExprKind::Literal(Literal::Number(_)) => builtin("Number"),
            ExprKind::Literal(Literal::Bool(_)) => builtin("Boolean"),
            ExprKind::Object(_) => builtin(if self.language == Language::Python { "dict" } else { "Object" }),
            ExprKind::List { kind, .. } | ExprKind::Comprehension { kind, .. } => {
                builtin(list_type(self.language, *kind))
            }
            _ => None,
        }
    }

    /// Whether a call asks a container for an instance of a class.
    #[must_use]
    pub fn is_injected(&self, call: ExprId) -> bool {
        match self.kind(self.peel(call)) {
            ExprKind::Call { callee, arguments, constructs: false, .. } => {
                self.asked_of_container(*callee, arguments, DEPTH).is_some()
            }
            _ => false,
        }
    }

    fn member_type(&self, object: ExprId, name: &str, depth: u8) -> Option<TypeRef> {
        let class = match self.kind(object) {
            ExprKind::This(class) => (*class)?,
            _ => self.local_class(&self.type_within(object, depth)?.name)?,
        };
        let field = self.field(class, name)?;
        field.ty.clone().or_else(|| field.values.iter().find_map(|value| self.type_within(*value, depth)))
    }

    /// `inject(Orders)`, `container.resolve(Orders)`: an instance of the class that is asked for.
    fn asked_of_container(&self, callee: ExprId, arguments: &[Argument], depth: u8) -> Option<TypeRef> {
        let name = match self.kind(self.peel(callee)) {
            ExprKind::Variable(id) => &self.variables[*id].name,
            ExprKind::Member { name, .. } => name,
            _ => return None,
        };
        let class = self.path_within(arguments.first()?.value, depth)?;
        let asks = matches!(name.as_str(), "inject" | "resolve") && class.last().starts_with(char::is_uppercase);
        asks.then(|| TypeRef::plain(class))
    }

    fn result_type(&self, callee: ExprId, depth: u8) -> Option<TypeRef> {
        let callee = self.peel(callee);
        if let Some(function) = self.local_function_within(callee, depth) {
            let Function { returns, this, name, .. } = &self.functions[function];
            // A constructor called without `new` (Python classes are told apart by `constructs`).
            let constructor = this.is_some() && name.as_deref() == Some("constructor");
            return if constructor { None } else { returns.clone() };
        }
        if self.language == Language::Java {
            // `ConnectionManager.getInstance()`
            let path = self.path_within(callee, depth)?;
            let class = path.name.strip_suffix(".getInstance")?;
            return Some(TypeRef::plain(QualifiedName { module: path.module.clone(), name: Name::new(class) }));
        }
        self.path_within(callee, depth).filter(|path| !path.is_here()).map(TypeRef::plain)
    }

    /// The class of this file that a type names.
    #[must_use]
    pub fn local_class(&self, name: &QualifiedName) -> Option<super::ClassId> {
        let own = name.is_here()
            || name.is_unresolved()
            || (self.language == Language::Java && self.package.as_ref().is_none_or(|package| *package == name.module));
        if !own {
            return None;
        }
        let mut named = self.classes_named(name.last()).into_iter();
        named.find(|id| !name.name.contains('.') || self.class_name(*id).name == name.name)
    }

    /// The function of this file that a callee runs: a name, a lambda, a method on `this`, or on a value of a class
    /// of this file.
    #[must_use]
    pub fn local_function(&self, callee: ExprId) -> Option<FunctionId> {
        self.local_function_within(self.peel(callee), DEPTH)
    }

    fn local_function_within(&self, callee: ExprId, depth: u8) -> Option<FunctionId> {
        let depth = depth.checked_sub(1)?;
        match self.kind(callee) {
            ExprKind::Function(function) => Some(*function),
            ExprKind::Variable(id) => {
                let variable = &self.variables[*id];
                match variable.kind {
                    VariableKind::Function(function) => Some(function),
                    VariableKind::Local if !variable.rewritten => match variable.values.as_slice() {
                        [value] => self.function_value(*value, depth),
                        _ => None,
                    },
                    _ => None,
                }
            }
            ExprKind::Member { object, name, .. } | ExprKind::MethodReference { object, name } => {
                let class = match self.kind(*object) {
                    ExprKind::This(class) => (*class)?,
                    ExprKind::Super => return None,
                    ExprKind::Variable(id) => match self.variables[*id].kind {
                        VariableKind::Class(class) => class,
                        _ => self.local_class(&self.type_within(*object, depth)?.name)?,
                    },
                    _ => self.local_class(&self.type_within(*object, depth)?.name)?,
                };
                self.class_function_within(class, name, depth).or_else(|| self.inherited(class, name, depth))
            }
            _ => None,
        }
    }

    /// A method that a class has of a base class of the same file.
    fn inherited(&self, class: super::ClassId, name: &str, depth: u8) -> Option<FunctionId> {
        let depth = depth.checked_sub(1)?;
        self.classes[class].bases.iter().filter_map(|base| self.local_class(&base.name)).find_map(|base| {
            self.class_function_within(base, name, depth).or_else(|| self.inherited(base, name, depth))
        })
    }

    /// The method of a class, or the function kept in one of its fields.
    #[must_use]
    pub fn class_function(&self, class: super::ClassId, name: &str) -> Option<FunctionId> {
        self.class_function_within(class, name, DEPTH)
    }

    fn class_function_within(&self, class: super::ClassId, name: &str, depth: u8) -> Option<FunctionId> {
        let depth = depth.checked_sub(1)?;
        self.methods_named(class, name).next().or_else(|| {
            let [value] = self.field(class, name)?.values.as_slice() else { return None };
            self.function_value(*value, depth)
        })
    }

    /// The function behind a value: a lambda, also inside `useCallback(…)`, `debounce(…)`-like wrappers or `.bind(…)`.
    #[must_use]
    pub fn function_of(&self, expr: ExprId) -> Option<FunctionId> {
        self.function_value(expr, DEPTH)
    }

    fn function_value(&self, expr: ExprId, depth: u8) -> Option<FunctionId> {
        let depth = depth.checked_sub(1)?;
        let expr = self.peel(expr);
        match self.kind(expr) {
            ExprKind::Call { callee, arguments, .. } => {
                if let ExprKind::Member { object, name, .. } = self.kind(*callee)
                    && name == "bind"
                {
                    return self.function_value(*object, depth);
                }
                // A wrapper that is given a function literal first gives back a function that runs it.
                let first = arguments.first()?.value;
                matches!(self.kind(first), ExprKind::Function(_)).then(|| self.function_value(first, depth))?
            }
            _ => self.local_function_within(expr, depth),
        }
    }
}

/// Names under which JavaScript reaches its global scope.
fn is_global_object(name: &str) -> bool {
    matches!(name, "window" | "globalThis" | "global" | "self")
}

fn list_type(language: Language, kind: ListKind) -> &'static str {
    match (language, kind) {
        (Language::Python, ListKind::List) => "list",
        (_, ListKind::Tuple) => "tuple",
        (_, ListKind::Set) => "set",
        (_, ListKind::Dict) => "dict",
        (_, ListKind::Generator) => "generator",
        _ => "Array",
    }
}
