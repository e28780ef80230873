#![allow(unused)]

use evento::prelude::*;

#[domain_event(nmae = "opened")]
struct Opened {
    id: String,
}

fn main() {}
