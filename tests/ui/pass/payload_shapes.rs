//! Structs, unit structs and enums; derives that are written below the attribute or by hand.
#![deny(warnings)]
#![allow(unexpected_cfgs, dead_code)]

use std::fmt;

use evento::prelude::*;

#[domain_event]
#[derive(PartialEq, Eq, Clone)]
#[cfg_attr(some_feature, derive(Debug))]
pub struct Opened {
    pub id: String,
    #[serde(default)]
    pub by: Option<String>,
    #[cfg(some_feature)]
    pub never: u8,
}

#[domain_event]
pub enum Changed {
    Name(String),
    Colour { red: u8, green: u8 },
    Nothing,
}

#[service_event]
pub struct Ticked;

#[service_event(manual(Debug))]
pub struct SecretSeen {
    pub secret: String,
}

impl fmt::Debug for SecretSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretSeen(..)")
    }
}

#[domain_event(manual(Serialize, Deserialize))]
#[derive(evento::serde::Serialize, evento::serde::Deserialize)]
#[serde(crate = "evento::serde")]
pub struct Handmade {
    pub id: u64,
}

#[domain_command]
pub struct Keyword {
    #[aggregate_id]
    pub r#type: u64,
}

#[service_command]
pub struct Everything;

#[query(response = std::collections::BTreeMap<String, (u64, Vec<u8>)>)]
pub struct Totals;

#[view(name = "rows", alias = "Row", alias = "Line")]
pub struct Row {
    #[id]
    pub id: u64,
    #[index]
    pub r#type: String,
    #[index]
    pub town: u32,
}

pub fn main() {
    use evento::payload::{DomainCommand, Payload};
    let opened = Opened { id: "1".into(), by: None };
    assert_eq!(opened.clone(), opened);
    assert_eq!(format!("{opened:?}"), "Opened { id: \"1\", by: None }");
    assert_eq!(Keyword { r#type: 7 }.aggregate_id(), "7");
    assert_eq!(Keyword::META.fields[0].name, "type");
    assert_eq!((Row::META.name, Row::META.aliases), ("rows", &["Row", "Line"][..]));
    assert_eq!(Totals::META.response, Some("std::collections::BTreeMap<String, (u64, Vec<u8>)>"));
    let _ = (Row::BY_TYPE.equals(&"a".into()), Row::BY_TOWN.equals(&7));
}
