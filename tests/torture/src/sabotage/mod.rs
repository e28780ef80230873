//! A process that gets in the way: it holds a transaction of its own open, and does to a server what it is told.
//!
//! It is told by lines on its standard input, and answers each with one line.

mod postgres;
mod sqlite;

use std::io::{Write, stdin, stdout};

use anyhow::{Context, Result};

use self::{postgres::PostgresSaboteur, sqlite::SqliteSaboteur};
use crate::database::{self, Kind};

enum Saboteur {
    Sqlite(SqliteSaboteur),
    Postgres(Box<PostgresSaboteur>),
}

impl Saboteur {
    async fn new(address: &str) -> Result<Self> {
        Ok(match Kind::of(address)? {
            Kind::Sqlite => Self::Sqlite(SqliteSaboteur::new(address).await?),
            Kind::Postgres => Self::Postgres(Box::new(PostgresSaboteur::new(address).await?)),
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
            _ => anyhow::bail!("`{order}` is no order for this store"),
        }
    }
}

/// Prepares a new database: the store's own schema, and what gets in its way.
pub(crate) async fn prepare(address: &str) -> Result<()> {
    database::open(address, "prepare").await?.close().await;
    match Kind::of(address)? {
        Kind::Sqlite => Ok(()),
        Kind::Postgres => postgres::stall(address, include_str!("stall.sql")).await,
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
