//! At whose pace entries come, and how much of each one stays: what people click together and what a few bytes tell
//! fill no memory.

use super::{Case, Site, is_parameter};
use crate::analyses::context::{Context, Use};
use crate::analyses::growth::bound::found::{BoundFound, Gap};
use crate::analyses::growth::keys::Origin;
use crate::analyses::growth::reader::usage::{Growth, descendants, has_name, method_name};
use crate::analyses::growth::words;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind, Literal, TypeRef};

/// Whether a file of Java belongs to a user interface: what it adds to, it adds to when somebody clicks.
#[must_use]
pub fn is_of_screen(context: &Context<'_>) -> bool {
    let module = context.module;
    let toolkit = || {
        let imported = module.imports.iter().map(|import| &import.module);
        imported.chain(&module.wildcards).any(|package| words::is_toolkit(package))
    };
    let folder = || {
        let path = context.source.display_path();
        path.rsplit_once('/').is_some_and(|(folders, _)| folders.split('/').any(words::is_folder_of_screens))
    };
    context.family() == Family::Java && (toolkit() || folder())
}

impl Case<'_> {
    /// Whether next to nothing stays of each entry, or somebody's hand is needed for each one.
    #[must_use]
    pub fn is_slow_or_small(&self, site: &Site<'_>, bound: &BoundFound) -> bool {
        is_of_screen(self.context)
            || bound.leaves_keys() && (self.is_under_an_account(site.growth) || self.is_under_a_setting(site.growth))
            || bound.gap() == Some(Gap::Twin) && words::keeps_history(&self.collection.name)
            || self.is_light(site, bound)
            || *bound == BoundFound::Nothing && (self.is_part_of_program(site) || self.follows_a_twin(site))
    }

    /// Whether the key stands for an account, by its name or type: what stays of one is an empty collection.
    fn is_under_an_account(&self, growth: &Growth) -> bool {
        let typed = || self.types().first().is_some_and(|ty| words::is_account(ty.name.last()));
        growth.key.is_some_and(|key| has_name(self.context, key, words::is_account)) || typed()
    }

    /// Whether the key of a script stands for the surroundings of the work, not for one who comes and goes.
    fn is_under_a_setting(&self, growth: &Growth) -> bool {
        let comes = |name: &str| words::is_of_traffic(name) || words::is_place_to_meet(name);
        self.context.family() == Family::JavaScript
            && growth.key.is_some_and(|key| !self.is_shown_guest(key) && !has_name(self.context, key, comes))
    }

    /// Whether scripts keep a flag, a number or a short text for each of what people open: chats, tabs, tasks. What
    /// comes with the traffic, such as addresses and requests, fills memory with flags as well.
    fn is_light(&self, site: &Site<'_>, bound: &BoundFound) -> bool {
        let context = self.context;
        let growth = site.growth;
        let set = self.is_set();
        let Some(key) = growth.key.or(growth.value.filter(|_| set)) else { return false };
        let traffic = has_name(context, key, |name| words::is_of_traffic(name) || words::is_free_text(name));
        let arguments = self.types();
        let light = match arguments.last() {
            Some(ty) => words::is_light_type(ty.name.last()),
            None => set || growth.value.is_some_and(|value| is_light_value(context, value)),
        };
        let missed = bound.gap() == Some(Gap::Twin) && !has_name(context, key, words::is_configured);
        let timer = growth.value.is_some_and(|value| super::shown::is_timer(context, value));
        context.family() == Family::JavaScript
            && site.origin <= Origin::Event
            && !missed
            && (light && !traffic || timer)
    }

    /// `registerSerializer(type, serializer)`: scripts are given as many as the program is put together of, whatever
    /// number each one gets.
    fn is_part_of_program(&self, site: &Site<'_>) -> bool {
        let context = self.context;
        let home = context.module.outermost(site.usage.function);
        let registers = context.module.functions[home].name.as_deref().is_some_and(words::registers);
        context.family() == Family::JavaScript
            && registers
            && site.growth.key.is_some()
            && site.growth.value.is_some_and(|value| is_parameter(context, value) && !self.is_shown_guest(value))
    }

    /// The declared types of keys and values.
    fn types(&self) -> &[TypeRef] {
        self.collection.declared.as_ref().map(|ty| ty.arguments.as_slice()).unwrap_or_default()
    }

    /// `ids.computeIfAbsent(name, k -> { names.put(++last, k); return last; })`: it gets an entry where another
    /// collection gets one, and is as long as that one.
    fn follows_a_twin(&self, site: &Site<'_>) -> bool {
        let context = self.context;
        let Some(function) = context.function_expr(site.usage.function) else { return false };
        let Use::Argument(call, _) = context.uses(function) else { return false };
        let ExprKind::Call { callee, .. } = context.module.kind(call) else { return false };
        let ExprKind::Member { object, .. } = context.module.kind(*callee) else { return false };
        let place = context.place(*object);
        method_name(context, call) == "computeIfAbsent"
            && self
                .siblings
                .collections
                .iter()
                .any(|other| place.as_ref() == Some(&other.place) && other.place != self.collection.place)
    }
}

/// A number, a flag, a short text.
fn is_light_value(context: &Context<'_>, value: ExprId) -> bool {
    let value = context.definition(value);
    match context.module.kind(value) {
        ExprKind::Literal(Literal::Number(_) | Literal::Bool(_) | Literal::String(_)) => true,
        ExprKind::Binary { .. } => descendants(context, value)
            .iter()
            .all(|part| !matches!(context.module.kind(*part), ExprKind::Object(_) | ExprKind::List { .. })),
        _ => context.module.type_of(value).is_some_and(|ty| words::is_light_type(ty.name.last())),
    }
}
