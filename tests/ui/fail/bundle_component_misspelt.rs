#![allow(unused)]

use evento::prelude::*;

#[derive(Default)]
struct Api;

#[invoker]
impl Api {
    #[invocation_handler]
    async fn ping(&self) {}
}

bundle! {
    Doors { id: "doors", version: 1, components: [Ap] }
}

fn main() {}
