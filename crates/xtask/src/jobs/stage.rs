//! A gateway with linked sessions on a network of its own, for other programs to drive.

use std::path::PathBuf;

use crate::{
    bench,
    parts::{
        gateway::{Gateway as _, Pair},
        network::Network,
        process,
        switchboard::Switchboard,
    },
};

pub(super) struct Stage {
    gateway: Switchboard,
    pairs: Vec<Pair>,
    /// Runs for as long as the gateway does.
    _network: Network,
}

impl Stage {
    pub(super) async fn set(binary: Option<PathBuf>, sessions: usize) -> anyhow::Result<Self> {
        let binary = match binary {
            Some(path) => path,
            None => process::build().await?,
        };
        let network = Network::start(&binary).await?;
        let gateway = Switchboard::start(&binary, &network, None).await?;
        let pairs: Vec<Pair> = (0..sessions).map(Pair::numbered).collect();
        bench::link(&gateway, &network, &pairs).await?;
        println!("{sessions} sessions are linked after a start of {} ms", gateway.start_up().as_millis());
        Ok(Self { gateway, pairs, _network: network })
    }

    /// Where it is, who asks, and who writes to whom: `session=number` with commas between.
    pub(super) fn environment(&self) -> [(&'static str, String); 3] {
        let pairs: Vec<_> = self.pairs.iter().map(|pair| format!("{}={}", pair.session, pair.peer)).collect();
        [("GATEWAY_URL", self.gateway.url()), ("TOKEN", self.gateway.token()), ("SESSIONS", pairs.join(","))]
    }
}
