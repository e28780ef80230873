//! Mails: each is accepted once, and what came more often was interrupted.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

use evento::prelude::*;

use super::{Counts, Evidence, Outages};
use crate::write_side::{Delivery, MailServer};

const MAILER: [&str; 1] = ["ApprovalMailer"];

/// Returns how many deliveries there were beyond the first of each mail.
pub fn count(
    mails: &MailServer,
    evidence: &Evidence,
    outages: &Outages,
    counts: &mut Counts,
) -> Result<(usize, String), Error> {
    let Evidence { logged, parked, .. } = evidence;
    let accepted = accepted(mails)?;
    let wrong = logged.orders.iter().filter(|(order, known)| {
        let mails = accepted.get(*order).copied().unwrap_or_default();
        let is_missing = mails < known.approved && !parked.explains(order, &MAILER);
        mails > known.approved || is_missing
    });
    counts.add(
        "approved orders without exactly one mail that was accepted, and no parked event explains it",
        wrong.map(|(order, known)| format!("{order}: {known:?}")),
    );
    let strangers = accepted.keys().filter(|order| !logged.orders.contains_key(*order));
    counts.add("mails for orders that there are not", strangers.cloned());

    let mut deliveries: BTreeMap<String, Vec<Delivery>> = BTreeMap::new();
    for delivery in mails.deliveries()? {
        deliveries.entry(delivery.key.clone()).or_default().push(delivery);
    }
    let unexplained = deliveries.values().flat_map(|of_mail| of_mail.windows(2)).filter(|pair| match pair {
        [one, next] => {
            let is_late = outages.interrupted(next.process, next.at, next.at);
            !is_late && !outages.interrupted(one.process, one.at, next.at)
        }
        _ => false,
    });
    let unexplained: BTreeSet<String> = unexplained.map(|pair| format!("{pair:?}")).collect();
    counts.add("deliveries that came again although nobody was interrupted", unexplained);
    let all: usize = deliveries.values().map(Vec::len).sum();
    let extra = all - deliveries.len();
    Ok((extra, format!("deliveries that came again, recognised by their key, of {all}")))
}

/// How many mails were accepted for each order.
fn accepted(mails: &MailServer) -> io::Result<BTreeMap<String, u32>> {
    let mut accepted = BTreeMap::new();
    for mail in mails.accepted()? {
        let order = mail.split(' ').nth(1).unwrap_or_default();
        *accepted.entry(order.to_owned()).or_default() += 1;
    }
    Ok(accepted)
}
