#![allow(unused)]

use evento::prelude::*;

bundle! {
    Doors { id: "doors", version: 1, components: [Door], deny: [unconsumed_events, everything] }
}

#[domain_command]
struct Open {
    #[aggregate_id]
    id: String,
}

#[domain_event]
struct Opened {
    id: String,
}

#[aggregate_state]
struct Door {
    open: bool,
}

#[aggregate]
impl Door {
    #[aggregate_command_handler]
    fn open(command: Open) -> Opened {
        Opened { id: command.id }
    }

    #[event_sourcing_handler]
    fn opened(event: &Opened) -> Self {
        Self { open: true }
    }
}

fn main() {}

// 2 mistakes
