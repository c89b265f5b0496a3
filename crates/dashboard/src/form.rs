//! The fields of a form; what is wrong with them is said in the way of all other failures.

use axum::{
    Form,
    extract::{FromRequest, Request},
};
use serde::de::DeserializeOwned;
use switchboard_api::{
    Api,
    http::{Failure, misfit},
};

pub(crate) struct FormOf<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Api> for FormOf<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Failure> {
        let read = Form::<T>::from_request(request, api).await;
        read.map(|Form(value)| Self(value)).map_err(|rejection| misfit("form", &rejection.body_text()))
    }
}
