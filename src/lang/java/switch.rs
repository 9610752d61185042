//! `switch`, as a statement and as a value, and patterns.

use super::Front;
use crate::lang::cst::Cst;
use crate::model::{Arm, AssignOp, ExprId, ExprKind, Name, Stmt, TypeRef, VariableId, VariableKind};

/// The label a `yield` breaks to, and the name of the variable that takes the value: no name of the source.
const VALUE: &str = "(switch)";

impl Front {
    /// Lowers with a list of its own for the statements that a value needs before it.
    pub fn hoisted<T>(&mut self, lower: impl FnOnce(&mut Self) -> T) -> (Vec<Stmt>, T) {
        self.preludes.push(Vec::new());
        let lowered = lower(self);
        (self.preludes.pop().unwrap_or_default(), lowered)
    }

    /// A `switch` whose value is used: its arms assign a variable, ahead of the statement that has the value.
    pub fn switch_value(&mut self, node: Cst<'_>) -> ExprId {
        let variable = self.low.declare_anew(Name::new_static(VALUE), node.span(), VariableKind::Local);
        self.yields.push(variable);
        let lowered = self.switch(node, Some(variable));
        self.yields.pop();
        if let Some(prelude) = self.preludes.last_mut() {
            prelude.extend(lowered);
        }
        self.low.expr(ExprKind::Variable(variable), node.span())
    }

    /// `yield value`: the value of the `switch` around.
    pub fn yielded(&mut self, node: Cst<'_>) -> Vec<Stmt> {
        let value = self.child_or_opaque(node.first(), node);
        let Some(variable) = self.yields.last().copied() else { return vec![Stmt::Expr(value)] };
        vec![self.give(variable, value), Stmt::Break(Some(Name::new_static(VALUE)))]
    }

    fn give(&mut self, variable: VariableId, value: ExprId) -> Stmt {
        let span = self.low.module.exprs[value].span;
        let target = self.low.expr(ExprKind::Variable(variable), span);
        Stmt::Expr(self.low.assign(target, value, AssignOp::Set, true, span))
    }

    /// A `switch` of either form; the values of its arms go to `value`.
    pub fn switch(&mut self, node: Cst<'_>, value: Option<VariableId>) -> Vec<Stmt> {
        let mut lowered = Vec::new();
        let mut subject = self.child_or_opaque(node.field("condition"), node);
        let groups = node.field("body").map(Cst::children).unwrap_or_default();
        let mut bound = None;
        if groups.iter().any(|group| group.children().iter().any(|label| label.child("pattern").is_some())) {
            let variable = match self.low.module.kind(subject) {
                ExprKind::Variable(id) => *id,
                _ => {
                    let name = Name::new_static("(subject)");
                    let variable = self.low.declare_anew(name, node.span(), VariableKind::Local);
                    lowered.push(self.give(variable, subject));
                    subject = self.low.expr(ExprKind::Variable(variable), node.span());
                    variable
                }
            };
            bound = Some(variable);
        }
        self.low.push_scope();
        let mut arms: Vec<Arm> = groups.into_iter().map(|group| self.arm(group, bound, value)).collect();
        self.low.pop_scope();
        // One that has a value takes all cases.
        if value.is_some()
            && let Some(last) = arms.last_mut()
        {
            last.is_default = true;
        }
        let switch = Stmt::Switch { subject, arms, breakable: true };
        lowered.push(match value {
            Some(_) => Stmt::Labeled(Name::new_static(VALUE), Box::new(switch)),
            None => switch,
        });
        lowered
    }

    fn arm(&mut self, group: Cst<'_>, bound: Option<VariableId>, value: Option<VariableId>) -> Arm {
        let is_rule = group.is("switch_rule");
        let mut arm =
            Arm { tests: Vec::new(), guard: None, is_default: false, body: Vec::new(), falls_through: !is_rule };
        if is_rule {
            self.low.push_scope();
        }
        for child in group.children() {
            match (child.kind(), value) {
                ("switch_label", _) => self.label(child, bound, &mut arm),
                ("expression_statement", Some(variable)) if is_rule => {
                    let given = self.child_or_opaque(child.first(), child);
                    arm.body.push(self.give(variable, given));
                }
                _ => arm.body.extend(self.statement(child)),
            }
        }
        if is_rule {
            self.low.pop_scope();
        }
        arm
    }

    fn label(&mut self, label: Cst<'_>, bound: Option<VariableId>, arm: &mut Arm) {
        arm.is_default |= label.has_token("default");
        for part in label.children() {
            match part.kind() {
                "pattern" => {
                    if let Some(pattern) = part.first() {
                        arm.tests.extend(self.pattern(pattern, bound));
                    }
                }
                "guard" => arm.guard = part.first().map(|guard| self.expression(guard)),
                _ => {
                    let test = self.expression(part);
                    arm.tests.push(test);
                }
            }
        }
    }

    /// Declares what a pattern binds; a plain type pattern is another name of what is tested.
    pub fn pattern(&mut self, node: Cst<'_>, bound: Option<VariableId>) -> Option<ExprId> {
        if node.is("record_pattern") {
            for part in node.child("record_pattern_body").map(Cst::children).unwrap_or_default() {
                if let Some(part) = if part.is("pattern") { part.first() } else { Some(part) } {
                    self.pattern(part, None);
                }
            }
            return None;
        }
        let mut parts = node.children().into_iter().rev();
        let name = parts.next().filter(|name| name.is("identifier"))?;
        let ty: Option<TypeRef> = parts.next().and_then(|ty| self.type_node(ty));
        let variable = self.low.declare_anew(name.name(), name.span(), VariableKind::Local);
        self.low.module.variables[variable].ty = ty;
        let Some(bound) = bound else {
            self.low.module.variables[variable].rewritten = true;
            return None;
        };
        let value = self.low.expr(ExprKind::Variable(bound), name.span());
        let target = self.low.expr(ExprKind::Variable(variable), name.span());
        Some(self.low.assign(target, value, AssignOp::Set, true, node.span()))
    }
}
