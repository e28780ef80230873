//! Sets of commands: one, a tuple, and helpers that ask for what they send.

use evento::prelude::*;

#[service_command]
struct A;

#[service_command]
struct B {
    text: String,
}

#[domain_event]
struct Opened {
    id: String,
}

async fn helper<S: Emits<A, At>, At>(commands: &Commands<S>) -> Result<()> {
    commands.send(A).await?;
    Ok(())
}

#[derive(Default)]
struct One;

#[observer(version = 1)]
impl One {
    #[event_handler]
    async fn on(&self, _event: &Opened, commands: &Commands<A>, others: &Commands<(A, B)>) -> Result<()> {
        helper(commands).await?;
        others.send(B { text: "b".into() }).key("b").await?;
        helper(others).await
    }
}

#[derive(Default)]
struct Both;

#[service]
impl Both {
    #[command_handler]
    async fn a(&self, _command: A) -> Option<Done> {
        None
    }

    #[command_handler]
    fn b(&self, command: &B) -> Result<Vec<Done>> {
        Ok(vec![Done { text: command.text.clone() }])
    }
}

#[service_event]
struct Done {
    text: String,
}

bundle! { Commanding { id: "commanding", version: 1, components: [One, Both] } }

pub fn main() {
    assert_eq!(Commanding::describe().components[0].handlers[0].emits, ["A", "A", "B"]);
}
