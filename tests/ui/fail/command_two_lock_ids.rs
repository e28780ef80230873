#![allow(unused)]

use evento::prelude::*;

#[service_command]
struct Send {
    #[lock_id]
    from: String,
    #[lock_id]
    to: String,
}

fn main() {}
