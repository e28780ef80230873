#![allow(unused)]

use evento::prelude::*;

#[derive(Default)]
struct Api;

#[invoker]
impl Api {
    #[invocation_handler]
    async fn add(&self, name: Option<&str>, tags: Vec<(u8, &[u8])>) -> Result<()> {
        Ok(())
    }
}

fn main() {}

// 2 mistakes
