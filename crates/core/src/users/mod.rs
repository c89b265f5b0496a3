//! Users: people who sign in, as administrator or for their own sessions.

mod first_start;
mod manage;
mod password;
#[cfg(test)]
mod tests;

use switchboard_model::{Timestamp, UserId};
use switchboard_store::users::{self, UserRow};

use crate::{Caller, Core, Error};

pub(crate) use password::Passwords;
pub use {first_start::FirstStart, manage::NewUser, password::SHORTEST_PASSWORD};

const LARGEST_PAGE: u64 = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub username: String,
    pub role: Role,
    pub created_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Admin,
    User,
}

impl Role {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::User => "user",
        }
    }

    /// The caller that a signed-in user of this role is.
    #[must_use]
    pub(crate) const fn caller(self, id: UserId) -> Caller {
        match self {
            Self::Admin => Caller::Admin(id),
            Self::User => Caller::User(id),
        }
    }
}

impl std::str::FromStr for Role {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        match word {
            "admin" => Ok(Self::Admin),
            "user" => Ok(Self::User),
            _ => Err(Error::invalid("role", "use admin or user")),
        }
    }
}

impl Core {
    /// A page of users by id, behind `after`.
    pub async fn users(&self, caller: &Caller, after: Option<UserId>, limit: Option<u64>) -> Result<Vec<User>, Error> {
        caller.require_admin()?;
        let limit = limit.unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE);
        let rows = users::list(self.store().reader(), after.unwrap_or(UserId(0)), limit).await?;
        rows.into_iter().map(User::try_from).collect()
    }

    /// Oneself, or anybody for an administrator.
    pub async fn user(&self, caller: &Caller, id: UserId) -> Result<User, Error> {
        if *caller != Caller::User(id) {
            caller.require_admin()?;
        }
        self.user_row(id).await?.try_into()
    }

    pub async fn user_by_name(&self, caller: &Caller, username: &str) -> Result<User, Error> {
        caller.require_admin()?;
        let row = users::find_by_name(self.store().reader(), username).await?;
        row.ok_or_else(|| Error::not_found("user", username))?.try_into()
    }

    async fn user_row(&self, id: UserId) -> Result<UserRow, Error> {
        let row = users::find(self.store().reader(), id).await?;
        row.ok_or_else(|| Error::not_found("user", id.to_string()))
    }
}

impl TryFrom<UserRow> for User {
    type Error = Error;

    fn try_from(row: UserRow) -> Result<Self, Error> {
        let role = row.role.parse().map_err(|_| Error::internal(format!("user {} has no known role", row.id)))?;
        Ok(Self { id: row.id, username: row.username, role, created_at: row.created_at })
    }
}
