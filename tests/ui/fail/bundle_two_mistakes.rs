#![allow(unused)]

use evento::prelude::*;

bundle! {
    Doors { id: "doors", version: 1, components: [Door, Greeter, Parrot] }
}

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
    fn open(command: Open) -> Opened {
        Opened { id: command.id }
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

#[derive(Default)]
struct Greeter;

#[observer(version = 1)]
impl Greeter {
    #[event_handler]
    async fn on(&self, event: &Opened, commands: &Commands<Greet>) {}
}

#[service_command]
struct Greet {
    name: String,
}

#[derive(Default)]
struct Parrot;

#[observer(version = 1)]
impl Parrot {
    #[event_handler]
    async fn on(&self, event: &Opened, commands: &Commands<Greet>) {}
}

fn main() {}

// 2 mistakes
