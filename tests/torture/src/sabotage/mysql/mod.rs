//! In the way of a MariaDB server.

use std::{str::FromStr, time::Duration};

use anyhow::{Context, Result};
use sqlx::{
    AssertSqlSafe, Connection, MySql, MySqlConnection, Row,
    mysql::{MySqlArguments, MySqlConnectOptions},
    query::Query,
};

use super::connect;
use crate::database::MySqlAddress;

pub(super) struct MySqlSaboteur {
    options: MySqlConnectOptions,
    connection: Option<MySqlConnection>,
    /// The transaction that stays open.
    open: Option<MySqlConnection>,
    opened: u64,
}

impl MySqlSaboteur {
    pub(super) fn new(address: &str) -> Result<Self> {
        let options = MySqlConnectOptions::from_str(address)?;
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
        let query = sqlx::query(include_str!("cut.sql")).bind(state).bind(state).bind(count);
        let connection = self.connection().await?;
        kill(connection, query).await
    }

    /// Whether a worker holds the head of the log while the server waits for its next statement. It is stopped.
    pub(super) async fn holds_head(&mut self, worker: &str) -> Result<u64> {
        let connection = self.connection().await?;
        if number(connection, sqlx::query(include_str!("free_head.sql"))).await? > 0 {
            return Ok(0);
        }
        sqlx::raw_sql(include_str!("newer.sql")).execute(&mut *connection).await?;
        number(connection, sqlx::query(include_str!("holds_head.sql")).bind(worker)).await
    }

    /// How many events were stalled.
    pub(super) async fn stalls(&mut self) -> Result<u64> {
        let connection = self.connection().await?;
        number(connection, sqlx::query(include_str!("stalls.sql"))).await
    }

    /// Holds up all commits for so many milliseconds, and cuts some of those that wait. Returns how many waited.
    pub(super) async fn hold_commits(&mut self, argument: &str) -> Result<u64> {
        let millis: u64 = argument.parse().context("for how many milliseconds?")?;
        let connection = self.connection().await?;
        sqlx::raw_sql(include_str!("hold_commits.sql")).execute(&mut *connection).await?;
        let waited = async {
            let time = Duration::from_millis(millis).as_secs_f64();
            sqlx::query(include_str!("wait.sql")).bind(time).execute(&mut *connection).await?;
            let waited = number(connection, sqlx::query(include_str!("held_commits.sql"))).await?;
            kill(connection, sqlx::query(include_str!("cut_commits.sql"))).await?;
            Ok(waited)
        };
        let waited = waited.await;
        // Whatever happened, they are let go.
        sqlx::raw_sql("backup stage end").execute(&mut *connection).await?;
        waited
    }

    async fn connection(&mut self) -> Result<&mut MySqlConnection> {
        let mut known = self.connection.take();
        if let Some(connection) = &mut known
            && connection.ping().await.is_err()
        {
            known = None;
        }
        let connection = match known {
            Some(connection) => connection,
            None => connect(&self.options).await?,
        };
        Ok(self.connection.insert(connection))
    }
}

async fn number(connection: &mut MySqlConnection, query: Query<'_, MySql, MySqlArguments>) -> Result<u64> {
    let number: i64 = query.fetch_one(connection).await?.try_get_unchecked(0)?;
    u64::try_from(number).context("a count is not negative")
}

/// Ends the connections that a query names. Returns how many there were.
async fn kill(connection: &mut MySqlConnection, query: Query<'_, MySql, MySqlArguments>) -> Result<u64> {
    let mut killed = 0;
    for row in query.fetch_all(&mut *connection).await? {
        let id: i64 = row.try_get_unchecked(0)?;
        let kill = sqlx::raw_sql(AssertSqlSafe(format!("kill {id}")));
        // It may have ended meanwhile.
        killed += u64::from(kill.execute(&mut *connection).await.is_ok());
    }
    Ok(killed)
}

/// Makes the database of an address, in which users may do everything that nobody has named: so the server knows each
/// worker by its name.
pub(super) async fn create_database(address: &str) -> Result<()> {
    let address = MySqlAddress::of(address)?;
    let mut connection = connect(&MySqlConnectOptions::from_str(&address.server())?).await?;
    let MySqlAddress { database, password, .. } = address;
    let sql = format!(
        "create database {database};
        create user ''@'127.0.0.1' identified by '{password}';
        grant all on {database}.* to ''@'127.0.0.1';"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Lets a share of the appends take its time.
pub(super) async fn stall(address: &str) -> Result<()> {
    let mut connection = connect(&MySqlConnectOptions::from_str(address)?).await?;
    sqlx::raw_sql(include_str!("stall.sql")).execute(&mut connection).await?;
    Ok(connection.close().await?)
}
