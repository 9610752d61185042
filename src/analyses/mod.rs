//! Analyses: model × catalogue → the facts of one file, which the project stage turns into findings.

mod callers;
pub mod context;
mod gaps;
pub mod growth;
mod index;
pub mod ledger;
mod loops;
pub mod owners;
pub mod pairing;
pub mod runs;
pub mod story;
mod told;

pub use self::gaps::distrust;
pub use self::index::GaveUp;

use self::context::Context;
use crate::catalogue::Catalogue;
use crate::finding::Quiet;
use crate::model::Module;
use crate::project::Facts;
use crate::source::SourceFile;

/// The facts of one file: findings with their open questions, and what the file answers to others.
#[must_use]
pub fn facts(source: &SourceFile, module: &Module, catalogue: &Catalogue) -> Facts {
    let mut facts = Facts::of(source.display_path(), module);
    let context = Context::new(source, module, catalogue);
    pairing::collect(&context, &mut facts);
    growth::collect(&context, &mut facts);
    callers::collect(&context, &mut facts);
    facts.unfollowed = context.budget.unfollowed();
    facts.acquisitions = ledger::acquisitions(&context);
    facts
}

/// What acquires or grows on one line, from 1, and is no candidate of a finding, with what speaks for it.
#[must_use]
pub fn quiet(source: &SourceFile, module: &Module, catalogue: &Catalogue, line: u32) -> Vec<Quiet> {
    let context = Context::new(source, module, catalogue);
    let stands = |span| source.stands_on(span, line);
    let sites = context.sites.iter().filter(|site| stands(context.span(site.expr)));
    let mut found: Vec<Quiet> = sites.filter_map(|site| pairing::quiet(&context, site)).collect();
    found.extend(growth::quiet(&context).into_iter().filter(|quiet| stands(quiet.span)));
    found
}
