//! Fakes in the place of components.

use std::sync::{Arc, Mutex};

use evento::{
    StartError,
    prelude::*,
    testing::{FakeError, TestBundle, TestStartError},
};

use super::lending::*;
use crate::stores::run;

/// Remembers what it was told to send.
#[derive(Clone, Default)]
struct FakePostman {
    texts: Arc<Mutex<Vec<String>>>,
}

#[service]
impl FakePostman {
    #[command_handler]
    async fn deliver(&self, command: SendLetter) -> Result<LetterSent> {
        self.texts.lock().expect("not poisoned").push(command.text.clone());
        Ok(LetterSent { to: command.to, text: command.text })
    }
}

/// Reacts to nothing that matters.
#[derive(Clone, Default)]
struct Silence;

#[observer(version = 9)]
impl Silence {
    #[event_handler]
    async fn returned(&self, _event: &Returned) {}
}

#[test]
fn a_fake_is_called_in_the_place_of_the_real_one_and_under_its_name() {
    run(async {
        let fake = FakePostman::default();
        // Nothing is provided for the real one, which is not built.
        let builder = TestBundle::<Lending>::builder().replace::<Postman, _>(fake.clone());
        let bundle = builder.replace::<Welcome, _>(Silence).start().await.expect("it starts");
        lend(&bundle.invoker(), "atlas").await;
        assert_eq!(bundle.settle().await.expect("it comes to rest"), Position(2), "nobody is welcomed");
        bundle.advance(MAY_BE_KEPT).await.expect("it comes to rest");
        assert_eq!(*fake.texts.lock().expect("not poisoned"), ["bring back atlas"]);
        let status = bundle.app().status().await.expect("a status");
        assert!(status.iter().any(|one| one.consumer.to_string() == "lending/Welcome"), "{status:?}");
        let log = evento::store::log_events(&**bundle.store(), evento::store::LogQuery::default());
        let log: Vec<_> = futures_util::TryStreamExt::try_collect(log).await.expect("the log");
        assert_eq!(log[2].message.stream.kind, "Postman");
    });
}

#[service_command]
struct SendParcel {
    to: String,
}

#[service_event]
struct ParcelSent {
    to: String,
}

#[derive(Default)]
struct PostOffice;

#[service]
impl PostOffice {
    #[command_handler]
    async fn letter(&self, command: SendLetter) -> LetterSent {
        LetterSent { to: command.to, text: command.text }
    }

    #[command_handler]
    async fn parcel(&self, command: SendParcel) -> ParcelSent {
        ParcelSent { to: command.to }
    }
}

bundle! { Post { id: "post", version: 1, components: [PostOffice] } }

#[test]
fn fakes_that_do_not_fit_are_told_all_at_once() {
    run(async {
        let builder = TestBundle::<Post>::builder()
            .replace::<PostOffice, _>(FakePostman::default())
            .replace::<PostOffice, _>(Silence)
            .replace::<Postman, _>(FakePostman::default())
            .stand_in(FakePostman::default());
        let Err(error) = builder.start().await else { panic!("it must not start") };
        let told = error.to_string();
        let TestStartError::Fakes(errors) = error else { panic!("{told}") };
        let [unhandled, kind, absent, local] = &errors[..] else { panic!("{told}") };
        assert!(
            matches!(unhandled, FakeError::Unhandled { payloads, .. } if *payloads == ["SendParcel"]),
            "{told}"
        );
        assert!(
            matches!(kind, FakeError::OtherKind { fake: "Silence", replaced: "PostOffice", .. }),
            "{told}"
        );
        assert!(matches!(absent, FakeError::NotInBundle { known, .. } if *known == ["PostOffice"]), "{told}");
        assert!(matches!(local, FakeError::NotRemote { fake: "FakePostman", .. }), "{told}");
        assert!(told.contains("`SendParcel`"), "{told}");
    });
}

#[aggregate_state]
struct Pamphlet {}

#[aggregate]
impl Pamphlet {
    #[aggregate_command_handler]
    fn acquire(command: Acquire) -> Acquired {
        Acquired { book: command.book, title: command.title }
    }

    #[event_sourcing_handler]
    fn acquired(_event: &Acquired) -> Self {
        Self {}
    }
}

#[test]
fn an_aggregate_is_not_replaced_by_a_value() {
    run(async {
        let builder = TestBundle::<Lending>::builder().provide(Outbox::default());
        let Err(error) = builder.replace::<Book, _>(Pamphlet {}).start().await else {
            panic!("it must not start")
        };
        let TestStartError::Fakes(errors) = &error else { panic!("{error}") };
        assert!(matches!(errors[..], [FakeError::Kind { fake: "Pamphlet", .. }]), "{error}");
    });
}

#[test]
fn what_a_component_needs_is_told_as_in_production() {
    run(async {
        let Err(error) = TestBundle::<Lending>::start().await else { panic!("it must not start") };
        let missing = is_start_error(&error);
        assert!(matches!(missing, Some(StartError::Missing(missing)) if missing.len() == 1), "{error}");
    });
}

#[derive(Default)]
struct Secretary;

#[invoker]
impl Secretary {
    #[invocation_handler]
    pub async fn write(&self, commands: &Commands<SendLetter>, text: String) -> Result<Receipt, SendError> {
        commands.send(SendLetter { to: "ada".into(), text }).await
    }
}

bundle! { Office { id: "office", version: 1, components: [Secretary], remote: [SendLetter] } }

#[test]
fn what_another_bundle_handles_has_a_stand_in() {
    run(async {
        let alone = TestBundle::<Office>::start().await.expect("it starts");
        let refused = alone.invoker::<Secretary>().write("hello".into()).await;
        assert!(matches!(refused, Err(SendError::NotHandled { .. })), "{refused:?}");
        let coverage = alone.coverage().await.expect("a coverage");
        coverage.assert_everything_exercised();

        let fake = FakePostman::default();
        let builder = TestBundle::<Office>::builder().stand_in(fake.clone());
        let office = builder.start().await.expect("it starts");
        let missed = office.coverage().await.expect("a coverage").to_string();
        assert!(missed.contains("never: `Secretary::write` sends `SendLetter`"), "{missed}");
        office.invoker::<Secretary>().write("hello".into()).await.expect("it is sent");
        assert_eq!(*fake.texts.lock().expect("not poisoned"), ["hello"]);
        office.coverage().await.expect("a coverage").assert_everything_exercised();
    });
}
