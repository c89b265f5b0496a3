//! Messages, the open rows of the send ledger, leases, and requests already carried out.

use sea_orm::sea_query::TableCreateStatement;

use super::{
    Step,
    columns::{Columns, cascade, index, optional, primary_key},
};
use crate::Dialect;

pub(super) fn steps(dialect: Dialect) -> Vec<Step> {
    let c = Columns(dialect);
    [messages(c), outbox(c), bookkeeping(c)].into_iter().flatten().collect()
}

fn messages(c: Columns) -> Vec<Step> {
    vec![
        Step::Table(table_of_messages(c, ["session_id", "chat_ix", "sender_ix", "id"])),
        index("messages", "messages_id", &["session_id", "id"]),
        index("messages", "messages_at", &["session_id", "at", "id"]),
        index("messages", "messages_chat", &["session_id", "chat_ix", "at"]),
    ]
}

pub(super) fn table_of_messages(c: Columns, key: [&'static str; 4]) -> TableCreateStatement {
    c.table("messages")
        .col(c.key("session_id", 64))
        .col(c.key("chat_ix", 32))
        .col(c.key("sender_ix", 32))
        .col(c.key("id", 128))
        .col(c.int("from_me"))
        .col(c.key("kind", 64))
        .col(c.key("status", 16))
        .col(c.int("at"))
        .col(c.int("changed_at"))
        .col(optional(c.text("reason")))
        .col(c.blob("body"))
        .primary_key(&mut primary_key(&key))
        .foreign_key(&mut cascade(("messages", "session_id"), ("sessions", "id")))
        .take()
}

fn outbox(c: Columns) -> Vec<Step> {
    let outbox = c
        .table("outbox")
        .col(c.key("session_id", 64))
        .col(c.key("id", 128))
        .col(c.key("chat_ix", 32))
        .col(c.int("place"))
        .col(c.int("priority"))
        .col(c.int("sending"))
        .col(c.int("attempts"))
        .col(c.blob("body"))
        .primary_key(&mut primary_key(&["session_id", "id"]))
        .foreign_key(&mut cascade(("outbox", "session_id"), ("sessions", "id")))
        .take();
    vec![Step::Table(outbox), index("outbox", "outbox_order", &["session_id", "sending", "priority", "place"])]
}

fn bookkeeping(c: Columns) -> Vec<Step> {
    let leases = c
        .table("leases")
        .col(c.key("session_id", 64))
        .col(c.key("holder", 128))
        .col(optional(c.text("address")))
        .col(c.int("epoch"))
        .col(c.int("expires_at"))
        .primary_key(&mut primary_key(&["session_id"]))
        .foreign_key(&mut cascade(("leases", "session_id"), ("sessions", "id")))
        .take();
    let idempotency = c
        .table("idempotency")
        .col(c.key("session_id", 64))
        .col(c.key("key_hash", 64))
        .col(c.key("fingerprint", 64))
        .col(c.key("message_id", 128))
        .col(c.int("at"))
        .primary_key(&mut primary_key(&["session_id", "key_hash"]))
        .foreign_key(&mut cascade(("idempotency", "session_id"), ("sessions", "id")))
        .take();
    vec![
        Step::Table(leases),
        index("leases", "leases_holder", &["holder"]),
        Step::Table(idempotency),
        index("idempotency", "idempotency_at", &["at"]),
    ]
}
