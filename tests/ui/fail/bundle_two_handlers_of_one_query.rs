#![allow(unused)]

use evento::prelude::*;

#[query(response = Option<Row>)]
struct Find {
    id: String,
}

#[view]
struct Row {
    #[id]
    id: String,
}

#[derive(Default)]
struct Rows;

#[projection]
impl Rows {
    #[query_handler]
    async fn find(&self, query: &Find) -> Option<Row> {
        None
    }
}

#[derive(Default)]
struct OtherRows;

#[projection]
impl OtherRows {
    #[query_handler]
    async fn find(&self, query: Find) -> Option<Row> {
        None
    }
}

bundle! {
    Doors { id: "doors", version: 1, components: [Rows, OtherRows] }
}

fn main() {}
