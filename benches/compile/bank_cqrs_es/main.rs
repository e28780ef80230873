//! A bank account with cqrs-es: what `examples/bank.rs` does.

use std::sync::Arc;

use anyhow::Result;
use cqrs_es::{
    Aggregate, DomainEvent, EventEnvelope, View,
    event_sink::EventSink,
    persist::{GenericQuery, ViewRepository},
};
use serde::{Deserialize, Serialize};
use sqlite_es::{SqliteViewRepository, sqlite_cqrs};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

#[derive(Debug, Serialize, Deserialize)]
enum BankCommand {
    Open { account: String },
    Deposit { account: String, amount: u32 },
    Withdraw { account: String, amount: u32 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum BankEvent {
    Opened { account: String },
    Booked { account: String, balance: i64 },
}

impl DomainEvent for BankEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Opened { .. } => "Opened".to_owned(),
            Self::Booked { .. } => "Booked".to_owned(),
        }
    }

    fn event_version(&self) -> String {
        "1.0".to_owned()
    }
}

#[derive(Debug, thiserror::Error)]
enum BankError {
    #[error("there is only {0} left")]
    TooLittle(i64),
    #[error("there is no account `{0}`")]
    NotFound(String),
    #[error("the account `{0}` is open already")]
    Exists(String),
}

#[derive(Default, Serialize, Deserialize)]
struct Account {
    is_open: bool,
    balance: i64,
}

impl Aggregate for Account {
    const TYPE: &'static str = "account";
    type Command = BankCommand;
    type Event = BankEvent;
    type Error = BankError;
    type Services = ();

    async fn handle(
        &mut self,
        command: BankCommand,
        _: &(),
        sink: &EventSink<Self>,
    ) -> Result<(), BankError> {
        let event = match command {
            BankCommand::Open { account } if self.is_open => return Err(BankError::Exists(account)),
            BankCommand::Open { account } => BankEvent::Opened { account },
            BankCommand::Deposit { account, .. } | BankCommand::Withdraw { account, .. } if !self.is_open => {
                return Err(BankError::NotFound(account));
            }
            BankCommand::Deposit { account, amount } => {
                BankEvent::Booked { account, balance: self.balance + i64::from(amount) }
            }
            BankCommand::Withdraw { account, amount } => {
                let balance = self.balance - i64::from(amount);
                if balance < 0 {
                    return Err(BankError::TooLittle(self.balance));
                }
                BankEvent::Booked { account, balance }
            }
        };
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: BankEvent) {
        match event {
            BankEvent::Opened { .. } => self.is_open = true,
            BankEvent::Booked { balance, .. } => self.balance = balance,
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Balance {
    account: String,
    balance: i64,
}

impl View<Account> for Balance {
    fn update(&mut self, event: &EventEnvelope<Account>) {
        match &event.payload {
            BankEvent::Opened { account } => self.account.clone_from(account),
            BankEvent::Booked { balance, .. } => self.balance = *balance,
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("bank.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
    let balances = Arc::new(SqliteViewRepository::<Balance, Account>::new("balance", pool.clone()));
    let mut books = GenericQuery::new(Arc::clone(&balances));
    books.use_error_handler(Box::new(|error| eprintln!("{error}")));
    let bank = sqlite_cqrs(pool, vec![Box::new(books)], ());
    let ada = || "ada".to_owned();
    let open = BankCommand::Open { account: ada() };
    bank.execute("ada", open).await.map_or_else(|no| println!("{no}"), drop);
    bank.execute("ada", BankCommand::Deposit { account: ada(), amount: 100 }).await?;
    let withdraw = BankCommand::Withdraw { account: ada(), amount: 130 };
    bank.execute("ada", withdraw).await.map_or_else(|no| println!("{no}"), drop);
    println!("{:?}", balances.load("ada").await?);
    Ok(())
}
