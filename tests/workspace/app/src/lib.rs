//! The application: two bundles in one program, from components of three crates.

pub mod large;

use evento::bundle;

bundle! {
    /// Takes orders.
    pub OrderBundle { id: "orders", version: 1, components: [shop_orders::Order, shop_orders::OrderApi] }
}

bundle! {
    /// Reports on orders.
    pub ReportBundle {
        id: "reports",
        version: 1,
        components: [shop_reports::Orders, shop_reports::OrderQueries, shop_reports::ReportApi],
    }
}
