#![allow(unused)]

use evento::prelude::*;

bundle! {
    Doors { id: " ", version: 0, components: [Api] }
}

#[derive(Default)]
struct Api;

#[invoker]
impl Api {
    #[invocation_handler]
    async fn ping(&self) {}
}

fn main() {}

// 2 mistakes
