#![allow(unused)]

use evento::prelude::*;

#[domain_event(alias = "Opened")]
struct Opened {
    id: String,
}

fn main() {}
