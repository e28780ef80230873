//! Observers: given answers, when an event, then commands.

use std::marker::PhantomData;

use super::{
    list::{ListOf, OneOf, kind, listed},
    settings::{answers_to, fails_with, provided_to, responds_to, sends, stream_of, time_of, world_of},
    subject::{Core, call, is_kind},
    told::stage::{Given, When},
};
use crate::{
    component::{Component, ComponentKind, HandlerKind},
    handler::{Incoming, Invocation, MessageRef, ReplayStatus},
    message::{CommandId, StoredEvent},
    payload::Event,
};

/// Begins a test of the observer `O`.
///
/// ```text
/// observer::<CreditOffice>()
///     .answers::<ReserveCredit>(not_found())
///     .when(ordered("o1", 70))
///     .then_commands((reserve("o1", 70), reject("o1", Reason::UnknownCustomer)));
/// ```
#[must_use = "nothing is checked before a `then_..`"]
pub fn observer<O: Component>() -> ObserverTest<O> {
    const { assert!(is_kind(&O::META, ComponentKind::Observer), "`observer` tests an `#[observer]`") };
    ObserverTest { core: Core::new(const { &O::META }), last: None, types: PhantomData }
}

/// A test of an observer, begun by [`observer`].
pub struct ObserverTest<O, S = Given> {
    core: Core,
    /// What it has handled in the last step.
    last: Option<StoredEvent>,
    types: PhantomData<fn() -> (O, S)>,
}

world_of!([C, S] ObserverTest<C, S>);
time_of!([C, S] ObserverTest<C, S>);
stream_of!([C, S] ObserverTest<C, S>);
provided_to!([C, S] ObserverTest<C, S>);
answers_to!([C, S] ObserverTest<C, S>);
responds_to!([C, S] ObserverTest<C, S>);
sends!([C] ObserverTest<C, When>);
fails_with!([C] ObserverTest<C, When>);

impl<O, S> ObserverTest<O, S> {
    /// From here on, the observer handles again what it has handled before: its handlers are told so, and what they send goes
    /// nowhere.
    #[must_use = "nothing is checked before a `then_..`"]
    pub fn replaying(mut self) -> Self {
        self.core.replay = ReplayStatus::Replaying;
        self
    }

    /// The observer is to handle an event.
    ///
    /// # Panics
    /// When it has no handler for it, cannot be built, or asks a query to which the test says no answer.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn when<E: Event>(self, event: E) -> ObserverTest<O, When> {
        self.when_stored(event)
    }

    /// The same with an event as it was [stored](super::stored()) once.
    ///
    /// # Panics
    /// As [`when`](Self::when); also when this is not one event.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn when_stored(mut self, event: impl ListOf<kind::Events>) -> ObserverTest<O, When> {
        let handled = single(event).and_then(|one| {
            self.core.told.when(&one);
            let stored = self.core.world.stored(&one);
            self.handle(&one, &stored)?;
            Ok(stored)
        });
        let last = self.core.check(handled);
        ObserverTest { core: self.core, last: Some(last), types: PhantomData }
    }

    fn handle(&mut self, one: &OneOf, event: &StoredEvent) -> Result<(), String> {
        let handler = self.core.handler(HandlerKind::Event, one.meta)?;
        let instance = self.core.instance()?;
        self.core.begin_step();
        let mut scope = self.core.scope(event.message.id, event.message.correlation_id);
        scope.metadata = event.message.metadata.clone();
        scope.context = event.message.context.clone();
        let incoming = Incoming::new(MessageRef::Stored(event));
        let mut invocation = Invocation::new(&incoming, Some(&scope));
        invocation.instance = Some(&**instance);
        invocation.replay = self.core.replay;
        let called = self.core.driver()?.wait(call(handler, invocation));
        self.core.double.check_answered()?;
        if let Err(failure) = called {
            self.core.double.forget_rejections(scope.seed);
            self.core.failure = Some(failure);
        }
        Ok(())
    }
}

impl<O> ObserverTest<O, When> {
    /// Handled once more, as after a crash, the event leads to the same commands under the same ids, so that they count once. The
    /// double answers them as an application does: with their first outcome.
    ///
    /// # Panics
    /// When it leads to other commands, or the handler fails.
    #[track_caller]
    pub fn then_again_the_same(mut self) -> Self {
        let again = self.again();
        self.core.check(again);
        self
    }

    fn again(&mut self) -> Result<(), String> {
        self.core.succeeded()?;
        let Some(event) = self.last.clone() else { return Ok(()) };
        let first = identified(&self.core);
        let handlers = self.core.handlers(HandlerKind::Event);
        let payload = handlers
            .filter_map(|handler| handler.payload)
            .find(|payload| payload.is_called(&event.message.name))
            .ok_or_else(|| "the event has no handler any more".to_owned())?;
        let one = OneOf::raw(payload, event.message.payload_version, event.message.payload.clone());
        self.core.told.tell("when", "the same once more");
        self.handle(&one, &event)?;
        self.core.succeeded()?;
        same_commands(&first, &identified(&self.core))
    }
}

/// The commands of the last step, with their ids.
pub(super) fn identified(core: &Core) -> Vec<(CommandId, serde_json::Value)> {
    let sent = core.double.sent();
    sent.iter()
        .map(|sent| (sent.message.id, sent.told()))
        .map(|(id, (name, payload))| (id, serde_json::json!({ name: payload })))
        .collect()
}

/// Whether a repetition sent what was sent before.
pub(super) fn same_commands(
    first: &[(CommandId, serde_json::Value)],
    again: &[(CommandId, serde_json::Value)],
) -> Result<(), String> {
    let json = |all: &[(CommandId, serde_json::Value)]| {
        serde_json::Value::Array(
            all.iter().map(|(id, one)| serde_json::json!({ "id": id, "command": one })).collect(),
        )
    };
    if first == again {
        return Ok(());
    }
    let differences = crate::testing::diff::diff(&json(first), &json(again));
    Err(format!(
        "the first time other commands were sent (-) than the second time (+); give commands whose order may change a `.key(..)`:\n{differences}"
    ))
}

/// The only payload of a list.
pub(super) fn single<K>(list: impl ListOf<K>) -> Result<OneOf, String> {
    let mut all = listed(list)?;
    match (all.pop(), all.len()) {
        (Some(one), 0) => Ok(one),
        (_, others) => Err(format!("`when` takes one at a time, and these are {}", others + 1)),
    }
}
