#![allow(unused)]

use evento::prelude::*;

#[derive(Default)]
struct Rows;

#[observer(version = 1)]
impl Rows {
    #[event_handler]
    async fn on<E>(&self, event: &E) {}
}

fn main() {}
