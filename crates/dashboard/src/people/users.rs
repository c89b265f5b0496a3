//! Users. An administrator sees all, everybody else themselves.

use askama::Template;
use axum::response::Response;
use secrecy::SecretString;
use serde::Deserialize;
use switchboard_api::http::{Failure, UserPath};
use switchboard_core::{NewUser, Role, User};
use switchboard_model::UserId;

use crate::{
    answer::{self, Answer, html},
    form::FormOf,
    frame::Frame,
    toast,
    visitor::Member,
};

#[derive(Deserialize)]
pub(super) struct New {
    username: String,
    password: SecretString,
    role: String,
}

#[derive(Deserialize)]
pub(super) struct NewRole {
    role: String,
}

#[derive(Deserialize)]
pub(super) struct NewPassword {
    current: Option<SecretString>,
    new: SecretString,
}

#[derive(Template)]
#[template(path = "people/users.html")]
struct Page {
    frame: Frame,
    users: Vec<User>,
    admin: bool,
    own: UserId,
}

pub(super) async fn page(Member(visitor): Member) -> Answer {
    let (admin, own) = (visitor.caller.is_admin(), visitor.caller.owner());
    let users = if admin {
        visitor.core().users(&visitor.caller, None, None).await?
    } else {
        vec![visitor.core().user(&visitor.caller, own).await?]
    };
    html(&Page { frame: visitor.frame("users"), users, admin, own })
}

pub(super) async fn create(Member(visitor): Member, FormOf(new): FormOf<New>) -> Result<Response, Failure> {
    let order = NewUser { username: new.username, password: new.password, role: new.role.parse()? };
    visitor.core().create_user(&visitor.caller, order).await?;
    Ok(answer::lead(&visitor.headers, "/users"))
}

pub(super) async fn role(
    Member(visitor): Member,
    UserPath(id): UserPath,
    FormOf(new): FormOf<NewRole>,
) -> Result<Response, Failure> {
    visitor.core().set_role(&visitor.caller, id, new.role.parse::<Role>()?).await?;
    Ok(answer::lead(&visitor.headers, "/users"))
}

/// A new password ends every login of its user, this one included.
pub(super) async fn password(
    Member(visitor): Member,
    UserPath(id): UserPath,
    FormOf(given): FormOf<NewPassword>,
) -> Result<Response, Failure> {
    visitor.core().change_password(&visitor.caller, id, given.current.as_ref(), &given.new).await?;
    if visitor.caller.owner() == id {
        return Ok(answer::lead(&visitor.headers, "/sign-in?next=%2Fusers"));
    }
    toast::say(visitor.t.saved)
}

pub(super) async fn sign_out(Member(visitor): Member, UserPath(id): UserPath) -> Result<Response, Failure> {
    visitor.core().sign_out_everywhere(&visitor.caller, id).await?;
    if visitor.caller.owner() == id {
        return Ok(answer::lead(&visitor.headers, "/sign-in"));
    }
    toast::say(visitor.t.signed_out_everywhere)
}

pub(super) async fn delete(Member(visitor): Member, UserPath(id): UserPath) -> Result<Response, Failure> {
    visitor.core().delete_user(&visitor.caller, id).await?;
    Ok(answer::lead(&visitor.headers, "/users"))
}
