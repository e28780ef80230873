//! From the call of a client until an observer has the event.

use std::time::Instant;

use anyhow::{Result, anyhow};
use bench_harness::{
    Request, Role, Sample, drive,
    latency::{Heard, WARM_UP, now, quiet},
};
use evento::prelude::*;

use super::open;

static HEARD: Heard = Heard::new();

#[domain_command]
struct Say {
    #[aggregate_id]
    speaker: String,
    sent: u64,
}

#[domain_event]
struct Said {
    sent: u64,
}

#[aggregate_state]
struct Speaker {}

#[aggregate]
impl Speaker {
    #[aggregate_command_handler]
    fn begin(command: Say) -> Said {
        Said { sent: command.sent }
    }

    #[aggregate_command_handler]
    fn say(&self, command: Say) -> Said {
        Said { sent: command.sent }
    }

    #[event_sourcing_handler]
    fn began(_event: &Said) -> Self {
        Self {}
    }

    #[event_sourcing_handler]
    fn said(&mut self, _event: &Said) {}
}

#[derive(Default)]
struct Desk;

#[invoker]
impl Desk {
    #[invocation_handler]
    pub(crate) async fn say(&self, commands: &Commands<Say>, sent: u64) -> evento::Result<()> {
        commands.send(Say { speaker: "ada".to_owned(), sent }).await?;
        Ok(())
    }
}

#[derive(Default)]
struct Ear;

#[observer(version = 1)]
impl Ear {
    #[event_handler]
    async fn said(&self, event: &Said) -> evento::Result<()> {
        HEARD.hear(event.sent);
        Ok(())
    }
}

bundle! { Hall { id: "hall", version: 1, components: [Speaker, Desk, Ear] } }
// A process that only sends must not take the observer over.
bundle! { Stage { id: "stage", version: 1, components: [Speaker, Desk] } }
bundle! { Audience { id: "audience", version: 1, components: [Ear] } }

pub(crate) async fn run(request: &Request, count: usize, role: Role) -> Result<Sample> {
    let store = open(request).await?;
    let builder = match role {
        Role::Both => Hall::builder(),
        Role::Send => Stage::builder(),
        Role::Hear => Audience::builder(),
    };
    let app = builder.shared_store(store.clone()).start().await?;
    drive::ready().await?;
    let began = Instant::now();
    let total = count + WARM_UP;
    if role == Role::Hear {
        HEARD.wait_for(total).await?;
    } else {
        let desk = app.invoker::<Desk>();
        for said in 1..=total {
            quiet().await;
            desk.say(now()).await.map_err(|error| anyhow!("{error:#}"))?;
            if role == Role::Both {
                HEARD.wait_for(said).await?;
            }
        }
    }
    let sample = match role {
        Role::Send => Sample::new(total, began.elapsed(), Vec::new()),
        Role::Both | Role::Hear => HEARD.sample(began),
    };
    app.shutdown().await?;
    store.close().await;
    Ok(sample)
}
