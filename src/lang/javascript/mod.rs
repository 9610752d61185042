//! JavaScript, TypeScript, JSX, TSX, and the scripts of Vue and Svelte components.

mod class;
mod component;
mod declare;
mod expr;
mod function;
mod module;
mod object;
mod prototype;
mod readable;
mod stmt;
mod template;
mod types;
mod using;

use rustc_hash::FxHashMap;
use tree_sitter::Language as Grammar;

use super::Language;
use super::cst::{self, Cst};
use super::lowering::{Header, Lowering};
use crate::model::{ClassId, FunctionKind, Gap, Module, Name, Stmt};
use crate::source::{SourceFile, Span};

/// The front-end's own state beside the module.
pub(super) struct Front {
    pub low: Lowering,
    /// Constructor functions with a prototype, by the dotted name they have in the file.
    pub prototypes: FxHashMap<Name, ClassId>,
    /// The owner whose prototype the call being lowered puts together.
    pub extended: Option<ClassId>,
    /// The namespaces around.
    pub namespaces: Vec<Name>,
}

/// The model of a file or of a component's scripts.
pub fn lower(source: &SourceFile) -> (Module, Vec<Gap>) {
    let mut front =
        Front { low: Lowering::new(source), prototypes: FxHashMap::default(), extended: None, namespaces: Vec::new() };
    let mut body = Vec::new();
    let text = readable::readable(&source.text);
    match source.language {
        Language::Vue | Language::Svelte => {
            let scripts = component::scripts(source);
            front.low.module.drawn = template::drawn(source);
            for script in scripts {
                let tree = match cst::parse(&grammar(script.language), &text, &[script.range]) {
                    Ok(tree) => tree,
                    Err(reason) => return front.low.give_up(reason),
                };
                let root = Cst::root(&tree, source);
                front.note(root);
                if script.per_instance {
                    front.instance_script(root, script.span);
                } else {
                    body.extend(front.program(root));
                }
            }
        }
        language => {
            let tree = match cst::parse(&grammar(language), &text, &[]) {
                Ok(tree) => tree,
                Err(reason) => return front.low.give_up(reason),
            };
            let root = Cst::root(&tree, source);
            front.note(root);
            body = front.program(root);
            return front.low.finish(&body);
        }
    }
    front.low.finish(&body)
}

/// The syntax tree of the file or of each script.
pub fn outline(source: &SourceFile) -> String {
    let text = readable::readable(&source.text);
    match source.language {
        Language::Vue | Language::Svelte => component::scripts(source)
            .iter()
            .map(|script| cst::outline(&grammar(script.language), source, &text, &[script.range]))
            .collect(),
        language => cst::outline(&grammar(language), source, &text, &[]),
    }
}

fn grammar(language: Language) -> Grammar {
    match language {
        Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
        _ => tree_sitter_javascript::LANGUAGE.into(),
    }
}

impl Front {
    fn note(&mut self, root: Cst<'_>) {
        self.low.gaps.extend(cst::gaps(root));
        self.low.module.comments.extend(cst::comments(root));
    }

    fn program(&mut self, root: Cst<'_>) -> Vec<Stmt> {
        let statements = root.children();
        self.find_prototypes(root);
        self.declare_vars(root);
        self.declare_block(&statements);
        self.statements(&statements)
    }

    /// A script that runs for each instance of the component: a function of its own.
    fn instance_script(&mut self, root: Cst<'_>, span: Span) {
        let header = Header {
            name: Some(Name::new_static("setup")),
            span,
            name_span: Span { start: span.start, end: span.start },
            kind: FunctionKind::Component,
            this: None,
        };
        self.low.begin_function(header);
        let body = self.program(root);
        self.low.end_function(&[], &body);
    }
}
