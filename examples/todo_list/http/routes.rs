//! The resources.

use axum::{
    Json, Router,
    extract::{
        Path, Query, State,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{StatusCode, header::LOCATION},
    response::IntoResponse,
    routing::{get, post, put},
};
use evento::Client;
use serde::{Deserialize, Serialize};

use super::{caller::Caller, problem::Problem};
use crate::{invoker::TodoApi, payloads::TodoListView};

const MAX_PAGE_SIZE: u32 = 100;
const MAX_PAGE: u32 = 1_000_000;

pub fn router(api: Client<TodoApi>) -> Router {
    Router::new()
        .route("/todo-list", post(create_list).get(search_lists))
        .route("/todo-list/{list}", get(find_list).delete(delete_list))
        .route("/todo-list/{list}/todo", post(add_todo))
        .route("/todo-list/{list}/todo/{todo}", put(check_todo).delete(remove_todo))
        .fallback(async || Problem::not_found("there is no such resource"))
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .with_state(api)
}

#[derive(Deserialize)]
struct NewList {
    name: String,
}

#[derive(Deserialize)]
struct NewTodo {
    content: String,
}

#[derive(Serialize)]
struct Created {
    id: String,
}

/// The page that is asked for.
#[derive(Deserialize)]
#[serde(default)]
struct Search {
    name: String,
    page: u32,
    size: u32,
}

impl Default for Search {
    fn default() -> Self {
        Self { name: String::new(), page: 0, size: 20 }
    }
}

// What a request brings is taken as a `Result`: `?` turns what cannot be understood into a problem like any other.

async fn create_list(
    caller: Caller,
    body: Result<Json<NewList>, JsonRejection>,
) -> Result<impl IntoResponse, Problem> {
    let Json(NewList { name }) = body?;
    let id = caller.new_id();
    caller.api.create_list(id.clone(), name).await?;
    Ok(created(format!("/todo-list/{id}"), id))
}

async fn find_list(
    State(api): State<Client<TodoApi>>,
    list: Result<Path<String>, PathRejection>,
) -> Result<Json<TodoListView>, Problem> {
    let Path(list_id) = list?;
    match api.find_list(list_id).await? {
        Some(list) => Ok(Json(list)),
        None => Err(Problem::not_found("there is no such list, or the read model does not show it yet")),
    }
}

async fn search_lists(
    State(api): State<Client<TodoApi>>,
    search: Result<Query<Search>, QueryRejection>,
) -> Result<Json<Vec<TodoListView>>, Problem> {
    let Query(Search { name, page, size }) = search?;
    if !(1..=MAX_PAGE_SIZE).contains(&size) {
        return Err(Problem::bad_request(format!("`size` is from 1 to {MAX_PAGE_SIZE}")));
    }
    if page > MAX_PAGE {
        return Err(Problem::bad_request(format!("`page` is from 0 to {MAX_PAGE}")));
    }
    Ok(Json(api.search_lists(name, page, size).await?))
}

async fn delete_list(
    caller: Caller,
    list: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let Path(list_id) = list?;
    caller.api.delete_list(list_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn add_todo(
    caller: Caller,
    list: Result<Path<String>, PathRejection>,
    body: Result<Json<NewTodo>, JsonRejection>,
) -> Result<impl IntoResponse, Problem> {
    let (Path(list_id), Json(NewTodo { content })) = (list?, body?);
    let id = caller.new_id();
    caller.api.add_todo(list_id.clone(), id.clone(), content).await?;
    Ok(created(format!("/todo-list/{list_id}/todo/{id}"), id))
}

/// 202 and not 200: the todo is checked, but what follows from it comes a little later.
async fn check_todo(
    caller: Caller,
    todo: Result<Path<(String, String)>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let Path((list_id, todo_id)) = todo?;
    caller.api.check_todo(list_id, todo_id).await?;
    Ok(StatusCode::ACCEPTED)
}

async fn remove_todo(
    caller: Caller,
    todo: Result<Path<(String, String)>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let Path((list_id, todo_id)) = todo?;
    caller.api.remove_todo(list_id, todo_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn created(location: String, id: String) -> impl IntoResponse {
    (StatusCode::CREATED, [(LOCATION, location)], Json(Created { id }))
}
