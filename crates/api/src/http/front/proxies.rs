//! Who asks when a reverse proxy stands between. What a header says counts only as far as trusted proxies wrote it:
//! the rest anybody may have put there.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

const X_FORWARDED_FOR: &str = "x-forwarded-for";
const X_FORWARDED_PROTO: &str = "x-forwarded-proto";
const FORWARDED: &str = "forwarded";

/// The client, and whether a trusted proxy says that it came over HTTPS.
pub(super) fn client(peer: SocketAddr, headers: &HeaderMap, trusted: &[IpNet]) -> (SocketAddr, bool) {
    let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
    if !trusts(trusted, peer.ip()) {
        return (peer, false);
    }
    let address = asker(peer.ip(), headers, trusted);
    let client = if address == peer.ip() { peer } else { SocketAddr::new(address, 0) };
    (client, over_https(headers))
}

fn trusts(trusted: &[IpNet], address: IpAddr) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// A proxy writes one of the two headers and may let the other pass as the client sent it. If they disagree, neither
/// is believed.
fn asker(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let usual = items(headers, X_FORWARDED_FOR).map(address).collect::<Vec<_>>();
    let standard = items(headers, FORWARDED).map(|item| address(field(item, "for")?)).collect::<Vec<_>>();
    let named = [usual, standard].into_iter().filter(|chain| !chain.is_empty());
    let mut found = named.map(|chain| nearest_stranger(peer, &chain, trusted));
    let first = found.next().unwrap_or(peer);
    if found.all(|other| other == first) { first } else { peer }
}

/// Each proxy adds at the end whom it was asked by, so the list is believed from its end up to the first that is no
/// proxy of ours.
fn nearest_stranger(peer: IpAddr, chain: &[Option<IpAddr>], trusted: &[IpNet]) -> IpAddr {
    let mut client = peer;
    for written in chain.iter().rev() {
        match written {
            Some(address) if trusts(trusted, client) => client = *address,
            _ => break,
        }
    }
    client
}

/// What the nearest proxy says.
fn over_https(headers: &HeaderMap) -> bool {
    let standard = items(headers, FORWARDED).last().and_then(|item| field(item, "proto"));
    let usual = items(headers, X_FORWARDED_PROTO).last();
    usual.or(standard).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
}

/// The items of a list that may stand in several lines.
fn items<'h>(headers: &'h HeaderMap, name: &'static str) -> impl Iterator<Item = &'h str> {
    headers.get_all(name).iter().flat_map(|line| line.to_str().unwrap_or_default().split(',')).map(str::trim)
}

fn field<'i>(item: &'i str, wanted: &str) -> Option<&'i str> {
    let mut pairs = item.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim_matches('"'))
}

/// With or without a port, IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    text.parse().ok().or_else(with_port).or_else(bare).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn found(peer: &str, headers: &[(&'static str, &'static str)]) -> (String, bool) {
        let pairs = headers.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v)));
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(name, value);
        }
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let (client, https) = client(SocketAddr::new(peer.parse().unwrap(), 4711), &map, &trusted);
        (client.ip().to_string(), https)
    }

    fn asker(peer: &str, headers: &[(&'static str, &'static str)]) -> String {
        found(peer, headers).0
    }

    #[test]
    fn a_stranger_is_not_believed() {
        let lies = [("x-forwarded-for", "1.2.3.4"), ("forwarded", "for=1.2.3.4"), ("x-forwarded-proto", "https")];
        assert_eq!(found("203.0.113.9", &lies), ("203.0.113.9".to_owned(), false));
        assert_eq!(asker("::ffff:203.0.113.9", &lies), "203.0.113.9");
    }

    #[test]
    fn a_proxy_is_believed_for_what_it_wrote_itself() {
        assert_eq!(asker("10.0.0.1", &[("x-forwarded-for", "203.0.113.9")]), "203.0.113.9");
        assert_eq!(asker("10.0.0.1", &[("x-forwarded-for", "1.2.3.4, 203.0.113.9")]), "203.0.113.9");
        assert_eq!(asker("10.0.0.1", &[("x-forwarded-for", "1.2.3.4, 203.0.113.9, 10.7.7.7")]), "203.0.113.9");
        let lines = [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "203.0.113.9")];
        assert_eq!(asker("10.0.0.1", &lines), "203.0.113.9");
        assert_eq!(
            asker("fd00::1", &[("forwarded", "for=1.2.3.4, For=\"[2001:db8::9]:80\";proto=https")]),
            "2001:db8::9"
        );
        assert_eq!(asker("::ffff:10.0.0.1", &[("x-forwarded-for", "203.0.113.9:5000")]), "203.0.113.9");
        assert_eq!(asker("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_cannot_be_read_ends_the_trail() {
        for unreadable in ["unknown", "_hidden", "", "1.2.3.4, unknown"] {
            assert_eq!(asker("10.0.0.1", &[("x-forwarded-for", unreadable)]), "10.0.0.1", "{unreadable}");
        }
        assert_eq!(asker("10.0.0.1", &[("x-forwarded-for", "1.2.3.4, unknown, 10.2.2.2")]), "10.2.2.2");
    }

    #[test]
    fn two_headers_that_disagree_are_no_evidence() {
        let smuggled = [("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=1.2.3.4")];
        assert_eq!(asker("10.0.0.1", &smuggled), "10.0.0.1");
        let agreed = [("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=203.0.113.9")];
        assert_eq!(asker("10.0.0.1", &agreed), "203.0.113.9");
    }

    #[test]
    fn the_nearest_proxy_knows_whether_it_was_https() {
        assert!(found("10.0.0.1", &[("x-forwarded-proto", "https")]).1);
        assert!(found("10.0.0.1", &[("forwarded", "for=1.2.3.4;proto=https")]).1);
        assert!(!found("10.0.0.1", &[("x-forwarded-proto", "https, http")]).1);
        assert!(!found("10.0.0.1", &[]).1);
    }
}
