//! Kinds of evidence that say little in JavaScript and Python: what they name is mostly filled once, or holds a few
//! entries.

use super::{Case, Site};
use crate::analyses::context::{Context, Use};
use crate::analyses::growth::bound::found::{BoundFound, Gap};
use crate::analyses::growth::collection::Home;
use crate::analyses::growth::collection::kinds::Kind;
use crate::analyses::growth::collection::lives::{self, Life, Longevity};
use crate::analyses::growth::keys::{self, Origin};
use crate::analyses::growth::reader::usage::{self, descendants};
use crate::analyses::growth::words;
use crate::analyses::runs::Runs;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, FunctionId, Root};

impl Case<'_> {
    /// Whether the evidence alone is too little to say that the collection grows without end.
    #[must_use]
    pub fn is_doubtful(&self, site: &Site<'_>, life: &Life, bound: &BoundFound, kind: Kind) -> bool {
        let family = self.context.family();
        let python = family == Family::Python;
        if self.is_of_tool() && !python || python && (self.is_of_pool(kind) || self.is_under_own_field(site)) {
            return true;
        }
        if python && life.longevity == Longevity::Process && self.is_of_command() {
            return true;
        }
        if family == Family::Java || python && kind == Kind::Queue {
            return false;
        }
        let again = matches!(&site.runs, Runs::Repeatedly(per) if per != "in a loop")
            || self.handles(site.usage.function)
            || self.is_per_instance(site.usage.function);
        if site.origin < Origin::Fresh && *bound == BoundFound::Nothing && self.is_of_few(site, again) {
            return true;
        }
        if self.is_fixed_list(site) || self.is_waited_for(kind) {
            return true;
        }
        let unsaid = site.origin <= Origin::Neutral
            && *bound == BoundFound::Nothing
            && life.longevity == Longevity::Process
            && kind == Kind::Collection
            && site.growth.key.is_some()
            && !self.is_per_instance(site.usage.function);
        if again && !unsaid || self.has_guest_key(site) {
            return false;
        }
        let listed = site.growth.key.is_none() && kind == Kind::Collection;
        match (bound, life.longevity) {
            // Whatever the code is asked for, of which it says nothing: icons, units, names of integrations.
            (BoundFound::Nothing, Longevity::Process) if site.origin <= Origin::Neutral => {
                kind != Kind::Memo || !site.growth.key.is_some_and(|key| super::is_parameter(self.context, key))
            }
            // A list that some function adds to: most often while the program is put together.
            (BoundFound::Nothing, Longevity::Process) => {
                site.origin == Origin::Fresh && listed && !self.tells_time(site)
            }
            (BoundFound::Nothing, _) => site.origin != Origin::Fresh || listed && !self.tells_time(site),
            (BoundFound::Partial { .. }, Longevity::Process) => false,
            (BoundFound::Partial { misfit: false, .. }, _) => !self.tells_time(site),
            (BoundFound::Partial { at, .. }, _) => bound.gap() == Some(Gap::Twin) && !self.is_undone_at(site, *at),
        }
    }

    /// `[['view', adapt], …].forEach(([name, adapter]) => adapters.set(name, adapter))`: what the text says, and no more.
    fn is_fixed_list(&self, site: &Site<'_>) -> bool {
        let context = self.context;
        let Some(function) = context.function_expr(site.usage.function) else { return false };
        let Use::Argument(call, 0) = context.uses(function) else { return false };
        let ExprKind::Call { callee, .. } = context.module.kind(call) else { return false };
        matches!(context.module.kind(*callee), ExprKind::Member { object, name, .. }
            if name == "forEach" && matches!(context.module.kind(context.module.peel(*object)), ExprKind::List { .. }))
    }

    /// A function's own list of promises, for all of which it waits.
    fn is_waited_for(&self, kind: Kind) -> bool {
        let context = self.context;
        let Root::Variable(id) = self.collection.place.root else { return false };
        kind == Kind::Tasks
            && context.module.variables[id].function != context.module.root
            && self.mentions.iter().any(|mention| match context.uses(*mention) {
                Use::Argument(call, _) => {
                    words::waits_for_all(&usage::method_name(context, call))
                        && context
                            .parent(call)
                            .is_some_and(|outer| matches!(context.module.kind(outer), ExprKind::Await(_)))
                }
                _ => false,
            })
    }

    /// Whether the keys are things of which a program has a few, or the collection is a register of such.
    fn is_of_few(&self, site: &Site<'_>, again: bool) -> bool {
        let context = self.context;
        if !again && words::is_register(&self.collection.name) || words::tells_once(&self.collection.name) {
            return true;
        }
        let key = site.growth.key.or(if self.is_set() { site.growth.value } else { None });
        key.is_some_and(|key| {
            descendants(context, key).iter().any(|part| match context.module.kind(*part) {
                ExprKind::Variable(id) => words::is_of_few(&context.module.variables[*id].name),
                ExprKind::Member { name, object, .. } => words::is_of_few(name) && !is_of_visitor(context, *object),
                _ => false,
            })
        })
    }

    /// Whether the method that takes the entry out of the other collection undoes the one that puts it in.
    fn is_undone_at(&self, site: &Site<'_>, at: ExprId) -> bool {
        let name = |function: FunctionId| self.context.module.functions[function].name.clone();
        let Some(adds) = name(self.context.module.outermost(site.usage.function)) else { return false };
        let takes = self.context.function_of(at).and_then(|function| name(self.context.module.outermost(function)));
        takes.is_some_and(|takes| lives::inverses(&adds).iter().any(|undo| *undo == takes.as_str()))
    }

    /// Whether the file belongs to a tool of the developers, which runs and ends.
    fn is_of_tool(&self) -> bool {
        let path = self.context.source.display_path();
        let mut folders = path.split('/').collect::<Vec<_>>();
        folders.pop();
        // A module of its own; below `src` it is a package like any other.
        if self.context.family() == Family::Java {
            return folders
                .iter()
                .take_while(|folder| **folder != "src")
                .any(|folder| words::is_module_of_tools(folder));
        }
        let named = |names: fn(&str) -> bool| folders.iter().any(|folder| names(folder));
        named(words::is_folder_of_tools)
    }

    /// Whether the file belongs to the commands of a command line: the process ends with the command.
    fn is_of_command(&self) -> bool {
        let path = self.context.source.display_path();
        path.rsplit_once('/').is_some_and(|(folders, _)| folders.split('/').any(words::is_folder_of_commands))
    }

    /// Whether the key, or the one element, is a visitor of the program, or the id of one: a request, a connection, a user, a message.
    fn has_guest_key(&self, site: &Site<'_>) -> bool {
        let context = self.context;
        let python = context.family() == Family::Python;
        let adder = context.module.functions[site.usage.function].name.as_deref().unwrap_or_default();
        let registers = words::puts_in(adder);
        let plain = |value: &ExprId| matches!(context.module.kind(context.module.peel(*value)), ExprKind::Variable(_));
        // Each instance enters what they all share.
        let enters =
            |value: ExprId| is_this(context, value) && matches!(self.collection.home, Home::Module | Home::Static(_));
        if python && site.growth.value.is_some_and(enters) {
            return true;
        }
        let keyed = site.growth.key.or(site.growth.value.filter(|value| self.is_set() || plain(value)));
        keyed.is_some_and(|key| {
            descendants(context, key).iter().any(|part| match context.module.kind(*part) {
                ExprKind::Variable(id) => {
                    let name = &context.module.variables[*id].name;
                    words::comes_and_goes(name) || python && !registers && words::tells_one(name)
                }
                ExprKind::Member { name, object, .. } => {
                    words::comes_and_goes(name)
                        || python && !registers && words::tells_one(name) && !is_this(context, *object)
                        || words::is_bare_id(name)
                            && match context.module.kind(*object) {
                                ExprKind::Variable(id) => words::comes_and_goes(&context.module.variables[*id].name),
                                _ => false,
                            }
                }
                _ => false,
            })
        })
    }

    /// `self.left[self.server]`: the object has one of them at a time.
    fn is_under_own_field(&self, site: &Site<'_>) -> bool {
        let module = self.context.module;
        matches!(self.collection.home, Home::Instance(_))
            && site.growth.key.is_some_and(|key| {
                matches!(module.kind(module.peel(key)), ExprKind::Member { object, .. } if is_this(self.context, *object))
            })
    }

    /// Whether the collection is the pool of a class that hands its elements out and takes them back.
    fn is_of_pool(&self, kind: Kind) -> bool {
        let Home::Instance(class) = self.collection.home else { return false };
        let module = self.context.module;
        kind == Kind::Queue
            && module.classes[class]
                .methods
                .iter()
                .any(|method| module.functions[*method].name.as_deref().is_some_and(words::hands_out))
    }

    /// Whether an entry holds the time at which it was made, or an event: a journal.
    fn tells_time(&self, site: &Site<'_>) -> bool {
        let context = self.context;
        words::holds_lines(&self.collection.name)
            || site.growth.value.is_some_and(|value| {
                let value = context.definition(value);
                keys::origin(context, value) == Origin::Event
                    || descendants(context, value).iter().any(|part| match context.module.kind(*part) {
                        ExprKind::Call { callee, .. } => words::tells_time(&usage::last_name(context, *callee)),
                        _ => false,
                    })
            })
    }
}

fn is_this(context: &Context<'_>, object: ExprId) -> bool {
    matches!(context.module.kind(context.module.peel(object)), ExprKind::This(_))
}

/// `request.path`: each visitor brings another one.
fn is_of_visitor(context: &Context<'_>, object: ExprId) -> bool {
    context.family() == Family::Python
        && matches!(context.module.kind(object), ExprKind::Variable(id) if words::is_request(&context.module.variables[*id].name))
}
