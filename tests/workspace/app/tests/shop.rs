//! The shop as its users meet it.

use std::{sync::Arc, time::Duration};

use evento::{GraphError, SendError, StartError, memory::MemoryStore, store::SharedStore};
use shop_app::{OrderBundle, ReportBundle, large::LargeBundle};
use shop_orders::OrderApi;
use shop_payloads::{OrderError, OrderShipped};
use shop_reports::ReportApi;

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn two_bundles_in_one_program_share_a_log() {
    let store: SharedStore = Arc::new(MemoryStore::new());
    let orders = OrderBundle::builder().shared_store(store.clone()).start().await.expect("it starts");
    let reports = ReportBundle::builder().shared_store(store).start().await.expect("it starts");
    let api = orders.invoker::<OrderApi>();
    api.place("1".into(), 5).await.expect("it is placed");
    api.ship("1".into()).await.expect("it is shipped");
    reports.wait_for_head(PATIENCE).await.expect("it is reported");
    let found = reports.invoker::<ReportApi>().find("1".into()).await.expect("an answer").expect("a row");
    assert!(found.shipped);
}

#[test]
fn an_event_of_another_crate_brings_its_upcasters_along() -> evento::Result<()> {
    let stored = evento::serde_json::value::RawValue::from_string(r#"{"order":"1"}"#.to_owned())?;
    let shipped: OrderShipped = evento::payload::decode("OrderShipped", 1, &stored)?;
    assert_eq!(shipped.parcels, 1);
    Ok(())
}

#[tokio::test]
async fn errors_of_any_type_are_downcast_across_crates() {
    let app = OrderBundle::builder().state_store(MemoryStore::new()).start().await.expect("it starts");
    let api = app.invoker::<OrderApi>();
    let free = api.place("1".into(), 0).await.expect_err("a rule");
    assert_eq!(free.rejected_with(), Some(&OrderError::Free), "an enum of the user");
    api.place("1".into(), 5).await.expect("it is placed");
    api.ship("1".into()).await.expect("it is shipped");
    let twice = api.ship("1".into()).await.expect_err("a rule");
    assert_eq!(twice.rejected_with(), Some(&OrderError::Shipped), "within an anyhow::Error");
}

#[tokio::test]
async fn an_invoker_of_another_bundle_is_not_there() {
    let app = OrderBundle::builder().state_store(MemoryStore::new()).start().await.expect("it starts");
    assert!(app.try_invoker::<ReportApi>().is_none());
}

#[tokio::test]
async fn a_discovered_bundle_has_what_is_linked_and_says_how_to_link_more() {
    // This test names the crates of orders and reports, and not the one with the bell.
    let app = evento::Bundle::discovered("all", 1).state_store(MemoryStore::new()).start().await;
    let app = app.expect("everything that is linked fits together");
    let api = app.invoker::<OrderApi>();
    api.place("1".into(), 5).await.expect("it is placed");
    app.wait_for_head(PATIENCE).await.expect("it is reported");
    assert!(app.invoker::<ReportApi>().find("1".into()).await.expect("an answer").is_some());
    assert!(
        !evento::component::linked().iter().any(|component| component.name == "Bell"),
        "a crate that only stands in Cargo.toml is not linked"
    );
}

#[tokio::test]
async fn twenty_components_with_twenty_five_handlers_start() {
    let app = LargeBundle::builder().state_store(MemoryStore::new()).start().await.expect("it starts");
    assert_eq!(app.status().await.expect("a status").len(), 20);
    app.shutdown().await.expect("it stops");
}

#[test]
fn what_is_missing_is_told_with_its_remedy() {
    let empty = StartError::Graph(vec![GraphError::Empty]).to_string();
    let unhandled = SendError::NotHandled { command: "Ring".into() }.to_string();
    for text in [empty, unhandled] {
        assert!(text.contains("use that_crate as _;"), "{text}");
    }
}
