//! Servers that the gateway can do without: whether they answer is told by `/health`, and changes nothing else.

use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpStream;
use url::Url;

use super::{Condition, Health};
use crate::config::Secrets;

/// Adds those that are configured.
pub(super) fn with_outside(health: Health, secrets: &Secrets) -> Health {
    let health = match secrets.redis_url.clone() {
        Some(url) => health.with("redis", move || reach("REDIS_URL", url.clone(), 6379)),
        None => health,
    };
    match secrets.supabase_url.clone().map(SecretString::from) {
        Some(url) => health.with("supabase", move || reach("SUPABASE_URL", url.clone(), 443)),
        None => health,
    }
}

/// Whether something accepts connections there. The URL may carry a password, so it is never repeated.
async fn reach(name: &'static str, url: SecretString, usual_port: u16) -> Condition {
    let parsed = Url::parse(url.expose_secret()).ok();
    let place =
        parsed.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default().unwrap_or(usual_port))));
    let Some((host, port)) = place else { return Condition::Degraded(format!("{name} is not a URL")) };
    match TcpStream::connect((host.trim_matches(['[', ']']), port)).await {
        Ok(_) => Condition::Ok,
        Err(e) => Condition::Degraded(format!("the server of {name} cannot be reached: {e}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn redis(url: &str) -> Condition {
        reach("REDIS_URL", url.to_owned().into(), 6379).await
    }

    #[tokio::test]
    async fn what_answers_is_well_and_what_does_not_degrades() {
        let tcp = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = tcp.local_addr().unwrap().port();
        assert_eq!(redis(&format!("redis://:hush@127.0.0.1:{port}")).await, Condition::Ok);
        drop(tcp);
        for wrong in [format!("redis://:hush@127.0.0.1:{port}"), "your-redis-url".to_owned()] {
            let Condition::Degraded(why) = redis(&wrong).await else { panic!("{wrong} is well") };
            assert!(why.contains("REDIS_URL") && !why.contains("hush"), "{why}");
        }
    }
}
