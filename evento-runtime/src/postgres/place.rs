//! Which database, and how connections to it are made and lent.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{
    ConnectOptions, Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions, PgRow},
};
use tokio::{sync::Semaphore, time::timeout};

use super::{
    column::get,
    connections::Held,
    error::{Cause, cause, failed, refuses_hints, too_slow},
    statement::{Statement, Texts, answer, collect},
};
use crate::store::{StoreError, Tail};

/// A connection that was idle for so long is tested before it is used.
const TESTED_AFTER: Duration = Duration::from_secs(5);
/// How often a statement is tried again that may run twice.
const TRIES: usize = 3;

/// Settings of the connection that appends. Nothing depends on them but speed.
const HINTS: [(&str, &str); 3] =
    [("enable_seqscan", "off"), ("plan_cache_mode", "force_generic_plan"), ("jit", "off")];

/// One database, as the connections of a store see it.
pub(super) struct Place {
    pub(super) describe: String,
    pub(super) texts: Texts,
    pub(super) options: PgConnectOptions,
    /// Whether the connection that appends asks for plans that stay good while tables grow. A pooler may not let it.
    pub(super) hints: AtomicBool,
    pub(super) pool: PgPool,
    /// Counts the connections that may be held while a handler runs. A few of the pool are left for statements of the store
    /// itself: handlers wait for those, and must not wait for the connections that they hold.
    pub(super) held: Arc<Semaphore>,
    pub(super) prepared: bool,
    pub(super) patience: Duration,
    /// Where heads are told.
    pub(super) channel: Option<String>,
    /// Whether each statement needs a transaction that says its isolation level: the server's default is another one, or the
    /// session may change between two trips.
    pub(super) explicit: AtomicBool,
    pub(super) losses: Arc<Losses>,
    pub(super) closed: AtomicBool,
    /// What was appended last, for readers in this process.
    pub(super) tail: Tail,
    /// The session of the server that appends, as far as it is known.
    pub(super) appending: AtomicU32,
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
pub(super) fn pool(options: PgConnectOptions, size: u32, patience: Duration, losses: &Arc<Losses>) -> PgPool {
    let losses = Arc::clone(losses);
    PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(patience)
        // A trip for each statement would be the larger part of it.
        .test_before_acquire(false)
        .before_acquire(move |connection, metadata| {
            let lost = losses.since().is_some_and(|since| metadata.idle_for >= since);
            let test = lost || metadata.idle_for >= TESTED_AFTER;
            Box::pin(async move { Ok(!test || connection.ping().await.is_ok()) })
        })
        .connect_lazy_with(options)
}

impl Place {
    /// A connection beside the pool.
    ///
    /// It lives long, and its statements are planned once: a plan that was good for a small table must not stay when the
    /// table has grown, before the server has looked at it again.
    pub(super) async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let connect = async {
            let hinted = match self.hints.load(Ordering::Relaxed) {
                true => Some(self.options.clone().options(HINTS).connect().await),
                false => None,
            };
            let mut connection = match hinted {
                Some(Err(error)) if refuses_hints(&error) => {
                    self.hints.store(false, Ordering::Relaxed);
                    self.options.connect().await?
                }
                Some(connected) => connected?,
                None => self.options.connect().await?,
            };
            self.remember_session(&mut connection).await?;
            Ok(connection)
        };
        timeout(self.patience, connect).await.unwrap_or_else(|_| Err(too_slow()))
    }

    /// Remembers which session a connection that appends has, unless it may have another one for each transaction.
    async fn remember_session(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if self.channel.is_some() && self.prepared {
            let (rows, _) = collect(connection, self.statement(include_str!("sql/session.sql"))).await?;
            let session = rows.first().and_then(|row| get::<i32>(row, 0).ok());
            self.appending.store(session.map_or(0, i32::unsigned_abs), Ordering::Relaxed);
        }
        Ok(())
    }

    /// Whether this is the session of the server through which this process appends.
    pub(super) fn appends_by(&self, session: u32) -> bool {
        self.appending.load(Ordering::Relaxed) == session
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

    pub(super) fn is_explicit(&self) -> bool {
        self.explicit.load(Ordering::Relaxed)
    }

    /// Says that the server's default isolation level is another one than was found.
    pub(super) fn be_explicit(&self) {
        self.explicit.store(true, Ordering::Relaxed);
    }

    pub(super) fn note_loss(&self, error: &sqlx::Error) {
        if cause(error) == Cause::Lost {
            self.losses.note();
        }
    }

    /// Runs one statement that may run twice, in a transaction of its own. Returns its rows, and how many rows it changed.
    pub(super) async fn run<'q>(
        self: &Arc<Self>,
        doing: &str,
        statement: impl Fn() -> Statement<'q> + Send + Sync,
    ) -> Result<(Vec<PgRow>, u64), StoreError> {
        let mut tries = 1;
        loop {
            let error = match answer(self.once(&statement)).await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            self.note_loss(&error);
            let cause = cause(&error);
            if cause == Cause::Collision {
                self.be_explicit();
            }
            if tries == TRIES || !matches!(cause, Cause::Lost | Cause::Collision) {
                return Err(failed(doing, error));
            }
            tries += 1;
        }
    }

    async fn once<'q>(
        self: &Arc<Self>,
        statement: &(impl Fn() -> Statement<'q> + Send + Sync),
    ) -> Result<(Vec<PgRow>, u64), sqlx::Error> {
        let mut held = Held::acquire(self).await?;
        if !self.is_explicit() {
            return collect(held.connection(), statement()).await;
        }
        held.begin(self.texts.text(include_str!("sql/begin.sql"))).await?;
        let done = collect(held.connection(), statement()).await?;
        held.commit().await?;
        Ok(done)
    }
}
