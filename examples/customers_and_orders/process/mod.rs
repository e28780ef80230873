//! The processes: what follows when something has happened.
//!
//! ```text
//! OrderCreated ──▶ CreditOffice ──ReserveCredit──▶ Customer ──▶ CreditReserved ──▶ OrderProcess ──ApproveOrder──▶ Order
//!       │                                              └──────▶ CreditRefused ───▶ OrderProcess ──RejectOrder──▶ Order
//!       └───────▶ OrderProcess ── after a while ──▶ ReservationOverdue ──────────────────────────RejectOrder──▶ Order
//!
//! OrderRejected, OrderCancelled ──▶ CreditOffice ──ReleaseCredit──▶ Customer
//! OrderApproved ──▶ ApprovalMailer ──SendMail──▶ MailService
//! ```
//!
//! No transaction spans a customer and an order, and none is needed: each step is durable before the next one begins, and
//! what a crash interrupts is taken up again.

mod approval_mailer;
mod credit_office;
mod order_process;

pub use self::{
    approval_mailer::ApprovalMailer,
    credit_office::CreditOffice,
    order_process::{OrderProcess, RESERVED_WITHIN},
};
