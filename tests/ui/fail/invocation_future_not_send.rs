#![allow(unused)]

use evento::prelude::*;

use std::rc::Rc;

#[derive(Default)]
struct Api;

#[invoker]
impl Api {
    #[invocation_handler]
    async fn add(&self, name: String) -> Result<usize> {
        let name = Rc::new(name);
        std::future::ready(()).await;
        Ok(name.len())
    }
}

fn main() {}
