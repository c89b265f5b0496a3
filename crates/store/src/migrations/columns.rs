//! Column types that mean the same on all three databases.

use sea_orm::sea_query::{
    ColumnDef, ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, Index, IndexCreateStatement, Table,
    TableCreateStatement,
};

use super::Step;
use crate::Dialect;

/// Column makers for one dialect.
#[derive(Clone, Copy)]
pub(crate) struct Columns(pub(crate) Dialect);

impl Columns {
    /// A table; on MySQL compared byte by byte, as the others do.
    pub(crate) fn table(self, name: &'static str) -> TableCreateStatement {
        let mut table = Table::create().table(name).to_owned();
        if self.0 == Dialect::MySql {
            table.engine("InnoDB").character_set("utf8mb4").collate("utf8mb4_bin");
        }
        table
    }

    /// A short ASCII text that is compared byte by byte: ids, kinds, states.
    pub(crate) fn key(self, name: &'static str, length: u32) -> ColumnDef {
        let kind = match self.0 {
            Dialect::MySql => format!("varchar({length}) character set ascii collate ascii_bin"),
            Dialect::Postgres => format!("varchar({length}) COLLATE \"C\""),
            _ => "text".to_owned(),
        };
        ColumnDef::new(name).custom(kind).not_null().to_owned()
    }

    /// A short text in any script that can be indexed: names of users.
    pub(crate) fn name(self, name: &'static str) -> ColumnDef {
        let kind = match self.0 {
            Dialect::MySql => "varchar(255)",
            Dialect::Postgres => "varchar(255) COLLATE \"C\"",
            _ => "text",
        };
        ColumnDef::new(name).custom(kind).not_null().to_owned()
    }

    /// A text of any length.
    pub(crate) fn text(self, name: &'static str) -> ColumnDef {
        let kind = if self.0 == Dialect::MySql { "longtext" } else { "text" };
        ColumnDef::new(name).custom(kind).not_null().to_owned()
    }

    /// Bytes of any length.
    pub(crate) fn blob(self, name: &'static str) -> ColumnDef {
        let kind = match self.0 {
            Dialect::MySql => "longblob",
            Dialect::Postgres => "bytea",
            _ => "blob",
        };
        ColumnDef::new(name).custom(kind).not_null().to_owned()
    }

    /// A number, or a time in milliseconds since the epoch.
    pub(crate) fn int(self, name: &'static str) -> ColumnDef {
        let kind = if self.0 == Dialect::Sqlite { "integer" } else { "bigint" };
        ColumnDef::new(name).custom(kind).not_null().to_owned()
    }
}

/// The same column, allowed to be absent.
pub(crate) fn optional(mut column: ColumnDef) -> ColumnDef {
    column.null().to_owned()
}

pub(crate) fn primary_key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().primary().to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}

/// An index; `unique` ones are made with [`unique`].
pub(crate) fn index(table: &'static str, name: &'static str, columns: &[&'static str]) -> Step {
    Step::Index(on(table, name, columns))
}

pub(crate) fn unique(table: &'static str, name: &'static str, columns: &[&'static str]) -> Step {
    Step::Index(on(table, name, columns).unique().to_owned())
}

fn on(table: &'static str, name: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().table(table).name(name).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}

/// A reference whose rows go when the row they point at goes.
pub(crate) fn cascade(
    from: (&'static str, &'static str),
    to: (&'static str, &'static str),
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk_{}_{}", from.0, from.1))
        .from(from.0, from.1)
        .to(to.0, to.1)
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
