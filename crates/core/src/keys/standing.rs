//! How the credential of somebody who stays for a while stands.

use switchboard_model::Timestamp;
use switchboard_store::{api_keys, users};

use super::{
    ApiKey,
    authenticate::{not_ended, unknown},
};
use crate::{Caller, Core, Error, caller::Scope, login};

/// A caller whose credential was good just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    pub caller: Caller,
    /// The end that the credential itself names, as tokens do. A key's is looked up, since it may be changed.
    pub until: Option<Timestamp>,
}

impl From<Caller> for Admitted {
    fn from(caller: Caller) -> Self {
        Self { caller, until: None }
    }
}

/// What changes when all logins of a user end, or when the user may do more or less than before.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    epoch: Option<i64>,
    role: Option<String>,
}

impl Core {
    /// How the credential of somebody who stays for a while stands now; an error once it has ended.
    pub(crate) async fn standing(&self, who: &Admitted) -> Result<Standing, Error> {
        if who.until.is_some_and(|until| until <= self.now()) {
            return Err(login::expired());
        }
        let db = self.store().reader();
        match &who.caller {
            Caller::Key { id, owner, scopes, .. } => {
                let row = api_keys::find(db, id).await?.ok_or_else(unknown)?;
                not_ended(&ApiKey::try_from(row)?, self.now())?;
                // Only what an administrator may do depends on who owns the key.
                let owner = if scopes.contains(Scope::Admin) { users::find(db, *owner).await? } else { None };
                Ok(Standing { epoch: None, role: owner.map(|owner| owner.role) })
            }
            Caller::Admin(id) | Caller::User(id) => {
                let user = users::find(db, *id).await?;
                Ok(Standing { epoch: user.as_ref().map(|user| user.token_epoch), role: user.map(|user| user.role) })
            }
            _ => Ok(Standing::default()),
        }
    }
}
