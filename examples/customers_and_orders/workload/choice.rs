//! What a client sends next: drawn from a seed, and nothing else.

/// So many customers share the orders of a time.
const CUSTOMERS: u64 = 6;
/// After so many orders, a client turns to other customers.
const ORDERS_OF_A_TIME: u64 = 24;
/// How many orders of the same time several clients may send.
const SHARED: u64 = 12;
/// The last orders of a client are most likely not decided yet, and cannot be cancelled.
const TOO_NEW: usize = 3;
/// The longest time that a client thinks, in milliseconds.
const LONGEST_PAUSE: u64 = 60;
/// What each customer may owe.
pub const CREDIT_LIMIT: u64 = 300;
/// No order costs more.
const DEAREST: u64 = 40;

/// Something that a client does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Makes a customer, whom others make, too.
    Customer(String),
    /// Orders something.
    Order(Order),
    /// Cancels an order, of its own or one that others sent, too.
    Cancel(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub order: String,
    pub customer: String,
    pub total: u64,
    /// Whether it is sent twice at the same time, under one id.
    pub is_doubled: bool,
    /// The number of what is to happen to those who handle it.
    pub fault: Option<usize>,
}

impl Choice {
    /// Names it among all that anybody sends.
    pub fn request(&self) -> String {
        match self {
            Self::Customer(customer) => format!("create {customer}"),
            Self::Order(order) => format!("create {}", order.order),
            Self::Cancel(order) => format!("cancel {order}"),
        }
    }

    pub fn fault(&self) -> Option<usize> {
        match self {
            Self::Order(order) => order.fault,
            Self::Customer(_) | Self::Cancel(_) => None,
        }
    }

    pub fn is_doubled(&self) -> bool {
        matches!(self, Self::Order(order) if order.is_doubled)
    }
}

/// Draws for one client.
pub struct Chooser {
    lots: fastrand::Rng,
    client: String,
    sent: u64,
    own: Vec<String>,
}

impl Chooser {
    /// Each client of each process has a name of its own.
    pub fn new(seed: u64, client: String) -> Self {
        let lots = client.bytes().fold(seed, |seed, byte| seed.rotate_left(9) ^ u64::from(byte));
        Self { lots: fastrand::Rng::with_seed(lots), client, sent: 0, own: Vec::new() }
    }

    /// The next one, with a fault if it can have one.
    pub fn next(&mut self, fault: Option<usize>) -> Choice {
        let time = self.sent / ORDERS_OF_A_TIME;
        match self.lots.u32(..100) {
            0..8 => Choice::Customer(self.customer(time)),
            8..20 if self.own.len() > TOO_NEW => {
                let own = self.lots.usize(..self.own.len() - TOO_NEW);
                Choice::Cancel(self.own[own].clone())
            }
            20..30 => Choice::Cancel(self.shared(time).order),
            30..45 if fault.is_none() => Choice::Order(self.shared(time)),
            _ => self.order(time, fault),
        }
    }

    /// How long the client thinks before that, in milliseconds.
    pub fn pause(&mut self) -> u64 {
        self.lots.u64(..LONGEST_PAUSE)
    }

    fn customer(&mut self, time: u64) -> String {
        format!("customer-{time}-{}", self.lots.u64(..CUSTOMERS))
    }

    fn order(&mut self, time: u64, fault: Option<usize>) -> Choice {
        self.sent += 1;
        let order = format!("order-{}-{}", self.client, self.sent);
        let is_known = self.lots.u32(..30) > 0;
        let customer = if is_known { self.customer(time) } else { format!("nobody-{}", self.client) };
        self.own.push(order.clone());
        let (total, is_doubled) = (self.lots.u64(1..=DEAREST), self.lots.u32(..8) == 0);
        Choice::Order(Order { order, customer, total, is_doubled, fault })
    }

    /// An order that follows from its id, so that everybody who sends it sends the same.
    fn shared(&mut self, time: u64) -> Order {
        let number = self.lots.u64(..SHARED);
        Order {
            order: format!("shared-{time}-{number}"),
            customer: format!("customer-{time}-{}", number % CUSTOMERS),
            total: 1 + number * 7 % DEAREST,
            is_doubled: true,
            fault: None,
        }
    }
}
