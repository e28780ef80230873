//! Addresses, schemas and what can be wrong with them.

use evento_runtime::{
    postgres::PostgresStore,
    store::{EventStore, StateStore, StoreError},
};
use sqlx::{AssertSqlSafe, PgPool, Row, postgres::PgPoolOptions};

use super::kit::{Schema, address, append, far, whole_log, words};

#[tokio::test]
async fn an_address_that_leads_nowhere_is_refused() {
    let base = address();
    let (before, _) = base.rsplit_once('/').expect("an address with a database");
    let missing = format!("{before}/no_such_database");
    for (address, hint) in [
        ("", "postgres://"),
        ("todo.db", "postgres://"),
        ("sqlite://todo.db", "another kind"),
        ("mysql://me:secret@localhost/todo", "another kind"),
        ("postgres://me:secret@localhost:notaport/todo", "port"),
        ("postgres://me@localhost/to\0do", "NUL"),
        (missing.as_str(), "no_such_database"),
    ] {
        let refused = PostgresStore::open(address).await.expect_err(address);
        assert!(matches!(refused, StoreError::BadAddress { .. }), "{address}: {refused:?}");
        assert!(words(&refused).contains(hint), "{address}: {}", words(&refused));
        assert!(!words(&refused).contains("secret"), "{}", words(&refused));
    }
    for name in ["", "a b", "a\"; drop schema public", "1a", "pg_mine", "é", "a\0", &"a".repeat(49)] {
        let refused = PostgresStore::options(&base).schema(name).open().await.expect_err(name);
        assert!(matches!(refused, StoreError::BadAddress { .. }), "{name}: {refused:?}");
        assert!(refused.to_string().contains("schema"), "{refused}");
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let schema = Schema::new();
    schema.open().await.close().await;
    schema.run("update evento.evento_schema set version = version + 1000").await;
    let refused = schema.options().open().await.expect_err("a newer schema");
    assert!(matches!(refused, StoreError::NewerSchema { found: 1001.., .. }), "{refused:?}");
    assert!(refused.to_string().contains(&schema.name), "{refused}");
    schema.run("update evento.evento_schema set version = version - 1000").await;
    schema.open().await;
}

#[tokio::test]
async fn a_database_that_may_only_be_read_is_refused() {
    let schema = Schema::new();
    let address = format!("{}?options=-c%20default_transaction_read_only%3Don", schema.address());
    let refused = PostgresStore::options(&address).schema(&*schema.name).open().await;
    let refused = refused.expect_err("a database for reading");
    assert!(matches!(refused, StoreError::ReadOnly { .. }), "{refused:?}");
}

#[tokio::test]
async fn the_words_of_a_store_tell_what_it_is() {
    let schema = Schema::new();
    let store = schema.open().await;
    assert!(store.describe().contains(&schema.name), "{}", store.describe());
    assert!(store.durability().is_durable(), "{}", store.durability());
    let address = format!("{}?options=-c%20synchronous_commit%3Doff", schema.address());
    let store = PostgresStore::options(&address).schema(&*schema.name).open().await.expect("opening");
    assert!(!store.durability().is_durable());
    assert!(store.describe().contains("synchronous_commit off"), "{}", store.describe());
}

#[tokio::test]
async fn a_pool_of_the_application_is_used_and_left_open() {
    let schema = Schema::new();
    let pool = PgPoolOptions::new().max_connections(3).connect(&address()).await.expect("a pool");
    let store =
        PostgresStore::pool_options(pool.clone()).schema(&*schema.name).open().await.expect("opening");
    store.append(append("a", "Placed", 2), far()).await.expect("appending");
    assert_eq!(whole_log(&store).await.len(), 2);
    store.close().await;
    let refused = store.head().await.expect_err("it is closed");
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
    let count = AssertSqlSafe(schema.named("select count(*) from evento.event"));
    let row = sqlx::query(count).fetch_one(&pool).await.expect("the pool is still open");
    assert_eq!(row.get::<i64, _>(0), 2);

    let small: PgPool = PgPoolOptions::new().max_connections(1).connect_lazy(&address()).expect("a pool");
    let refused = PostgresStore::from_pool(small).await.expect_err("a pool of one");
    assert!(matches!(refused, StoreError::BadAddress { .. }), "{refused:?}");
}
