//! Aggregates: given events, when a command, then events, a rejection, or the state.

use std::{collections::HashMap, marker::PhantomData, sync::Arc};

use serde_json::Value;

use super::{
    compare::{compare, compare_json, compare_rejections, not_among},
    list::{ListOf, OneOf, kind, listed, parsed},
    settings::{time_of, world_of},
    subject::{Core, is_kind, says},
    told::stage::{Given, When},
};
use crate::{
    command::{Loaded, apply, cannot_apply, decide},
    component::{Component, ComponentBody, ComponentKind},
    handler::{NewEvents, call_sync},
    message::{CommandId, EventMessage, StreamId},
    outcome::SendError,
    payload::{AggregateState, DomainCommand, FieldRole, PayloadMeta},
    registry::{AggregateType, Lives, aggregate_type},
};

/// The id of an aggregate about which no command has said it yet.
const UNNAMED: &str = "?";

/// Begins a test of the aggregate `A`.
///
/// ```text
/// aggregate::<Account>()
///     .given(Opened { balance: 100 })
///     .when(Withdraw { account: "a".into(), amount: 70 })
///     .then_events(Withdrawn { amount: 70 })
///     .when(Withdraw { account: "a".into(), amount: 70 })
///     .then_rejected(AccountError::BalanceTooLow);
/// ```
#[must_use = "nothing is checked before a `then_..`"]
pub fn aggregate<A: Component + AggregateState>() -> AggregateTest<A> {
    const { assert!(is_kind(&A::META, ComponentKind::Aggregate), "`aggregate` tests an `#[aggregate]`") };
    AggregateTest::new(Core::new(const { &A::META }))
}

/// A test of an aggregate, begun by [`aggregate`].
pub struct AggregateTest<A, S = Given> {
    core: Core,
    parts: Parts,
    /// How the last command came out.
    outcome: Result<Vec<EventMessage>, SendError>,
    types: PhantomData<fn() -> (A, S)>,
}

/// The aggregate itself.
struct Parts {
    aggregate: Arc<AggregateType>,
    deciding: HashMap<&'static str, (&'static PayloadMeta, Lives)>,
    stream: StreamId,
    /// All events, in order.
    history: Vec<EventMessage>,
    loaded: Loaded,
    /// The id of the next command.
    next_id: Option<CommandId>,
}

world_of!([C, S] AggregateTest<C, S>);
time_of!([C, S] AggregateTest<C, S>);

impl<A> AggregateTest<A> {
    fn new(core: Core) -> Self {
        let ComponentBody::Aggregate(body) = &core.meta.body else {
            panic!("an aggregate has the body of an aggregate")
        };
        let (aggregate, deciding) = aggregate_type(core.meta, body);
        let parts = Parts {
            aggregate,
            deciding,
            stream: StreamId::new(core.meta.name, UNNAMED),
            history: Vec::new(),
            loaded: Loaded::default(),
            next_id: None,
        };
        Self { core, parts, outcome: Ok(Vec::new()), types: PhantomData }
    }
}

impl<A: Component + AggregateState, S> AggregateTest<A, S> {
    /// These events have happened, in this order, after those that were given or decided before.
    ///
    /// # Panics
    /// When the aggregate cannot apply them: it does not know one of them, or one changes a life that has not begun.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn given(mut self, events: impl ListOf<kind::Events>) -> Self {
        let given = self.happened(events);
        self.core.check(given);
        self
    }

    fn happened(&mut self, events: impl ListOf<kind::Events>) -> Result<(), String> {
        let events = listed(events)?;
        self.core.told.given(&events);
        for one in &events {
            let version = self.parts.loaded.version + 1;
            let event = self.core.world.event(one, (&self.parts.stream, version), None);
            self.parts.apply(event).map_err(|error| format!("what was given cannot be: {error}"))?;
        }
        self.parts.restore()
    }

    /// The id of the next command, which is counted otherwise.
    #[must_use = "nothing is checked before a `then_..`"]
    pub fn with_id(mut self, id: CommandId) -> Self {
        self.parts.next_id = Some(id);
        self
    }

    /// The aggregate is to decide a command. Said again, it decides on the state that came of the events before; a command that was
    /// rejected has changed nothing.
    ///
    /// If the aggregate keeps snapshots, its state goes through its JSON between two steps.
    ///
    /// # Panics
    /// When the aggregate has no handler for the command, when the command is for another aggregate than the one before, or when
    /// the command or the state does not survive its JSON.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn when<C: DomainCommand>(mut self, command: C) -> AggregateTest<A, When> {
        let decided = self.decide(&command);
        let outcome = self.core.check(decided);
        let Self { core, parts, .. } = self;
        AggregateTest { core, parts, outcome, types: PhantomData }
    }

    fn decide<C: DomainCommand>(
        &mut self,
        command: &C,
    ) -> Result<Result<Vec<EventMessage>, SendError>, String> {
        let one = OneOf::of(command)?;
        let id = command.aggregate_id();
        self.parts.is_about::<C>(&id)?;
        self.core.told.when(&one);
        let Some(&(payload, handlers)) = self.parts.deciding.get(C::META.name) else {
            let known = self.parts.deciding.keys().copied();
            return Err(format!(
                "it has no handler for `{}`{}",
                C::META.name,
                not_among(C::META.name, known)
            ));
        };
        if id.is_empty() {
            return Ok(Err(SendError::EmptyId { command: payload.name }));
        }
        let message = self.core.world.command(&one, self.parts.next_id.take());
        let Parts { aggregate, stream, loaded, .. } = &self.parts;
        let called =
            decide(aggregate, stream, handlers, (payload.name, &message), loaded, |handler, invocation| {
                call_sync(handler.run, invocation)
            });
        let decided = match called {
            Ok(decided) => self.envelop(decided, &message),
            Err(error) => return Ok(Err(error)),
        };
        for event in &decided {
            if let Err(error) = apply(&self.parts.aggregate, &mut self.parts.loaded, event) {
                self.parts.rebuild()?;
                return Ok(Err(cannot_apply(&self.parts.stream, event, error)));
            }
        }
        self.parts.history.extend(decided.iter().cloned());
        self.parts.restore()?;
        Ok(Ok(decided))
    }

    fn envelop(&self, decided: NewEvents, message: &crate::message::CommandMessage) -> Vec<EventMessage> {
        let (world, before) = (&self.core.world, self.parts.loaded.version);
        let envelop = |(version, new): (u64, crate::handler::NewEvent)| {
            let one = OneOf::raw(new.meta, new.meta.version, new.payload);
            world.event(&one, (&self.parts.stream, version), Some(message))
        };
        (before + 1..).zip(decided.into_vec()).map(envelop).collect()
    }
}

impl Parts {
    /// Takes the id of the aggregate from the first command.
    fn is_about<C: DomainCommand>(&mut self, id: &str) -> Result<(), String> {
        if &*self.stream.id == UNNAMED {
            self.stream = StreamId::new(self.stream.kind.clone(), id);
            for event in &mut self.history {
                event.stream = self.stream.clone();
            }
            // Handlers may have looked at it.
            return self.rebuild();
        }
        if &*self.stream.id != id && !id.is_empty() {
            let (command, about) = (C::META.name, &self.stream.id);
            return Err(format!(
                "this test is about the one with the id `{about}`, and this `{command}` is for `{id}`: begin another test for another aggregate"
            ));
        }
        Ok(())
    }

    fn apply(&mut self, event: EventMessage) -> Result<(), String> {
        apply(&self.aggregate, &mut self.loaded, &event).map_err(|error| error.to_string())?;
        self.history.push(event);
        Ok(())
    }

    /// The state as it is when the aggregate is loaded.
    fn rebuild(&mut self) -> Result<(), String> {
        let mut loaded = Loaded::default();
        for event in &self.history {
            apply(&self.aggregate, &mut loaded, event)
                .map_err(|error| format!("what has happened cannot be applied again: {error}"))?;
        }
        self.loaded = loaded;
        self.restore()
    }

    /// Puts the state in place that is read from its snapshot, if the aggregate keeps snapshots.
    fn restore(&mut self) -> Result<(), String> {
        let codec = self.aggregate.body.codec;
        let (Some(_), Some(state)) = (self.aggregate.body.snapshot_every, &self.loaded.state) else {
            return Ok(());
        };
        let encoded = (codec.encode)(&**state)
            .map_err(|error| format!("the state does not survive a snapshot: it has no JSON: {error}"))?;
        let decoded = (codec.decode)(&encoded).map_err(|error| {
            format!(
                "the state does not survive a snapshot: {error}; it was written as\n{:#}",
                parsed(&encoded)
            )
        })?;
        self.loaded.state = Some(decoded);
        Ok(())
    }
}

impl<A: Component + AggregateState> AggregateTest<A, When> {
    /// The command was accepted with these events, in this order, and no others. They are compared by their JSON.
    ///
    /// # Panics
    /// When it was not, with the difference.
    #[track_caller]
    pub fn then_events(self, expected: impl ListOf<kind::Events>) -> Self {
        let expected = self.core.check(listed(expected));
        let compared = self.accepted().and_then(|events| compare("events", &expected, told(events)));
        self.core.check(compared.map_err(|what| format!("{what}{}", self.strangers(&expected))));
        self
    }

    /// The command was accepted, and nothing has happened.
    ///
    /// # Panics
    /// When it was rejected, or something has happened.
    #[track_caller]
    pub fn then_nothing(self) -> Self {
        self.then_events(())
    }

    /// The command was rejected with an error that equals this one.
    ///
    /// # Panics
    /// When it was accepted, or rejected otherwise.
    #[track_caller]
    pub fn then_rejected<E: std::error::Error + PartialEq + Send + Sync + 'static>(
        self,
        expected: E,
    ) -> Self {
        let found = self.core.check(self.rejected::<E>());
        self.core.check(compare_rejections(&expected, found));
        self
    }

    /// The command was rejected with an `E`, at which `check` looks.
    ///
    /// # Panics
    /// When it was accepted, or rejected with another error.
    #[track_caller]
    pub fn then_rejected_as<E: std::error::Error + Send + Sync + 'static>(
        self,
        check: impl FnOnce(&E),
    ) -> Self {
        check(self.core.check(self.rejected::<E>()));
        self
    }

    /// The command was rejected by its handler, whose error has these words in its message, the causes included.
    ///
    /// # Panics
    /// When it was accepted, or the error says something else.
    #[track_caller]
    pub fn then_rejected_saying(self, words: &str) -> Self {
        let said = self.error().and_then(|error| match error.rejection() {
            Some(rejection) => says(rejection.reason(), words),
            None => {
                Err(format!("its handler was to reject the command, and it came to something else: {error}"))
            }
        });
        self.core.check(said);
        self
    }

    /// The command came to nothing with an error at which `check` looks: an event was decided that the state has no place for
    /// ([`SendError::CannotApply`]), for instance.
    ///
    /// # Panics
    /// When the command was accepted.
    #[track_caller]
    pub fn then_error(self, check: impl FnOnce(&SendError)) -> Self {
        check(self.core.check(self.error()));
        self
    }

    /// The command was not handled, for there is no such aggregate, and the command does not create it.
    ///
    /// # Panics
    /// When it came out otherwise.
    #[track_caller]
    pub fn then_not_found(self) -> Self {
        self.is("the aggregate was not to be there", |error| matches!(error, SendError::NotFound { .. }))
    }

    /// The command was not handled, for the aggregate exists already, and the command only creates.
    ///
    /// # Panics
    /// When it came out otherwise.
    #[track_caller]
    pub fn then_already_exists(self) -> Self {
        self.is("the aggregate was to exist already", |error| {
            matches!(error, SendError::AlreadyExists { .. })
        })
    }

    /// The command was not handled, for the aggregate is deleted.
    ///
    /// # Panics
    /// When it came out otherwise.
    #[track_caller]
    pub fn then_deleted(self) -> Self {
        self.is("the aggregate was to be deleted", |error| matches!(error, SendError::Deleted { .. }))
    }

    /// The life of the aggregate has ended: from now on, every command finds it deleted.
    ///
    /// # Panics
    /// When it lives, or has never lived.
    #[track_caller]
    pub fn then_ended(self) -> Self {
        let lives = if self.parts.loaded.closed {
            Ok(())
        } else {
            Err("its life was to be over, and it is not".to_owned())
        };
        self.core.check(lives);
        self
    }

    /// Looks at the state after the last command.
    ///
    /// # Panics
    /// When there is none: the life of the aggregate has not begun, or is over.
    #[track_caller]
    pub fn then_state(self, check: impl FnOnce(&A)) -> Self {
        check(self.core.check(self.state()));
        self
    }

    /// The state after the last command is this one. It is compared by its JSON.
    ///
    /// # Panics
    /// When it is another one, with the difference, or when there is none.
    #[track_caller]
    pub fn then_state_is(self, expected: A) -> Self {
        let compared =
            self.state().and_then(|found| super::compare::compare_value("state", &expected, found));
        self.core.check(compared);
        self
    }

    /// The JSON of the state after the last command is this: for states whose fields the test cannot name.
    ///
    /// # Panics
    /// When it is another one, with the difference, or when there is none.
    #[track_caller]
    pub fn then_state_json(self, expected: &Value) -> Self {
        let found =
            self.state().and_then(|state| serde_json::to_value(state).map_err(|error| error.to_string()));
        self.core.check(found.and_then(|found| compare_json("state", expected, &found)));
        self
    }

    /// Looks at the events of the last command, with their envelopes; there are none when it was not accepted.
    pub fn then_messages(self, check: impl FnOnce(&[EventMessage])) -> Self {
        check(self.outcome.as_deref().unwrap_or_default());
        self
    }

    fn accepted(&self) -> Result<&[EventMessage], String> {
        self.outcome.as_deref().map_err(|error| format!("the command was to be accepted: {error}"))
    }

    fn error(&self) -> Result<&SendError, String> {
        self.outcome.as_ref().err().ok_or_else(|| {
            let events = self.outcome.as_deref().unwrap_or_default();
            let names: Vec<_> = events.iter().map(|event| format!("`{}`", event.name)).collect();
            let with = if names.is_empty() { "no event".to_owned() } else { names.join(", ") };
            format!("the command was not to be accepted, and it is, with {with}")
        })
    }

    fn rejected<E: std::error::Error + Send + Sync + 'static>(&self) -> Result<&E, String> {
        let error = self.error()?;
        error.rejected_with::<E>().ok_or_else(|| {
            let expected = std::any::type_name::<E>();
            format!(
                "the command was to be rejected with a `{expected}`, and it came to another error: {error}"
            )
        })
    }

    #[track_caller]
    fn is(self, what: &str, is: impl FnOnce(&SendError) -> bool) -> Self {
        let found = match &self.outcome {
            Err(error) if is(error) => Ok(()),
            Err(error) => Err(format!("{what}, and the command came to something else: {error}")),
            Ok(_) => Err(format!("{what}, and the command was accepted")),
        };
        self.core.check(found);
        self
    }

    fn state(&self) -> Result<&A, String> {
        let state = self.parts.loaded.state.as_ref().and_then(|state| state.downcast_ref::<A>());
        let reason = if self.parts.loaded.closed { "its life is over" } else { "its life has not begun" };
        state.ok_or_else(|| format!("it has no state: {reason}"))
    }

    /// What to say of payloads that name another aggregate than the command, in a field of the same name.
    fn strangers(&self, expected: &[OneOf]) -> String {
        let commands = self.parts.deciding.values().flat_map(|(command, _)| command.fields);
        let fields: Vec<_> =
            commands.filter(|field| field.role == FieldRole::AggregateId).map(|field| field.name).collect();
        let id = &*self.parts.stream.id;
        let mut hints = Vec::new();
        for one in expected {
            let json = parsed(&one.json);
            for field in &fields {
                if let Some(Value::String(other)) = json.get(*field)
                    && other != id
                {
                    let event = one.meta.name;
                    hints.push(format!(
                        "the expected `{event}` has the {field} `{other}`, the command was for `{id}`\n"
                    ));
                }
            }
        }
        hints.dedup();
        hints.concat()
    }
}

fn told(events: &[EventMessage]) -> Vec<(String, Value)> {
    events.iter().map(|event| (event.name.clone().into_owned(), parsed(&event.payload))).collect()
}
