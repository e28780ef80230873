//! Opening a database: its address, its options, and what can be wrong with it.

use std::{
    str::FromStr,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use sqlx::{ConnectOptions, MySqlConnection, MySqlPool, mysql::MySqlConnectOptions};
use tokio::sync::{Mutex, Semaphore, watch};

use super::{
    Inner, MySqlStore,
    append::{Appender, Idle, Log},
    column::{integer, optional_text, text, unsigned},
    durability::Durability,
    error::{Cause, cause, corrupt, failed, too_slow},
    migrations,
    place::{self, Losses, Place},
    statement::{Texts, collect, rows},
};
use crate::{
    message::Position,
    store::{GroupCommitter, Polling, StoreError, Tail},
};

/// Connections that no handler may hold, so that those that hold the others get on.
const RESERVED: u32 = 1;
/// What is left of the 64 letters of a name for the names of tables and keys behind it.
const LONGEST_PREFIX: usize = 32;

/// What the server's largest packet must be at least, in bytes.
const SMALLEST_PACKET: usize = 1024 * 1024;

const EXPECTED: &str = "give one such as `mysql://user:password@host:3306/database`";

#[derive(Clone)]
enum Source {
    Address(String),
    Pool(MySqlPool),
}

/// How to open a database.
///
/// ```no_run
/// # async fn example() -> Result<(), evento_runtime::store::StoreError> {
/// use evento_runtime::mysql::MySqlStore;
/// let store = MySqlStore::options("mysql://localhost/todo").prefix("orders_").connections(20).open().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "nothing is opened before `open` is called"]
pub struct MySqlOptions {
    source: Source,
    prefix: String,
    connections: u32,
    patience: Duration,
    prepared_statements: bool,
}

impl MySqlOptions {
    pub(super) fn of_address(address: &str) -> Self {
        Self::new(Source::Address(address.to_owned()))
    }

    pub(super) fn of_pool(pool: MySqlPool) -> Self {
        Self::new(Source::Pool(pool))
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            prefix: "evento_".to_owned(),
            connections: 10,
            patience: Duration::from_secs(5),
            prepared_statements: true,
        }
    }

    /// How the names of the store's tables begin, `evento_` unless said otherwise. Letters without accents, digits and
    /// underscores, at most 32 of them. Two prefixes of which one is the beginning of the other may name the same table:
    /// end them with an underscore.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How many connections there are at most, 10 unless said otherwise and at least 2, beside one for appending. A pool that
    /// was given has its own number.
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

    /// Whether statements are prepared once per connection, which they are unless said otherwise. A proxy that gives a
    /// session to another client after each transaction may lose them; without them, everything takes more trips.
    pub fn prepared_statements(mut self, prepared: bool) -> Self {
        self.prepared_statements = prepared;
        self
    }

    /// Opens the database, and brings its tables to the present schema.
    ///
    /// # Errors
    /// - [`StoreError::BadAddress`] when the address is none, or the server knows no such database, user or password, or the
    ///   prefix is none, or a pool is too small or has another character set than `utf8mb4`,
    /// - [`StoreError::NewerSchema`] when a newer version of the library wrote the tables,
    /// - [`StoreError::ReadOnly`] when they cannot be written, as on a replica,
    /// - [`StoreError::Unsupported`] when the server is older than MariaDB 10.6 or MySQL 8.0.16,
    /// - [`StoreError::Unavailable`] when the server cannot be reached.
    pub async fn open(self) -> Result<MySqlStore, StoreError> {
        let (options, address) = self.connect_options()?;
        self.check_prefix(&address)?;
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
        let mut place = Place {
            describe: format!("MySQL database {address}, tables {}*", self.prefix),
            texts: Texts::new(&self.prefix),
            options,
            pool,
            held: Arc::new(Semaphore::new(held)),
            prepared: self.prepared_statements,
            patience: self.patience,
            explicit: false,
            packet: 0,
            losses,
            closed: AtomicBool::new(false),
            tail: Tail::default(),
        };
        let mut connection = place.connect().await.map_err(|error| cannot_connect(&address, error))?;
        let server = Server::of(&mut connection, &place).await?;
        server.check(&place, &address)?;
        place.packet = server.packet;
        if let Source::Pool(pool) = &self.source {
            place.explicit = !commits_itself(pool, &address).await?;
        }
        let place = Arc::new(place);
        migrations::run(&mut connection, &place).await.map_err(|error| named(error, &place.describe))?;
        server.durability.log(&place.describe);
        MySqlStore::assemble(place, connection, server.durability, owns_pool).await
    }

    /// How to connect, and the address without its secrets.
    fn connect_options(&self) -> Result<(MySqlConnectOptions, String), StoreError> {
        let options = match &self.source {
            Source::Pool(pool) => MySqlConnectOptions::clone(&pool.connect_options()),
            Source::Address(address) => parse(address)?,
        };
        // Texts are sent and come as UTF-8, whatever the address says.
        let options = options.disable_statement_logging().charset("utf8mb4").collation("utf8mb4_bin");
        let host = options.get_socket().map_or_else(
            || format!("{}:{}", options.get_host(), options.get_port()),
            |socket| socket.display().to_string(),
        );
        let Some(database) = options.get_database() else {
            return Err(bad(&host, &format!("it names no database: {EXPECTED}")));
        };
        let address = format!("{database} at {host}");
        Ok((options, address))
    }

    fn check_prefix(&self, address: &str) -> Result<(), StoreError> {
        let named = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let begins = self.prefix.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if begins && self.prefix.chars().all(named) && self.prefix.len() <= LONGEST_PREFIX {
            return Ok(());
        }
        Err(bad(
            address,
            &format!(
                "prefix `{}`: give at most {LONGEST_PREFIX} letters, digits and underscores that begin with no digit",
                self.prefix.escape_debug()
            ),
        ))
    }
}

impl MySqlStore {
    async fn assemble(
        place: Arc<Place>,
        connection: MySqlConnection,
        durability: Durability,
        owns_pool: bool,
    ) -> Result<Self, StoreError> {
        let mut connection = connection;
        let log = Log::read(&mut connection, &place).await?;
        let head = watch::Sender::new(Position(log.head));
        let connection = Arc::new(Mutex::new(Some(Idle::new(connection))));
        let appender = Appender::new(Arc::clone(&place), Arc::clone(&connection), log, head.clone());
        let appends = GroupCommitter::new(appender);
        let polled = Arc::clone(&place);
        let polling = Polling::start(head.clone(), move || {
            let place = Arc::clone(&polled);
            async move { super::events::head(&place).await }
        });
        let leases = watch::Sender::new(0);
        let inner = Inner { place, appends, head, leases, connection, durability, polling, owns_pool };
        Ok(Self { inner: Arc::new(inner) })
    }
}

/// What a server says of itself.
struct Server {
    version: String,
    durability: Durability,
    /// The largest packet that it takes.
    packet: usize,
    has_database: bool,
}

impl Server {
    async fn of(connection: &mut MySqlConnection, place: &Place) -> Result<Self, StoreError> {
        let doing = "looking at the server";
        let statement = place.statement(include_str!("sql/server.sql")).persistent(false);
        let found = tokio::time::timeout(place.patience, rows(connection, doing, statement)).await;
        let found = found.unwrap_or_else(|_| Err(failed(doing, too_slow())))?;
        let row = found.first().ok_or_else(|| corrupt("the server's settings", "there are none"))?;
        let read = || {
            let durability =
                Durability::new(integer(row, 1)?, text(row, 2)?, integer(row, 3)? != 0, integer(row, 4)?);
            Ok(Self {
                version: text(row, 0)?.to_owned(),
                durability,
                packet: unsigned(row, 5)?,
                has_database: optional_text(row, 6)?.is_some(),
            })
        };
        read().map_err(|reason: String| corrupt("the server's settings", reason))
    }

    fn check(&self, place: &Place, address: &str) -> Result<(), StoreError> {
        if !self.has_database {
            return Err(bad(address, &format!("it names no database: {EXPECTED}")));
        }
        if self.packet < SMALLEST_PACKET {
            let what = "`max_allowed_packet` of at least 1 MiB: raise it";
            return Err(StoreError::Unsupported { what, store: place.describe.clone() });
        }
        if !is_new_enough(&self.version) {
            let what = "version that is new enough: evento needs MariaDB 10.6 or MySQL 8.0.16";
            return Err(StoreError::Unsupported { what, store: place.describe.clone() });
        }
        Ok(())
    }
}

/// Whether a version is known to have what the statements need. One that cannot be read is given a try.
fn is_new_enough(version: &str) -> bool {
    let is_mariadb = version.contains("MariaDB");
    // Some versions of MariaDB say that they are 5.5.5 in front of what they are.
    let version = version.strip_prefix("5.5.5-").unwrap_or(version);
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map_while(|part| part.parse::<u32>().ok());
    let Some(major) = numbers.next() else { return true };
    let version = (major, numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    version >= if is_mariadb { (10, 6, 0) } else { (8, 0, 16) }
}

/// Whether the sessions of a pool that was given commit each statement by themselves.
async fn commits_itself(pool: &MySqlPool, address: &str) -> Result<bool, StoreError> {
    let doing = "looking at the pool";
    let mut connection = pool.acquire().await.map_err(|error| cannot_connect(address, error))?;
    let found = collect(&mut connection, sqlx::query(include_str!("sql/pool_session.sql"))).await;
    let (found, _) = found.map_err(|error| failed(doing, error))?;
    let row = found.first().ok_or_else(|| corrupt("the session of a pool", "there is none"))?;
    let read = || Ok((integer(row, 0)? != 0, text(row, 1)?, text(row, 2)?));
    let (commits, client, results) = read().map_err(|reason: String| corrupt("a session", reason))?;
    if client != "utf8mb4" || results != "utf8mb4" {
        return Err(bad(address, "a pool must have the character set `utf8mb4`, which sqlx sets by itself"));
    }
    if !commits {
        // Looking has begun a transaction.
        let ended = collect(&mut connection, sqlx::query(include_str!("sql/rollback.sql"))).await;
        ended.map_err(|error| failed(doing, error))?;
    }
    Ok(commits)
}

fn parse(address: &str) -> Result<MySqlConnectOptions, StoreError> {
    match address.split_once("://") {
        Some(("mysql" | "mariadb", _)) => {}
        Some((scheme, _)) => {
            let reason = format!("`{scheme}` is another kind of store than MySQL");
            return Err(bad(&public(address), &reason));
        }
        None => return Err(bad(&public(address), EXPECTED)),
    }
    if address.contains('\0') {
        return Err(bad(&public(address), "an address has no NUL character"));
    }
    MySqlConnectOptions::from_str(address)
        .map_err(|error| bad(&public(address), &format!("{error}; {EXPECTED}")))
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
    use super::{is_new_enough, public};

    #[test]
    fn no_password_is_told() {
        for address in
            ["mysql://me:secret@host/db?password=secret", "mysql://me:se@cret@host/db", "me:secret@host"]
        {
            assert!(!public(address).contains("cret"), "{}", public(address));
            assert!(public(address).contains("host"));
        }
    }

    #[test]
    fn old_servers_are_told_from_new_ones() {
        for version in [
            "10.11.14-MariaDB-0+deb12u2",
            "5.5.5-10.6.1-MariaDB",
            "11.4.2-MariaDB-log",
            "8.0.16",
            "8.4.0",
            "?",
        ] {
            assert!(is_new_enough(version), "{version}");
        }
        for version in ["10.5.9-MariaDB", "5.5.5-10.3.39-MariaDB", "5.7.44-log", "8.0.15"] {
            assert!(!is_new_enough(version), "{version}");
        }
    }
}
