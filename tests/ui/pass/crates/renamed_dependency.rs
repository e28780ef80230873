//! A crate that calls evento otherwise says so with `crate = path`.

pub extern crate evento as es;

mod vendored {
    pub use es as framework;
}

use es::prelude::{Result, aggregate, aggregate_state, bundle, domain_command, domain_event, invoker};

#[domain_command(crate = es)]
struct Open {
    #[aggregate_id]
    id: String,
}

#[domain_event(crate = crate::vendored::framework)]
struct Opened {
    id: String,
}

#[aggregate_state(crate = es)]
struct Door;

#[aggregate(crate = es)]
impl Door {
    #[aggregate_command_handler]
    fn open(command: Open) -> Opened {
        Opened { id: command.id }
    }

    #[event_sourcing_handler]
    fn opened(_event: &Opened) -> Self {
        Self
    }
}

#[derive(Default)]
struct Api;

#[invoker(crate = es)]
impl Api {
    #[invocation_handler]
    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

bundle! {
    Doors { crate: es, id: "doors", version: 1, components: [Door, Api] }
}

fn main() {
    assert_eq!(Doors::META.components.len(), 2);
}
