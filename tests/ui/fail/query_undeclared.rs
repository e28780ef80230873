#![allow(unused)]

use evento::prelude::*;

#[query(response = u64)]
struct Count;

#[query(response = String)]
struct Name;

#[domain_event]
struct Opened {
    id: String,
}

#[derive(Default)]
struct Greeter;

#[observer(version = 1)]
impl Greeter {
    #[event_handler]
    async fn on(&self, event: &Opened, queries: &Queries<Count>) -> Result<()> {
        queries.query(Name).await?;
        Ok(())
    }
}

fn main() {}
