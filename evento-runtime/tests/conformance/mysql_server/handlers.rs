//! What handlers do with the connection that they are lent.

use evento_runtime::{
    message::{Position, StreamId},
    store::{CheckpointStore, EventStore, FirstStart, StateStore, StoreError},
};
use sqlx::Connection;

use super::kit::{Database, append, claim, consumer, far, mysql, number, run};

#[tokio::test]
async fn a_handler_writes_through_the_connection() {
    let database = Database::new();
    let store = database.open().await;
    let claim = claim(&store).await;
    database.run("create table todo (id bigint primary key auto_increment)").await;
    let insert = "insert into todo values ()";
    let write = async |commit: bool| {
        let mut transaction = store.begin(&claim).await.expect("beginning");
        let connection = mysql(transaction.connection());
        run(connection, insert).await;
        // A transaction of one's own is a part of ours; what it drops is undone, and no more.
        let mut nested = connection.begin().await.expect("a transaction inside");
        run(&mut nested, insert).await;
        drop(nested);
        let mut nested = connection.begin().await.expect("a transaction inside");
        run(&mut nested, insert).await;
        nested.commit().await.expect("committing inside");
        if commit {
            transaction.commit(Position(1).into()).await.expect("committing");
        }
    };
    let mut other = database.connect().await;
    write(false).await;
    assert_eq!(number(&mut other, "select count(*) from todo").await, 0);
    write(true).await;
    assert_eq!(number(&mut other, "select count(*) from todo").await, 2);

    let mut lent = store.read_connection().await.expect("a connection for reading");
    let refused = sqlx::raw_sql("delete from todo").execute(mysql(lent.connection())).await;
    assert!(refused.is_err(), "a connection for reading must not write");
}

#[tokio::test]
async fn a_transaction_that_a_handler_ended_is_no_success() {
    let database = Database::new();
    let store = database.open().await;
    let claim = claim(&store).await;
    let mut transaction = store.begin(&claim).await.expect("beginning");
    std::mem::forget(mysql(transaction.connection()).begin().await.expect("a transaction inside"));
    transaction.commit(Position(5).into()).await.expect_err("a transaction inside is still open");
    let table = "create table made (id integer)";
    for ended in ["commit", "rollback", "commit; start transaction", "start transaction", table] {
        let mut transaction = store.begin(&claim).await.expect("beginning");
        run(mysql(transaction.connection()), ended).await;
        let refused = transaction.commit(Position(5).into()).await.expect_err(ended);
        assert!(matches!(refused, StoreError::Failed { .. }), "{ended}: {refused:?}");
    }
    let record = store.consumer(&claim.consumer).await.expect("reading").expect("the consumer");
    assert_eq!(record.checkpoint, Position::START);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_a_deadlock_undid_is_no_success() {
    let database = Database::new();
    let store = database.open().await;
    let claim = claim(&store).await;
    database
        .run("create table todo (id bigint primary key, n bigint) engine = innodb; insert into todo values (1, 0), (2, 0), (3, 0)")
        .await;
    let mut transaction = store.begin(&claim).await.expect("beginning");
    let ours = mysql(transaction.connection());
    run(ours, "update todo set n = n + 1 where id = 1").await;
    // The other one has changed more, so that ours is the one that is undone.
    let mut other = database.connect().await;
    run(&mut other, "start transaction; update todo set n = n + 1 where id >= 2; insert into todo values (4, 0), (5, 0), (6, 0)").await;
    let theirs = tokio::spawn(async move {
        run(&mut other, "update todo set n = n + 1 where id = 1; commit").await;
    });
    let undone = sqlx::raw_sql("update todo set n = n + 1 where id = 2").execute(&mut *ours).await;
    undone.expect_err("a deadlock");
    theirs.await.expect("the other one gets on");
    // A handler that goes on as if nothing had been.
    run(ours, "update todo set n = n + 1 where id = 3").await;
    let refused = transaction.commit(Position(5).into()).await.expect_err("half of it is gone");
    assert!(refused.to_string().contains("deadlock"), "{refused}");
    let record = store.consumer(&claim.consumer).await.expect("reading").expect("the consumer");
    assert_eq!(record.checkpoint, Position::START);
}

#[tokio::test]
async fn a_table_that_is_set_up_does_not_keep_the_consumer_from_being_created() {
    let database = Database::new();
    let store = database.open().await;
    let create = async |commit: bool| {
        let created = store.create_consumer(&consumer(), FirstStart::Beginning, 1).await.expect("creating");
        let mut created = created.expect("a new consumer");
        run(mysql(created.transaction.connection()), "create table if not exists todo (id integer)").await;
        if commit {
            created.transaction.commit(created.checkpoint.into()).await.expect("committing");
        }
    };
    create(false).await;
    assert_eq!(store.consumer(&consumer()).await.expect("reading"), None, "it has not been created");
    create(true).await;
    assert!(store.consumer(&consumer()).await.expect("reading").is_some());
}

#[tokio::test]
async fn events_are_json_that_a_person_can_read() {
    let database = Database::new();
    let store = database.open().await;
    let mut next = append("a", "Placed", 1);
    next.events[0].payload =
        serde_json::value::RawValue::from_string(r#"{"amount": 7}"#.to_owned()).expect("JSON");
    store.append(next, far()).await.expect("appending");
    let sql =
        "select cast(json_extract(payload, '$.amount') as signed) from evento_event where name = 'Placed'";
    assert_eq!(number(&mut database.connect().await, &database.named(sql)).await, 7);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named() {
    let database = Database::new();
    let store = database.open().await;
    store.append(append("a", "Placed", 3), far()).await.expect("appending");
    database.run("update evento_event set metadata = '[1]' where position = 2").await;
    let stream = StreamId::new("Order", "a");
    let log = store.read_log(&super::kit::everything()).await.map(drop).expect_err("a damaged row");
    let stream = store.read_stream(&stream, 0, 9, 9_999).await.map(drop).expect_err("a damaged row");
    for refused in [log, stream] {
        assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused:?}");
        assert!(refused.to_string().contains("event 2"), "{refused}");
    }
}

#[tokio::test]
async fn connections_that_handlers_hold_do_not_stop_the_store() {
    let database = Database::new();
    let store = database.options().connections(3).open().await.expect("opening");
    let claim = claim(&store).await;
    let first = store.begin(&claim).await.expect("beginning");
    let lent = store.read_connection().await.expect("a connection for reading");
    // All that may be held are held; the store itself goes on.
    assert_eq!(store.head().await.expect("the head"), Position::START);
    store.append(append("a", "Placed", 1), far()).await.expect("appending");
    drop(lent);
    first.commit(Position(1).into()).await.expect("committing");
    let mut lent = store.read_connection().await.expect("a connection");
    assert_eq!(number(mysql(lent.connection()), "select 1").await, 1);
}
