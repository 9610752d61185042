//! Programs in which a collection that lives as long as the process takes in something of each request.

use leaklint::catalogue::{Collection, Part};
use leaklint::lang::{Family, Language};

use super::call::{Maker, Parts};
use super::names;
use super::scaffold::{self, MARK, Program, Style};

/// The programs, one for each way to add an entry; `limited` gives the first of the entry's limits.
pub fn filling(family: Family, imports: &[String], collection: &Collection, name: &str, limited: bool) -> Vec<Program> {
    let mut maker = Maker::new(family, Style::Path);
    let mut parts = Parts::default();
    if let Some(limit) = collection.limit.first().filter(|_| limited) {
        parts.set(limit, "100".to_owned());
        if let Part::Argument(index) = limit {
            (0..*index).for_each(|index| parts.set(&Part::Argument(index), "[]".to_owned()));
        }
    }
    let class = names::last(name).starts_with(char::is_uppercase);
    let form = if class { format!("new {name}") } else { name.to_owned() };
    let made = maker.call(&form.parse().unwrap(), &parts);
    let declared = if class { maker.path(name) } else { "Object".to_owned() };
    maker.import_any(imports);
    let head = scaffold::imports(&maker);
    ways(family, collection).iter().map(|way| program(family, &head, &declared, &made, way)).collect()
}

/// Statements that add an entry, by the words of the entry and those of the language.
fn ways(family: Family, collection: &Collection) -> Vec<String> {
    let (id, end) = match family {
        Family::Java => ("request.getId()", ";"),
        _ => ("request.id", ""),
    };
    let own = collection.grow.iter().map(String::as_str);
    let usual = ["put", "add"].into_iter().filter(|_| collection.grow.is_empty());
    let methods = own.chain(usual);
    let mut ways: Vec<String> = methods
        .flat_map(|method| [format!("KEPT.{method}({id}, request){end}"), format!("KEPT.{method}({id}){end}")])
        .collect();
    if family != Family::Java {
        ways.push(format!("KEPT[{id}] = request"));
    }
    ways
}

fn program(family: Family, head: &str, declared: &str, made: &str, way: &str) -> Program {
    match family {
        Family::JavaScript => scaffold::located(
            Language::TypeScript,
            format!("{head}\nconst KEPT = {made}\n\nexport function handle(request: any) {{\n  {way} // {MARK}\n}}\n"),
        ),
        Family::Java => scaffold::located(
            Language::Java,
            format!(
                "package app;\n\n{head}\npublic class Service {{\n    private static final {declared} KEPT = {made};\n\n    public void handle(Request request) {{\n        {way} // {MARK}\n    }}\n}}\n"
            ),
        ),
        Family::Python => scaffold::located(
            Language::Python,
            format!("{head}\n\nKEPT = {made}\n\n\ndef handle(request):\n    {way}  # {MARK}\n"),
        ),
    }
}
