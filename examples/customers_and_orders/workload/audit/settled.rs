//! Whether everything has come to rest.

use std::time::Duration;

use evento::{App, LiveSaga, SagaKey, consumer::ConsumerState, prelude::*};
use tokio::time::{Instant, sleep};

use super::{Counts, Evidence, parked::order_of};
use crate::{process::OrderProcess, workload::watch::is_ready_again};

/// How long the consequences of all that was sent may take.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often to look whether there are deadlines to wait for.
const LOOK: Duration = Duration::from_millis(100);
/// How long after it is due a deadline may be handled, unless it was put aside.
const OVERDUE: Duration = Duration::from_secs(15);
const PAGE: usize = 500;

/// Waits until there is nothing more to wait for, and counts the consumers that are not at rest then.
pub async fn count(app: &App, counts: &mut Counts) -> Result<()> {
    let until = Instant::now() + PATIENCE;
    loop {
        let waited = app.wait_for_head(PATIENCE).await;
        if !is_waiting(app).await? || waited.is_err() || Instant::now() > until {
            break;
        }
        sleep(LOOK).await;
    }
    // The last deadline has had its consequences when the log has no more.
    let _ = app.wait_for_head(PATIENCE).await;
    let is_ready = is_ready_again(app).await;
    let not_ready = (!is_ready).then_some(app.health().await.to_string());
    counts.add("times that the application is not ready in the end", not_ready);
    counts.add("consumers that are not at the head of the log", restless(app).await?);
    Ok(())
}

/// Whether a saga waits for its deadline. How old it is does not tell: it is as old as its order, and waits from its start on, which
/// is late when there was much to catch up with.
async fn is_waiting(app: &App) -> Result<bool> {
    for saga in live(app).await? {
        let now = saga.started_at + saga.age;
        let deadlines = app.sagas::<OrderProcess>().deadlines(&saga.key).await?;
        if deadlines.iter().any(|deadline| now < deadline.due + OVERDUE) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Those that do not come to rest. One that has just handled the last event looks for another one before it says that it has come
/// to the end.
async fn restless(app: &App) -> Result<Vec<String>> {
    let until = Instant::now() + PATIENCE;
    loop {
        let status = app.status().await?;
        let restless = status.iter().filter(|one| one.state != ConsumerState::Running || one.lag > 0);
        let restless: Vec<_> = restless.map(|one| format!("{one:?}")).collect();
        if restless.is_empty() || Instant::now() > until {
            return Ok(restless);
        }
        sleep(LOOK).await;
    }
}

/// All sagas that live.
pub async fn live(app: &App) -> Result<Vec<LiveSaga>> {
    let (mut all, mut last): (Vec<LiveSaga>, Option<SagaKey>) = (Vec::new(), None);
    loop {
        let page = app.sagas::<OrderProcess>().list(last.as_ref(), PAGE).await?;
        let Some(end) = page.last() else { return Ok(all) };
        last = Some(end.key.clone());
        all.extend(page);
    }
}

pub fn count_sagas(sagas: &[LiveSaga], evidence: &Evidence, counts: &mut Counts) {
    let is_explained = |saga: &LiveSaga| {
        order_of(saga).is_some_and(|order| evidence.parked.explains(&order, &["OrderProcess"]))
    };
    let forgotten = sagas.iter().filter(|saga| !is_explained(saga));
    counts.add(
        "sagas that still live, and no parked event explains it",
        forgotten.map(|saga| format!("{saga:?}")),
    );
}
