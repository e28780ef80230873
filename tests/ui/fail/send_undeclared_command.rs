#![allow(unused)]

use evento::prelude::*;

#[domain_command]
struct Open {
    #[aggregate_id]
    id: String,
}

#[domain_command]
struct Close {
    #[aggregate_id]
    id: String,
}

#[derive(Default)]
struct Rows;

#[observer(version = 1)]
impl Rows {
    #[event_handler]
    async fn on(&self, event: &Opened, commands: &Commands<Open>) -> Result<()> {
        commands.send(Close { id: event.id.clone() }).await?;
        Ok(())
    }
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}
