//! What handlers of a saga may take beside an event, and beside a deadline.
#![allow(dead_code)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

#[service_command]
struct Greet;

#[query(response = u64)]
struct Count;

#[deadline]
struct Patience;

#[saga_state]
struct Visit {
    #[association]
    id: String,
}

#[saga(version = 1)]
impl Visit {
    #[saga_event_handler(association = "id")]
    async fn opened(
        event: &Opened,
        commands: &Commands<Greet>,
        queries: &Queries<Count>,
        timers: &Timers<Patience>,
        message: &EventMessage,
        metadata: &Metadata,
        at: Timestamp,
        position: Position,
        replay: ReplayStatus,
    ) -> Result<Self> {
        let _ = (message, metadata, position, replay, queries.query(Count).await?);
        commands.send(Greet).await?;
        timers.schedule(Patience).at(at)?;
        Ok(Self { id: event.id.clone() })
    }

    #[saga_deadline_handler]
    async fn impatient(
        self,
        _deadline: &Patience,
        commands: &Commands<Greet>,
        queries: &Queries<Count>,
        timers: &Timers<Patience>,
        metadata: &Metadata,
        due: Timestamp,
    ) -> Result<Option<Self>> {
        let _ = (commands, queries, metadata);
        timers.schedule(Patience).at(due + std::time::Duration::from_secs(1))?;
        Ok(Some(self))
    }
}

pub fn main() {}
