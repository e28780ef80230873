#![allow(unused)]

use evento::prelude::*;

#[domain_event(name = 7)]
struct Opened {
    id: String,
}

fn main() {}
