//! Java.

mod class;
mod expr;
mod names;
mod readable;
mod stmt;
mod switch;

use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::Language as Grammar;

use super::cst::{self, Cst};
use super::lowering::Lowering;
use crate::catalogue::words::packages;
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
    /// The types of `import static Type.*`.
    pub statics: Vec<Name>,
}

/// Names a class declares.
#[derive(Default)]
pub(super) struct Members {
    pub fields: FxHashSet<Name>,
    pub methods: FxHashSet<Name>,
}

/// The syntax tree of the file.
pub fn outline(source: &SourceFile) -> String {
    cst::outline(&grammar(), source, &readable::readable(&source.text), &[])
}

fn grammar() -> Grammar {
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
        statics: Vec::new(),
    };
    let text = readable::readable(&source.text);
    let tree = match cst::parse(&grammar(), &text, &[]) {
        Ok(tree) => tree,
        Err(reason) => return front.low.give_up(reason),
    };
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
        let whole = unshaded(path.text());
        if node.has_token("asterisk") || node.child("asterisk").is_some() {
            if node.has_token("static") {
                self.statics.push(Name::new(whole));
            }
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
        // The declarations around the node, outermost first, with the end of each.
        let mut around: Vec<(u32, &str)> = Vec::new();
        cst::walk(root, |node| {
            if !node.kind().ends_with("_declaration") {
                return true;
            }
            let Some(name) = node.field("name") else { return true };
            while around.last().is_some_and(|(end, _)| *end <= node.span().start) {
                around.pop();
            }
            around.push((node.span().end, name.text()));
            if TYPES.contains(&node.kind()) {
                let path: Vec<&str> =
                    around.iter().skip(around.len().saturating_sub(NESTED)).map(|(_, name)| *name).collect();
                let joined = Name::from(path.join("."));
                let qualified = match &package {
                    Some(package) => QualifiedName { module: package.clone(), name: joined },
                    None => QualifiedName::global(joined),
                };
                self.types.entry(name.name()).or_insert(qualified);
            }
            true
        });
    }
}

/// Declarations of types.
const TYPES: [&str; 5] = [
    "class_declaration",
    "interface_declaration",
    "enum_declaration",
    "record_declaration",
    "annotation_type_declaration",
];
/// How many declarations around a type its name says.
const NESTED: usize = 16;

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

/// The library's own name of what a project has put under a package of its own:
/// `org.example.shaded.com.google.common.io.Closer`.
fn unshaded(path: &str) -> &str {
    let mut rest = path;
    let mut marked = false;
    while let Some((first, behind)) = rest.split_once('.') {
        if marked && packages::is_root(first) {
            return rest;
        }
        marked |= packages::is_relocated(first);
        rest = behind;
    }
    path
}
