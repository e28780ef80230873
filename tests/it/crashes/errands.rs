//! Errands, run by an observer or by a saga: each sends a command that is rejected, one that is accepted, one on which nothing is
//! decided, and one to a service. Everybody writes into a diary, a file that outlives who dies.

use std::{
    fmt::Display,
    fs::{self, OpenOptions},
    io::Write,
    time::Duration,
};

use evento::prelude::*;

#[domain_command]
pub struct Begin {
    #[aggregate_id]
    pub errand: String,
    pub diary: String,
}

/// Refused without money.
#[domain_command]
pub struct Spend {
    #[aggregate_id]
    pub errand: String,
}

#[domain_command]
pub struct Stamp {
    #[aggregate_id]
    pub errand: String,
    pub colour: u32,
}

/// Nothing is there to tidy up without money.
#[domain_command]
pub struct Tidy {
    #[aggregate_id]
    pub errand: String,
}

/// From now on there is money: what was refused would be accepted, and what was not worth an event would be.
#[domain_command]
pub struct Fill {
    #[aggregate_id]
    pub errand: String,
}

#[domain_event]
pub struct Begun {
    pub errand: String,
    pub diary: String,
}

#[domain_event]
pub struct Continued {
    pub errand: String,
    pub diary: String,
}

#[domain_event]
pub struct Finished {
    pub errand: String,
    pub diary: String,
}

#[domain_event]
pub struct Spent {
    pub errand: String,
}

#[domain_event]
pub struct Stamped {
    pub errand: String,
}

#[domain_event]
pub struct Tidied {
    pub errand: String,
}

#[domain_event]
pub struct Filled {
    pub errand: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no money")]
pub struct Poor;

#[aggregate_state]
pub struct Errand {
    has_money: bool,
}

#[aggregate]
impl Errand {
    #[aggregate_command_handler]
    fn begin(command: Begin) -> (Begun, Continued, Finished) {
        let Begin { errand, diary } = command;
        (
            Begun { errand: errand.clone(), diary: diary.clone() },
            Continued { errand: errand.clone(), diary: diary.clone() },
            Finished { errand, diary },
        )
    }

    #[aggregate_command_handler]
    fn spend(&self, command: Spend) -> Result<Spent, Poor> {
        if self.has_money { Ok(Spent { errand: command.errand }) } else { Err(Poor) }
    }

    #[aggregate_command_handler]
    fn stamp(&self, command: Stamp) -> Stamped {
        Stamped { errand: command.errand }
    }

    #[aggregate_command_handler]
    fn tidy(&self, command: Tidy) -> Option<Tidied> {
        self.has_money.then_some(Tidied { errand: command.errand })
    }

    #[aggregate_command_handler]
    fn fill(&self, command: Fill) -> Filled {
        Filled { errand: command.errand }
    }

    #[event_sourcing_handler]
    fn begun(_event: &Begun) -> Self {
        Self { has_money: false }
    }

    #[event_sourcing_handler]
    fn continued(&mut self, _event: &Continued) {}

    #[event_sourcing_handler]
    fn finished(&mut self, _event: &Finished) {}

    #[event_sourcing_handler]
    fn spent(&mut self, _event: &Spent) {}

    #[event_sourcing_handler]
    fn stamped(&mut self, _event: &Stamped) {}

    #[event_sourcing_handler]
    fn tidied(&mut self, _event: &Tidied) {}

    #[event_sourcing_handler]
    fn filled(&mut self, _event: &Filled) {
        self.has_money = true;
    }
}

/// Writes a line into a diary. Whoever is killed behind that has written it.
pub fn note(diary: &str, line: impl Display) {
    let mut file = OpenOptions::new().create(true).append(true).open(diary).expect("a diary");
    file.write_all(format!("{line}\n").as_bytes()).expect("a line");
}

/// The lines of a diary.
pub fn read(diary: &str) -> Vec<String> {
    let text = fs::read_to_string(diary).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[service_command]
pub struct Post {
    pub errand: String,
    pub diary: String,
}

#[service_event]
pub struct Posted {
    pub errand: String,
}

#[derive(Default)]
pub struct PostOffice;

#[service]
impl PostOffice {
    #[command_handler]
    async fn post(&self, command: Post, id: CommandId) -> Posted {
        note(&command.diary, format!("delivered {id}"));
        Posted { errand: command.errand }
    }
}

/// Takes a refusal for an answer, and goes on.
async fn spend<S: Emits<Spend, At>, At>(errand: &str, diary: &str, commands: &Commands<S>) -> Result<()> {
    match commands.send(Spend { errand: errand.to_owned() }).await {
        Ok(_) => note(diary, "spent"),
        Err(SendError::Rejected(_)) => note(diary, "refused"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

async fn stamp<S: Emits<Stamp, At>, At>(
    errand: &str,
    diary: &str,
    colour: u32,
    commands: &Commands<S>,
) -> Result<()> {
    let receipt = commands.send(Stamp { errand: errand.to_owned(), colour }).await?;
    note(diary, format!("stamped at {}", receipt.position().expect("an event")));
    Ok(())
}

async fn tidy<S: Emits<Tidy, At>, At>(errand: &str, diary: &str, commands: &Commands<S>) -> Result<()> {
    let receipt = commands.send(Tidy { errand: errand.to_owned() }).await?;
    note(diary, format!("tidied {}", receipt.events().len()));
    Ok(())
}

async fn post<S: Emits<Post, At>, At>(errand: &str, diary: &str, commands: &Commands<S>) -> Result<()> {
    let receipt = commands.send(Post { errand: errand.to_owned(), diary: diary.to_owned() }).await?;
    note(diary, format!("posted at {}", receipt.position().expect("an event")));
    Ok(())
}

#[derive(Default)]
pub struct Runner;

#[observer(version = 1)]
impl Runner {
    #[event_handler(retry = 0)]
    async fn begun(&self, event: &Begun, commands: &Commands<(Spend, Stamp)>) -> Result<()> {
        note(&event.diary, "begun");
        spend(&event.errand, &event.diary, commands).await?;
        stamp(&event.errand, &event.diary, 1, commands).await
    }

    #[event_handler(retry = 0)]
    async fn continued(&self, event: &Continued, commands: &Commands<Tidy>) -> Result<()> {
        note(&event.diary, "continued");
        tidy(&event.errand, &event.diary, commands).await
    }

    #[event_handler(retry = 0)]
    async fn finished(&self, event: &Finished, commands: &Commands<Post>) -> Result<()> {
        note(&event.diary, "finished");
        post(&event.errand, &event.diary, commands).await
    }
}

#[deadline]
pub struct Alarm {}

#[saga_state]
pub struct Journey {
    #[association]
    pub errand: String,
    pub steps: u32,
}

#[saga(version = 1)]
impl Journey {
    #[saga_event_handler(association = "errand", retry = 0)]
    async fn begun(event: &Begun, commands: &Commands<(Spend, Stamp)>) -> Result<Self> {
        note(&event.diary, "begun");
        spend(&event.errand, &event.diary, commands).await?;
        stamp(&event.errand, &event.diary, 1, commands).await?;
        Ok(Self { errand: event.errand.clone(), steps: 1 })
    }

    #[saga_event_handler(association = "errand", retry = 0)]
    async fn continued(
        &mut self,
        event: &Continued,
        commands: &Commands<Tidy>,
        timers: &Timers<Alarm>,
    ) -> Result<()> {
        note(&event.diary, "continued");
        self.steps += 1;
        timers.schedule(Alarm {}).after(Duration::from_secs(3_600))?;
        tidy(&event.errand, &event.diary, commands).await
    }

    #[saga_event_handler(association = "errand", retry = 0)]
    async fn finished(self, event: &Finished, commands: &Commands<Post>) -> Result<()> {
        note(&event.diary, "finished");
        note(&event.diary, format!("after {} steps", self.steps));
        post(&event.errand, &event.diary, commands).await
    }

    #[saga_deadline_handler]
    async fn alarm(&mut self, _deadline: &Alarm) {}
}

#[derive(Default)]
pub struct Walker;

#[invoker]
impl Walker {
    #[invocation_handler]
    pub async fn begin(
        &self,
        commands: &Commands<Begin>,
        errand: String,
        diary: String,
    ) -> Result<Receipt, SendError> {
        commands.send(Begin { errand, diary }).await
    }

    #[invocation_handler]
    pub async fn fill(&self, commands: &Commands<Fill>, errand: String) -> Result<Receipt, SendError> {
        commands.send(Fill { errand }).await
    }

    /// What a client asks for in one request.
    #[invocation_handler]
    pub async fn run(
        &self,
        commands: &Commands<(Spend, Stamp, Post)>,
        errand: String,
        diary: String,
        colour: u32,
    ) -> Result<()> {
        spend(&errand, &diary, commands).await?;
        stamp(&errand, &diary, colour, commands).await?;
        post(&errand, &diary, commands).await
    }
}

bundle! { pub Observed { id: "observed", version: 1, components: [Errand, PostOffice, Runner, Walker] } }
bundle! { pub Accompanied { id: "accompanied", version: 1, components: [Errand, PostOffice, Journey, Walker] } }
// Nobody handles what is begun here until somebody starts one of the others.
bundle! { pub Counter { id: "counter", version: 1, components: [Errand, PostOffice, Walker] } }
