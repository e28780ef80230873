#![allow(unused)]

use evento::prelude::*;

#[derive(Default)]
struct Rows;

#[observer(version = 1)]
impl Rows {
    #[event_handler(retry = 101, retry_delay = -1)]
    async fn on(&self, event: &Opened) {}
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}

// 2 mistakes
