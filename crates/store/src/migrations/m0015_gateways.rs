//! The gateways that share this database.

use super::{
    Step,
    columns::{Columns, optional, primary_key},
};
use crate::Dialect;

pub(super) fn steps(dialect: Dialect) -> Vec<Step> {
    let c = Columns(dialect);
    let gateways = c
        .table("gateways")
        .col(c.key("id", 128))
        .col(optional(c.text("address")))
        .col(c.int("sessions"))
        .col(c.int("seen_at"))
        .primary_key(&mut primary_key(&["id"]))
        .take();
    vec![Step::Table(gateways)]
}
