//! Every entry of `rules/libraries/*.toml` is met by a program made from it: the call is recognised, a leak of it is
//! found, and each of its releases makes it silent; what is lent stays open, what has no bound grows, and functions run
//! as often as the entry says. The lifetimes of `source` are held by the cases alone.
//!
//! `LEAKLINT_ENTRIES=<substring>` runs the libraries whose name has it, and prints the programs that fail.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod generated;

use generated::collections::filling;
use generated::owners::Known;
use generated::running::{handing, naming};
use generated::scaffold::{Program, When};
use generated::{End, ON_PATHS, acquiring, producing, typed};
use leaklint::analyses::context::{CallSite, Context};
use leaklint::analyses::owners::lifecycle;
use leaklint::analyses::runs::{Runs, runs};
use leaklint::catalogue::{
    self, Acquire, Borrow, Bound, Callback, Catalogue, Collection, Form, Hook, Library, Once, Owner, Part, Pattern,
    Release, ResourceType, Sink, Wrapper, shared,
};
use leaklint::driver::check_sources;
use leaklint::finding::{Confidence, Finding};
use leaklint::lang::{self, Family};
use leaklint::model::{Function, FunctionKind, Module};
use leaklint::source::SourceFile;
use rayon::prelude::*;

/// What one library's programs came to.
type Faults = Vec<String>;

#[test]
fn every_entry_is_met() {
    let catalogue = shared().unwrap();
    let wanted = std::env::var("LEAKLINT_ENTRIES").ok();
    let libraries: Vec<&(String, Library)> = catalogue
        .libraries
        .iter()
        .filter(|(name, _)| wanted.as_ref().is_none_or(|wanted| name.contains(wanted)))
        .collect();
    let faults: Vec<String> = libraries
        .par_iter()
        .flat_map_iter(|(name, library)| {
            let verbose = wanted.is_some();
            Test { catalogue: &catalogue, library, name, family: library.languages[0], verbose }.all()
        })
        .collect();
    assert!(faults.is_empty(), "{}\n{} faults", faults.join("\n"), faults.len());
}

struct Test<'a> {
    catalogue: &'a Catalogue,
    library: &'a Library,
    name: &'a str,
    family: Family,
    verbose: bool,
}

impl Test<'_> {
    fn all(&self) -> Faults {
        let library = self.library;
        let mut faults = Faults::new();
        faults.extend(library.acquire.iter().flat_map(|acquire| self.acquire(acquire)));
        faults.extend(library.r#type.iter().flat_map(|ty| self.ty(ty)));
        faults.extend(library.release.iter().flat_map(|release| self.release(release)));
        faults.extend(library.sink.iter().flat_map(|sink| self.sink(sink)));
        faults.extend(library.wrapper.iter().flat_map(|wrapper| self.wrapper(wrapper)));
        faults.extend(library.hook.iter().flat_map(|hook| self.hook(hook)));
        faults.extend(library.owner.iter().flat_map(|owner| self.owner(owner)));
        faults.extend(library.borrow.iter().flat_map(|borrow| self.borrow(borrow)));
        faults.extend(library.callback.iter().flat_map(|callback| self.callback(callback)));
        faults.extend(library.once.iter().flat_map(|once| self.once(once)));
        faults.extend(library.collection.iter().flat_map(|collection| self.collection(collection)));
        faults
    }

    fn acquire(&self, acquire: &Acquire) -> Faults {
        let mut faults = Faults::new();
        for (index, pattern) in acquire.call.iter().enumerate() {
            let program = |end: &End, when| acquiring(self.family, &self.library.imports, acquire, pattern, end, when);
            let leak = program(&End::Never, When::Never);
            if !self.meets(&leak, |site| site.acquires.iter().any(|found| same(&**found, acquire))) {
                faults.push(self.fault(pattern, "is not recognised", &leak));
            } else if self.selected(acquire) && acquire.kind != "thread" && acquire.waits.is_none() {
                // A thread is judged by the loop that it runs, and what waits for an end by what it holds, which no entry
                // says; the cases hold that.
                faults.extend(self.verdicts(acquire, pattern, index == 0, program));
            }
        }
        faults
    }

    /// Without a release there is a finding; with one there is none. `all` says whether every release is tried.
    fn verdicts(
        &self,
        acquire: &Acquire,
        pattern: &Pattern,
        all: bool,
        program: impl Fn(&End, When) -> Program,
    ) -> Faults {
        let ends = ends(acquire);
        let mut faults = Faults::new();
        // A lock that is not released here at all is released elsewhere; one that is released too late is not.
        let late = acquire.kind == "lock" || acquire.paired;
        let leak = match ends.first() {
            Some(end) if late => program(end, When::Late),
            _ => program(&End::Never, When::Never),
        };
        // That a one-time listener stays is no leak by itself: it goes when its event comes.
        let settles = acquire.once && acquire.kind == "listener";
        if self.found(&leak, &acquire.kind).is_none() && !settles {
            faults.push(self.fault(pattern, "has no finding", &leak));
        }
        for end in ends.iter().take(if all { ends.len() } else { 1 }) {
            let cure = program(end, When::Finally);
            // Of a pair, the release of one may fail before that of the other.
            let pair = matches!(acquire.handle, Some(Part::Element(_)));
            let confidence = if pair { Confidence::Medium } else { Confidence::Low };
            if let Some(finding) = self.found_at(confidence, &cure, &acquire.kind) {
                let text = format!("is not silent with {}: {}", says(end), finding.message);
                faults.push(self.fault(pattern, &text, &cure));
            }
        }
        faults
    }

    fn ty(&self, ty: &ResourceType) -> Faults {
        let mut faults = if ty.constructed { self.acquire(&ty.constructor()) } else { Faults::new() };
        let acquire = ty.acquisition();
        // What owners keep by a declared type alone is evidence about their other fields, and no acquisition.
        let produced = ty.produced && ON_PATHS.contains(&ty.kind.as_str()) && self.selected(&acquire);
        for (index, name) in ty.name.iter().enumerate().filter(|_| produced) {
            let program = |end: &End, when| producing(self.family, &self.library.imports, &acquire, name, end, when);
            let pattern: Pattern = format!("{name}#open").parse().unwrap();
            faults.extend(self.verdicts(&acquire, &pattern, index == 0, program));
        }
        for (part, name) in ty.wraps.iter().flat_map(|part| ty.name.iter().map(move |name| (part, name))) {
            let pattern: Pattern = format!("new {name}").parse().unwrap();
            faults.extend(self.wraps(&pattern, part, &ty.closes[0]));
        }
        faults
    }

    /// An acquisition of a kind by a plain call, of this library or of another.
    fn sample(&self, kind: &str) -> Option<(&[String], &Acquire, &Pattern)> {
        let own = std::iter::once(self.library);
        let others = self.catalogue.libraries.iter().map(|(_, library)| library);
        own.chain(others).filter(|library| library.languages == self.library.languages).find_map(|library| {
            let plain = |acquire: &&Acquire| {
                let calls = acquire.call.iter().all(|pattern| matches!(pattern.form, Form::Path(_) | Form::New(_)));
                let handle = acquire.handle == Some(Part::Result) || acquire.thread;
                acquire.kind == kind
                    && calls
                    && handle
                    && !acquire.paired
                    && acquire.require.is_empty()
                    && !ends(acquire).is_empty()
            };
            let acquire = library.acquire.iter().find(plain)?;
            Some((library.imports.as_slice(), acquire, &acquire.call[0]))
        })
    }

    fn release(&self, release: &Release) -> Faults {
        let mut faults = Faults::new();
        for (kind, pattern) in release.kind.iter().flat_map(|kind| release.call.iter().map(move |call| (kind, call))) {
            let Some((imports, acquire, call)) = self.sample(kind) else {
                faults.push(format!("{}: {pattern} releases {kind}, which nothing acquires", self.name));
                continue;
            };
            let imports = [&self.library.imports, imports].concat();
            let end = End::Call(release.clone(), pattern.clone());
            let leak = acquiring(self.family, &imports, acquire, call, &End::Never, When::Never);
            let cure = acquiring(self.family, &imports, acquire, call, &end, When::Finally);
            faults.extend(self.pair(pattern, kind, &leak, &cure));
        }
        faults
    }

    fn sink(&self, sink: &Sink) -> Faults {
        let mut faults = Faults::new();
        for pattern in &sink.call {
            let (_, acquire, call) = self.sample("resource").unwrap();
            let end = End::Sunk(pattern.clone(), sink.argument.clone());
            let leak = acquiring(self.family, &self.library.imports, acquire, call, &End::Never, When::Never);
            let cure = acquiring(self.family, &self.library.imports, acquire, call, &end, When::First);
            if !self.any(&cure, |site| site.sinks.iter().any(|found| same(&**found, sink))) {
                faults.push(self.fault(pattern, "is not recognised as a sink", &cure));
            }
            faults.extend(self.pair(pattern, "resource", &leak, &cure));
        }
        faults
    }

    /// What is lent stays with the caller, who has to release it as before.
    fn borrow(&self, borrow: &Borrow) -> Faults {
        let mut faults = Faults::new();
        // What may fail, and otherwise ends or takes what it is given.
        let takes = |site: &CallSite| {
            let ends = !site.releases.is_empty() || !site.sinks.is_empty() || !site.wrappers.is_empty();
            ends && site.borrows.iter().any(|found| same(&**found, borrow))
        };
        for pattern in &borrow.call {
            let (_, acquire, call) = self.sample("resource").unwrap();
            let end = End::Sunk(pattern.clone(), Part::Argument(0));
            let lent = acquiring(self.family, &self.library.imports, acquire, call, &end, When::First);
            if !self.any(&lent, |site| site.borrows.iter().any(|found| same(&**found, borrow))) {
                faults.push(self.fault(pattern, "is not recognised as one that borrows", &lent));
            } else if !self.any(&lent, takes) && self.found(&lent, "resource").is_none() {
                faults.push(self.fault(pattern, "takes over what it should borrow", &lent));
            }
        }
        faults
    }

    /// The function that a call is given runs as often as the entry says.
    fn callback(&self, callback: &Callback) -> Faults {
        let mut faults = Faults::new();
        for pattern in &callback.call {
            let program = handing(self.family, &self.library.imports, pattern);
            let known = self.meets(&program, |site| site.callbacks.iter().any(|found| same(&**found, callback)));
            let is_it = |function: &Function| match self.family {
                Family::Python => function.name.as_deref() == Some("act"),
                _ => function.kind == FunctionKind::Lambda,
            };
            let often = self.runs(&program, is_it);
            let fits = match callback.runs {
                catalogue::Runs::Once => often == Some(Runs::Once),
                catalogue::Runs::Repeatedly => matches!(often, Some(Runs::Repeatedly(_))),
                catalogue::Runs::Now => often == Some(Runs::Unknown),
            };
            if !known || !fits {
                faults.push(self.fault(pattern, &format!("is given a function that runs {often:?}"), &program));
            }
        }
        faults
    }

    /// A function of the name, or with the annotation, runs once.
    fn once(&self, once: &Once) -> Faults {
        let mut faults = Faults::new();
        for (what, program) in naming(self.family, &self.library.imports, once) {
            let often =
                self.runs(&program, |function| function.kind != FunctionKind::Module && function.name.is_some());
            if often != Some(Runs::Once) {
                let pattern = format!("#{what}").parse().unwrap();
                faults.push(self.fault(&pattern, &format!("runs {often:?}"), &program));
            }
        }
        faults
    }

    /// How often the one function of a program runs.
    fn runs(&self, program: &Program, is_it: impl Fn(&Function) -> bool) -> Option<Runs> {
        let source = source(program);
        let (module, _) = lang::lower(&source);
        let context = Context::new(&source, &module, self.catalogue);
        let (function, _) = module.functions.iter().find(|(_, function)| is_it(function))?;
        Some(runs(&context, function))
    }

    /// What grows without a bound is found; what has one is not.
    fn collection(&self, collection: &Collection) -> Faults {
        let imports = &self.library.imports;
        let grows = |programs: &[Program]| programs.iter().any(|program| self.grows(program));
        let mut faults = Faults::new();
        for name in &collection.name {
            let pattern: Pattern = name.parse().unwrap();
            let plain = filling(self.family, imports, collection, name, false);
            let limited = filling(self.family, imports, collection, name, true);
            let (bare, bound) = match collection.bound {
                Bound::None => (true, false),
                Bound::Always => (false, true),
                Bound::Limited => (true, !collection.limit.is_empty()),
            };
            if bare && !grows(&plain) {
                faults.push(self.fault(&pattern, "grows, and has no finding", &plain[0]));
            }
            if bound && let Some(program) = limited.iter().find(|program| self.grows(program)) {
                faults.push(self.fault(&pattern, "is bounded, and not silent", program));
            }
        }
        faults
    }

    fn grows(&self, program: &Program) -> bool {
        let source = source(program);
        check_sources(std::slice::from_ref(&source), self.catalogue, Confidence::Low)
            .into_iter()
            .any(|finding| source.line(finding.span.start) == program.line && finding.rule.starts_with("unbounded"))
    }

    fn wrapper(&self, wrapper: &Wrapper) -> Faults {
        wrapper.call.iter().flat_map(|pattern| self.wraps(pattern, &wrapper.argument, "close")).collect()
    }

    fn wraps(&self, pattern: &Pattern, part: &Part, close: &str) -> Faults {
        let (_, acquire, call) = self.sample("resource").unwrap();
        let program = |close: Option<&str>, when| {
            let end = End::Wrapped(pattern.clone(), part.clone(), close.map(str::to_owned));
            match (&pattern.form, part) {
                // What is wrapped has to be of the type that the entry names.
                (Form::TypeMethod(ty), Part::Receiver) => {
                    typed(self.family, &self.library.imports, acquire, call, ty, &end, when)
                }
                _ => acquiring(self.family, &self.library.imports, acquire, call, &end, when),
            }
        };
        let (leak, cure) = (program(None, When::First), program(Some(close), When::First));
        let mut faults = Faults::new();
        if !self.any(&cure, |site| site.wrappers.iter().any(|found| found.argument == *part)) {
            faults.push(self.fault(pattern, "is not recognised as a wrapper", &cure));
        }
        if self.found(&leak, "resource").is_none() {
            faults.push(self.fault(pattern, "has no finding", &leak));
        }
        // That the call which wraps may itself fail is another matter.
        let found = self.found(&cure, "resource");
        if let Some(finding) = found.filter(|finding| !finding.message.contains(" when `")) {
            faults.push(self.fault(pattern, &format!("is not silent: {}", finding.message), &cure));
        }
        faults
    }

    fn hook(&self, hook: &Hook) -> Faults {
        let fits = |other: &&Hook| match &hook.setup {
            Some(_) => other.setup.is_none(),
            None => other.setup.is_some() && other.teardown.is_none() && other.registers.is_none(),
        };
        let mut faults = Faults::new();
        for pattern in &hook.call {
            // The other half of the pair, of the same package where a table has several.
            let others = || self.library.hook.iter().filter(fits).flat_map(|other| &other.call);
            let other = others().find(|other| package(other) == package(pattern)).or_else(|| others().next());
            let (leak, cure) = (
                generated::owners::hook(&self.library.imports, hook, pattern, false, other),
                generated::owners::hook(&self.library.imports, hook, pattern, true, other),
            );
            if !self.any(&cure, |site| site.hooks.iter().any(|found| same(&**found, hook))) {
                faults.push(self.fault(pattern, "is not recognised as a hook", &cure));
            }
            let alone = hook.setup.is_some() && hook.teardown.is_none() && hook.registers.is_none() && other.is_none();
            if alone {
                if self.found(&leak, "timer").is_none() {
                    faults.push(self.fault(pattern, "has no finding", &leak));
                }
            } else {
                faults.extend(self.pair(pattern, "timer", &leak, &cure));
            }
        }
        faults
    }

    fn owner(&self, owner: &Owner) -> Faults {
        let kind = match self.family {
            Family::JavaScript => "timer",
            Family::Java => "executor",
            Family::Python => "resource",
        };
        let annotations = owner.teardown_annotations.iter().map(|name| format!("@{name}"));
        let teardowns: Vec<String> = owner.teardown.iter().cloned().chain(annotations).collect();
        let known: Vec<Option<Known>> = match Known::all(owner) {
            all if all.is_empty() => vec![None],
            all => all.into_iter().map(Some).collect(),
        };
        let mut faults = Faults::new();
        for (at, known) in known.iter().enumerate() {
            for teardown in teardowns.iter().take(if at == 0 { teardowns.len() } else { 1 }) {
                let program =
                    |ends| generated::owners::class(self.family, &self.library.imports, known.as_ref(), teardown, ends);
                let pattern: Pattern = format!("{}#{teardown}", owner.what).parse().unwrap();
                let (leak, cure) = (program(false), program(true));
                if !self.ends(&leak, teardown) {
                    faults.push(self.fault(&pattern, &format!("is no teardown: {known:?}"), &leak));
                }
                faults.extend(self.pair(&pattern, kind, &leak, &cure));
            }
        }
        faults
    }

    /// Whether a method of a class of the program is one of its teardowns.
    fn ends(&self, program: &Program, teardown: &str) -> bool {
        let source = source(program);
        let (module, _) = lang::lower(&source);
        let context = Context::new(&source, &module, self.catalogue);
        let name = if teardown.starts_with('@') { "end".to_owned() } else { teardown.replace('*', "Some") };
        module.classes.iter().any(|(class, _)| {
            let cycle = lifecycle(&context, class);
            cycle.teardowns.iter().any(|function| module.functions[*function].name.as_deref() == Some(name.as_str()))
        })
    }

    /// A leak is found, its cure silent.
    fn pair(&self, pattern: &Pattern, kind: &str, leak: &Program, cure: &Program) -> Faults {
        let mut faults = Faults::new();
        if self.found(leak, kind).is_none() {
            faults.push(self.fault(pattern, "has no finding", leak));
        }
        if let Some(finding) = self.found(cure, kind) {
            faults.push(self.fault(pattern, &format!("is not silent: {}", finding.message), cure));
        }
        faults
    }

    /// Whether any rule reports the kind in the language.
    fn selected(&self, acquire: &Acquire) -> bool {
        self.catalogue
            .rules
            .iter()
            .any(|rule| rule.table.kinds.contains(&acquire.kind) && rule.table.languages.contains(&self.family))
    }

    /// Whether a call at the acquisition is as said.
    fn meets(&self, program: &Program, met: impl Fn(&CallSite) -> bool) -> bool {
        self.any_in(program, |source, module, site| {
            let span = module.span(site.expr);
            (source.line(span.start)..=source.line(span.end)).contains(&program.line) && met(site)
        })
    }

    /// Whether any call of the program is as said.
    fn any(&self, program: &Program, met: impl Fn(&CallSite) -> bool) -> bool {
        self.any_in(program, |_, _, site| met(site))
    }

    fn any_in(&self, program: &Program, met: impl Fn(&SourceFile, &Module, &CallSite) -> bool) -> bool {
        let source = source(program);
        let (module, gaps) = lang::lower(&source);
        let context = Context::new(&source, &module, self.catalogue);
        gaps.is_empty() && context.sites.iter().any(|site| met(&source, &module, site))
    }

    /// The finding at the acquisition, of whatever confidence.
    fn found(&self, program: &Program, kind: &str) -> Option<Finding> {
        self.found_at(Confidence::Low, program, kind)
    }

    fn found_at(&self, confidence: Confidence, program: &Program, kind: &str) -> Option<Finding> {
        let source = source(program);
        check_sources(std::slice::from_ref(&source), self.catalogue, confidence).into_iter().find(|finding| {
            let rule = self.catalogue.rule(&finding.rule).unwrap();
            source.line(finding.span.start) == program.line && rule.table.kinds.iter().any(|other| other == kind)
        })
    }

    fn fault(&self, pattern: &Pattern, what: &str, program: &Program) -> String {
        let text = if self.verbose { format!("\n{}", program.text) } else { String::new() };
        format!("{}: {pattern} {what}{text}", self.name)
    }
}

/// All ways an entry says that it ends.
fn ends(acquire: &Acquire) -> Vec<End> {
    let methods = acquire.closes.iter().map(|name| End::Method(name.clone()));
    let calls = acquire
        .release
        .iter()
        .filter(|release| !release.weak)
        .flat_map(|release| release.call.iter().map(|pattern| End::Call(release.clone(), pattern.clone())));
    methods.chain(calls).collect()
}

/// The text of a pattern before its first dot that is not part of a package's name.
fn package(pattern: &Pattern) -> String {
    let text = pattern.to_string();
    text.rsplit_once('.').map_or(text.clone(), |(package, _)| package.to_owned())
}

fn says(end: &End) -> String {
    match end {
        End::Never => "nothing".to_owned(),
        End::Method(name) => name.clone(),
        End::Call(_, pattern) | End::Sunk(pattern, _) | End::Wrapped(pattern, ..) => pattern.to_string(),
    }
}

fn source(program: &Program) -> SourceFile {
    let name = match program.language {
        lang::Language::Java => "Case.java",
        lang::Language::Python => "case.py",
        lang::Language::Vue => "case.vue",
        lang::Language::JavaScript => "case.js",
        _ => "case.ts",
    };
    SourceFile::new(name, program.language, program.text.clone())
}

fn same<T: serde::Serialize>(one: &T, other: &T) -> bool {
    serde_json::to_value(one).unwrap() == serde_json::to_value(other).unwrap()
}
