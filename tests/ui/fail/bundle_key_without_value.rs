#![allow(unused)]

use evento::prelude::*;

bundle! {
    Doors { id: "doors", version, components: [] }
}

fn main() {
    let _ = Doors::builder();
}
