//! In the way of a PostgreSQL server.

use std::str::FromStr;

use anyhow::{Context, Result};
use sqlx::{Connection, PgConnection, Row, postgres::PgConnectOptions};

use super::connect;

pub(super) struct PostgresSaboteur {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    /// The transaction that stays open.
    open: Option<PgConnection>,
    opened: u64,
}

impl PostgresSaboteur {
    pub(super) fn new(address: &str) -> Result<Self> {
        let options = options(address)?;
        Ok(Self { options, connection: None, open: None, opened: 0 })
    }

    /// Sees to it that a transaction is open which has nothing to do with the log but to look at it once. Returns how many
    /// there have been: each lasts until the server stops.
    pub(super) async fn hold(&mut self) -> Result<u64> {
        if let Some(open) = &mut self.open {
            if sqlx::raw_sql("select 1").execute(&mut *open).await.is_ok() {
                return Ok(self.opened);
            }
            self.open = None;
        }
        let mut open = connect(&self.options).await?;
        sqlx::raw_sql(include_str!("unrelated.sql")).execute(&mut open).await?;
        self.open = Some(open);
        self.opened += 1;
        Ok(self.opened)
    }

    /// Cuts connections of workers: so many of those in the state that is named, or of any.
    pub(super) async fn cut(&mut self, argument: &str) -> Result<u64> {
        let (count, state) = argument.split_once(' ').context("how many of which state?")?;
        let count: i64 = count.parse().context("how many is a number")?;
        let query = sqlx::query(include_str!("cut.sql")).bind(count).bind(state);
        self.number(query).await
    }

    /// Whether a worker holds the head of the log while the server waits for its next statement.
    pub(super) async fn holds_head(&mut self, worker: &str) -> Result<u64> {
        self.number(sqlx::query(include_str!("holds_head.sql")).bind(worker)).await
    }

    /// How many commits were stalled.
    pub(super) async fn stalls(&mut self) -> Result<u64> {
        self.number(sqlx::query(include_str!("stalls.sql"))).await
    }

    async fn number(
        &mut self,
        query: sqlx::query::Query<'_, sqlx::Postgres, sqlx::postgres::PgArguments>,
    ) -> Result<u64> {
        // What is left of an order that failed is of no more use.
        let mut known = self.connection.take();
        if let Some(connection) = &mut known
            && connection.ping().await.is_err()
        {
            known = None;
        }
        let mut connection = match known {
            Some(connection) => connection,
            None => connect(&self.options).await?,
        };
        let number: i64 = query.fetch_one(&mut connection).await?.try_get(0)?;
        self.connection = Some(connection);
        u64::try_from(number).context("a count is not negative")
    }
}

/// Lets a share of the commits take its time.
pub(super) async fn stall(address: &str) -> Result<()> {
    let mut connection = connect(&options(address)?).await?;
    sqlx::raw_sql(include_str!("stall.sql")).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

fn options(address: &str) -> Result<PgConnectOptions> {
    Ok(PgConnectOptions::from_str(address)?.application_name("saboteur"))
}
