#![allow(unused)]

use evento::prelude::*;

#[derive(Default)]
struct Rows;

#[observer(version = 1)]
impl Rows {
    #[event_handler]
    const unsafe extern "C" fn on(&self, event: &Opened) {}
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}

// 3 mistakes
