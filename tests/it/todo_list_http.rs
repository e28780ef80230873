//! The tutorial application behind HTTP: every status that it promises.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

use evento::{
    serde_json::{self, Value, json},
    sqlx::{self, Connection, SqliteConnection},
};
use tempfile::TempDir;
use ureq::{Agent, http};

use crate::{programs::example, stores::run};

const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn a_list_is_made_worked_off_and_registered() {
    let server = Server::start(&[]);
    let made = server.as_user("ada").post("/todo-list", json!({ "name": "Groceries" }));
    assert_eq!(made.status, 201);
    let list = format!("/todo-list/{}", made.id());
    assert_eq!(made.header("location"), Some(&*list));

    let mut todos = Vec::new();
    for content in ["milk", "bread", "tea"] {
        let added = server.as_user("ada").post(&format!("{list}/todo"), json!({ "content": content }));
        assert_eq!(added.status, 201);
        let todo = format!("{list}/todo/{}", added.id());
        assert_eq!(added.header("location"), Some(&*todo));
        todos.push(todo);
    }
    let shown = server.until(&list, |answer| answer.status == 200 && answer.todos() == 3);
    assert_eq!(shown.body["status"], "OPEN");
    assert_eq!(shown.body["name"], "Groceries");
    assert_eq!(shown.body["created"]["by"], "ada");
    assert!(shown.body["created"]["at"].as_i64().is_some_and(|at| at > 0));

    assert_eq!(server.as_user("ada").delete(&todos[2]).status, 204);
    for todo in &todos[..2] {
        assert_eq!(server.as_user("grace").put(todo).status, 202);
    }
    let shown = server.until(&list, |answer| answer.body["status"] == "REGISTERED");
    assert_eq!(shown.todos(), 2);
    assert_eq!(shown.body["todos"][0]["added"]["by"], "ada");
    assert_eq!(shown.body["todos"][0]["checked"]["by"], "grace");
    assert_eq!(shown.body["activity"], json!({ "ada": 5, "grace": 2 }));
}

#[test]
fn a_list_is_deleted() {
    let server = Server::start(&[]);
    let list = server.make_list("Garden");
    server.until(&list, |answer| answer.status == 200);
    assert_eq!(server.delete(&list).status, 204);
    server.until(&list, |answer| answer.status == 404).is_problem(404, "not-found");
    server.delete(&list).is_problem(409, "list-deleted");
    server.post(&format!("{list}/todo"), json!({ "content": "seeds" })).is_problem(409, "list-deleted");
}

#[test]
fn lists_are_found_by_the_beginning_of_their_name_page_by_page() {
    let server = Server::start(&[]);
    for name in ["b1", "a2", "a3", "a1"] {
        server.make_list(name);
    }
    let names = |answer: &Answer| -> Vec<String> {
        let lists = answer.body.as_array().cloned().unwrap_or_default();
        lists.iter().map(|list| list["name"].as_str().unwrap_or_default().to_owned()).collect()
    };
    server.until("/todo-list", |answer| answer.status == 200 && names(answer).len() == 4);
    assert_eq!(names(&server.get("/todo-list?name=a")), ["a1", "a2", "a3"]);
    assert_eq!(names(&server.get("/todo-list?name=a&size=2")), ["a1", "a2"]);
    assert_eq!(names(&server.get("/todo-list?name=a&size=2&page=1")), ["a3"]);
    assert_eq!(names(&server.get("/todo-list?name=c")), [""; 0]);
}

#[test]
fn a_page_that_makes_no_sense_is_refused() {
    let server = Server::start(&[]);
    for search in ["size=0", "size=101", "size=-1", "size=x", "page=-1", "page=x", "page=4294967295"] {
        server.get(&format!("/todo-list?{search}")).is_problem(400, "bad-request");
    }
    assert_eq!(server.get("/todo-list?size=100&page=1000000").status, 200);
}

#[test]
fn a_repeated_request_means_the_same_thing() {
    let server = Server::start(&[]);
    let list = json!({ "name": "Groceries" });
    let with = |key: &str| server.as_user("ada").key(key);
    let first = with("k1").post("/todo-list", list.clone());
    let again = with("k1").post("/todo-list", list.clone());
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.id(), again.id());

    with("k1").post("/todo-list", json!({ "name": "Garden" })).is_problem(422, "idempotency-key-reused");
    assert_ne!(with("k2").post("/todo-list", list.clone()).id(), first.id());
    assert_ne!(
        server.as_user("grace").key("k1").post("/todo-list", list).id(),
        first.id(),
        "a key is its user's"
    );

    let path = format!("/todo-list/{}", first.id());
    let milk = json!({ "content": "milk" });
    let added = with("k3").post(&format!("{path}/todo"), milk.clone());
    let again = with("k3").post(&format!("{path}/todo"), milk);
    assert_eq!((added.status, again.status), (201, 201));
    assert_eq!(added.id(), again.id());
    let todo = format!("{path}/todo/{}", added.id());
    for _ in 0..2 {
        assert_eq!(with("k4").put(&todo).status, 202);
    }
    with("k5").put(&todo).is_problem(409, "already-checked");
    assert_eq!(server.until(&path, |answer| answer.todos() == 1).todos(), 1);
}

#[test]
fn what_the_rules_forbid_is_a_conflict() {
    let server = Server::start(&[]);
    let list = server.make_list("Groceries");
    let todo = server.add(&list, "a");
    server.post(&format!("{list}/todo"), json!({ "content": "a" })).is_problem(409, "duplicate-content");
    for content in ["b", "c", "d", "e"] {
        server.add(&list, content);
    }
    server.post(&format!("{list}/todo"), json!({ "content": "f" })).is_problem(409, "too-many-todos");
    assert_eq!(server.put(&todo).status, 202);
    server.put(&todo).is_problem(409, "already-checked");
    server.delete(&todo).is_problem(409, "already-checked");
    server.delete(&list).is_problem(409, "has-checked-todo");
}

#[test]
fn what_is_blank_is_refused() {
    let server = Server::start(&[]);
    let list = server.make_list("Groceries");
    for blank in ["", " ", "\t\n"] {
        server.post("/todo-list", json!({ "name": blank })).is_problem(422, "blank");
        server.post(&format!("{list}/todo"), json!({ "content": blank })).is_problem(422, "blank");
    }
    server.put(&format!("{list}/todo/%20")).is_problem(422, "blank");
}

#[test]
fn what_is_not_there_is_not_found() {
    let server = Server::start(&[]);
    let list = server.make_list("Groceries");
    server.get("/todo-list/none").is_problem(404, "not-found");
    server.delete("/todo-list/none").is_problem(404, "no-such-list");
    server.post("/todo-list/none/todo", json!({ "content": "a" })).is_problem(404, "no-such-list");
    server.put("/todo-list/none/todo/a").is_problem(404, "no-such-list");
    server.put(&format!("{list}/todo/none")).is_problem(404, "no-such-todo");
    server.delete(&format!("{list}/todo/none")).is_problem(404, "no-such-todo");
    server.get("/elsewhere").is_problem(404, "not-found");
    server.put("/todo-list").is_problem(405, "method-not-allowed");
}

#[test]
fn what_cannot_be_understood_is_a_bad_request() {
    let server = Server::start(&[]);
    for body in ["", "{", "[]", r#"{"title":"a"}"#, r#"{"name":7}"#, "\u{0}"] {
        server.request().send("POST", "/todo-list", Some(body.to_owned())).is_problem(400, "bad-request");
    }
    server.get("/todo-list/%ff").is_problem(400, "bad-request");
    server
        .request()
        .with("content-type", "text/plain")
        .post("/todo-list", json!({}))
        .is_problem(415, "bad-request");
}

/// With the file locked by somebody else, one request is at work, one waits, and the others are too many. None of them has
/// done anything, and all of them can be sent again.
#[test]
fn overload_is_refused_before_anything_is_done() {
    let server = Server::start(&["--in-flight", "1", "--deadline", "1.5"]);
    let lock = Lock::on(&server);
    let send = |key: &str| server.as_user("ada").key(key).post("/todo-list", json!({ "name": "Groceries" }));
    let keys = ["a", "b", "c", "d"];
    let answers = thread::scope(|scope| keys.map(|key| scope.spawn(move || send(key))).map(joined));
    for answer in &answers {
        answer.is_problem(503, "unavailable");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    let too_many = |answer: &&Answer| answer.body["detail"].to_string().contains("in flight");
    assert_eq!(answers.iter().filter(too_many).count(), 2, "{answers:?}");

    lock.release();
    for key in keys {
        let made = poll(|| send(key), |answer| answer.status == 201);
        assert_eq!(send(key).id(), made.id());
    }
    let all = server.until("/todo-list", |answer| answer.lists() >= keys.len());
    assert_eq!(all.lists(), keys.len(), "none was made twice");
}

/// Deadlines so short that some of them pass in the middle of a commit. Nobody knows how such a request ended, until it is
/// sent again under its key.
#[test]
fn an_unknown_outcome_is_learnt_by_asking_again() {
    let send = |server: &Server, key: &str| {
        server.as_user("ada").key(key).post("/todo-list", json!({ "name": "Groceries" }))
    };
    let give_up = Instant::now() + PATIENCE;
    let mut server = Server::start(&[]);
    let mut answers: Vec<(String, Answer)> = Vec::new();
    let unknown = |(_, answer): &&(String, Answer)| answer.status == 504;
    for deadline in ["0.002", "0.001", "0.0005", "0.00025"].iter().cycle() {
        server = server.again(&["--deadline", deadline]);
        for number in 0..50 {
            let keys: Vec<_> = (0..8).map(|thread| format!("{}-{number}-{thread}", answers.len())).collect();
            let server = &server;
            let sent: Vec<_> = thread::scope(|scope| {
                let threads: Vec<_> = keys.iter().map(|key| scope.spawn(move || send(server, key))).collect();
                threads.into_iter().map(joined).collect()
            });
            answers.extend(keys.into_iter().zip(sent));
        }
        if answers.iter().any(|answer| unknown(&answer)) {
            break;
        }
        assert!(Instant::now() < give_up, "no deadline has passed during a commit");
    }
    let server = server.again(&[]);
    for (key, answer) in answers.iter().filter(unknown) {
        answer.is_problem(504, "outcome-unknown");
        let learnt = send(&server, key);
        assert_eq!(learnt.status, 201);
        assert_eq!(send(&server, key).id(), learnt.id());
    }
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().expect("an answer")
}

#[cfg(unix)]
#[test]
fn a_server_that_is_asked_to_stop_ends_well() {
    let mut server = Server::start(&[]);
    server.make_list("Groceries");
    let pid = server.program.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
    let mut rest = String::new();
    server.program.0.stderr.take().expect("a pipe").read_to_string(&mut rest).expect("text");
    assert!(server.program.0.wait().expect("its end").success(), "{rest}");
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let folder = tempfile::tempdir().expect("a folder for tests");
    let missing = format!("sqlite:{}", folder.path().join("missing/todo.db").display());
    for arguments in [["--serve", "127.0.0.1:0"], ["--serve", "nowhere"]] {
        let output =
            example("todo_list").args(["--store", &missing]).args(arguments).output().expect("it runs");
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.starts_with("error: ") && said.lines().count() == 1, "{said}");
    }
}

/// The application, serving a file of its own.
struct Server {
    program: Program,
    url: String,
    agent: Agent,
    folder: TempDir,
}

/// Ends with the test.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    fn start(options: &[&str]) -> Self {
        Self::on(tempfile::tempdir().expect("a folder for tests"), options)
    }

    /// Kills it, and starts it again on the same file.
    fn again(self, options: &[&str]) -> Self {
        drop(self.program);
        Self::on(self.folder, options)
    }

    fn on(folder: TempDir, options: &[&str]) -> Self {
        let mut command = example("todo_list");
        let store = format!("sqlite:{}", folder.path().join("todo.db").display());
        command.args(["--store", &store, "--serve", "127.0.0.1:0"]).args(options);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut program = Program(command.spawn().expect("the application starts"));
        let stdout = program.0.stdout.take().expect("a pipe");
        let (said, hears) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if said.send(line).is_err() {
                    return;
                }
            }
        });
        let line = hears.recv_timeout(PATIENCE).expect("the application says where it listens");
        let url = line.strip_prefix("listening on ").expect("an address").to_owned();
        let agent =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
        Self { program, url, agent: agent.into(), folder }
    }

    fn request(&self) -> Request<'_> {
        Request { server: self, headers: Vec::new() }
    }

    fn as_user(&self, user: &str) -> Request<'_> {
        self.request().with("authorization", user)
    }

    fn get(&self, path: &str) -> Answer {
        self.request().send("GET", path, None)
    }

    fn post(&self, path: &str, body: Value) -> Answer {
        self.request().post(path, body)
    }

    fn put(&self, path: &str) -> Answer {
        self.request().put(path)
    }

    fn delete(&self, path: &str) -> Answer {
        self.request().delete(path)
    }

    /// The path of a new list.
    fn make_list(&self, name: &str) -> String {
        let made = self.post("/todo-list", json!({ "name": name }));
        assert_eq!(made.status, 201);
        format!("/todo-list/{}", made.id())
    }

    /// The path of a new todo.
    fn add(&self, list: &str, content: &str) -> String {
        let added = self.post(&format!("{list}/todo"), json!({ "content": content }));
        assert_eq!(added.status, 201);
        format!("{list}/todo/{}", added.id())
    }

    /// Asks until the answer is as it should be: read models follow the log.
    fn until(&self, path: &str, as_expected: impl Fn(&Answer) -> bool) -> Answer {
        poll(|| self.get(path), as_expected)
    }
}

fn poll(ask: impl Fn() -> Answer, as_expected: impl Fn(&Answer) -> bool) -> Answer {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = ask();
        if as_expected(&answer) {
            return answer;
        }
        assert!(Instant::now() < deadline, "still {answer:?}");
        thread::yield_now();
    }
}

/// A request with headers.
struct Request<'s> {
    server: &'s Server,
    headers: Vec<(&'static str, String)>,
}

impl Request<'_> {
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn key(self, key: &str) -> Self {
        self.with("idempotency-key", key)
    }

    fn post(self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body.to_string()))
    }

    fn put(self, path: &str) -> Answer {
        self.send("PUT", path, Some(String::new()))
    }

    fn delete(self, path: &str) -> Answer {
        self.send("DELETE", path, None)
    }

    fn send(self, method: &str, path: &str, body: Option<String>) -> Answer {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.server.url));
        if body.is_some() && self.headers.iter().all(|(name, _)| *name != "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let sent = match body {
            Some(body) => self.server.agent.run(request.body(body).expect("a request")),
            None => self.server.agent.run(request.body(()).expect("a request")),
        };
        let mut response = sent.expect("an answer");
        let text = response.body_mut().read_to_string().expect("text");
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") },
        }
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    headers: http::HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn id(&self) -> &str {
        self.body["id"].as_str().expect("an id")
    }

    fn lists(&self) -> usize {
        self.body.as_array().map_or(0, Vec::len)
    }

    fn todos(&self) -> usize {
        self.body["todos"].as_array().map_or(0, Vec::len)
    }

    /// Problems have one form.
    fn is_problem(&self, status: u16, kind: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["type"], format!("/problems/{kind}"));
        assert!(self.body["title"].as_str().is_some_and(|title| !title.is_empty()));
        assert!(self.body["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    }
}

/// Keeps the application from writing to its file.
struct Lock(SqliteConnection);

impl Lock {
    fn on(server: &Server) -> Self {
        let url = format!("sqlite://{}", server.folder.path().join("todo.db").display());
        run(async move {
            let mut connection = SqliteConnection::connect(&url).await.expect("a connection");
            sqlx::query("begin immediate").execute(&mut connection).await.expect("the lock");
            Self(connection)
        })
    }

    fn release(mut self) {
        run(async move {
            sqlx::query("rollback").execute(&mut self.0).await.expect("the lock is given back");
            self.0.close().await.expect("the connection closes");
        });
    }
}
