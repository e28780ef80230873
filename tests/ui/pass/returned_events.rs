//! What command handlers may return.

use evento::prelude::*;

#[domain_command]
struct Open {
    #[aggregate_id]
    id: u64,
}

#[domain_command]
struct Paint {
    #[aggregate_id]
    id: u64,
}

#[domain_command]
struct Burn {
    #[aggregate_id]
    id: u64,
}

#[domain_event]
struct Opened {
    id: u64,
}

#[domain_event]
struct Painted {
    id: u64,
}

#[derive(Debug)]
struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

#[aggregate_state]
struct Door {
    coats: u32,
}

#[aggregate(snapshot_every = 1, snapshot_version = 3)]
impl Door {
    #[aggregate_command_handler]
    fn open(command: &Open) -> Result<(Opened, Option<Painted>), Refused> {
        Ok((Opened { id: command.id }, None))
    }

    #[aggregate_command_handler]
    fn paint(&self, command: Paint) -> Result<Vec<Painted>, Box<dyn std::error::Error + Send + Sync>> {
        if self.coats > 9 {
            return Err("too many coats".into());
        }
        Ok(vec![Painted { id: command.id }])
    }

    #[aggregate_command_handler]
    fn burn(&self, _command: Burn) -> Option<Painted> {
        None
    }

    #[event_sourcing_handler]
    fn opened(_event: Opened, _at: Timestamp, _message: &EventMessage) -> Door {
        Door { coats: 0 }
    }

    #[event_sourcing_handler]
    fn painted(&mut self, _event: &Painted) {
        self.coats += 1;
    }
}

bundle! { Doors { id: "doors", version: 1, components: [Door] } }

pub fn main() {
    let description = Doors::describe();
    assert_eq!(description.components[0].handlers[0].decides, ["Opened", "Painted"]);
}
