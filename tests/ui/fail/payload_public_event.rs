#![allow(unused)]

use evento::prelude::*;

#[domain_event(public)]
struct Opened {
    id: String,
}

fn main() {}
