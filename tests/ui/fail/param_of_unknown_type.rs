#![allow(unused)]

use evento::prelude::*;

#[derive(Default)]
struct Rows;

#[observer(version = 1)]
impl Rows {
    #[event_handler]
    async fn on(&self, event: &Opened, count: u64) {}
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}
