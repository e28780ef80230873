//! What derives its shape, and what is public.
#![allow(unused)]

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use evento::{
    prelude::*,
    serde::{Deserialize, Serialize},
    serde_json::Value,
};

#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[serde(
    crate = "evento::serde",
    rename_all(serialize = "camelCase", deserialize = "camelCase"),
    deny_unknown_fields
)]
pub struct Named {
    #[serde(default = "Named::seven", alias = "n", alias = "no")]
    number: u8,
    #[serde(skip)]
    skipped: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    r#type: Option<Box<Named>>,
}

impl Named {
    fn seven() -> u8 {
        7
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[serde(crate = "evento::serde")]
pub struct Tuple(u8, [char; 3], #[serde(default)] Vec<Option<String>>);

#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[serde(crate = "evento::serde", transparent)]
pub struct Id {
    id: Arc<str>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[serde(crate = "evento::serde")]
pub struct Nothing;

#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[serde(crate = "evento::serde")]
pub struct Page<T> {
    rows: Vec<T>,
    next: Option<T>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[serde(crate = "evento::serde", tag = "kind", content = "of", rename_all_fields = "UPPERCASE")]
pub enum Beside {
    Nothing,
    #[serde(rename = "one", alias = "single")]
    One(Id),
    Two(u8, u8),
    Fields {
        a: (),
        b: (u8,),
    },
    #[serde(skip)]
    Never(Duration),
}

#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[serde(crate = "evento::serde", tag = "kind")]
pub enum Inside {
    Nothing,
    One(Named),
    #[serde(rename_all = "kebab-case")]
    Fields {
        a_b: u8,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[serde(crate = "evento::serde", untagged)]
pub enum Any {
    Text(String),
    Tree(Vec<Any>),
    Other(Value),
}

/// Of another crate, as it were.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(crate = "evento::serde")]
pub struct Foreign(u8);

/// With the trait of its name in scope, too.
mod by_path {
    use evento::{payload::shape, serde};

    #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, evento::Shape)]
    #[serde(crate = "evento::serde")]
    #[shape(crate = evento)]
    pub struct ByPath {
        id: super::Id,
    }

    /// Written by hand, as serde's traits may be.
    pub struct ByHand;

    impl shape::Shape for ByHand {
        fn shape(shapes: &mut shape::Shapes) -> shape::Type {
            String::shape(shapes)
        }
    }
}

#[domain_event]
#[derive(Shape)]
struct Everything {
    named: Named,
    tuple: Tuple,
    id: Id,
    nothing: Nothing,
    page: Page<Named>,
    page_of_foreign: Page<Foreign>,
    beside: Beside,
    inside: Inside,
    any: Any,
    path: by_path::ByPath,
    foreign: Foreign,
    foreign_inside: (Option<Foreign>, Vec<[Foreign; 2]>, BTreeMap<String, Box<Foreign>>),
    cow: Cow<'static, str>,
    map: HashMap<u8, HashSet<Position>>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[domain_event(manual(Serialize, Deserialize))]
#[derive(evento::serde::Serialize, evento::serde::Deserialize)]
#[serde(crate = "evento::serde")]
struct ByHand {
    id: String,
}

#[domain_command(public, name = "open")]
struct Open {
    #[aggregate_id]
    id: String,
}

#[service_command(public)]
struct Print {
    text: String,
}

#[query(public, response = Option<Page<Foreign>>)]
struct Find {
    id: String,
}

pub fn main() {
    use evento::payload::Payload;

    const {
        assert!(Open::META.public && Print::META.public && Find::META.public && !Everything::META.public);
    }
}
