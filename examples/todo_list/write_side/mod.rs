//! The write side: where decisions are made.

mod activity_register;
mod notification_service;
mod todo_error;
mod todo_list;

pub use self::{
    activity_register::ActivityRegister,
    notification_service::{NotificationService, Postbox},
    todo_error::TodoError,
    todo_list::TodoList,
};
