#![cfg_attr(rustfmt, rustfmt::skip)] //! A whole bank account, laid out by hand: each thought is a line.
use evento::{open_store, prelude::*};

#[domain_command] struct Open { #[aggregate_id] account: String }
#[domain_command] struct Deposit { #[aggregate_id] account: String, amount: u32 }
#[domain_command] struct Withdraw { #[aggregate_id] account: String, amount: u32 }
#[domain_event] struct Opened { account: String }
#[domain_event] struct Booked { account: String, balance: i64 }
#[view] struct Balance { #[id] account: String, balance: i64 }
#[query(response = Option<Balance>)] struct FindBalance { account: String }

#[derive(Debug, thiserror::Error)] #[error("there is only {0} left")] struct TooLittle(i64);

#[aggregate_state] struct Account { balance: i64 }
#[aggregate] impl Account {
    #[aggregate_command_handler] fn open(command: Open) -> Opened {
        Opened { account: command.account }
    }
    #[aggregate_command_handler] fn deposit(&self, command: Deposit) -> Booked {
        Booked { account: command.account, balance: self.balance + i64::from(command.amount) }
    }
    #[aggregate_command_handler] fn withdraw(&self, command: Withdraw) -> Result<Booked, TooLittle> {
        let balance = self.balance - i64::from(command.amount);
        if balance < 0 { return Err(TooLittle(self.balance)); }
        Ok(Booked { account: command.account, balance })
    }
    #[event_sourcing_handler] fn opened(_event: &Opened) -> Self { Self { balance: 0 } }
    #[event_sourcing_handler] fn booked(&mut self, event: &Booked) { self.balance = event.balance; }
}

#[derive(Default)] struct Books;
#[projector(version = 1)] impl Books {
    #[event_handler] async fn opened(&self, event: &Opened, views: &Views<Balance>) -> Result<()> {
        Ok(views.put(Balance { account: event.account.clone(), balance: 0 }).await?)
    }
    #[event_handler] async fn booked(&self, event: &Booked, views: &Views<Balance>) -> Result<()> {
        Ok(views.put(Balance { account: event.account.clone(), balance: event.balance }).await?)
    }
}

#[derive(Default)] struct Statements;
#[projection] impl Statements {
    #[query_handler] async fn find(&self, of: &FindBalance, views: &Views<Balance>) -> Result<Option<Balance>> {
        Ok(views.get(&of.account).await?)
    }
}

#[derive(Default)] struct Bank;
#[invoker] impl Bank {
    #[invocation_handler] async fn open(&self, to: &Commands<Open>, order: Open) -> Result<Receipt> {
        Ok(to.send(order).await?)
    }
    #[invocation_handler] async fn deposit(&self, to: &Commands<Deposit>, order: Deposit) -> Result<Receipt> {
        Ok(to.send(order).await?)
    }
    #[invocation_handler] async fn withdraw(&self, to: &Commands<Withdraw>, order: Withdraw) -> Result<Receipt> {
        Ok(to.send(order).await?)
    }
    #[invocation_handler]
    async fn balance(&self, of: &Queries<FindBalance>, account: String) -> Result<Option<Balance>> {
        Ok(of.query(FindBalance { account }).await?)
    }
}
bundle! { BankBundle { id: "bank", version: 1, components: [Account, Books, Statements, Bank] } }

#[tokio::main] async fn main() -> Result<()> {
    let (folder, store) = (tempfile::tempdir()?, std::env::args().skip_while(|word| word != "--store").nth(1));
    let store = store.unwrap_or_else(|| format!("sqlite:{}", folder.path().join("bank.db").display()));
    let app = BankBundle::builder().shared_store(open_store(&store).await?).start().await?;
    let (bank, ada) = (app.invoker::<Bank>(), || "ada".to_owned());
    bank.open(Open { account: ada() }).await.map_or_else(|no| println!("{no}"), drop);
    bank.deposit(Deposit { account: ada(), amount: 100 }).await?;
    bank.withdraw(Withdraw { account: ada(), amount: 130 }).await.map_or_else(|no| println!("{no}"), drop);
    app.wait_for_head(std::time::Duration::from_secs(10)).await?;
    println!("{:?}", bank.balance(ada()).await?);
    Ok(app.shutdown().await?)
}
