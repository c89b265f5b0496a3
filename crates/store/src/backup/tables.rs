//! The tables as the migrations make them, and their values on the way to JSON and back.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sea_orm::{
    QueryResult,
    sea_query::{ColumnDef, ColumnType, TableCreateStatement, TableName, TableRef},
};
use serde_json::{Value, json};

use crate::{
    Dialect, StoreError,
    migrations::{self, Step},
};

/// Tables that tell of running gateways only.
const OF_THE_MOMENT: [&str; 1] = ["gateways"];

pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// The columns that tell its rows apart.
    pub(super) key: Vec<String>,
}

pub(super) struct Column {
    pub(super) name: String,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Int,
    Text,
    Bytes,
}

/// In the order in which rows may refer to each other.
pub(super) fn all(dialect: Dialect) -> Vec<Table> {
    let steps = migrations::all().into_iter().flat_map(|migration| (migration.steps)(dialect));
    let tables = steps.filter_map(|step| match step {
        Step::Table(table) => Some(Table::of(&table)),
        Step::Index(_) | Step::Insert(_) | Step::Sql(_) => None,
    });
    tables.flatten().filter(|table| !OF_THE_MOMENT.contains(&table.name.as_str())).collect()
}

impl Table {
    fn of(made: &TableCreateStatement) -> Option<Self> {
        let Some(TableRef::Table(TableName(_, name), _)) = made.get_table_name() else { return None };
        let primary = made.get_indexes().iter().find(|index| index.is_primary_key())?;
        let key = primary.get_index_spec().get_column_names();
        Some(Self { name: name.to_string(), columns: made.get_columns().iter().map(Column::of).collect(), key })
    }

    /// The key of one of its rows.
    pub(super) fn key_of(&self, row: &[Value]) -> Result<Vec<sea_orm::Value>, StoreError> {
        let values = self.columns.iter().zip(row);
        let of = |name: &String| values.clone().find(|(column, _)| column.name == *name);
        self.key.iter().filter_map(of).map(|(column, value)| column.write(value)).collect()
    }

    pub(super) fn column_names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }
}

impl Column {
    fn of(made: &ColumnDef) -> Self {
        let kind = match made.get_column_type() {
            Some(ColumnType::Custom(kind)) => Kind::of(&kind.to_string()),
            _ => Kind::Bytes,
        };
        Self { name: made.get_column_name(), kind }
    }

    pub(super) fn read(&self, row: &QueryResult) -> Result<Value, StoreError> {
        let name = self.name.as_str();
        Ok(match self.kind {
            Kind::Int => json!(row.try_get::<Option<i64>>("", name).map_err(StoreError::corrupt)?),
            Kind::Text => json!(row.try_get::<Option<String>>("", name).map_err(StoreError::corrupt)?),
            Kind::Bytes => {
                let bytes = row.try_get::<Option<Vec<u8>>>("", name).map_err(StoreError::corrupt)?;
                json!(bytes.map(|bytes| STANDARD.encode(bytes)))
            }
        })
    }

    pub(super) fn write(&self, value: &Value) -> Result<sea_orm::Value, StoreError> {
        let damaged = || StoreError::Corrupt(format!("the backup has a wrong value for column {}", self.name));
        let text = || value.as_str().ok_or_else(damaged);
        let given = !value.is_null();
        Ok(match self.kind {
            Kind::Int => given.then(|| value.as_i64().ok_or_else(damaged)).transpose()?.into(),
            Kind::Text => given.then(|| text().map(str::to_owned)).transpose()?.into(),
            Kind::Bytes => given.then(|| STANDARD.decode(text()?).map_err(|_| damaged())).transpose()?.into(),
        })
    }
}

impl Kind {
    /// The column makers of the migrations know these words only.
    fn of(declared: &str) -> Self {
        match declared {
            "bigint" | "integer" => Self::Int,
            "longblob" | "bytea" | "blob" => Self::Bytes,
            _ => Self::Text,
        }
    }
}
