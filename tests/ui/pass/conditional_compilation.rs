//! `#[cfg]` on payloads, fields, handlers and components reaches everything that is made of them.
#![allow(unexpected_cfgs, dead_code)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

#[cfg(never)]
#[domain_event]
struct Missing {
    id: NoSuchType,
}

#[derive(Default)]
struct Counter;

#[observer(version = 1)]
impl Counter {
    #[event_handler]
    #[cfg(not(never))]
    async fn on(&self, _event: &Opened) {}

    #[event_handler]
    #[cfg(never)]
    async fn on(&self, _event: &Opened, _also: NoSuchType) {}

    #[cfg(never)]
    #[event_handler]
    async fn missing(&self, _event: &Missing) {}
}

#[cfg(never)]
#[projector(version = 1)]
impl NoSuchType {
    #[event_handler]
    async fn on(&self, _event: &Opened) {}
}

struct Built;

#[observer(version = 1)]
impl Built {
    #[cfg(never)]
    #[inject]
    fn new(missing: NoSuchType) -> Self {
        Self
    }

    #[cfg(not(never))]
    #[inject]
    fn new() -> Self {
        Self
    }

    #[event_handler]
    async fn on(&self, _event: &Opened) {}
}

bundle! { Counters { id: "counters", version: 1, components: [Counter, Built] } }

pub fn main() {
    assert_eq!(Counters::META.components[0].handlers.len(), 1);
}
