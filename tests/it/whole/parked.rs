//! What was put aside is left where it is, and everything else is waited for.

use std::time::Duration;

use evento::{
    prelude::*,
    testing::{SettleError, TestBundle},
};

use super::lending::*;
use crate::stores::run;

/// Long enough for what comes to rest, and short enough to wait for what does not.
const SOON: Duration = Duration::from_millis(300);
/// More than are looked at at once.
const MANY: usize = 150;

#[saga_state]
struct Reminder {
    #[association]
    book: String,
    poisoned: bool,
}

/// Reminds of a book with one letter. One that is poisoned has many deadlines, and fails at each; one of a book that is cursed does not
/// begin.
#[saga(version = 1)]
impl Reminder {
    #[saga_event_handler(association = "book")]
    async fn lent(event: &Lent, timers: &Timers<Overdue>) -> Result<Self> {
        if event.book == "cursed" {
            return Err(Error::msg("it is cursed"));
        }
        let poisoned = event.book == "poisoned";
        for number in 0..if poisoned { MANY } else { 1 } {
            timers.schedule(Overdue).key(number.to_string()).after(MAY_BE_KEPT)?;
        }
        Ok(Self { book: event.book.clone(), poisoned })
    }

    /// From now on, it is found by the cursed book.
    #[saga_event_handler(association = "book")]
    async fn returned(&mut self, _event: &Returned) {
        self.book = "cursed".to_owned();
    }

    #[saga_deadline_handler]
    async fn overdue(&mut self, _deadline: Overdue, commands: &Commands<SendLetter>) -> Result<()> {
        if self.poisoned {
            return Err(Error::msg("it is poisoned"));
        }
        commands.send(SendLetter { to: "ada".into(), text: format!("bring back {}", self.book) }).await?;
        Ok(())
    }
}

bundle! { Reminding { id: "reminding", version: 1, components: [Book, Postman, Reminder, Shelf, Catalogue, Desk] } }

#[test]
fn the_deadline_of_a_healthy_saga_is_waited_for_beside_a_poisoned_one() {
    run(async {
        let slow = Slow::default();
        let builder = TestBundle::<Reminding>::builder().replace::<Postman, _>(slow.clone());
        let bundle = builder.start().await.expect("it starts");
        let desk = bundle.invoker::<Desk>();
        lend(&desk, "poisoned").await;
        bundle.settle().await.expect("it comes to rest");
        // Its deadline is behind all of the other's.
        let later = Duration::from_millis(1);
        bundle.clock().advance(later);
        lend(&desk, "atlas").await;
        bundle.settle().await.expect("it comes to rest");
        bundle
            .advance(MAY_BE_KEPT - later)
            .parked_allowed()
            .await
            .expect("all but what is put aside is done");
        bundle.clock().advance(later);
        slow.entered.notified().await;
        let error = bundle.settle().parked_allowed().within(SOON).await.expect_err("a letter is written");
        let SettleError::NotAtRest { due, .. } = &error else { panic!("{error}") };
        assert_eq!(due.len(), 1, "{error}");
        slow.go.notify_one();
        bundle.settle().parked_allowed().await.expect("all but what is put aside is done");
        let error = bundle.settle().await.expect_err("something is put aside");
        let SettleError::Parked(parked) = &error else { panic!("{error}") };
        assert!(parked.len() == 1 && error.to_string().contains("it is poisoned"), "{error}");
    });
}

#[test]
fn a_deadline_that_waits_behind_the_start_of_another_saga_is_not_waited_for() {
    run(async {
        let outbox = Outbox::default();
        let builder = TestBundle::<Reminding>::builder().provide(outbox.clone());
        let bundle = builder.start().await.expect("it starts");
        let desk = bundle.invoker::<Desk>();
        lend(&desk, "cursed").await;
        lend(&desk, "atlas").await;
        desk.take_back("atlas".into()).await.expect("it is taken back");
        bundle.advance(MAY_BE_KEPT).parked_allowed().await.expect("all but what is put aside is done");
        assert_eq!(outbox.letters(), [], "it waits behind what was put aside");
    });
}
