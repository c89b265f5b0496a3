//! Facts about the database itself.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};

use crate::{Conn, StoreError, Tx};

pub(crate) async fn get(db: &impl Conn, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let select = Query::select().column("value").from("meta").and_where(Expr::col("name").eq(name)).take();
    db.one(&select).await?.map(|row| row.get("value")).transpose()
}

pub(crate) async fn put(tx: &mut Tx, name: &str, value: &[u8]) -> Result<(), StoreError> {
    let upsert = Query::insert()
        .into_table("meta")
        .columns(["name", "value"])
        .values_panic([name.into(), value.to_vec().into()])
        .on_conflict(OnConflict::column("name").update_column("value").to_owned())
        .take();
    tx.execute(&upsert).await.map(drop)
}
