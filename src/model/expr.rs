//! Expressions: a small, language-neutral tree in an arena, with names already resolved to variables.

use la_arena::{Arena, Idx};

use super::{ClassId, FunctionId, Name, TypeRef, VariableId};
use crate::source::Span;

/// An expression of one module.
pub type ExprId = Idx<Expr>;

/// What is computed, and where it stands.
#[derive(Debug)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
    /// Whether evaluating it does anything that the control-flow graph records: a call, an assignment, a closure.
    pub effects: bool,
}

/// The forms that matter to a leak; every other form is [`ExprKind::Opaque`].
#[derive(Debug)]
pub enum ExprKind {
    /// A name that resolves to a variable, a parameter or an import of this file.
    Variable(VariableId),
    /// A name that nothing in this file declares.
    Global(Name),
    /// `this`, `self`, or an implicit receiver; with the class it is an instance of, where that is known.
    This(Option<ClassId>),
    Super,
    Literal(Literal),
    /// A string that is put together at run time; the parts are its expressions.
    Template(Vec<ExprId>),
    Member {
        object: ExprId,
        name: Name,
        optional: bool,
    },
    Index {
        object: ExprId,
        key: ExprId,
        optional: bool,
    },
    Call {
        callee: ExprId,
        arguments: Vec<Argument>,
        /// `new C(…)`, or a call of a name in capitals in Python.
        constructs: bool,
        optional: bool,
    },
    Assign {
        target: ExprId,
        value: ExprId,
        operator: AssignOp,
        /// `const x = …`: the target is declared here.
        declares: bool,
    },
    Logical {
        operator: LogicalOp,
        left: ExprId,
        right: ExprId,
    },
    Binary {
        operator: Name,
        left: ExprId,
        right: ExprId,
    },
    Unary {
        operator: UnaryOp,
        operand: ExprId,
    },
    Conditional {
        condition: ExprId,
        then: ExprId,
        otherwise: ExprId,
    },
    /// An object or dict literal, or a pattern that takes one apart.
    Object(Vec<Property>),
    /// A list, tuple, set or array literal, or a pattern that takes one apart.
    List {
        kind: ListKind,
        items: Vec<ExprId>,
    },
    /// A function value: lambda, arrow, anonymous or nested function.
    Function(FunctionId),
    /// A class value; the first argument tuple of an anonymous class is in a surrounding call.
    Class(ClassId),
    /// `obj::method`: a fresh function object at each evaluation.
    MethodReference {
        object: ExprId,
        name: Name,
    },
    Await(ExprId),
    Yield(Option<ExprId>),
    Spread(ExprId),
    /// A value under a type: cast, `as`, non-null assertion.
    Cast {
        value: ExprId,
        ty: Option<TypeRef>,
    },
    /// `a instanceof T`; declares `binding` where the language can.
    TypeTest {
        value: ExprId,
        ty: Option<TypeRef>,
    },
    /// `[f(x) for x in xs]`: evaluated as a loop whose elements are `element`.
    Comprehension {
        kind: ListKind,
        clauses: Vec<Clause>,
        element: Vec<ExprId>,
    },
    Sequence(Vec<ExprId>),
    /// A form the model does not know: it may throw and may take ownership of its parts.
    Opaque(Vec<ExprId>),
    /// An element of JSX. The component is there where the file declares or imports one by that name.
    Markup {
        name: Name,
        component: Option<ExprId>,
        /// Values by the names of their attributes; what is spread has none.
        attributes: Vec<Argument>,
        children: Vec<ExprId>,
    },
}

/// Constants of the source.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Literal {
    String(Name),
    Number(Name),
    Bool(bool),
    Null,
    Regex,
}

#[derive(Debug)]
pub struct Argument {
    pub value: ExprId,
    /// Keyword arguments of Python.
    pub name: Option<Name>,
}

#[derive(Debug)]
pub struct Property {
    pub key: PropertyKey,
    pub value: ExprId,
}

#[derive(Debug)]
pub enum PropertyKey {
    Name(Name),
    Computed(ExprId),
    Spread,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssignOp {
    /// `=`
    Set,
    /// `||=`, `??=`
    SetIfMissing,
    /// `+=` and the other compound operators, with the operator's text.
    Compound(Name),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogicalOp {
    And,
    Or,
    Coalesce,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    Not,
    Delete,
    /// `++`, `--`
    Step,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind {
    List,
    Tuple,
    Set,
    Dict,
    Generator,
}

/// One `for … in … if …` of a comprehension.
#[derive(Debug)]
pub struct Clause {
    pub target: ExprId,
    pub iterable: ExprId,
    pub conditions: Vec<ExprId>,
}

impl Expr {
    /// An expression whose parts are in `arena` already.
    #[must_use]
    pub fn new(arena: &Arena<Expr>, kind: ExprKind, span: Span) -> Self {
        let effects = kind.acts() || kind.parts().iter().any(|part| arena[*part].effects);
        Self { kind, span, effects }
    }
}

impl ExprKind {
    /// Whether the form itself is a step of the control-flow graph.
    #[must_use]
    pub fn acts(&self) -> bool {
        matches!(
            self,
            Self::Call { .. }
                | Self::Assign { .. }
                | Self::Function(_)
                | Self::Class(_)
                | Self::Await(_)
                | Self::Yield(_)
                | Self::Unary { operator: UnaryOp::Delete | UnaryOp::Step, .. }
                | Self::Comprehension { .. }
                | Self::Opaque(_)
                | Self::Markup { .. }
        )
    }

    /// The direct sub-expressions, in the order of evaluation.
    #[must_use]
    pub fn parts(&self) -> Vec<ExprId> {
        match self {
            Self::Variable(_)
            | Self::Global(_)
            | Self::This(_)
            | Self::Super
            | Self::Literal(_)
            | Self::Function(_)
            | Self::Class(_)
            | Self::Yield(None) => Vec::new(),
            Self::Template(parts) | Self::Sequence(parts) | Self::Opaque(parts) | Self::List { items: parts, .. } => {
                parts.clone()
            }
            Self::Member { object: part, .. }
            | Self::MethodReference { object: part, .. }
            | Self::Unary { operand: part, .. }
            | Self::Await(part)
            | Self::Yield(Some(part))
            | Self::Spread(part)
            | Self::Cast { value: part, .. }
            | Self::TypeTest { value: part, .. } => vec![*part],
            Self::Index { object, key, .. } => vec![*object, *key],
            Self::Call { callee, arguments, .. } => {
                std::iter::once(*callee).chain(arguments.iter().map(|argument| argument.value)).collect()
            }
            Self::Assign { target, value, .. } => vec![*target, *value],
            Self::Logical { left, right, .. } | Self::Binary { left, right, .. } => vec![*left, *right],
            Self::Conditional { condition, then, otherwise } => vec![*condition, *then, *otherwise],
            Self::Markup { component, attributes, children, .. } => {
                let attributes = attributes.iter().map(|attribute| attribute.value);
                component.iter().copied().chain(attributes).chain(children.iter().copied()).collect()
            }
            Self::Object(properties) => properties
                .iter()
                .flat_map(|property| match property.key {
                    PropertyKey::Computed(key) => vec![key, property.value],
                    PropertyKey::Name(_) | PropertyKey::Spread => vec![property.value],
                })
                .collect(),
            Self::Comprehension { clauses, element, .. } => clauses
                .iter()
                .flat_map(|clause| {
                    [clause.iterable, clause.target].into_iter().chain(clause.conditions.iter().copied())
                })
                .chain(element.iter().copied())
                .collect(),
        }
    }
}
