//! What pages load. The address of each carries a fingerprint, so that browsers may keep it for good.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use switchboard_api::http::Failure;

const FILES: [(&str, &str, &[u8]); 10] = [
    ("app.css", "text/css; charset=utf-8", include_bytes!("../assets/app.css")),
    ("app.js", "text/javascript; charset=utf-8", include_bytes!("../assets/app.js")),
    ("live.js", "text/javascript; charset=utf-8", include_bytes!("../assets/live.js")),
    ("toasts.js", "text/javascript; charset=utf-8", include_bytes!("../assets/toasts.js")),
    ("chat.js", "text/javascript; charset=utf-8", include_bytes!("../assets/chat.js")),
    ("htmx.min.js", "text/javascript; charset=utf-8", include_bytes!("../assets/htmx.min.js")),
    ("uplot.min.js", "text/javascript; charset=utf-8", include_bytes!("../assets/uplot.min.js")),
    ("uplot.min.css", "text/css; charset=utf-8", include_bytes!("../assets/uplot.min.css")),
    ("plots.js", "text/javascript; charset=utf-8", include_bytes!("../assets/plots.js")),
    ("icon.svg", "image/svg+xml", include_bytes!("../assets/icon.svg")),
];

/// Changes whenever a file does.
pub(crate) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = Sha256::new();
    FILES.iter().for_each(|(_, _, bytes)| hasher.update(bytes));
    hex::encode(&hasher.finalize()[..6])
});

pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    let Some((_, kind, bytes)) = FILES.iter().find(|(known, ..)| *known == name) else {
        return Failure::UnknownPath.into_response();
    };
    let headers = [(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, *bytes).into_response()
}
