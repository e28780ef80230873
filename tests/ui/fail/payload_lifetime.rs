#![allow(unused)]

use evento::prelude::*;

#[domain_event]
struct Opened<'a> {
    id: &'a str,
}

fn main() {}
