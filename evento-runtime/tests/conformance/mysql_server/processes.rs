//! Several processes around one database.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use evento_runtime::{
    message::{CommandId, Position},
    store::{AppendError, CheckpointStore, EventStore, Expected, FirstStart, StateStore},
};
use tokio::task::JoinSet;

use super::kit::{
    Database, append, by_command, claim, far, follow, number, run, wait_for, whole_log, words, write,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_open_a_new_database_at_once_all_succeed() {
    for _ in 0..3 {
        let database = Arc::new(Database::new());
        let mut opening = JoinSet::new();
        for _ in 0..6 {
            let database = Arc::clone(&database);
            opening.spawn(async move { database.open().await });
        }
        for store in opening.join_all().await {
            store.append(append("a", "Placed", 1), far()).await.expect("appending");
        }
        assert_eq!(whole_log(&database.open().await).await.len(), 6);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_write_to_one_log_without_loss() {
    let database = Database::new();
    let stores = [database.open().await, database.open().await, database.open().await];
    let mut writers = JoinSet::new();
    for store in &stores {
        for writer in 0..6 {
            let store = store.clone();
            writers.spawn(async move {
                let mut accepted = Vec::new();
                for round in 0..40 {
                    let mut next = append(&(writer % 4).to_string(), "Placed", round % 3);
                    if round % 5 == 0 {
                        next.expected = Expected::Version(round as u64);
                    }
                    let command = next.command;
                    match store.append(next, far()).await {
                        Ok(appended) => accepted.push((command, appended)),
                        Err(AppendError::Conflict { .. }) => {}
                        Err(error) => panic!("{}", words(&error)),
                    }
                }
                accepted
            });
        }
    }
    let claim = claim(&stores[0]).await;
    for position in 1..=20 {
        let transaction = stores[0].begin(&claim).await.expect("beginning");
        transaction.commit(Position(position).into()).await.expect("committing");
    }
    let accepted: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    for store in &stores {
        let events = whole_log(store).await;
        let mut left: HashSet<u64> = (1..=events.len() as u64).collect();
        for (command, appended) in &accepted {
            for position in (appended.first.0..).take(appended.count as usize) {
                assert!(left.remove(&position), "position {position} was given twice");
                let event = &events[position as usize - 1];
                assert_eq!(event.message.causation_id.0, command.0, "position {position} is another's");
            }
        }
        assert!(left.is_empty(), "nobody was told of {left:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_of_other_processes_never_pass_an_event() {
    let database = Database::new();
    let stores = [database.open().await, database.open().await];
    // A share of the appends takes its time between taking positions and being seen.
    database
        .run(
            "create trigger stall after insert on evento_event for each row \
             begin declare nothing int; if rand() < 0.02 then set nothing = sleep(0.05); end if; end",
        )
        .await;
    let done = Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for reader in 0..3 {
        readers.spawn(follow(stores[reader % 2].clone(), Arc::clone(&done)));
    }
    let commands: Vec<CommandId> = write(&stores, 8, 60, 20).join_all().await.into_iter().flatten().collect();
    done.store(true, Ordering::Release);
    assert_eq!(readers.join_all().await, [480; 3], "a reader must see every event");
    let stored = by_command(&whole_log(&stores[0]).await);
    assert!(commands.iter().all(|command| stored.get(command) == Some(&1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_stays_open_stops_nobody() {
    let database = Database::new();
    let stores = [database.open().await, database.open().await];
    let mut open = database.connect().await;
    let begin =
        "set transaction isolation level repeatable read; start transaction; select * from evento_head";
    run(&mut open, &database.named(begin)).await;
    write(&stores, 8, 50, 20).join_all().await;
    assert_eq!(whole_log(&stores[1]).await.len(), 400);
    run(&mut open, "rollback").await;
}

/// How many statements on a table are on their way: those that wait for a row of it stay there. The server's own table of
/// waiting transactions is not asked, for it stays as it is while it is asked often.
fn waiting_for(database: &Database, table: &str) -> String {
    format!(
        "select count(*) from information_schema.processlist where id <> connection_id() and info like '%{}{table}%'",
        database.prefix()
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_was_waited_for_is_recognised() {
    let database = Database::new();
    let store = database.open().await;
    let first = append("a", "Placed", 1);
    store.append(first.clone(), far()).await.expect("appending");
    // Another process is about to append, and holds the head.
    let mut other = database.connect().await;
    let appending = "start transaction; update evento_head set position = 2; \
        create temporary table next select * from evento_event; \
        update next set position = 2, version = 2, id = random_bytes(16); \
        insert into evento_event select * from next";
    run(&mut other, &database.named(appending)).await;
    // What was handled before is only looked up under the lock of the head.
    let waits = {
        let store = store.clone();
        tokio::spawn(async move { store.append(first, far()).await })
    };
    let mut watcher = database.connect().await;
    let waiting = waiting_for(&database, "head");
    wait_for("an append waits for the head", async || number(&mut watcher, &waiting).await > 0).await;
    run(&mut other, "commit").await;
    let known = waits.await.expect("a task").expect_err("it was handled before");
    assert!(matches!(known, AppendError::Duplicate(_)), "{known:?}");

    database.run("update evento_event set id = random_bytes(16) where position = 2").await;
    let refused =
        store.append(append("b", "Placed", 1), far()).await.expect_err("another log of that length");
    assert!(
        matches!(refused, AppendError::LogWentBack { seen: Position(2), found: Position(2) }),
        "{refused:?}"
    );
    store.append(append("b", "Placed", 1), far()).await.expect("appending");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_went_back_is_told_to_somebody_who_is_there() {
    let database = Database::new();
    let store = database.open().await;
    store.append(append("a", "Placed", 3), far()).await.expect("appending");
    let mut other = database.connect().await;
    let back = "start transaction; select * from evento_head for update; \
        delete from evento_event where position > 1; update evento_head set position = 1";
    run(&mut other, &database.named(back)).await;
    let goes_away = {
        let store = store.clone();
        tokio::spawn(async move { store.append(append("a", "Placed", 1), far()).await })
    };
    let mut watcher = database.connect().await;
    let waiting = waiting_for(&database, "head");
    wait_for("an append waits for the head", async || number(&mut watcher, &waiting).await > 0).await;
    goes_away.abort();
    goes_away.await.expect_err("nobody waits for its answer");
    run(&mut other, "commit").await;
    let refused = store.append(append("b", "Placed", 1), far()).await.expect_err("nobody was told");
    assert!(
        matches!(refused, AppendError::LogWentBack { seen: Position(3), found: Position(1) }),
        "{refused:?}"
    );
    let appended = store.append(append("b", "Placed", 1), far()).await.expect("appending");
    assert_eq!(appended.first, Position(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_still_on_its_way_is_waited_for() {
    let database = Database::new();
    let store = database.open().await;
    let claim = claim(&store).await;
    // What the server still does for a connection that its client has lost.
    let mut lost = database.connect().await;
    run(&mut lost, &database.named("start transaction; update evento_consumer set checkpoint = 5")).await;
    let reads = {
        let (store, id) = (store.clone(), claim.consumer.clone());
        tokio::spawn(async move { store.consumer(&id).await })
    };
    let mut watcher = database.connect().await;
    let waiting = waiting_for(&database, "consumer");
    let waits = async || reads.is_finished() || number(&mut watcher, &waiting).await > 0;
    wait_for("a reader waits for the commit", waits).await;
    run(&mut lost, "commit").await;
    let record = reads.await.expect("a task").expect("reading a consumer").expect("the consumer");
    assert_eq!(record.checkpoint, Position(5), "the owner would handle events twice");
}

#[tokio::test]
async fn a_log_that_went_back_is_told_once() {
    let database = Database::new();
    let store = database.open().await;
    store.append(append("a", "Placed", 3), far()).await.expect("appending");
    database.run("delete from evento_event where position > 1; update evento_head set position = 1").await;
    let refused = store.append(append("a", "Placed", 1), far()).await.expect_err("the log went back");
    assert!(
        matches!(refused, AppendError::LogWentBack { seen: Position(3), found: Position(1) }),
        "{refused:?}"
    );
    let appended = store.append(append("a", "Placed", 1), far()).await.expect("appending");
    assert_eq!((appended.first, appended.first_version), (Position(2), 2));

    // An older copy that has grown as far as the one before, with other events.
    for events in [1, 2] {
        database.run("update evento_event set id = random_bytes(16) where position = 2").await;
        let refused = store.append(append("b", "Placed", events), far()).await.expect_err("another event");
        assert!(matches!(refused, AppendError::LogWentBack { .. }), "{refused:?}");
    }
    let appended = store.append(append("b", "Placed", 1), far()).await.expect("appending");
    assert_eq!(appended.first, Position(3));

    database.run("update evento_head set incarnation = random_bytes(16)").await;
    let mut wrong = append("a", "Placed", 1);
    wrong.expected = Expected::Version(7);
    let refused = store.append(wrong, far()).await.expect_err("another log");
    assert!(matches!(refused, AppendError::LogWentBack { .. }), "{refused:?}");
    store.append(append("a", "Placed", 1), far()).await.expect("appending");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_create_a_consumer_at_once_create_one() {
    let database = Database::new();
    let stores = [database.open().await, database.open().await, database.open().await];
    let mut creating = JoinSet::new();
    for store in stores {
        creating.spawn(async move {
            let id = super::kit::consumer();
            let created = store.create_consumer(&id, FirstStart::Beginning, 1).await.expect("creating");
            let Some(created) = created else { return 0 };
            created.transaction.commit(created.checkpoint.into()).await.expect("committing");
            1
        });
    }
    assert_eq!(creating.join_all().await.iter().sum::<i32>(), 1);
}
