//! Counting what readers are not given.

use std::sync::Arc;

use super::{StoreFactory, kit::*};
use crate::{
    message::{Context, Position, Timestamp},
    store::{Expected, LogFilter, LogQuery},
};

type Factory = Arc<dyn StoreFactory>;

pub(super) async fn what_is_given_and_what_is_left_out_is_everything(factory: Factory) {
    let store = factory.open().await;
    for (number, names) in [["A", "B"], ["B", "C"], ["A", "A"], ["it's", "C"]].iter().enumerate() {
        let mut next = append(&stream(&number.to_string()), Expected::Version(0), names);
        for event in &mut next.events {
            event.timestamp = Timestamp::from_millis(i64::try_from(number).unwrap_or(i64::MAX));
            if number % 2 == 1 {
                event.context = Context::new("odd");
            }
        }
        next.closes = number == 2;
        ok(store.append(next, far()).await, "appending");
    }
    let purge = store.purge_closed_streams(Timestamp::from_millis(9), Position::START, 100).await;
    assert_eq!(ok(purge, "purging").purged, 1, "a stream that is closed");
    let filters = [
        LogFilter::default(),
        LogFilter { names: Arc::from(["A".into()]), ..LogFilter::default() },
        LogFilter { names: Arc::from(["C".into(), "it's".into()]), ..LogFilter::default() },
        LogFilter { contexts: Arc::from([Context::new("odd")]), ..LogFilter::default() },
        LogFilter { stream_kind: Some("Order".into()), ..LogFilter::default() },
        LogFilter { stream_kind: Some("Other".into()), ..LogFilter::default() },
        LogFilter { recorded_until: Some(Timestamp::from_millis(1)), ..LogFilter::default() },
        LogFilter {
            names: Arc::from(["B".into()]),
            contexts: Arc::from([Context::new("odd")]),
            stream_kind: Some("Order".into()),
            recorded_until: Some(Timestamp::from_millis(1)),
        },
    ];
    for filter in filters {
        for (after, until) in [(0, 8), (0, 0), (3, 7), (4, 6), (7, 8), (8, 8), (2, 100)] {
            let (from, to) = (Position(after), Position(until));
            let query =
                LogQuery { after: from.into(), until: Some(to), filter: filter.clone(), ..everything() };
            let given = ok(store.read_log(&query).await, "reading the log").events.len() as u64;
            let left_out = ok(store.count_left_out(from, to, &filter).await, "counting what is left out");
            assert_eq!(
                given + left_out,
                until.min(8) - after,
                "behind {after} up to {until} with {filter:?}"
            );
        }
    }
    let purged = ok(store.count_left_out(Position(4), Position(6), &LogFilter::default()).await, "counting");
    assert_eq!(purged, 2, "what was purged is left out");
}
