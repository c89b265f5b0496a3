use std::error::Error;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::guard::Refusal;
use crate::policy::EgressPolicy;

/// How names become addresses: the system's resolver, or an answer of a test's choosing.
#[derive(Clone)]
pub struct Lookup(Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>);

impl Lookup {
    pub fn system() -> Self {
        Self::new(|host| {
            Box::pin(async move {
                let addresses = tokio::net::lookup_host((host, 0)).await?;
                Ok(addresses.map(|address| address.ip()).collect())
            })
        })
    }

    pub fn new(lookup: impl Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(lookup))
    }

    pub(crate) async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        (self.0)(host.to_owned()).await
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lookup")
    }
}

/// The resolver that the client dials through: what it does not return cannot be reached.
pub(crate) struct Filtered {
    pub(crate) lookup: Lookup,
    pub(crate) policy: Arc<EgressPolicy>,
}

impl Resolve for Filtered {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, policy) = (self.lookup.clone(), self.policy.clone());
        Box::pin(async move {
            let found = lookup.addresses(name.as_str()).await;
            let found = found.map_err(|e| LookupError::Unresolved(e.to_string()))?;
            let addresses = permitted(&policy, found)?.into_iter().map(|ip| SocketAddr::new(ip, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

/// Keeps the addresses that may be dialled; if that leaves none, says why.
pub(crate) fn permitted(policy: &EgressPolicy, addresses: Vec<IpAddr>) -> Result<Vec<IpAddr>, LookupError> {
    let mut refusal = None;
    let mut permitted = Vec::new();
    for address in addresses {
        match policy.permits(address) {
            Ok(()) => permitted.push(address.to_canonical()),
            Err(refused) => refusal = Some(refused),
        }
    }
    match refusal {
        Some(refusal) if permitted.is_empty() => Err(LookupError::Refused(refusal)),
        None if permitted.is_empty() => Err(LookupError::Unresolved("it has no address".to_owned())),
        _ => Ok(permitted),
    }
}

#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum LookupError {
    #[error("{0}")]
    Refused(Refusal),
    #[error("{0}")]
    Unresolved(String),
}

impl LookupError {
    /// Finds the resolver's own error at the bottom of what the client reports.
    pub(crate) fn within<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        let mut current = Some(error);
        while let Some(error) = current {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            current = error.source();
        }
        None
    }
}
