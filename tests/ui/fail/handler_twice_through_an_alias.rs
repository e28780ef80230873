#![allow(unused)]

use evento::prelude::*;

type Created = Opened;

#[derive(Default)]
struct Rows;

#[observer(version = 1)]
impl Rows {
    #[event_handler]
    async fn on(&self, event: &Opened) {}

    #[event_handler]
    async fn also(&self, event: &Created) {}
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}
