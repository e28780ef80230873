//! What an event handler of an observer may take beside the event.
#![allow(dead_code)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

#[service_command]
struct Greet {
    name: String,
}

#[query(response = String)]
struct FindName;

#[derive(Default)]
struct Greeter;

#[observer(version = 1)]
impl Greeter {
    #[event_handler]
    async fn on(
        &self,
        _event: &Opened,
        commands: &Commands<Greet>,
        queries: &Queries<FindName>,
        message: &EventMessage,
        metadata: &Metadata,
        at: Timestamp,
        position: Position,
        replay: ReplayStatus,
    ) -> Result<()> {
        let _ = (message, metadata, at, position);
        if replay == ReplayStatus::Live {
            commands.send(Greet { name: queries.query(FindName).await? }).await?;
        }
        Ok(())
    }
}

pub fn main() {}
