use std::time::Duration;

use proptest::prelude::*;

use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Claims {
    sub: String,
}

fn key(kid: &str, secret: &str) -> SigningKey {
    SigningKey { kid: kid.to_owned(), secret: secret.as_bytes().to_vec().into() }
}

fn start() -> Timestamp {
    Timestamp::from_secs(1_000_000)
}

fn validity() -> Validity {
    Validity { audience: "login", from: start(), until: start().after(Duration::from_secs(60)) }
}

fn token() -> String {
    let claims = Claims { sub: "7".to_owned() };
    sign(&key("k1", "hush"), validity(), &claims).unwrap().expose_secret().to_owned()
}

fn check(token: &str) -> Result<Claims, JwtError> {
    let (claims, until) = Unverified::parse(token)?.verify(&key("k1", "hush").secret, "login", start())?;
    assert!(until > start());
    Ok(claims)
}

fn forge(header: &str, payload: &str) -> String {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", part(header), part(payload));
    let signature = mac(&key("k1", "hush").secret, &signed).unwrap().finalize().into_bytes();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn what_is_signed_verifies_until_it_expires() {
    let token = token();
    assert_eq!(Unverified::parse(&token).unwrap().kid, "k1");
    assert_eq!(check(&token), Ok(Claims { sub: "7".to_owned() }));
    let verify = |secret: &str, audience, after| {
        let now = start().after(Duration::from_secs(after));
        Unverified::parse(&token).unwrap().verify::<Claims>(&key("k1", secret).secret, audience, now)
    };
    assert!(verify("hush", "login", 59).is_ok());
    assert_eq!(verify("hush", "login", 60), Err(JwtError::Expired));
    assert_eq!(verify("other", "login", 0), Err(JwtError::Signature));
    assert_eq!(verify("hush", "bots", 0), Err(JwtError::Audience));
}

/// The signature of RFC 7515's first example, so that other programs with the secret can verify ours.
#[test]
fn signatures_are_those_of_the_standard() {
    let secret = BASE64_URL_SAFE_NO_PAD
        .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
        .unwrap();
    let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let mac = mac(&secret.into(), signed).unwrap().finalize().into_bytes();
    assert_eq!(BASE64_URL_SAFE_NO_PAD.encode(mac), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

#[test]
fn other_algorithms_and_extensions_are_refused_even_if_well_signed() {
    let payload = r#"{"sub":"7","aud":"login","iat":1,"exp":9999999}"#;
    assert!(check(&forge(r#"{"alg":"HS256","kid":"k1"}"#, payload)).is_ok());
    for alg in ["none", "None", "HS512", "RS256", "hs256", ""] {
        let header = format!(r#"{{"alg":"{alg}","kid":"k1"}}"#);
        assert_eq!(check(&forge(&header, payload)), Err(JwtError::Algorithm), "{alg}");
    }
    let crit = r#"{"alg":"HS256","kid":"k1","crit":["b64"],"b64":false}"#;
    assert_eq!(check(&forge(crit, payload)), Err(JwtError::Algorithm));
    assert_eq!(check(&forge(r#"{"alg":"HS256"}"#, payload)), Err(JwtError::Malformed), "a kid is needed");
}

#[test]
fn tokens_without_expiry_or_audience_are_refused() {
    let header = r#"{"alg":"HS256","kid":"k1"}"#;
    for payload in [r#"{"sub":"7","aud":"login","iat":1}"#, r#"{"sub":"7","iat":1,"exp":9999999}"#, "[]", ""] {
        assert_eq!(check(&forge(header, payload)), Err(JwtError::Malformed), "{payload}");
    }
}

#[test]
fn unsigned_and_truncated_tokens_are_refused() {
    let token = token();
    let (signed, _) = token.rsplit_once('.').unwrap();
    assert_eq!(check(&format!("{signed}.")), Err(JwtError::Signature));
    for bad in ["", ".", "..", "a.b", "a.b.c.d", signed] {
        assert!(check(bad).is_err(), "{bad}");
    }
    assert_eq!(check(&"a".repeat(LONGEST + 1)), Err(JwtError::Malformed));
}

proptest! {
    #[test]
    fn any_changed_character_breaks_the_token(at: prop::sample::Index, with in "[A-Za-z0-9_.-]") {
        let token = token();
        let at = at.index(token.len());
        let mut changed = token.clone();
        changed.replace_range(at..=at, &with);
        prop_assume!(changed != token);
        prop_assert!(check(&changed).is_err());
    }

    #[test]
    fn no_input_panics(text in ".{0,200}") {
        prop_assert!(check(&text).is_err());
    }
}
