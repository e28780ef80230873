//! The load that every side is put under: tasks that send one command after the other.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::task::JoinSet;

use crate::{Sample, control};

/// How many commands each task sends before it is measured: statements are prepared, states are in the cache, and the program
/// is in the memory.
const WARM_UP: usize = 200;

/// One who sends commands, one after the other.
pub trait Sender: Send + 'static {
    /// Pays something into an account, which is opened when it is not there. Returns how often that had to be tried again.
    fn deposit(&mut self, account: usize, amount: u32) -> impl Future<Output = Result<u64>> + Send;
}

/// Which accounts the tasks send to.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many tasks there are.
    pub tasks: usize,
    /// How many commands they send together.
    pub count: usize,
    /// How many accounts there are.
    pub accounts: usize,
    /// The number of the first account.
    pub first_account: usize,
    /// Whether each task sends to all accounts.
    pub hot: bool,
}

impl Plan {
    /// The accounts that a task sends to, in turn.
    fn accounts_of(self, task: usize) -> Vec<usize> {
        let numbers = 0..self.accounts;
        let mut accounts: Vec<_> = if self.hot {
            numbers.collect()
        } else {
            numbers.filter(|account| account % self.tasks == task).collect()
        };
        if self.hot {
            let turn = task % self.accounts;
            accounts.rotate_left(turn);
        }
        accounts.iter().map(|account| account + self.first_account).collect()
    }
}

/// Warms the senders up, waits for the word to begin, and lets all of them send. There is one sender for each task.
///
/// # Errors
/// The first one that a sender has.
pub async fn commands<S: Sender>(senders: Vec<S>, plan: Plan) -> Result<Sample> {
    let mut warming = JoinSet::new();
    for (task, mut sender) in senders.into_iter().enumerate() {
        let accounts = plan.accounts_of(task);
        warming.spawn(async move {
            // Every account at least once.
            let count = accounts.len().max(WARM_UP / plan.tasks);
            for account in accounts.iter().cycle().take(count) {
                sender.deposit(*account, 1).await?;
            }
            anyhow::Ok((sender, accounts))
        });
    }
    let warm = warming.join_all().await.into_iter().collect::<Result<Vec<_>>>()?;
    ready().await?;

    let began = Instant::now();
    let mut sending = JoinSet::new();
    for (task, (mut sender, accounts)) in warm.into_iter().enumerate() {
        let share = plan.count / plan.tasks + usize::from(task < plan.count % plan.tasks);
        sending.spawn(async move {
            let mut times = Vec::with_capacity(share);
            let mut retries = 0;
            for account in accounts.iter().cycle().take(share) {
                let sent = Instant::now();
                retries += sender.deposit(*account, 1).await?;
                times.push(sent.elapsed());
            }
            anyhow::Ok((times, retries))
        });
    }
    let done = sending.join_all().await;
    let took = began.elapsed();
    let (mut times, mut retries): (Vec<Duration>, u64) = (Vec::with_capacity(plan.count), 0);
    for done in done {
        let (of_task, again) = done?;
        times.extend(of_task);
        retries += again;
    }
    Ok(Sample { retries, ..Sample::new(times.len(), took, times) })
}

/// [`control::ready`] for a program whose other tasks go on meanwhile.
///
/// # Errors
/// When whoever started this program has gone.
pub async fn ready() -> Result<()> {
    tokio::task::spawn_blocking(control::ready).await.context("the wait was cut short")?
}

/// Fills accounts before something else is measured: with one event for each in turn, `events` in all.
///
/// # Errors
/// The first one that a sender has.
pub async fn fill<S: Sender>(senders: Vec<S>, accounts: usize, events: usize) -> Result<()> {
    let tasks = senders.len();
    let plan = Plan { tasks, count: events, accounts, first_account: 0, hot: false };
    let mut filling = JoinSet::new();
    for (task, mut sender) in senders.into_iter().enumerate() {
        let of_task = plan.accounts_of(task);
        filling.spawn(async move {
            for round in 0..events.div_ceil(accounts) {
                for account in of_task.iter().filter(|account| round * accounts + **account < events) {
                    sender.deposit(*account, 1).await?;
                }
            }
            anyhow::Ok(())
        });
    }
    filling.join_all().await.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_account_has_one_task_unless_it_is_hot() {
        let plan = Plan { tasks: 3, count: 1, accounts: 8, first_account: 100, hot: false };
        let mut all: Vec<_> = (0..3).flat_map(|task| plan.accounts_of(task)).collect();
        all.sort_unstable();
        assert_eq!(all, (100..108).collect::<Vec<_>>());
        let hot = Plan { accounts: 2, first_account: 0, hot: true, ..plan };
        assert_eq!((hot.accounts_of(0), hot.accounts_of(1)), (vec![0, 1], vec![1, 0]));
    }
}
