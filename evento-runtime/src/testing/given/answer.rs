//! What a double answers to a command.

use super::list::{ListOf, OneOf, kind, listed};
use crate::{
    handler::HandlerError,
    message::StreamId,
    outcome::{Rejection, SendError},
};

/// A command's stored name and what it is for.
pub(super) struct Addressed {
    pub(super) command: &'static str,
    pub(super) stream: StreamId,
}

/// How a command comes out that is sent to a double.
pub(super) type Outcome = Result<Vec<OneOf>, SendError>;

/// What becomes of a command that the component under test sends: [`accepted`], [`rejected`], [`not_found`], [`already_exists`],
/// [`deleted`], or whatever else may [become of it](fails).
///
/// ```text
/// observer::<CreditOffice>().answers::<ReserveCredit>(not_found())
/// ```
#[must_use = "give it to `.answers::<Command>(..)`"]
pub struct Answer(Result<Answering, String>);

type Answering = Box<dyn FnOnce(&Addressed) -> Outcome + Send>;

impl Answer {
    fn new(answering: impl FnOnce(&Addressed) -> Outcome + Send + 'static) -> Self {
        Self(Ok(Box::new(answering)))
    }

    /// The answer, or why there cannot be one.
    pub(super) fn into_answering(self) -> Result<Answering, String> {
        self.0
    }
}

/// The command is accepted, with these events; with `()` for none, as one to which nothing is scripted.
pub fn accepted(events: impl ListOf<kind::Events>) -> Answer {
    match listed(events) {
        Ok(events) => Answer::new(|_| Ok(events)),
        Err(error) => Answer(Err(error)),
    }
}

/// The handler of the command says no, with this error.
pub fn rejected<E: HandlerError>(error: E) -> Answer {
    let error = error.into_error();
    Answer::new(move |sent| Err(SendError::Rejected(Rejection::new(sent.command, error))))
}

/// The aggregate of the command does not exist, and the command does not create it.
pub fn not_found() -> Answer {
    Answer::new(|sent| Err(SendError::NotFound { command: sent.command, stream: sent.stream.clone() }))
}

/// The aggregate of the command exists already, and the command only creates.
pub fn already_exists() -> Answer {
    Answer::new(|sent| Err(SendError::AlreadyExists { command: sent.command, stream: sent.stream.clone() }))
}

/// The aggregate of the command is deleted.
pub fn deleted() -> Answer {
    Answer::new(|sent| Err(SendError::Deleted { command: sent.command, stream: sent.stream.clone() }))
}

/// The command ends with this error, of whatever kind: its outcome is unknown, for instance.
pub fn fails(error: SendError) -> Answer {
    Answer::new(move |_| Err(error))
}
