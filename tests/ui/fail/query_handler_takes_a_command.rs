#![allow(unused)]

use evento::prelude::*;

#[service_command]
struct Send {
    id: String,
}

#[derive(Default)]
struct Rows;

#[projection]
impl Rows {
    #[query_handler]
    async fn find(&self, query: &Send) -> Result<u64> {
        Ok(7)
    }
}

fn main() {}
