use proptest::prelude::*;

use super::*;

fn verdict(address: &str) -> Verdict {
    judge(address.parse().unwrap())
}

#[test]
fn public_addresses_pass() {
    for address in ["1.1.1.1", "8.8.8.8", "157.240.1.53", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1"] {
        assert_eq!(verdict(address), Verdict::Public, "{address}");
    }
    for address in ["2606:4700:4700::1111", "2a03:2880:f12f:83:face:b00c:0:25de", "::ffff:8.8.8.8"] {
        assert_eq!(verdict(address), Verdict::Public, "{address}");
    }
}

#[test]
fn special_ranges_are_private_to_their_edges() {
    let v4 = [
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.1",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
    ];
    let v6 = [
        "::",
        "::1",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "2001:2::1",
        "2001:20::1",
        "3fff::1",
        "100::1",
        "5f00::1",
        "4000::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:127.0.0.1",
    ];
    for address in v4.into_iter().chain(v6) {
        assert_eq!(verdict(address), Verdict::Private(None), "{address}");
    }
}

#[test]
fn addresses_that_carry_another_name_where_they_lead() {
    let cases = [
        ("::10.0.0.1", "10.0.0.1"),
        ("64:ff9b::127.0.0.1", "127.0.0.1"),
        ("2002:7f00:1::", "127.0.0.1"),
        ("2002:a00:1::1", "10.0.0.1"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.0.2.45"),
        ("2a00::5efe:192.168.0.1", "192.168.0.1"),
        ("2a00::200:5efe:192.168.0.1", "192.168.0.1"),
        ("64:ff9b:1::192.168.0.1", "192.168.0.1"),
    ];
    for (address, inner) in cases {
        assert_eq!(verdict(address), Verdict::Private(Some(inner.parse().unwrap())), "{address}");
    }
}

#[test]
fn metadata_services_are_known_in_every_spelling() {
    let cases = [
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "fd00:ec2::254",
        "fd20:ce::254",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::",
        "64:ff9b:1:a9fe:a9:fe00::",
        "64:ff9b:1:0:a9:fea9:fe00::",
        "2a00::5efe:169.254.169.254",
    ];
    for address in cases {
        assert_eq!(verdict(address), Verdict::Metadata, "{address}");
    }
}

proptest! {
    /// Whatever wraps a private address is not public.
    #[test]
    fn wrapping_never_makes_an_address_public(bits: u32) {
        let inner = Ipv4Addr::from_bits(bits);
        let [a, b, c, d] = inner.octets();
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        let wrapped = [
            Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
            Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, !high, !low),
            Ipv6Addr::new(0x2a00, 1, 2, 3, 0, 0x5efe, high, low),
        ];
        for outer in wrapped {
            prop_assert_ne!(judge(outer.into()), Verdict::Public);
        }
        prop_assert_eq!(judge(inner.to_ipv6_mapped().into()), judge(inner.into()));
    }

    /// The standard library's notion of what is not global is part of ours.
    #[test]
    fn agrees_with_the_standard_library(bits: u32) {
        let address = Ipv4Addr::from_bits(bits);
        let special = address.is_private() || address.is_loopback() || address.is_link_local()
            || address.is_multicast() || address.is_broadcast() || address.is_documentation()
            || address.is_unspecified();
        if special {
            prop_assert_ne!(judge(address.into()), Verdict::Public);
        }
    }

    #[test]
    fn only_global_unicast_is_public(bits: u128) {
        let address = Ipv6Addr::from_bits(bits);
        let special = address.is_unique_local() || address.is_unicast_link_local() || address.is_multicast()
            || address.is_loopback() || bits >> 125 != 1;
        if special && address.to_ipv4_mapped().is_none() {
            prop_assert_ne!(judge(address.into()), Verdict::Public);
        }
    }
}
