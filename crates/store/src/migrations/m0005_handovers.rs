//! Sessions that another program runs for now.

use super::{
    Step,
    columns::{Columns, cascade, index, primary_key},
};
use crate::Dialect;

pub(super) fn steps(dialect: Dialect) -> Vec<Step> {
    let c = Columns(dialect);
    let handovers = c
        .table("handovers")
        .col(c.key("session_id", 64))
        .col(c.key("lease", 36))
        .col(c.int("epoch"))
        .col(c.key("holder", 128))
        .col(c.int("taken_at"))
        .col(c.int("renewed_at"))
        .col(c.int("expires_at"))
        .col(c.int("expired"))
        .primary_key(&mut primary_key(&["session_id"]))
        .foreign_key(&mut cascade(("handovers", "session_id"), ("sessions", "id")))
        .take();
    vec![Step::Table(handovers), index("handovers", "handovers_expiry", &["expired", "expires_at"])]
}
