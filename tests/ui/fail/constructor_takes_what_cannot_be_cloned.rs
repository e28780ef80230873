#![allow(unused)]

use evento::prelude::*;

struct Connection;

struct Rows(Connection);

#[observer(version = 1)]
impl Rows {
    #[inject]
    fn new(connection: Connection) -> Self {
        Self(connection)
    }

    #[event_handler]
    async fn on(&self, event: &Opened) {}
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}
