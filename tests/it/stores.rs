//! The stores that every test runs on.

use std::{future::Future, sync::Arc, time::Duration};

use evento::{memory::MemoryStore, sqlite::SqliteStore, store::SharedStore};

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
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let address = std::env::var("EVENTO_TEST_POSTGRES").expect(
        "set EVENTO_TEST_POSTGRES to the address of a PostgreSQL server for tests, or run `cargo xtask test`, which starts one",
    );
    let schema = format!("it_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let options = evento::postgres::PostgresStore::options(address).schema(schema);
    options.open().await.expect("a schema for tests")
}

/// A store in a database that no other test has. It goes with the server.
#[cfg(feature = "mysql")]
async fn mysql() -> evento::mysql::MySqlStore {
    use std::sync::atomic::{AtomicU32, Ordering};

    use evento::sqlx::{AssertSqlSafe, Connection, MySqlConnection};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var("EVENTO_TEST_MYSQL").expect(
        "set EVENTO_TEST_MYSQL to the address of a MariaDB server for tests, or run `cargo xtask test`, which starts one",
    );
    let database = format!("it_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut connection = MySqlConnection::connect(&server).await.expect("a server for tests");
    let create = AssertSqlSafe(format!("create database {database}"));
    evento::sqlx::raw_sql(create).execute(&mut connection).await.expect("a database for tests");
    let address = format!("{}/{database}", server.trim_end_matches('/'));
    evento::mysql::MySqlStore::open(address).await.expect("opening a database for tests")
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
