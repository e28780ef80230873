#![allow(unused)]

use evento::prelude::*;

#[derive(Debug)]
#[domain_event]
struct Opened {
    id: String,
}

fn main() {}
