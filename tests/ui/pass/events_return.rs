//! Handlers of events return nothing, or a `Result` of it with an error of any kind; they may be async or not.
#![allow(dead_code)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

macro_rules! events {
    ($($name:ident)*) => { $(#[service_event] struct $name;)* };
}

events!(A B C D E);

#[derive(Debug, thiserror::Error)]
#[error("no")]
struct No;

#[derive(Default)]
struct Greeter;

#[observer(version = 1)]
impl Greeter {
    #[event_handler]
    async fn on(&self, _event: &Opened) {}

    #[event_handler]
    fn a(&self, _event: &A) -> () {}

    #[event_handler]
    fn b(&self, _event: &B) -> Result<()> {
        Err(No)?
    }

    #[event_handler]
    async fn c(&self, _event: &C) -> Result<(), No> {
        Err(No)
    }

    #[event_handler]
    async fn d(&self, _event: &D) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Err("no".into())
    }

    #[event_handler]
    async fn e(&self, _event: &E) -> std::result::Result<(), String> {
        Err("no".to_owned())
    }
}

pub fn main() {}
