//! Whose the sessions were that are deleted.

use super::{
    Step,
    columns::{Columns, index, primary_key},
};
use crate::Dialect;

pub(super) fn steps(dialect: Dialect) -> Vec<Step> {
    let c = Columns(dialect);
    let deletions = c
        .table("deletions")
        .col(c.int("pos"))
        .col(c.key("session_id", 64))
        .col(c.int("owner_id"))
        .col(c.key("origin", 16))
        .primary_key(&mut primary_key(&["pos"]))
        .take();
    vec![Step::Table(deletions), index("deletions", "deletions_owner", &["owner_id", "pos"])]
}
