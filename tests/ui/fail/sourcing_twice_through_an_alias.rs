#![allow(unused)]

use evento::prelude::*;

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

type Begun = Opened;

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

    #[event_sourcing_handler]
    fn one(&mut self, event: &Opened) {}

    #[event_sourcing_handler]
    fn two(&mut self, event: &Begun) {}
}

fn main() {}
