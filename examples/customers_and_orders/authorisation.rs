//! Who may do what. An interceptor stands around every handler, so no handler has to think of it.

use evento::{
    interceptor::{Call, Handled, Interceptor, Next, async_trait},
    prelude::*,
};
use thiserror::Error;

/// A command says which user wants it. The caller says it once, in the metadata, which evento hands on from a command to its
/// events, and from an event to the commands that follow.
pub struct Authorisation;

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{command}` needs a user")]
pub struct NoUser {
    pub command: &'static str,
}

#[async_trait]
impl Interceptor for Authorisation {
    async fn around<'c>(&self, call: &mut Call, next: Next<'c>) -> Result<Handled<'c>> {
        match call.payload() {
            Some(command) if call.role().handles_commands() && call.metadata().get("user").is_none() => {
                Err(NoUser { command }.into())
            }
            _ => next.run(call).await,
        }
    }
}
