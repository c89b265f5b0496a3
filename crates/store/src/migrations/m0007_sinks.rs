//! How far each sink was brought.

use super::{
    Step,
    columns::{Columns, primary_key},
};
use crate::Dialect;

pub(super) fn steps(dialect: Dialect) -> Vec<Step> {
    let c = Columns(dialect);
    let sinks = c
        .table("sinks")
        .col(c.key("name", 32))
        .col(c.int("pos"))
        .col(c.key("holder", 128))
        .col(c.int("held_until"))
        .primary_key(&mut primary_key(&["name"]))
        .take();
    vec![Step::Table(sinks)]
}
