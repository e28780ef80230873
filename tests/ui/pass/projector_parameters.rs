//! What an event handler of a projector may take beside the event; several views are several parameters.
#![allow(dead_code)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

#[query(response = u64)]
struct Count;

#[view]
struct Row {
    #[id]
    id: String,
}

#[view]
struct Total {
    #[id]
    id: String,
    rows: u64,
}

#[derive(Default)]
struct Rows;

#[projector(version = 1)]
impl Rows {
    #[event_handler]
    async fn on(
        &self,
        event: &Opened,
        rows: &Views<Row>,
        totals: &Views<Total>,
        queries: &Queries<Count>,
        message: &EventMessage,
        metadata: &Metadata,
        at: Timestamp,
        position: Position,
        replay: ReplayStatus,
    ) -> Result<()> {
        let _ = (message, metadata, at, position, replay);
        if rows.get(&event.id).await?.is_none() {
            rows.put(Row { id: event.id.clone() }).await?;
        }
        rows.delete("gone").await?;
        totals.put(Total { id: "all".into(), rows: queries.query(Count).await? }).await?;
        Ok(())
    }
}

pub fn main() {
    use evento::component::Component;
    assert_eq!(Rows::META.handlers[0].params.len(), 8);
}
