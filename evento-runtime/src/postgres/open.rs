//! Opening a database: its address, its options, and what can be wrong with it.

use std::{
    str::FromStr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU32},
    },
    time::Duration,
};

use sqlx::{ConnectOptions, PgConnection, PgPool, postgres::PgConnectOptions};
use tokio::sync::{Mutex, Semaphore, watch};

use super::{
    Inner, PostgresStore,
    append::{Appender, Log},
    column::{get, text},
    durability::Durability,
    error::{Cause, cause, corrupt, failed},
    migrations,
    place::{self, Losses, Place},
    statement::{Texts, rows},
};
use crate::{
    message::Position,
    store::{GroupCommitter, StoreError, Tail},
};

/// Connections that no handler may hold, so that those that hold the others get on.
const RESERVED: u32 = 1;
/// What is left of the 63 bytes of a name for the channel, which is called after the schema.
const LONGEST_SCHEMA: usize = 48;

#[derive(Clone)]
enum Source {
    Address(String),
    Pool(PgPool),
}

/// How to open a database.
///
/// ```no_run
/// # async fn example() -> Result<(), evento_runtime::store::StoreError> {
/// use evento_runtime::postgres::PostgresStore;
/// let store = PostgresStore::options("postgres://localhost/todo").schema("orders").connections(20).open().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "nothing is opened before `open` is called"]
pub struct PostgresOptions {
    source: Source,
    schema: String,
    connections: u32,
    patience: Duration,
    prepared_statements: bool,
    notifications: bool,
}

impl PostgresOptions {
    pub(super) fn of_address(address: &str) -> Self {
        Self::new(Source::Address(address.to_owned()))
    }

    pub(super) fn of_pool(pool: PgPool) -> Self {
        Self::new(Source::Pool(pool))
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            schema: "evento".to_owned(),
            connections: 10,
            patience: Duration::from_secs(5),
            prepared_statements: true,
            notifications: true,
        }
    }

    /// The schema of the database in which everything is kept, `evento` unless said otherwise. It is created when it is not
    /// there. Letters without accents, digits and underscores, at most 48 of them.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// How many connections there are at most, 10 unless said otherwise and at least 2, beside one for appending and, where
    /// there are consumers, one that listens. A pool that was given has its own number.
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections.clamp(RESERVED + 1, 10_000);
        self
    }

    /// How long to wait for a connection, 5 s unless said otherwise. What has to wait longer ends as
    /// [`StoreError::Unavailable`].
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience.clamp(Duration::from_millis(1), Duration::from_secs(24 * 60 * 60));
        self
    }

    /// Whether statements are prepared once per connection, which they are unless said otherwise. A pooler that gives a
    /// session to another client after each transaction may lose them; without them, everything takes more trips.
    pub fn prepared_statements(mut self, prepared: bool) -> Self {
        self.prepared_statements = prepared;
        self
    }

    /// Whether appends tell other processes by `NOTIFY` and are heard by `LISTEN`, which they are unless said otherwise. It is
    /// faster than their polling, and nothing depends on it.
    pub fn notifications(mut self, notifications: bool) -> Self {
        self.notifications = notifications;
        self
    }

    /// Opens the database, and brings it to the present schema.
    ///
    /// # Errors
    /// - [`StoreError::BadAddress`] when the address is none, or the server knows no such database, user or password, or the
    ///   name of the schema is none, or a pool is too small,
    /// - [`StoreError::NewerSchema`] when a newer version of the library wrote the schema,
    /// - [`StoreError::ReadOnly`] when it cannot be written, as on a standby,
    /// - [`StoreError::Unsupported`] when its encoding is not UTF-8,
    /// - [`StoreError::Unavailable`] when the server cannot be reached.
    pub async fn open(self) -> Result<PostgresStore, StoreError> {
        let (options, address) = self.connect_options()?;
        self.check_schema(&address)?;
        let losses = Arc::new(Losses::default());
        let (pool, owns_pool) = match &self.source {
            Source::Pool(pool) => (pool.clone(), false),
            Source::Address(_) => {
                (place::pool(options.clone(), self.connections, self.patience, &losses), true)
            }
        };
        let size = pool.options().get_max_connections();
        if size <= RESERVED {
            return Err(bad(&address, "a pool needs at least two connections: raise its `max_connections`"));
        }
        let held =
            usize::try_from(size - RESERVED).unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS);
        let channel = self.notifications.then(|| format!("evento_{}", self.schema));
        let mut place = Place {
            describe: format!("PostgreSQL database {address}, schema {}", self.schema),
            texts: Texts::new(&self.schema),
            options,
            hints: AtomicBool::new(true),
            pool,
            held: Arc::new(Semaphore::new(held)),
            prepared: self.prepared_statements,
            patience: self.patience,
            channel,
            explicit: AtomicBool::new(!self.prepared_statements),
            losses,
            closed: AtomicBool::new(false),
            tail: Tail::default(),
            appending: AtomicU32::default(),
        };
        let mut connection = place.connect().await.map_err(|error| cannot_connect(&address, error))?;
        let server = Server::of(&mut connection, &place).await?;
        server.check(&place)?;
        if !server.waits {
            *place.explicit.get_mut() = true;
        }
        let place = Arc::new(place);
        migrations::run(&mut connection, &place).await.map_err(|error| named(error, &place.describe))?;
        server.durability.log(&place.describe);
        PostgresStore::assemble(place, connection, server.durability, owns_pool).await
    }

    /// How to connect, and the address without its secrets.
    fn connect_options(&self) -> Result<(PgConnectOptions, String), StoreError> {
        let options = match &self.source {
            Source::Pool(pool) => PgConnectOptions::clone(&pool.connect_options()),
            Source::Address(address) => parse(address)?,
        };
        let options = options.disable_statement_logging();
        let options = match options.get_application_name() {
            Some(_) => options,
            None => options.application_name("evento"),
        };
        let host = options.get_socket().map_or_else(
            || format!("{}:{}", options.get_host(), options.get_port()),
            |socket| format!("{}:{}", socket.display(), options.get_port()),
        );
        let database = options.get_database().unwrap_or_else(|| options.get_username());
        let address = format!("{database} at {host}");
        Ok((options, address))
    }

    fn check_schema(&self, address: &str) -> Result<(), StoreError> {
        let named = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let begins = self.schema.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if begins && self.schema.chars().all(named) && self.schema.len() <= LONGEST_SCHEMA {
            if self.schema.to_ascii_lowercase().starts_with("pg_") {
                return Err(bad(
                    address,
                    &format!("schema `{}`: PostgreSQL keeps `pg_` to itself", self.schema),
                ));
            }
            return Ok(());
        }
        Err(bad(
            address,
            &format!(
                "schema `{}`: give a name of at most {LONGEST_SCHEMA} letters, digits and underscores that begins with no digit",
                self.schema.escape_debug()
            ),
        ))
    }
}

impl PostgresStore {
    async fn assemble(
        place: Arc<Place>,
        connection: PgConnection,
        durability: Durability,
        owns_pool: bool,
    ) -> Result<Self, StoreError> {
        let mut connection = connection;
        let log = Log::read(&mut connection, &place).await?;
        let head = watch::Sender::new(Position(log.head));
        let leases = watch::Sender::new(0);
        let connection = Arc::new(Mutex::new(Some(connection)));
        let appender = Appender::new(Arc::clone(&place), Arc::clone(&connection), log, head.clone());
        let appends = GroupCommitter::new(appender);
        let listening = OnceLock::new();
        let inner = Inner { place, appends, head, leases, connection, durability, listening, owns_pool };
        Ok(Self { inner: Arc::new(inner) })
    }
}

/// What a server says of itself.
struct Server {
    durability: Durability,
    encoding: String,
    /// Whether a write that meets another one waits for it, instead of failing.
    waits: bool,
    read_only: bool,
}

impl Server {
    async fn of(connection: &mut PgConnection, place: &Place) -> Result<Self, StoreError> {
        let doing = "looking at the server";
        let statement = place.statement(include_str!("sql/server.sql")).persistent(false);
        let found = tokio::time::timeout(place.patience, rows(connection, doing, statement)).await;
        let found = found.unwrap_or_else(|_| Err(failed(doing, super::error::too_slow())))?;
        let row = found.first().ok_or_else(|| corrupt("the server's settings", "there are none"))?;
        let read = || {
            Ok(Self {
                durability: Durability::new(get(row, 0)?, text(row, 1)?, get(row, 2)?),
                encoding: text(row, 3)?.to_owned(),
                waits: get(row, 4)?,
                read_only: get(row, 5)?,
            })
        };
        read().map_err(|reason: String| corrupt("the server's settings", reason))
    }

    fn check(&self, place: &Place) -> Result<(), StoreError> {
        if self.encoding != "UTF8" {
            return Err(StoreError::Unsupported { what: "UTF-8 encoding", store: place.describe.clone() });
        }
        if self.read_only {
            return Err(StoreError::ReadOnly { store: place.describe.clone(), source: None });
        }
        Ok(())
    }
}

fn parse(address: &str) -> Result<PgConnectOptions, StoreError> {
    let expected = "give one such as `postgres://user:password@host:5432/database`";
    match address.split_once("://") {
        Some(("postgres" | "postgresql", _)) => {}
        Some((scheme, _)) => {
            return Err(bad(
                &public(address),
                &format!("`{scheme}` is another kind of store than PostgreSQL"),
            ));
        }
        None => return Err(bad(&public(address), expected)),
    }
    if address.contains('\0') {
        return Err(bad(&public(address), "an address has no NUL character"));
    }
    PgConnectOptions::from_str(address)
        .map_err(|error| bad(&public(address), &format!("{error}; {expected}")))
}

/// An address without what stands before the host, which may be a password, and without parameters, which may be too.
fn public(address: &str) -> String {
    let address = address.split_once('?').map_or(address, |(before, _)| before);
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
            format!("{scheme}://{rest}")
        }
        None => address.rsplit_once('@').map_or(address, |(_, host)| host).to_owned(),
    }
}

fn bad(address: &str, reason: &str) -> StoreError {
    StoreError::BadAddress { url: address.to_owned(), reason: reason.to_owned() }
}

fn cannot_connect(address: &str, error: sqlx::Error) -> StoreError {
    match (&error, cause(&error)) {
        (_, Cause::Address) => bad(address, &error.to_string()),
        (sqlx::Error::Configuration(_), _) => bad(address, &error.to_string()),
        (sqlx::Error::Tls(_), _) => bad(
            address,
            &format!("{error}: encrypted connections need the crate `sqlx` with one of its features for TLS"),
        ),
        _ => failed(&format!("connecting to {address}"), error),
    }
}

/// Puts the name of the database where an error speaks of any database.
fn named(error: StoreError, describe: &str) -> StoreError {
    match error {
        StoreError::ReadOnly { source, .. } => StoreError::ReadOnly { store: describe.to_owned(), source },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::public;

    #[test]
    fn no_password_is_told() {
        for address in [
            "postgres://me:secret@host/db?password=secret",
            "postgres://me:se@cret@host/db",
            "me:secret@host",
        ] {
            assert!(!public(address).contains("cret"), "{}", public(address));
            assert!(public(address).contains("host"));
        }
    }
}
