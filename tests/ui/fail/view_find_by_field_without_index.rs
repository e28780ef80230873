#![allow(unused)]

use evento::prelude::*;

#[view]
struct Row {
    #[id]
    id: String,
    #[index]
    name: String,
    town: String,
}

fn main() {
    let _ = Row::BY_NAME.equals(&"x".to_owned());
    let _ = Row::BY_TOWN.equals(&"x".to_owned());
}
