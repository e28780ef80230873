//! The bundle: which components make the application.

use evento::prelude::*;

use crate::{
    invoker::Shop,
    process::{ApprovalMailer, CreditOffice, OrderProcess},
    read_side::{OrderHistorian, OrderHistories},
    write_side::{Customer, MailService, Order},
};

// The compiler checks the whole graph here: each command and query that is sent has exactly one handler, and each view
// that is read is written. Leave out a component and see what it says.
bundle! {
    pub OrdersBundle {
        id: "orders",
        version: 1,
        components: [
            Customer,
            Order,
            MailService,
            CreditOffice,
            OrderProcess,
            ApprovalMailer,
            OrderHistorian,
            OrderHistories,
            Shop,
        ],
    }
}
