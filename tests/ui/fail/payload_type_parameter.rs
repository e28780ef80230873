#![allow(unused)]

use evento::prelude::*;

#[domain_event]
struct Opened<T> {
    id: T,
}

fn main() {}
