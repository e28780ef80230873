//! Versions of projectors: which of them serves, and what becomes of the others.

use std::{borrow::Cow, sync::Arc};

use super::{StoreFactory, kit::*};
use crate::{
    message::{Position, Timestamp},
    store::{
        Claim, ConsumerId, DeadEvent, FirstStart, Page, ServingVersion, SharedStore, Skip, StoreError,
        ViewId, ViewMatch,
    },
};

type Factory = Arc<dyn StoreFactory>;

const PROJECTOR: &str = "bundle/Projector";

fn version_in(version: u32, context: &'static str) -> ConsumerId {
    ConsumerId { component: Cow::Borrowed(PROJECTOR), version, context: Cow::Borrowed(context) }
}

/// A consumer of a version of the projector, noted, created and claimed.
async fn introduced(store: &SharedStore, consumer: &ConsumerId) -> Claim {
    let views = ["rows \"quoted\"".to_owned(), "more".to_owned()];
    ok(store.introduce_version(consumer, &views, consumer.version).await, "noting a version");
    let created =
        ok(store.create_consumer(consumer, FirstStart::Beginning, consumer.version).await, "creating");
    let created = some(created, "a new consumer");
    ok(created.transaction.commit(created.checkpoint.into()).await, "committing the creation");
    let claim = ok(store.claim(consumer, consumer.version, node()).await, "claiming");
    some(claim, "a claim")
}

/// The version that serves, and the latest that has.
async fn serving(store: &SharedStore) -> (u32, u32) {
    let all = ok(store.serving_versions().await, "reading which versions serve");
    let [ServingVersion { component, serving, newest }] = &all[..] else {
        panic!("one projector, not {all:?}")
    };
    assert_eq!(component, PROJECTOR);
    (*serving, *newest)
}

/// Moves a consumer to the end of the log, as far as it knows.
async fn build(
    store: &SharedStore,
    claim: &Claim,
    contexts: &[&'static str],
    to: u64,
) -> Result<bool, StoreError> {
    let contexts: Vec<_> = contexts.iter().map(|context| Cow::Borrowed(*context)).collect();
    let mut transaction = store.begin(claim).await?;
    let serves = transaction.serve_built(&contexts, Position(to)).await?;
    transaction.commit(Position(to).into()).await?;
    Ok(serves)
}

pub(super) async fn the_first_version_serves(factory: Factory) {
    let store = factory.open().await;
    assert!(ok(store.serving_versions().await, "reading which versions serve").is_empty(), "there is none");
    introduced(&store, &version_in(2, "*")).await;
    assert_eq!(serving(&store).await, (2, 2), "the first one serves at once");
    introduced(&store, &version_in(3, "b")).await;
    introduced(&store, &version_in(3, "a")).await;
    introduced(&store, &version_in(1, "*")).await;
    assert_eq!(serving(&store).await, (2, 2), "and goes on when others come");
    ok(store.introduce_version(&version_in(3, "a"), &["new".to_owned()], 3).await, "noting a version again");
    let known = ok(store.versions(PROJECTOR).await, "reading versions");
    let seen: Vec<_> = known.iter().map(|one| (&one.consumer, one.built, one.views.len())).collect();
    let (first, second, a, b) =
        (version_in(1, "*"), version_in(2, "*"), version_in(3, "a"), version_in(3, "b"));
    assert_eq!(seen, [(&first, false, 2), (&second, false, 2), (&a, false, 1), (&b, false, 2)]);
    assert_eq!(known[0].views, ["rows \"quoted\"", "more"], "the names are kept");
    assert!(ok(store.versions("bundle/Project").await, "reading versions").is_empty(), "of nobody else");
}

pub(super) async fn a_version_serves_in_the_transaction_that_builds_it(factory: Factory) {
    let store = factory.open().await;
    fill(&store, &stream("a"), 6).await;
    let (first, second) =
        (introduced(&store, &version_in(1, "*")).await, introduced(&store, &version_in(2, "*")).await);
    ok(move_to(&store, &first, 5).await, "the first version goes on");

    let mut dropped = ok(store.begin(&second).await, "beginning");
    let serves = ok(dropped.serve_built(&[Cow::Borrowed("*")], Position(5)).await, "building");
    assert!(serves, "as far as the transaction sees");
    drop(dropped);
    assert_eq!(serving(&store).await, (1, 1), "what is not committed has not happened");

    assert!(!ok(build(&store, &second, &["*"], 4).await, "building"), "the one that serves is beyond that");
    assert_eq!(serving(&store).await, (1, 1));
    assert!(ok(build(&store, &second, &["*"], 6).await, "building"));
    assert_eq!(serving(&store).await, (2, 2), "it has all that the log has");
    assert!(ok(build(&store, &second, &["*"], 6).await, "building"), "there is nothing left to do");
    assert!(ok(build(&store, &first, &["*"], 6).await, "building"), "nor for an earlier one");
    assert_eq!(serving(&store).await, (2, 2), "which does not come back by itself");

    let stale = introduced(&store, &version_in(3, "*")).await;
    let newer = some(ok(store.claim(&stale.consumer, 4, node()).await, "claiming"), "a claim");
    is_fenced(&build(&store, &stale, &["*"], 6).await);
    assert_eq!(serving(&store).await, (2, 2), "whoever was fenced switches nothing");
    assert!(ok(build(&store, &newer, &["*"], 6).await, "building"));
    assert_eq!(serving(&store).await, (3, 3));
}

pub(super) async fn a_version_serves_when_all_its_contexts_are_built(factory: Factory) {
    let store = factory.open().await;
    introduced(&store, &version_in(1, "*")).await;
    let (north, south) = (
        introduced(&store, &version_in(2, "north")).await,
        introduced(&store, &version_in(2, "south")).await,
    );
    introduced(&store, &version_in(2, "no more")).await;
    let contexts = ["north", "south"];
    assert!(!ok(build(&store, &north, &contexts, 0).await, "building"), "the other one is missing");
    assert!(!ok(build(&store, &north, &contexts, 0).await, "building"), "and twice is once");
    assert_eq!(serving(&store).await, (1, 1));
    let built = ok(store.versions(PROJECTOR).await, "reading versions");
    let built: Vec<_> = built.iter().filter(|one| one.built).map(|one| &*one.consumer.context).collect();
    assert_eq!(built, ["north"]);
    assert!(ok(build(&store, &south, &contexts, 0).await, "building"));
    assert_eq!(serving(&store).await, (2, 2), "those that are asked for are built");
}

pub(super) async fn an_earlier_version_serves_again(factory: Factory) {
    let store = factory.open().await;
    introduced(&store, &version_in(1, "*")).await;
    let second = introduced(&store, &version_in(2, "*")).await;
    assert!(ok(build(&store, &second, &["*"], 0).await, "building"));
    assert!(!ok(store.serve_version(PROJECTOR, 7).await, "a version that is not there"));
    assert!(!ok(store.serve_version("bundle/Other", 1).await, "a projector that is not there"));
    assert_eq!(serving(&store).await, (2, 2));
    assert!(ok(store.serve_version(PROJECTOR, 1).await, "going back"));
    assert_eq!(serving(&store).await, (1, 2), "it is known that the second one has served");
    assert!(ok(build(&store, &second, &["*"], 0).await, "building"));
    assert_eq!(serving(&store).await, (1, 2), "which does not come back by itself");
    assert!(ok(store.serve_version(PROJECTOR, 2).await, "going forth"));
    assert_eq!(serving(&store).await, (2, 2));
}

pub(super) async fn a_version_that_does_not_serve_is_dropped(factory: Factory) {
    let store = factory.open().await;
    let (first, second) = (version_in(1, "*"), version_in(2, "*"));
    let (claim, newer) = (introduced(&store, &first).await, introduced(&store, &second).await);
    let view = |version| ViewId { view: Cow::Borrowed("rows"), version };
    for (claim, version) in [(&claim, 1), (&newer, 2)] {
        let mut transaction = ok(store.begin(claim).await, "beginning");
        for id in 0..25 {
            ok(transaction.put_view_row(&view(version), row(&format!("{id}"), "a")).await, "writing a row");
        }
        let (consumer, key) = (claim.consumer.clone(), "key".to_owned());
        let (position, at) = (Position(1), Timestamp::from_millis(1));
        let dead =
            DeadEvent { consumer, position, timer: None, key, error: None, attempts: 1, first_at: at, at };
        ok(transaction.park(dead).await, "parking");
        ok(transaction.commit(Position(0).into()).await, "committing");
    }
    assert!(!ok(store.retire_version(PROJECTOR, 1).await, "dropping the one that serves"), "it is refused");
    assert!(!ok(store.retire_version("bundle/Other", 1).await, "dropping what is not there"));
    assert!(ok(build(&store, &newer, &["*"], 0).await, "building"));
    assert!(ok(store.retire_version(PROJECTOR, 1).await, "dropping the first one"));
    is_fenced(&move_to(&store, &claim, 0).await);
    assert_eq!(ok(store.consumer(&first).await, "reading a consumer"), None);
    assert!(ok(store.consumer(&second).await, "reading a consumer").is_some(), "the other one is left alone");
    for (consumer, dead) in [(&first, 0), (&second, 1)] {
        let left = ok(store.dead_events(consumer, Position::START, 9).await, "listing dead events").len();
        assert_eq!(left, dead, "{consumer}");
    }
    let (consumer, position, at) = (first.clone(), Position(1), Timestamp::from_millis(1));
    let skip = Skip { consumer, position, reason: String::new(), at };
    assert!(!ok(store.skip(&skip).await, "a skip of what is gone"));
    assert!(!ok(store.serve_version(PROJECTOR, 1).await, "going back to what is gone"));

    let mut steps = 0;
    while ok(store.delete_view_rows(&view(1), 10).await, "deleting rows") {
        steps += 1;
        assert!(steps < 100, "it must come to an end");
    }
    let all = ViewMatch::All;
    assert!(ok(store.find_view_rows(&view(1), &all, Page::default()).await, "reading rows").is_empty());
    let by_name = ViewMatch::Equals { index: Cow::Borrowed("name"), value: "a".to_owned() };
    let left = ok(store.find_view_rows(&view(1), &by_name, Page::default()).await, "reading rows");
    assert!(left.is_empty(), "nothing leads to them");
    for matching in [all, by_name] {
        let kept = ok(store.find_view_rows(&view(2), &matching, Page::default()).await, "reading rows");
        assert_eq!(kept.len(), 25, "those of the other version are left alone");
    }
    ok(store.forget_version(PROJECTOR, 1).await, "forgetting");
    ok(store.forget_version(PROJECTOR, 1).await, "forgetting twice");
    let known = ok(store.versions(PROJECTOR).await, "reading versions");
    assert_eq!(known.iter().map(|one| &one.consumer).collect::<Vec<_>>(), [&second]);

    introduced(&store, &first).await;
    assert!(ok(store.serve_version(PROJECTOR, 1).await, "going back"));
    assert!(ok(store.retire_version(PROJECTOR, 2).await, "dropping the second one"));
    ok(store.forget_version(PROJECTOR, 2).await, "forgetting");
    assert_eq!(serving(&store).await, (1, 1));
    let again = introduced(&store, &second).await;
    assert!(ok(build(&store, &again, &["*"], 0).await, "building"));
    assert_eq!(serving(&store).await, (2, 2), "built anew, it serves");
}
