//! Services: given answers, when a command, then events or a rejection.

use std::marker::PhantomData;

use super::{
    compare::{compare, compare_rejections},
    list::{ListOf, OneOf, kind, listed, parsed},
    observer::{identified, same_commands},
    settings::{answers_to, provided_to, responds_to, sends, time_of, world_of},
    subject::{Core, call, failure_in_words, is_kind},
    told::stage::{Given, When},
};
use crate::{
    component::{Component, ComponentKind, HandlerKind},
    handler::{Incoming, Invocation, MessageRef, NewEvent, Outcome},
    message::{CommandId, CommandMessage},
    payload::ServiceCommand,
};

/// Begins a test of the service `V`.
///
/// ```text
/// service::<Mailer>()
///     .provide(SmtpClient::fake())
///     .when(SendEmail { to: "ada".into(), body: "hello".into() })
///     .then_events(EmailSent { to: "ada".into() });
/// ```
#[must_use = "nothing is checked before a `then_..`"]
pub fn service<V: Component>() -> ServiceTest<V> {
    const { assert!(is_kind(&V::META, ComponentKind::Service), "`service` tests a `#[service]`") };
    let core = Core::new(const { &V::META });
    ServiceTest { core, next_id: None, last: None, events: Vec::new(), types: PhantomData }
}

/// A test of a service, begun by [`service`].
pub struct ServiceTest<V, S = Given> {
    core: Core,
    /// The id of the next command.
    next_id: Option<CommandId>,
    /// What it has handled in the last step.
    last: Option<(OneOf, CommandMessage)>,
    /// The events of the last step.
    events: Vec<NewEvent>,
    types: PhantomData<fn() -> (V, S)>,
}

world_of!([C, S] ServiceTest<C, S>);
time_of!([C, S] ServiceTest<C, S>);
provided_to!([C, S] ServiceTest<C, S>);
answers_to!([C, S] ServiceTest<C, S>);
responds_to!([C, S] ServiceTest<C, S>);
sends!([C] ServiceTest<C, When>);

impl<V, S> ServiceTest<V, S> {
    /// The id of the next command, which is counted otherwise.
    #[must_use = "nothing is checked before a `then_..`"]
    pub fn with_id(mut self, id: CommandId) -> Self {
        self.next_id = Some(id);
        self
    }

    /// The service is to handle a command.
    ///
    /// # Panics
    /// When it has no handler for it, cannot be built, or asks a query to which the test says no answer.
    #[must_use = "nothing is checked before a `then_..`"]
    #[track_caller]
    pub fn when<C: ServiceCommand>(mut self, command: C) -> ServiceTest<V, When> {
        let handled = OneOf::of(&command).and_then(|one| {
            self.core.told.when(&one);
            let message = self.core.world.command(&one, self.next_id.take());
            self.handle(&one, &message)?;
            Ok((one, message))
        });
        let last = self.core.check(handled);
        let Self { core, events, .. } = self;
        ServiceTest { core, next_id: None, last: Some(last), events, types: PhantomData }
    }

    fn handle(&mut self, one: &OneOf, message: &CommandMessage) -> Result<(), String> {
        let handler = self.core.handler(HandlerKind::Command, one.meta)?;
        let instance = self.core.instance()?;
        self.core.begin_step();
        let mut scope = self.core.scope(message.id.into(), message.correlation_id);
        scope.metadata = message.metadata.clone();
        scope.context = message.context.clone();
        let incoming = Incoming::new(MessageRef::Command(message));
        let mut invocation = Invocation::new(&incoming, Some(&scope));
        invocation.instance = Some(&**instance);
        let called = self.core.driver()?.wait(call(handler, invocation));
        self.core.double.check_answered()?;
        self.events = Vec::new();
        match called {
            Ok(Outcome::Events(events)) => self.events = events.into_vec(),
            Ok(_) => {}
            Err(failure) => {
                self.core.double.forget_rejections(scope.seed);
                self.core.failure = Some(failure);
            }
        }
        Ok(())
    }
}

impl<V> ServiceTest<V, When> {
    /// The command was accepted with these events, in this order, and no others. They are compared by their JSON.
    ///
    /// # Panics
    /// When it was not, with the difference.
    #[track_caller]
    pub fn then_events(self, expected: impl ListOf<kind::Events>) -> Self {
        let compared = self.core.succeeded().and_then(|()| {
            let found = self.events.iter().map(|event| (event.meta.name.to_owned(), parsed(&event.payload)));
            compare("events", &listed(expected)?, found.collect())
        });
        self.core.check(compared);
        self
    }

    /// The command was accepted, and nothing has happened that is worth an event.
    ///
    /// # Panics
    /// When it was rejected, or there are events.
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
        let found = self.core.check(self.core.error_as::<E>());
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
        check(self.core.check(self.core.error_as::<E>()));
        self
    }

    /// The command was rejected with an error that has these words in its message, the causes included.
    ///
    /// # Panics
    /// When it was accepted, or the error says something else.
    #[track_caller]
    pub fn then_rejected_saying(self, words: &str) -> Self {
        self.core.check(self.core.then_fails_saying(words));
        self
    }

    /// Handled once more, as after a crash between acting and storing its events, the command leads to the same events, and to the
    /// same commands under the same ids.
    ///
    /// # Panics
    /// When it does not, or the handler fails.
    #[track_caller]
    pub fn then_again_the_same(mut self) -> Self {
        let again = self.again();
        self.core.check(again);
        self
    }

    fn again(&mut self) -> Result<(), String> {
        self.core.succeeded()?;
        let Some((one, message)) = self.last.clone() else { return Ok(()) };
        let first = identified(&self.core);
        let events: Vec<_> = self
            .events
            .iter()
            .map(|event| OneOf::raw(event.meta, event.meta.version, event.payload.clone()))
            .collect();
        self.core.told.tell("when", "the same once more");
        self.handle(&one, &message)?;
        if let Some(failure) = &self.core.failure {
            return Err(failure_in_words(failure));
        }
        same_commands(&first, &identified(&self.core))?;
        let found = self.events.iter().map(|event| (event.meta.name.to_owned(), parsed(&event.payload)));
        compare("events", &events, found.collect())
    }
}
