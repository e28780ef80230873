//! What holds whatever customers order.

use std::time::Duration;

use evento::prelude::*;
use proptest::{collection::vec, prelude::*};

use crate::{
    payloads::*,
    whole::{Tested, started},
};

/// What happens. Customers and orders have few ids, so that calls meet.
#[derive(Clone, Debug)]
enum Happening {
    Customer(u8),
    Order {
        customer: u8,
        order: u8,
        total: u64,
    },
    Cancel(u8),
    /// Everything that follows from what happened before is done.
    Settle,
    /// Time passes, perhaps more than an order may wait.
    Pass {
        seconds: u64,
    },
    /// The credit office is closed for such a time.
    Closed {
        seconds: u64,
    },
}

fn happening() -> impl Strategy<Value = Happening> {
    let (customer, order) = (|| 0..3_u8, || 0..8_u8);
    prop_oneof![
        2 => customer().prop_map(Happening::Customer),
        8 => (customer(), order(), 0..80_u64)
            .prop_map(|(customer, order, total)| Happening::Order { customer, order, total }),
        4 => order().prop_map(Happening::Cancel),
        2 => Just(Happening::Settle),
        1 => (0..10_u64).prop_map(|seconds| Happening::Pass { seconds }),
        1 => (0..10_u64).prop_map(|seconds| Happening::Closed { seconds }),
    ]
}

/// Lets something happen. Calls may be rejected for breaking a rule, and in no other way.
async fn happens(tested: &Tested, happening: Happening) {
    let (customer_id, order_id) = (|id: u8| format!("customer-{id}"), |id: u8| format!("order-{id}"));
    let (bundle, shop) = (&tested.bundle, &tested.shop);
    let answer = match happening {
        Happening::Customer(id) => shop.create_customer(customer_id(id), "Ada".into(), 100).await,
        Happening::Order { customer, order, total } => {
            shop.create_order(order_id(order), customer_id(customer), total).await
        }
        Happening::Cancel(order) => shop.cancel_order(order_id(order)).await,
        Happening::Settle => {
            bundle.settle().await.expect("it comes to rest");
            return;
        }
        Happening::Pass { seconds } => {
            let time = Duration::from_secs(seconds);
            bundle.advance(time).await.expect("it comes to rest");
            return;
        }
        Happening::Closed { seconds } => {
            bundle.pause("CreditOffice").await.expect("it is closed");
            let passing = bundle.advance(Duration::from_secs(seconds)).except("CreditOffice");
            passing.await.expect("the others come to rest");
            return bundle.app().resume("CreditOffice").await.expect("it opens");
        }
    };
    match answer {
        Ok(_)
        | Err(SendError::NotFound { .. } | SendError::AlreadyExists { .. } | SendError::Rejected(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

/// The rule that all of this is about: what a customer has reserved is what the approved orders hold, and never more than the limit.
fn check(history: &OrderHistory) {
    let approved = history.orders.values().filter(|line| line.status == OrderStatus::Approved);
    assert_eq!(history.reserved, approved.map(|line| line.total).sum::<u64>(), "{history:?}");
    assert!(history.reserved <= history.credit_limit, "{history:?}");
    let pending = history.orders.values().filter(|line| line.status == OrderStatus::Pending).count();
    assert_eq!(pending, 0, "every order is decided in the end: {history:?}");
}

async fn holds(happenings: Vec<Happening>) {
    let tested = started().await;
    for happening in happenings {
        happens(&tested, happening).await;
    }
    tested.bundle.settle().await.expect("it comes to rest");
    let histories = tested.shop.histories(0, 10).await.expect("an answer");
    histories.iter().for_each(check);
    tested.bundle.replay_equals_live().in_another_order(1).await.expect("the views are those of the log");
    tested.bundle.snapshots_equal_replay().await.expect("snapshots lose nothing");
    tested.bundle.prefixes_replay().await.expect("every prefix is handled");
    tested.bundle.shutdown().await.expect("it stops");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens(happenings in vec(happening(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime for tests").block_on(holds(happenings));
    }
}
