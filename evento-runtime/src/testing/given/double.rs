//! The double behind `Commands` and `Queries`: it notes what is sent and asked, and answers as it was told to.

use std::{
    any::Any,
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures_core::future::BoxFuture;
use serde_json::Value;
use uuid::Uuid;

use super::{
    answer::{Addressed, Outcome},
    list::OneOf,
    sent::{Asked, Sent},
    world::World,
};
use crate::{
    capability::{Bus, OutgoingCommand, OutgoingQuery},
    clock::IdSource,
    error::Error,
    message::{CommandId, MessageId, StreamId, Timestamp},
    outcome::{FailedQuery, QueryError, Receipt, Rejection, SendError},
    payload::Query,
};

type Answering = Box<dyn FnOnce(&Addressed) -> Outcome + Send>;
/// A scripted answer to a query: the response, made anew for each time that it is asked.
type Responding = Box<dyn Fn() -> Result<Box<dyn Any + Send>, Error> + Send>;

/// Answers to commands by their names.
#[derive(Default)]
pub(super) struct Answers(HashMap<&'static str, VecDeque<Answering>>);

/// What a double knows, and what it has seen.
#[derive(Default)]
struct Seen {
    answers: HashMap<&'static str, VecDeque<Answering>>,
    responses: HashMap<&'static str, VecDeque<(Responding, bool)>>,
    sent: Vec<Sent>,
    asked: Vec<Asked>,
    /// Queries to which there is no answer.
    unanswered: Vec<String>,
    /// How the commands ended that may be repeated, by their ids.
    ledger: HashMap<CommandId, Ended>,
}

/// How a command ended, as the ledger of an application keeps it.
#[derive(Clone)]
enum Ended {
    Accepted(Receipt),
    Rejected { cause: Option<MessageId>, command: &'static str, reason: String },
}

/// Stands in for the gateway of an application.
pub(super) struct Double {
    world: World,
    seen: Mutex<Seen>,
}

impl Double {
    pub(super) fn new(world: World) -> Self {
        Self { world, seen: Mutex::default() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next command of this name that has no answer yet gets this one.
    pub(super) fn answers(&self, command: &'static str, answering: Answering) {
        self.seen().answers.entry(command).or_default().push_back(answering);
    }

    /// The next query of this type that has no answer yet gets this one, and all that follow, until there is another one.
    pub(super) fn responds<Q: Query>(&self, response: Q::Response) -> Result<(), String> {
        let name = Q::META.name;
        let no_json = |error| format!("the response to `{name}` does not survive its JSON: {error}");
        let response = serde_json::to_value(&response).map_err(no_json)?;
        serde_json::from_value::<Q::Response>(response.clone()).map_err(no_json)?;
        let make = move || Ok(Box::new(serde_json::from_value::<Q::Response>(response.clone())?) as _);
        self.seen().responses.entry(name).or_default().push_back((Box::new(make), false));
        Ok(())
    }

    /// The same with an error.
    pub(super) fn fails_query(&self, query: &'static str, reason: String) {
        let make = move || Err(Error::msg(reason.clone()));
        self.seen().responses.entry(query).or_default().push_back((Box::new(make), false));
    }

    /// Puts the answers away that are meant for what happens later.
    pub(super) fn put_away_answers(&self) -> Answers {
        Answers(std::mem::take(&mut self.seen().answers))
    }

    /// Puts them back.
    pub(super) fn put_back_answers(&self, answers: Answers) {
        self.seen().answers = answers.0;
    }

    /// Forgets what was seen, so that what is seen next is of the next step only.
    pub(super) fn begin_step(&self) {
        let mut seen = self.seen();
        (seen.sent, seen.asked, seen.unanswered) = Default::default();
    }

    /// Forgets what was rejected under a cause, as an application does when an attempt has failed.
    pub(super) fn forget_rejections(&self, seed: MessageId) {
        self.seen().ledger.retain(
            |_, ended| !matches!(ended, Ended::Rejected { cause: Some(cause), .. } if *cause == seed),
        );
    }

    pub(super) fn sent(&self) -> Vec<Sent> {
        self.seen().sent.clone()
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.seen().asked.clone()
    }

    /// Fails when a query was asked to which nobody said the answer.
    pub(super) fn check_answered(&self) -> Result<(), String> {
        match self.seen().unanswered.first() {
            None => Ok(()),
            Some(query) => Err(format!(
                "`{query}` was asked, and the test does not say what is answered: add `.responds::<{query}>(..)` before `.when(..)`"
            )),
        }
    }

    /// Fails when an answer was given to the double that nobody has got.
    pub(super) fn check_used(&self) -> Result<(), String> {
        let seen = self.seen();
        let answers = seen.answers.iter().filter(|(_, left)| !left.is_empty());
        let mut unused: Vec<_> = answers.map(|(name, left)| (*name, left.len(), "sent")).collect();
        let responses =
            seen.responses.iter().map(|(name, all)| (*name, all.iter().filter(|(_, used)| !used).count()));
        unused.extend(responses.filter(|(_, left)| *left > 0).map(|(name, left)| (name, left, "asked")));
        unused.sort_unstable();
        if unused.is_empty() {
            return Ok(());
        }
        let mut told = "the test says answers that nobody has got:\n".to_owned();
        for (name, left, how) in unused {
            told.push_str(&format!("  {left} more to `{name}`, which was not {how} as often\n"));
        }
        Err(told)
    }

    fn answer(&self, command: &OutgoingCommand) -> Result<Receipt, SendError> {
        let OutgoingCommand { message, target, cause, .. } = command;
        let mut seen = self.seen();
        seen.sent.push(Sent::of(command));
        match seen.ledger.get(&message.id).cloned() {
            Some(Ended::Accepted(receipt)) => return Ok(Receipt { repeated: true, ..receipt }),
            Some(Ended::Rejected { command, reason, .. }) => {
                return Err(SendError::Rejected(Rejection::recorded(command, reason)));
            }
            None => {}
        }
        let target = target.clone().unwrap_or_else(|| message.id.to_string());
        let stream = StreamId::new("aggregate", target);
        let name = seen.answers.get_key_value(&*message.name).map(|(name, _)| *name);
        let scripted = name.and_then(|name| Some((name, seen.answers.get_mut(name)?.pop_front()?)));
        let outcome = scripted.map_or(Ok(Vec::new()), |(command, answering)| {
            answering(&Addressed { command, stream: stream.clone() })
        });
        match outcome {
            Ok(events) => {
                let receipt = self.receipt(command, &stream, &events);
                seen.ledger.insert(message.id, Ended::Accepted(receipt.clone()));
                Ok(receipt)
            }
            Err(error) => {
                if let SendError::Rejected(rejection) = &error {
                    let (command, reason) = (rejection.command(), rejection.reason().to_owned());
                    seen.ledger.insert(message.id, Ended::Rejected { cause: *cause, command, reason });
                }
                Err(error)
            }
        }
    }

    fn receipt(&self, command: &OutgoingCommand, stream: &StreamId, events: &[OneOf]) -> Receipt {
        let message = &command.message;
        let event = |(version, one): (u64, &OneOf)| {
            self.world.placed(self.world.event(one, (stream, version), Some(message)))
        };
        let events = (1..).zip(events).map(event).collect();
        Receipt { command: message.id, events, repeated: false, suppressed: false }
    }

    fn respond(&self, query: &OutgoingQuery) -> Result<Box<dyn Any + Send>, QueryError> {
        let mut seen = self.seen();
        seen.asked.push(Asked::of(query));
        let name = query.message.name.clone().into_owned();
        let Some(scripted) = seen.responses.get_mut(&*name) else {
            seen.unanswered.push(name.clone());
            return Err(QueryError::NotHandled { query: name });
        };
        // The last answer stands for all that follow.
        if scripted.len() > 1 && scripted.front().is_some_and(|(_, used)| *used) {
            scripted.pop_front();
        }
        let Some((responding, used)) = scripted.front_mut() else {
            return Err(QueryError::NotHandled { query: name });
        };
        *used = true;
        responding().map_err(|error| QueryError::Failed(FailedQuery::new(name, error)))
    }
}

impl Bus for Double {
    fn fresh_id(&self) -> Uuid {
        self.world.ids.next()
    }

    fn now(&self) -> Timestamp {
        self.world.now()
    }

    fn send(&self, command: OutgoingCommand) -> BoxFuture<'_, Result<Receipt, SendError>> {
        let answer = self.answer(&command);
        Box::pin(std::future::ready(answer))
    }

    fn ask(&self, query: OutgoingQuery) -> BoxFuture<'_, Result<Box<dyn Any + Send>, QueryError>> {
        let answer = self.respond(&query);
        Box::pin(std::future::ready(answer))
    }
}

/// A payload as failures show it.
pub(super) fn told<T>(all: &[T], one: impl Fn(&T) -> (String, Value)) -> Vec<(String, Value)> {
    all.iter().map(one).collect()
}
