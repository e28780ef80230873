#![allow(unused)]

use evento::prelude::*;

#[query(response = u64)]
struct Count {
    of: String,
}

#[derive(Default)]
struct Rows;

#[observer(version = 1)]
impl Rows {
    #[event_handler]
    async fn on(&self, event: &Count) {}
}

fn main() {}
