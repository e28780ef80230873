//! Connections that break, and servers that die.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use evento_runtime::{
    message::Position,
    mysql::MySqlStore,
    store::{AppendError, EventStore, StateStore, StoreError},
};
use sqlx::{Connection, MySqlConnection, Row};
use tokio::{
    task::{JoinSet, yield_now},
    time::{Instant, timeout},
};

use super::kit::{
    Database, FRAGILE, append, by_command, claim, far, fragile_address, lots, number, once_each, run,
    wait_for, whole_log, words, write,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_connections_lose_and_repeat_nothing() {
    let database = Database::new();
    let stores = [database.open().await, database.open().await];
    let one = format!("{} order by rand() limit 1", database.connections("true"));
    let mut watcher = MySqlConnection::connect(database.server()).await.expect("a connection");
    let mut writing = write(&stores, 8, 150, 20);
    let mut commands = Vec::new();
    let mut lots = lots();
    let mut kills = 0;
    loop {
        for _ in 0..lots.u32(..200) {
            yield_now().await;
        }
        kills += database.kill(&mut watcher, &one).await;
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
    once_each(&commands, &by_command(&whole_log(&database.open().await).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crashed_server_loses_and_repeats_nothing() {
    let _ours = FRAGILE.lock().await;
    let database = Database::on(fragile_address());
    let stores = [database.open().await, database.open().await];
    let mut writing = write(&stores, 8, 300, 20);
    let mut commands = Vec::new();
    for _ in 0..3 {
        let before = head_when_back(&database).await;
        crash(&database).await;
        assert!(head_when_back(&database).await >= before, "what was seen must still be there");
        while let Some(done) = writing.try_join_next() {
            commands.extend(done.expect("a writer"));
        }
    }
    commands.extend(writing.join_all().await.into_iter().flatten());
    once_each(&commands, &by_command(&whole_log(&database.open().await).await));
}

/// Kills the server at once. Whoever started it starts it again, and it recovers from its log.
async fn crash(database: &Database) {
    let mut connection = MySqlConnection::connect(&database.address()).await.expect("a connection");
    let row = sqlx::query("select @@pid_file, @@datadir").fetch_one(&mut connection).await.expect("a row");
    let data: String = row.get(1);
    let pid_file = std::path::Path::new(&data).join(row.get::<String, _>(0));
    let pid = std::fs::read_to_string(&pid_file).expect("the server must run on this machine");
    let killed = std::process::Command::new("kill").args(["-KILL", pid.trim()]).status().expect("kill");
    assert!(killed.success(), "the server must be one that the tests may kill");
    let gone = timeout(Duration::from_secs(60), async { while connection.ping().await.is_ok() {} });
    gone.await.expect("a server that was killed is gone");
}

async fn head_when_back(database: &Database) -> u64 {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        match database.options().open().await {
            Ok(store) => {
                if let Ok(head) = store.head().await {
                    return head.0;
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
    let address = format!("mysql://me:secret@127.0.0.1:{port}/todo");
    let opened = timeout(Duration::from_secs(20), MySqlStore::open(&address));
    let refused = opened.await.expect("an answer in time").expect_err("there is no server");
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
    assert!(!words(&refused).contains("secret"), "{}", words(&refused));

    // One that takes connections and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("mysql://me@{}/todo", silent.local_addr().expect("an address"));
    let options = MySqlStore::options(&address).patience(Duration::from_millis(100));
    let opened = timeout(Duration::from_secs(20), options.open());
    let refused = opened.await.expect("an answer in time").expect_err("it is no server");
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
}

#[tokio::test]
async fn an_idle_store_notices_that_its_connections_are_gone() {
    let database = Database::new();
    let store = database.open().await;
    store.append(append("a", "Placed", 1), far()).await.expect("appending");
    let mut heads = JoinSet::new();
    for _ in 0..5 {
        let store = store.clone();
        heads.spawn(async move { store.head().await });
    }
    heads.join_all().await;
    let claim = claim(&store).await;
    let mut watcher = MySqlConnection::connect(database.server()).await.expect("a connection");
    let killed = database.kill(&mut watcher, &database.connections("true")).await;
    assert!(killed > 2, "the store has connections");
    store.append(append("a", "Placed", 1), far()).await.expect("appending on a new connection");
    assert_eq!(store.head().await.expect("reading on a new connection").0, 2);
    let transaction = store.begin(&claim).await.expect("beginning on a new connection");
    transaction.commit(Position(1).into()).await.expect("committing");
}

#[tokio::test]
async fn an_append_that_the_server_refuses_fails_alone() {
    let database = Database::new();
    let store = database.open().await;
    database
        .run(
            "create trigger refuse before insert on evento_event for each row \
             if new.name = 'Poison' then signal sqlstate '45000' set message_text = 'no poison'; end if",
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

/// A condition for connections that do what a statement says. While somebody else holds the head, they wait for it.
const WAITING: &str = "info like '%last_insert_id(position)%'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_expires_while_another_is_held_up() {
    let database = Database::new();
    let store = database.open().await;
    let mut other = database.connect().await;
    run(&mut other, &database.named("start transaction; select * from evento_head for update")).await;
    // The first one has begun, and is seen through; the second one waits behind it until its time is over.
    let begun = {
        let store = store.clone();
        tokio::spawn(async move { store.append(append("a", "Placed", 1), far()).await })
    };
    let mut watcher = database.connect().await;
    let waiting = format!("select count(*) from ({}) w", database.connections(WAITING));
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
    let database = Database::new();
    let store = database.open().await;
    store.append(append("a", "Placed", 1), far()).await.expect("appending");
    let mut other = database.connect().await;
    run(&mut other, &database.named("start transaction; select * from evento_head for update")).await;
    let done = Arc::new(AtomicBool::new(false));
    let begun = {
        let (store, done) = (store.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            let outcome = store.append(append("a", "Placed", 1), far()).await;
            done.store(true, Ordering::Release);
            outcome
        })
    };
    let mut watcher = database.connect().await;
    let (mut killed, waiting) = (0, database.connections(WAITING));
    let ends = async || {
        killed += database.kill(&mut watcher, &waiting).await;
        killed > 0 || done.load(Ordering::Acquire)
    };
    wait_for("an append that waits for the head is killed", ends).await;
    assert!(!done.load(Ordering::Acquire), "it was to wait for the head");
    run(&mut other, "rollback").await;
    let appended = begun.await.expect("a task").expect("appending again after it was settled");
    assert_eq!(appended.first.0, 2);
    assert_eq!(whole_log(&store).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_process_does_not_keep_the_head() {
    let database = Database::new();
    let store = database.open().await;
    // What a process has done that is stopped in the middle of the slow way.
    let mut paused = database.connect().await;
    run(&mut paused, include_str!("../../../src/mysql/sql/session_append.sql").trim_end_matches([';', '\n']))
        .await;
    run(&mut paused, &database.named("start transaction; select * from evento_head where id = 1 for update"))
        .await;
    store.append(append("a", "Placed", 1), far()).await.expect("the server ends the transaction");
    let refused = sqlx::raw_sql("commit").execute(&mut paused).await;
    refused.expect_err("a transaction that was ended must not look committed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_stays_locked_is_told() {
    let database = Database::new();
    let store = database.open().await;
    let mut other = database.connect().await;
    run(&mut other, &database.named("start transaction; select * from evento_head for update")).await;
    let refused = store.append(append("a", "Placed", 1), far()).await.expect_err("the head is locked");
    assert!(matches!(refused, AppendError::Store(StoreError::Unavailable { .. })), "{refused:?}");
    run(&mut other, "rollback").await;
    store.append(append("a", "Placed", 1), far()).await.expect("appending");
    assert_eq!(whole_log(&store).await.len(), 1, "what was refused must not be stored");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fence_stops_what_is_still_on_its_way() {
    let database = Database::new();
    let stores = [database.open().await, database.open().await];
    stores[0].append(append("a", "Placed", 1), far()).await.expect("appending");
    // Somebody has settled an append that was lost, so whatever names the fence of before is too late.
    database.run("update evento_head set fence = fence + 1").await;
    let appended = stores[0].append(append("a", "Placed", 1), far()).await;
    // It is not lost: it is looked at under the lock, which tells the new fence.
    assert_eq!(appended.expect("appending").first, Position(2));
    stores[1].append(append("a", "Placed", 1), far()).await.expect("appending");
    let stored: BTreeMap<_, _> = by_command(&whole_log(&stores[0]).await);
    assert_eq!(stored.len(), 3);
}
