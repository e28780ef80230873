//! A bank account by hand: what `examples/bank.rs` does, without a framework.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use sqlx::{
    Row, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Open {
    account: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Deposit {
    account: String,
    amount: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Withdraw {
    account: String,
    amount: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Event {
    Opened { account: String },
    Booked { account: String, balance: i64 },
}

#[derive(Clone, Debug)]
struct Balance {
    account: String,
    balance: i64,
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

struct Account {
    balance: i64,
}

impl Account {
    fn opened() -> Self {
        Self { balance: 0 }
    }

    fn apply(&mut self, event: &Event) {
        match event {
            Event::Opened { .. } => {}
            Event::Booked { balance, .. } => self.balance = *balance,
        }
    }

    fn deposit(&self, command: Deposit) -> Event {
        Event::Booked { account: command.account, balance: self.balance + i64::from(command.amount) }
    }

    fn withdraw(&self, command: Withdraw) -> Result<Event, BankError> {
        let balance = self.balance - i64::from(command.amount);
        if balance < 0 {
            return Err(BankError::TooLittle(self.balance));
        }
        Ok(Event::Booked { account: command.account, balance })
    }
}

struct Bank {
    pool: SqlitePool,
}

impl Bank {
    async fn start(file: &std::path::Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
        Ok(Self { pool })
    }

    async fn load(&self, account: &str) -> Result<(Option<Account>, i64)> {
        let (mut state, mut version) = (None, 0);
        let rows = sqlx::query("select version, payload from event where account = ?1 order by version")
            .bind(account)
            .fetch_all(&self.pool)
            .await?;
        for row in rows {
            version = row.try_get(0)?;
            let event = serde_json::from_str(row.try_get(1)?)?;
            state.get_or_insert_with(Account::opened).apply(&event);
        }
        Ok((state, version))
    }

    async fn append(&self, account: &str, version: i64, event: &Event) -> Result<()> {
        sqlx::query("insert into event (account, version, payload) values (?1, ?2, ?3)")
            .bind(account)
            .bind(version + 1)
            .bind(serde_json::to_string(event)?)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn open(&self, command: Open) -> Result<()> {
        let (state, version) = self.load(&command.account).await?;
        if state.is_some() {
            bail!(BankError::Exists(command.account));
        }
        self.append(&command.account.clone(), version, &Event::Opened { account: command.account }).await
    }

    async fn deposit(&self, command: Deposit) -> Result<()> {
        let account = command.account.clone();
        let (Some(state), version) = self.load(&account).await? else { bail!(BankError::NotFound(account)) };
        self.append(&account, version, &state.deposit(command)).await
    }

    async fn withdraw(&self, command: Withdraw) -> Result<()> {
        let account = command.account.clone();
        let (Some(state), version) = self.load(&account).await? else { bail!(BankError::NotFound(account)) };
        self.append(&account, version, &state.withdraw(command)?).await
    }

    /// Writes the view, up to the end of the log.
    async fn project(&self) -> Result<()> {
        loop {
            let mut transaction = self.pool.begin_with("begin immediate").await?;
            let done = sqlx::query("select position from checkpoint where consumer = 'books'")
                .fetch_optional(&mut *transaction)
                .await?;
            let done: i64 = done.map_or(Ok(0), |row| row.try_get(0))?;
            let rows = sqlx::query(
                "select position, payload from event where position > ?1 order by position limit 300",
            )
            .bind(done)
            .fetch_all(&mut *transaction)
            .await?;
            let Some(last) = rows.last() else { return Ok(()) };
            let last: i64 = last.try_get(0)?;
            for row in &rows {
                let (account, balance) = match serde_json::from_str(row.try_get(1)?)? {
                    Event::Opened { account } => (account, 0),
                    Event::Booked { account, balance } => (account, balance),
                };
                sqlx::query("replace into balance (account, balance) values (?1, ?2)")
                    .bind(account)
                    .bind(balance)
                    .execute(&mut *transaction)
                    .await?;
            }
            sqlx::query("replace into checkpoint (consumer, position) values ('books', ?1)")
                .bind(last)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
        }
    }

    async fn balance(&self, account: &str) -> Result<Option<Balance>> {
        let row = sqlx::query("select account, balance from balance where account = ?1")
            .bind(account)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Ok(Balance { account: row.try_get(0)?, balance: row.try_get(1)? })).transpose()
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bank = Bank::start(&folder.path().join("bank.db")).await?;
    let ada = || "ada".to_owned();
    bank.open(Open { account: ada() }).await.map_or_else(|no| println!("{no}"), drop);
    bank.deposit(Deposit { account: ada(), amount: 100 }).await?;
    bank.withdraw(Withdraw { account: ada(), amount: 130 }).await.map_or_else(|no| println!("{no}"), drop);
    bank.project().await?;
    println!("{:?}", bank.balance(&ada()).await?);
    Ok(())
}
