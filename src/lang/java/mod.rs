//! Java.

mod class;
mod expr;
mod names;
mod stmt;
mod switch;

use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::Language as Grammar;

use super::cst::{self, Cst};
use super::lowering::Lowering;
use crate::model::{ClassId, Gap, Imported, Module, Name, QualifiedName, Stmt, VariableId};
use crate::source::SourceFile;

/// The front-end's own state beside the module.
pub(super) struct Front {
    pub low: Lowering,
    /// The types the file declares, by simple name.
    pub types: FxHashMap<Name, QualifiedName>,
    /// Fields and methods of the classes around, declared before their bodies are lowered.
    pub members: FxHashMap<ClassId, Members>,
    /// What must run before the statement being lowered, for each statement around.
    pub preludes: Vec<Vec<Stmt>>,
    /// The variables that take the values of the `switch`es around.
    pub yields: Vec<VariableId>,
}

/// Names a class declares.
#[derive(Default)]
pub(super) struct Members {
    pub fields: FxHashSet<Name>,
    pub methods: FxHashSet<Name>,
}

pub fn grammar() -> Grammar {
    tree_sitter_java::LANGUAGE.into()
}

/// The model of a compilation unit.
pub fn lower(source: &SourceFile) -> (Module, Vec<Gap>) {
    let mut front = Front {
        low: Lowering::new(source),
        types: FxHashMap::default(),
        members: FxHashMap::default(),
        preludes: Vec::new(),
        yields: Vec::new(),
    };
    let Some(tree) = cst::parse(&grammar(), source, &[]) else { return front.low.finish(&[]) };
    let root = Cst::root(&tree, source);
    front.low.gaps.extend(cst::gaps(root));
    front.low.module.comments.extend(cst::comments(root));
    let nodes = root.children();
    for node in &nodes {
        match node.kind() {
            "package_declaration" => {
                front.low.module.package =
                    node.children().into_iter().find(|child| child.kind().ends_with("identifier")).map(Cst::name);
            }
            "import_declaration" => front.import(*node),
            _ => {}
        }
    }
    front.find_types(root);
    let mut body = Vec::new();
    for node in nodes {
        if !matches!(node.kind(), "package_declaration" | "import_declaration") {
            body.extend(front.statement(node));
        }
    }
    front.low.finish(&body)
}

impl Front {
    fn import(&mut self, node: Cst<'_>) {
        let Some(path) = node.children().into_iter().find(|child| child.kind().ends_with("identifier")) else { return };
        let whole = path.text();
        if node.has_token("asterisk") || node.child("asterisk").is_some() {
            self.low.module.wildcards.push(Name::new(whole));
            return;
        }
        let (module, name) = split_type(whole);
        let local = whole.rsplit('.').next().unwrap_or(whole);
        self.low.import(
            Some((Name::new(local), path.span())),
            Name::new(module),
            Imported::Named(Name::new(name)),
            node.span(),
        );
    }

    /// Notes the names of all types the file declares, so that uses before the declaration resolve.
    fn find_types(&mut self, root: Cst<'_>) {
        let package = self.low.module.package.clone();
        let mut found: Vec<(Name, Cst<'_>)> = Vec::new();
        cst::walk(root, |node| {
            if matches!(
                node.kind(),
                "class_declaration"
                    | "interface_declaration"
                    | "enum_declaration"
                    | "record_declaration"
                    | "annotation_type_declaration"
            ) && let Some(name) = node.field("name")
            {
                found.push((name.name(), node));
            }
            true
        });
        for (name, node) in found {
            let outer = std::iter::successors(node.parent(), |up| up.parent())
                .filter(|up| up.kind().ends_with("_declaration"))
                .filter_map(|up| up.field("name"))
                .map(Cst::text);
            let mut path: Vec<&str> = std::iter::once(name.as_str()).chain(outer).collect();
            path.reverse();
            let joined = Name::from(path.join("."));
            let qualified = match &package {
                Some(package) => QualifiedName { module: package.clone(), name: joined },
                None => QualifiedName::global(joined),
            };
            self.types.entry(name).or_insert(qualified);
        }
    }
}

/// The package and the type of a dotted name: packages are in lower case, types are not.
pub(super) fn split_type(whole: &str) -> (&str, &str) {
    let mut at = 0;
    for part in whole.split('.') {
        if part.starts_with(|first: char| first.is_uppercase()) {
            return (whole[..at].trim_end_matches('.'), &whole[at..]);
        }
        at += part.len() + 1;
    }
    whole.rsplit_once('.').unwrap_or(("", whole))
}
