#![allow(unused)]

use evento::prelude::*;

#[derive(Default)]
struct Rows;

#[observer(version = 1, nmae = "rows")]
impl Rows {
    #[event_handler(retires = 3)]
    async fn on(&self, event: &Opened) {}
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}

// 2 mistakes
