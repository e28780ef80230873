#![deny(unused_must_use)]

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

#[derive(Default)]
struct Greeter;

#[observer(version = 1)]
impl Greeter {
    #[event_handler]
    async fn on(&self, event: &Opened, commands: &Commands<Open>) {
        commands.send(Open { id: event.id.clone() });
    }
}

fn main() {}
