//! Which chat a hidden identity belongs to, once the phone number behind it is known; both by their blind indexes.

use super::{
    Step,
    columns::{Columns, cascade, index, primary_key},
};
use crate::Dialect;

pub(super) fn steps(dialect: Dialect) -> Vec<Step> {
    let c = Columns(dialect);
    let names = c
        .table("chat_names")
        .col(c.key("session_id", 64))
        .col(c.key("lid_ix", 32))
        .col(c.key("chat_ix", 32))
        .primary_key(&mut primary_key(&["session_id", "lid_ix"]))
        .foreign_key(&mut cascade(("chat_names", "session_id"), ("sessions", "id")))
        .take();
    vec![Step::Table(names), index("chat_names", "chat_names_chat", &["session_id", "chat_ix"])]
}
