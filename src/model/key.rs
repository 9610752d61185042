//! Places: the identity of a value that can be named twice.
//!
//! Two expressions with equal places mean the same object as far as one file can tell. A value made anew at each
//! evaluation (an inline arrow, `f.bind(this)`, `this::f`) has no place, which is why removing a listener with one
//! removes nothing.

use std::fmt;

use super::{ClassId, ExprId, ExprKind, FunctionId, Imported, Literal, Module, Name, QualifiedName, VariableKind};

/// How many aliases and members are followed.
const DEPTH: u8 = 24;

/// Where a value lives: a root and the members that lead from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    pub root: Root,
    /// `.timers[id]`, `.getElement()`; empty for the root itself.
    pub path: Name,
}

/// What a place starts from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Root {
    /// An instance of a class of this file.
    This(ClassId),
    /// A class of this file itself: its static state.
    Static(ClassId),
    Variable(super::VariableId),
    /// An import or a global.
    Path(QualifiedName),
    Constant(Literal),
    /// A function of this file that exists once.
    Function(FunctionId),
}

impl Place {
    fn new(root: Root) -> Self {
        Self { root, path: Name::default() }
    }

    /// The place of a member.
    #[must_use]
    pub fn then(mut self, part: impl fmt::Display) -> Self {
        self.path = Name::from(format!("{}{part}", self.path));
        self
    }

    /// The first member: `timer` of `this.timer.id`.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        let path = self.path.strip_prefix('.')?;
        let end = path.find(['.', '[', '(']).unwrap_or(path.len());
        Some(&path[..end])
    }

    /// The member where there is exactly one: `timer` of `this.timer`, nothing of `this.timer.id`.
    #[must_use]
    pub fn only_field(&self) -> Option<&str> {
        self.field().filter(|field| field.len() + 1 == self.path.len())
    }

    /// Whether `self` is `outer` or a part of it.
    #[must_use]
    pub fn within(&self, outer: &Place) -> bool {
        self.root == outer.root
            && self
                .path
                .strip_prefix(outer.path.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '(']))
    }
}

impl Module {
    /// The place an expression names, if evaluating it twice gives the same object.
    #[must_use]
    pub fn place(&self, expr: ExprId) -> Option<Place> {
        self.place_within(expr, DEPTH)
    }

    fn place_within(&self, expr: ExprId, depth: u8) -> Option<Place> {
        let depth = depth.checked_sub(1)?;
        match self.kind(expr) {
            ExprKind::Variable(id) => Some(self.variable_place(*id, depth)),
            ExprKind::Global(name) => Some(Place::new(Root::Path(QualifiedName::global(name.clone())))),
            ExprKind::This(Some(class)) => Some(Place::new(Root::This(*class))),
            ExprKind::This(None) => Some(Place::new(Root::Path(QualifiedName::global("this")))),
            ExprKind::Literal(literal) => Some(Place::new(Root::Constant(literal.clone()))),
            ExprKind::Member { object, name, .. } => {
                let object = self.place_within(*object, depth)?;
                Some(self.member_place(object, name))
            }
            ExprKind::Index { object, key, .. } => {
                let object = self.place_within(*object, depth)?;
                match self.kind(*key) {
                    ExprKind::Literal(Literal::String(name)) if is_identifier(name) => {
                        Some(self.member_place(object, name))
                    }
                    _ => {
                        let key = self.place_within(*key, depth)?;
                        Some(object.then(format_args!("[{key}]")))
                    }
                }
            }
            ExprKind::Call { callee, arguments, constructs: false, .. } => {
                // A getter: the same object each time, as far as code that pairs its calls assumes.
                let mut places = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    places.push(self.place_within(argument.value, depth)?.to_string());
                }
                let callee = match self.kind(*callee) {
                    ExprKind::Member { name, .. } if name == "bind" => return None,
                    _ => self.place_within(*callee, depth)?,
                };
                Some(callee.then(format_args!("({})", places.join(","))))
            }
            ExprKind::Cast { value, .. } | ExprKind::Await(value) | ExprKind::Spread(value) => {
                self.place_within(*value, depth)
            }
            ExprKind::Assign { target, declares: false, .. } => self.place_within(*target, depth),
            _ => None,
        }
    }

    fn variable_place(&self, id: super::VariableId, depth: u8) -> Place {
        let variable = &self.variables[id];
        match variable.kind {
            VariableKind::Import(index) => {
                let import = &self.imports[index as usize];
                let name = match &import.what {
                    Imported::Named(name) => name.clone(),
                    Imported::Default => Name::new_static("default"),
                    Imported::Module => Name::default(),
                };
                Place::new(Root::Path(QualifiedName { module: import.module.clone(), name }))
            }
            VariableKind::Function(function) => Place::new(Root::Function(function)),
            VariableKind::Class(class) => Place::new(Root::Static(class)),
            VariableKind::Local if !variable.rewritten && variable.values.len() == 1 => {
                let value = variable.values[0];
                // `self = this`, `el = this.el`, `NAME = 'x'` are other names; a call's result is a value of its own.
                let alias = matches!(
                    self.kind(self.peel(value)),
                    ExprKind::Variable(_)
                        | ExprKind::Global(_)
                        | ExprKind::This(_)
                        | ExprKind::Literal(_)
                        | ExprKind::Member { .. }
                );
                let null = matches!(self.kind(value), ExprKind::Literal(Literal::Null));
                if alias
                    && !null
                    && let Some(place) = self.place_within(value, depth)
                {
                    return place;
                }
                Place::new(Root::Variable(id))
            }
            _ => Place::new(Root::Variable(id)),
        }
    }

    /// A member of an object; what a class declares as static is static however it is reached.
    fn member_place(&self, object: Place, name: &str) -> Place {
        let object = match (&object.root, object.path.as_str()) {
            (Root::Path(path), "")
                if path.module.is_empty() && matches!(path.name.as_str(), "window" | "globalThis") =>
            {
                return Place::new(Root::Path(QualifiedName::global(name)));
            }
            (Root::This(class), "") => {
                let own_static = self.field(*class, name).is_some_and(|field| field.is_static);
                if own_static { Place::new(Root::Static(*class)) } else { object }
            }
            (Root::This(class), ".constructor" | ".__class__") => Place::new(Root::Static(*class)),
            _ => object,
        };
        if object.path.is_empty() && self.is_itself(&object.root, name) {
            return object;
        }
        object.then(format_args!(".{name}"))
    }
}

impl Module {
    /// Whether a field is another name of its object: `this._self = this`.
    fn is_itself(&self, root: &Root, name: &str) -> bool {
        let Root::This(class) = root else { return false };
        self.field(*class, name).is_some_and(|field| {
            !field.values.is_empty()
                && field
                    .values
                    .iter()
                    .all(|value| matches!(self.kind(*value), ExprKind::This(Some(own)) if own == class))
        })
    }
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$')
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.root {
            Root::This(class) => write!(out, "this@{}", class.into_raw().into_u32())?,
            Root::Static(class) => write!(out, "static@{}", class.into_raw().into_u32())?,
            Root::Variable(id) => write!(out, "${}", id.into_raw().into_u32())?,
            Root::Function(id) => write!(out, "fn@{}", id.into_raw().into_u32())?,
            Root::Path(path) => write!(out, "{path}")?,
            Root::Constant(Literal::String(text)) => write!(out, "{text:?}")?,
            Root::Constant(Literal::Number(text)) => out.write_str(text)?,
            Root::Constant(Literal::Bool(value)) => write!(out, "{value}")?,
            Root::Constant(Literal::Null) => out.write_str("null")?,
            Root::Constant(Literal::Regex) => out.write_str("regex")?,
        }
        out.write_str(&self.path)
    }
}
