//! A reader that trusts a sequence, to show that the count finds losses.
//!
//! Its log is a table of its own with a `bigserial`. Writers insert one row per transaction, and it reads what is behind
//! the last number that it saw. A number is taken before the commit, so a number that is seen later than a higher one was
//! passed.

use std::{str::FromStr, time::Duration};

use anyhow::{Context, Result};
use sqlx::{ConnectOptions, PgConnection, Row, postgres::PgConnectOptions};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, timeout_at},
};
use uuid::Uuid;

use crate::count::{SeenCounts, compare};

const WRITERS: usize = 8;

/// Lets naive writers and a naive reader work for some time, and counts what the reader has lost.
pub(crate) async fn run(address: &str, time: Duration) -> Result<SeenCounts> {
    let options = PgConnectOptions::from_str(address)?;
    let mut connection = options.connect().await?;
    sqlx::raw_sql(include_str!("naive.sql")).execute(&mut connection).await?;
    let (end, ended) = watch::channel(false);
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        writers.spawn(write(options.connect().await?, ended.clone()));
    }
    let reading = tokio::spawn(read(options.connect().await?, ended.clone()));
    let until = Instant::now() + time;
    // They go on until they are told to end, or fail.
    if let Ok(Some(failed)) = timeout_at(until, writers.join_next()).await {
        failed.context("a writer panicked")??;
    }
    end.send_replace(true);
    while let Some(written) = writers.join_next().await {
        written.context("a writer panicked")??;
    }
    let seen = reading.await.context("the reader panicked")??;
    let wanted = behind(&mut connection, 0).await?;
    Ok(compare(&wanted, seen.into_iter()))
}

async fn write(mut connection: PgConnection, end: watch::Receiver<bool>) -> Result<()> {
    while !*end.borrow() {
        let insert = sqlx::query("insert into naive.event (id) values ($1)").bind(Uuid::now_v7());
        insert.execute(&mut connection).await?;
    }
    Ok(())
}

/// Reads until told to end, and then all that is left behind its checkpoint.
async fn read(mut connection: PgConnection, end: watch::Receiver<bool>) -> Result<Vec<(u64, Uuid)>> {
    let mut seen: Vec<(u64, Uuid)> = Vec::new();
    loop {
        let ending = *end.borrow();
        let checkpoint = seen.last().map_or(0, |(position, _)| *position);
        let found = behind(&mut connection, checkpoint).await?;
        if ending && found.is_empty() {
            return Ok(seen);
        }
        seen.extend(found);
    }
}

async fn behind(connection: &mut PgConnection, checkpoint: u64) -> Result<Vec<(u64, Uuid)>> {
    let query = "select position, id from naive.event where position > $1 order by position";
    let rows = sqlx::query(query).bind(i64::try_from(checkpoint)?).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((u64::try_from(row.try_get::<i64, _>(0)?)?, row.try_get(1)?))).collect()
}
