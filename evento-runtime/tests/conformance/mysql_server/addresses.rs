//! Addresses, prefixes and what can be wrong with them.

use evento_runtime::{
    mysql::MySqlStore,
    store::{CheckpointStore, EventStore, StateStore, StoreError},
};
use sqlx::{AssertSqlSafe, MySqlPool, mysql::MySqlPoolOptions};

use super::kit::{Database, address, append, claim, far, number, run, whole_log, words};

#[tokio::test]
async fn an_address_that_leads_nowhere_is_refused() {
    let database = Database::new();
    let server = address();
    let missing = format!("{server}/no_such_database");
    let (before, host) = server.rsplit_once('@').expect("an address with a user");
    let named = before.strip_prefix("mysql://").expect("an address of MySQL");
    let user = named.split_once(':').map_or(named, |(user, _)| user);
    let wrong = format!("mysql://{user}:wrong-secret@{host}/mysql");
    for (address, hint) in [
        ("", "mysql://"),
        ("todo.db", "mysql://"),
        ("sqlite://todo.db", "another kind"),
        ("postgres://me:secret@localhost/todo", "another kind"),
        ("mysql://me:secret@localhost:notaport/todo", "port"),
        ("mysql://me@localhost/to\0do", "NUL"),
        (server.as_str(), "names no database"),
        (missing.as_str(), "no_such_database"),
        (wrong.as_str(), "Access denied"),
    ] {
        let refused = MySqlStore::open(address).await.expect_err(address);
        assert!(matches!(refused, StoreError::BadAddress { .. }), "{address}: {refused:?}");
        assert!(words(&refused).contains(hint), "{address}: {}", words(&refused));
        assert!(!words(&refused).contains("secret"), "{}", words(&refused));
    }
    for prefix in ["", "a b", "a`; drop", "1a", "é", "a\0", "a-", &"a".repeat(33)] {
        let refused = MySqlStore::options(database.address()).prefix(prefix).open().await;
        let refused = refused.expect_err(prefix);
        assert!(matches!(refused, StoreError::BadAddress { .. }), "{prefix}: {refused:?}");
        assert!(refused.to_string().contains("prefix"), "{refused}");
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let database = Database::new();
    database.open().await.close().await;
    database.run("update evento_schema set version = version + 1000").await;
    let refused = database.options().open().await.expect_err("a newer schema");
    assert!(matches!(refused, StoreError::NewerSchema { found: 1001.., .. }), "{refused:?}");
    assert!(refused.to_string().contains(&database.name), "{refused}");
    database.run("update evento_schema set version = version - 1000").await;
    database.open().await;
}

#[tokio::test]
async fn a_migration_that_was_interrupted_is_continued() {
    let database = Database::new();
    let store = database.open().await;
    store.append(append("a", "Placed", 1), far()).await.expect("appending");
    store.close().await;
    // As it is when a process died between any two statements: the version comes last.
    for (tables, version) in [
        ("evento_dead_event, evento_view_index", 1),
        ("evento_consumer, evento_saga", 1),
        ("evento_ledger", 0),
    ] {
        database.run(&format!("drop table {tables}; update evento_schema set version = {version}")).await;
        let store = database.open().await;
        store.append(append("a", "Placed", 1), far()).await.expect("appending");
        assert_eq!(store.consumers().await.expect("the consumers").len(), 0);
        store.close().await;
    }
    database.run("delete from evento_schema").await;
    let store = database.open().await;
    assert_eq!(whole_log(&store).await.len(), 4, "what was there must still be there");
    claim(&store).await;
}

#[tokio::test]
async fn a_database_that_may_only_be_read_is_refused() {
    let database = Database::new();
    database.open().await.close().await;
    let mut other = database.connect().await;
    let user = format!("reader_{}", std::process::id());
    let grant = format!(
        "drop user if exists {user}; create user {user} identified by 'secret'; \
         grant select on {}.* to {user}",
        database.name
    );
    run(&mut other, &grant).await;
    let host = address().rsplit_once('@').expect("an address with a user").1.to_owned();
    let address = format!("mysql://{user}:secret@{host}/{}", database.name);
    let refused = MySqlStore::options(&address).prefix(database.prefix()).open().await;
    let refused = refused.expect_err("a user who may only read");
    assert!(words(&refused).contains("denied"), "{}", words(&refused));
    assert!(!words(&refused).contains("secret"), "{}", words(&refused));
    run(&mut other, &format!("drop user {user}")).await;
}

#[tokio::test]
async fn the_words_of_a_store_tell_what_it_is() {
    let database = Database::new();
    let store = database.open().await;
    assert!(store.describe().contains(&database.name), "{}", store.describe());
    assert!(store.durability().is_durable(), "{}", store.durability());
}

#[tokio::test]
async fn a_pool_of_the_application_is_used_and_left_open() {
    let database = Database::new();
    let pool = MySqlPoolOptions::new().max_connections(3).connect(&database.address()).await.expect("a pool");
    let options = || MySqlStore::pool_options(pool.clone()).prefix(database.prefix());
    let store = options().open().await.expect("opening");
    store.append(append("a", "Placed", 2), far()).await.expect("appending");
    assert_eq!(whole_log(&store).await.len(), 2);
    store.close().await;
    let refused = store.head().await.expect_err("it is closed");
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
    let count = AssertSqlSafe(database.named("select * from evento_event"));
    let rows = sqlx::query(count).fetch_all(&pool).await.expect("the pool is still open");
    assert_eq!(rows.len(), 2);

    let small: MySqlPool =
        MySqlPoolOptions::new().max_connections(1).connect_lazy(&database.address()).expect("a pool");
    let refused = MySqlStore::from_pool(small).await.expect_err("a pool of one");
    assert!(matches!(refused, StoreError::BadAddress { .. }), "{refused:?}");
    let address = format!("{}?charset=latin1", database.address());
    let latin = MySqlPoolOptions::new().connect_lazy(&address).expect("a pool");
    let refused = MySqlStore::from_pool(latin).await.expect_err("a pool with another character set");
    assert!(matches!(refused, StoreError::BadAddress { .. }), "{refused:?}");
    assert!(refused.to_string().contains("utf8mb4"), "{refused}");
}

#[tokio::test]
async fn stores_with_other_prefixes_are_apart() {
    let database = Database::new();
    let first = database.open().await;
    let second = MySqlStore::open(database.address()).await.expect("the usual prefix");
    first.append(append("a", "Placed", 2), far()).await.expect("appending");
    second.append(append("a", "Placed", 1), far()).await.expect("appending");
    assert_eq!((whole_log(&first).await.len(), whole_log(&second).await.len()), (2, 1));
    let events = number(&mut database.connect().await, "select count(*) from evento_event").await;
    assert_eq!(events, 1);
}
