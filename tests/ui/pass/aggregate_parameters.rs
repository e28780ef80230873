//! What deciding and sourcing may take beside the payload: all of it belongs to the message.
#![allow(dead_code)]

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
    at: i64,
}

#[aggregate]
impl Door {
    #[aggregate_command_handler]
    fn open(command: Open, metadata: &Metadata, at: Timestamp, message: &CommandMessage) -> Option<Opened> {
        let _ = (metadata, at, message.id);
        Some(Opened { id: command.id })
    }

    #[event_sourcing_handler]
    fn opened(_event: &Opened, at: Timestamp, metadata: &Metadata, message: &EventMessage) -> Self {
        let _ = (metadata, message);
        Self { at: at.as_millis() }
    }
}

pub fn main() {}
