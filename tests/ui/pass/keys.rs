//! What identifies: strings, numbers, uuids and types of one's own; an event may lack what finds a saga.
#![allow(dead_code)]

use evento::prelude::*;

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq, evento::serde::Serialize, evento::serde::Deserialize)]
#[serde(crate = "evento::serde", transparent)]
struct DoorId(u32);

impl fmt::Display for DoorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "door-{}", self.0)
    }
}

#[domain_command]
struct Open {
    #[aggregate_id]
    id: DoorId,
}

#[service_command]
struct Send {
    #[lock_id]
    to: uuid::Uuid,
}

#[view]
struct Row {
    #[id]
    id: i64,
    #[index]
    open: bool,
    #[index]
    sign: char,
}

#[service_event]
struct Rang {
    door: Option<DoorId>,
    guest: String,
}

#[saga_state]
struct Visit {
    #[association]
    door: DoorId,
    #[association]
    guest: String,
}

#[saga(version = 1)]
impl Visit {
    #[saga_event_handler(association = "door")]
    fn rang(event: Rang) -> Option<Self> {
        Some(Self { door: event.door?, guest: event.guest })
    }

    #[saga_event_handler(association(guest = event.guest.to_lowercase()))]
    fn rang_again(&mut self, event: &Rang) {
        self.guest.clone_from(&event.guest);
    }
}

pub fn main() {
    use evento::payload::DomainCommand;
    assert_eq!(Open { id: DoorId(7) }.aggregate_id(), "door-7");
    let _ = (Row::BY_OPEN.equals(&true), Row::BY_SIGN.equals(&'x'));
}
