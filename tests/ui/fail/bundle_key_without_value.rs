#![allow(unused)]

use evento::prelude::*;

bundle! {
    Doors { id: "doors", version, components: [Api] }
}

#[derive(Default)]
struct Api;

#[invoker]
impl Api {
    #[invocation_handler]
    async fn ping(&self) {}
}

fn main() {
    let _ = Doors::builder();
}
