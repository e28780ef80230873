//! Watches whether `health()` is honest: as whoever probes it from outside.

use std::{collections::HashMap, sync::Arc, time::Duration};

use evento::{App, message::Position, prelude::*, store::ConsumerId};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use super::journal::{Journal, Note, now};

/// How often is asked.
const LOOK: Duration = Duration::from_millis(50);
/// How long the answer may take that only clients wait for: meanwhile nobody watches the health.
const ANSWER: Duration = Duration::from_millis(300);
/// Whoever asks so much later was stopped himself, and knows nothing of the time in between.
const ASLEEP: Duration = Duration::from_secs(4);
/// How long a consumer may stand still before `health()` must say so.
const STILL: Duration = Duration::from_secs(10);
/// How long an application that is not ready may stand still when nothing happens to it any more.
const RECOVERY: Duration = Duration::from_secs(20);

/// With more events than that before a consumer, clients hold back. Commands are accepted many at a time, and their consequences
/// follow one after the other: clients that never wait get ahead of these for good, and no order is decided while anybody
/// cares.
const TOO_FAR_BEHIND: u64 = 60;

/// Notes each change of what the health is said to be, and each consumer that stands still while all is said to be well. Tells
/// `is_behind` whether the consumers are far behind.
pub async fn watch_over(app: Arc<App>, journal: Journal, is_behind: watch::Sender<bool>) -> Result<()> {
    let mut told = None;
    let mut seen: HashMap<ConsumerId, (Position, Instant)> = HashMap::new();
    let mut last = Instant::now();
    loop {
        let health = app.health().await;
        let is_ready = health.is_ready();
        let reasons = health.to_string();
        if told.as_ref() != Some(&reasons) {
            journal.note(&Note::Health { at: now(), is_ready, reasons: reasons.clone() })?;
            told = Some(reasons);
        }
        let answer = timeout(ANSWER, app.status()).await;
        let status = answer.ok().and_then(Result::ok).unwrap_or_default();
        if !status.is_empty() {
            is_behind.send_replace(status.iter().any(|one| one.lag > TOO_FAR_BEHIND));
        }
        if last.elapsed() > ASLEEP || !is_ready {
            seen.clear();
        } else {
            for one in status {
                let entry = seen.entry(one.consumer.clone()).or_insert((one.position, Instant::now()));
                if one.lag == 0 || one.position != entry.0 {
                    *entry = (one.position, Instant::now());
                } else if entry.1.elapsed() > STILL {
                    journal.note(&Note::StoodStill { consumer: format!("{one:?}") })?;
                    entry.1 = Instant::now();
                }
            }
        }
        last = Instant::now();
        sleep(LOOK).await;
    }
}

/// Waits until the application is ready, for as long as its consumers get on: there may be many events before them whose handlers
/// fail. Returns whether it is.
pub async fn is_ready_again(app: &App) -> bool {
    let (mut last, mut moved_at) = (Vec::new(), Instant::now());
    while !app.health().await.is_ready() {
        let status = app.status().await.unwrap_or_default();
        let positions: Vec<Position> = status.iter().map(|one| one.position).collect();
        if positions != last {
            (last, moved_at) = (positions, Instant::now());
        } else if moved_at.elapsed() > RECOVERY {
            return false;
        }
        sleep(LOOK).await;
    }
    true
}
