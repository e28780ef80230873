#![allow(unused)]

use evento::prelude::*;

#[derive(Default)]
struct Rows;

#[projector(version = 1)]
impl Rows {
    #[event_handler]
    #[setup]
    async fn on(&self, event: &Opened) {}
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}
