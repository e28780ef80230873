//! From the call that appends until a handler has the event, by hand: a row and a notification in one transaction, and a
//! listener that reads what is new when it hears of it.

use std::{sync::Arc, time::Instant};

use anyhow::{Result, ensure};
use bench_harness::{
    Request, Role, Sample, Store, drive,
    latency::{Heard, WARM_UP, now, quiet},
};
use sqlx::{PgPool, Row, postgres::PgListener};

use super::postgres;

const APPEND: &str = include_str!("sql/postgres_append_notify.sql");
const BATCH: &str = include_str!("sql/postgres_batch.sql");

pub(crate) async fn run(request: &Request, count: usize, role: Role) -> Result<Sample> {
    ensure!(request.store == Store::Postgres, "only PostgreSQL notifies");
    let pool = postgres::open(request, 2).await?;
    let heard = Arc::new(Heard::new());
    let listening = if role == Role::Send { None } else { Some(listen(pool.clone(), heard.clone()).await?) };
    drive::ready().await?;
    let began = Instant::now();
    let total = count + WARM_UP;
    if role == Role::Hear {
        heard.wait_for(total).await?;
    } else {
        for said in 1..=total {
            quiet().await;
            let payload = format!(r#"{{"sent":{}}}"#, now());
            let append = sqlx::query(APPEND).bind("ada").bind(i64::try_from(said)?).bind("Said");
            append.bind(payload).execute(&pool).await?;
            if role == Role::Both {
                heard.wait_for(said).await?;
            }
        }
    }
    if let Some(listening) = listening {
        listening.abort();
    }
    Ok(match role {
        Role::Send => Sample::new(total, began.elapsed(), Vec::new()),
        Role::Both | Role::Hear => heard.sample(began),
    })
}

#[derive(serde::Deserialize)]
struct Said {
    sent: u64,
}

async fn listen(pool: PgPool, heard: Arc<Heard>) -> Result<tokio::task::JoinHandle<Result<()>>> {
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen("event").await?;
    Ok(tokio::spawn(async move {
        let mut position = 0_i64;
        loop {
            listener.recv().await?;
            for row in sqlx::query(BATCH).bind(position).bind(300_i64).fetch_all(&pool).await? {
                position = row.try_get(0)?;
                let said: Said = serde_json::from_str(row.try_get(1)?)?;
                heard.hear(said.sent);
            }
        }
    }))
}
