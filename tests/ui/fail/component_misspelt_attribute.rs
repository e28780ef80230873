#![allow(unused)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

#[derive(Default)]
struct Greeter;

#[obsever(version = 1)]
impl Greeter {
    async fn on(&self, event: &Opened) {}
}

fn main() {}
