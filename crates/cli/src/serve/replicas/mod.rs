//! Several gateways on one database, seen from outside as one: a request for a session that another gateway runs is
//! sent on to that one, and its answer given as if it were ours.
//!
//! The handlers find out: whoever needs the running session and finds it elsewhere says so in the answer. Then the same
//! request goes to the owner, once, with a `ticket` that says on whose behalf, sealed by what follows from the master
//! key that the gateways share. The owner answers it on the same surface.

mod copy;
mod pass_on;
mod ticket;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use switchboard_api::http::{Elsewhere, Encrypted, Failure, PassedOn};
use switchboard_core::Error;
use switchboard_egress::Egress;
use switchboard_store::Store;
use tower::ServiceExt as _;

use self::copy::Copy;
use self::ticket::Ticket;
use super::{Fatal, sinks};
use crate::config::Listener;

/// What every listener of this gateway serves, and the way to the others.
#[derive(Clone)]
pub(super) struct Replicas(Arc<House>);

struct House {
    surfaces: BTreeMap<Listener, Router>,
    store: Store,
    egress: Egress,
}

impl Replicas {
    pub(super) fn new(store: Store, surfaces: BTreeMap<Listener, Router>) -> Result<Self, Fatal> {
        // The addresses are the operator's own, as those of the sinks are.
        Ok(Self(Arc::new(House { surfaces, store, egress: sinks::way_out()? })))
    }

    /// A surface as it is with the others behind it.
    pub(super) fn routes(&self, listener: Listener) -> Router {
        let house = Arc::clone(&self.0);
        Router::new().fallback(move |request: Request| async move {
            match house.arrived(&request) {
                Some(Ok(ticket)) => house.serve_for_another(ticket, request).await,
                Some(Err(forged)) => forged.into_response(),
                None => house.serve(listener, request).await,
            }
        })
    }
}

impl House {
    /// The ticket of a request that another gateway sent here.
    fn arrived(&self, request: &Request) -> Option<Result<Ticket, Failure>> {
        let given = request.headers().get(ticket::HEADER)?;
        let refuse = || {
            Failure::Refused(Error::Forbidden(
                "only gateways with the same master key pass requests on, with clocks that agree".to_owned(),
            ))
        };
        Some(Ticket::open(&self.store, request.method(), request.uri(), given).ok_or_else(refuse))
    }

    /// Here or nowhere: a request is passed on once.
    async fn serve_for_another(&self, ticket: Ticket, mut request: Request) -> Response {
        request.headers_mut().remove(ticket::HEADER);
        match ticket.host.as_deref().map(HeaderValue::from_str) {
            Some(Ok(host)) => drop(request.headers_mut().insert(header::HOST, host)),
            _ => drop(request.headers_mut().remove(header::HOST)),
        }
        request.extensions_mut().insert(ConnectInfo(ticket.client));
        request.extensions_mut().insert(Encrypted(ticket.encrypted));
        request.extensions_mut().insert(PassedOn);
        let surface = Listener::named(&ticket.surface).and_then(|listener| self.surfaces.get(&listener));
        match surface.cloned() {
            Some(routes) => answer(routes, request).await,
            None => Failure::UnknownPath.into_response(),
        }
    }

    async fn serve(&self, listener: Listener, request: Request) -> Response {
        let Some(routes) = self.surfaces.get(&listener).cloned() else { return Failure::UnknownPath.into_response() };
        let (request, copy) = Copy::of(request);
        let mut response = answer(routes, request).await;
        let Some(Elsewhere(address)) = response.extensions_mut().remove::<Elsewhere>() else { return response };
        match self.pass_on(&address, listener, copy).await {
            Ok(theirs) => theirs,
            Err(why) => {
                tracing::warn!(%address, %why, "the gateway that runs the session could not be asked");
                response
            }
        }
    }

    async fn pass_on(&self, address: &str, listener: Listener, copy: Copy) -> Result<Response, String> {
        let order = copy.again().ok_or("its body is too large to be sent once more")?;
        let ticket = Ticket {
            surface: listener.to_string(),
            client: order.client,
            encrypted: order.encrypted,
            host: order.host.clone(),
            at: ticket::now(),
        };
        let sealed = ticket.seal(&self.store, &order.method, &order.uri).ok_or("its address cannot be written down")?;
        pass_on::send(&self.egress, address, order, sealed).await
    }
}

async fn answer(routes: Router, request: Request) -> Response {
    match routes.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
