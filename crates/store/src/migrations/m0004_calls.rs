//! Calls, contacts that may not call, and what sessions do about calls.

use super::{
    Step,
    columns::{Columns, cascade, index, optional, primary_key},
};
use crate::Dialect;

pub(super) fn steps(dialect: Dialect) -> Vec<Step> {
    let c = Columns(dialect);
    [calls(c), blocked_contacts(c), settings(c)].into_iter().flatten().collect()
}

fn calls(c: Columns) -> Vec<Step> {
    let calls = c
        .table("whatsapp_calls")
        .col(c.key("session_id", 64))
        .col(c.key("id", 128))
        .col(optional(c.key("pn_ix", 32)))
        .col(optional(c.key("lid_ix", 32)))
        .col(c.key("status", 16))
        .col(c.int("at"))
        .col(c.int("logged_at"))
        .col(c.int("counted"))
        .col(c.int("reply_sent"))
        .col(c.blob("body"))
        .primary_key(&mut primary_key(&["session_id", "id"]))
        .foreign_key(&mut cascade(("whatsapp_calls", "session_id"), ("sessions", "id")))
        .take();
    vec![
        Step::Table(calls),
        index("whatsapp_calls", "whatsapp_calls_at", &["session_id", "at", "id"]),
        index("whatsapp_calls", "whatsapp_calls_status", &["status", "logged_at"]),
        index("whatsapp_calls", "whatsapp_calls_pn", &["session_id", "pn_ix", "at"]),
        index("whatsapp_calls", "whatsapp_calls_lid", &["session_id", "lid_ix", "at"]),
    ]
}

fn blocked_contacts(c: Columns) -> Vec<Step> {
    let blocked = c
        .table("whatsapp_blocked_contacts")
        .col(c.key("session_id", 64))
        .col(c.key("id", 36))
        .col(optional(c.key("pn_ix", 32)))
        .col(optional(c.key("lid_ix", 32)))
        .col(c.key("network", 16))
        .col(c.int("blocked_at"))
        .col(optional(c.int("expires_at")))
        .col(c.blob("body"))
        .primary_key(&mut primary_key(&["session_id", "id"]))
        .foreign_key(&mut cascade(("whatsapp_blocked_contacts", "session_id"), ("sessions", "id")))
        .take();
    vec![
        Step::Table(blocked),
        index("whatsapp_blocked_contacts", "blocked_contacts_pn", &["session_id", "pn_ix"]),
        index("whatsapp_blocked_contacts", "blocked_contacts_lid", &["session_id", "lid_ix"]),
        index("whatsapp_blocked_contacts", "blocked_contacts_end", &["expires_at"]),
        index("whatsapp_blocked_contacts", "blocked_contacts_network", &["network"]),
    ]
}

fn settings(c: Columns) -> Vec<Step> {
    let settings = c
        .table("call_blocking_settings")
        .col(c.key("session_id", 64))
        .col(c.blob("body"))
        .primary_key(&mut primary_key(&["session_id"]))
        .foreign_key(&mut cascade(("call_blocking_settings", "session_id"), ("sessions", "id")))
        .take();
    vec![Step::Table(settings)]
}
