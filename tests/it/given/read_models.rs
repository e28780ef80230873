//! Tests of projectors and projections, in memory and on stores.

use evento::{
    memory::MemoryStore,
    prelude::*,
    sqlite::SqliteStore,
    sqlx::{self, AssertSqlSafe, SqliteConnection},
    testing::{ProjectorTest, projection, projector},
};

use super::{says, shop::*};
use crate::{databases::Database, stores::run};

fn ada() -> Metadata {
    Metadata::new().with("user", "ada")
}

fn balance(account: &str, balance: u64) -> Balance {
    Balance { account: account.into(), owner: "ada".into(), balance }
}

fn ledger() -> ProjectorTest<Ledger> {
    projector::<Ledger>().with(ada())
}

#[test]
fn rows_are_compared() {
    let test = || ledger().given(opened()).when(withdrawn(30));
    test().then_view(balance("a", 70)).then_views(vec![balance("a", 70)]).then_no_view::<Balance>("b");
    says(
        &["projector `Ledger`: another row than expected", "-   \"balance\": 71,", "+   \"balance\": 70,"],
        || test().then_view(balance("a", 71)),
    );
    says(&["the view `Balance` has no row `b`; it has 1 rows: [{\"account\":\"a\""], || {
        test().then_view(balance("b", 70))
    });
    says(&["was to have no row `a`, and it has"], || test().then_no_view::<Balance>("a"));
    says(&["other rows than expected", "+     \"Balance\""], || test().then_views(Vec::<Balance>::new()));
    test().when(Closed { account: "a".into() }).then_no_view::<Balance>("a");
}

#[test]
fn what_a_handler_wrote_that_fails_is_not_there() {
    ledger()
        .given(opened())
        .when(withdrawn(101))
        .then_fails_saying("overdrawn")
        .when(withdrawn(1))
        .then_view(balance("a", 99));
    says(&["the handler failed: overdrawn"], || {
        ledger().given(opened()).when(withdrawn(101)).then_view(balance("a", 0))
    });
    says(&["at `Withdrawn`, which was given: the handler failed: there is no `a`"], || {
        ledger().given(withdrawn(1))
    });
    says(&["it has no handler for `Deposited`"], || ledger().given(deposited(1)));
}

#[test]
fn the_same_on_every_store() {
    ledger().on(async { Ok::<_, Error>(MemoryStore::new()) }).given(opened()).then_view(balance("a", 100));
    for database in run(Database::all()) {
        let opening = async { evento::open_store(database.address()).await };
        ledger()
            .on(opening)
            .given(opened())
            .when(withdrawn(101))
            .then_fails_saying("overdrawn")
            .when(withdrawn(30))
            .then_view(balance("a", 70))
            .then_views(vec![balance("a", 70)]);
        // What is there from the test before does no harm.
        let opening = async { evento::open_store(database.address()).await };
        projection::<Balances>()
            .on(opening)
            .given(balance("a", 7))
            .when(FindBalance { account: "a".into() })
            .then_answer(Some(balance("a", 7)))
            .given_by::<Ledger>(opened())
            .when(FindBalance { account: "a".into() })
            .then_answered(|found| assert_eq!(found.as_ref().unwrap().balance, 100));
    }
    says(&["the store cannot be opened"], || ledger().on(evento::open_store("nowhere:at all")));
}

#[test]
fn answers_are_compared() {
    let find = |account: &str| FindBalance { account: account.into() };
    let test = || projection::<Balances>().given((balance("a", 1), vec![balance("b", 2)]));
    test().when(find("b")).then_answer(Some(balance("b", 2))).when(find("c")).then_answer(None);
    says(
        &[
            "projection `Balances`: another answer than expected",
            "-   \"balance\": 3,",
            "+   \"balance\": 2,",
        ],
        || test().when(find("b")).then_answer(Some(balance("b", 3))),
    );
    test().when(find("")).then_fails::<Holiday>(|_| {});
    says(&["the handler failed: the bank is closed"], || test().when(find("")).then_answer(None));
    projection::<Balances>().when(find("a")).then_answer(None);
}

#[test]
fn a_projection_reads_what_a_projector_wrote() {
    projection::<Balances>()
        .with(ada())
        .given_by::<Ledger>((opened(), withdrawn(30)))
        .when(FindBalance { account: "a".into() })
        .then_answer(Some(balance("a", 70)));
    says(&["projector `Ledger`, at `Withdrawn`: the handler failed: there is no `a`"], || {
        projection::<Balances>().given_by::<Ledger>(withdrawn(1))
    });
    says(&["the view `Other` is not read here"], || projection::<Balances>().given(Other { id: "a".into() }));
    says(&["it does not write the view `Other`; it writes `Balance`"], || {
        ledger().given(opened()).then_no_view::<Other>("a")
    });
}

#[view]
struct Other {
    #[id]
    id: String,
}

// With tables of its own.

#[derive(Default)]
struct Tally;

#[projector(version = 2)]
impl Tally {
    #[setup]
    async fn create(&self, connection: &mut SqliteConnection, tables: &Tables) -> Result<()> {
        let sql = format!("create table {} (amount integer not null)", tables.name("tally"));
        sqlx::query(AssertSqlSafe(sql)).execute(connection).await?;
        Ok(())
    }

    #[event_handler]
    async fn withdrawn(
        &self,
        event: &Withdrawn,
        connection: &mut SqliteConnection,
        tables: &Tables,
    ) -> Result<()> {
        let sql = format!("insert into {} values (?)", tables.name("tally"));
        sqlx::query(AssertSqlSafe(sql)).bind(i64::try_from(event.amount)?).execute(connection).await?;
        match event.amount {
            13 => Err(Error::msg("an unlucky number")),
            _ => Ok(()),
        }
    }
}

#[query(response = i64)]
struct Total {}

#[derive(Default)]
struct Totals;

#[projection(reads(Tally))]
impl Totals {
    #[query_handler]
    async fn total(&self, _query: &Total, connection: &mut SqliteConnection, tables: &Tables) -> Result<i64> {
        let sql = format!("select coalesce(sum(amount), 0) from {}", tables.name("tally"));
        Ok(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await?)
    }
}

async fn total(connection: &mut SqliteConnection, tables: &Tables) -> i64 {
    let sql = format!("select coalesce(sum(amount), 0) from {}", tables.name("tally"));
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.expect("a sum")
}

#[test]
fn rows_are_looked_at_by_sql() {
    let folder = tempfile::tempdir().expect("a folder for tests");
    let file = folder.path().join("test.db");
    projector::<Tally>()
        .on(SqliteStore::open(file.to_string_lossy()))
        .given([7, 8].map(withdrawn))
        .then_rows(async |connection: &mut SqliteConnection, tables| {
            assert_eq!(tables.name("tally"), "tally_v2");
            assert_eq!(total(connection, tables).await, 15);
        })
        .when(withdrawn(13))
        .then_fails_saying("an unlucky number")
        .when(withdrawn(1))
        .then_rows(async |connection: &mut SqliteConnection, tables| {
            assert_eq!(total(connection, tables).await, 16);
        });
    let other = folder.path().join("other.db");
    projection::<Totals>()
        .on(SqliteStore::open(other.to_string_lossy()))
        .given_by::<Tally>([7, 8].map(withdrawn))
        .when(Total {})
        .then_answer(15);
}

#[test]
fn a_store_without_the_connection_is_told() {
    says(&["`Tally` takes a `SqliteConnection`, which", "does not have: add `.on(..)`"], || {
        projector::<Tally>().given(withdrawn(1))
    });
    says(&["lends no `"], || {
        let folder = tempfile::tempdir().expect("a folder for tests");
        let opening = SqliteStore::open(folder.path().join("test.db").to_string_lossy().into_owned());
        projector::<Tally>().on(opening).given(withdrawn(1)).then_rows(async |_: &mut u32, _| {})
    });
}
