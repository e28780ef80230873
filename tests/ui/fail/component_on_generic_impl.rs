#![allow(unused)]

use evento::prelude::*;

#[derive(Default)]
struct Rows<T>(T);

#[observer(version = 1)]
impl<T> Rows<T> {
    #[event_handler]
    async fn on(&self, event: &Opened) {}
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}
