//! Connections that break, and servers that die.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use evento_runtime::store::{AppendError, EventStore, StateStore, StoreError};
use sqlx::{AssertSqlSafe, Connection};
use tokio::{
    task::{JoinSet, yield_now},
    time::{Instant, timeout},
};

use super::kit::{
    Schema, append, by_command, claim, far, fragile_address, lots, number, once_each, run, wait_for,
    whole_log, words, write,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_connections_lose_and_repeat_nothing() {
    let schema = Schema::new();
    let stores = [schema.open().await, schema.open().await];
    // What a statement says of itself tells whose it is: those of other tests must live.
    let kill = format!(
        "select count(*) from (select pg_terminate_backend(pid) from pg_stat_activity \
         where pid <> pg_backend_pid() and query like {} order by random() limit 1) k",
        schema.pattern()
    );
    let mut killer = schema.connect().await;
    let mut writing = write(&stores, 8, 150, 20);
    let mut commands = Vec::new();
    let mut lots = lots();
    let mut kills = 0;
    loop {
        for _ in 0..lots.u32(..200) {
            yield_now().await;
        }
        kills += number(&mut killer, &kill).await;
        while let Some(done) = writing.try_join_next() {
            commands.extend(done.expect("a writer"));
        }
        if writing.is_empty() {
            break;
        }
        // Enough of it; the rest is to come to an end.
        if kills > 150 {
            commands.extend(writing.join_all().await.into_iter().flatten());
            break;
        }
    }
    println!("{kills} connections were killed");
    assert!(kills > 10, "only {kills} connections were killed");
    once_each(&commands, &by_command(&whole_log(&schema.open().await).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crashed_server_loses_and_repeats_nothing() {
    let schema = Schema::on(fragile_address());
    let stores = [schema.open().await, schema.open().await];
    let mut writing = write(&stores, 8, 400, 20);
    let mut crashes = 0;
    let mut commands = Vec::new();
    while !writing.is_empty() {
        if crashes < 3 {
            // One process of the server dies, and the server ends all others at once and recovers from its log.
            let before = whole_log_when_back(&schema).await;
            let mut connection = connect_when_back(&schema).await;
            let pid = number(&mut connection, "select pg_backend_pid()::bigint").await;
            let crash = AssertSqlSafe(format!("copy (select 1) to program 'kill -9 {pid}'"));
            let _ = sqlx::raw_sql(crash).execute(&mut connection).await;
            crashes += 1;
            assert!(whole_log_when_back(&schema).await >= before, "what was seen must still be there");
        } else if let Some(done) = writing.join_next().await {
            commands.extend(done.expect("a writer"));
        }
        while let Some(done) = writing.try_join_next() {
            commands.extend(done.expect("a writer"));
        }
    }
    assert_eq!(crashes, 3);
    once_each(&commands, &by_command(&whole_log(&schema.open().await).await));
}

async fn connect_when_back(schema: &Schema) -> sqlx::PgConnection {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        if let Ok(connection) = sqlx::PgConnection::connect(&schema.address()).await {
            return connection;
        }
        assert!(Instant::now() < until, "the server does not come back");
        yield_now().await;
    }
}

async fn whole_log_when_back(schema: &Schema) -> usize {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        match schema.options().open().await {
            Ok(store) => {
                if let Ok(head) = store.head().await {
                    return head.0 as usize;
                }
            }
            Err(error) => assert!(error.is_transient(), "{}", words(&error)),
        }
        assert!(Instant::now() < until, "the server does not come back");
        yield_now().await;
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_in_time() {
    // A port on which nobody listens.
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address").port()
    };
    let address = format!("postgres://me:secret@127.0.0.1:{port}/todo");
    let opened = timeout(Duration::from_secs(20), evento_runtime::postgres::PostgresStore::open(&address));
    let refused = opened.await.expect("an answer in time").expect_err("there is no server");
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
    assert!(!words(&refused).contains("secret"), "{}", words(&refused));

    // One that takes connections and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("postgres://me@{}/todo", silent.local_addr().expect("an address"));
    let options =
        evento_runtime::postgres::PostgresStore::options(&address).patience(Duration::from_millis(100));
    let opened = timeout(Duration::from_secs(20), options.open());
    let refused = opened.await.expect("an answer in time").expect_err("it is no server");
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
}

#[tokio::test]
async fn an_idle_store_notices_that_its_connections_are_gone() {
    let schema = Schema::new();
    let store = schema.open().await;
    store.append(append("a", "Placed", 1), far()).await.expect("appending");
    let mut heads = JoinSet::new();
    for _ in 0..5 {
        let store = store.clone();
        heads.spawn(async move { store.head().await });
    }
    heads.join_all().await;
    let claim = claim(&store).await;
    let kill = format!(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity \
         where pid <> pg_backend_pid() and query like {}",
        schema.pattern()
    );
    assert!(number(&mut schema.connect().await, &kill).await > 2, "the store has connections");
    store.append(append("a", "Placed", 1), far()).await.expect("appending on a new connection");
    assert_eq!(store.head().await.expect("reading on a new connection").0, 2);
    let transaction = store.begin(&claim).await.expect("beginning on a new connection");
    transaction.commit(evento_runtime::message::Position(1).into()).await.expect("committing");
}

#[tokio::test]
async fn an_append_that_postgres_refuses_fails_alone() {
    let schema = Schema::new();
    let store = schema.open().await;
    schema
        .run(
            "create function evento.refuse() returns trigger language plpgsql as \
             $$ begin if new.name = 'Poison' then raise exception 'no poison'; end if; return new; end $$; \
             create trigger refuse before insert on evento.event for each row execute function evento.refuse()",
        )
        .await;
    let mut appends = JoinSet::new();
    for number in 0..8 {
        let store = store.clone();
        let name = if number == 3 { "Poison" } else { "Placed" };
        appends.spawn(async move { (name, store.append(append("a", name, 2), far()).await) });
    }
    for (name, outcome) in appends.join_all().await {
        match outcome {
            Ok(_) => assert_eq!(name, "Placed"),
            Err(error) => {
                assert_eq!(name, "Poison", "{}", words(&error));
                assert!(error.to_string().contains("no poison"), "{error}");
            }
        }
    }
    assert_eq!(whole_log(&store).await.len(), 14);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_expires_while_another_is_held_up() {
    let schema = Schema::new();
    let store = schema.open().await;
    let mut other = schema.connect().await;
    run(&mut other, &schema.named("begin; select * from evento.head for update")).await;
    // The first one has begun, and is seen through; the second one waits behind it until its time is over.
    let begun = {
        let store = store.clone();
        tokio::spawn(async move { store.append(append("a", "Placed", 1), far()).await })
    };
    let mut watcher = schema.connect().await;
    let waiting = format!(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like {}",
        schema.pattern()
    );
    wait_for("an append waits for the head", async || number(&mut watcher, &waiting).await > 0).await;
    let soon = Instant::now() + Duration::from_millis(20);
    let refused = store.append(append("a", "Placed", 1), soon).await.expect_err("the deadline passes");
    assert!(matches!(refused, AppendError::Expired), "{refused:?}");
    run(&mut other, "rollback").await;
    begun.await.expect("a task").expect("appending");
    assert_eq!(whole_log(&store).await.len(), 1, "what expired must not be stored");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_lost_while_it_waits_is_settled() {
    let schema = Schema::new();
    let store = schema.open().await;
    store.append(append("a", "Placed", 1), far()).await.expect("appending");
    let mut other = schema.connect().await;
    run(&mut other, &schema.named("begin; select * from evento.head for update")).await;
    let done = Arc::new(AtomicBool::new(false));
    let begun = {
        let (store, done) = (store.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            let outcome = store.append(append("a", "Placed", 1), far()).await;
            done.store(true, Ordering::Release);
            outcome
        })
    };
    let mut watcher = schema.connect().await;
    let kill = format!(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity \
         where wait_event_type = 'Lock' and query like {}",
        schema.pattern()
    );
    let mut killed = 0;
    let ends = async || {
        killed += number(&mut watcher, &kill).await;
        killed > 0 || done.load(Ordering::Acquire)
    };
    wait_for("an append that waits for the head is killed", ends).await;
    assert!(!done.load(Ordering::Acquire), "it was to wait for the head");
    run(&mut other, "rollback").await;
    let appended = begun.await.expect("a task").expect("appending again after it was settled");
    assert_eq!(appended.first.0, 2);
    assert_eq!(whole_log(&store).await.len(), 2);
}
