#![allow(unused)]

use evento::prelude::*;

#[domain_command]
struct Open {
    #[aggregate_id]
    id: String,
}

#[aggregate_state]
struct Door {
    open: bool,
}

#[aggregate]
impl Door {
    #[aggregate_command_handler]
    fn open(command: Open) {
        drop(command)
    }

    #[event_sourcing_handler]
    fn opened(event: &Opened) -> Self {
        Self { open: true }
    }
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}
