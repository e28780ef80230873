#![allow(unused)]

use evento::prelude::*;

use std::time::Instant;

#[domain_event]
struct Opened {
    at: Instant,
}

fn main() {}
