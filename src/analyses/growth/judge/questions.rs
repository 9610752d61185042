//! What the verdict on a collection asks of other files.

use super::{Case, Site};
use crate::analyses::callers;
use crate::analyses::growth::collection::Home;
use crate::analyses::growth::reader::usage::{Escape, What};
use crate::analyses::growth::words;
use crate::project::{Question, Symbol};

impl Case<'_> {
    /// The class of the keys, where another file declares it.
    fn key_class(&self, site: &Site<'_>) -> Option<Symbol> {
        let declared = self.collection.declared.as_ref()?;
        let keyed = declared.arguments.len() == 2 || self.is_set();
        let key = declared.arguments.first().filter(|_| keyed && !site.growth.inner)?;
        let known = words::is_plain_type(key.name.last()) || self.context.module.local_class(&key.name).is_some();
        (!known).then(|| Symbol::from(key.name.clone()))
    }

    /// What other files have to say before the verdict stands.
    pub(super) fn questions(&self, site: &Site<'_>) -> Vec<Question> {
        let mut questions: Vec<Question> = self.collection.question.iter().cloned().collect();
        questions.extend(self.key_class(site).map(|class| Question::IsEnum { class }));
        for usage in self.usages {
            if usage.what == What::Escapes(Escape::Returned)
                && let Some(name) = &self.context.module.functions[usage.function].name
            {
                questions.push(Question::MemberShrinks { member: name.clone() });
            }
        }
        questions.extend(self.brief_owner());
        questions.extend(self.filled_once(site));
        questions.extend(self.generated_getter().map(|member| Question::MemberShrinks { member }));
        questions.dedup();
        questions
    }

    /// The question whether the owner is made for one expression at a time.
    fn brief_owner(&self) -> Option<Question> {
        let Home::Instance(class) = self.collection.home else { return None };
        let name = self.context.module.class_name(class);
        (!name.name.is_empty()).then(|| Question::MadeBriefly { class: name.into() })
    }

    /// The question whether the program runs what fills it only once, or makes one object alone that does.
    fn filled_once(&self, site: &Site<'_>) -> Option<Question> {
        let lives = matches!(self.collection.home, Home::Module | Home::Static(_));
        callers::question(self.context, site.usage.function).filter(|_| lives)
    }
}
