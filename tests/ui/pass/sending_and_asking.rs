//! Everything that can be said of a command and of a question before they are awaited.
#![allow(dead_code)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

use std::time::Duration;

#[service_command]
struct Greet;

#[query(response = u64)]
struct Count;

#[derive(Default)]
struct Greeter;

#[observer(version = 1)]
impl Greeter {
    #[event_handler]
    async fn on(
        &self,
        _event: &Opened,
        commands: &Commands<Greet>,
        queries: &Queries<Count>,
        metadata: &Metadata,
    ) -> Result<()> {
        let receipt = commands
            .send(Greet)
            .within(Duration::from_secs(1))
            .metadata(metadata.clone())
            .context(Context::default())
            .key("first")
            .await?;
        let count = queries.query(Count).within(Duration::from_secs(1)).metadata(metadata.clone()).after(&receipt);
        assert_eq!(count.await?, 7);
        Ok(())
    }
}

pub fn main() {}
