//! The application as a story on the terminal: what is asked, what is answered, and what follows by itself.

mod letters;
mod terminal;

use std::time::Duration;

use evento::{App, Client, open_store, prelude::*};
use uuid::Uuid;

use self::{
    letters::Letters,
    terminal::{accepted, heading, rejected, say, show},
};
use crate::{
    bundle::TodoBundle,
    invoker::TodoApi,
    payloads::{Status, TodoListView},
};

/// How long the consequences of a command may take before something must be wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the ids of the lists of the story begin, so that a later run knows them from other lists in the same store.
const OURS: &str = "story-";

/// Tells the story on a store.
pub async fn tell(store: &str) -> Result<()> {
    let letters = Letters::default();
    // The store is this one line; everything else is the same on any other.
    let app = TodoBundle::builder()
        .shared_store(open_store(store).await?)
        .provide(letters.postbox())
        .start()
        .await?;
    let story = Story { api: app.invoker(), app, letters };
    say(&format!("The log of events is in {store}."))?;
    story.earlier_runs().await?;
    story.given_up().await?;
    let list_id = story.rules().await?;
    story.completed(&list_id).await?;
    Ok(story.app.shutdown().await?)
}

struct Story {
    app: App,
    api: Client<TodoApi>,
    letters: Letters,
}

impl Story {
    /// An earlier run may have ended anywhere, even by being killed. evento goes on by itself with what follows from the
    /// events in the log; what nobody had asked for yet is asked for here.
    async fn earlier_runs(&self) -> Result<()> {
        self.consequences().await?;
        let lists = self.all_lists().await?;
        if lists.is_empty() {
            return Ok(());
        }
        heading("What is there from earlier runs")?;
        for list in &lists {
            let (status, name, user) = (list.status, &list.name, &list.created.by);
            say(&format!("  {status:<12} `{name}` of {user}, {} todos", list.todos.len()))?;
        }
        let linus = self.user("linus");
        for list in lists {
            if list.status != Status::Open || !list.list_id.starts_with(OURS) {
                continue;
            }
            let (list_id, name) = (list.list_id, list.name);
            if list.todos.iter().all(|todo| todo.checked.is_none()) {
                accepted(&format!("linus deletes `{name}`"), linus.delete_list(list_id).await)?;
                continue;
            }
            for todo in list.todos.into_iter().filter(|todo| todo.checked.is_none()) {
                let what = format!("linus checks `{}` on `{name}`", todo.content);
                accepted(&what, linus.check_todo(list_id.clone(), todo.todo_id).await)?;
            }
        }
        self.consequences().await?;
        self.letters.show()
    }

    async fn given_up(&self) -> Result<()> {
        heading("Grace changes her mind")?;
        let (grace, list) = (self.user("grace"), new_id());
        accepted("grace creates `Garden`", grace.create_list(list.clone(), "Garden".into()).await)?;
        accepted("grace deletes it", grace.delete_list(list.clone()).await)?;
        rejected("grace adds `seeds`", grace.add_todo(list.clone(), "seeds".into(), "seeds".into()).await)?;
        rejected("grace creates it again", grace.create_list(list.clone(), "Garden".into()).await)?;

        // Commands are answered when their events are stored; read models follow a moment later.
        self.consequences().await?;
        let found = self.api.find_list(list).await?;
        say(&format!("  The list is {}.", if found.is_some() { "still there" } else { "no longer found" }))
    }

    async fn rules(&self) -> Result<String> {
        heading("Ada makes a list, and meets the rules")?;
        let (ada, list) = (self.user("ada"), new_id());
        rejected("ada creates a list without a name", ada.create_list(list.clone(), " ".into()).await)?;
        rejected(
            "ada adds to a list that is not there",
            ada.add_todo(list.clone(), "x".into(), "x".into()).await,
        )?;
        accepted("ada creates `Groceries`", ada.create_list(list.clone(), "Groceries".into()).await)?;
        rejected("ada creates it again", ada.create_list(list.clone(), "Groceries".into()).await)?;

        let add = async |id: &str, content: &str| ada.add_todo(list.clone(), id.into(), content.into()).await;
        for content in ["milk", "bread", "tea", "soap"] {
            accepted(&format!("ada adds `{content}`"), add(content, content).await)?;
        }
        rejected("ada adds a blank todo", add("blank", "").await)?;
        rejected("ada adds `milk` under another id", add("more-milk", "milk").await)?;
        rejected("ada adds `cheese` under the id of `milk`", add("milk", "cheese").await)?;
        accepted("ada adds `salt`", add("salt", "salt").await)?;
        rejected("ada adds `rice`, the sixth todo", add("rice", "rice").await)?;

        accepted("ada removes `salt`", ada.remove_todo(list.clone(), "salt".into()).await)?;
        rejected("ada removes `salt` again", ada.remove_todo(list.clone(), "salt".into()).await)?;
        rejected("ada checks `salt`", ada.check_todo(list.clone(), "salt".into()).await)?;

        accepted("ada checks `milk`", ada.check_todo(list.clone(), "milk".into()).await)?;
        rejected("ada checks `milk` again", ada.check_todo(list.clone(), "milk".into()).await)?;
        rejected("ada removes `milk`", ada.remove_todo(list.clone(), "milk".into()).await)?;
        rejected("ada deletes the list", ada.delete_list(list.clone()).await)?;

        self.consequences().await?;
        say("  What there is to read now:")?;
        self.show(&list).await?;
        Ok(list)
    }

    async fn completed(&self, list: &str) -> Result<()> {
        heading("Grace and Linus do the rest")?;
        let (grace, linus) = (self.user("grace"), self.user("linus"));
        for list in grace.search_lists("Groc".into(), 0, 10).await? {
            if list.status == Status::Open {
                say(&format!(
                    "  grace searches for `Groc` and finds `{}` of {}",
                    list.name, list.created.by
                ))?;
            }
        }
        accepted("grace checks `bread`", grace.check_todo(list.into(), "bread".into()).await)?;
        accepted("linus checks `tea`", linus.check_todo(list.into(), "tea".into()).await)?;
        accepted("linus checks `soap`, the last one", linus.check_todo(list.into(), "soap".into()).await)?;

        heading("What has followed by itself")?;
        self.consequences().await?;
        self.letters.show()?;
        say("  The saga of `Groceries` has counted who did how much, had it registered, and ended.")?;

        heading("What there is to read in the end")?;
        self.show(list).await
    }

    async fn all_lists(&self) -> Result<Vec<TodoListView>> {
        let mut lists = Vec::new();
        for page in 0.. {
            let found = self.api.search_lists(String::new(), page, 100).await?;
            if found.is_empty() {
                break;
            }
            lists.extend(found);
        }
        Ok(lists)
    }

    /// Waits until everything that was asked for has had all its consequences.
    async fn consequences(&self) -> Result<()> {
        self.app.wait_for_head(PATIENCE).await?;
        Ok(())
    }

    /// A client that speaks for a user.
    fn user(&self, name: &str) -> Client<TodoApi> {
        self.api.with(Metadata::new().with("user", name))
    }

    async fn show(&self, list_id: &str) -> Result<()> {
        match self.api.find_list(list_id.into()).await? {
            Some(list) => show(&list),
            None => say("  nothing"),
        }
    }
}

fn new_id() -> String {
    format!("{OURS}{}", Uuid::now_v7())
}
