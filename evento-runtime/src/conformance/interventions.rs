//! What an operator does to a consumer.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::timeout};

use super::{StoreFactory, kit::*};
use crate::{
    message::{Position, Timestamp},
    store::{ConsumerId, ConsumerRecord, Heartbeat, NodeId, ReplayCommands, SharedStore, Skip},
};

type Factory = Arc<dyn StoreFactory>;

async fn record(store: &SharedStore, id: &ConsumerId) -> ConsumerRecord {
    some(ok(store.consumer(id).await, "reading a consumer"), "the consumer")
}

async fn alive(store: &SharedStore) -> NodeId {
    let (node, lease) = (node(), Duration::from_secs(600));
    let heartbeat = Heartbeat { node, lease, wanted: Arc::default(), report: "[]".to_owned() };
    ok(store.heartbeat(&heartbeat).await, "giving a heartbeat");
    node
}

fn skip(consumer: &ConsumerId, position: u64, reason: &str) -> Skip {
    let (consumer, reason, at) = (consumer.clone(), reason.to_owned(), Timestamp::from_millis(9));
    Skip { consumer, position: Position(position), reason, at }
}

async fn skipped(store: &SharedStore, consumer: &ConsumerId) -> Vec<u64> {
    let skips = ok(store.skips(consumer, Position::START).await, "listing skips");
    skips.iter().map(|skip| skip.position.0).collect()
}

pub(super) async fn a_pause_is_kept(factory: Factory) {
    let (store, id) = (factory.open().await, consumer("Projector"));
    let unknown = ok(store.set_paused(&id, true).await, "pausing what is not there");
    assert!(!unknown, "it must be told that there is no such consumer");
    let claim = claimed(&store, &id).await;
    for paused in [true, true, false, false, true] {
        assert!(ok(store.set_paused(&id, paused).await, "pausing"), "a consumer that is there");
        assert_eq!(record(&store, &id).await.paused, paused);
    }
    ok(move_to(&store, &claim, 1).await, "what was under way is ended");
    assert!(record(&store, &id).await.paused, "a checkpoint that moves ends no pause");
}

pub(super) async fn a_pause_keeps_its_reason(factory: Factory) {
    let (store, id) = (factory.open().await, consumer("Projector"));
    assert!(!ok(store.pause_because(&id, "no").await, "pausing what is not there"));
    claimed(&store, &id).await;
    for reason in ["it's broken? \\ é", "", "again"] {
        assert!(ok(store.pause_because(&id, reason).await, "pausing"), "a consumer that is there");
        let record = record(&store, &id).await;
        assert_eq!((record.paused, record.pause_reason.as_deref()), (true, Some(reason)));
    }
    for paused in [true, false] {
        assert!(ok(store.pause_because(&id, "why").await, "pausing"));
        assert!(ok(store.set_paused(&id, paused).await, "pausing, or letting it go on"));
        let record = record(&store, &id).await;
        assert_eq!((record.paused, record.pause_reason), (paused, None), "the reason is forgotten");
    }
    // The letters have two bytes, and no boundary at an even place.
    let long = format!("a{}", "é".repeat(100_000));
    assert!(ok(store.pause_because(&id, &long).await, "pausing with a long reason"));
    let kept = some(record(&store, &id).await.pause_reason, "the reason");
    assert!(long.starts_with(&kept) && (8_000..=8_192).contains(&kept.len()), "{} bytes", kept.len());
}

pub(super) async fn a_reset_moves_the_checkpoint_and_fences(factory: Factory) {
    let (store, id) = (factory.open().await, consumer("Projector"));
    assert!(!ok(
        store.reset(&id, Position(1), ReplayCommands::Suppressed).await,
        "resetting what is not there"
    ));
    claimed(&store, &id).await;
    let owner = alive(&store).await;
    let claim = some(ok(store.claim(&id, 1, owner).await, "claiming"), "a claim");
    ok(move_to(&store, &claim, 5).await, "moving on");
    let before = record(&store, &id).await;
    let mut under_way = ok(store.begin(&claim).await, "beginning");
    ok(under_way.put_view_row(&view("rows"), row("1", "late")).await, "writing");
    if !store.waits_for_transactions() {
        assert!(ok(store.reset(&id, Position(2), ReplayCommands::Suppressed).await, "resetting"));
        is_fenced(&under_way.commit(Position(6).into()).await);
        assert!(ok(store.view_row(&view("rows"), "1").await, "reading a row").is_none());
    } else {
        drop(under_way);
        assert!(ok(store.reset(&id, Position(2), ReplayCommands::Suppressed).await, "resetting"));
        is_fenced(&move_to(&store, &claim, 6).await);
    }
    let after = record(&store, &id).await;
    assert_eq!((after.checkpoint, after.resets, after.owner), (Position(2), before.resets + 1, None));
    assert!(after.epoch > before.epoch && after.token != before.token, "nobody can take it for what it was");
    let next = alive(&store).await;
    let claim = some(ok(store.claim(&id, 1, next).await, "claiming"), "a claim");
    assert_eq!(claim.checkpoint, Position(2), "whoever comes next goes on from there");
    ok(move_to(&store, &claim, 3).await, "moving on");
    let replaying = record(&store, &id).await;
    assert_eq!((replaying.replay_until, replaying.replay), (Position(5), ReplayCommands::Suppressed));
    assert!(ok(store.reset(&id, Position(1), ReplayCommands::Sent).await, "resetting again"));
    let again = record(&store, &id).await;
    let replays = (again.replay_until, again.replay);
    assert_eq!(replays, (Position(5), ReplayCommands::Sent), "what was handled once stays so");
}

pub(super) async fn skips_are_noted_and_fence(factory: Factory) {
    let (store, id) = (factory.open().await, consumer("Projector"));
    let skip = |position, reason: &str| skip(&id, position, reason);
    assert!(!ok(store.skip(&skip(1, "a")).await, "a skip for what is not there"));
    assert!(ok(store.skips(&id, Position::START).await, "listing skips").is_empty(), "nothing is noted");
    let stale = claimed(&store, &id).await;
    claimed(&store, &consumer("Projector2")).await;
    for (position, reason) in [(4, "it's broken? \\"), (2, "b"), (2, "c"), (7, "")] {
        assert!(ok(store.skip(&skip(position, reason)).await, "noting a skip"));
    }
    is_fenced(&move_to(&store, &stale, 1).await);
    let all = ok(store.skips(&id, Position::START).await, "listing skips");
    assert_eq!(all, [skip(2, "c"), skip(4, "it's broken? \\"), skip(7, "")], "in order, the newest reason");
    let later = ok(store.skips(&id, Position(4)).await, "listing skips");
    assert_eq!(later, [skip(7, "")], "those behind a position");
    let other = ok(store.skips(&consumer("Projector2"), Position::START).await, "listing skips");
    assert!(other.is_empty(), "each consumer has its own");
}

pub(super) async fn what_was_passed_is_not_skipped(factory: Factory) {
    let (store, id) = (factory.open().await, consumer("Projector"));
    let claim = claimed(&store, &id).await;
    ok(move_to(&store, &claim, 5).await, "moving on");
    let before = record(&store, &id).await;
    for position in [5, 3] {
        assert!(!ok(store.skip(&skip(&id, position, "late")).await, "skipping what was passed"));
    }
    assert_eq!(record(&store, &id).await, before, "nothing is changed");
    assert!(skipped(&store, &id).await.is_empty(), "nothing is noted");
    ok(move_to(&store, &claim, 6).await, "nobody is fenced");
    assert!(ok(store.skip(&skip(&id, 7, "in time")).await, "skipping the next event"));
    assert_eq!(skipped(&store, &id).await, [7]);
    is_fenced(&move_to(&store, &claim, 7).await);
}

pub(super) async fn an_event_is_passed_or_skipped(factory: Factory) {
    let (store, id) = (factory.open().await, consumer("Projector"));
    let mut claim = claimed(&store, &id).await;
    let (mut noted, mut lots) = (Vec::new(), lots());
    for position in 1..=40 {
        let (passing, skip) = ((Arc::clone(&store), claim.clone()), skip(&id, position, "now"));
        let turns = [lots.u32(..30), lots.u32(..30)];
        let passes = tokio::spawn(async move {
            let (store, claim) = passing;
            wait_turns(turns[0]).await;
            move_to(&store, &claim, position).await
        });
        wait_turns(turns[1]).await;
        let skips = ok(store.skip(&skip).await, "noting a skip");
        let passed = ok(passes.await, "a task");
        assert_eq!(passed.is_ok(), !skips, "an event is passed or skipped, and never both: {passed:?}");
        if skips {
            is_fenced(&passed);
            noted.push(position);
            claim = some(ok(store.claim(&id, 1, node()).await, "claiming"), "a claim");
            ok(move_to(&store, &claim, position).await, "passing what was skipped");
        }
    }
    println!("{} of 40 were skipped", noted.len());
    assert_eq!(skipped(&store, &id).await, noted, "what was not skipped is not noted");
}

/// Whoever waits for changes is told of one.
async fn is_told(hints: &mut watch::Receiver<u64>, of: &str) {
    let told = timeout(Duration::from_secs(60), hints.changed()).await;
    assert!(matches!(told, Ok(Ok(()))), "those who wait must be told of {of}");
}

pub(super) async fn those_who_wait_are_told_of_interventions(factory: Factory) {
    let (store, id) = (factory.open().await, consumer("Projector"));
    claimed(&store, &id).await;
    let mut hints = store.watch_leases();
    hints.mark_unchanged();
    assert!(ok(store.set_paused(&id, true).await, "pausing"));
    is_told(&mut hints, "a pause").await;
    assert!(ok(store.set_paused(&id, false).await, "letting it go on"));
    is_told(&mut hints, "the end of a pause").await;
    assert!(ok(store.pause_because(&id, "why").await, "pausing"));
    is_told(&mut hints, "a pause with a reason").await;
    assert!(ok(store.reset(&id, Position(2), ReplayCommands::Sent).await, "putting it elsewhere"));
    is_told(&mut hints, "a reset").await;
    assert!(ok(store.skip(&skip(&id, 3, "why")).await, "noting a skip"));
    is_told(&mut hints, "a skip").await;
}

/// Lets others go first.
async fn wait_turns(turns: u32) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}
