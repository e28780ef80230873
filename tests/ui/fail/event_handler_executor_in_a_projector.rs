#![allow(unused)]

use evento::prelude::*;

#[derive(Default)]
struct Rows;

#[projector(version = 1)]
impl Rows {
    #[event_handler(retry = 3, executor = "mail")]
    async fn on(&self, event: &Opened, views: &Views<Row>) {}
}

#[view]
struct Row {
    #[id]
    id: String,
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}
