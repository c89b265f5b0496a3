//! Making, changing and deleting users.

use secrecy::SecretString;
use switchboard_model::UserId;
use switchboard_store::{
    StoreError, Tx, audit,
    sessions::{self, SessionFilter},
    users,
};

use super::{Role, User, password::check_new};
use crate::{Caller, Core, Error};

const LONGEST_NAME: usize = 64;

#[derive(Debug)]
pub struct NewUser {
    pub username: String,
    pub password: SecretString,
    pub role: Role,
}

impl Core {
    pub async fn create_user(&self, caller: &Caller, new: NewUser) -> Result<User, Error> {
        caller.require_admin()?;
        check_name(&new.username)?;
        check_new(&new.password)?;
        self.insert_user(caller, new).await
    }

    /// As an administrator or with the password in use. Every login of that user ends.
    pub async fn change_password(
        &self,
        caller: &Caller,
        id: UserId,
        current: Option<&SecretString>,
        new: &SecretString,
    ) -> Result<(), Error> {
        let own = matches!(caller, Caller::Admin(user) | Caller::User(user) if *user == id);
        if !own {
            caller.require_admin()?;
        }
        check_new(new)?;
        let row = self.user_row(id).await?;
        if own {
            self.check_current(&row.username, current, &row.password_hash).await?;
        }
        let hash = self.0.identity.passwords.hash(new).await?;
        let entry = self.audit(caller, "user.password", id.to_string());
        let write = self.store().try_write(move |tx| {
            let (hash, entry) = (hash.clone(), entry.clone());
            Box::pin(async move {
                found(users::set_password(tx, id, &hash).await?, id)?;
                Ok(audit::insert(tx, &entry).await?)
            })
        });
        write.await
    }

    /// Administrators only; the first one stays an administrator.
    pub async fn set_role(&self, caller: &Caller, id: UserId, role: Role) -> Result<(), Error> {
        caller.require_admin()?;
        if id == UserId::ADMIN && role != Role::Admin {
            return Err(Error::Conflict("the first administrator stays one".to_owned()));
        }
        let mut entry = self.audit(caller, "user.role", id.to_string());
        role.as_str().clone_into(&mut entry.detail);
        let write = self.store().try_write(move |tx| {
            let entry = entry.clone();
            Box::pin(async move {
                found(users::set_role(tx, id, role.as_str()).await?, id)?;
                Ok(audit::insert(tx, &entry).await?)
            })
        });
        write.await
    }

    /// Ends every login of a user: one's own, or anybody's for an administrator.
    pub async fn sign_out_everywhere(&self, caller: &Caller, id: UserId) -> Result<(), Error> {
        if *caller != Caller::User(id) {
            caller.require_admin()?;
        }
        let entry = self.audit(caller, "user.sign_out", id.to_string());
        let write = self.store().try_write(move |tx| {
            let entry = entry.clone();
            Box::pin(async move {
                found(users::revoke_tokens(tx, id).await?, id)?;
                Ok(audit::insert(tx, &entry).await?)
            })
        });
        write.await
    }

    /// Deletes a user with all keys. Sessions have to be deleted first, because that unlinks them.
    pub async fn delete_user(&self, caller: &Caller, id: UserId) -> Result<(), Error> {
        caller.require_admin()?;
        if id == UserId::ADMIN {
            return Err(Error::Conflict("the first administrator cannot be deleted".to_owned()));
        }
        let entry = self.audit(caller, "user.delete", id.to_string());
        let write = self.store().try_write(move |tx| {
            let entry = entry.clone();
            Box::pin(async move {
                refuse_owner_of_sessions(tx, id).await?;
                found(users::delete(tx, id).await?, id)?;
                Ok(audit::insert(tx, &entry).await?)
            })
        });
        write.await
    }

    /// The checks are the caller's.
    pub(super) async fn insert_user(&self, caller: &Caller, new: NewUser) -> Result<User, Error> {
        let NewUser { username, password, role } = new;
        let password_hash = self.0.identity.passwords.hash(&password).await?;
        let (now, entry) = (self.now(), self.audit(caller, "user.create", username.clone()));
        let row = users::NewUser { username, password_hash, role: role.as_str().to_owned(), created_at: now };
        let username = row.username.clone();
        let inserted = self.store().write(move |tx| {
            let (row, entry) = (row.clone(), entry.clone());
            Box::pin(async move {
                audit::insert(tx, &entry).await?;
                users::insert(tx, &row).await
            })
        });
        let id = inserted.await.map_err(|error| name_taken(error, &username))?;
        Ok(User { id, username, role, created_at: now })
    }

    /// Guessing the current password is throttled as signing in is.
    async fn check_current(&self, name: &str, current: Option<&SecretString>, hash: &str) -> Result<(), Error> {
        let current = current.ok_or_else(|| Error::invalid("current_password", "is needed to change your own"))?;
        self.admit_attempt(None, name)?;
        if !self.0.identity.passwords.verify(current, Some(hash)).await? {
            return Err(Error::invalid("current_password", "is wrong"));
        }
        self.attempt_succeeded(None, name);
        Ok(())
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    let length = name.chars().count();
    if length == 0 || length > LONGEST_NAME {
        return Err(Error::invalid("username", format!("has {length} characters, 1 to {LONGEST_NAME} are allowed")));
    }
    if name.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Error::invalid("username", "must not contain spaces or control characters"));
    }
    Ok(())
}

fn name_taken(error: StoreError, name: &str) -> Error {
    match error {
        StoreError::Conflict(_) => Error::Conflict(format!("there is a user {name} already")),
        other => other.into(),
    }
}

fn found(found: bool, id: UserId) -> Result<(), Error> {
    if found { Ok(()) } else { Err(Error::not_found("user", id.to_string())) }
}

async fn refuse_owner_of_sessions(tx: &Tx, id: UserId) -> Result<(), Error> {
    let filter = SessionFilter { owner: Some(id), origin: None, desired: None, phone: None };
    if sessions::list(tx, &filter, None, 1).await?.is_empty() {
        return Ok(());
    }
    Err(Error::Conflict("this user still has sessions: delete them first".to_owned()))
}
