//! Everything that can be denied, in a bundle in which nothing leads nowhere.

use std::time::Duration;

use evento::prelude::*;

#[domain_command]
struct Open {
    #[aggregate_id]
    id: String,
}

#[domain_event]
struct Opened {
    id: String,
}

#[aggregate_state]
struct Door {
    open: bool,
}

#[aggregate]
impl Door {
    #[aggregate_command_handler]
    fn open(command: Open) -> Opened {
        Opened { id: command.id }
    }

    #[event_sourcing_handler]
    fn opened(_event: &Opened) -> Self {
        Self { open: true }
    }
}

/// Another bundle rings.
#[service_command]
struct Ring {
    id: String,
}

#[deadline]
struct Forgotten;

#[saga_state]
struct Guard {
    #[association]
    id: String,
}

#[saga(version = 1)]
impl Guard {
    #[saga_event_handler(association = "id")]
    fn opened(event: &Opened, timers: &Timers<Forgotten>) -> Result<Self> {
        timers.schedule(Forgotten).after(Duration::from_secs(60))?;
        Ok(Self { id: event.id.clone() })
    }

    #[saga_deadline_handler]
    async fn forgotten(self, _deadline: Forgotten, commands: &Commands<Ring>) -> Result<()> {
        commands.send(Ring { id: self.id }).await?;
        Ok(())
    }
}

#[derive(Default)]
struct Hall;

#[invoker]
impl Hall {
    #[invocation_handler]
    async fn enter(&self, commands: &Commands<Open>, id: String) -> Result<Receipt> {
        Ok(commands.send(Open { id }).await?)
    }
}

bundle! {
    Doors {
        id: "doors",
        version: 1,
        components: [Door, Guard, Hall],
        remote: [Ring],
        deny: [unconsumed_event, unsent_command, unasked_query, unscheduled_deadline],
    }
}

pub fn main() {
    let doors = Doors::describe();
    assert!(doors.lints().is_empty());
    assert!(doors.edges().iter().any(|edge| edge.payload == Some("Ring") && edge.to.is_none()));
}
