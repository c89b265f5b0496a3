//! The key of a message begins with its id, by which nearly everybody asks for it: one index less to write.

use super::{
    Step,
    columns::{Columns, index},
    m0002_messages::table_of_messages,
};
use crate::Dialect;

const KEY: [&str; 4] = ["session_id", "id", "chat_ix", "sender_ix"];
const COLUMNS: &str = "session_id, chat_ix, sender_ix, id, from_me, kind, status, at, changed_at, reason, body";

pub(super) fn steps(dialect: Dialect) -> Vec<Step> {
    let key = KEY.join(", ");
    match dialect {
        Dialect::MySql => sql([
            format!("ALTER TABLE messages DROP PRIMARY KEY, ADD PRIMARY KEY ({key})"),
            "DROP INDEX messages_id ON messages".to_owned(),
        ]),
        Dialect::Postgres => sql([
            format!("ALTER TABLE messages DROP CONSTRAINT messages_pkey, ADD PRIMARY KEY ({key})"),
            "DROP INDEX messages_id".to_owned(),
        ]),
        _ => moved_over(dialect),
    }
}

/// SQLite keeps a table's key for good: the rows go into a new one.
fn moved_over(dialect: Dialect) -> Vec<Step> {
    let mut steps = sql([
        "ALTER TABLE messages RENAME TO messages_before".to_owned(),
        dialect.build(&table_of_messages(Columns(dialect), KEY)).sql,
        format!("INSERT INTO messages ({COLUMNS}) SELECT {COLUMNS} FROM messages_before ORDER BY rowid"),
        "DROP TABLE messages_before".to_owned(),
    ]);
    steps.push(index("messages", "messages_at", &["session_id", "at", "id"]));
    steps.push(index("messages", "messages_chat", &["session_id", "chat_ix", "at"]));
    steps
}

fn sql<const N: usize>(statements: [String; N]) -> Vec<Step> {
    statements.into_iter().map(Step::Sql).collect()
}
