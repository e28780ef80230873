//! Every form that serde knows is locked as it is written: the samples that are made up of its shape can be read, and come out as the shape
//! says.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use evento::{
    payload::Payload,
    prelude::*,
    serde::{Deserialize, Serialize},
    serde_json::Value,
};

use super::Place;

#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[serde(crate = "evento::serde")]
struct Part {
    number: u32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, Shape)]
#[serde(crate = "evento::serde", default, rename_all = "kebab-case")]
struct AllDefault {
    first_name: String,
    last_name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[serde(crate = "evento::serde", tag = "kind", rename_all = "camelCase", rename_all_fields = "UPPERCASE")]
enum Inside {
    NothingAtAll,
    APart(Part),
    Fields {
        note: String,
    },
    #[serde(skip)]
    #[expect(dead_code, reason = "it is in no JSON, and nobody makes one")]
    Never(Duration),
}

#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[serde(crate = "evento::serde", tag = "kind", content = "of")]
enum Beside {
    Nothing,
    Pair(u8, i8),
    Fields { a: (), b: (u8,) },
}

#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[serde(crate = "evento::serde", untagged)]
enum Any {
    Number(f64),
    Text(String),
    Tree(Vec<Any>),
}

#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[serde(crate = "evento::serde")]
struct Node<T> {
    value: T,
    next: Option<Box<Node<T>>>,
    children: Vec<Node<T>>,
}

#[derive(Clone, Debug, Serialize, Deserialize, Shape)]
#[serde(crate = "evento::serde", transparent)]
struct Id {
    id: Arc<str>,
}

#[domain_event]
struct Zoo {
    #[serde(flatten)]
    part: Part,
    #[serde(flatten)]
    maybe: Option<AllDefault>,
    inside: Inside,
    beside: Beside,
    any: Any,
    numbers: Node<u8>,
    texts: Node<Id>,
    by_id: HashMap<Id, Part>,
    at: Timestamp,
    of: Option<CommandId>,
    time: Duration,
    raw: Value,
    letters: [char; 3],
    #[serde(skip_serializing_if = "Vec::is_empty", default, rename = "tag list")]
    tags: Vec<String>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Id {}

impl std::hash::Hash for Id {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

/// An event that is an enum itself.
#[domain_event]
#[serde(rename_all = "snake_case")]
enum Weather {
    SunShines,
    Rains {
        litres: f32,
    },
    #[serde(alias = "Hail")]
    Hails(Option<u8>),
}

#[test]
fn every_form_is_locked_as_it_is_written() {
    let place = Place::with(&[Zoo::META, Weather::META]);
    let text = place.text();
    let zoo = text.split("domain_event Zoo 1\n").nth(1).expect("the entry");
    for line in [
        "    ..: {String: any}",
        "    \"tag list\": [String], optional, omitted",
        "    any: Any",
        "    at: i64",
        "    by_id: {String: Part}",
        "    first-name: String, optional, omitted",
        "    letters: [char; 3]",
        "    number: u32",
        "    numbers: Node",
        "    of: Option<Uuid>, optional",
        "    texts: Node_2",
        "    time: Duration",
        "  enum Any untagged",
        "  enum Beside tag kind content of",
        "  enum Inside tag kind",
        "    aPart: Part",
        "    fields: Inside::fields",
        "    NOTE: String",
        "    Pair: (u8, i8)",
        "    b: (u8)",
        "    next: Option<Node>, optional",
    ] {
        assert!(zoo.lines().any(|found| found == line), "`{line}` in\n{zoo}");
    }
    assert!(!zoo.contains("Never") && !zoo.contains("never"), "{zoo}");
    let weather = text.split("domain_event Weather 1\n").nth(1).expect("the entry");
    for line in [
        "  shape Weather",
        "    hails: Option<u8>, alias Hail",
        "    rains: Weather::rains",
        "  made \"sun_shines\"",
        "  made {\"rains\":{\"litres\":1.5}}",
        "  made {\"hails\":7}",
    ] {
        assert!(weather.lines().any(|found| found == line), "`{line}` in\n{weather}");
    }
    assert!(place.verify(&[Zoo::META, Weather::META]).is_ok_and(|locked| locked.additions.is_empty()));
}
