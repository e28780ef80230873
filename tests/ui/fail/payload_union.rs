#![allow(unused)]

use evento::prelude::*;

#[domain_event]
union Opened {
    a: u8,
    b: u8,
}

fn main() {}
