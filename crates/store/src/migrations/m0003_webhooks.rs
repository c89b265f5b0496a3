//! Webhooks, and what is to be delivered to them.

use super::{
    Step,
    columns::{Columns, cascade, index, optional, primary_key},
};
use crate::Dialect;

pub(super) fn steps(dialect: Dialect) -> Vec<Step> {
    let c = Columns(dialect);
    [webhooks(c), deliveries(c)].into_iter().flatten().collect()
}

fn webhooks(c: Columns) -> Vec<Step> {
    let webhooks = c
        .table("webhooks")
        .col(c.key("id", 36))
        .col(c.int("owner_id"))
        .col(optional(c.key("session_id", 64)))
        .col(c.int("own_of_session"))
        .col(c.text("kinds"))
        .col(c.key("mode", 16))
        .col(c.key("dialect", 32))
        .col(c.key("state", 16))
        .col(optional(c.text("reason")))
        .col(c.blob("private"))
        .col(c.int("created_at"))
        .col(c.int("updated_at"))
        .col(c.key("holder", 128))
        .col(c.int("held_until"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut cascade(("webhooks", "owner_id"), ("users", "id")))
        .foreign_key(&mut cascade(("webhooks", "session_id"), ("sessions", "id")))
        .take();
    vec![
        Step::Table(webhooks),
        index("webhooks", "webhooks_owner", &["owner_id", "id"]),
        index("webhooks", "webhooks_session", &["session_id"]),
    ]
}

/// Nothing here refers to `webhooks`: checking a reference would slow every event down, and rows that lost their
/// webhook are swept away.
fn deliveries(c: Columns) -> Vec<Step> {
    let deliveries = c
        .table("deliveries")
        .col(c.int("pos"))
        .col(c.key("webhook_id", 36))
        .col(c.key("session_id", 64))
        .col(c.key("event_id", 36))
        .col(c.key("kind", 64))
        .col(c.key("state", 16))
        .col(c.int("attempts"))
        .col(c.int("next_at"))
        .col(c.int("created_at"))
        .col(optional(c.int("attempted_at")))
        .col(optional(c.int("status")))
        .col(optional(c.int("latency")))
        .col(optional(c.text("error")))
        .primary_key(&mut primary_key(&["pos", "webhook_id"]))
        .take();
    vec![Step::Table(deliveries), index("deliveries", "deliveries_lane", &["webhook_id", "state", "session_id", "pos"])]
}
