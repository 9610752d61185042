//! Reads which components the markup of a `.vue` or `.svelte` file draws, and what decides whether it does.

use crate::lang::Language;
use crate::lang::cst::{self, Cst};
use crate::model::{Drawn, Name};
use crate::source::SourceFile;

/// An element around the one that is read.
struct Around {
    name: Name,
    id: Option<Name>,
    condition: Option<Name>,
    repeated: bool,
}

/// The elements in the order of the text; nothing where the file has no markup that can be read.
pub fn drawn(source: &SourceFile) -> Option<Vec<Drawn>> {
    let tree = cst::parse(&tree_sitter_html::LANGUAGE.into(), &source.text, &[]).ok()?;
    let root = Cst::root(&tree, source);
    let mut found = Vec::new();
    if source.language == Language::Svelte {
        children(root, &mut Vec::new(), &mut found);
    } else {
        let is_top = |node: &Cst<'_>| tag(*node).is_some_and(|tag| tag_name(tag) == "template");
        let top = root.children().into_iter().find(is_top)?;
        // Pug and the like.
        if attributes(tag(top)?).any(|(name, _)| name == "lang") {
            return None;
        }
        children(top, &mut Vec::new(), &mut found);
    }
    Some(found)
}

/// Reads what stands in an element; a block of Svelte (`{#if}` to `{/if}`) decides for all that stands in it.
fn children(node: Cst<'_>, around: &mut Vec<Around>, found: &mut Vec<Drawn>) {
    let mut blocks = 0_usize;
    for child in node.children() {
        match tag(child) {
            Some(tag) => {
                let mut element = element(tag);
                element.repeated |= blocks > 0;
                found.push(one(&element, around));
                around.push(element);
                children(child, around, found);
                around.pop();
            }
            None => {
                let text = child.text();
                blocks = (blocks + text.matches("{#").count()).saturating_sub(text.matches("{/").count());
            }
        }
    }
}

/// The start of an element.
fn tag(node: Cst<'_>) -> Option<Cst<'_>> {
    node.child("start_tag").or_else(|| node.child("self_closing_tag")).filter(|_| node.is("element"))
}

fn tag_name(tag: Cst<'_>) -> &str {
    tag.child("tag_name").map_or("", Cst::text)
}

/// The attributes of a start tag with their values, which are empty where there are none.
fn attributes(tag: Cst<'_>) -> impl Iterator<Item = (&str, &str)> {
    tag.children().into_iter().filter(|part| part.is("attribute")).filter_map(|attribute| {
        let value = attribute.child("quoted_attribute_value").or_else(|| attribute.child("attribute_value"));
        Some((attribute.child("attribute_name")?.text(), value.map_or("", Cst::text).trim_matches(['"', '\''])))
    })
}

fn element(tag: Cst<'_>) -> Around {
    let mut element = Around { name: Name::new(tag_name(tag)), id: None, condition: None, repeated: false };
    let mut shown = false;
    for (attribute, value) in attributes(tag) {
        match attribute {
            "id" => element.id = Some(Name::new(value)),
            "v-if" | "v-else-if" => element.condition = Some(Name::new(value)),
            "v-else" => element.condition = Some(Name::new_static("else")),
            "v-show" => shown = true,
            "v-for" | ":key" | "v-bind:key" | "v-slot" | "slot" => element.repeated = true,
            _ => element.repeated |= attribute.starts_with('#') || attribute.starts_with("v-slot:"),
        }
    }
    // Who hides what was drawn before keeps it: the condition only puts off the first time.
    if shown {
        element.condition = None;
    }
    element
}

fn one(element: &Around, around: &[Around]) -> Drawn {
    let all = || around.iter().chain(std::iter::once(element));
    Drawn {
        name: element.name.clone(),
        id: element.id.clone(),
        around: around.iter().map(|element| element.name.clone()).collect(),
        conditions: all().filter_map(|element| element.condition.clone()).collect(),
        repeated: all().any(|element| element.repeated),
    }
}
