#![allow(unused)]

use evento::prelude::*;

bundle! {
    Doors { id: "doors", version: 1, components: [], version: 2 }
}

fn main() {}
