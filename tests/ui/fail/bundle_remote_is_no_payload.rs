#![allow(unused)]

use evento::prelude::*;

struct Door;

bundle! {
    Doors { id: "doors", version: 1, components: [Api], remote: [Door] }
}

#[derive(Default)]
struct Api;

#[invoker]
impl Api {
    #[invocation_handler]
    async fn ping(&self) {}
}

fn main() {}
