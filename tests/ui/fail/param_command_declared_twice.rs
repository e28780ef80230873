#![allow(unused)]

use evento::prelude::*;

#[domain_command]
struct Open {
    #[aggregate_id]
    id: String,
}

#[derive(Default)]
struct Rows;

#[observer(version = 1)]
impl Rows {
    #[event_handler]
    async fn on(&self, event: &Opened, commands: &Commands<(Open, Open)>) {}
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}
