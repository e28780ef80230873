#![allow(unused)]

use evento::prelude::*;

#[view]
struct Row {
    #[id]
    id: String,
}

struct SomeConnection;

#[derive(Default)]
struct Rows;

#[projector(version = 1)]
impl Rows {
    #[event_handler]
    async fn on(&self, event: &Opened, connection: &mut SomeConnection, views: &Views<Row>) {}
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}
