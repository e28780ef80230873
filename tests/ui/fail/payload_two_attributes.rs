#![allow(unused)]

use evento::prelude::*;

#[domain_event]
#[service_event]
struct Opened {
    id: String,
}

fn main() {}
