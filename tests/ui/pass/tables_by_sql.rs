//! A projector with tables of its own, set up once, and a projection that reads them.

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

#[query(response = u64)]
struct Count;

#[derive(Default)]
struct Rows;

#[projector(version = 2)]
impl Rows {
    #[setup]
    async fn tables(&self, tables: &Tables) -> Result<()> {
        assert_eq!(tables.name("rows"), "rows_v2");
        Ok(())
    }

    #[event_handler]
    async fn on(&self, _event: &Opened, _tables: &Tables, _position: Position, _replay: ReplayStatus) -> Result<()> {
        Ok(())
    }
}

#[derive(Default)]
struct Counting;

#[projection(reads(Rows))]
impl Counting {
    #[query_handler]
    async fn count(&self, _query: &Count, _tables: &Tables, _message: &QueryMessage) -> Result<u64, std::io::Error> {
        Ok(7)
    }
}

bundle! { Tabled { id: "tabled", version: 1, components: [Rows, Counting] } }

pub fn main() {
    assert_eq!(Tabled::describe().components[1].reads, ["Rows"]);
}
