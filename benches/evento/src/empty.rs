//! An empty database on a server, between two measurements.

use anyhow::{Context, Result, ensure};
use bench_harness::{Request, Sample, Store, control};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Makes the database of an address anew, so that nothing is left of an earlier measurement.
pub(crate) async fn run(request: &Request) -> Result<Sample> {
    ensure!(request.store == Store::Postgres, "only a server has databases");
    let (server, name) = request.address.rsplit_once('/').context("an address without a database")?;
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await?;
    for statement in [
        format!("drop database if exists {name} with (force)"),
        format!("create database {name}"),
        // What earlier measurements left to write is not written during the next one.
        "checkpoint".to_owned(),
    ] {
        // The name is chosen by whoever measures, on a server that is thrown away.
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    let version: String = sqlx::query_scalar("show server_version").fetch_one(&mut connection).await?;
    connection.close().await?;
    control::ready()?;
    Ok(Sample { version: Some(version), ..Sample::default() })
}
