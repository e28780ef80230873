#![allow(unused)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

#[view]
struct Row {
    #[id]
    id: String,
}

#[derive(Default)]
struct Rows;

#[projector(version = 1)]
impl Rows {
    #[event_handler]
    async fn on(&self, event: &Opened, rows: &Views<Row>) {}
}

#[derive(Default)]
struct OtherRows;

#[projector(version = 1)]
impl OtherRows {
    #[event_handler]
    async fn on(&self, event: &Opened, rows: &Views<Row>) {}
}

bundle! {
    Doors { id: "doors", version: 1, components: [Rows, OtherRows] }
}

fn main() {}
