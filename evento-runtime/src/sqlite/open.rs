//! Opening a file: its address, its options, and what can be wrong with it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions, Row, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteSynchronous},
};

use super::{
    SqliteStore,
    error::{Cause, cause, failed},
    migrations,
    place::Place,
    statement::collect,
};
use crate::store::StoreError;

/// When a commit is on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Synchronous {
    /// Before it is answered. Nothing that was answered is lost when the machine loses its power.
    #[default]
    Full,
    /// Some time later. A loss of power may take the last commits with it, always whole ones from the end of the log; a
    /// crash of the program takes none.
    Normal,
}

/// How to open a file.
///
/// ```no_run
/// # async fn example() -> Result<(), evento_runtime::store::StoreError> {
/// use evento_runtime::sqlite::{SqliteStore, Synchronous};
/// let store = SqliteStore::options("todo.db").synchronous(Synchronous::Normal).readers(8).open().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is opened before `open` is called"]
pub struct SqliteOptions {
    address: String,
    synchronous: Synchronous,
    readers: usize,
    busy_timeout: Duration,
}

impl SqliteOptions {
    pub(super) fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            synchronous: Synchronous::default(),
            readers: 4,
            busy_timeout: Duration::from_secs(5),
        }
    }

    /// When a commit is on the disk; [`Synchronous::Full`] unless said otherwise.
    pub fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// How many connections read at the same time; 4 unless said otherwise, and at least one.
    pub fn readers(mut self, readers: usize) -> Self {
        // More than a semaphore can count would be a panic, and no machine has the threads.
        self.readers = readers.clamp(1, 1024);
        self
    }

    /// How long to wait for other processes that write to the file, 5 s unless said otherwise. What has to wait longer ends
    /// as [`StoreError::Unavailable`].
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout.min(Duration::from_secs(24 * 60 * 60));
        self
    }

    /// Opens the file. It is created when it is not there, and brought to the present schema.
    ///
    /// # Errors
    /// - [`StoreError::BadAddress`] when the address is none, or its folder is not there,
    /// - [`StoreError::Corrupt`] when the file is no SQLite database,
    /// - [`StoreError::NewerSchema`] when a newer version of the library wrote it,
    /// - [`StoreError::ReadOnly`] when it cannot be written,
    /// - [`StoreError::Unavailable`] when another process holds it for too long.
    pub async fn open(self) -> Result<SqliteStore, StoreError> {
        let path = parse(&self.address)?;
        let describe = format!("SQLite file {}", path.display());
        let synchronous = match self.synchronous {
            Synchronous::Full => SqliteSynchronous::Full,
            Synchronous::Normal => SqliteSynchronous::Normal,
        };
        let common =
            SqliteConnectOptions::new().filename(&path).synchronous(synchronous).disable_statement_logging();
        let place = Arc::new(Place {
            describe,
            // A few rows ahead are enough, and events may be large.
            reading: common
                .clone()
                .busy_timeout(self.busy_timeout)
                .pragma("query_only", "1")
                .row_buffer_size(16),
            writing: common.busy_timeout(Duration::ZERO).create_if_missing(true),
            busy_timeout: self.busy_timeout,
            readers: self.readers,
        });
        let connection = prepare(&place).await.map_err(|error| named(error, &place.describe))?;
        SqliteStore::assemble(place, connection).await
    }
}

/// The path of an address: `todo.db`, `/var/lib/todo.db`, `sqlite:todo.db`, `sqlite://todo.db`, `sqlite:///var/todo.db`.
fn parse(address: &str) -> Result<PathBuf, StoreError> {
    let bad = |reason: String| StoreError::BadAddress { url: address.to_owned(), reason };
    let path = match address.strip_prefix("sqlite:") {
        Some(rest) => {
            let rest = rest.strip_prefix("//").unwrap_or(rest);
            // What other tools need to create the file; here it is always created.
            rest.strip_suffix("?mode=rwc").unwrap_or(rest)
        }
        None => address,
    };
    if path.is_empty() {
        return Err(
            bad("give the path of a file, such as `todo.db` or `sqlite:/var/lib/todo.db`".to_owned()),
        );
    }
    if path.contains(":memory:") || path.contains("mode=memory") {
        return Err(bad("a store in memory is a `MemoryStore`".to_owned()));
    }
    if let Some((scheme, _)) = path.split_once("://") {
        return Err(bad(format!("`{scheme}` is another kind of store than SQLite")));
    }
    if path.contains('\0') {
        return Err(bad("a path has no NUL character".to_owned()));
    }
    // SQLite itself understands `file:` with parameters.
    if path.starts_with("file:") {
        return Ok(PathBuf::from(path));
    }
    if address.starts_with("sqlite:") && path.contains('?') {
        return Err(bad("parameters are not understood here: use `SqliteStore::options`".to_owned()));
    }
    let path = PathBuf::from(path);
    if path.is_dir() {
        return Err(bad("it is a folder, give the path of a file".to_owned()));
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
        && !folder.is_dir()
    {
        return Err(bad(format!("there is no folder `{}`, create it first", folder.display())));
    }
    Ok(path)
}

async fn prepare(place: &Place) -> Result<SqliteConnection, StoreError> {
    let mut connection = match place.open_writer().await {
        Ok(connection) => connection,
        Err(error) if cause(&error) == Cause::CannotOpen => {
            return Err(StoreError::BadAddress {
                url: place.writing.get_filename().display().to_string(),
                reason: format!("the file can be neither opened nor created: {error}"),
            });
        }
        Err(error) => return Err(failed("opening the file", error)),
    };
    write_ahead(&mut connection, place).await?;
    migrations::run(&mut connection, place).await?;
    Ok(connection)
}

/// Switches the file to a write-ahead log, so that readers and the writer do not wait for each other.
async fn write_ahead(connection: &mut SqliteConnection, place: &Place) -> Result<(), StoreError> {
    let mut patience = place.patience();
    loop {
        match collect(connection, sqlx::query("pragma journal_mode = wal")).await {
            Ok((rows, _)) => {
                let mode: String = rows.first().and_then(|row| row.try_get(0).ok()).unwrap_or_default();
                if mode == "wal" {
                    return Ok(());
                }
                return Err(StoreError::Failed {
                    reason: format!(
                        "the journal mode stays `{mode}`: the file system has no shared memory, or the file may only be read"
                    ),
                    source: None,
                });
            }
            // Two processes that open a new file at once.
            Err(error) if patience.again(&error).await => {}
            Err(error) => return Err(failed("switching to a write-ahead log", error)),
        }
    }
}

/// Puts the name of the file where an error speaks of any file.
fn named(error: StoreError, describe: &str) -> StoreError {
    match error {
        StoreError::ReadOnly { source, .. } => StoreError::ReadOnly { store: describe.to_owned(), source },
        StoreError::Corrupt { reason, .. } => StoreError::Corrupt { what: describe.to_owned(), reason },
        other => other,
    }
}
