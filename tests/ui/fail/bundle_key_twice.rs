#![allow(unused)]

use evento::prelude::*;

bundle! {
    Doors { id: "doors", version: 1, components: [Api], version: 2 }
}

#[derive(Default)]
struct Api;

#[invoker]
impl Api {
    #[invocation_handler]
    async fn ping(&self) {}
}

fn main() {}
