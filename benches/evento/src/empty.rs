//! An empty database on a server, between two measurements.

use anyhow::{Context, Result, bail};
use bench_harness::{Request, Sample, Store, control};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, PgConnection};

/// Makes the database of an address anew, so that nothing is left of an earlier measurement.
pub(crate) async fn run(request: &Request) -> Result<Sample> {
    let (server, name) = request.address.rsplit_once('/').context("an address without a database")?;
    let version = match request.store {
        Store::Postgres => postgres(server, name).await?,
        Store::Mariadb => mariadb(server, name).await?,
        Store::Memory | Store::SqliteFull | Store::SqliteNormal => bail!("only a server has databases"),
    };
    control::ready()?;
    Ok(Sample { version: Some(version), ..Sample::default() })
}

// The name is chosen by whoever measures, on a server that is thrown away.

async fn postgres(server: &str, name: &str) -> Result<String> {
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await?;
    for statement in [
        format!("drop database if exists {name} with (force)"),
        format!("create database {name}"),
        // What earlier measurements left to write is not written during the next one.
        "checkpoint".to_owned(),
    ] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    let version = sqlx::query_scalar("show server_version").fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(version)
}

async fn mariadb(server: &str, name: &str) -> Result<String> {
    let mut connection = MySqlConnection::connect(&format!("{server}/mysql")).await?;
    for statement in [format!("drop database if exists {name}"), format!("create database {name}")] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    }
    let version = sqlx::query_scalar("select version()").fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(version)
}
