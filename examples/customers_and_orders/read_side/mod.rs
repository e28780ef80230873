//! The read side: where the log becomes what people want to see.

mod projection;
mod projector;

pub use self::{projection::OrderHistories, projector::OrderHistorian};
