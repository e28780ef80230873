//! What the tests of all kinds of components have in common.

use std::sync::Arc;

use super::{
    compare::{compare, not_among},
    double::{Double, told},
    driver::{Driver, construct},
    list::{ListOf, OneOf, kind, listed},
    told::Told,
    world::World,
};
use crate::{
    capability::{Bus, Scope, seed},
    clock,
    component::{ComponentKind, ComponentMeta, HandlerKind, HandlerMeta, Provided},
    error::{Error, cause, find},
    handler::{CallFailure, Instance, Invocation, Outcome, ReplayStatus, call_alone},
    message::MessageId,
    payload::PayloadMeta,
};

/// How long a handler may take, as in an application that does not say otherwise.
const HANDLER_TIME: std::time::Duration = std::time::Duration::from_secs(30);

/// A component under test, and the world around it.
pub(super) struct Core {
    pub(super) meta: &'static ComponentMeta,
    pub(super) world: World,
    pub(super) double: Arc<Double>,
    pub(super) told: Told,
    pub(super) provided: Provided,
    pub(super) replay: ReplayStatus,
    /// How the handler failed in the last step.
    pub(super) failure: Option<CallFailure>,
    driver: Option<Driver>,
    instance: Option<Arc<Instance>>,
}

impl Core {
    pub(super) fn new(meta: &'static ComponentMeta) -> Self {
        let world = World::new();
        Self {
            meta,
            double: Arc::new(Double::new(world.clone())),
            world,
            told: Told::default(),
            provided: Provided::default(),
            replay: ReplayStatus::Live,
            failure: None,
            driver: None,
            instance: None,
        }
    }

    /// The runtime of the test.
    pub(super) fn driver(&mut self) -> Result<&Driver, String> {
        if self.driver.is_none() {
            self.driver = Some(Driver::new()?);
        }
        self.driver.as_ref().ok_or_else(|| "the runtime of the test is gone".to_owned())
    }

    /// The component, built once.
    pub(super) fn instance(&mut self) -> Result<Arc<Instance>, String> {
        if let Some(instance) = &self.instance {
            return Ok(instance.clone());
        }
        self.driver()?;
        let Some(driver) = &self.driver else { return Err("the runtime of the test is gone".to_owned()) };
        let built = Arc::new(driver.wait(construct(self.meta, &self.provided))?);
        self.instance = Some(built.clone());
        Ok(built)
    }

    /// The component's handlers of a kind.
    pub(super) fn handlers(
        &self,
        kind: HandlerKind,
    ) -> impl Iterator<Item = &'static HandlerMeta> + Clone + use<> {
        self.meta.handlers.iter().filter(move |handler| handler.kind == kind)
    }

    /// The component's handler of a payload.
    pub(super) fn handler(
        &self,
        kind: HandlerKind,
        payload: &PayloadMeta,
    ) -> Result<&'static HandlerMeta, String> {
        let is_its =
            |handler: &&HandlerMeta| handler.payload.is_some_and(|handled| handled.is_called(payload.name));
        self.handlers(kind).find(is_its).ok_or_else(|| self.no_handler(kind, payload))
    }

    /// What to say when there is none.
    pub(super) fn no_handler(&self, kind: HandlerKind, payload: &PayloadMeta) -> String {
        let handled = self.handlers(kind).filter_map(|handler| handler.payload).map(|payload| payload.name);
        format!("it has no handler for `{}`{}", payload.name, not_among(payload.name, handled))
    }

    /// On whose behalf a handler acts that handles a message.
    pub(super) fn scope(&self, message: MessageId, correlation: MessageId) -> Scope {
        let seed = seed(message, &self.world.qualified(self.meta.name));
        let bus: Arc<dyn Bus> = self.double.clone();
        let mut scope = Scope::new(bus, seed, message, correlation);
        scope.metadata = self.world.metadata.clone();
        scope.context = self.world.context.clone();
        // What handles again what was handled before sends nothing.
        scope.suppresses = self.replay == ReplayStatus::Replaying
            && matches!(self.meta.kind, ComponentKind::Observer | ComponentKind::Saga);
        scope
    }

    /// What is begun with each step.
    pub(super) fn begin_step(&mut self) {
        self.double.begin_step();
        self.failure = None;
    }

    /// A failure of the test, with all that the test has told.
    pub(super) fn failed(&self, what: impl AsRef<str>) -> String {
        let (role, name, what) = (self.meta.kind.label(), self.meta.name, what.as_ref().trim_end());
        let story = self.told.to_string();
        let story = story.trim_end();
        let separator = if story.is_empty() { "" } else { "\n" };
        format!("{role} `{name}`: {what}{separator}{story}")
    }

    /// Fails the test, unless all is well.
    #[track_caller]
    pub(super) fn check<T>(&self, result: Result<T, String>) -> T {
        match result {
            Ok(value) => value,
            Err(what) => panic!("{}", self.failed(what)),
        }
    }

    /// Fails when the last step's handler failed, or the test says answers that nobody has got.
    pub(super) fn succeeded(&self) -> Result<(), String> {
        match &self.failure {
            None => self.double.check_used(),
            Some(failure) => Err(failure_in_words(failure)),
        }
    }

    pub(super) fn then_commands(&self, expected: impl ListOf<kind::Commands>) -> Result<(), String> {
        let expected = listed(expected)?;
        self.commands_are(&expected)
    }

    fn commands_are(&self, expected: &[OneOf]) -> Result<(), String> {
        if let Some(failure) = &self.failure {
            return Err(failure_in_words(failure));
        }
        compare("commands", expected, told(&self.double.sent(), super::Sent::told))?;
        self.double.check_used()
    }

    pub(super) fn then_queries(&self, expected: impl ListOf<kind::Queries>) -> Result<(), String> {
        compare("queries", &listed(expected)?, told(&self.double.asked(), super::Asked::told))
    }

    /// The error with which the handler failed.
    fn error(&self) -> Result<&Error, String> {
        match &self.failure {
            Some(CallFailure::Failed(error)) => Ok(error),
            Some(failure) => Err(failure_in_words(failure)),
            None => Err("the handler was to fail, and it has succeeded".to_owned()),
        }
    }

    /// The handler's own error, if it is an `E`.
    pub(super) fn error_as<E: std::error::Error + Send + Sync + 'static>(&self) -> Result<&E, String> {
        let error = self.error()?;
        find::<E>(error).ok_or_else(|| {
            let (expected, found) = (std::any::type_name::<E>(), cause(error));
            format!(
                "the handler was to fail with a `{expected}`, and it failed with another error: {found:?}"
            )
        })
    }

    pub(super) fn then_fails_saying(&self, words: &str) -> Result<(), String> {
        let text = match &self.failure {
            Some(CallFailure::Panicked(text)) => text.clone(),
            _ => format!("{:#}", self.error()?),
        };
        says(&text, words)
    }
}

/// Whether a text has these words in it.
pub(super) fn says(text: &str, words: &str) -> Result<(), String> {
    if text.contains(words) { Ok(()) } else { Err(format!("it was to say `{words}`, and it says: {text}")) }
}

/// How a handler failed.
pub(super) fn failure_in_words(failure: &CallFailure) -> String {
    match failure {
        CallFailure::Failed(error) => format!("the handler failed: {error:#}"),
        CallFailure::Panicked(text) => format!("the handler panicked: {text}"),
        CallFailure::TimedOut => format!("the handler took longer than {HANDLER_TIME:?}"),
    }
}

/// Calls a handler, as an application does.
pub(super) async fn call(handler: &HandlerMeta, invocation: Invocation<'_>) -> Result<Outcome, CallFailure> {
    call_alone(handler.run, invocation, clock::deadline(HANDLER_TIME)).await
}

/// Fails the compilation of a test of another kind of component.
pub(super) const fn is_kind(meta: &ComponentMeta, kind: ComponentKind) -> bool {
    meta.kind as u8 == kind as u8
}
