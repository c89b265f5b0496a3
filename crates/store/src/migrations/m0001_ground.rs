//! Users, keys, sessions, the engine's state, data keys and the event log.

use sea_orm::sea_query::Query;

use super::{
    Step,
    columns::{Columns, cascade, index, optional, primary_key, unique},
};
use crate::Dialect;

pub(super) fn steps(dialect: Dialect) -> Vec<Step> {
    let c = Columns(dialect);
    [ground(c), people(c), sessions(c), log(c)].into_iter().flatten().collect()
}

fn ground(c: Columns) -> Vec<Step> {
    let meta =
        c.table("meta").col(c.key("name", 64)).col(c.blob("value")).primary_key(&mut primary_key(&["name"])).take();
    let counters =
        c.table("counters").col(c.key("name", 64)).col(c.int("value")).primary_key(&mut primary_key(&["name"])).take();
    let data_keys = c
        .table("data_keys")
        .col(c.key("scope", 80))
        .col(c.int("version"))
        .col(c.blob("wrapped"))
        .primary_key(&mut primary_key(&["scope", "version"]))
        .take();
    let jwt_keys = c
        .table("jwt_keys")
        .col(c.key("kid", 64))
        .col(c.blob("secret"))
        .col(c.int("created_at"))
        .col(optional(c.int("retired_at")))
        .primary_key(&mut primary_key(&["kid"]))
        .take();
    [meta, counters, data_keys, jwt_keys].into_iter().map(Step::Table).collect()
}

fn people(c: Columns) -> Vec<Step> {
    let users = c
        .table("users")
        .col(c.int("id"))
        .col(c.name("username"))
        .col(c.text("password_hash"))
        .col(c.key("role", 32))
        .col(c.int("token_epoch"))
        .col(c.int("created_at"))
        .primary_key(&mut primary_key(&["id"]))
        .take();
    let audit = c
        .table("audit")
        .col(c.key("id", 36))
        .col(c.int("at"))
        .col(c.text("actor"))
        .col(c.key("action", 64))
        .col(c.text("target"))
        .col(c.text("detail"))
        .primary_key(&mut primary_key(&["id"]))
        .take();
    vec![
        Step::Table(users),
        unique("users", "users_username", &["username"]),
        Step::Table(audit),
        index("audit", "audit_at", &["at"]),
    ]
}

fn sessions(c: Columns) -> Vec<Step> {
    let sessions = c
        .table("sessions")
        .col(c.key("id", 64))
        .col(c.int("owner_id"))
        .col(c.text("name"))
        .col(c.key("origin", 32))
        .col(c.key("desired", 32))
        .col(c.key("state", 32))
        .col(c.blob("state_detail"))
        .col(optional(c.key("phone", 32)))
        .col(optional(c.key("lid", 64)))
        .col(c.int("linked"))
        .col(c.blob("settings"))
        .col(c.int("created_at"))
        .col(c.int("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut cascade(("sessions", "owner_id"), ("users", "id")))
        .take();
    let auth_state = c
        .table("auth_state")
        .col(c.key("session_id", 64))
        .col(c.key("key_name", 64))
        .col(c.key("key_id", 255))
        .col(c.blob("key_value"))
        .primary_key(&mut primary_key(&["session_id", "key_name", "key_id"]))
        .foreign_key(&mut cascade(("auth_state", "session_id"), ("sessions", "id")))
        .take();
    vec![
        Step::Table(sessions),
        index("sessions", "sessions_owner", &["owner_id", "id"]),
        index("sessions", "sessions_phone", &["phone"]),
        Step::Table(auth_state),
        Step::Table(api_keys(c)),
        unique("api_keys", "api_keys_hash", &["hash"]),
        index("api_keys", "api_keys_owner", &["owner_id"]),
        index("api_keys", "api_keys_session", &["session_id"]),
    ]
}

fn api_keys(c: Columns) -> sea_orm::sea_query::TableCreateStatement {
    c.table("api_keys")
        .col(c.key("id", 36))
        .col(c.int("owner_id"))
        .col(optional(c.key("session_id", 64)))
        .col(c.text("scopes"))
        .col(c.text("name"))
        .col(c.text("prefix"))
        .col(c.key("hash", 64))
        .col(optional(c.int("expires_at")))
        .col(optional(c.int("last_used_at")))
        .col(optional(c.int("revoked_at")))
        .col(c.int("created_at"))
        .col(c.text("allowed_ips"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut cascade(("api_keys", "owner_id"), ("users", "id")))
        .foreign_key(&mut cascade(("api_keys", "session_id"), ("sessions", "id")))
        .take()
}

/// Events outlive their session: they tell of its end. So nothing here refers to `sessions`.
fn log(c: Columns) -> Vec<Step> {
    let head = c.table("log_head").col(c.int("id")).col(c.int("pos")).primary_key(&mut primary_key(&["id"])).take();
    let seqs = c
        .table("event_seqs")
        .col(c.key("session_id", 64))
        .col(c.int("seq"))
        .primary_key(&mut primary_key(&["session_id"]))
        .take();
    let events = c
        .table("events")
        .col(c.int("pos"))
        .col(c.key("id", 36))
        .col(c.key("session_id", 64))
        .col(c.int("seq"))
        .col(c.key("kind", 64))
        .col(c.int("at"))
        .col(c.blob("payload"))
        .primary_key(&mut primary_key(&["pos"]))
        .take();
    let start =
        Query::insert().into_table("log_head").columns(["id", "pos"]).values_panic([1i64.into(), 0i64.into()]).take();
    vec![
        Step::Table(head),
        Step::Insert(start),
        Step::Table(seqs),
        Step::Table(events),
        unique("events", "events_id", &["id"]),
        unique("events", "events_session_seq", &["session_id", "seq"]),
        index("events", "events_at", &["at"]),
    ]
}
