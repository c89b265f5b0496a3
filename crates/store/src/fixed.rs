//! Statements that run for every message. Their text is always the same, so it is built once for each database and then
//! only filled; building it anew costs as much as running it does.

use std::sync::OnceLock;

use sea_orm::{
    Statement,
    sea_query::{Expr, Value, Values},
};

use crate::Dialect;

pub(crate) struct Fixed {
    make: fn(Dialect) -> Statement,
    texts: [OnceLock<String>; 3],
}

impl Fixed {
    /// Of a statement with a [`hole`] for each value, in the order in which the values will be given.
    pub(crate) const fn new(make: fn(Dialect) -> Statement) -> Self {
        Self { make, texts: [const { OnceLock::new() }; 3] }
    }

    pub(crate) fn with<const N: usize>(&'static self, dialect: Dialect, values: [Value; N]) -> Statement {
        let at = match dialect {
            Dialect::Postgres => 0,
            Dialect::MySql => 1,
            _ => 2,
        };
        let text = self.texts[at].get_or_init(|| {
            let made = (self.make)(dialect);
            debug_assert_eq!(made.values.map_or(0, |values| values.0.len()), N, "holes in {}", made.sql);
            made.sql
        });
        Statement { sql: text.clone(), values: Some(Values(values.into())), db_backend: dialect }
    }
}

/// Where a value will be.
pub(crate) fn hole() -> Expr {
    Expr::val(0i64)
}
