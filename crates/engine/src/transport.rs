//! The socket of one client, with a barrier and a fence in front of it.
//!
//! Whatever the engine writes may acknowledge an event to the network, and the frame does not show it. So nothing is
//! written before every fact reported until then is committed: if the process dies in between, the network still has
//! the event and delivers it again. The recorder never waits for a socket, so this cannot wait for itself.

use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use bytes::Bytes;
use switchboard_core::{engine::Fence, inlet::Inlet};
use url::Url;
use wacore::net::{Transport, TransportEvent, TransportFactory};
use whatsapp_rust::{async_channel, transport::TokioWebSocketTransportFactory};

use crate::{foretold::Foretold, state::State};

pub(crate) struct GuardedFactory {
    inner: TokioWebSocketTransportFactory,
    #[cfg_attr(not(feature = "sandbox-cert"), expect(dead_code, reason = "only a tainted build is restricted"))]
    url: Option<Url>,
    fence: Fence,
    inlet: Inlet,
    foretold: Foretold,
    state: Arc<State>,
}

struct Guarded {
    inner: Arc<dyn Transport>,
    fence: Fence,
    inlet: Inlet,
    foretold: Foretold,
}

impl GuardedFactory {
    pub(crate) fn new(url: Option<Url>, fence: Fence, (inlet, foretold): (Inlet, Foretold), state: Arc<State>) -> Self {
        let factory = TokioWebSocketTransportFactory::new();
        let inner = match &url {
            Some(url) => factory.with_url(url.as_str()),
            None => factory,
        };
        Self { inner, url, fence, inlet, foretold, state }
    }

    async fn dial(&self) -> anyhow::Result<(Arc<dyn Transport>, async_channel::Receiver<TransportEvent>)> {
        self.fence.check()?;
        #[cfg(feature = "sandbox-cert")]
        loopback_only(self.url.as_ref())?;
        self.inner.create_transport().await.context("the network could not be reached")
    }
}

#[async_trait]
impl TransportFactory for GuardedFactory {
    async fn create_transport(&self) -> anyhow::Result<(Arc<dyn Transport>, async_channel::Receiver<TransportEvent>)> {
        self.state.dialling();
        let dialled = self.dial().await;
        let (inner, events) = dialled.inspect_err(|error| self.state.set_reason(format!("{error:#}")))?;
        let guarded: Arc<dyn Transport> = Arc::new(Guarded {
            inner,
            fence: self.fence.clone(),
            inlet: self.inlet.clone(),
            foretold: self.foretold.clone(),
        });
        self.state.dialled(Arc::clone(&guarded));
        Ok((guarded, events))
    }
}

#[async_trait]
impl Transport for Guarded {
    async fn send(&self, data: Bytes) -> anyhow::Result<()> {
        self.foretold.noted().await?;
        self.inlet.settled().await?;
        self.fence.check()?;
        self.inner.send(data).await
    }

    async fn disconnect(&self) {
        self.inner.disconnect().await;
    }

    fn resource_report(&self) -> Option<wacore::stats::TransportResourceReport> {
        self.inner.resource_report()
    }
}

/// A build that skips the check of certificates must never meet the real network. Names are refused too: the address
/// behind them is looked up elsewhere, and may be another by then.
#[cfg(any(feature = "sandbox-cert", test))]
fn loopback_only(url: Option<&Url>) -> anyhow::Result<()> {
    let loopback = match url.and_then(Url::host) {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(_)) | None => false,
    };
    anyhow::ensure!(
        loopback,
        "this build accepts any certificate and therefore connects to 127.0.0.1 or [::1] only; use the regular build for anything else"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tainted_build_stays_on_this_machine() {
        let allowed = |url: &str| loopback_only(Some(&url.parse().unwrap())).is_ok();
        assert!(allowed("ws://127.0.0.1:9/ws/chat") && allowed("wss://[::1]:9/ws/chat") && allowed("ws://127.8.9.1/"));
        for url in ["wss://web.whatsapp.com/ws/chat", "ws://localhost:9/", "ws://10.0.0.1/", "ws://[::ffff:127.0.0.1]/"]
        {
            assert!(!allowed(url), "{url}");
        }
        assert!(loopback_only(None).is_err(), "without a URL the engine would dial the real network");
    }
}
