#![allow(unused)]

use evento::prelude::*;

use std::rc::Rc;

#[derive(Default)]
struct Rows;

#[observer(version = 1)]
impl Rows {
    #[event_handler]
    async fn on(&self, event: &Opened) {
        let name = Rc::new(event.id.clone());
        std::future::ready(()).await;
        drop(name);
    }
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}
