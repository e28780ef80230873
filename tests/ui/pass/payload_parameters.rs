//! A payload is taken by value or by `&`, under any name, path, alias or pattern.
#![allow(dead_code)]

use evento::prelude::*;

mod events {
    use evento::prelude::*;

    #[service_event]
    pub struct Opened {
        pub id: String,
        pub times: u32,
    }

    #[service_event]
    pub struct Closed {
        pub id: String,
    }

    #[service_event]
    pub enum Moved {
        Left,
        Right,
    }
}

type Shut = events::Closed;

#[derive(Default)]
struct Greeter;

#[observer(version = 1)]
impl Greeter {
    #[event_handler]
    async fn opened(&self, events::Opened { id, times: _ }: &events::Opened) {
        assert!(!id.is_empty());
    }

    #[event_handler]
    async fn closed(&self, mut event: Shut) {
        event.id.clear();
    }

    #[event_handler]
    async fn moved(&self, _: &self::events::Moved) {}
}

pub fn main() {}
