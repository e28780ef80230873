//! Shapes are collected by asking each type for its own, once.

use std::{any::type_name, collections::BTreeMap, mem};

use super::types::{Definition, Field, Form, Members, Tagging, Type, Variant};

/// The definitions that were met so far.
#[derive(Debug, Default)]
pub struct Shapes {
    /// The labels by the names that the compiler has for the types, so that a type that contains itself comes to an end.
    labels: BTreeMap<&'static str, String>,
    definitions: BTreeMap<String, Definition>,
}

impl Shapes {
    /// Asks a type, and, for a query, that of the answer.
    #[must_use]
    pub fn form(shape: fn(&mut Self) -> Type, response: Option<fn(&mut Self) -> Type>) -> Form {
        let mut shapes = Self::default();
        let root = shape(&mut shapes);
        let response = response.map(|response| response(&mut shapes));
        let mut definitions = shapes.definitions;
        super::flat::resolve(&mut definitions);
        Form { root, response, definitions }
    }

    /// An object with the fields that are added.
    pub fn structure<T: ?Sized>(&mut self, label: &str, fill: fn(&mut Fields<'_>)) -> Type {
        self.once::<T>(label, |shapes, _| Definition::Struct(shapes.members(fill)))
    }

    /// One of the variants that are added.
    pub fn enumeration<T: ?Sized>(
        &mut self,
        label: &str,
        tagging: Tagging,
        fill: fn(&mut Variants<'_>),
    ) -> Type {
        self.once::<T>(label, |shapes, label| {
            let mut variants = Variants { shapes, label, added: Vec::new() };
            fill(&mut variants);
            Definition::Enum(tagging, variants.added)
        })
    }

    /// What nothing but its name is known of.
    #[must_use]
    pub fn foreign(&self, name: &str) -> Type {
        Type::Foreign(name.to_owned())
    }

    fn once<T: ?Sized>(&mut self, label: &str, define: impl FnOnce(&mut Self, &str) -> Definition) -> Type {
        let name = type_name::<T>();
        if let Some(label) = self.labels.get(name) {
            return Type::Named(label.clone());
        }
        let label = self.free(label);
        self.labels.insert(name, label.clone());
        let definition = define(self, &label);
        self.definitions.insert(label.clone(), definition);
        Type::Named(label)
    }

    /// The label, or one like it that no other type has and that means nothing else.
    fn free(&self, label: &str) -> String {
        let taken = |label: &str| {
            self.labels.values().any(|other| other == label) || super::text::scalar(label).is_some()
        };
        let numbered = (2_u32..).map(|number| format!("{label}_{number}"));
        [label.to_owned()].into_iter().chain(numbered).find(|label| !taken(label)).unwrap_or_default()
    }

    fn members(&mut self, fill: fn(&mut Fields<'_>)) -> Members {
        let mut fields = Fields { shapes: self, added: Members::default() };
        fill(&mut fields);
        let mut members = mem::take(&mut fields.added);
        members.fields.sort_by(|a, b| a.name.cmp(&b.name));
        members
    }
}

/// What is said of a field beside its type.
#[derive(Clone, Copy, Debug)]
pub struct FieldSaid {
    /// The name under which it is written.
    pub name: &'static str,
    /// The names under which it is read; none when it is not.
    pub reads: &'static [&'static str],
    /// Whether it has a default.
    pub default: bool,
    /// Whether it may be left out when it is written.
    pub omitted: bool,
    /// Whether it is read only.
    pub unwritten: bool,
}

/// Where the fields of an object are added.
#[derive(Debug)]
pub struct Fields<'s> {
    shapes: &'s mut Shapes,
    added: Members,
}

impl Fields<'_> {
    /// A field.
    pub fn add(&mut self, said: FieldSaid, shape: fn(&mut Shapes) -> Type) {
        let ty = shape(self.shapes);
        self.added.fields.push(Field {
            name: said.name.to_owned(),
            reads: said.reads.iter().map(|&name| name.to_owned()).collect(),
            optional: said.default || matches!(ty, Type::Option(_)),
            omitted: said.omitted,
            unwritten: said.unwritten,
            ty,
        });
    }

    /// A field whose fields lie among those of the object.
    pub fn flatten(&mut self, shape: fn(&mut Shapes) -> Type) {
        let ty = shape(self.shapes);
        self.added.flattened.push(ty);
    }
}

/// Where the variants of an enum are added.
#[derive(Debug)]
pub struct Variants<'s> {
    shapes: &'s mut Shapes,
    label: &'s str,
    added: Vec<Variant>,
}

impl Variants<'_> {
    /// A variant that holds nothing.
    pub fn unit(&mut self, name: &str, reads: &[&str]) {
        self.add(name, reads, None);
    }

    /// A variant that holds this.
    pub fn holding(&mut self, name: &str, reads: &[&str], content: fn(&mut Shapes) -> Type) {
        let content = content(self.shapes);
        self.add(name, reads, Some(content));
    }

    /// A variant with fields.
    pub fn structure(&mut self, name: &str, reads: &[&str], fill: fn(&mut Fields<'_>)) {
        let members = self.shapes.members(fill);
        let plain = |c: char| if c.is_alphanumeric() { c } else { '_' };
        let variant: String = name.chars().map(plain).collect();
        let label = self.shapes.free(&format!("{}::{variant}", self.label));
        self.shapes.definitions.insert(label.clone(), Definition::Struct(members));
        self.add(name, reads, Some(Type::Named(label)));
    }

    fn add(&mut self, name: &str, reads: &[&str], content: Option<Type>) {
        let reads = reads.iter().map(|&name| name.to_owned()).collect();
        self.added.push(Variant { name: name.to_owned(), reads, content });
    }
}
