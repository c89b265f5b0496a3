//! What the network said about phone numbers.

use super::{
    Step,
    columns::{Columns, cascade, index, primary_key},
};
use crate::Dialect;

pub(super) fn steps(dialect: Dialect) -> Vec<Step> {
    let c = Columns(dialect);
    let checks = c
        .table("number_checks")
        .col(c.key("session_id", 64))
        .col(c.key("number_ix", 32))
        .col(c.int("at"))
        .col(c.blob("answer"))
        .primary_key(&mut primary_key(&["session_id", "number_ix"]))
        .foreign_key(&mut cascade(("number_checks", "session_id"), ("sessions", "id")))
        .take();
    vec![Step::Table(checks), index("number_checks", "number_checks_age", &["at"])]
}
