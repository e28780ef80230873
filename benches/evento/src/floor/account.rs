//! An account as the floor knows it.

use std::collections::HashMap;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::payload::{self, REFERENCE};

/// The event, with the same JSON as that of evento's side.
#[derive(Serialize, Deserialize)]
pub(super) struct Deposited {
    pub(super) account: String,
    amount: u32,
    pub(super) balance: u64,
    reference: String,
}

impl Deposited {
    /// The event of a version, when one is paid in each time.
    pub(super) fn nth(account: &str, version: u64) -> Self {
        Self { account: account.to_owned(), amount: 1, balance: version, reference: REFERENCE.to_owned() }
    }
}

/// The state of an account, and its version.
#[derive(Clone, Copy, Default)]
pub(super) struct Account {
    pub(super) version: i64,
    balance: u64,
}

impl Account {
    pub(super) fn deposit(self, account: &str, amount: u32) -> Result<Deposited> {
        let balance = self.balance.checked_add(u64::from(amount)).context("the account is full")?;
        Ok(Deposited { account: account.to_owned(), amount, balance, reference: REFERENCE.to_owned() })
    }

    pub(super) fn apply(&mut self, event: &Deposited) {
        self.version += 1;
        self.balance = event.balance;
    }
}

/// The accounts that a writer knows, by their numbers.
#[derive(Default)]
pub(super) struct Accounts(HashMap<usize, (String, Account)>);

impl Accounts {
    /// The id of an account and its state.
    pub(super) fn get(&mut self, number: usize) -> &mut (String, Account) {
        self.0.entry(number).or_insert_with(|| (payload::account(number), Account::default()))
    }
}
