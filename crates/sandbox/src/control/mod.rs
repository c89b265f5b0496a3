//! The control API: what people and tests do to the network and to the phones on it.
//!
//! JSON both ways, on the listener that also serves the wire. Errors are `{"error": "..."}` with a fitting status.

mod calls;
mod chats;
mod communities;
mod error;
mod faults;
mod groups;
mod guard;
mod history;
mod linking;
mod media;
mod messages;
mod newsletters;
mod number;
mod phones;
mod presence;
mod profiles;
mod request;
mod state;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};
use tokio::net::TcpListener;

use crate::network::Shared;
use error::Failed;
pub(crate) use media::MediaHost;

const BODY_LIMIT: usize = 1024 * 1024;

/// What every handler works on.
type Net = axum::extract::State<Arc<Shared>>;

/// Serves the wire and the control API until the network stops.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let app = router(Arc::clone(&shared));
    let stopped = async move { shared.stopped().await };
    if let Err(error) = axum::serve(listener, app).with_graceful_shutdown(stopped).await {
        tracing::error!(%error, "the network's listener failed");
    }
}

/// The control API by itself.
pub(crate) fn api(shared: Arc<Shared>) -> Router {
    routes().fallback(nothing).layer(DefaultBodyLimit::max(BODY_LIMIT)).with_state(shared)
}

async fn nothing() -> Failed {
    Failed::not_found("there is nothing at this path")
}

fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/phones", post(phones::make))
        .route("/phones/{number}/scan", post(linking::scan))
        .route("/phones/{number}/link", post(linking::link))
        .route("/phones/{number}/unlink", post(linking::unlink))
        .route("/phones/{number}/messages", post(messages::send).get(messages::list))
        .route("/phones/{number}/groups", post(groups::create).get(groups::list))
        .route("/phones/{number}/groups/join", post(groups::join))
        .route("/phones/{number}/groups/{group}", post(groups::change))
        .route("/phones/{number}/groups/{group}/leave", post(groups::leave))
        .route("/phones/{number}/communities", post(communities::create))
        .route("/phones/{number}/communities/{group}/close", post(communities::close))
        .route("/phones/{number}/newsletters", post(newsletters::create).get(newsletters::list))
        .route("/phones/{number}/newsletters/{newsletter}", post(newsletters::change))
        .route("/phones/{number}/newsletters/{newsletter}/follow", post(newsletters::follow))
        .route("/phones/{number}/newsletters/{newsletter}/unfollow", post(newsletters::unfollow))
        .route("/phones/{number}/calls", post(calls::place).get(calls::list))
        .route("/phones/{number}/calls/{call_id}/accept", post(calls::accept))
        .route("/phones/{number}/calls/{call_id}/reject", post(calls::reject))
        .route("/phones/{number}/calls/{call_id}/end", post(calls::end))
        .route("/phones/{number}/messages/{id}/media", get(messages::media))
        .route("/phones/{number}/presence", post(presence::show).get(presence::sights))
        .route("/phones/{number}/profile", post(profiles::change).get(profiles::show))
        .route("/phones/{number}/chats", post(chats::decide).get(chats::decided))
        .route("/phones/{number}/labels", post(chats::label))
        .route("/phones/{number}/history", post(history::give))
        .route("/phones/{number}/read", post(messages::read))
        .route("/media/forget", post(media::forget))
        .route("/phones/{number}/offline", post(phones::go_offline))
        .route("/phones/{number}/online", post(phones::go_online))
        .route("/state", get(state::state))
        .route("/unhandled", get(state::unhandled))
        .route("/faults", post(faults::inject))
        .route("/reset", post(state::reset))
        .layer(axum::middleware::from_fn(guard::local_only))
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .nest("/sandbox", routes())
        .route("/mms/{kind}/{token}", post(media::upload))
        .route("/v/{token}", get(media::download))
        .route("/ws/chat", any(wire::accept))
        .fallback(nothing)
        .method_not_allowed_fallback(|| async { Failed::method_not_allowed() })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(shared)
}
