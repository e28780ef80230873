//! The stores that every test runs on.

use std::{future::Future, sync::Arc, time::Duration};

use evento::{memory::MemoryStore, sqlite::SqliteStore, store::SharedStore};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// The longest that a test waits for what it waits for.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a test on every store, each in a runtime of its own.
pub fn on_every_store<F: Future<Output = ()>>(test: impl Fn(SharedStore) -> F) {
    run(async { test(Arc::new(MemoryStore::new())).await });
    run(async {
        let folder = tempfile::tempdir().expect("a folder for tests");
        let path = folder.path().join("test.db");
        let store = SqliteStore::open(path.to_string_lossy()).await.expect("a file for tests");
        test(Arc::new(store)).await;
    });
    #[cfg(feature = "postgres")]
    run(async { test(Arc::new(postgres().await)).await });
    #[cfg(feature = "mysql")]
    run(async { test(Arc::new(mysql().await)).await });
}

/// A store in a schema that no other test has. It goes with the server.
#[cfg(feature = "postgres")]
async fn postgres() -> evento::postgres::PostgresStore {
    postgres_with(|options| options).await
}

/// The same, opened in some way.
#[cfg(feature = "postgres")]
pub async fn postgres_with(
    how: impl FnOnce(evento::postgres::PostgresOptions) -> evento::postgres::PostgresOptions,
) -> evento::postgres::PostgresStore {
    let options = evento::postgres::PostgresStore::options(server("EVENTO_TEST_POSTGRES"));
    how(options.schema(unique())).open().await.expect("a schema for tests")
}

/// A store in a database that no other test has. It goes with the server.
#[cfg(feature = "mysql")]
async fn mysql() -> evento::mysql::MySqlStore {
    mysql_with(|options| options).await
}

/// The same, opened in some way.
#[cfg(feature = "mysql")]
pub async fn mysql_with(
    how: impl FnOnce(evento::mysql::MySqlOptions) -> evento::mysql::MySqlOptions,
) -> evento::mysql::MySqlStore {
    let database = crate::databases::Database::mysql().await;
    let options = evento::mysql::MySqlStore::options(database.address());
    how(options).open().await.expect("a database for tests")
}

/// The address of a server for tests.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub fn server(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!(
            "set {variable} to the address of a server for tests, or run `cargo xtask test`, which starts one"
        )
    })
}

/// A name that no other test has.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub fn unique() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("it_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Waits until something is so. It looks every few milliseconds: whoever asks without a pause keeps the machine from what it waits
/// for.
pub async fn eventually(what: &str, is: impl AsyncFnMut() -> bool) {
    if !comes(is).await {
        panic!("not in time: {what}");
    }
}

/// The same for those who say themselves what is wrong: whether it came in time.
pub async fn comes(mut is: impl AsyncFnMut() -> bool) -> bool {
    let mut looks = interval(Duration::from_millis(10));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let waiting = async {
        while !is().await {
            looks.tick().await;
        }
    };
    timeout(PATIENCE, waiting).await.is_ok()
}

/// Runs one future on several threads.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime for tests")
        .block_on(future)
}
