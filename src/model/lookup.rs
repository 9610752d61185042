//! Look-up by name in a module that is complete.

use rustc_hash::FxHashMap;

use super::{ClassId, Field, FunctionId, Module, Name};

/// Where each class, method and field of a file stands, by name.
#[derive(Debug, Default)]
pub struct Lookup {
    classes: FxHashMap<Name, Vec<ClassId>>,
    methods: FxHashMap<(ClassId, Name), Vec<FunctionId>>,
    fields: FxHashMap<(ClassId, Name), usize>,
}

impl Lookup {
    fn new(module: &Module) -> Self {
        let mut lookup = Self::default();
        for (id, class) in module.classes.iter() {
            if let Some(name) = &class.name {
                lookup.classes.entry(name.clone()).or_default().push(id);
            }
            for method in &class.methods {
                if let Some(name) = &module.functions[*method].name {
                    lookup.methods.entry((id, name.clone())).or_default().push(*method);
                }
            }
            for (at, field) in class.fields.iter().enumerate() {
                lookup.fields.entry((id, field.name.clone())).or_insert(at);
            }
        }
        lookup
    }
}

impl Module {
    /// Ends the making of the module: from now on names are looked up, and no class changes any more.
    pub fn complete(&mut self) {
        self.lookup = Some(Lookup::new(self));
    }

    /// The classes of the file with a simple name, in the order of the text.
    pub(super) fn classes_named(&self, name: &str) -> Vec<ClassId> {
        match &self.lookup {
            Some(lookup) => lookup.classes.get(name).cloned().unwrap_or_default(),
            None => {
                let named = self.classes.iter().filter(|(_, class)| class.name.as_deref() == Some(name));
                named.map(|(id, _)| id).collect()
            }
        }
    }

    /// The methods of a class with the name given.
    pub fn methods_named<'a>(&'a self, class: ClassId, name: &'a str) -> impl Iterator<Item = FunctionId> + 'a {
        let all = &self.classes[class].methods;
        let named = match &self.lookup {
            Some(lookup) => lookup.methods.get(&(class, Name::new(name))).map_or(&[][..], Vec::as_slice),
            None => all,
        };
        named.iter().copied().filter(move |id| self.functions[*id].name.as_deref() == Some(name))
    }

    /// The declared field of a class.
    #[must_use]
    pub fn field(&self, class: ClassId, name: &str) -> Option<&Field> {
        let fields = &self.classes[class].fields;
        match &self.lookup {
            Some(lookup) => lookup.fields.get(&(class, Name::new(name))).map(|at| &fields[*at]),
            None => fields.iter().find(|field| field.name == name),
        }
    }
}
