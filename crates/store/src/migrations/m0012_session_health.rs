//! How the network treats each account.

use super::{
    Step,
    columns::{Columns, cascade, index, optional, primary_key},
};
use crate::Dialect;

pub(super) fn steps(dialect: Dialect) -> Vec<Step> {
    let c = Columns(dialect);
    let health = c
        .table("session_health")
        .col(c.key("session_id", 64))
        .col(optional(c.int("until_at")))
        .col(c.blob("body"))
        .primary_key(&mut primary_key(&["session_id"]))
        .foreign_key(&mut cascade(("session_health", "session_id"), ("sessions", "id")))
        .take();
    vec![Step::Table(health), index("session_health", "session_health_until", &["until_at"])]
}
