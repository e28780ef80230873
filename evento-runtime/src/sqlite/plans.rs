//! That the statements that must be fast use their index.

use super::SqliteStore;

async fn plan(sql: &'static str) -> String {
    use sqlx::Row;
    let folder = tempfile::TempDir::new().expect("a folder for tests");
    let store = SqliteStore::open(folder.path().join("store.db").to_string_lossy()).await.expect("a file");
    let mut reading = store.inner.readers.acquire().await.expect("a connection");
    let explain = sqlx::query(sqlx::AssertSqlSafe(format!("explain query plan {sql}")));
    let rows = explain.fetch_all(reading.connection().expect("a connection")).await.expect("a plan");
    rows.iter().map(|row| format!("{}\n", row.get::<String, _>("detail"))).collect()
}

#[tokio::test]
async fn the_log_is_read_in_order_without_sorting() {
    for text in [include_str!("sql/read_log.sql"), include_str!("sql/read_log_packed.sql")] {
        let plan = plan(text).await;
        assert!(plan.contains("SEARCH e USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE FOR ORDER"), "{plan}");
    }
}

#[tokio::test]
async fn a_stream_is_read_by_its_index() {
    for text in [include_str!("sql/read_stream.sql"), include_str!("sql/read_stream_packed.sql")] {
        let plan = plan(text).await;
        assert!(plan.contains("(stream_kind=? AND stream_id=? AND version>?)"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}

#[tokio::test]
async fn views_are_searched_by_their_index() {
    let prefix = plan(include_str!("sql/find_view_prefix.sql")).await;
    let search = "SEARCH i USING PRIMARY KEY (view=? AND version=? AND field=? AND value>? AND value<?)";
    assert!(prefix.contains(search), "{prefix}");
    let equals = plan(include_str!("sql/find_view_equals.sql")).await;
    let search = "SEARCH i USING PRIMARY KEY (view=? AND version=? AND field=? AND value=?)";
    assert!(equals.contains(search), "{equals}");
    for plan in [prefix, equals] {
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}

#[tokio::test]
async fn sagas_are_found_by_their_index() {
    let plan = plan(include_str!("sql/find_sagas.sql")).await;
    assert!(plan.contains("SEARCH a USING PRIMARY KEY (saga=? AND field=? AND value=?)"), "{plan}");
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn the_index_of_rows_is_written_by_its_keys() {
    let delete = include_str!("sql/put_view_rows.sql").split(";\n\n").nth(1).expect("the second statement");
    let plan = plan(delete).await;
    assert!(
        plan.contains("SEARCH i USING COVERING INDEX view_index_id (view=? AND version=? AND id=?)"),
        "{plan}"
    );
    assert!(!plan.contains("SCAN view_index") && !plan.contains("SCAN i\n"), "{plan}");
}

#[tokio::test]
async fn timers_are_read_in_order_without_sorting() {
    let plan = plan(include_str!("sql/timers.sql")).await;
    let search = "SEARCH timer USING INDEX timer_due (saga=? AND (due,saga_id,key)>(?,?,?))";
    assert!(plan.contains(search), "{plan}");
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn sagas_are_counted_by_their_index() {
    let plan = plan(include_str!("sql/count_sagas.sql")).await;
    // All are counted, but only the index is read.
    assert!(plan.contains("SCAN saga USING COVERING INDEX saga_version"), "{plan}");
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}
