#![allow(unused)]

use evento::prelude::*;

#[domain_event(version = 2)]
struct Opened {
    id: String,
}

fn main() {}
