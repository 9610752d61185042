//! Programs made from the entries of the tables: one acquires as the entry says, another also releases.

pub mod call;
pub mod collections;
pub mod names;
pub mod owners;
pub mod running;
pub mod scaffold;

use leaklint::catalogue::{Acquire, Part, Pattern, Release};
use leaklint::lang::Family;

use self::call::{Maker, Parts};
use self::scaffold::{Body, Program, Style, When};

/// How an acquisition is undone.
#[derive(Clone, Debug)]
pub enum End {
    /// Not at all.
    Never,
    /// By a method of the handle.
    Method(String),
    /// By a call of a release table.
    Call(Release, Pattern),
    /// It is given to this call, which takes it over.
    Sunk(Pattern, Part),
    /// It is wrapped by this call, and the wrapper closed by this method, if any.
    Wrapped(Pattern, Part, Option<String>),
}

/// The kinds that the analysis of paths decides; the others belong to owners.
pub const ON_PATHS: [&str; 6] = ["resource", "connection", "executor", "client", "lock", "transaction"];

/// The program that acquires by one pattern of an entry, and ends it.
pub fn acquiring(
    family: Family,
    imports: &[String],
    acquire: &Acquire,
    pattern: &Pattern,
    end: &End,
    when: When,
) -> Program {
    let (maker, style, body) = parts(family, imports, acquire, pattern, end, when);
    scaffold::program(&maker, style, &body)
}

/// The program in which a call without a table gives an instance of a type.
pub fn producing(family: Family, imports: &[String], acquire: &Acquire, ty: &str, end: &End, when: When) -> Program {
    typed(family, imports, acquire, &".open".parse().unwrap(), ty, end, when)
}

/// The program in which the handle has a declared type.
pub fn typed(
    family: Family,
    imports: &[String],
    acquire: &Acquire,
    pattern: &Pattern,
    ty: &str,
    end: &End,
    when: When,
) -> Program {
    let (mut maker, style, mut body) = parts(family, imports, acquire, pattern, end, when);
    body.declared = Some(maker.path(ty));
    scaffold::program(&maker, style, &body)
}

fn parts(
    family: Family,
    imports: &[String],
    acquire: &Acquire,
    pattern: &Pattern,
    end: &End,
    when: When,
) -> (Maker, Style, Body) {
    let style = if acquire.thread {
        Style::Thread
    } else if ON_PATHS.contains(&acquire.kind.as_str()) {
        Style::Path
    } else {
        Style::Kept
    };
    let mut maker = Maker::new(family, style);
    let parts = parts_of(&mut maker, acquire, pattern);
    let call = maker.call(pattern, &parts);
    let handle = handle(&mut maker, acquire, &parts, style);
    let mut release = ending(&mut maker, acquire, &parts, &handle, end);
    if family == Family::Python && matches!(acquire.handle, Some(Part::Element(_))) && !release.is_empty() {
        // The other part of the pair may be an obligation of its own.
        release = format!("{release}; {}", ending(&mut maker, acquire, &parts, "other_part", end));
    }
    maker.import_any(imports);
    let body = Body { call, handle: acquire_part(acquire), name: handle, release, when, declared: None };
    (maker, style, body)
}

/// Where the handle comes from; what has methods to close it and no handle gives it back as its result.
fn acquire_part(acquire: &Acquire) -> Option<Part> {
    match &acquire.handle {
        None if !acquire.closes.is_empty() => Some(Part::Result),
        other => other.clone(),
    }
}

/// The arguments that an entry speaks of.
fn parts_of(maker: &mut Maker, acquire: &Acquire, pattern: &Pattern) -> Parts {
    let mut parts = Parts::default();
    for require in &acquire.require {
        if let Some(part) = &require.argument {
            let value = maker.shaped(require);
            parts.set(part, value);
        }
    }
    if let Some(part) = &acquire.callback
        && !parts.has(part)
    {
        let value = maker.callback(acquire.once);
        parts.set(part, value);
    }
    for part in acquire.key.iter().chain(&acquire.source).chain(&acquire.handle) {
        if matches!(part, Part::Argument(_) | Part::Keyword(_)) && !parts.has(part) {
            let value = maker.filler(part);
            parts.set(part, value);
        }
    }
    if let Some(Part::CallbackParameter(argument, index)) = &acquire.handle {
        parts.set(&Part::Argument(*argument), format!("@{index}"));
    }
    if !parts.has(&Part::Receiver) {
        let receiver = maker.receiver(pattern);
        if let Some(receiver) = receiver {
            parts.set(&Part::Receiver, receiver);
        }
    }
    maker.fill(&mut parts);
    parts
}

/// What a release calls the handle.
fn handle(maker: &mut Maker, acquire: &Acquire, parts: &Parts, style: Style) -> String {
    match &acquire.handle {
        Some(part @ (Part::Argument(_) | Part::Receiver)) => parts.get(part).unwrap_or_default(),
        Some(Part::CallbackParameter(_, index)) => format!("p{index}"),
        _ if style == Style::Kept => maker.field("handle"),
        _ => "handle".to_owned(),
    }
}

fn ending(maker: &mut Maker, acquire: &Acquire, parts: &Parts, handle: &str, end: &End) -> String {
    match end {
        End::Never => String::new(),
        End::Method(name) if name == "()" => maker.statement(&format!("{handle}()")),
        End::Method(name) => maker.statement(&format!("{handle}.{name}()")),
        End::Call(release, pattern) => {
            let mut given = Parts::default();
            for (wanted, had) in release.key.iter().zip(&acquire.key) {
                if *wanted != Part::Any
                    && let Some(value) = parts.get(had)
                {
                    given.set(wanted, value);
                }
            }
            if let Some(part) = &release.handle {
                given.set(part, handle.to_owned());
            }
            if !given.has(&Part::Receiver) {
                let receiver = maker.same_receiver(pattern, parts.get(&Part::Receiver));
                if let Some(receiver) = receiver {
                    given.set(&Part::Receiver, receiver);
                }
            }
            maker.fill(&mut given);
            let call = maker.call(pattern, &given);
            maker.statement(&call)
        }
        End::Sunk(pattern, part) => {
            let call = taking(maker, pattern, part, handle);
            maker.statement(&call)
        }
        End::Wrapped(pattern, part, close) => {
            let call = taking(maker, pattern, part, handle);
            maker.wrapped(&call, close.as_deref())
        }
    }
}

/// A call with the handle in a part.
pub fn taking(maker: &mut Maker, pattern: &Pattern, part: &Part, handle: &str) -> String {
    let mut given = Parts::default();
    let part = if *part == Part::Any { &Part::Argument(0) } else { part };
    given.set(part, handle.to_owned());
    if !given.has(&Part::Receiver)
        && let Some(receiver) = maker.other_receiver(pattern)
    {
        given.set(&Part::Receiver, receiver);
    }
    maker.fill(&mut given);
    maker.call(pattern, &given)
}
