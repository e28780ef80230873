//! The interceptors of an application, one around the other, with the handler in the middle.

use std::{fmt, marker::PhantomData, sync::Arc};

use futures_core::future::BoxFuture;

use super::{Call, Interceptor};
use crate::error::Result;

/// The interceptors of an application, the outermost first. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Interceptors(Arc<[Arc<dyn Interceptor>]>);

impl Interceptors {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Arc<dyn Interceptor>> for Interceptors {
    fn from_iter<I: IntoIterator<Item = Arc<dyn Interceptor>>>(interceptors: I) -> Self {
        Self(interceptors.into_iter().collect())
    }
}

/// What is in the middle: one attempt at a handler. What the handler answers stays there; what it fails with goes through the
/// interceptors.
pub(crate) trait Attempt: Send {
    /// Calls the handler. Not called twice.
    fn run<'s>(&'s mut self, call: &'s Call) -> BoxFuture<'s, Result<()>>;
}

/// A lifetime that is neither shortened nor lengthened, so that what came out of one call does not fit another.
type Exactly<'c> = PhantomData<fn(&'c ()) -> &'c ()>;

/// The rest of the way to the handler.
#[must_use = "the handler is called when this is run"]
pub struct Next<'c> {
    rest: &'c [Arc<dyn Interceptor>],
    attempt: &'c mut (dyn Attempt + 'c),
    call: Exactly<'c>,
}

/// The proof that the handler was called and succeeded. There is no other way to have one than [`Next::run`], and one of another
/// call does not fit.
///
/// ```compile_fail
/// use evento_runtime::{error::Result, interceptor::{Call, Handled, Interceptor, Next, async_trait}};
///
/// struct Skips;
///
/// #[async_trait]
/// impl Interceptor for Skips {
///     async fn around<'c>(&self, _call: &mut Call, _next: Next<'c>) -> Result<Handled<'c>> {
///         Ok(Handled {})
///     }
/// }
/// ```
#[must_use = "return it: it says that the handler succeeded"]
pub struct Handled<'c>(Exactly<'c>);

impl<'c> Next<'c> {
    /// Lets the next interceptor go on, or calls the handler if there is none.
    ///
    /// Dropped while it is awaited, it cuts the handler off where it is, as a deadline does.
    ///
    /// # Errors
    /// The error of the handler, an [`Unfinished`](super::Unfinished) handler, or that of an interceptor further in.
    pub async fn run(self, call: &mut Call) -> Result<Handled<'c>> {
        let Self { rest, attempt, .. } = self;
        match rest.split_first() {
            Some((next, rest)) => next.around(call, Next { rest, attempt, call: PhantomData }).await,
            None => {
                attempt.run(call).await?;
                Ok(Handled(PhantomData))
            }
        }
    }
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next").field("interceptors", &self.rest.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Handled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handled")
    }
}

/// Lets a call go through all interceptors to the attempt.
pub(crate) async fn through(
    interceptors: &Interceptors,
    call: &mut Call,
    attempt: &mut dyn Attempt,
) -> Result<()> {
    let next = Next { rest: &interceptors.0, attempt, call: PhantomData };
    next.run(call).await.map(|Handled(_)| ())
}
