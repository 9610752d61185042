//! Calls as source text, with the imports and parameters that they need.

use std::collections::{BTreeMap, BTreeSet};

use leaklint::catalogue::{Form, Part, Pattern, Require, Shape};
use leaklint::lang::Family;

use super::names;
use super::scaffold::Style;

/// The parts of one call, as source text.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    arguments: BTreeMap<u16, String>,
    keywords: BTreeMap<String, String>,
    receiver: Option<String>,
    last: Option<String>,
}

impl Parts {
    pub fn has(&self, part: &Part) -> bool {
        self.get(part).is_some()
    }

    pub fn get(&self, part: &Part) -> Option<String> {
        match part {
            Part::Argument(index) => self.arguments.get(index).cloned(),
            Part::Keyword(name) => self.keywords.get(name).cloned(),
            Part::Receiver => self.receiver.clone(),
            Part::Last => self.last.clone(),
            _ => None,
        }
    }

    pub fn set(&mut self, part: &Part, value: String) {
        match part {
            Part::Argument(index) => drop(self.arguments.insert(*index, value)),
            Part::Keyword(name) => drop(self.keywords.insert(name.clone(), value)),
            Part::Receiver => self.receiver = Some(value),
            Part::Last => self.last = Some(value),
            _ => {}
        }
    }
}

/// Writes calls, and remembers what they need.
pub struct Maker {
    pub family: Family,
    pub style: Style,
    pub imports: BTreeSet<String>,
    /// Import paths by the name that they bring in.
    taken: BTreeMap<String, String>,
    /// What comes from outside, with its type.
    pub parameters: BTreeMap<String, String>,
    /// Declarations at the top level.
    pub globals: Vec<String>,
}

impl Maker {
    pub fn new(family: Family, style: Style) -> Self {
        Self {
            family,
            style,
            imports: BTreeSet::new(),
            taken: BTreeMap::new(),
            parameters: BTreeMap::new(),
            globals: Vec::new(),
        }
    }

    /// A field or, in a function, a variable.
    pub fn field(&self, name: &str) -> String {
        match self.family {
            Family::Python => format!("self.{name}"),
            _ => format!("this.{name}"),
        }
    }

    pub fn statement(&self, text: &str) -> String {
        if self.family == Family::Python { text.to_owned() } else { format!("{text};") }
    }

    /// A value from outside: a parameter, or a field that the constructor was given.
    pub fn outside(&mut self, name: &str, ty: &str) -> String {
        self.parameters.insert(name.to_owned(), ty.to_owned());
        if self.style == Style::Path || (self.style == Style::Thread && self.family != Family::Python) {
            name.to_owned()
        } else {
            self.field(name)
        }
    }

    pub fn filler(&mut self, part: &Part) -> String {
        match part {
            Part::Argument(index) => self.outside(&format!("a{index}"), ""),
            Part::Keyword(name) => self.outside(name, ""),
            _ => self.outside("other", ""),
        }
    }

    /// Gives the arguments between those that are there a value.
    pub fn fill(&mut self, parts: &mut Parts) {
        let count = parts.arguments.keys().next_back().map_or(0, |last| last + 1);
        for index in 0..count {
            parts.arguments.entry(index).or_insert_with(|| self.filler(&Part::Argument(index)));
        }
        if let Some(last) = &parts.last {
            let at = if count == 0 { 1 } else { count };
            if count == 0 {
                let value = self.filler(&Part::Argument(0));
                parts.arguments.insert(0, value);
            }
            parts.arguments.insert(at, last.clone());
        }
    }

    /// A function that the owner keeps.
    pub fn callback(&mut self, once: bool) -> String {
        match (self.family, self.style) {
            (Family::JavaScript, Style::Kept) if once => "() => this.start()".to_owned(),
            (_, Style::Kept) => self.field("tick"),
            (Family::Python, _) => "tick".to_owned(),
            (Family::Java, _) => "() -> {}".to_owned(),
            (Family::JavaScript, _) => "() => {}".to_owned(),
        }
    }

    /// A value that meets a condition.
    pub fn shaped(&mut self, require: &Require) -> String {
        if !require.option.is_empty() {
            let value = self.shaped(&Require { option: String::new(), ..require.clone() });
            return format!("{{ {}: {value} }}", require.option);
        }
        let python = self.family == Family::Python;
        if require.is == Shape::Type
            && let Some(ty) = require.types.first()
        {
            return self.path(&format!("org.some.{}", ty.replace('*', "Some")));
        }
        if let Some(ty) = require.types.first() {
            return self.typed(ty, require.argument.as_ref());
        }
        let text = match require.is {
            Shape::Function | Shape::KnownFunction => return self.callback(false),
            Shape::Given | Shape::Value => {
                let part = require.argument.clone().unwrap_or(Part::Any);
                return self.filler(&part);
            }
            Shape::String => "\"name\"",
            Shape::DottedString => "\"name.part\"",
            Shape::True => {
                if python {
                    "True"
                } else {
                    "true"
                }
            }
            Shape::False => {
                if python {
                    "False"
                } else {
                    "false"
                }
            }
            Shape::Null => {
                if python {
                    "None"
                } else {
                    "null"
                }
            }
            Shape::Zero => "0",
            Shape::Object => "{ next: 1 }",
            Shape::Itself if python => "self",
            Shape::Itself => "this",
            Shape::Stream => "given_stream",
            Shape::Type if python => "str",
            Shape::Type => "String.class",
        };
        text.to_owned()
    }

    /// A value of a type, of a factory, or the constant of that name.
    fn typed(&mut self, ty: &str, part: Option<&Part>) -> String {
        let last = names::last(ty);
        let constant = last.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        if constant {
            return self.path(ty);
        }
        if last.starts_with(|c: char| c.is_ascii_lowercase()) {
            return format!("{}()", self.path(ty));
        }
        let ty = self.path(ty);
        let name = match part {
            Some(Part::Receiver) => "source".to_owned(),
            Some(Part::Argument(index)) => format!("a{index}"),
            _ => "other".to_owned(),
        };
        self.outside(&name, &ty)
    }

    /// The receiver that a pattern asks for.
    pub fn receiver(&mut self, pattern: &Pattern) -> Option<String> {
        self.receiver_named(pattern, "source")
    }

    pub fn other_receiver(&mut self, pattern: &Pattern) -> Option<String> {
        self.receiver_named(pattern, "other")
    }

    fn receiver_named(&mut self, pattern: &Pattern, name: &str) -> Option<String> {
        match &pattern.form {
            Form::Path(_) | Form::New(_) => None,
            Form::Method => Some(self.outside(name, "")),
            // The type is what a factory gives.
            Form::TypeMethod(class) | Form::ChainMethod(class)
                if names::last(class).starts_with(|c: char| c.is_ascii_lowercase()) =>
            {
                let path = self.path(class);
                let assign = if self.family == Family::JavaScript { "const " } else { "" };
                let call = if self.family == Family::Java { format!("new {path}()") } else { format!("{path}()") };
                self.globals.push(format!("{assign}{name}_made = {call}"));
                Some(format!("{name}_made"))
            }
            Form::TypeMethod(class) | Form::ChainMethod(class) => {
                let ty = self.path(class);
                Some(self.outside(name, &ty))
            }
        }
    }

    /// The receiver of a release: that of the acquisition unless it is of another type.
    pub fn same_receiver(&mut self, pattern: &Pattern, receiver: Option<String>) -> Option<String> {
        match (&pattern.form, receiver) {
            (Form::Path(_) | Form::New(_), _) => None,
            (Form::Method, Some(receiver)) => Some(receiver),
            (Form::TypeMethod(class) | Form::ChainMethod(class), Some(receiver)) => {
                let known = receiver.rsplit('.').next().and_then(|name| self.parameters.get(name));
                let short = names::last(class);
                if known.is_some_and(|ty| names::last(ty) == short) || receiver.ends_with("_made") {
                    Some(receiver)
                } else {
                    self.other_receiver(pattern)
                }
            }
            (_, None) => self.other_receiver(pattern),
        }
    }

    /// The text of a call.
    pub fn call(&mut self, pattern: &Pattern, parts: &Parts) -> String {
        let mut arguments: Vec<String> = parts.arguments.values().cloned().collect();
        if self.family == Family::JavaScript && !parts.keywords.is_empty() {
            let options: Vec<String> = parts.keywords.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            arguments.push(format!("{{ {} }}", options.join(", ")));
        } else {
            arguments.extend(parts.keywords.iter().map(|(name, value)| format!("{name}={value}")));
        }
        let arguments = arguments.join(", ");
        let callee = match &pattern.form {
            Form::New(path) => {
                let word = if self.family == Family::Python { "" } else { "new " };
                format!("{word}{}", self.path(&path.replace('*', "Some")))
            }
            // A name in capitals is a class of Python.
            Form::Path(path) if self.family == Family::Python && path.ends_with('*') => {
                self.path(&path.replace('*', "some"))
            }
            Form::Path(path) => self.path(&path.replace('*', "Some")),
            Form::TypeMethod(_) if pattern.name == "()" => parts.receiver.clone().unwrap_or_default(),
            Form::Method | Form::TypeMethod(_) | Form::ChainMethod(_) => {
                let receiver = parts.receiver.clone().unwrap_or_else(|| "missing".to_owned());
                format!("{receiver}.{}", pattern.name.replace('*', "Some"))
            }
        };
        // A builder is nothing open before it is told to build.
        let begins = |name: &&str| callee.ends_with(&format!(".{name}"));
        let built = self.family == Family::Java && ["builder", "newBuilder", "custom", "Builder"].iter().any(begins);
        format!("{callee}({arguments}){}", if built { ".build()" } else { "" })
    }

    /// Brings a qualified name into the file, and says how it is written there.
    pub fn path(&mut self, path: &str) -> String {
        let Some((module, rest)) = names::split(self.family, path) else { return path.to_owned() };
        let first = rest.split('.').next().unwrap_or_default().to_owned();
        let local = if first.is_empty() { names::identifier(&module) } else { first.clone() };
        let whole = format!("{module}|{first}");
        if *self.taken.entry(local.clone()).or_insert_with(|| whole.clone()) != whole {
            return self.path_in_full(&module, &rest);
        }
        self.imports.insert(match self.family {
            Family::JavaScript if first.is_empty() => format!("import {local} from '{module}'"),
            Family::JavaScript => format!("import {{ {first} }} from '{module}'"),
            Family::Java => format!("import {module}.{first};"),
            Family::Python => format!("from {module} import {first}"),
        });
        if rest.is_empty() { local } else { rest }
    }

    fn path_in_full(&mut self, module: &str, rest: &str) -> String {
        match self.family {
            Family::JavaScript => {
                let local = format!("{}_all", names::identifier(module));
                self.imports.insert(format!("import * as {local} from '{module}'"));
                if rest.is_empty() { format!("{local}.default") } else { format!("{local}.{rest}") }
            }
            Family::Java => format!("{module}.{rest}"),
            Family::Python => {
                self.imports.insert(format!("import {module}"));
                format!("{module}.{rest}")
            }
        }
    }

    /// Imports one of the modules of a library, unless one is imported already.
    pub fn import_any(&mut self, modules: &[String]) {
        let Some(first) = modules.first() else { return };
        if modules.iter().any(|module| self.imports.iter().any(|line| names::imports(line, module))) {
            return;
        }
        self.imports.insert(match self.family {
            Family::JavaScript => format!("import * as needed from '{first}'"),
            Family::Java => format!("import {first}.*;"),
            Family::Python => format!("import {first}"),
        });
    }

    /// Wraps, and closes the wrapper.
    pub fn wrapped(&self, call: &str, close: Option<&str>) -> String {
        let (declare, end) = match self.family {
            Family::JavaScript => ("const ", ";"),
            Family::Java => ("var ", ";"),
            Family::Python => ("", ""),
        };
        let close = close.map_or_else(String::new, |close| format!("; wrapper.{close}()"));
        format!("{declare}wrapper = {call}{close}{end}")
    }
}
