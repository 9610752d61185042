//! The language-neutral model of one file: owned data, made by `lang`, read by everything after it.
//!
//! Names are resolved, functions carry their control-flow graph, classes their fields and bases.
//! Nothing here knows a grammar, and nothing here knows a rule.

mod build;
mod cfg;
mod dump;
mod expr;
mod key;
mod lookup;
mod path;
mod stmt;

use la_arena::{Arena, Idx};
use smol_str::SmolStr;

pub use self::build::build as build_cfg;
pub use self::cfg::{Block, BlockId, Catch, Cfg, Edge, EdgeKind, Step, Terminator};
pub use self::dump::{cfg_mermaid, cfg_text, module_text, type_text};
pub use self::expr::{
    Argument, AssignOp, Clause, Expr, ExprId, ExprKind, ListKind, Literal, LogicalOp, Property, PropertyKey, UnaryOp,
};
pub use self::key::{Place, Root};
pub use self::path::{QualifiedName, UNRESOLVED};
pub use self::stmt::{Arm, CatchClause, CatchFilter, Loop, LoopTest, Stmt, Try, With, WithItem};
use crate::lang::Language;
use crate::source::Span;

/// An identifier or a literal of the source.
pub type Name = SmolStr;
pub type VariableId = Idx<Variable>;
pub type FunctionId = Idx<Function>;
pub type ClassId = Idx<Class>;

/// Everything leaklint knows of one file.
#[derive(Debug)]
pub struct Module {
    pub language: Language,
    /// The Java package.
    pub package: Option<Name>,
    /// Packages and modules whose names are all in scope: `import java.util.*`, `from x import *`.
    pub wildcards: Vec<Name>,
    pub exprs: Arena<Expr>,
    pub variables: Arena<Variable>,
    pub functions: Arena<Function>,
    pub classes: Arena<Class>,
    pub imports: Vec<Import>,
    pub exports: Vec<Export>,
    /// The function that stands for the top level of the file.
    pub root: FunctionId,
    pub comments: Vec<Comment>,
    /// The elements that the markup of a single-file component draws; none where that cannot be read.
    pub drawn: Option<Vec<Drawn>>,
    /// Made when the last change is done.
    lookup: Option<lookup::Lookup>,
}

/// A place where a value is kept under a name.
#[derive(Debug)]
pub struct Variable {
    pub name: Name,
    pub span: Span,
    /// The function whose activation holds the variable.
    pub function: FunctionId,
    pub kind: VariableKind,
    pub ty: Option<TypeRef>,
    /// The values assigned to it anywhere in the file, its initialiser first.
    pub values: Vec<ExprId>,
    /// The default of a parameter that is evaluated where the function is defined, once.
    pub default: Option<ExprId>,
    /// Whether something else than a plain assignment writes it (a loop, a pattern, `+=`).
    pub rewritten: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariableKind {
    /// A parameter and its position, the receiver not counted.
    Parameter(u16),
    Local,
    Import(u32),
    Function(FunctionId),
    Class(ClassId),
    /// Bound by a `catch`.
    Caught,
}

/// A function, a method, a lambda, or the top level of the file.
#[derive(Debug)]
pub struct Function {
    pub name: Option<Name>,
    pub span: Span,
    /// Where the name stands, or the first line of a function without one.
    pub name_span: Span,
    pub kind: FunctionKind,
    pub parameters: Vec<VariableId>,
    /// The function whose body holds this one.
    pub parent: Option<FunctionId>,
    /// The class whose instance `this` is.
    pub this: Option<ClassId>,
    pub is_static: bool,
    pub is_async: bool,
    pub is_generator: bool,
    pub is_abstract: bool,
    pub visibility: Visibility,
    pub annotations: Vec<Annotation>,
    pub returns: Option<TypeRef>,
    /// The types of a `throws` clause.
    pub throws: Vec<TypeRef>,
    /// Variables of enclosing functions that the body reads or writes, nested functions included.
    pub captures: Vec<VariableId>,
    pub cfg: Cfg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionKind {
    Module,
    Function,
    Lambda,
    Method,
    Constructor,
    Getter,
    Setter,
    StaticInitializer,
    FieldInitializer,
    /// The script of a single-file component, which runs once for each instance.
    Component,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Visibility {
    #[default]
    Public,
    Protected,
    Package,
    Private,
}

/// A class, an interface, or an object that carries methods which use `this`.
#[derive(Debug)]
pub struct Class {
    pub name: Option<Name>,
    pub span: Span,
    pub name_span: Span,
    pub kind: ClassKind,
    /// The superclass first, then interfaces and mixins.
    pub bases: Vec<TypeRef>,
    /// How many of `bases` are superclasses rather than interfaces.
    pub superclasses: usize,
    pub fields: Vec<Field>,
    pub methods: Vec<FunctionId>,
    /// The code that initialises instance fields.
    pub field_init: Option<FunctionId>,
    pub annotations: Vec<Annotation>,
    /// The class whose body, or the function in whose body, the declaration stands.
    pub outer: Option<ClassId>,
    pub function: FunctionId,
    pub is_static: bool,
    pub is_abstract: bool,
    pub visibility: Visibility,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassKind {
    Class,
    Interface,
    Enum,
    Record,
    /// `new Base() { … }`
    Anonymous,
    /// An object literal; `group` names the property of the outer object that holds it (`methods: {…}`).
    Object,
    /// `function F() {}` with `F.prototype.m = …`
    Prototype,
}

#[derive(Debug)]
pub struct Field {
    pub name: Name,
    pub span: Span,
    pub ty: Option<TypeRef>,
    /// The values assigned to it by methods of the class, the declared initialiser first.
    pub values: Vec<ExprId>,
    /// Whether the class body declares it; otherwise a method makes it by assignment.
    pub declared: bool,
    pub is_static: bool,
    pub is_final: bool,
    pub visibility: Visibility,
    pub annotations: Vec<Annotation>,
}

/// A decorator or annotation: its name as written, and the call where it has arguments.
#[derive(Debug, Clone)]
pub struct Annotation {
    pub name: Name,
    pub value: Option<ExprId>,
    pub span: Span,
}

/// A declared type: its qualified name and its arguments; arrays and optional types are their element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeRef {
    pub name: QualifiedName,
    pub arguments: Vec<TypeRef>,
}

/// `import { name as variable } from 'module'` and its kin.
#[derive(Debug)]
pub struct Import {
    pub variable: Option<VariableId>,
    pub module: Name,
    pub what: Imported,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    /// The module itself: `import * as m`, `require('m')`, `import m`.
    Module,
    Default,
    Named(Name),
}

/// A name that other files can import.
#[derive(Debug)]
pub struct Export {
    pub name: Name,
    pub what: Exported,
}

#[derive(Debug, Clone)]
pub enum Exported {
    Variable(VariableId),
    Value(ExprId),
    /// `export { name } from 'module'`
    From(Name, Imported),
    /// `export * from 'module'`
    AllFrom(Name),
}

/// A comment, with the delimiters.
#[derive(Debug, Clone)]
pub struct Comment {
    pub span: Span,
    pub text: Name,
}

/// An element in the markup of a single-file component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// As written: `SideBar`, `side-bar`, `div`.
    pub name: Name,
    /// By which code finds it in the page.
    pub id: Option<Name>,
    /// The elements around, the outermost first.
    pub around: Vec<Name>,
    /// What must hold for it to be drawn, each as written.
    pub conditions: Vec<Name>,
    /// Whether it is drawn for each of several things, anew for another one, or for somebody's slot.
    pub repeated: bool,
}

/// A part of the file that could not be lowered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub span: Span,
    pub reason: GapReason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapReason {
    Syntax,
    TooDeep,
    /// It was given up: parsing it takes too much work.
    TooCostly,
}

impl Module {
    /// A module without code: its top level is `root`, the only function.
    #[must_use]
    pub fn new(language: Language, functions: Arena<Function>, root: FunctionId) -> Self {
        Self {
            language,
            package: None,
            wildcards: Vec::new(),
            exprs: Arena::new(),
            variables: Arena::new(),
            functions,
            classes: Arena::new(),
            imports: Vec::new(),
            exports: Vec::new(),
            root,
            comments: Vec::new(),
            drawn: None,
            lookup: None,
        }
    }

    /// The constructor that a class of the file writes.
    #[must_use]
    pub fn constructor(&self, class: ClassId) -> Option<FunctionId> {
        let methods = &self.classes[class].methods;
        methods.iter().copied().find(|method| self.functions[*method].kind == FunctionKind::Constructor)
    }

    /// The expression behind an id.
    #[must_use]
    pub fn kind(&self, expr: ExprId) -> &ExprKind {
        &self.exprs[expr].kind
    }

    #[must_use]
    pub fn span(&self, expr: ExprId) -> Span {
        self.exprs[expr].span
    }

    /// The value behind casts, awaits and spreads: what is meant when the expression is named.
    #[must_use]
    pub fn peel(&self, mut expr: ExprId) -> ExprId {
        while let ExprKind::Await(inner) | ExprKind::Cast { value: inner, .. } | ExprKind::Spread(inner) =
            self.kind(expr)
        {
            expr = *inner;
        }
        expr
    }

    /// Whether an expression is the value that stands for nothing: `null`, `None`, `undefined`.
    #[must_use]
    pub fn is_null(&self, expr: ExprId) -> bool {
        match self.kind(self.peel(expr)) {
            ExprKind::Literal(Literal::Null) => true,
            ExprKind::Global(name) => name == "undefined",
            _ => false,
        }
    }

    /// The function in whose body a nested function finally stands, below the top level; itself for one at the top.
    #[must_use]
    pub fn outermost(&self, mut function: FunctionId) -> FunctionId {
        while let Some(parent) = self.functions[function].parent {
            if parent == self.root {
                break;
            }
            function = parent;
        }
        function
    }

    /// Whether `inner` is `outer` or stands, however deep, in its body.
    #[must_use]
    pub fn encloses(&self, outer: FunctionId, inner: FunctionId) -> bool {
        std::iter::successors(Some(inner), |function| self.functions[*function].parent)
            .any(|function| function == outer)
    }

    /// The classes of this file that a class extends, the nearest first.
    #[must_use]
    pub fn ancestors(&self, class: ClassId) -> Vec<ClassId> {
        let mut found = Vec::new();
        let mut at = class;
        while let Some(above) = self.classes[at].bases.first().and_then(|base| self.local_class(&base.name))
            && above != class
            && !found.contains(&above)
        {
            found.push(above);
            at = above;
        }
        found
    }
}
