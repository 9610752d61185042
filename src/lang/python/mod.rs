//! Python.

mod declare;
mod expr;
mod function;
mod stmt;
mod types;

use rustc_hash::FxHashMap;
use tree_sitter::Language as Grammar;

use super::cst::{self, Cst};
use super::lowering::Lowering;
use crate::model::{ClassId, Export, Exported, Gap, Module, VariableId};
use crate::source::SourceFile;

/// The front-end's own state beside the module.
pub(super) struct Front {
    pub low: Lowering,
    /// First parameters of methods.
    pub receivers: FxHashMap<VariableId, Receiver>,
    /// The variable that holds each class.
    pub class_variables: FxHashMap<ClassId, VariableId>,
}

/// What the first parameter of a method stands for.
#[derive(Clone, Copy)]
pub(super) enum Receiver {
    /// `self`
    Instance(ClassId),
    /// `cls`: the class, by its variable.
    Class(VariableId),
}

pub fn grammar() -> Grammar {
    tree_sitter_python::LANGUAGE.into()
}

/// The model of a Python file.
pub fn lower(source: &SourceFile) -> (Module, Vec<Gap>) {
    let mut front =
        Front { low: Lowering::new(source), receivers: FxHashMap::default(), class_variables: FxHashMap::default() };
    let tree = match cst::parse(&grammar(), &source.text, &[]) {
        Ok(tree) => tree,
        Err(reason) => return front.low.give_up(reason),
    };
    let root = Cst::root(&tree, source);
    front.low.gaps.extend(cst::gaps(root));
    front.low.module.comments.extend(cst::comments(root));
    front.declare_names(root);
    let body = front.statements(&root.children());
    // Every name of the top level can be imported.
    let exports = front.low.top_level().into_iter().map(|(name, id)| Export { name, what: Exported::Variable(id) });
    front.low.module.exports = exports.collect();
    front.low.finish(&body)
}
