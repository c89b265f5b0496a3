//! Pieces of a phone's past that are still to be imported.

use super::{
    Step,
    columns::{Columns, cascade, primary_key},
};
use crate::Dialect;

pub(super) fn steps(dialect: Dialect) -> Vec<Step> {
    let c = Columns(dialect);
    let pieces = c
        .table("history_pieces")
        .col(c.key("session_id", 64))
        .col(c.key("id", 36))
        .col(c.key("kind", 32))
        .col(c.int("progress"))
        .col(c.int("chats"))
        .col(c.int("messages"))
        .col(c.blob("body"))
        .primary_key(&mut primary_key(&["session_id", "id"]))
        .foreign_key(&mut cascade(("history_pieces", "session_id"), ("sessions", "id")))
        .take();
    vec![Step::Table(pieces)]
}
