#![allow(unused)]

use evento::prelude::*;

struct Rows;

impl Rows {
    #[query_handler]
    async fn find(&self) {}
}

fn main() {}
