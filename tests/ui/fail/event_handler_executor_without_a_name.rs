#![allow(unused)]

use evento::prelude::*;

#[derive(Default)]
struct Watcher;

#[observer(version = 1)]
impl Watcher {
    #[event_handler(executor = " ")]
    async fn opened(&self, event: &Opened) {}

    #[event_handler(executor = 4)]
    async fn closed(&self, event: &Closed) {}

    #[event_handler(executor = mail)]
    async fn paid(&self, event: &Paid) {}
}

#[domain_event]
struct Opened {
    id: String,
}

#[domain_event]
struct Closed {
    id: String,
}

#[domain_event]
struct Paid {
    id: String,
}

fn main() {}

// 3 mistakes
