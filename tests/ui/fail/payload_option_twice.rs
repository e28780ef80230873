#![allow(unused)]

use evento::prelude::*;

#[domain_event(name = "opened", name = "open")]
struct Opened {
    id: String,
}

fn main() {}
