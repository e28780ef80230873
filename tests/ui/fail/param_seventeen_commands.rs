#![allow(unused)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

#[derive(Default)]
struct Greeter;

#[observer(version = 1)]
impl Greeter {
    #[event_handler]
    async fn on(&self, event: &Opened, commands: &Commands<(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q)>) {}
}

macro_rules! commands {
    ($($name:ident)*) => { $(#[service_command] struct $name;)* };
}

commands!(A B C D E F G H I J K L M N O P Q);

fn main() {}
