//! Events in a table of MariaDB, with a connection for each task.

use anyhow::Result;
use bench_harness::{Request, drive::Sender};
use sqlx::{MySqlPool, mysql::MySqlPoolOptions};

use super::account::{Account, Accounts};

const SCHEMA: &str = include_str!("sql/mariadb_schema.sql");
const APPEND: &str = include_str!("sql/mariadb_append.sql");
const MISSED: &str = include_str!("sql/mariadb_missed.sql");

pub(super) struct Writer {
    pool: MySqlPool,
    accounts: Accounts,
}

/// Opens the database of a request.
async fn open(request: &Request, connections: usize) -> Result<MySqlPool> {
    let connections = u32::try_from(connections)?;
    let pool = MySqlPoolOptions::new()
        .min_connections(connections)
        .max_connections(connections)
        .test_before_acquire(false)
        .connect(&request.address)
        .await?;
    if request.fresh {
        sqlx::raw_sql(SCHEMA).execute(&pool).await?;
    }
    Ok(pool)
}

pub(super) async fn writers(request: &Request, tasks: usize) -> Result<Vec<Writer>> {
    let pool = open(request, tasks).await?;
    Ok((0..tasks).map(|_| Writer { pool: pool.clone(), accounts: Accounts::default() }).collect())
}

impl Sender for Writer {
    async fn deposit(&mut self, number: usize, amount: u32) -> Result<u64> {
        let (id, account) = self.accounts.get(number);
        let mut retries = 0;
        loop {
            let event = account.deposit(id, amount)?;
            let payload = serde_json::to_string(&event)?;
            let append =
                sqlx::query(APPEND).bind(&*id).bind(account.version + 1).bind("Deposited").bind(payload);
            match append.execute(&self.pool).await {
                Ok(_) => {
                    account.apply(&event);
                    return Ok(retries);
                }
                Err(error) if error.as_database_error().is_some_and(|error| error.is_unique_violation()) => {
                    read_missed(&self.pool, id, account).await?;
                    retries += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

async fn read_missed(pool: &MySqlPool, id: &str, account: &mut Account) -> Result<()> {
    let missed: Vec<String> =
        sqlx::query_scalar(MISSED).bind(id).bind(account.version).fetch_all(pool).await?;
    for payload in missed {
        account.apply(&serde_json::from_str(&payload)?);
    }
    Ok(())
}
