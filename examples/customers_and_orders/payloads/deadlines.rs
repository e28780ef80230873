//! Deadlines: what happens when nothing happens.

use evento::prelude::*;

/// The time in which credit is reserved for an order, or refused, is over.
#[deadline]
pub struct ReservationOverdue;
