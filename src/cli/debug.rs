//! The command `debug`: every stage of reading a file, as text.

use std::path::Path;

use super::args::Stage;
use super::{Error, Exit, terminal};
use crate::catalogue::Catalogue;
use crate::config::{Configs, Settings};
use crate::discover::{absolute, shown};
use crate::source::{SourceFile, decode};
use crate::{driver, lang, model};

pub fn debug(stage: &Stage) -> Result<Exit, Error> {
    let text = match stage {
        Stage::Tree { file } => lang::tree_text(&read(file)?),
        Stage::Model { file } => lowered(file, model::module_text)?,
        Stage::Cfg { file } => lowered(file, model::cfg_text)?,
        Stage::Mermaid { file } => lowered(file, model::cfg_mermaid)?,
        Stage::Facts { file } => facts(file)?,
        Stage::Schema => json(&schemars::schema_for!(Settings))?,
    };
    terminal::print(&text)
}

fn read(file: &Path) -> Result<SourceFile, Error> {
    let base = std::env::current_dir().map_err(Error::io("no current directory"))?;
    let language =
        lang::Language::of(file).ok_or_else(|| Error::usage(format!("no language for {}", file.display()), None))?;
    let bytes = std::fs::read(file).map_err(Error::io(format!("cannot read {}", file.display())))?;
    let text = decode(bytes).map_err(|error| Error::usage(format!("{}: {error}", file.display()), None))?;
    Ok(SourceFile::new(shown(file, &base), language, text))
}

fn lowered(file: &Path, text: fn(&model::Module, &SourceFile) -> String) -> Result<String, Error> {
    let source = read(file)?;
    let (module, gaps) = lang::lower(&source);
    for gap in gaps {
        terminal::tell(&format!("line {}: {:?}", source.line(gap.span.start), gap.reason));
    }
    Ok(text(&module, &source))
}

fn facts(file: &Path) -> Result<String, Error> {
    let base = std::env::current_dir().map_err(Error::io("no current directory"))?;
    let mut configs = Configs::new(None)?;
    configs.of(&absolute(file, &base))?;
    let mut catalogue = Catalogue::built_in()?;
    configs.extend(&mut catalogue)?;
    json(&driver::file_facts(&read(file)?, &catalogue).0)
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(|error| Error::usage(error.to_string(), None))
}
