#![allow(unused)]

use evento::prelude::*;

bundle! {
    Doors { id: "doors", version: 1, components: [Rows, Sums, Counting] }
}

#[domain_event]
struct Opened {
    id: String,
}

#[derive(Default)]
struct Rows;

#[projector(version = 2)]
impl Rows {
    #[event_handler]
    async fn on(&self, event: &Opened, tables: &Tables) {}
}

#[derive(Default)]
struct Sums;

#[projector(version = 1)]
impl Sums {
    #[event_handler]
    async fn on(&self, event: &Opened, tables: &Tables) {}
}

#[query(response = u64)]
struct Count;

#[derive(Default)]
struct Counting;

#[projection(reads(Rows, Sums))]
impl Counting {
    #[query_handler]
    async fn count(&self, query: &Count, tables: &Tables) -> Result<u64> {
        Ok(7)
    }
}

fn main() {}
