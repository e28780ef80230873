//! A projector writes and a projection reads by the connection of its store.
#![allow(dead_code)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

use evento::sqlx::{self, AssertSqlSafe, SqliteConnection};

#[query(response = i64)]
struct Count;

#[derive(Default)]
struct Rows;

#[projector(version = 1)]
impl Rows {
    #[setup]
    async fn tables(&self, connection: &mut SqliteConnection, tables: &Tables) -> Result<()> {
        let sql = format!("CREATE TABLE {} (id TEXT PRIMARY KEY)", tables.name("rows"));
        sqlx::query(AssertSqlSafe(sql)).execute(connection).await?;
        Ok(())
    }

    #[event_handler]
    async fn on(&self, event: &Opened, tables: &Tables, connection: &mut sqlx::SqliteConnection) -> Result<()> {
        let sql = format!("INSERT INTO {} VALUES ($1)", tables.name("rows"));
        sqlx::query(AssertSqlSafe(sql)).bind(&event.id).execute(connection).await?;
        Ok(())
    }
}

#[derive(Default)]
struct Counting;

#[projection(reads(Rows))]
impl Counting {
    #[query_handler]
    async fn count(&self, _query: &Count, connection: &mut SqliteConnection, tables: &Tables) -> Result<i64> {
        let sql = format!("SELECT count(*) FROM {}", tables.name("rows"));
        Ok(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await?)
    }
}

bundle! { Tabled { id: "tabled", version: 1, components: [Rows, Counting] } }

pub fn main() {}
