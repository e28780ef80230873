#![allow(unused)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

use std::sync::Arc;

#[derive(Default)]
struct Greeter;

#[observer(version = 1)]
impl Greeter {
    #[event_handler]
    async fn on(self: Arc<Self>, event: &Opened) {}
}

fn main() {}
