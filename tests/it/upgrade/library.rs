//! The application whose databases are kept: a library with loans.
//!
//! What it stores must be what earlier versions have stored. So nothing here is renamed, and no rule is changed: what is to be
//! tried beside it gets names of its own.

use std::time::Duration;

use evento::{
    App, Client,
    clock::ManualClock,
    prelude::*,
    store::{ReplayCommands, SharedStore},
};

/// How long a loan lasts.
pub const LENT_FOR: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// How often a loan is extended at most.
pub const MOST_EXTENSIONS: u32 = 5;

#[domain_command]
pub struct Lend {
    #[aggregate_id]
    pub loan: String,
    pub book: String,
    pub reader: String,
}

#[domain_command]
pub struct Extend {
    #[aggregate_id]
    pub loan: String,
}

#[domain_command]
pub struct Fine {
    #[aggregate_id]
    pub loan: String,
    pub cents: u64,
}

#[domain_command]
pub struct Return {
    #[aggregate_id]
    pub loan: String,
}

#[domain_event]
pub struct Lent {
    pub loan: String,
    pub book: String,
    pub reader: String,
}

#[domain_event]
pub struct Extended {
    pub loan: String,
}

#[domain_event]
pub struct Fined {
    pub loan: String,
    pub cents: u64,
}

#[domain_event]
pub struct Returned {
    pub loan: String,
}

#[derive(Debug, thiserror::Error)]
#[error("{0} extensions are enough")]
pub struct TooOften(pub u32);

#[aggregate_state]
pub struct Loan {
    extensions: u32,
    cents: u64,
}

#[aggregate(snapshot_every = 3)]
impl Loan {
    #[aggregate_command_handler]
    fn lend(command: Lend) -> Lent {
        let Lend { loan, book, reader } = command;
        Lent { loan, book, reader }
    }

    #[aggregate_command_handler]
    fn extend(&self, command: Extend) -> Result<Extended, TooOften> {
        if self.extensions >= MOST_EXTENSIONS {
            return Err(TooOften(self.extensions));
        }
        Ok(Extended { loan: command.loan })
    }

    #[aggregate_command_handler]
    fn fine(&self, command: Fine) -> Fined {
        Fined { loan: command.loan, cents: command.cents }
    }

    #[aggregate_command_handler]
    fn give_back(&self, command: Return) -> Returned {
        Returned { loan: command.loan }
    }

    #[event_sourcing_handler]
    fn lent(_event: &Lent) -> Self {
        Self { extensions: 0, cents: 0 }
    }

    #[event_sourcing_handler]
    fn extended(&mut self, _event: &Extended) {
        self.extensions += 1;
    }

    #[event_sourcing_handler]
    fn fined(&mut self, event: &Fined) {
        self.cents += event.cents;
    }

    #[event_sourcing_handler]
    fn returned(self, _event: &Returned) {}
}

#[view]
#[derive(PartialEq, Eq)]
pub struct LoanView {
    #[id]
    pub loan: String,
    #[index]
    pub reader: String,
    pub book: String,
    pub extensions: u32,
    pub cents: u64,
}

/// The loan whose extensions the projector cannot handle, if any.
#[derive(Clone)]
pub struct Jinx(pub Option<&'static str>);

pub struct Loans {
    jinx: Jinx,
}

#[projector(version = 1)]
impl Loans {
    #[inject]
    fn new(jinx: Jinx) -> Self {
        Self { jinx }
    }

    #[event_handler]
    async fn lent(&self, event: Lent, views: &Views<LoanView>) -> Result<()> {
        let Lent { loan, book, reader } = event;
        views.put(LoanView { loan, reader, book, extensions: 0, cents: 0 }).await?;
        Ok(())
    }

    #[event_handler(retry = 0)]
    async fn extended(&self, event: &Extended, views: &Views<LoanView>) -> Result<()> {
        if self.jinx.0 == Some(&*event.loan) {
            return Err(Error::msg("this loan is jinxed"));
        }
        if let Some(mut view) = views.get(&event.loan).await? {
            view.extensions += 1;
            views.put(view).await?;
        }
        Ok(())
    }

    #[event_handler]
    async fn fined(&self, event: &Fined, views: &Views<LoanView>) -> Result<()> {
        if let Some(mut view) = views.get(&event.loan).await? {
            view.cents += event.cents;
            views.put(view).await?;
        }
        Ok(())
    }

    #[event_handler]
    async fn returned(&self, event: &Returned, views: &Views<LoanView>) -> Result<()> {
        views.delete(&event.loan).await?;
        Ok(())
    }
}

#[query(response = Vec<LoanView>)]
pub struct AllLoans {}

#[derive(Default)]
pub struct LoanQueries;

#[projection]
impl LoanQueries {
    #[query_handler]
    async fn all(&self, _query: &AllLoans, views: &Views<LoanView>) -> Result<Vec<LoanView>> {
        Ok(views.find(LoanView::BY_READER.prefix(""), Page::default()).await?)
    }
}

#[service_command]
pub struct SendCard {
    pub loan: String,
    pub text: String,
}

#[service_event]
pub struct CardSent {
    pub loan: String,
    pub text: String,
}

#[derive(Default)]
pub struct Postman;

#[service]
impl Postman {
    #[command_handler]
    async fn send(&self, command: SendCard) -> CardSent {
        CardSent { loan: command.loan, text: command.text }
    }
}

#[derive(Default)]
pub struct Greeter;

#[observer(version = 1)]
impl Greeter {
    #[event_handler]
    async fn lent(&self, event: &Lent, commands: &Commands<SendCard>) -> Result<()> {
        commands.send(SendCard { loan: event.loan.clone(), text: "enjoy it".into() }).await?;
        Ok(())
    }
}

#[deadline]
pub struct Overdue;

/// Watches a loan until it is given back, or fined.
#[saga_state]
pub struct Watch {
    #[association]
    loan: String,
    extensions: u32,
}

#[saga(version = 1)]
impl Watch {
    #[saga_event_handler(association = "loan")]
    async fn lent(event: &Lent, timers: &Timers<Overdue>, at: Timestamp) -> Result<Self> {
        // Of the event, so that it is the same for a saga that is made again.
        timers.schedule(Overdue).at(at + LENT_FOR)?;
        Ok(Self { loan: event.loan.clone(), extensions: 0 })
    }

    #[saga_event_handler(association = "loan")]
    async fn extended(&mut self, _event: &Extended) {
        self.extensions += 1;
    }

    #[saga_event_handler(association = "loan")]
    async fn returned(self, _event: &Returned) {}

    // A deadline that was handled is not in the log. What follows from it is, so a saga that is made again from the log ends here.
    #[saga_event_handler(association = "loan")]
    async fn fined(self, _event: &Fined) {}

    #[saga_deadline_handler]
    async fn overdue(self, _deadline: Overdue, commands: &Commands<(Fine, SendCard)>) -> Result<()> {
        commands.send(Fine { loan: self.loan.clone(), cents: 100 }).await?;
        commands.send(SendCard { loan: self.loan, text: "bring it back".into() }).await?;
        Ok(())
    }
}

#[derive(Default)]
pub struct Desk;

#[invoker]
impl Desk {
    #[invocation_handler]
    pub async fn lend(&self, commands: &Commands<Lend>, loan: String) -> Result<Receipt, SendError> {
        let (book, reader) = (format!("book of {loan}"), "ada".to_owned());
        commands.send(Lend { loan, book, reader }).await
    }

    #[invocation_handler]
    pub async fn extend(&self, commands: &Commands<Extend>, loan: String) -> Result<Receipt, SendError> {
        commands.send(Extend { loan }).await
    }

    #[invocation_handler]
    pub async fn fine(
        &self,
        commands: &Commands<Fine>,
        loan: String,
        cents: u64,
    ) -> Result<Receipt, SendError> {
        commands.send(Fine { loan, cents }).await
    }

    #[invocation_handler]
    pub async fn give_back(&self, commands: &Commands<Return>, loan: String) -> Result<Receipt, SendError> {
        commands.send(Return { loan }).await
    }

    #[invocation_handler]
    pub async fn all(&self, queries: &Queries<AllLoans>) -> Result<Vec<LoanView>, QueryError> {
        queries.query(AllLoans {}).await
    }
}

bundle! { pub LibraryBundle {
    id: "library",
    version: 1,
    components: [Loan, Loans, LoanQueries, Postman, Greeter, Watch, Desk],
} }

pub async fn start(store: &SharedStore, clock: &ManualClock, jinx: Jinx) -> (App, Client<Desk>) {
    let app = LibraryBundle::builder()
        .shared_store(store.clone())
        .clock(clock.clone())
        .provide(jinx)
        // Of no effect where the saga is known.
        .from_beginning::<Watch>(ReplayCommands::Suppressed)
        .start()
        .await
        .expect("the library opens");
    let desk = app.invoker();
    (app, desk)
}
