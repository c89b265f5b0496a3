//! What an operator may choose about the engine.

use url::Url;

#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Another network than the real one: the sandbox's `ws://127.0.0.1:PORT/ws/chat`. Media then come from the same
    /// host and port.
    pub network_url: Option<Url>,
    /// The client version to claim; left to itself the engine would fetch a web page to learn it.
    pub version: (u32, u32, u32),
    /// The name on the phone's list of linked devices.
    pub device_name: String,
    /// How many one-time prekeys to keep on the network. Tests want fewer than the protocol's 812.
    pub wanted_pre_keys: Option<usize>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { network_url: None, version: VERSION, device_name: "Switchboard".to_owned(), wanted_pre_keys: None }
    }
}

/// A version that the network accepted when this release was made. An operator replaces it when it is refused.
const VERSION: (u32, u32, u32) = (2, 3000, 1_042_742_319);
