#![allow(unused)]

use evento::prelude::*;

#[domain_event(manual(Debg))]
struct Opened {
    id: String,
}

fn main() {}
