//! Chats, as a list of them shows them.

use super::{
    Step,
    columns::{Columns, cascade, index, primary_key},
};
use crate::Dialect;

pub(super) fn steps(dialect: Dialect) -> Vec<Step> {
    let c = Columns(dialect);
    let chats = c
        .table("chats")
        .col(c.key("session_id", 64))
        .col(c.key("chat_ix", 32))
        .col(c.key("kind", 16))
        .col(c.int("last_at"))
        .col(c.int("unread"))
        .col(c.int("archived"))
        .col(c.int("pinned"))
        .col(c.int("muted_until"))
        .col(c.blob("body"))
        .primary_key(&mut primary_key(&["session_id", "chat_ix"]))
        .foreign_key(&mut cascade(("chats", "session_id"), ("sessions", "id")))
        .take();
    vec![Step::Table(chats), index("chats", "chats_last", &["session_id", "last_at", "chat_ix"])]
}
