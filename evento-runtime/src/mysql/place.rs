//! Which database, and how connections to it are made and lent.

use std::{
    fmt::Display,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{
    ConnectOptions, Connection, MySqlConnection, MySqlPool, SqlStr,
    mysql::{MySqlConnectOptions, MySqlPoolOptions, MySqlRow},
};
use tokio::{sync::Semaphore, time::timeout};

use super::{
    connections::Held,
    error::{Cause, cause, failed, too_slow},
    statement::{Answered, Statement, Texts, answer, collect, run_script},
};
use crate::store::{StoreError, Tail};

/// A connection that was idle for so long is tested before it is used.
const TESTED_AFTER: Duration = Duration::from_secs(5);
/// How often a statement is tried again that may run twice.
const TRIES: usize = 5;
/// What the largest packet has room for beside what is stored: names, ids and the envelope of a row.
const BESIDE: usize = 16 * 1024;
/// The longest script. A longer one is written in parts.
const LONGEST_SCRIPT: usize = 4 * 1024 * 1024;

/// One database, as the connections of a store see it.
pub(super) struct Place {
    pub(super) describe: String,
    pub(super) texts: Texts,
    pub(super) options: MySqlConnectOptions,
    pub(super) pool: MySqlPool,
    /// Counts the connections that may be held while a handler runs. A few of the pool are left for statements of the store
    /// itself: handlers wait for those, and must not wait for the connections that they hold.
    pub(super) held: Arc<Semaphore>,
    pub(super) prepared: bool,
    pub(super) patience: Duration,
    /// Whether each statement needs a transaction around it: the sessions of a pool that was given commit nothing by
    /// themselves.
    pub(super) explicit: bool,
    /// The largest packet that the server takes, in bytes.
    pub(super) packet: usize,
    pub(super) losses: Arc<Losses>,
    pub(super) closed: AtomicBool,
    /// What was appended last, for readers in this process.
    pub(super) tail: Tail,
}

/// When a connection was found lost: those that were idle then are tested before they are used.
#[derive(Default)]
pub(super) struct Losses(Mutex<Option<Instant>>);

impl Losses {
    fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn since(&self) -> Option<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).map(|at| at.elapsed())
    }
}

/// A pool of a store's own.
pub(super) fn pool(
    options: MySqlConnectOptions,
    size: u32,
    patience: Duration,
    losses: &Arc<Losses>,
) -> MySqlPool {
    let losses = Arc::clone(losses);
    MySqlPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(patience)
        // A trip for each statement would be the larger part of it.
        .test_before_acquire(false)
        .before_acquire(move |connection, metadata| {
            let lost = losses.since().is_some_and(|since| metadata.idle_for >= since);
            let test = lost || metadata.idle_for >= TESTED_AFTER;
            Box::pin(async move { Ok(!test || connection.ping().await.is_ok()) })
        })
        .after_connect(|connection, _| {
            Box::pin(async move { tell(connection, include_str!("sql/session.sql")).await })
        })
        .connect_lazy_with(options)
}

/// Tells a new session how it is to be.
async fn tell(connection: &mut MySqlConnection, session: &'static str) -> Result<(), sqlx::Error> {
    let session = sqlx::SqlSafeStr::into_sql_str(session.trim_end_matches([';', '\n']));
    run_script(connection, session).await.map(drop).map_err(|broken| broken.error)
}

impl Place {
    /// A connection beside the pool, for appending.
    pub(super) async fn connect(&self) -> Result<MySqlConnection, sqlx::Error> {
        let connect = async {
            let mut connection = self.options.connect().await?;
            tell(&mut connection, include_str!("sql/session_append.sql")).await?;
            Ok(connection)
        };
        timeout(self.patience, connect).await.unwrap_or_else(|_| Err(too_slow()))
    }

    /// A statement of a file.
    pub(super) fn statement<'q>(&self, text: &'static str) -> Statement<'q> {
        sqlx::query(self.texts.text(text)).persistent(self.prepared)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Lets nobody in any more.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.held.close();
    }

    /// How large something may be that goes into one row.
    pub(super) fn largest(&self) -> usize {
        self.packet.saturating_sub(BESIDE).max(1)
    }

    /// The longest script that the server takes.
    pub(super) fn longest_script(&self) -> usize {
        (self.packet / 2).min(LONGEST_SCRIPT)
    }

    /// Refuses what is larger than the server takes: it would end the connection instead of answering.
    pub(super) fn takes(&self, what: impl Display, size: usize) -> Result<(), StoreError> {
        within(self.largest(), what, size)
    }

    /// The same for a text in a script, where each of its bytes may be written with two.
    pub(super) fn takes_in_script(&self, what: impl Display, size: usize) -> Result<(), StoreError> {
        within(self.longest_script() / 2, what, size)
    }

    pub(super) fn note_loss(&self, error: &sqlx::Error) {
        if cause(error) == Cause::Lost {
            self.losses.note();
        }
    }

    /// Runs one statement that may run twice, in a transaction of its own. Returns its rows, and how many rows it has found to
    /// change.
    pub(super) async fn run<'q>(
        self: &Arc<Self>,
        doing: &str,
        statement: impl Fn() -> Statement<'q> + Send + Sync,
    ) -> Result<(Vec<MySqlRow>, u64), StoreError> {
        self.try_run(statement).await.map_err(|error| failed(doing, error))
    }

    /// The same for those who want to know what the server said.
    pub(super) async fn try_run<'q>(
        self: &Arc<Self>,
        statement: impl Fn() -> Statement<'q> + Send + Sync,
    ) -> Result<(Vec<MySqlRow>, u64), sqlx::Error> {
        let mut tries = 1;
        loop {
            match answer(self.once(statement())).await {
                Ok(done) => return Ok(done),
                Err(error) => self.again(error, &mut tries)?,
            }
        }
    }

    /// Runs a script that may run twice, and that ends every transaction that it begins.
    pub(super) async fn run_script(
        self: &Arc<Self>,
        doing: &str,
        script: &SqlStr,
    ) -> Result<Vec<Answered>, StoreError> {
        let mut tries = 1;
        loop {
            let once = async {
                let mut held = Held::acquire(self).await?;
                held.run_script(script.clone()).await.map_err(|broken| broken.error)
            };
            match answer(once).await {
                Ok(done) => return Ok(done),
                Err(error) => self.again(error, &mut tries).map_err(|error| failed(doing, error))?,
            }
        }
    }

    /// Counts a failure, behind which it may be tried again.
    fn again(&self, error: sqlx::Error, tries: &mut usize) -> Result<(), sqlx::Error> {
        self.note_loss(&error);
        if *tries == TRIES || !matches!(cause(&error), Cause::Lost | Cause::Collision) {
            return Err(error);
        }
        *tries += 1;
        Ok(())
    }

    async fn once(self: &Arc<Self>, statement: Statement<'_>) -> Result<(Vec<MySqlRow>, u64), sqlx::Error> {
        let mut held = Held::acquire(self).await?;
        if !self.explicit {
            return held.collect(statement).await;
        }
        held.begin(self.texts.text(include_str!("sql/begin.sql"))).await?;
        let done = collect(held.connection(), statement).await?;
        held.commit().await?;
        Ok(done)
    }
}

fn within(limit: usize, what: impl Display, size: usize) -> Result<(), StoreError> {
    if size > limit {
        return Err(StoreError::TooLarge { what: too_large(what), size, limit });
    }
    Ok(())
}

/// What is too large for the server, with the way out.
pub(super) fn too_large(what: impl Display) -> String {
    format!("{what} (raise the server's `max_allowed_packet` for more)")
}
