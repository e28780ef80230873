//! Logs that end anywhere.

use std::time::{SystemTime, UNIX_EPOCH};

use evento::{
    prelude::*,
    testing::{
        TestBundle,
        property::{self, PrefixError},
    },
};

use super::lending::*;
use crate::stores::run;

#[test]
fn every_prefix_of_a_good_log_is_handled() {
    run(async {
        let (bundle, desk, _outbox) = lending().await;
        lend(&desk, "atlas").await;
        bundle.advance(MAY_BE_KEPT).await.expect("it comes to rest");
        desk.take_back("atlas".into()).await.expect("it is taken back");
        let head = bundle.settle().await.expect("it comes to rest");
        assert_eq!(head, Position(5), "acquired, lent, two letters, returned");
        let prefixes = bundle.prefixes_replay().await.expect("all are handled");
        assert_eq!((prefixes.replayed, prefixes.left_out.len()), (5, 0));
        let builder = Lending::builder().provide(Outbox::default());
        let prefixes = property::prefixes_replay(&builder, &**bundle.store()).await;
        assert_eq!(prefixes.expect("all are handled").replayed, 5);
    });
}

/// A saga that cannot be put back: it takes for granted that its command leads to an event.
#[saga_state]
struct Trusting {
    #[association]
    book: String,
}

#[saga(version = 1)]
impl Trusting {
    #[saga_event_handler(association = "book", retry = 0)]
    async fn lent(event: &Lent, commands: &Commands<SendLetter>) -> Result<Self> {
        let letter = SendLetter { to: event.to.clone(), text: "enjoy it".into() };
        let sent = commands.send(letter).await?.event::<LetterSent>()?;
        sent.ok_or_else(|| Error::msg("no letter"))?;
        Ok(Self { book: event.book.clone() })
    }
}

bundle! { TrustingLending { id: "lending", version: 1, components: [Book, Postman, Trusting, Shelf, Catalogue, Desk] } }

#[test]
fn a_saga_that_cannot_live_through_its_events_again_is_found_out() {
    run(async {
        let builder = TestBundle::<TrustingLending>::builder().provide(Outbox::default());
        let bundle = builder.start().await.expect("it starts");
        lend(&bundle.invoker(), "atlas").await;
        bundle.settle().await.expect("all is well at first");
        let error = bundle.prefixes_replay().await.expect_err("its command goes nowhere");
        let is_found = matches!(error, PrefixError::NotHandled { until: Position(2), at_once: true, .. });
        assert!(is_found && error.to_string().contains("no letter"), "{error}");
    });
}

#[view]
struct Seen {
    #[id]
    book: String,
    at: u128,
}

#[derive(Default)]
struct Watch;

#[projector(version = 1)]
impl Watch {
    #[event_handler]
    async fn acquired(&self, event: &Acquired, views: &Views<Seen>) -> Result<()> {
        let at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
        Ok(views.put(Seen { book: event.book.clone(), at }).await?)
    }
}

bundle! { WatchedLending { id: "lending", version: 1, components: [Book, Postman, Loan, Shelf, Watch, Catalogue, Desk] } }

#[test]
fn a_projector_that_makes_something_else_each_time_is_found_out() {
    run(async {
        let builder = TestBundle::<WatchedLending>::builder().provide(Outbox::default());
        let bundle = builder.start().await.expect("it starts");
        lend(&bundle.invoker(), "atlas").await;
        let error = bundle.prefixes_replay().await.expect_err("time passes between two replays");
        let PrefixError::Differs { until, differences } = &error else { panic!("{error}") };
        assert_eq!((*until, differences.len(), differences[0].view), (Position(1), 1, "Seen"), "{error}");
    });
}
