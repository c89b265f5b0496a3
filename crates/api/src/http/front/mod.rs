//! What stands before the routes of every listener: it finds out who asks behind a proxy and whether the way is
//! encrypted, turns away what pages of other sites may not do, and gives each answer the headers it must have.

mod origins;
mod protect;
mod proxies;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::HeaderMap,
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use ipnet::IpNet;

use self::origins::{Origins, Page};

/// Whether nobody on the way could read along, as far as we know. Part of every request that came through a [`Front`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Encrypted(pub bool);

/// Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Front(Arc<Rules>);

#[derive(Debug, Default)]
struct Rules {
    /// Proxies that are believed.
    proxies: Vec<IpNet>,
    origins: Origins,
}

impl Front {
    /// `origins` are those of pages that may ask, as browsers write them, or `*` for all.
    #[must_use]
    pub fn new(proxies: Vec<IpNet>, origins: Vec<String>) -> Self {
        Self(Arc::new(Rules { proxies, origins: Origins::new(origins) }))
    }

    pub fn before(&self, routes: Router) -> Router {
        routes.layer(middleware::from_fn_with_state(self.0.clone(), pass))
    }
}

async fn pass(State(rules): State<Arc<Rules>>, mut request: Request, next: Next) -> Response {
    let encrypted = rules.place(&mut request);
    let lasting = encrypted && protect::has_a_name(request.headers());
    let page = rules.origins.page(request.headers());
    let mut response = match &page {
        Page::Allowed(_) if origins::is_preflight(&request) => origins::preflight(),
        Page::Foreign if is_web_socket(request.headers()) => origins::refusal().into_response(),
        _ => next.run(request).await,
    };
    rules.origins.tell(&page, response.headers_mut());
    protect::protect(response.headers_mut(), lasting);
    response
}

impl Rules {
    /// Writes down where the request came from, and returns whether it came encrypted.
    fn place(&self, request: &mut Request) -> bool {
        let mut encrypted = request.extensions().get::<Encrypted>().is_some_and(|encrypted| encrypted.0);
        if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
            let (client, by_proxy) = proxies::client(peer, request.headers(), &self.proxies);
            encrypted |= by_proxy;
            request.extensions_mut().insert(ConnectInfo(client));
        }
        request.extensions_mut().insert(Encrypted(encrypted));
        encrypted
    }
}

fn is_web_socket(headers: &HeaderMap) -> bool {
    let upgrade = headers.get("upgrade").and_then(|value| value.to_str().ok()).unwrap_or_default();
    upgrade.split(',').any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
}

#[cfg(test)]
mod tests;
