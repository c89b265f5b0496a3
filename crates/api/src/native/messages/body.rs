//! A new message as it comes: JSON, or JSON with its file behind it in one request of several parts.

use axum::{
    extract::{FromRequest, Request},
    http::header,
};
use futures_util::{StreamExt, TryStreamExt};
use multer::{Field, Multipart};
use serde::de::DeserializeOwned;
use switchboard_core::{Error, Source};

use crate::http::{Api, Failure, JsonBody, parse};

/// Words of a message; its file is not among them.
const LARGEST_WORDS: usize = 1 << 20;

pub(super) struct Given<T> {
    pub(super) message: T,
    /// The file, if it comes along. It is read only as far as it is wanted.
    pub(super) file: Option<Source>,
}

impl<T: DeserializeOwned + Send> FromRequest<Api> for Given<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Failure> {
        let stated = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        match stated.and_then(|stated| multer::parse_boundary(stated).ok()) {
            Some(boundary) => of_parts(request, boundary).await,
            None => JsonBody::from_request(request, api).await.map(|JsonBody(message)| Self { message, file: None }),
        }
    }
}

/// The words first: only they say what the file is.
async fn of_parts<T: DeserializeOwned + Send>(request: Request, boundary: String) -> Result<Given<T>, Failure> {
    let mut parts = Multipart::new(request.into_body().into_data_stream(), boundary);
    let words = next(&mut parts).await?;
    let words = words.filter(|part| part.name() == Some("message"));
    let words = words.ok_or_else(|| Error::invalid("message", "is to be the first part: what is sent, as JSON"))?;
    let message = parse(&read(words).await?)?;
    let file = next(&mut parts).await?.filter(|part| part.name() == Some("file"));
    let file = file.ok_or_else(|| Error::invalid("file", "is to be the part behind `message`"))?;
    let mimetype = file.content_type().map(ToString::to_string);
    let name = file.file_name().map(str::to_owned);
    let chunks = file.map_err(std::io::Error::other).boxed();
    Ok(Given { message, file: Some(Source::Stream { chunks, mimetype, name }) })
}

async fn next(parts: &mut Multipart<'static>) -> Result<Option<Field<'static>>, Failure> {
    parts.next_field().await.map_err(|error| broken(&error))
}

async fn read(mut part: Field<'static>) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error))? {
        if bytes.len() + chunk.len() > LARGEST_WORDS {
            return Err(Failure::TooLarge { limit: LARGEST_WORDS });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn broken(error: &multer::Error) -> Failure {
    Failure::invalid("body", format!("cannot be taken apart: {error}"))
}
