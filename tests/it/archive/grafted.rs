//! The end of a stream goes only behind the event that it followed.

use evento::{
    archive::{Export, Import, ImportError},
    message::Position,
    serde_json::{self, Value},
};

use super::{Archive, empty_stores, fill, filled, head};
use crate::{databases::Database, stores::run};

#[test]
fn the_end_of_a_stream_is_not_put_behind_another_stream_of_its_name() {
    run(async {
        let database = Database::sqlite();
        let source = database.open().await;
        fill(&source, 1, 6).await;
        let end = Archive::empty();
        Export::of(&*source).after(Position(4)).to_file(end.path()).await.expect("an export");
        for (store, _database) in empty_stores().await {
            // As many events under the same name, and others.
            fill(&store, 1, 4).await;
            let import = Import::from_file(end.path()).renumbered();
            match import.into_store(&*store).await {
                Err(error @ ImportError::StreamTaken { version: 4, .. }) => {
                    let told = error.to_string();
                    assert!(told.contains("with another event as version 4"), "{told}");
                }
                other => panic!("it is another stream, not {other:?}"),
            }
            assert_eq!(head(&store).await, Position(4), "nothing was written: {}", store.describe());
        }
    });
}

#[test]
fn what_a_cut_stream_follows_is_told_once_and_by_each_store() {
    run(async {
        let (original, _database) = filled().await;
        let whole = Archive::of(&original).await;
        let text = whole.text();
        let events: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("a line")).collect();
        let of = |name: &str| events.iter().find(|event| event["event"] == name).expect("one");
        assert!(!text.contains("\"follows\""), "a whole log has no stream that is cut");

        for (store, _database) in empty_stores().await {
            whole.import(&store).await.expect("an import");
            let mut file = Vec::new();
            let export = Export::of(&*store).events(["Deposited", "Withdrawn"]);
            export.write_to(&mut file).await.expect("an export");
            let lines: Vec<Value> = file
                .split(|byte| *byte == b'\n')
                .filter_map(|line| serde_json::from_slice(line).ok())
                .collect();
            let [_, first, rest @ .., _] = &*lines else { panic!("a deposit at least: {lines:?}") };
            assert_eq!((&first["event"], &first["version"]), (&Value::from("Deposited"), &Value::from(2)));
            assert_eq!(first["follows"], of("Opened")["id"], "{}", store.describe());
            assert!(rest.len() == 2 && rest.iter().all(|event| event.get("follows").is_none()), "{rest:?}");
        }
    });
}
