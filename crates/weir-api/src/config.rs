//! Where the API listens, and under which names it may be called.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::uri::Authority;
use serde::{Deserialize, Serialize};

/// The HTTP server: API and UI.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Address and TCP port to bind. Only loopback addresses are taken as long as there are no users.
    pub address: SocketAddr,
    /// Names under which a browser may call this server besides `localhost` and the bound address, for example behind
    /// a reverse proxy: `weir.example.org`, or `weir.example.org:8443` to allow that port only.
    pub allowed_hosts: Vec<String>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self { address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8044), allowed_hosts: Vec::new() }
    }
}

/// Why a configuration cannot be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpConfigError {
    /// Others could reach the server, but nothing would ask them who they are.
    #[error(
        "`http.address` {address} can be reached from other machines, but there are no users to log in yet"
    )]
    Open {
        /// The address.
        address: SocketAddr,
    },
    /// An entry that is no host name.
    #[error("`http.allowed_hosts` has `{entry}`, which is not a host name with an optional port")]
    NotAHost {
        /// The entry as written.
        entry: String,
    },
}

impl HttpConfigError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Open { address } => format!(
                "use 127.0.0.1:{port}, and reach it from elsewhere through a tunnel (`ssh -L {port}:127.0.0.1:{port} HOST`) or a reverse proxy with a login, named in `http.allowed_hosts`",
                port = address.port()
            ),
            Self::NotAHost { .. } => {
                "write a name such as `weir.example.org` or `weir.example.org:8443`, without scheme and path"
                    .to_owned()
            }
        }
    }
}

impl HttpConfig {
    /// Refuses what would be unsafe or could never work. Call it before binding.
    pub fn check(&self) -> Result<(), HttpConfigError> {
        if !self.address.ip().to_canonical().is_loopback() {
            return Err(HttpConfigError::Open { address: self.address });
        }
        for entry in &self.allowed_hosts {
            let is_host = entry.parse::<Authority>().is_ok_and(|host| {
                !host.host().is_empty()
                    && !entry.contains('@')
                    && (host.port_u16().is_some() || host.host() == entry)
            });
            if !is_host {
                return Err(HttpConfigError::NotAHost { entry: entry.clone() });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, hosts: &[&str]) -> Result<(), HttpConfigError> {
        let allowed_hosts = hosts.iter().map(|&host| host.to_owned()).collect();
        HttpConfig { address: address.parse().unwrap(), allowed_hosts }.check()
    }

    #[test]
    fn only_loopback_is_served_without_users() {
        for address in ["127.0.0.1:0", "127.1.2.3:80", "[::1]:8044", "[::ffff:127.0.0.1]:1"] {
            assert_eq!(check(address, &[]), Ok(()), "{address}");
        }
        for address in ["0.0.0.0:8044", "[::]:8044", "192.0.2.1:8044", "[::ffff:10.0.0.1]:1"] {
            let error = check(address, &[]).unwrap_err();
            assert!(matches!(error, HttpConfigError::Open { .. }), "{address}");
            assert!(error.help().contains("127.0.0.1"));
        }
    }

    #[test]
    fn allowed_hosts_are_names_with_an_optional_port() {
        for host in ["weir.example.org", "weir:8443", "192.0.2.1", "[2001:db8::1]:80"] {
            assert_eq!(check("127.0.0.1:0", &[host]), Ok(()), "{host}");
        }
        for host in ["", "https://weir.example.org", "weir/ui", "me@weir", "weir:port"] {
            assert!(check("127.0.0.1:0", &[host]).is_err(), "{host}");
        }
    }

    #[test]
    fn unknown_keys_are_refused_and_everything_has_a_default() {
        assert_eq!(serde_json::from_str::<HttpConfig>("{}").unwrap(), HttpConfig::default());
        assert!(serde_json::from_str::<HttpConfig>(r#"{"adress":"127.0.0.1:1"}"#).is_err());
    }
}
