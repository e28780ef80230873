#![allow(unused)]

use evento::prelude::*;

bundle! {
    id: "doors", version: 1, components: []
}

fn main() {}
