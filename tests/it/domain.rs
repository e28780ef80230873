//! A small shop: accounts that are charged, an audit trail, mails, and a saga that settles invoices.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use evento::{prelude::*, store::SharedStore};

/// Why an account says no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    #[error("the balance of {balance} does not cover {amount}")]
    Insufficient { balance: u64, amount: u64 },
    #[error("the account still holds {0}")]
    NotEmpty(u64),
}

#[domain_command]
pub struct Open {
    #[aggregate_id]
    pub account: String,
}

#[domain_command]
pub struct Deposit {
    #[aggregate_id]
    pub account: String,
    pub amount: u64,
}

#[domain_command]
pub struct Withdraw {
    #[aggregate_id]
    pub account: String,
    pub amount: u64,
}

#[domain_command]
pub struct Close {
    #[aggregate_id]
    pub account: String,
}

/// What the aggregate is told to do wrong.
#[domain_command]
pub struct Misbehave {
    #[aggregate_id]
    pub account: String,
    pub how: Misbehaviour,
}

#[derive(Clone, Debug, PartialEq, Eq, evento::serde::Serialize, evento::serde::Deserialize)]
#[serde(crate = "evento::serde")]
pub enum Misbehaviour {
    PanicWhileDeciding,
    PanicWhileSourcing,
    StartTwice,
    RejectWithAnyhow,
    DecideNothing,
    GrowTo(usize),
}

#[domain_event]
#[derive(PartialEq, Eq)]
pub struct Opened {
    pub account: String,
}

#[domain_event]
#[derive(PartialEq, Eq)]
pub struct Deposited {
    pub account: String,
    pub amount: u64,
}

#[domain_event]
pub struct Withdrawn {
    pub account: String,
    pub amount: u64,
}

#[domain_event]
pub struct Closed {
    pub account: String,
}

#[domain_event]
pub struct Exploded {
    pub account: String,
}

#[domain_event]
pub struct Padded {
    pub padding: String,
}

#[aggregate_state]
pub struct Account {
    pub balance: u64,
    pub opened_by: String,
    pub opened_at: i64,
}

#[aggregate(snapshot_every = 5)]
impl Account {
    #[aggregate_command_handler]
    fn open(command: Open) -> Opened {
        Opened { account: command.account }
    }

    #[aggregate_command_handler]
    fn deposit(&self, command: &Deposit) -> Option<Deposited> {
        (command.amount > 0).then(|| Deposited { account: command.account.clone(), amount: command.amount })
    }

    #[aggregate_command_handler]
    fn withdraw(&self, command: Withdraw) -> Result<Withdrawn, AccountError> {
        let Withdraw { account, amount } = command;
        if amount > self.balance {
            return Err(AccountError::Insufficient { balance: self.balance, amount });
        }
        Ok(Withdrawn { account, amount })
    }

    #[aggregate_command_handler]
    fn close(&self, command: Close) -> Result<Closed, AccountError> {
        if self.balance > 0 {
            return Err(AccountError::NotEmpty(self.balance));
        }
        Ok(Closed { account: command.account })
    }

    #[aggregate_command_handler]
    fn misbehave(
        &self,
        command: Misbehave,
    ) -> Result<(Vec<Exploded>, Option<Opened>, Option<Padded>), anyhow::Error> {
        let account = command.account;
        match command.how {
            Misbehaviour::PanicWhileDeciding => panic!("deciding went wrong"),
            Misbehaviour::PanicWhileSourcing => Ok((vec![Exploded { account }], None, None)),
            Misbehaviour::StartTwice => Ok((vec![], Some(Opened { account }), None)),
            Misbehaviour::RejectWithAnyhow => {
                Err(anyhow::Error::new(AccountError::NotEmpty(self.balance)).context("misbehaving"))
            }
            Misbehaviour::DecideNothing => Ok((vec![], None, None)),
            Misbehaviour::GrowTo(bytes) => Ok((vec![], None, Some(Padded { padding: "x".repeat(bytes) }))),
        }
    }

    #[event_sourcing_handler]
    fn opened(_event: &Opened, metadata: &Metadata, at: Timestamp) -> Self {
        let opened_by = metadata.get("user").unwrap_or("nobody").to_owned();
        Self { balance: 0, opened_by, opened_at: at.as_millis() }
    }

    #[event_sourcing_handler]
    fn deposited(&mut self, event: &Deposited) {
        self.balance += event.amount;
    }

    #[event_sourcing_handler]
    fn withdrawn(&mut self, event: &Withdrawn) {
        self.balance -= event.amount;
    }

    #[event_sourcing_handler]
    fn closed(self, _event: &Closed) {}

    #[event_sourcing_handler]
    fn exploded(&mut self, _event: &Exploded) {
        panic!("sourcing went wrong")
    }

    #[event_sourcing_handler]
    fn padded(&mut self, _event: &Padded) {}
}

#[view]
#[derive(PartialEq, Eq)]
pub struct AccountView {
    #[id]
    pub account: String,
    #[index]
    pub owner: String,
    pub balance: u64,
    pub events: u64,
}

/// How often the projector is to fail at which account.
#[derive(Clone, Default)]
pub struct Sabotage(pub Arc<Mutex<BTreeMap<String, u32>>>);

impl Sabotage {
    pub fn fail(&self, account: &str, times: u32) {
        self.0.lock().expect("not poisoned").insert(account.to_owned(), times);
    }

    fn strike(&self, account: &str) -> Result<()> {
        let mut sabotage = self.0.lock().expect("not poisoned");
        match sabotage.get_mut(account) {
            Some(times) if *times > 0 => {
                *times -= 1;
                Err(Error::msg("sabotage"))
            }
            _ => Ok(()),
        }
    }
}

pub struct Accounts {
    sabotage: Sabotage,
}

#[projector(version = 1)]
impl Accounts {
    #[inject]
    fn new(sabotage: Sabotage) -> Self {
        Self { sabotage }
    }

    #[event_handler]
    async fn opened(&self, event: &Opened, views: &Views<AccountView>, metadata: &Metadata) -> Result<()> {
        let owner = metadata.get("user").unwrap_or("nobody").to_owned();
        views.put(AccountView { account: event.account.clone(), owner, balance: 0, events: 1 }).await?;
        Ok(())
    }

    #[event_handler(retry = 2, retry_delay = 1)]
    async fn deposited(&self, event: &Deposited, views: &Views<AccountView>) -> Result<()> {
        if let Some(mut view) = views.get(&event.account).await? {
            view.balance += event.amount;
            view.events += 1;
            views.put(view).await?;
        }
        self.sabotage.strike(&event.account)
    }

    #[event_handler]
    async fn withdrawn(&self, event: &Withdrawn, views: &Views<AccountView>) -> Result<()> {
        if let Some(mut view) = views.get(&event.account).await? {
            view.balance -= event.amount;
            view.events += 1;
            views.put(view).await?;
        }
        Ok(())
    }

    #[event_handler]
    async fn closed(&self, event: Closed, views: &Views<AccountView>) -> Result<()> {
        views.delete(&event.account).await?;
        Ok(())
    }
}

#[query(response = Option<AccountView>)]
pub struct FindAccount {
    pub account: String,
}

#[query(response = Vec<AccountView>)]
pub struct AccountsOf {
    pub owner: String,
}

#[derive(Default)]
pub struct AccountQueries;

#[projection]
impl AccountQueries {
    #[query_handler]
    async fn find(&self, query: &FindAccount, views: &Views<AccountView>) -> Result<Option<AccountView>> {
        Ok(views.get(&query.account).await?)
    }

    #[query_handler]
    async fn of(&self, query: AccountsOf, views: &Views<AccountView>) -> Result<Vec<AccountView>> {
        Ok(views.find(AccountView::BY_OWNER.equals(&query.owner), Page::default()).await?)
    }
}

/// What happened outside, in order.
#[derive(Clone, Default)]
pub struct Outside(pub Arc<Mutex<Vec<String>>>);

impl Outside {
    pub fn push(&self, line: String) {
        self.0.lock().expect("not poisoned").push(line);
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.lock().expect("not poisoned").clone()
    }
}

#[service_command]
pub struct SendMail {
    #[lock_id]
    pub to: String,
    pub text: String,
}

#[service_event]
pub struct MailSent {
    pub to: String,
    pub text: String,
}

pub struct Mailer {
    outside: Outside,
}

#[service]
impl Mailer {
    #[inject]
    fn new(outside: Outside) -> Self {
        Self { outside }
    }

    #[command_handler]
    async fn send(&self, command: SendMail, id: CommandId, metadata: &Metadata) -> Result<MailSent> {
        let user = metadata.get("user").unwrap_or("nobody");
        self.outside.push(format!("begin {} {} by {user}", command.to, command.text));
        tokio::task::yield_now().await;
        self.outside.push(format!("end {} {} {}", command.to, command.text, id.0.get_version_num()));
        Ok(MailSent { to: command.to, text: command.text })
    }
}

#[derive(Default)]
pub struct Welcome;

#[observer(version = 1)]
impl Welcome {
    #[event_handler]
    async fn opened(&self, event: &Opened, commands: &Commands<SendMail>) -> Result<()> {
        commands.send(SendMail { to: event.account.clone(), text: "welcome".into() }).await?;
        Ok(())
    }
}

/// Gives a bonus after three deposits, and says goodbye when the account is closed.
#[saga_state]
pub struct Bonus {
    #[association]
    pub account: String,
    pub deposits: u32,
}

#[saga(version = 1)]
impl Bonus {
    #[saga_event_handler(association = "account")]
    async fn opened(event: &Opened) -> Result<Self> {
        Ok(Self { account: event.account.clone(), deposits: 0 })
    }

    #[saga_event_handler(association = "account")]
    async fn deposited(&mut self, event: &Deposited, commands: &Commands<(Deposit, SendMail)>) -> Result<()> {
        self.deposits += 1;
        if self.deposits == 3 {
            commands.send(Deposit { account: event.account.clone(), amount: 1_000 }).await?;
            commands.send(SendMail { to: event.account.clone(), text: "bonus".into() }).await?;
        }
        Ok(())
    }

    #[saga_event_handler(association = "account")]
    async fn closed(self, event: &Closed, commands: &Commands<SendMail>) -> Result<()> {
        let text = format!("goodbye after {}", self.deposits);
        commands.send(SendMail { to: event.account.clone(), text }).await?;
        Ok(())
    }
}

#[derive(Default)]
pub struct Bank;

#[invoker]
impl Bank {
    #[invocation_handler]
    pub async fn open(&self, commands: &Commands<Open>, account: String) -> Result<Receipt, SendError> {
        commands.send(Open { account }).await
    }

    #[invocation_handler]
    pub async fn deposit(
        &self,
        commands: &Commands<Deposit>,
        account: String,
        amount: u64,
    ) -> Result<Receipt, SendError> {
        commands.send(Deposit { account, amount }).await
    }

    #[invocation_handler]
    pub async fn withdraw(
        &self,
        commands: &Commands<Withdraw>,
        account: String,
        amount: u64,
    ) -> Result<Receipt, SendError> {
        commands.send(Withdraw { account, amount }).await
    }

    #[invocation_handler]
    pub async fn close(&self, commands: &Commands<Close>, account: String) -> Result<Receipt, SendError> {
        commands.send(Close { account }).await
    }

    #[invocation_handler]
    pub async fn misbehave(
        &self,
        commands: &Commands<Misbehave>,
        account: String,
        how: Misbehaviour,
    ) -> Result<Receipt, SendError> {
        commands.send(Misbehave { account, how }).await
    }

    #[invocation_handler]
    pub async fn find(
        &self,
        queries: &Queries<FindAccount>,
        account: String,
    ) -> Result<Option<AccountView>, QueryError> {
        queries.query(FindAccount { account }).await
    }

    #[invocation_handler]
    pub async fn of(
        &self,
        queries: &Queries<AccountsOf>,
        owner: String,
    ) -> Result<Vec<AccountView>, QueryError> {
        queries.query(AccountsOf { owner }).await
    }

    #[invocation_handler]
    pub async fn mail(
        &self,
        commands: &Commands<SendMail>,
        to: String,
        text: String,
    ) -> Result<Receipt, SendError> {
        commands.send(SendMail { to, text }).await
    }
}

bundle! { pub BankBundle {
    id: "bank",
    version: 1,
    components: [Account, Accounts, AccountQueries, Mailer, Welcome, Bonus, Bank],
} }

/// A running bank, with its strings.
pub struct Running {
    pub app: evento::App,
    pub bank: evento::Client<Bank>,
    pub outside: Outside,
    pub sabotage: Sabotage,
}

/// Starts the bank on a store.
pub async fn start(store: &SharedStore) -> Running {
    let (outside, sabotage) = (Outside::default(), Sabotage::default());
    let app = BankBundle::builder()
        .shared_store(store.clone())
        .provide(outside.clone())
        .provide(sabotage.clone())
        .start()
        .await
        .expect("the bank starts");
    Running { bank: app.invoker(), app, outside, sabotage }
}
