#![allow(unused)]

use evento::prelude::*;

#[domain_command]
enum Open {
    Now { id: String },
}

fn main() {}
