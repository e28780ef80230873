//! A process that gets in the way: it holds a transaction of its own open, and does to a server what it is told.
//!
//! It is told by lines on its standard input, and answers each with one line.

mod mysql;
mod postgres;
mod sqlite;

use std::{
    io::{Write, stdin, stdout},
    time::Duration,
};

use anyhow::{Context, Result};
use sqlx::ConnectOptions;
use tokio::time::{Instant, interval};

use self::{mysql::MySqlSaboteur, postgres::PostgresSaboteur, sqlite::SqliteSaboteur};
use crate::database::{self, Kind};

/// How long a server may be away.
const PATIENCE: Duration = Duration::from_secs(60);
const DELAY: Duration = Duration::from_millis(20);

enum Saboteur {
    Sqlite(SqliteSaboteur),
    Postgres(Box<PostgresSaboteur>),
    MySql(Box<MySqlSaboteur>),
}

impl Saboteur {
    async fn new(address: &str) -> Result<Self> {
        Ok(match Kind::of(address)? {
            Kind::Sqlite => Self::Sqlite(SqliteSaboteur::new(address).await?),
            Kind::Postgres => Self::Postgres(Box::new(PostgresSaboteur::new(address)?)),
            Kind::MySql => Self::MySql(Box::new(MySqlSaboteur::new(address)?)),
        })
    }

    /// What an order comes to, as a number.
    async fn obey(&mut self, order: &str) -> Result<u64> {
        let (order, argument) = order.split_once(' ').unwrap_or((order, ""));
        match (self, order) {
            (Self::Sqlite(saboteur), "hold") => saboteur.hold().await,
            (Self::Postgres(saboteur), "hold") => saboteur.hold().await,
            (Self::Postgres(saboteur), "cut") => saboteur.cut(argument).await,
            (Self::Postgres(saboteur), "holds-head") => saboteur.holds_head(argument).await,
            (Self::Postgres(saboteur), "stalls") => saboteur.stalls().await,
            (Self::MySql(saboteur), "hold") => saboteur.hold().await,
            (Self::MySql(saboteur), "cut") => saboteur.cut(argument).await,
            (Self::MySql(saboteur), "holds-head") => saboteur.holds_head(argument).await,
            (Self::MySql(saboteur), "stalls") => saboteur.stalls().await,
            (Self::MySql(saboteur), "hold-commits") => saboteur.hold_commits(argument).await,
            _ => anyhow::bail!("`{order}` is no order for this store"),
        }
    }
}

/// Prepares a new database: the store's own schema, and what gets in its way.
pub(crate) async fn prepare(address: &str) -> Result<()> {
    let kind = Kind::of(address)?;
    if kind == Kind::MySql {
        mysql::create_database(address).await?;
    }
    database::open(address, "prepare").await?.close().await;
    match kind {
        Kind::Sqlite => Ok(()),
        Kind::Postgres => postgres::stall(address).await,
        Kind::MySql => mysql::stall(address).await,
    }
}

/// Connects to a server that may just be starting.
async fn connect<O: ConnectOptions<Connection: Sized>>(options: &O) -> Result<O::Connection> {
    let until = Instant::now() + PATIENCE;
    let mut delay = interval(DELAY);
    loop {
        delay.tick().await;
        match options.connect().await {
            Ok(connection) => return Ok(connection),
            Err(error) if Instant::now() > until => return Err(error.into()),
            Err(_) => {}
        }
    }
}

/// Does what it is told until there are no more orders.
pub(crate) async fn run(address: &str) -> Result<()> {
    let mut saboteur = Saboteur::new(address).await?;
    let mut order = String::new();
    // Nothing else happens in this process, so nothing waits while it reads.
    while stdin().read_line(&mut order).context("orders cannot be read")? > 0 {
        let answer = match saboteur.obey(order.trim()).await {
            Ok(number) => number.to_string(),
            Err(error) => format!("{error:#}").replace('\n', " "),
        };
        let mut out = stdout().lock();
        writeln!(out, "{answer}").and_then(|()| out.flush()).context("answers cannot be written")?;
        order.clear();
    }
    Ok(())
}
