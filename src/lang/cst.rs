//! A thin view of tree-sitter: named nodes without comments, with their text.

use std::borrow::Cow;
use std::ops::ControlFlow;

use tree_sitter::{Language as Grammar, Node, ParseOptions, ParseState, Parser, Range, Tree};

use crate::model::{Comment, Gap, GapReason, Name};
use crate::source::{SourceFile, Span};

/// A node of the syntax tree together with the text of its file.
#[derive(Clone, Copy)]
pub struct Cst<'t> {
    node: Node<'t>,
    text: &'t str,
}

impl<'t> Cst<'t> {
    /// The root of a tree.
    pub fn root(tree: &'t Tree, source: &'t SourceFile) -> Self {
        Self { node: tree.root_node(), text: &source.text }
    }

    pub fn kind(self) -> &'t str {
        self.node.kind()
    }

    pub fn is(self, kind: &str) -> bool {
        self.kind() == kind
    }

    pub fn is_named(self) -> bool {
        self.node.is_named()
    }

    pub fn id(self) -> usize {
        self.node.id()
    }

    pub fn span(self) -> Span {
        span(self.node)
    }

    pub fn text(self) -> &'t str {
        self.text.get(self.node.byte_range()).unwrap_or_default()
    }

    pub fn name(self) -> Name {
        Name::new(self.text())
    }

    pub fn field(self, name: &str) -> Option<Self> {
        self.node.child_by_field_name(name).map(|node| self.at(node))
    }

    pub fn parent(self) -> Option<Self> {
        self.node.parent().map(|node| self.at(node))
    }

    fn at(self, node: Node<'t>) -> Self {
        Self { node, text: self.text }
    }

    /// The named children without comments.
    pub fn children(self) -> Vec<Self> {
        let mut cursor = self.node.walk();
        self.node
            .named_children(&mut cursor)
            .filter(|node| !node.is_extra() || node.is_error())
            .map(|node| self.at(node))
            .collect()
    }

    /// All children, punctuation and keywords included.
    pub fn tokens(self) -> Vec<Self> {
        let mut cursor = self.node.walk();
        self.node.children(&mut cursor).filter(|node| !node.is_extra()).map(|node| self.at(node)).collect()
    }

    pub fn first(self) -> Option<Self> {
        self.children().into_iter().next()
    }

    /// The first named child of a kind.
    pub fn child(self, kind: &str) -> Option<Self> {
        self.children().into_iter().find(|child| child.is(kind))
    }

    /// All children of a field.
    pub fn fields(self, name: &str) -> Vec<Self> {
        let mut cursor = self.node.walk();
        self.node
            .children_by_field_name(name, &mut cursor)
            .filter(|node| node.is_named() && !node.is_extra())
            .map(|node| self.at(node))
            .collect()
    }

    /// Whether a keyword or a sign stands directly in the node.
    pub fn has_token(self, token: &str) -> bool {
        let mut cursor = self.node.walk();
        self.node.children(&mut cursor).any(|node| node.kind() == token)
    }

    /// The source text of the `operator` field.
    pub fn operator(self) -> Name {
        self.field("operator").map_or_else(Name::default, Self::name)
    }
}

/// The bytes of a node. Offsets fit `u32` because larger files are refused by discovery.
fn span(node: Node<'_>) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { start: offset(node.start_byte()), end: offset(node.end_byte()) }
}

/// How many times the parser reports back before it has to stop: it does so after every hundred steps, and takes a few
/// steps for each byte of code that people write.
fn patience(text: &str) -> usize {
    10_000 + text.len() / 4
}

/// How deep a tree may be. The front-ends go deeper with it by their own call stack where they do not count.
const MAX_DEPTH: usize = 6000;

/// Spaces in place of a range of bytes of a text that is about to be parsed; line ends stay.
pub fn blank(text: &mut Cow<'_, str>, range: std::ops::Range<usize>) {
    let spaces: String = text[range.clone()]
        .chars()
        .flat_map(|c| std::iter::repeat_n(if matches!(c, '\n' | '\r') { c } else { ' ' }, c.len_utf8()))
        .collect();
    text.to_mut().replace_range(range, &spaces);
}

/// The syntax tree of a text, or of ranges of it.
///
/// # Errors
/// Parsing takes more work than a text of its size should, or the tree is too deep to be read.
pub fn parse(grammar: &Grammar, text: &str, ranges: &[Range]) -> Result<Tree, GapReason> {
    let mut parser = Parser::new();
    parser.set_language(grammar).map_err(|_| GapReason::Syntax)?;
    parser.set_included_ranges(ranges).map_err(|_| GapReason::Syntax)?;
    let mut left = patience(text);
    let mut progress = |_: &ParseState| {
        left = left.saturating_sub(1);
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let bytes = text.as_bytes();
    let tree = parser
        .parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), None, Some(options))
        .ok_or(GapReason::TooCostly)?;
    // A level takes a byte at least, if only of what closes it.
    if text.len() > 2 * MAX_DEPTH && is_deep(&tree) { Err(GapReason::TooDeep) } else { Ok(tree) }
}

/// Whether a tree is deeper than the front-ends can go.
fn is_deep(tree: &Tree) -> bool {
    let mut cursor = tree.walk();
    let mut depth = 0_usize;
    loop {
        if cursor.goto_first_child() {
            depth += 1;
            if depth > MAX_DEPTH {
                return true;
            }
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return false;
            }
            depth -= 1;
        }
    }
}

/// Walks all nodes below `root` without recursion; `visit` says whether to go into a node.
pub fn walk<'t>(root: Cst<'t>, mut visit: impl FnMut(Cst<'t>) -> bool) {
    let mut cursor = root.node.walk();
    loop {
        if visit(root.at(cursor.node())) && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
            if cursor.node().id() == root.node.id() {
                return;
            }
        }
    }
}

/// The places the parser could not read.
pub fn gaps(root: Cst<'_>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    if root.node.has_error() {
        walk(root, |at| {
            if at.node.is_error() || at.node.is_missing() {
                gaps.push(Gap { span: at.span(), reason: GapReason::Syntax });
                return false;
            }
            at.node.has_error()
        });
    }
    gaps
}

/// The comments that speak to leaklint.
pub fn comments(root: Cst<'_>) -> Vec<Comment> {
    let mut comments: Vec<Comment> = Vec::new();
    for at in memchr::memmem::find_iter(root.text.as_bytes(), "leaklint") {
        let Some(node) = root.node.descendant_for_byte_range(at, at + 1) else { continue };
        if node.kind().ends_with("comment") {
            let comment = Comment { span: span(node), text: root.at(node).name() };
            if comments.last().is_none_or(|last| last.span != comment.span) {
                comments.push(comment);
            }
        }
    }
    comments
}

/// The tree of a text as indented text, one named node a line; positions are those of the source.
pub fn outline(grammar: &Grammar, source: &SourceFile, text: &str, ranges: &[Range]) -> String {
    let Ok(tree) = parse(grammar, text, ranges) else { return String::new() };
    let mut out = String::new();
    let root = Cst::root(&tree, source);
    walk(root, |at| {
        if at.is_named() {
            let depth = std::iter::successors(at.parent(), |up| up.parent()).count();
            let position = source.position(at.span().start);
            let text = if at.children().is_empty() { format!(" {:?}", at.text()) } else { String::new() };
            out.push_str(&format!("{}{} {}:{}{text}\n", "  ".repeat(depth), at.kind(), position.line, position.column));
        }
        true
    });
    out
}
