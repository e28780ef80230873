//! Given, when, then: one component at a time, without an application around it.
//!
//! Every kind of component has a test of its own, which begins with a function of that name:
//!
//! | test | given | when | then |
//! |---|---|---|---|
//! | [`aggregate()`] | events | a command | events, a rejection, the state |
//! | [`service()`] | answers to what it sends and asks | a command | events, a rejection, what it sent |
//! | [`observer()`] | the same | an event | what it sent and asked |
//! | [`saga()`] | the same; events, or a state | an event, or time passes | what it sent, its state, its deadlines, its end |
//! | [`projector()`] | events | an event | views, or rows by SQL |
//! | [`projection()`] | views, or the events of a projector | a query | the answer |
//! | [`invoker()`] | answers to what it sends and asks | a call | what it returned, sent and asked |
//!
//! They call the very handlers that an application calls, with payloads that went through their JSON, so that one which does not
//! survive it is found. The time stands still, at 0 unless the test says otherwise, and identities are counted. There is no
//! application, no interceptor and, but for read models, no store. What a handler sends and asks goes to a double, which knows
//! what is declared by `&Commands<..>` and `&Queries<..>`, and nothing else.
//!
//! A test is a plain function: the kit waits for what is asynchronous by itself, on a runtime of its own for each test, which a
//! handler may use. An aggregate needs none.
//!
//! What fails does so as `assert!` does, at the line of the test, and tells what was expected and what was found as a difference
//! of JSON.

mod aggregate;
mod answer;
mod compare;
mod double;
mod driver;
mod invoker;
mod list;
mod observer;
mod projection;
mod projector;
mod read_model;
mod saga;
mod sent;
mod service;
mod settings;
mod subject;
mod told;
mod world;

pub use self::{
    aggregate::{AggregateTest, aggregate},
    answer::{Answer, accepted, already_exists, deleted, fails, not_found, rejected},
    invoker::{InvokerTest, invoker},
    list::{ListOf, OneOf, StoredEventOf, kind, stored},
    observer::{ObserverTest, observer},
    projection::{ProjectionTest, projection},
    projector::{IntoStore, ProjectorTest, projector},
    saga::{SagaTest, saga},
    sent::{Asked, Sent},
    service::{ServiceTest, service},
    told::stage,
};
