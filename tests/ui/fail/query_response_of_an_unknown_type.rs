#![allow(unused)]

use evento::prelude::*;

#[query(response = Option<Rwo>)]
struct Find {
    id: String,
}

#[derive(Default)]
struct Rows;

#[projection]
impl Rows {
    #[query_handler]
    async fn find(&self, query: &Find) -> Result<Option<u64>> {
        Ok(None)
    }
}

fn main() {}
