//! Labels of business accounts, and the chats that they are on.

use super::{
    Step,
    columns::{Columns, cascade, primary_key},
};
use crate::Dialect;

pub(super) fn steps(dialect: Dialect) -> Vec<Step> {
    let c = Columns(dialect);
    let labels = c
        .table("labels")
        .col(c.key("session_id", 64))
        .col(c.key("label_id", 64))
        .col(c.int("color"))
        .col(c.blob("name"))
        .primary_key(&mut primary_key(&["session_id", "label_id"]))
        .foreign_key(&mut cascade(("labels", "session_id"), ("sessions", "id")))
        .take();
    let chat_labels = c
        .table("chat_labels")
        .col(c.key("session_id", 64))
        .col(c.key("chat_ix", 32))
        .col(c.key("label_id", 64))
        .primary_key(&mut primary_key(&["session_id", "chat_ix", "label_id"]))
        .foreign_key(&mut cascade(("chat_labels", "session_id"), ("sessions", "id")))
        .take();
    vec![Step::Table(labels), Step::Table(chat_labels)]
}
