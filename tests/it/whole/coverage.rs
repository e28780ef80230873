//! What was exercised, and what was not.

use evento::{
    prelude::*,
    testing::{Coverage, Exercise, TestBundle},
};

use super::lending::*;
use crate::stores::run;

/// What is missed of a bundle, as it is told.
fn missed(coverage: &Coverage) -> Vec<String> {
    coverage.not_exercised().iter().map(ToString::to_string).collect()
}

async fn everything() -> TestBundle<Lending> {
    let (bundle, desk, _outbox) = lending().await;
    lend(&desk, "atlas").await;
    bundle.advance(MAY_BE_KEPT).await.expect("it comes to rest");
    desk.take_back("atlas".into()).await.expect("it is taken back");
    desk.find("atlas".into()).await.expect("an answer");
    bundle.settle().await.expect("it comes to rest");
    bundle
}

#[test]
fn nothing_is_missed_when_all_was_exercised() {
    run(async {
        let coverage = everything().await.coverage().await.expect("a coverage");
        coverage.assert_everything_exercised();
        let welcome = Exercise::CommandSent { component: "Welcome", handler: "lent", command: "SendLetter" };
        assert_eq!(coverage.count(&welcome), Some(1));
        let letters = Exercise::EventDecided { component: "Postman", event: "LetterSent" };
        assert_eq!(coverage.count(&letters), Some(2));
        assert_eq!(coverage.count(&Exercise::EventDecided { component: "Postman", event: "Lent" }), None);
    });
}

#[test]
fn what_no_test_came_to_is_named() {
    run(async {
        let (bundle, desk, _outbox) = lending().await;
        lend(&desk, "atlas").await;
        // Rejected: the handler is called, and what it would decide is decided once.
        desk.lend("atlas".into(), "linus".into()).await.expect_err("it is lent");
        desk.take_back("bestiary".into()).await.expect_err("nobody has acquired it");
        bundle.settle().await.expect("it comes to rest");
        let coverage = bundle.coverage().await.expect("a coverage");
        let expected = [
            "`Book::returned` is called",
            "`Book::take_back` is called",
            "`Desk::find` is called",
            "`Loan::overdue` is called",
            "`Loan::returned` is called",
            "`Shelf::returned` is called",
            "`Loan::overdue` sends `SendLetter`",
            "`Desk::find` asks `FindBook`",
            "`Book` decides `Returned`",
        ];
        assert_eq!(missed(&coverage), expected, "{coverage}");
        let lend = Exercise::HandlerCalled { component: "Book", handler: "lend" };
        assert_eq!(coverage.count(&lend), Some(2), "one was rejected");
        assert!(coverage.to_string().contains("\n  never: `Loan::overdue` sends `SendLetter`"), "{coverage}");
        let without = coverage.without("Loan").without("Desk");
        assert_eq!(missed(&without).len(), 4, "{without}");
    });
}

#[test]
#[should_panic(expected = "never: `Book::acquire` is called")]
fn what_was_missed_makes_a_test_fail() {
    Coverage::none::<Lending>().assert_everything_exercised();
}

#[domain_command]
struct Paint {
    #[aggregate_id]
    wall: String,
}

#[domain_event]
struct Painted {
    wall: String,
}

#[aggregate_state]
struct Wall {}

/// Two handlers for one command and for one event: which of them is called is said by the life of the wall.
#[aggregate]
impl Wall {
    #[aggregate_command_handler]
    fn first_coat(command: Paint) -> Painted {
        Painted { wall: command.wall }
    }

    #[aggregate_command_handler]
    fn next_coat(&self, command: Paint) -> Painted {
        Painted { wall: command.wall }
    }

    #[event_sourcing_handler]
    fn begun(_event: &Painted) -> Self {
        Self {}
    }

    #[event_sourcing_handler]
    fn painted(&mut self, _event: &Painted) {}
}

#[derive(Default)]
struct Painter;

#[invoker]
impl Painter {
    #[invocation_handler]
    pub async fn paint(&self, commands: &Commands<Paint>, wall: String) -> Result<Receipt, SendError> {
        commands.send(Paint { wall }).await
    }
}

bundle! { Painting { id: "painting", version: 1, components: [Wall, Painter] } }

#[test]
fn two_handlers_of_one_command_are_told_apart() {
    run(async {
        let bundle = TestBundle::<Painting>::start().await.expect("it starts");
        let painter = bundle.invoker::<Painter>();
        painter.paint("north".into()).await.expect("it is painted");
        painter.paint("south".into()).await.expect("it is painted");
        let coverage = bundle.coverage().await.expect("a coverage");
        assert_eq!(missed(&coverage), ["`Wall::next_coat` is called", "`Wall::painted` is called"]);
        painter.paint("north".into()).await.expect("it is painted");
        bundle.coverage().await.expect("a coverage").assert_everything_exercised();
    });
}

#[derive(Clone, Default)]
struct FakePostman;

#[service]
impl FakePostman {
    #[command_handler]
    async fn send(&self, command: SendLetter) -> LetterSent {
        LetterSent { to: command.to, text: command.text }
    }
}

#[test]
fn a_fake_exercises_nothing_but_those_who_call_it() {
    run(async {
        let builder = TestBundle::<Lending>::builder().replace::<Postman, _>(FakePostman);
        let bundle = builder.start().await.expect("it starts");
        lend(&bundle.invoker(), "atlas").await;
        bundle.settle().await.expect("it comes to rest");
        let faked = bundle.coverage().await.expect("a coverage");
        let send = Exercise::HandlerCalled { component: "Postman", handler: "send" };
        assert_eq!(faked.count(&send), Some(0), "that was another one of the same name");
        assert!(!faked.not_exercised().contains(&send), "{faked}");
        assert!(faked.to_string().contains("not expected: what `Postman` does"), "{faked}");
        let welcome = Exercise::CommandSent { component: "Welcome", handler: "lent", command: "SendLetter" };
        assert_eq!(faked.count(&welcome), Some(1));

        let mut sum = Coverage::none::<Lending>();
        sum.merge(&faked);
        assert!(sum.not_exercised().contains(&send), "nothing else has called the real one: {sum}");
        sum.merge(&everything().await.coverage().await.expect("a coverage"));
        sum.assert_everything_exercised();
        assert_eq!(sum.count(&welcome), Some(2));
    });
}

bundle! { Gallery { id: "gallery", version: 1, components: [Wall, Painter] } }

#[test]
fn several_tests_of_a_process_are_summed_up() {
    let scenario = |walls: &'static [&'static str]| async move {
        let bundle = TestBundle::<Gallery>::start().await.expect("it starts");
        let painter = bundle.invoker::<Painter>();
        for wall in walls {
            painter.paint((*wall).into()).await.expect("it is painted");
        }
        bundle
    };
    run(async {
        let first = scenario(&["north"]).await;
        assert_eq!(Coverage::of_process::<Gallery>(), Coverage::none::<Gallery>(), "nobody has told yet");
        first.shutdown().await.expect("it stops");
        assert_eq!(missed(&Coverage::of_process::<Gallery>()).len(), 2);
        let second = scenario(&["south", "south"]).await;
        for _ in 0..2 {
            second.coverage().await.expect("a coverage");
        }
        let sum = Coverage::of_process::<Gallery>();
        sum.assert_everything_exercised();
        let paint = Exercise::HandlerCalled { component: "Painter", handler: "paint" };
        assert_eq!(sum.count(&paint), Some(3), "each is counted once");
    });
}

#[test]
#[should_panic(expected = "`painting` v1 cannot be added to that of `gallery` v1")]
fn the_coverage_of_another_bundle_is_not_added() {
    Coverage::none::<Gallery>().merge(&Coverage::none::<Painting>());
}
