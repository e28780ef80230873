//! Interceptors: what stands around every attempt at every handler.

mod attempt;
mod call;
mod chain;

pub use self::{
    attempt::Unfinished,
    call::Call,
    chain::{Handled, Next},
};
pub(crate) use self::{
    attempt::{Called, call, call_pure},
    chain::{Attempt, Interceptors, through},
};
use crate::error::Result;

/// Stands around every attempt at every handler of a running application: authorisation, checks, metadata that everything is to
/// have, measurements of your own.
///
/// Given to the builder by `.interceptor(..)`, as many as you like; the first one is the outermost. An attempt that is repeated
/// goes through all of them anew, with the next [`attempt`](Call::attempt).
///
/// There are two ways out of [`around`](Self::around): a [`Handled`], which only [`Next::run`] gives, and an error. So an
/// interceptor may look, refuse, replace the handler's error and add metadata, but it cannot skip a handler and say that all is
/// well.
///
/// ```
/// use evento_runtime::{
///     error::Result,
///     interceptor::{Call, Handled, Interceptor, Next, async_trait},
/// };
///
/// #[derive(Debug, thiserror::Error)]
/// #[error("`{handler}` is for users that are known")]
/// struct Unknown {
///     handler: &'static str,
/// }
///
/// /// Lets nobody in who does not say who it is.
/// struct Users;
///
/// #[async_trait]
/// impl Interceptor for Users {
///     async fn around<'c>(&self, call: &mut Call, next: Next<'c>) -> Result<Handled<'c>> {
///         if call.metadata().get("user").is_none() {
///             return Err(Unknown { handler: call.handler() }.into());
///         }
///         next.run(call).await
///     }
/// }
/// ```
///
/// # What it stands around, and what its words come to
///
/// | role | it stands around | its error | metadata that it adds |
/// |---|---|---|---|
/// | aggregate | loading the state and the decision, before anything is stored | rejects the command | the decision, and the events |
/// | service | the handler, before its events are stored | rejects the command; what the handler did outside is done | the handler, what it sends and asks, and the events |
/// | projector | the handler, in the transaction that holds its writes and the checkpoint | a failed attempt: its writes are undone, and it is repeated or put aside as the handler says | the handler's `&Metadata`, and what it asks |
/// | observer | the handler | a failed attempt, as above; what it sent is sent | the handler's `&Metadata`, and what it sends and asks |
/// | saga | the handler, before the state is stored | a failed attempt, as above; what it sent is sent | the handler's `&Metadata`, and what it sends and asks |
/// | projection | the handler | fails the query | the handler, and what it asks |
/// | invoker | the handler | what the caller gets, see [`Intercepted`](crate::outcome::Intercepted) | the handler, and what it sends and asks |
///
/// A command that is answered with an earlier outcome calls no handler, and so no interceptor. Neither do event-sourcing handlers
/// and `#[setup]` have any: what they do was decided before, or concerns no message. An event stays as it is in the log, whatever
/// is added: the handler's `&EventMessage` has its own metadata, `&Metadata` has what was added, too.
///
/// An error is treated like one of the handler: what may pass is repeated, and callers find it by its type with
/// [`find`](crate::error::find). A panic is caught like the handler's, and time that is spent here is the handler's time. Of an invoker
/// neither is limited, as of its handlers.
#[async_trait]
pub trait Interceptor: Send + Sync + 'static {
    /// Called instead of the handler: lets the call go on by `next.run(call)`, and passes on what comes back.
    ///
    /// # Errors
    /// The handler's error, another one in its place, or why the call is refused.
    async fn around<'c>(&self, call: &mut Call, next: Next<'c>) -> Result<Handled<'c>>;
}

/// The attribute that an implementation of [`Interceptor`] needs.
pub use async_trait::async_trait;
