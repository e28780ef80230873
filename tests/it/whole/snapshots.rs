//! Snapshots that lose something.

use std::collections::{HashMap, HashSet};

use evento::{
    prelude::*,
    serde::{Serialize, Serializer},
    testing::{TestBundle, property::SnapshotError},
};

use super::lending::*;
use crate::stores::run;

#[test]
fn snapshots_after_any_event_are_as_good_as_all_events() {
    run(async {
        let (bundle, desk, _outbox) = lending().await;
        lend(&desk, "atlas").await;
        lend(&desk, "bestiary").await;
        desk.take_back("atlas".into()).await.expect("it is taken back");
        bundle.settle().await.expect("it comes to rest");
        let checked = bundle.snapshots_equal_replay().await.expect("nothing is lost");
        assert_eq!((checked.streams, checked.snapshots), (2, 5));
    });
}

#[domain_command]
struct Count {
    #[aggregate_id]
    meter: String,
    by: u64,
}

#[domain_event]
struct Counted {
    by: u64,
}

#[derive(Default)]
struct Reader;

#[invoker]
impl Reader {
    #[invocation_handler]
    pub async fn count(&self, commands: &Commands<Count>, by: u64) -> Result<Receipt, SendError> {
        commands.send(Count { meter: "m".into(), by }).await
    }
}

/// An aggregate that counts, with a state that is written in one way or another.
macro_rules! meter {
    ($module:ident, $state:item, $start:expr, $next:expr) => {
        mod $module {
            use super::*;

            $state

            #[aggregate(snapshot_every = 1)]
            impl Meter {
                #[aggregate_command_handler]
                fn first(command: Count) -> Counted {
                    Counted { by: command.by }
                }

                #[aggregate_command_handler]
                fn next(&self, command: Count) -> Counted {
                    Counted { by: command.by }
                }

                #[event_sourcing_handler]
                fn started(event: &Counted) -> Self {
                    $start(event.by)
                }

                #[event_sourcing_handler]
                fn counted(&mut self, event: &Counted) {
                    $next(self, event.by);
                }
            }

            bundle! { pub Meters { id: "meters", version: 1, components: [Meter, Reader] } }
        }
    };
}

meter!(
    forgetful,
    #[aggregate_state]
    struct Meter {
        times: u64,
        #[serde(skip)]
        total: u64,
    },
    |by| Meter { times: 1, total: by },
    |meter: &mut Meter, by| (meter.times, meter.total) = (meter.times + 1, meter.total + by)
);

meter!(
    hidden,
    #[aggregate_state(manual(Debug))]
    struct Meter {
        #[serde(skip)]
        last: u64,
        before: u64,
    },
    |by| Meter { last: by, before: 0 },
    |meter: &mut Meter, by| (meter.before, meter.last) = (meter.last, by)
);

meter!(
    unordered,
    #[aggregate_state]
    struct Meter {
        seen: HashSet<u64>,
        times: HashMap<String, Vec<u64>>,
    },
    |by| Meter { seen: HashSet::from([by]), times: HashMap::new() },
    |meter: &mut Meter, by: u64| {
        meter.seen.insert(by);
        meter.times.entry((by % 7).to_string()).or_default().push(by);
    }
);

meter!(
    reordered,
    #[aggregate_state]
    struct Meter {
        #[serde(serialize_with = "ascending")]
        seen: Vec<u64>,
    },
    |by| Meter { seen: vec![by] },
    |meter: &mut Meter, by| meter.seen.push(by)
);

fn ascending<S: Serializer>(numbers: &[u64], to: S) -> Result<S::Ok, S::Error> {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    numbers.serialize(to)
}

async fn counted<B: evento::DefinedBundle>(numbers: impl IntoIterator<Item = u64>) -> TestBundle<B> {
    let bundle = TestBundle::<B>::start().await.expect("it starts");
    let reader = bundle.invoker::<Reader>();
    for by in numbers {
        reader.count(by).await.expect("it is counted");
    }
    bundle
}

#[test]
fn a_field_that_no_snapshot_has_is_found_out() {
    run(async {
        let bundle = counted::<forgetful::Meters>([3, 4]).await;
        let error = bundle.snapshots_equal_replay().await.expect_err("a field is lost");
        let SnapshotError::Loses { stream, version, difference } = &error else { panic!("{error}") };
        assert_eq!((&*stream.kind, *version), ("Meter", 1));
        assert!(difference.contains("-     total: 3,\n+     total: 0,"), "{difference}");
    });
}

#[test]
fn a_field_that_is_not_shown_is_found_out_by_what_it_leads_to() {
    run(async {
        let bundle = counted::<hidden::Meters>([3, 4, 5]).await;
        let error = bundle.snapshots_equal_replay().await.expect_err("a field is lost");
        let SnapshotError::Differs { version, end, difference, .. } = &error else { panic!("{error}") };
        assert_eq!((*version, *end), (2, 3), "{error}");
        assert!(difference.contains("-   \"before\": 4\n+   \"before\": 0"), "{difference}");
    });
}

#[test]
fn a_list_that_comes_back_in_another_order_is_found_out() {
    run(async {
        let bundle = counted::<reordered::Meters>([1, 3, 2]).await;
        let error = bundle.snapshots_equal_replay().await.expect_err("its order is lost");
        let SnapshotError::Loses { version: 3, difference, .. } = &error else { panic!("{error}") };
        assert!(difference.contains("seen: ["), "{difference}");
    });
}

#[test]
fn the_order_of_sets_and_maps_does_not_count() {
    run(async {
        let bundle = counted::<unordered::Meters>(0..40).await;
        let checked = bundle.snapshots_equal_replay().await.expect("nothing is lost");
        assert_eq!((checked.streams, checked.snapshots), (1, 40));
    });
}
