//! Pictures as the network takes them for profiles: square, in JPEG, not larger than anybody looks at.

use crate::{Error, images};

const SIDE: u32 = 640;

pub(super) async fn square(bytes: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, Error> {
    let Some(bytes) = bytes else { return Ok(None) };
    let unreadable = |reason: String| Error::invalid("picture", reason);
    images::work(move || images::square_jpeg(&bytes, SIDE)).await.map(Some).map_err(unreadable)
}
