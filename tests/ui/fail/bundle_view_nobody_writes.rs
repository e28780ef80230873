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
    async fn find(&self, query: &Find, rows: &Views<Row>) -> Result<Option<Row>> {
        Ok(rows.get(&query.id).await?)
    }
}

bundle! {
    Doors { id: "doors", version: 1, components: [Rows] }
}

fn main() {}
