//! The rules of the service.

use evento::{message::CommandId, testing::service};

use crate::{payloads::*, story::*, write_side::*};

fn mail() -> SendMail {
    SendMail { customer_id: ADA.into(), order_id: "o1".into(), text: "Your order is approved.".into() }
}

#[test]
fn a_mail_that_is_sent_twice_is_accepted_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = MailServer::in_folder(folder.path()).unwrap();
    let id = CommandId::from_key("once");
    service::<MailService>()
        .provide(server.clone())
        .with_id(id)
        .when(mail())
        .then_events(MailSent { customer_id: ADA.into(), order_id: "o1".into() })
        // As after a crash between the delivery and the event.
        .then_again_the_same();
    assert_eq!(server.accepted().unwrap(), ["ada o1 Your order is approved."]);
    let keys: Vec<_> = server.deliveries().unwrap().into_iter().map(|delivery| delivery.key).collect();
    assert_eq!(keys, [id.to_string(), id.to_string()]);
}

#[test]
fn a_mail_that_cannot_be_delivered_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let server = MailServer::in_folder(folder.path()).unwrap();
    folder.close().unwrap();
    service::<MailService>()
        .provide(server)
        .when(mail())
        .then_rejected_as(|error: &std::io::Error| assert_eq!(error.kind(), std::io::ErrorKind::NotFound));
}
