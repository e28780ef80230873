//! A process at work: clients that send commands, and the application behind them.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use evento::{Client, prelude::*};
use tokio::{
    io::{AsyncReadExt, stdin},
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{
    Workload,
    choice::{CREDIT_LIMIT, Choice, Chooser, Order},
    faults,
    journal::{Journal, Note},
    start::{Site, start},
    watch::{is_ready_again, watch_over},
};
use crate::{invoker::Shop, write_side::MailServer};

/// How long to wait before a command is sent again.
const AGAIN: Duration = Duration::from_millis(50);
/// How long a process leaves its handlers alone after a fault.
const BETWEEN_FAULTS: Duration = Duration::from_millis(1_000);

/// Works until nobody wants it any more.
pub async fn run(
    store: &str,
    mails: MailServer,
    folder: &Path,
    name: &str,
    options: &Workload,
) -> Result<()> {
    let journal = Journal::create(folder, name)?;
    let (lease, release) = (options.lease(), options.release);
    let site = Site { store, mails: &mails, lease, journal: &journal, release };
    let app = Arc::new(start(&site).await?);
    let (tell, end) = watch::channel(false);
    // Until somebody has looked, they may be: one that takes the place of a killed process knows nothing of what that has left.
    let is_behind = watch::Sender::new(true);
    let mut clients = JoinSet::new();
    let turn = |first| Arc::new(Turn(Mutex::new((Instant::now(), first))));
    let faults = options.faults.map(turn);
    for number in 0..options.clients {
        let chooser = Chooser::new(options.seed, format!("{name}-{number}"));
        let shop = app.invoker::<Shop>();
        let faults = faults.clone();
        let (journal, end, is_behind) = (journal.clone(), end.clone(), is_behind.subscribe());
        let worker = Worker { shop, journal, end, is_behind, faults };
        clients.spawn(worker.run(chooser));
    }
    let watching = tokio::spawn(watch_over(app.clone(), journal.clone(), is_behind));
    stdin().read_to_end(&mut Vec::new()).await?;
    tell.send_replace(true);
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    journal.note(&Note::Ended { is_ready: is_ready_again(&app).await })?;
    watching.abort();
    // Once it is gone, nobody else has the application.
    let _ = watching.await;
    if let Some(app) = Arc::into_inner(app) {
        app.shutdown().await?;
    }
    Ok(())
}

/// When the next fault is due, and which one.
struct Turn(Mutex<(Instant, usize)>);

impl Turn {
    fn take(&self) -> Option<usize> {
        let mut turn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ((due, number), now) = (*turn, Instant::now());
        (now >= due).then(|| {
            *turn = (now + BETWEEN_FAULTS, number + 1);
            number
        })
    }
}

/// One client.
struct Worker {
    shop: Client<Shop>,
    journal: Journal,
    end: watch::Receiver<bool>,
    /// Whether the consumers are far behind.
    is_behind: watch::Receiver<bool>,
    faults: Option<Arc<Turn>>,
}

impl Worker {
    async fn run(self, mut chooser: Chooser) -> Result<()> {
        let mut fault = None;
        while !*self.end.borrow() {
            fault = fault.or_else(|| self.faults.as_ref()?.take());
            // Faults do not wait: they strike consumers that are far behind, too.
            if fault.is_none() && *self.is_behind.borrow() {
                sleep(AGAIN).await;
                continue;
            }
            let choice = chooser.next(fault);
            fault = fault.filter(|_| choice.fault().is_none());
            self.carry_out(&choice).await?;
            sleep(Duration::from_millis(chooser.pause())).await;
        }
        Ok(())
    }

    /// Whoever sends a choice, and however often, sends it under the same id.
    async fn carry_out(&self, choice: &Choice) -> Result<()> {
        let mut metadata = Metadata::new().with("user", "worker");
        if let Some(fault) = choice.fault() {
            metadata = faults::order(metadata, fault);
        }
        let shop = self.shop.with(metadata).idempotent(CommandId::from_key(&choice.request()));
        let is_accepted = if choice.is_doubled() {
            let (one, other) = tokio::join!(self.insist(&shop, choice), self.insist(&shop, choice));
            one? & other?
        } else {
            self.insist(&shop, choice).await?
        };
        match choice {
            Choice::Order(order) if is_accepted => {
                // For whoever waits for it in order to break something.
                println!("ordered {}", order.order);
                let Order { order, customer, total, .. } = order.clone();
                self.journal.note(&Note::Order { order, customer, total })
            }
            Choice::Cancel(order) if is_accepted => {
                println!("cancelled {order}");
                self.journal.note(&Note::Cancelled { order: order.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Sends until it is known what became of the command, or nobody wants to know any more. Returns whether it was accepted.
    async fn insist(&self, shop: &Client<Shop>, choice: &Choice) -> Result<bool> {
        loop {
            match send(shop, choice.clone()).await {
                Ok(_) => return Ok(true),
                Err(error) if error.is_transient() => {
                    if *self.end.borrow() {
                        return Ok(false);
                    }
                    sleep(AGAIN).await;
                }
                // An order that was not accepted, or not approved, cannot be cancelled.
                Err(SendError::Rejected(_) | SendError::NotFound { .. }) => return Ok(false),
                Err(error) => {
                    self.journal.note(&Note::Unexpected { error: error.to_string() })?;
                    return Ok(false);
                }
            }
        }
    }
}

async fn send(shop: &Client<Shop>, choice: Choice) -> Result<Receipt, SendError> {
    match choice {
        Choice::Customer(customer) => {
            let name = format!("The {customer}");
            shop.create_customer(customer, name, CREDIT_LIMIT).await
        }
        Choice::Order(order) => shop.create_order(order.order, order.customer, order.total).await,
        Choice::Cancel(order) => shop.cancel_order(order).await,
    }
}
