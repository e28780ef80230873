#![allow(unused)]

use evento::prelude::*;

#[domain_command]
struct Open {
    #[aggregate_id]
    id: String,
}

#[derive(Default)]
struct Api;

#[invoker]
impl Api {
    #[invocation_handler]
    async fn open(&self, commands: &Commands<Open>, id: String) -> Result<()> {
        commands.send(Open { id }).await?;
        Ok(())
    }
}

fn main() {}

async fn call(api: evento::Client<Api>, commands: &Commands<Open>) -> Result<()> {
    api.open(commands, "front".into()).await
}
