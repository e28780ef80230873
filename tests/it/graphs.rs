//! What bundles show of themselves: the pictures and catalogues of the examples, made without a database, and what is told at start.

use std::{env, fs, path::PathBuf};

use evento::{memory::MemoryStore, prelude::*};

use crate::{programs::example, spans::collected};

/// The examples that draw themselves.
const EXAMPLES: [&str; 2] = ["todo_list", "customers_and_orders"];

/// When it is set, what is kept is written anew.
const RENEW: &str = "EVENTO_RENEW";

/// What an example prints as its graph, in a folder that stays as empty as it was.
fn rendered(name: &str, format: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder for tests");
    let mut example = example(name);
    example.args(["graph", "--format", format]).current_dir(&folder).env("TMPDIR", folder.path());
    let output = example.output().expect("the example runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 0, "it needs no database");
    String::from_utf8(output.stdout).expect("text")
}

/// What is kept is what is drawn.
fn kept(path: &str, drawn: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    if env::var_os(RENEW).is_some() {
        fs::write(&file, drawn).expect("a place to keep it");
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == drawn,
        "{path} is old: renew it with `{RENEW}=1 cargo xtask test -- graphs`, and look at it"
    );
}

#[test]
fn examples_are_drawn_as_they_are() {
    for name in EXAMPLES {
        kept(&format!("docs/graphs/{name}.svg"), &rendered(name, "svg"));
        kept(&format!("docs/graphs/{name}.mmd"), &rendered(name, "mermaid"));
    }
}

#[test]
fn examples_are_described_as_they_are() {
    for name in EXAMPLES {
        let mut json: serde_json::Value = serde_json::from_str(&rendered(name, "json")).expect("JSON");
        without_places(&mut json);
        kept(&format!("docs/graphs/{name}.json"), &format!("{json:#}\n"));
    }
}

/// Where something is written changes with every line above it.
fn without_places(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(fields) => {
            fields.remove("source");
            fields.values_mut().for_each(without_places);
        }
        serde_json::Value::Array(all) => all.iter_mut().for_each(without_places),
        _ => {}
    }
}

#[test]
fn an_unknown_format_is_refused() {
    let output = example("todo_list").args(["graph", "--format", "png"]).output().expect("the example runs");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("there is no format `png`: there are `json`, `mermaid` and `svg`"), "{said}");
}

#[service_command]
pub struct Shout {
    pub word: String,
}

#[service_event]
pub struct Shouted {
    pub word: String,
}

#[derive(Default)]
pub struct Crier;

#[service]
impl Crier {
    #[command_handler]
    async fn shout(&self, command: Shout) -> Shouted {
        Shouted { word: command.word }
    }
}

bundle! { Desert { id: "desert", version: 1, components: [Crier] } }

#[test]
fn what_leads_nowhere_is_told_at_start() {
    collected(|seen| async move {
        let app = Desert::builder().state_store(MemoryStore::new()).start().await.expect("it starts");
        app.shutdown().await.expect("it stops");
        let told = seen.named("evento_runtime::bundle::assemble");
        let told: Vec<_> = told.iter().filter(|event| !event.get("lint").is_empty()).collect();
        let lints: Vec<_> = told.iter().map(|event| (event.get("lint"), event.get("payload"))).collect();
        assert_eq!(lints, [("unconsumed_event", "Shouted"), ("unsent_command", "Shout")]);
        assert!(told.iter().all(|event| event.get("bundle") == "desert"));
        assert_eq!(told[0].get("message"), "no consumer handles the event `Shouted`");
    });
}
