//! Sixteen commands fit into one parameter; a second one takes the others.
#![allow(dead_code)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

macro_rules! commands {
    ($($name:ident)*) => { $(#[service_command] struct $name;)* };
}

commands!(A B C D E F G H I J K L M N O P Q);

#[derive(Default)]
struct Greeter;

#[observer(version = 1)]
impl Greeter {
    #[event_handler]
    async fn on(
        &self,
        _event: &Opened,
        commands: &Commands<(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P)>,
        others: &Commands<(Q,)>,
    ) -> Result<()> {
        commands.send(A).await?;
        commands.send(P).await?;
        others.send(Q).await?;
        Ok(())
    }
}

pub fn main() {}
