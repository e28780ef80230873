//! Errors as problem details (RFC 9457): the same form for all, so that a client needs to know only one.

use axum::{
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use evento::prelude::*;
use serde_json::json;

use crate::write_side::TodoError;

/// What went wrong with a request.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    /// Tells problems of one status apart.
    kind: &'static str,
    detail: String,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, detail: impl Into<String>) -> Self {
        Self { status, kind, detail: detail.into() }
    }

    /// A request that cannot be understood.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", detail)
    }

    /// There is nothing of this name.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", detail)
    }

    /// The resource has no such method.
    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "the resource has no such method")
    }

    /// What went wrong is our business: the log gets all of it, the caller none.
    fn internal(error: impl Into<Error>) -> Self {
        eprintln!("error: {:#}", error.into());
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server failed")
    }

    fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
    }
}

/// The rules of the domain in the terms of HTTP.
impl From<&TodoError> for Problem {
    fn from(error: &TodoError) -> Self {
        let (status, kind) = match error {
            TodoError::Blank { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "blank"),
            TodoError::NoSuchTodo { .. } => (StatusCode::NOT_FOUND, "no-such-todo"),
            TodoError::TooManyTodos => (StatusCode::CONFLICT, "too-many-todos"),
            TodoError::DuplicateId { .. } => (StatusCode::CONFLICT, "duplicate-id"),
            TodoError::DuplicateContent { .. } => (StatusCode::CONFLICT, "duplicate-content"),
            TodoError::AlreadyChecked { .. } => (StatusCode::CONFLICT, "already-checked"),
            TodoError::HasCheckedTodo { .. } => (StatusCode::CONFLICT, "has-checked-todo"),
        };
        Self::new(status, kind, error.to_string())
    }
}

/// What callers must tell apart: it was rejected, nothing was done, or nobody knows.
impl From<SendError> for Problem {
    fn from(error: SendError) -> Self {
        if let Some(rule) = error.rejected_with::<TodoError>() {
            return rule.into();
        }
        let detail = error.to_string();
        match error {
            SendError::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, "no-such-list", detail),
            SendError::AlreadyExists { .. } => Self::new(StatusCode::CONFLICT, "list-exists", detail),
            SendError::Deleted { .. } => Self::new(StatusCode::CONFLICT, "list-deleted", detail),
            SendError::EmptyId { .. } => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "blank", detail),
            SendError::IdReused { .. } => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "the idempotency key was used for another request",
            ),
            SendError::OutcomeUnknown { .. } => {
                Self::new(StatusCode::GATEWAY_TIMEOUT, "outcome-unknown", detail)
            }
            error if error.is_transient() => Self::unavailable(detail),
            error => Self::internal(error),
        }
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::DeadlinePassed { .. } => {
                Self::new(StatusCode::GATEWAY_TIMEOUT, "deadline-passed", error.to_string())
            }
            error if error.is_transient() => Self::unavailable(error.to_string()),
            error => Self::internal(error),
        }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            // JSON of another form is as little understood as what is no JSON.
            JsonRejection::JsonDataError(_) | JsonRejection::JsonSyntaxError(_) => {
                Self::bad_request(rejection.body_text())
            }
            other => Self::new(other.status(), "bad-request", other.body_text()),
        }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": format!("/problems/{}", self.kind),
            "title": self.kind.replace('-', " "),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
