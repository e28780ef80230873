//! The application as a whole.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use evento::{
    Client,
    prelude::*,
    testing::{Coverage, TestBundle},
};

use crate::{
    authorisation::{Authorisation, NoUser},
    bundle::OrdersBundle,
    invoker::Shop,
    payloads::*,
    process::RESERVED_WITHIN,
    write_side::{MailServer, MailService},
};

/// Keeps the mails for the test.
#[derive(Clone, Default)]
pub struct FakeMail(Arc<Mutex<Vec<String>>>);

#[service]
impl FakeMail {
    #[command_handler]
    async fn send(&self, command: SendMail) -> MailSent {
        let SendMail { customer_id, order_id, text } = command;
        self.0.lock().expect("not poisoned").push(format!("{customer_id}: {text}"));
        MailSent { customer_id, order_id }
    }
}

/// The application without a mail server.
pub struct Tested {
    pub bundle: TestBundle<OrdersBundle>,
    pub shop: Client<Shop>,
    pub mail: FakeMail,
}

pub async fn started() -> Tested {
    let mail = FakeMail::default();
    let builder = TestBundle::<OrdersBundle>::builder().with(|builder| builder.interceptor(Authorisation));
    let bundle = builder.replace::<MailService, _>(mail.clone()).start().await.expect("it starts");
    let shop = bundle.invoker::<Shop>().with(Metadata::new().with("user", "ada"));
    Tested { bundle, shop, mail }
}

impl Tested {
    async fn customer(&self, id: &str, limit: u64) {
        self.shop.create_customer(id.into(), "Ada".into(), limit).await.expect("it is created");
    }

    /// Orders something, and waits for nothing.
    async fn orders(&self, customer: &str, order: &str, total: u64) {
        self.shop.create_order(order.into(), customer.into(), total).await.expect("it is accepted");
    }

    async fn settle(&self) {
        self.bundle.settle().await.expect("it comes to rest");
    }

    async fn history(&self, customer: &str) -> OrderHistory {
        self.shop.history(customer.into()).await.expect("an answer").expect("a history")
    }

    async fn status(&self, customer: &str, order: &str) -> OrderStatus {
        self.history(customer).await.orders[order].status
    }

    fn mails(&self) -> Vec<String> {
        self.mail.0.lock().expect("not poisoned").clone()
    }
}

#[tokio::test]
async fn an_order_within_the_credit_is_approved_and_the_customer_is_told() {
    let tested = started().await;
    tested.customer("ada", 100).await;
    tested.orders("ada", "books", 60).await;
    tested.settle().await;
    assert_eq!(tested.status("ada", "books").await, OrderStatus::Approved);
    assert_eq!(tested.history("ada").await.reserved, 60);
    assert_eq!(tested.mails(), ["ada: Your order for 60 is approved."]);
}

#[tokio::test]
async fn what_exceeds_the_credit_is_rejected_until_there_is_room() {
    let tested = started().await;
    tested.customer("ada", 100).await;
    for (order, total) in [("books", 60), ("bicycle", 50)] {
        tested.orders("ada", order, total).await;
        tested.settle().await;
    }
    let exceeded = OrderStatus::Rejected(Reason::CreditLimitExceeded);
    assert_eq!(tested.status("ada", "bicycle").await, exceeded);
    tested.shop.cancel_order("books".into()).await.expect("it is cancelled");
    tested.settle().await;
    tested.orders("ada", "bicycle-2", 50).await;
    tested.settle().await;
    assert_eq!(tested.status("ada", "bicycle-2").await, OrderStatus::Approved);
    assert_eq!(tested.history("ada").await.reserved, 50);
}

#[tokio::test]
async fn nobody_who_is_no_customer_gets_anything() {
    let tested = started().await;
    tested.orders("nobody", "piano", 1).await;
    tested.settle().await;
    assert_eq!(tested.status("nobody", "piano").await, OrderStatus::Rejected(Reason::UnknownCustomer));
    assert!(tested.mails().is_empty());
}

/// While the credit office is closed, orders wait, and not for ever; when it opens again, nothing is held that should not be.
#[tokio::test]
async fn an_order_that_waits_too_long_is_rejected() {
    let tested = started().await;
    tested.customer("ada", 100).await;
    tested.settle().await;
    tested.bundle.pause("CreditOffice").await.expect("it is closed");
    tested.orders("ada", "lamp", 10).await;
    let almost = RESERVED_WITHIN - Duration::from_millis(1);
    tested.bundle.advance(almost).except("CreditOffice").await.expect("the others come to rest");
    assert_eq!(tested.status("ada", "lamp").await, OrderStatus::Pending);
    tested.bundle.advance(Duration::from_millis(1)).except("CreditOffice").await.expect("all others rest");
    assert_eq!(tested.status("ada", "lamp").await, OrderStatus::Rejected(Reason::ReservationOverdue));
    tested.bundle.app().resume("CreditOffice").await.expect("it opens");
    tested.settle().await;
    assert_eq!(tested.history("ada").await.reserved, 0, "the reservation came too late and is given back");
}

#[tokio::test]
async fn a_command_that_does_not_say_who_wants_it_is_refused() {
    let tested = started().await;
    let nobody = tested.shop.with(Metadata::new());
    let refused = nobody.cancel_order("books".into()).await.expect_err("it is refused");
    assert_eq!(refused.rejected_with::<NoUser>(), Some(&NoUser { command: "CancelOrder" }));
}

/// With the mail service as it is: what no test comes to is told.
#[tokio::test]
async fn every_handler_and_every_edge_is_exercised() {
    let folder = tempfile::tempdir().expect("a folder for tests");
    let mails = MailServer::in_folder(folder.path()).expect("a mail server");
    let bundle = TestBundle::<OrdersBundle>::builder().provide(mails.clone()).start().await;
    let bundle = bundle.expect("it starts");
    let shop = bundle.invoker::<Shop>();
    let tested = Tested { shop, bundle, mail: FakeMail::default() };
    tested.customer("ada", 100).await;
    for (customer, order, total) in [("ada", "books", 60), ("ada", "bicycle", 50), ("nobody", "piano", 1)] {
        tested.orders(customer, order, total).await;
        tested.settle().await;
    }
    tested.shop.cancel_order("books".into()).await.expect("it is cancelled");
    tested.settle().await;
    tested.bundle.pause("CreditOffice").await.expect("it is closed");
    tested.orders("ada", "lamp", 10).await;
    tested.bundle.advance(RESERVED_WITHIN).except("CreditOffice").await.expect("the others come to rest");
    tested.bundle.app().resume("CreditOffice").await.expect("it opens");
    tested.settle().await;
    assert_eq!(tested.shop.histories(0, 10).await.expect("an answer").len(), 2);
    assert_eq!(tested.history("ada").await.reserved, 0);
    assert_eq!(mails.accepted().expect("mails").len(), 1);
    tested.bundle.coverage().await.expect("a coverage").assert_everything_exercised();
    assert_eq!(tested.bundle.replay_equals_live().await.expect("nothing differs"), 2);
    tested.bundle.prefixes_replay().await.expect("every prefix is handled");
    let faked = started().await.bundle.coverage().await.expect("a coverage");
    assert!(faked.not_exercised().iter().all(|missed| missed.component() != "MailService"), "{faked}");
    assert!(Coverage::none::<OrdersBundle>().not_exercised().len() > faked.not_exercised().len());
}
