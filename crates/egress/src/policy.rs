use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

use crate::guard::{Refusal, Verdict, judge};

/// Where the gateway may connect to, and how long it may take.
#[derive(Debug, Clone)]
pub struct EgressPolicy {
    /// Networks that may be dialled although they are not public (`SWITCHBOARD_EGRESS_ALLOW`).
    pub allow: Vec<IpNet>,
    /// PEM certificates trusted beside the public roots, for receivers with a private authority.
    pub extra_roots_pem: Vec<u8>,
    pub connect_timeout: Duration,
    /// The longest silence while a body is read.
    pub read_timeout: Duration,
    pub user_agent: String,
}

impl Default for EgressPolicy {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            extra_roots_pem: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            user_agent: concat!("Switchboard/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl EgressPolicy {
    /// The default limits, with these networks allowed.
    pub fn allowing(allow: Vec<IpNet>) -> Self {
        Self { allow, ..Self::default() }
    }

    /// The default limits, with this machine allowed: for the sandbox and for tests.
    pub fn with_loopback() -> Self {
        let v4 = IpNet::new_assert([127, 0, 0, 0].into(), 8);
        let v6 = IpNet::new_assert(std::net::Ipv6Addr::LOCALHOST.into(), 128);
        Self::allowing(vec![v4, v6])
    }

    /// May this address be dialled?
    pub fn permits(&self, address: IpAddr) -> Result<(), Refusal> {
        let address = address.to_canonical();
        match judge(address) {
            Verdict::Public => Ok(()),
            Verdict::Private(embedded) if self.lists(address) => embedded.map_or(Ok(()), |v4| self.permits(v4.into())),
            Verdict::Private(_) => Err(Refusal::Private),
            Verdict::Metadata => Err(Refusal::Metadata),
        }
    }

    fn lists(&self, address: IpAddr) -> bool {
        self.allow.iter().any(|network| network.contains(&address))
    }
}

/// An entry of an allow-list that is neither a network nor an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a network: write an address range such as 10.0.0.0/8 or fd00::/8, or a single address")]
pub struct InvalidNetwork(pub String);

/// Parses a list such as `10.0.0.0/8, 192.168.1.5, fd00::/8`.
pub fn parse_networks(list: &str) -> Result<Vec<IpNet>, InvalidNetwork> {
    list.split([',', ' ', ';']).map(str::trim).filter(|entry| !entry.is_empty()).map(parse_network).collect()
}

fn parse_network(entry: &str) -> Result<IpNet, InvalidNetwork> {
    let network = entry.parse().or_else(|_| entry.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| InvalidNetwork(entry.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_parsed_and_wrong_entries_named() {
        assert!(parse_networks(" ").unwrap().is_empty());
        assert_eq!(parse_networks("10.0.0.0/8, 192.168.1.5 fd00::/8").unwrap().len(), 3);
        assert_eq!(parse_networks("10.0.0.0/8,intranet").unwrap_err().0, "intranet");
        assert_eq!(parse_networks("10.0.0.0/33").unwrap_err().0, "10.0.0.0/33");
    }

    #[test]
    fn allowed_networks_open_only_themselves() {
        let policy = EgressPolicy::allowing(parse_networks("10.1.0.0/16").unwrap());
        assert_eq!(policy.permits([10, 1, 2, 3].into()), Ok(()));
        assert_eq!(policy.permits("::ffff:10.1.2.3".parse().unwrap()), Ok(()));
        assert_eq!(policy.permits([10, 2, 2, 3].into()), Err(Refusal::Private));
    }

    #[test]
    fn metadata_is_refused_even_when_everything_is_allowed() {
        let policy = EgressPolicy::allowing(parse_networks("0.0.0.0/0, ::/0").unwrap());
        for address in ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "64:ff9b::a9fe:a9fe"] {
            assert_eq!(policy.permits(address.parse().unwrap()), Err(Refusal::Metadata), "{address}");
        }
        assert_eq!(policy.permits([127, 0, 0, 1].into()), Ok(()));
    }

    #[test]
    fn an_allowed_translation_prefix_does_not_open_what_it_leads_to() {
        let policy = EgressPolicy::allowing(parse_networks("64:ff9b::/96").unwrap());
        assert_eq!(policy.permits("64:ff9b::8.8.8.8".parse().unwrap()), Ok(()));
        assert_eq!(policy.permits("64:ff9b::10.0.0.1".parse().unwrap()), Err(Refusal::Private));
    }
}
