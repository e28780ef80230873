#![allow(unused)]

use evento::prelude::*;

#[domain_event(name)]
struct Opened {
    id: String,
}

fn main() {}
