//! What kind of address is this? Pure, so that it can be tested exhaustively.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("it is not a public address; the operator can allow its network with SWITCHBOARD_EGRESS_ALLOW")]
    Private,
    #[error("it is the metadata service of a cloud, which is never allowed")]
    Metadata,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Public,
    /// Not reachable for everyone, or leading somewhere else: to the IPv4 address inside it, where there is one.
    Private(Option<Ipv4Addr>),
    Metadata,
}

/// Judges an address in canonical form (an IPv4-mapped one is judged as the IPv4 address that it is).
pub(crate) fn judge(address: IpAddr) -> Verdict {
    match address.to_canonical() {
        IpAddr::V4(v4) => judge_v4(v4),
        IpAddr::V6(v6) => judge_v6(v6),
    }
}

fn judge_v4(address: Ipv4Addr) -> Verdict {
    if METADATA_V4.contains(&address) {
        Verdict::Metadata
    } else if in_any_v4(address, &PRIVATE_V4) {
        Verdict::Private(None)
    } else {
        Verdict::Public
    }
}

fn judge_v6(address: Ipv6Addr) -> Verdict {
    let embedded = embedded_v4(address);
    if METADATA_V6.contains(&address) || embedded.iter().flatten().any(|v4| METADATA_V4.contains(v4)) {
        Verdict::Metadata
    } else if let Some(v4) = embedded.into_iter().flatten().next() {
        Verdict::Private(Some(v4))
    } else if in_v6(address, GLOBAL_UNICAST) && !PRIVATE_V6.iter().any(|range| in_v6(address, *range)) {
        Verdict::Public
    } else {
        Verdict::Private(None)
    }
}

/// The IPv4 addresses that this IPv6 address may lead to: several, where the form does not say which one.
fn embedded_v4(address: Ipv6Addr) -> [Option<Ipv4Addr>; 4] {
    let octets = address.octets();
    let at = |i: usize| Some(Ipv4Addr::new(octets[i], octets[i + 1], octets[i + 2], octets[i + 3]));
    let compatible = in_v6(address, COMPATIBLE) && !address.is_loopback() && !address.is_unspecified();
    let isatap = octets[8] & 0xfd == 0 && octets[9..12] == [0, 0x5e, 0xfe];
    if in_v6(address, NAT64_LOCAL) {
        local_nat64(octets)
    } else if in_v6(address, TEREDO) {
        [at(12).map(|v4| Ipv4Addr::from_bits(!v4.to_bits())), at(4), None, None]
    } else if in_v6(address, SIX_TO_FOUR) {
        [at(2), None, None, None]
    } else if compatible || isatap || in_v6(address, NAT64) {
        [at(12), None, None, None]
    } else {
        [None; 4]
    }
}

/// RFC 6052 puts the address behind the prefix and skips octet 8; the prefix of a local network may be 48, 56,
/// 64 or 96 bits long.
fn local_nat64(o: [u8; 16]) -> [Option<Ipv4Addr>; 4] {
    [
        Some(Ipv4Addr::new(o[12], o[13], o[14], o[15])),
        Some(Ipv4Addr::new(o[6], o[7], o[9], o[10])),
        Some(Ipv4Addr::new(o[7], o[9], o[10], o[11])),
        Some(Ipv4Addr::new(o[9], o[10], o[11], o[12])),
    ]
}

type RangeV4 = (Ipv4Addr, u32);
type RangeV6 = (Ipv6Addr, u32);

fn in_any_v4(address: Ipv4Addr, ranges: &[RangeV4]) -> bool {
    ranges.iter().any(|(network, prefix)| (address.to_bits() ^ network.to_bits()) >> (32 - prefix) == 0)
}

fn in_v6(address: Ipv6Addr, (network, prefix): RangeV6) -> bool {
    (address.to_bits() ^ network.to_bits()) >> (128 - prefix) == 0
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u32) -> RangeV4 {
    (Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(a: u16, b: u16, c: u16, prefix: u32) -> RangeV6 {
    (Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// IANA's special-purpose registry, and multicast.
const PRIVATE_V4: [RangeV4; 16] = [
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 31, 196, 0, 24),
    v4(192, 52, 193, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 3),
];

/// Everything outside of it is unspecified, loopback, unique local, link-local, multicast or unassigned.
const GLOBAL_UNICAST: RangeV6 = v6(0x2000, 0, 0, 3);

/// The special ranges inside global unicast: protocol assignments, documentation.
const PRIVATE_V6: [RangeV6; 3] = [v6(0x2001, 0, 0, 23), v6(0x2001, 0xdb8, 0, 32), v6(0x3fff, 0, 0, 20)];

const COMPATIBLE: RangeV6 = v6(0, 0, 0, 96);
const NAT64: RangeV6 = v6(0x64, 0xff9b, 0, 96);
const NAT64_LOCAL: RangeV6 = v6(0x64, 0xff9b, 1, 48);
const SIX_TO_FOUR: RangeV6 = v6(0x2002, 0, 0, 16);
const TEREDO: RangeV6 = v6(0x2001, 0, 0, 32);

/// Services that hand credentials to whoever asks from the inside.
const METADATA_V4: [Ipv4Addr; 8] = [
    Ipv4Addr::new(169, 254, 169, 254), // most clouds
    Ipv4Addr::new(169, 254, 170, 2),   // AWS containers
    Ipv4Addr::new(169, 254, 170, 23),  // AWS pods
    Ipv4Addr::new(169, 254, 42, 42),   // Scaleway
    Ipv4Addr::new(169, 254, 0, 23),    // Tencent
    Ipv4Addr::new(100, 100, 100, 200), // Alibaba
    Ipv4Addr::new(192, 0, 0, 192),     // Oracle
    Ipv4Addr::new(168, 63, 129, 16),   // Azure's host agent
];

const METADATA_V6: [Ipv6Addr; 6] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),      // AWS
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),       // AWS pods
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),       // Google
    Ipv6Addr::new(0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe), // Oracle
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),        // Scaleway
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe),    // OpenStack
];

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
