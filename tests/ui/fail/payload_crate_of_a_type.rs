use evento::prelude::*;

#[domain_event(crate = Self)]
struct TodoAdded {
    title: String,
}

fn main() {}
