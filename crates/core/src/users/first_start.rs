//! What has to be there before anybody can sign in.

use secrecy::SecretString;
use switchboard_model::UserId;
use switchboard_store::users;

use super::{NewUser, Role};
use crate::{Caller, Core, Error, secrets};

/// Secrets made on the first start. They are shown this once: only hashes are kept.
#[derive(Debug, Default)]
pub struct FirstStart {
    /// The password of the new user `admin`, unless the operator chose it.
    pub admin_password: Option<SecretString>,
    /// The new service token, unless the operator chose it.
    pub service_token: Option<SecretString>,
}

impl Core {
    /// Makes the first administrator and the service token if they are missing. A password given here is the
    /// operator's own choice and counts on the first start only.
    pub async fn first_start(&self, caller: &Caller, password: Option<SecretString>) -> Result<FirstStart, Error> {
        let admin_password = self.ensure_admin(caller, password).await?;
        let service_token = self.ensure_service_token(caller).await?;
        Ok(FirstStart { admin_password, service_token })
    }

    /// Returns the password if it had to be generated.
    pub async fn ensure_admin(
        &self,
        caller: &Caller,
        password: Option<SecretString>,
    ) -> Result<Option<SecretString>, Error> {
        caller.require_admin()?;
        if users::find(self.store().reader(), UserId::ADMIN).await?.is_some() {
            return Ok(None);
        }
        let (password, generated) = match password {
            Some(password) => (password, None),
            None => secrets::password().map(|password| (password.clone(), Some(password)))?,
        };
        let admin = NewUser { username: "admin".to_owned(), password, role: Role::Admin };
        match self.insert_user(caller, admin).await {
            Ok(_) => Ok(generated),
            // Another replica was faster, and it is the one that shows the password.
            Err(Error::Conflict(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
