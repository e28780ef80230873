//! The application as a story on the terminal: what is asked, what is decided, and what follows by itself.

mod terminal;

use std::time::Duration;

use evento::{App, Client, consumer::ConsumerState, open_store, prelude::*};
use thiserror::Error;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use self::terminal::{heading, say};
use crate::{
    authorisation::{Authorisation, NoUser},
    bundle::OrdersBundle,
    invoker::Shop,
    payloads::{OrderHistory, OrderStatus, Reason},
    process::RESERVED_WITHIN,
    write_side::MailServer,
};

/// How long the consequences of a command may take before something must be wrong.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often to look whether an order is decided.
const LOOK: Duration = Duration::from_millis(20);
/// The consumer that has credit reserved.
const CREDIT_OFFICE: &str = "CreditOffice";

#[derive(Debug, Error)]
enum StoryError {
    #[error("order `{order}` should be {expected}, and is {found}")]
    Unexpected { order: String, expected: OrderStatus, found: OrderStatus },
    #[error("order `{order}` is not decided after {PATIENCE:?}")]
    Undecided { order: String },
    #[error("the credit office is not closed after {PATIENCE:?}")]
    NotClosed,
    #[error("a command without a user was not refused")]
    NotRefused,
}

/// Tells the story on a store.
pub async fn tell(store: &str, mails: MailServer) -> Result<()> {
    let app = OrdersBundle::builder()
        .shared_store(open_store(store).await?)
        .provide(mails.clone())
        .interceptor(Authorisation)
        .start()
        .await?;
    // An earlier story may have been interrupted while the office was closed.
    app.resume(CREDIT_OFFICE).await?;
    let shop = app.invoker::<Shop>().with(Metadata::new().with("user", "ada"));
    let run = Uuid::now_v7();
    let story = Story { app, shop, ada: format!("ada-{run}"), run };
    say(&format!("The log of events is in {store}."))?;
    story.credit().await?;
    story.unknown_customer().await?;
    story.closed_office().await?;
    story.nobody().await?;
    story.end(&mails).await?;
    Ok(story.app.shutdown().await?)
}

struct Story {
    app: App,
    shop: Client<Shop>,
    /// The id of the customer of the story.
    ada: String,
    run: Uuid,
}

impl Story {
    async fn credit(&self) -> Result<()> {
        heading("Ada has a credit of 100")?;
        self.shop.create_customer(self.ada.clone(), "Ada".into(), 100).await?;
        self.orders("books", &self.ada, 60, OrderStatus::Approved).await?;
        let exceeded = OrderStatus::Rejected(Reason::CreditLimitExceeded);
        self.orders("a bicycle", &self.ada, 50, exceeded).await?;
        self.shop.cancel_order(self.id("books")).await?;
        self.app.wait_for_head(PATIENCE).await?;
        say("  ada cancels books: their credit is hers again")?;
        self.orders("the bicycle after all", &self.ada, 50, OrderStatus::Approved).await
    }

    async fn unknown_customer(&self) -> Result<()> {
        heading("Somebody orders who is no customer")?;
        let unknown = OrderStatus::Rejected(Reason::UnknownCustomer);
        self.orders("a piano", &format!("nobody-{}", self.run), 1, unknown).await
    }

    async fn closed_office(&self) -> Result<()> {
        heading(&format!(
            "The credit office is closed, for more than the {RESERVED_WITHIN:?} that an order waits"
        ))?;
        self.app.pause(CREDIT_OFFICE).await?;
        self.is_closed().await?;
        let overdue = OrderStatus::Rejected(Reason::ReservationOverdue);
        self.orders("a lamp", &self.ada, 10, overdue).await?;
        self.app.resume(CREDIT_OFFICE).await?;
        self.app.wait_for_head(PATIENCE).await?;
        say("  It opens again, reserves the credit too late, and gives it back.")
    }

    /// A process that runs the office learns of it with its next heartbeat, if it is not this one.
    async fn is_closed(&self) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let status = self.app.status().await?;
            if status.iter().any(|one| one.state == ConsumerState::Paused) {
                return Ok(());
            }
            sleep(LOOK).await;
        }
        Err(StoryError::NotClosed.into())
    }

    async fn nobody(&self) -> Result<()> {
        heading("A command that does not say who wants it")?;
        let nobody = self.shop.with(Metadata::new());
        let refused = nobody.cancel_order(self.id("the bicycle after all")).await;
        let Err(error) = refused else { return Err(StoryError::NotRefused.into()) };
        match error.rejected_with::<NoUser>() {
            Some(no_user) => say(&format!("  rejected: {no_user}")),
            None => Err(error.into()),
        }
    }

    async fn end(&self, mails: &MailServer) -> Result<()> {
        self.app.wait_for_head(PATIENCE).await?;
        heading("What there is to read in the end")?;
        if let Some(history) = self.shop.history(self.ada.clone()).await? {
            show(&history)?;
        }
        for mail in mails.accepted()? {
            // Without the ids, which nobody wants to read.
            let text = mail.splitn(3, ' ').last().unwrap_or_default();
            if mail.starts_with(&self.ada) {
                say(&format!("  mail to ada: {text}"))?;
            }
        }
        heading("Who has done it")?;
        for one in self.app.status().await? {
            let place = if one.is_owned_here { "this process" } else { "another process" };
            say(&format!("  {:<24} {place}, up to event {}", one.consumer.to_string(), one.position))?;
        }
        Ok(())
    }

    /// Orders something, and waits for the decision.
    async fn orders(&self, what: &str, customer: &str, total: u64, expected: OrderStatus) -> Result<()> {
        let order = self.id(what);
        self.shop.create_order(order.clone(), customer.to_owned(), total).await?;
        let found = self.decided(customer, &order).await?;
        if found != expected {
            return Err(StoryError::Unexpected { order, expected, found }.into());
        }
        say(&format!("  {what:<24} for {total:>3}  PENDING, then {found}"))
    }

    /// Commands are answered when their events are stored. The decision, and the view of it, follow a moment later.
    async fn decided(&self, customer: &str, order: &str) -> Result<OrderStatus> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let history = self.shop.history(customer.to_owned()).await?;
            match history.and_then(|history| history.orders.get(order).map(|line| line.status)) {
                None | Some(OrderStatus::Pending) => sleep(LOOK).await,
                Some(decided) => return Ok(decided),
            }
        }
        Err(StoryError::Undecided { order: order.to_owned() }.into())
    }

    /// The id of an order, which no other run has.
    fn id(&self, what: &str) -> String {
        format!("{}-{}", what.replace(' ', "-"), self.run)
    }
}

fn show(history: &OrderHistory) -> Result<()> {
    let OrderHistory { name, credit_limit, reserved, orders, .. } = history;
    say(&format!("  {}: {reserved} of {credit_limit} reserved", name.as_deref().unwrap_or("nobody")))?;
    let mut orders: Vec<_> = orders.iter().collect();
    orders.sort_by_key(|(_, line)| line.created);
    for (_, line) in orders {
        say(&format!("    {:>3}  {}", line.total, line.status))?;
    }
    Ok(())
}
