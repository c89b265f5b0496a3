//! Making the request of the gateway that runs the session, and giving its answer as it comes.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use futures_util::StreamExt as _;
use switchboard_egress::{Egress, Request};

use super::copy::Again;
use super::ticket::HEADER;

/// Longer than anything a request waits for at its owner; a file may take its time.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// What concerns one connection and not the request.
static OF_THE_CONNECTION: [HeaderName; 8] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::CONTENT_LENGTH,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
    header::EXPECT,
    HeaderName::from_static("keep-alive"),
];

pub(super) async fn send(
    egress: &Egress,
    address: &str,
    order: Again,
    ticket: HeaderValue,
) -> Result<Response, String> {
    let length = order.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let mut headers = order.headers;
    let has_body = length.is_some() || headers.contains_key(header::TRANSFER_ENCODING);
    OF_THE_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
    headers.remove(header::HOST);
    headers.insert(HeaderName::from_static(HEADER), ticket);
    let place = order.uri.path_and_query().map_or("/", |place| place.as_str());
    let chunks = order.body.map(|chunk| chunk.map_err(std::io::Error::other)).boxed();
    let body =
        if has_body { switchboard_egress::Body::Stream { chunks, length } } else { switchboard_egress::Body::Empty };
    let request = Request {
        headers,
        body,
        timeout: LONGEST,
        max_response_bytes: u64::MAX,
        ..Request::new(order.method, format!("{}{place}", address.trim_end_matches('/')))
    };
    let theirs = egress.send(request).await.map_err(|error| error.to_string())?;
    Ok(given(theirs))
}

fn given(theirs: switchboard_egress::Response) -> Response {
    let (status, mut headers) = (theirs.status, HeaderMap::clone(&theirs.headers));
    // The length stays: it is the body's own.
    OF_THE_CONNECTION
        .iter()
        .filter(|name| **name != header::CONTENT_LENGTH)
        .for_each(|name| drop(headers.remove(name)));
    let mut response = Response::new(Body::from_stream(theirs.stream()));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
