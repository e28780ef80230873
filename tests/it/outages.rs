//! Servers that are not there, disks that are full, and tables that somebody has changed: what is asked is answered in time,
//! nothing is lost, and everything goes on when the trouble is over.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use evento::{
    Refusal, open_store,
    prelude::*,
    store::{LogQuery, StoreError, log_events},
};
use futures_util::TryStreamExt;

use crate::{
    databases::Database,
    domain::{Running, start},
    programs::example,
    proxy::{Proxy, free_port},
    stores::{PATIENCE, eventually, run, server},
};

/// The servers for tests, with what their addresses begin with.
const SERVERS: [&str; 2] = ["EVENTO_TEST_POSTGRES", "EVENTO_TEST_MYSQL"];

/// The host and port of an address.
fn host(address: &str) -> &str {
    let host = address.rsplit_once('@').map_or(address, |(_, host)| host);
    host.split_once('/').map_or(host, |(host, _)| host)
}

#[test]
fn a_server_that_is_not_there_at_start_is_told() {
    run(async {
        for variable in SERVERS {
            let address = server(variable);
            let (scheme, _) = address.split_once("://").expect("an address");
            let nowhere = format!("{scheme}://evento@127.0.0.1:{}/evento", free_port());
            let error =
                open_store(&nowhere).await.map(|store| store.describe()).expect_err("nobody is there");
            assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
        }
    });
}

async fn has_recovered(running: &Running, account: &str) {
    let until = Instant::now() + PATIENCE;
    while let Err(error) = running.bank.deposit(account.into(), 1).await {
        assert!(Instant::now() < until, "the server is back, but: {error}");
    }
    running.app.wait_for_head(PATIENCE).await.expect("consumers go on");
}

#[test]
fn an_outage_is_told_within_the_deadline_and_ends_with_the_outage() {
    run(async {
        for db in [Database::postgres().await, Database::mysql().await] {
            let mut way = Proxy::to(host(db.address())).await;
            let address = db.address().replace(host(db.address()), &format!("127.0.0.1:{}", way.port()));
            let store = open_store(&address).await.expect("the database opens");
            let running = start(&store).await;
            running.bank.open("a".into()).await.expect("it opens");
            running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
            for _ in 0..2 {
                way.cut().await;
                // The state of this one must be loaded, which the store tries for longer than this caller waits.
                let briefly = Duration::from_millis(300);
                eventually("an answer of a store that is not there", async || {
                    let error = running.bank.within(briefly).deposit("never loaded".into(), 1).await;
                    match error.expect_err("the server is not there") {
                        SendError::Store(StoreError::Unavailable { .. }) => true,
                        // A slow machine may be late before the store is asked.
                        SendError::Refused { refusal: Refusal::DeadlinePassed, .. } => false,
                        other => panic!("{other:?}"),
                    }
                })
                .await;
                let deadline = Duration::from_secs(10);
                for _ in 0..2 {
                    let asked = Instant::now();
                    let error = running.bank.within(deadline).deposit("a".into(), 1).await;
                    let error = error.expect_err("the server is not there");
                    let unavailable = matches!(error, SendError::Store(StoreError::Unavailable { .. }));
                    // Of a command whose connection was cut nobody knows more.
                    assert!(unavailable || matches!(error, SendError::OutcomeUnknown { .. }), "{error:?}");
                    assert!(asked.elapsed() < deadline + PATIENCE, "an answer that comes too late");
                }
                way.mend().await;
                has_recovered(&running, "a").await;
            }
            let events: Vec<_> =
                log_events(&*store, LogQuery::default()).try_collect().await.expect("the log");
            let positions: Vec<u64> = events.iter().map(|event| event.position.0).collect();
            assert_eq!(positions, (1..=events.len() as u64).collect::<Vec<_>>(), "nothing is lost");
            running.app.shutdown().await.expect("everything comes to rest");
        }
    });
}

#[test]
fn a_table_that_was_altered_by_hand_is_told_and_loses_nothing() {
    run(async {
        for db in Database::all().await {
            let store = db.open().await;
            let running = start(&store).await;
            running.bank.open("a".into()).await.expect("it opens");
            running.bank.deposit("a".into(), 5).await.expect("it is accepted");
            running.app.wait_for_head(PATIENCE).await.expect("everything is handled");
            db.run("alter table evento.event rename column payload to kept").await;
            for _ in 0..2 {
                let error = running.bank.deposit("a".into(), 1).await.expect_err("a column is missing");
                assert!(matches!(error, SendError::Store(StoreError::Failed { .. })), "{error:?}");
                assert!(error.to_string().contains("payload"), "it must be named: {error}");
            }
            db.run("alter table evento.event rename column kept to payload").await;
            has_recovered(&running, "a").await;
            let view = running.bank.find("a".into()).await.expect("an answer").expect("a row");
            assert_eq!(view.balance, 6, "what failed was not stored, and what was stored is there");
            running.app.shutdown().await.expect("everything comes to rest");
        }
    });
}

/// Works in a file system of two megabytes until it is full and nothing gets on any more, starts another program there, and
/// then makes room: the first one goes on by itself.
const IN_A_SMALL_PLACE: &str = r#"
set -e
place=$1 program=$2 other=$3 out=$4
mount -t tmpfs -o size=2m evento "$place"
"$program" --store "sqlite:$place/todo.db" --work 400 >"$out/work" 2>"$out/errors" &
work=$!
before=-1
until [ "$(df --output=avail "$place" | tail -n 1)" -lt 64 ] && [ "$(wc -l <"$out/work")" = "$before" ]; do
    kill -0 "$work"
    before=$(wc -l <"$out/work")
    sleep 1
done
"$other" --store "sqlite:$place/bank.db" >/dev/null 2>"$out/full" && exit 1
mount -o remount,size=64m "$place"
wait "$work"
cp "$place"/todo.db* "$out"
umount "$place"
"#;

#[test]
fn a_full_disk_is_told_and_work_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder for tests");
    let place = folder.path().join("small");
    std::fs::create_dir(&place).expect("a folder");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    // Whoever may not mount does so where he is his own root.
    let own: &[&str] = if is_root { &["--mount", "sh"] } else { &["--map-root-user", "--mount", "sh"] };
    let shell = Command::new("unshare")
        .args(own)
        .args(["-c", IN_A_SMALL_PLACE, "sh"])
        .arg(&place)
        .arg(example("todo_list").get_program())
        .arg(example("bank").get_program())
        .arg(folder.path())
        .output()
        .expect("a shell");
    assert!(shell.status.success(), "{} {}", String::from_utf8_lossy(&shell.stderr), read("errors"));
    let (work, full) = (read("work"), read("full"));
    assert_eq!(work.lines().filter(|line| line.starts_with("ack ")).count(), 400 * 9, "all work is done");
    assert_eq!(work.lines().last(), Some("done"));
    assert!(full.contains("the store is unavailable") && full.contains("disk is full"), "{full}");
    assert!(!read("errors").contains("panicked"), "{}", read("errors"));

    let copy = format!("sqlite:{}", folder.path().join("todo.db").display());
    let lists = example("todo_list").args(["--store", &copy, "--verify"]).output().expect("it runs");
    let lists = String::from_utf8_lossy(&lists.stdout).into_owned();
    assert_eq!(
        lists.lines().filter(|list| list.contains("REGISTERED")).count(),
        400,
        "with its consequences"
    );
}
