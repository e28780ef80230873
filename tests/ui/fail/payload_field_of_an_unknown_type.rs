#![allow(unused)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: Strin,
}

fn main() {}
