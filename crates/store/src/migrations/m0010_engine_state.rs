//! The engine's rows without ids in clear, and with a date to sweep them by.

use super::{
    Step,
    columns::{Columns, cascade, optional, primary_key},
};
use crate::Dialect;

pub(super) fn steps(dialect: Dialect) -> Vec<Step> {
    let c = Columns(dialect);
    let engine_state = c
        .table("engine_state")
        .col(c.key("session_id", 64))
        .col(c.key("name", 32))
        .col(c.key("id_hash", 32))
        .col(optional(c.int("due_at")))
        .col(c.blob("value"))
        .primary_key(&mut primary_key(&["session_id", "name", "id_hash"]))
        .foreign_key(&mut cascade(("engine_state", "session_id"), ("sessions", "id")))
        .take();
    vec![Step::Table(engine_state)]
}
