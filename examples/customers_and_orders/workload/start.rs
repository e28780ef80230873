//! Starting the application while its database comes and goes.

use std::time::Duration;

use evento::{App, StartError, find, open_store, prelude::*, store::StoreError};
use tokio::time::{Instant, sleep};

use super::{faults::Faults, journal::Journal, next::Release};
use crate::{authorisation::Authorisation, write_side::MailServer};

/// How long a database may be away.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long to wait before it is tried again.
const AGAIN: Duration = Duration::from_millis(50);

/// What an application of the workload is started with.
pub struct Site<'s> {
    pub store: &'s str,
    pub mails: &'s MailServer,
    pub lease: Duration,
    pub journal: &'s Journal,
    pub release: Release,
}

/// Starts the application, and insists as long as the database is away.
pub async fn start(site: &Site<'_>) -> Result<App> {
    let until = Instant::now() + PATIENCE;
    loop {
        match try_start(site).await {
            Ok(app) => return Ok(app),
            Err(error) if is_transient(&error) && Instant::now() < until => sleep(AGAIN).await,
            Err(error) => return Err(error),
        }
    }
}

async fn try_start(site: &Site<'_>) -> Result<App> {
    let builder = site
        .release
        .builder()
        .shared_store(open_store(site.store).await?)
        .provide(site.mails.clone())
        .interceptor(Authorisation)
        .interceptor(Faults::new(site.journal.clone()))
        .lease(site.lease)
        // The faults that are ordered put many keys aside on purpose, which is no reason to stop.
        .pause_after(usize::MAX, Duration::from_secs(60));
    Ok(builder.start().await?)
}

/// The database may be away when it is opened, and go away at any point of the start.
fn is_transient(error: &Error) -> bool {
    match find::<StartError>(error) {
        Some(error) => error.is_transient(),
        None => find::<StoreError>(error).is_some_and(StoreError::is_transient),
    }
}
