//! Classes with a life cycle, and hooks.

use leaklint::catalogue::{Form, Hook, Owner, Part, Pattern};
use leaklint::lang::{Family, Language};

use super::call::{Maker, Parts};
use super::scaffold::{MARK, Program, Style, imports, located};

/// How a class is known for what it is.
#[derive(Clone, Debug)]
pub enum Known {
    Base(String),
    Annotation(String),
    Object(Pattern),
    Member(String),
    Mark(String),
}

impl Known {
    pub fn all(owner: &Owner) -> Vec<Self> {
        let bases = owner.bases.iter().cloned().map(Self::Base);
        let annotations = owner.annotations.iter().cloned().map(Self::Annotation);
        let objects = owner.objects.iter().cloned().map(Self::Object);
        let members = owner.members.iter().cloned().map(Self::Member);
        let marks = owner.marks.iter().cloned().map(Self::Mark);
        bases.chain(annotations).chain(objects).chain(members).chain(marks).collect()
    }
}

/// A class that starts an interval, a thread pool or opens a file, and a teardown that ends it or not.
pub fn class(family: Family, modules: &[String], known: Option<&Known>, teardown: &str, ends: bool) -> Program {
    let mut maker = Maker::new(family, Style::Kept);
    maker.import_any(modules);
    let teardown = teardown.replace('*', "Some");
    match family {
        Family::JavaScript => javascript(maker, modules, known, &teardown, ends),
        Family::Java => java(&maker, known, &teardown, ends),
        Family::Python => python(&maker, known, &teardown, ends),
    }
}

fn javascript(mut maker: Maker, modules: &[String], known: Option<&Known>, teardown: &str, ends: bool) -> Program {
    let release = if ends { "clearInterval(this.handle)" } else { "this.view.destroy()" };
    let start = format!("this.handle = setInterval(() => console.log('tick'), 1000) // {MARK}");
    if let Some(Known::Member(member)) = known {
        let body = format!(
            "{{\n  {member}: {{}},\n  created() {{\n    {start}\n  }},\n  {teardown}() {{\n    {release}\n  }},\n}}"
        );
        return located(Language::TypeScript, format!("{}\nexport const thing = kit({body})\n", imports(&maker)));
    }
    if let Some(Known::Mark(mark)) = known {
        let marked = if *mark == teardown { String::new() } else { format!("  {mark}() {{}},\n") };
        let body = format!("{{\n{marked}  begin() {{\n    {start}\n  }},\n  {teardown}() {{\n    {release}\n  }},\n}}");
        return located(Language::TypeScript, format!("{}\nexport const thing = {body}\n", imports(&maker)));
    }
    if let Some(Known::Object(pattern)) = known {
        let body = format!("{{\n  created() {{\n    {start}\n  }},\n  {teardown}() {{\n    {release}\n  }},\n}}");
        if pattern.name == "default" {
            let text = format!("<script>\nexport default {body}\n</script>\n");
            return located(Language::Vue, text);
        }
        let mut maker = Maker::new(Family::JavaScript, Style::Kept);
        maker.import_any(modules);
        let mut parts = Parts::default();
        parts.set(&Part::Argument(0), body);
        if matches!(pattern.form, Form::Method | Form::TypeMethod(_) | Form::ChainMethod(_)) {
            parts.set(&Part::Receiver, "Kit".to_owned());
        }
        let call = maker.call(pattern, &parts);
        return located(Language::TypeScript, format!("{}\nexport const thing = {call}\n", imports(&maker)));
    }
    let (annotation, base) = match known {
        Some(Known::Base(base)) => (String::new(), format!(" extends {}", maker.path(base))),
        Some(Known::Annotation(name)) => (format!("@{name}({{}})\n"), String::new()),
        _ => (String::new(), String::new()),
    };
    let text = format!(
        "{}\n{annotation}export class Owner{base} {{\n  private handle: any\n\n  start() {{\n    {start}\n  }}\n\n  {teardown}() {{\n    {release}\n  }}\n}}\n",
        imports(&maker)
    );
    located(Language::TypeScript, text)
}

fn java(maker: &Maker, known: Option<&Known>, teardown: &str, ends: bool) -> Program {
    let release = if ends { "handle.shutdownNow();" } else { "System.out.println(1);" };
    let (annotation, base) = match known {
        Some(Known::Base(base)) => (String::new(), format!(" extends {base}")),
        Some(Known::Annotation(name)) => (format!("@{name}\n"), String::new()),
        _ => (String::new(), String::new()),
    };
    let method = match teardown.strip_prefix('@') {
        Some(annotation) => format!("@{annotation}\n    public void end"),
        None => format!("public void {teardown}"),
    };
    let text = format!(
        "package app;\n\nimport java.util.concurrent.ExecutorService;\nimport java.util.concurrent.Executors;\n{}\n{annotation}public class Owner{base} {{\n    private ExecutorService handle;\n\n    public Owner() {{\n        handle = Executors.newFixedThreadPool(2); // {MARK}\n    }}\n\n    {method}() {{\n        {release}\n    }}\n}}\n",
        imports(maker)
    );
    located(Language::Java, text)
}

fn python(maker: &Maker, known: Option<&Known>, teardown: &str, ends: bool) -> Program {
    let release = if ends { "self.handle.close()" } else { "print('bye')" };
    let (annotation, base) = match known {
        Some(Known::Base(base)) => (String::new(), format!("({base})")),
        Some(Known::Annotation(name)) => (format!("@{name}\n"), String::new()),
        _ => (String::new(), String::new()),
    };
    let text = format!(
        "{}\n\n{annotation}class Owner{base}:\n    def __init__(self, path):\n        self.handle = open(path)  # {MARK}\n\n    def {teardown}(self):\n        {release}\n",
        imports(maker)
    );
    located(Language::Python, text)
}

/// A component whose hook starts an interval, and ends it or not.
pub fn hook(modules: &[String], hook: &Hook, pattern: &Pattern, ends: bool, other: Option<&Pattern>) -> Program {
    let mut maker = Maker::new(Family::JavaScript, Style::Path);
    let start = format!("id = setInterval(() => console.log('tick'), 1000) // {MARK}");
    let mut call = |pattern: &Pattern, part: &Part, function: String| {
        let mut parts = Parts::default();
        parts.set(part, function);
        if let Some(receiver) = maker.other_receiver(pattern) {
            parts.set(&Part::Receiver, receiver);
        }
        maker.fill(&mut parts);
        maker.call(pattern, &parts)
    };
    let clear = if ends { "clearInterval(id)" } else { "console.log('bye')" };
    let mut lines = Vec::new();
    if let Some(setup) = &hook.setup {
        let (parameters, after) = match (&hook.teardown, &hook.registers) {
            (Some(Part::Returned), _) => (String::new(), format!("    return () => {clear}\n")),
            (_, Some(Part::CallbackParameter(_, index))) => {
                let names: Vec<String> = (0..=*index).map(|at| format!("p{at}")).collect();
                (names.join(", "), format!("    p{index}(() => {clear})\n"))
            }
            _ => (String::new(), String::new()),
        };
        lines.push(call(pattern, setup, format!("({parameters}) => {{\n    {start}\n{after}  }}")));
        if let Some(other) = other.filter(|_| after.is_empty()) {
            lines.push(call(other, &Part::Argument(0), format!("() => {clear}")));
        }
    } else {
        match other {
            Some(other) => lines.push(call(other, &Part::Argument(0), format!("() => {{\n    {start}\n  }}"))),
            None => lines.push(start),
        }
        let part = hook.teardown.clone().unwrap_or(Part::Argument(0));
        lines.push(call(pattern, &part, format!("() => {clear}")));
    }
    maker.import_any(modules);
    let given: Vec<&str> = maker.parameters.keys().map(String::as_str).collect();
    let text = format!(
        "{}\nexport function useThing({}) {{\n  let id\n  {}\n}}\n",
        imports(&maker),
        given.join(", "),
        lines.join("\n  ")
    );
    located(Language::JavaScript, text)
}
