#![allow(unused)]

use evento::prelude::*;

#[view]
struct Row {
    #[id]
    id: String,
}

#[derive(Default)]
struct Api;

#[invoker]
impl Api {
    #[invocation_handler]
    async fn add(&self, rows: &Views<Row>) -> Result<()> {
        Ok(())
    }
}

fn main() {}
