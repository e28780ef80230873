#![allow(unused)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

#[derive(Default)]
struct Rows;

#[projector(version = 1)]
impl Rows {
    #[setup]
    async fn tables(&self, tables: &Tables) {}

    #[setup]
    async fn indexes(&self, tables: &Tables) {}

    #[event_handler]
    async fn on(&self, event: &Opened) {}
}

fn main() {}
