#![allow(unused)]

use evento::prelude::*;

#[query(response = u64)]
struct Count;

#[derive(Default)]
struct Counting;

#[projection(reads("Rows"))]
impl Counting {
    #[query_handler]
    async fn count(&self, query: &Count) -> u64 {
        7
    }
}

fn main() {}
