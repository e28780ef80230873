#![allow(unused)]

use evento::prelude::*;

#[derive(Default)]
struct Api;

#[invoker]
impl Api {
    #[invocation_handler]
    async fn add(&self, name: &str) -> Result<()> {
        Ok(())
    }
}

fn main() {}
