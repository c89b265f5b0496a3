//! What the tests of several modules need.

use switchboard_model::UserId;
use switchboard_store::users::{self, NewUser};

use crate::Core;

/// Sessions belong to someone: the first administrator.
pub(crate) async fn ensure_admin(core: &Core) {
    if users::find(core.store().reader(), UserId::ADMIN).await.expect("users").is_some() {
        return;
    }
    let admin = NewUser {
        username: "admin".to_owned(),
        password_hash: String::new(),
        role: "admin".to_owned(),
        created_at: core.now(),
    };
    let made = core.store().write(move |tx| {
        let admin = admin.clone();
        Box::pin(async move { users::insert(tx, &admin).await })
    });
    made.await.expect("an administrator");
}
