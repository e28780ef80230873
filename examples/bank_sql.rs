//! The bank's read model in SQL: for joins, aggregates and everything else that `&Views` does not do.
//!
//! `cargo run --example bank_sql` keeps a bank in a temporary SQLite file; `-- bank.db` keeps it in a file of yours.
//!
//! The projector takes the connection of its store. What it writes and the note of how far it has come are one
//! transaction, as they are with `&Views`; in return this bundle runs on SQLite only, and says so at start elsewhere.

use std::{env, time::Duration};

use evento::{
    prelude::*,
    sqlite::SqliteStore,
    sqlx::{self, AssertSqlSafe, SqliteConnection},
};

#[domain_command]
struct OpenAccount {
    #[aggregate_id]
    account: String,
    owner: String,
}

#[domain_command]
struct Deposit {
    #[aggregate_id]
    account: String,
    amount: u32,
}

#[domain_event]
struct AccountOpened {
    account: String,
    owner: String,
}

#[domain_event]
struct Deposited {
    account: String,
    amount: u32,
}

/// A deposit is always welcome, so there is nothing to remember.
#[aggregate_state]
struct Account {}

#[aggregate]
impl Account {
    #[aggregate_command_handler]
    fn open(command: OpenAccount) -> AccountOpened {
        AccountOpened { account: command.account, owner: command.owner }
    }

    #[aggregate_command_handler]
    fn deposit(&self, command: Deposit) -> Deposited {
        Deposited { account: command.account, amount: command.amount }
    }

    #[event_sourcing_handler]
    fn opened(_event: &AccountOpened) -> Self {
        Self {}
    }

    #[event_sourcing_handler]
    fn deposited(&mut self, _event: &Deposited) {}
}

/// Writes the table of accounts.
#[derive(Default)]
struct Accounts;

#[projector(version = 1)]
impl Accounts {
    /// Runs once for each version, in the transaction in which the projector comes into being. `tables` gives each version
    /// a table of its own, here `account_v1`, so that a new one can be filled while the old one is still read.
    #[setup]
    async fn create(&self, connection: &mut SqliteConnection, tables: &Tables) -> Result<()> {
        let table = tables.name("account");
        let sql = format!(
            "create table {table} (id text primary key, owner text not null, balance integer not null)"
        );
        sqlx::query(AssertSqlSafe(sql)).execute(connection).await?;
        Ok(())
    }

    #[event_handler]
    async fn opened(
        &self,
        event: &AccountOpened,
        connection: &mut SqliteConnection,
        tables: &Tables,
    ) -> Result<()> {
        // sqlx wants to be told that SQL put together at run time holds nothing that came from outside: the name of the
        // table does not, and the values are bound.
        let sql = format!("insert into {} (id, owner, balance) values (?, ?, 0)", tables.name("account"));
        sqlx::query(AssertSqlSafe(sql)).bind(&event.account).bind(&event.owner).execute(connection).await?;
        Ok(())
    }

    #[event_handler]
    async fn deposited(
        &self,
        event: &Deposited,
        connection: &mut SqliteConnection,
        tables: &Tables,
    ) -> Result<()> {
        let sql = format!("update {} set balance = balance + ? where id = ?", tables.name("account"));
        sqlx::query(AssertSqlSafe(sql)).bind(event.amount).bind(&event.account).execute(connection).await?;
        Ok(())
    }
}

/// How much each owner has, over all accounts, the richest first.
#[query(response = Vec<(String, i64)>)]
struct Wealth {}

#[derive(Default)]
struct Statistics;

/// `reads` names the projector whose tables are read: the compiler checks that it is in the bundle, and `tables` are those
/// of its active version.
#[projection(reads(Accounts))]
impl Statistics {
    #[query_handler]
    async fn wealth(
        &self,
        _query: &Wealth,
        connection: &mut SqliteConnection,
        tables: &Tables,
    ) -> Result<Vec<(String, i64)>> {
        let table = tables.name("account");
        let sql = format!("select owner, sum(balance) from {table} group by owner order by 2 desc, 1");
        Ok(sqlx::query_as(AssertSqlSafe(sql)).fetch_all(connection).await?)
    }
}

#[derive(Default)]
struct Bank;

#[invoker]
impl Bank {
    #[invocation_handler]
    async fn open(
        &self,
        commands: &Commands<(OpenAccount, Deposit)>,
        account: String,
        owner: String,
        amount: u32,
    ) -> Result<()> {
        commands.send(OpenAccount { account: account.clone(), owner }).await?;
        commands.send(Deposit { account, amount }).await?;
        Ok(())
    }

    #[invocation_handler]
    async fn wealth(&self, queries: &Queries<Wealth>) -> Result<Vec<(String, i64)>> {
        Ok(queries.query(Wealth {}).await?)
    }
}

bundle! {
    BankBundle { id: "bank", version: 1, components: [Account, Accounts, Statistics, Bank] }
}

#[tokio::main]
async fn main() -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let file = env::args().nth(1).unwrap_or_else(|| temporary.path().join("bank.db").display().to_string());
    let app = BankBundle::builder().state_store(SqliteStore::open(&file).await?).start().await?;
    let bank: evento::Client<Bank> = app.invoker();

    for (account, owner, amount) in [("1", "ada", 100), ("2", "grace", 70), ("3", "ada", 20)] {
        // The key makes it safe to run this on the same file again: an account is opened once.
        let bank = bank.idempotent(CommandId::from_key(&format!("open {account}")));
        bank.open(account.into(), owner.into(), amount).await?;
    }
    app.wait_for_head(Duration::from_secs(10)).await?;
    for (owner, wealth) in bank.wealth().await? {
        println!("{owner:<8}{wealth:>6}");
    }
    app.shutdown().await?;
    Ok(())
}
