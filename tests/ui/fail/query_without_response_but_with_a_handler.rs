#![allow(unused)]

use evento::prelude::*;

#[query]
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
    async fn find(&self, query: &Find) -> Result<Option<Row>> {
        Ok(None)
    }
}

fn main() {}
