//! The write side: where decisions are made.

mod customer;
mod mail_service;
mod order;

pub use self::{
    customer::Customer,
    mail_service::{Delivery, MailServer, MailService},
    order::Order,
};
