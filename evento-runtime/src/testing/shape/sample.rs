//! Samples that are made up from a shape: every field is there once and every variant once, and once whatever may be missing
//! is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::difference::bare;
use crate::payload::shape::{Definition, Form, Members, Scalar, Tagging, Type, Variant};

/// Samples of a shape. Fails with the names of the foreign types of which nothing is known.
pub(super) fn made(form: &Form, foreign: &BTreeMap<String, Value>) -> Result<Vec<Value>, BTreeSet<String>> {
    let mut reach = Reach { form, labels: BTreeSet::new(), foreign: BTreeSet::new() };
    reach.types(&form.root);
    let unknown: BTreeSet<_> =
        reach.foreign.into_iter().filter(|name| !foreign.contains_key(&bare(name))).collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let mut maker = Maker { form, foreign, uncovered: uncovered(form, &reach.labels), inside: Vec::new() };
    let mut samples = Vec::new();
    loop {
        let before = maker.uncovered.len();
        samples.push(maker.value(&form.root, Style::Full));
        if maker.uncovered.is_empty() || maker.uncovered.len() == before {
            break;
        }
    }
    let bare = maker.value(&form.root, Style::Bare);
    if !samples.contains(&bare) {
        samples.push(bare);
    }
    Ok(samples)
}

/// The variants that a sample must have.
fn uncovered<'f>(form: &'f Form, labels: &BTreeSet<&'f str>) -> BTreeSet<(&'f str, usize)> {
    let variants = |label: &&'f str| match form.definitions.get(*label) {
        Some(Definition::Enum(_, variants)) => readable(variants).map(|(at, _)| at).collect(),
        _ => Vec::new(),
    };
    labels.iter().flat_map(|label| variants(label).into_iter().map(move |at| (*label, at))).collect()
}

fn readable(variants: &[Variant]) -> impl Iterator<Item = (usize, &Variant)> {
    variants.iter().enumerate().filter(|(_, variant)| !variant.reads.is_empty())
}

/// What a type leads to.
struct Reach<'f> {
    form: &'f Form,
    labels: BTreeSet<&'f str>,
    foreign: BTreeSet<String>,
}

impl<'f> Reach<'f> {
    fn types(&mut self, ty: &'f Type) {
        match ty {
            Type::Scalar(_) => {}
            Type::Option(inner) | Type::List(inner) | Type::Array(inner, _) => self.types(inner),
            Type::Tuple(members) => members.iter().for_each(|member| self.types(member)),
            Type::Map(key, value) => {
                self.types(key);
                self.types(value);
            }
            Type::Foreign(name) => {
                self.foreign.insert(name.clone());
            }
            Type::Named(label) => {
                if !self.labels.insert(label) {
                    return;
                }
                match self.form.definitions.get(label) {
                    Some(Definition::Struct(members)) => {
                        members.fields.iter().for_each(|field| self.types(&field.ty));
                        members.flattened.iter().for_each(|ty| self.types(ty));
                    }
                    Some(Definition::Enum(_, variants)) => {
                        variants
                            .iter()
                            .filter_map(|variant| variant.content.as_ref())
                            .for_each(|ty| self.types(ty));
                    }
                    None => {}
                }
            }
        }
    }
}

/// How much is in a sample.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Everything.
    Full,
    /// Nothing that may be missing.
    Bare,
    /// The same, and the shortest variants: inside of a type that contains itself.
    Short,
}

/// Types in types, of which no sample has more. A type that cannot come to an end has no value.
const DEPTH: usize = 64;

struct Maker<'f> {
    form: &'f Form,
    foreign: &'f BTreeMap<String, Value>,
    uncovered: BTreeSet<(&'f str, usize)>,
    /// The definitions around the place.
    inside: Vec<&'f str>,
}

impl<'f> Maker<'f> {
    fn value(&mut self, ty: &'f Type, style: Style) -> Value {
        let full = style == Style::Full;
        match ty {
            Type::Scalar(scalar) => typical(*scalar),
            Type::Option(inner) if full => self.value(inner, style),
            Type::Option(_) => Value::Null,
            Type::List(element) if full => Value::Array(vec![self.value(element, style)]),
            Type::List(_) => Value::Array(Vec::new()),
            Type::Array(element, length) => {
                Value::Array((0..*length).map(|_| self.value(element, style)).collect())
            }
            Type::Tuple(members) => {
                Value::Array(members.iter().map(|member| self.value(member, style)).collect())
            }
            Type::Map(key, value) if full => {
                let key = match self.value(key, style) {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                Value::Object(Map::from_iter([(key, self.value(value, style))]))
            }
            Type::Map(..) => Value::Object(Map::new()),
            Type::Foreign(name) => self.foreign.get(&bare(name)).cloned().unwrap_or_default(),
            Type::Named(label) => self.named(label, style),
        }
    }

    fn named(&mut self, label: &'f str, style: Style) -> Value {
        if self.inside.len() > DEPTH {
            return Value::Null;
        }
        let style = if self.inside.contains(&label) { Style::Short } else { style };
        self.inside.push(label);
        let form = self.form;
        let value = match form.definitions.get(label) {
            Some(Definition::Struct(members)) => Value::Object(self.object(members, style)),
            Some(Definition::Enum(tagging, variants)) => match self.choose(label, variants, style) {
                Some(variant) => self.variant(tagging, variant, style),
                None => Value::Null,
            },
            None => Value::Null,
        };
        self.inside.pop();
        value
    }

    fn object(&mut self, members: &'f Members, style: Style) -> Map<String, Value> {
        let mut object = Map::new();
        for field in members.fields.iter().filter(|field| !field.reads.is_empty()) {
            // What is an `Option` is written as `null`.
            let left_out = field.optional && !matches!(field.ty, Type::Option(_));
            if style == Style::Full || !left_out {
                object.insert(field.name.clone(), self.value(&field.ty, style));
            }
        }
        for ty in &members.flattened {
            if let Value::Object(flat) = self.value(ty, style) {
                object.extend(flat);
            }
        }
        object
    }

    fn choose(&mut self, label: &'f str, variants: &'f [Variant], style: Style) -> Option<&'f Variant> {
        if style == Style::Short {
            return readable(variants).map(|(_, variant)| variant).min_by_key(|variant| self.height(variant));
        }
        if style == Style::Full {
            if let Some((at, variant)) =
                readable(variants).find(|(at, _)| self.uncovered.contains(&(label, *at)))
            {
                self.uncovered.remove(&(label, at));
                return Some(variant);
            }
            if let Some((_, variant)) = readable(variants).find(|(_, variant)| self.leads_on(variant)) {
                return Some(variant);
            }
        }
        readable(variants).next().map(|(_, variant)| variant)
    }

    /// Whether a variant contains something that no sample has yet.
    fn leads_on(&self, variant: &'f Variant) -> bool {
        let mut reach = Reach { form: self.form, labels: BTreeSet::new(), foreign: BTreeSet::new() };
        variant.content.iter().for_each(|ty| reach.types(ty));
        // Inside of itself, a type is kept short.
        self.uncovered.iter().any(|(label, _)| reach.labels.contains(label) && !self.inside.contains(label))
    }

    /// How deep a variant is at least.
    fn height(&self, variant: &Variant) -> usize {
        variant.content.as_ref().map_or(0, |ty| 1 + self.depth(ty, self.inside.len()))
    }

    fn depth(&self, ty: &Type, below: usize) -> usize {
        if below > DEPTH {
            return DEPTH;
        }
        match ty {
            Type::Scalar(_) | Type::Foreign(_) | Type::Option(_) | Type::List(_) | Type::Map(..) => 0,
            Type::Array(element, _) => self.depth(element, below + 1),
            Type::Tuple(members) => members.iter().map(|ty| self.depth(ty, below + 1)).max().unwrap_or(0),
            Type::Named(label) if self.inside.contains(&&**label) => DEPTH,
            Type::Named(label) => match self.form.definitions.get(label) {
                Some(Definition::Struct(members)) => {
                    let required = members.fields.iter().filter(|field| !field.optional);
                    1 + required.map(|field| self.depth(&field.ty, below + 1)).max().unwrap_or(0)
                }
                Some(Definition::Enum(_, variants)) => {
                    let depth = |(_, variant): (usize, &Variant)| match &variant.content {
                        Some(ty) => 1 + self.depth(ty, below + 1),
                        None => 0,
                    };
                    readable(variants).map(depth).min().unwrap_or(DEPTH)
                }
                None => 0,
            },
        }
    }

    fn variant(&mut self, tagging: &'f Tagging, variant: &'f Variant, style: Style) -> Value {
        let content = variant.content.as_ref().map(|ty| self.value(ty, style));
        let name = Value::from(variant.name.as_str());
        match (tagging, content) {
            (Tagging::External, None) => name,
            (Tagging::External, Some(content)) => {
                Value::Object(Map::from_iter([(variant.name.clone(), content)]))
            }
            (Tagging::Internal { tag }, content) => {
                let mut object = match content {
                    Some(Value::Object(object)) => object,
                    _ => Map::new(),
                };
                object.insert(tag.clone(), name);
                Value::Object(object)
            }
            (Tagging::Adjacent { tag, content: field }, content) => {
                let content = content.map(|content| (field.clone(), content));
                Value::Object([(tag.clone(), name)].into_iter().chain(content).collect())
            }
            (Tagging::Untagged, content) => content.unwrap_or_default(),
        }
    }
}

/// A value that is neither the smallest nor the largest: upcasters compute with it.
fn typical(scalar: Scalar) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Any | Scalar::String => "text".into(),
        Scalar::Bool => true.into(),
        Scalar::Char => "x".into(),
        Scalar::Uuid => "01234567-89ab-7cde-8f01-23456789abcd".into(),
        Scalar::Unsigned(_) => 7.into(),
        Scalar::Signed(_) => (-7).into(),
        Scalar::Float(_) => 1.5.into(),
    }
}
