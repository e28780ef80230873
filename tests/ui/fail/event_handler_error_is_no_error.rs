#![allow(unused)]

use evento::prelude::*;

struct Failed;

#[derive(Default)]
struct Rows;

#[observer(version = 1)]
impl Rows {
    #[event_handler]
    async fn on(&self, event: &Opened) -> Result<(), Failed> {
        Ok(())
    }
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}
