//! What a service may emit: a service event, a tuple, `Vec` or `Option` of them, or a `Result` of one of these.
#![allow(dead_code)]

use evento::prelude::*;

#[service_event]
struct Sent;

#[service_event]
struct Logged;

macro_rules! commands {
    ($($name:ident)*) => { $(#[service_command] struct $name;)* };
}

commands!(A B C D E F);

#[derive(Default)]
struct Mailer;

#[service]
impl Mailer {
    #[command_handler]
    async fn a(&self, _command: A) -> Sent {
        Sent
    }

    #[command_handler]
    async fn b(&self, _command: &B) -> (Sent, Logged) {
        (Sent, Logged)
    }

    #[command_handler]
    fn c(&self, _command: C) -> Vec<Sent> {
        vec![]
    }

    #[command_handler]
    async fn d(&self, _command: D) -> Option<(Sent, Option<Logged>)> {
        None
    }

    #[command_handler]
    async fn e(&self, _command: E) -> Result<Vec<Logged>, std::io::Error> {
        Ok(vec![])
    }

    #[command_handler]
    async fn f(&self, _command: F) -> anyhow::Result<Option<Sent>> {
        Ok(None)
    }
}

bundle! { Mails { id: "mails", version: 1, components: [Mailer] } }

pub fn main() {
    let handlers = &Mails::describe().components[0].handlers;
    let decides: Vec<_> = handlers.iter().map(|handler| handler.decides.len()).collect();
    assert_eq!(decides, [1, 2, 1, 2, 1, 1]);
}
