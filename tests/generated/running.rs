//! Programs that say how often a function runs: by what it is given to, or by its name.

use leaklint::catalogue::{Once, Part, Pattern};
use leaklint::lang::{Family, Language};

use super::call::{Maker, Parts};
use super::scaffold::{self, Body, MARK, Program, Style, When};

/// A call that is given a function.
pub fn handing(family: Family, imports: &[String], pattern: &Pattern) -> Program {
    let mut maker = Maker::new(family, Style::Path);
    let mut parts = Parts::default();
    let callback = if family == Family::Python { "act".to_owned() } else { maker.callback(false) };
    parts.set(&Part::Argument(0), callback);
    if let Some(receiver) = maker.receiver(pattern) {
        parts.set(&Part::Receiver, receiver);
    }
    let call = maker.call(pattern, &parts);
    maker.import_any(imports);
    if family == Family::Python {
        let given = maker.parameters.keys().cloned().collect::<Vec<_>>().join(", ");
        let head = scaffold::imports(&maker) + &maker.globals.concat();
        let text =
            format!("{head}\n\ndef serve({given}):\n    def act():\n        print('act')\n\n    {call}  # {MARK}\n");
        return scaffold::located(Language::Python, text);
    }
    let body =
        Body { call, handle: None, name: String::new(), release: String::new(), when: When::Never, declared: None };
    scaffold::program(&maker, Style::Path, &body)
}

/// A function for each name and annotation.
pub fn naming(family: Family, imports: &[String], once: &Once) -> Vec<(String, Program)> {
    let mut maker = Maker::new(family, Style::Path);
    maker.import_any(imports);
    let head = scaffold::imports(&maker);
    let names = once.name.iter().map(|name| (name.clone(), name.replace('*', "Some"), String::new()));
    let annotated = once.annotations.iter().map(|name| (format!("@{name}"), "act".to_owned(), format!("@{name}\n")));
    names
        .chain(annotated)
        .map(|(what, name, annotation)| {
            let (language, text) = match family {
                Family::JavaScript => {
                    (Language::TypeScript, format!("{head}\n{annotation}export function {name}(it: any) {{ // {MARK}\n  it.act()\n}}\n"))
                }
                Family::Java => (
                    Language::Java,
                    format!("package app;\n\n{head}\npublic class Service {{\n{annotation}    public static void {name}(String[] it) {{ // {MARK}\n        System.out.println(it);\n    }}\n}}\n"),
                ),
                Family::Python => {
                    (Language::Python, format!("{head}\n\n{annotation}def {name}(it):  # {MARK}\n    it.act()\n"))
                }
            };
            (what, scaffold::located(language, text))
        })
        .collect()
}
