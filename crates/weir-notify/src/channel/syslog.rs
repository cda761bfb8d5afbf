//! Syslog (RFC 5424) over UDP, TCP (octet counting, RFC 6587) and TLS (RFC 5425).
//!
//! Syslog has no answers: over TCP and TLS a message counts as delivered when the receiver has not broken the connection by
//! the time we close it; over UDP when the kernel took it.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use serde_json::json;
use weir_sigma::Level;

use super::{SendError, Sender};
use crate::config::{SyslogConfig, SyslogFormat, Transport};
use crate::message::Message;
use crate::tls;

/// How long a receiver has to break a connection on which it will not listen.
const PROTEST: Duration = Duration::from_millis(200);

pub(super) struct Syslog {
    address: String,
    /// The part of the address that a certificate must name.
    host: String,
    transport: Transport,
    format: SyslogFormat,
    facility: u8,
    hostname: String,
    ca: Option<PathBuf>,
    timeout: Duration,
    base_url: Option<String>,
}

impl Syslog {
    pub(super) fn new(config: &SyslogConfig, base_url: Option<&str>) -> Result<Self, String> {
        let (host, port) = config.address.rsplit_once(':').unwrap_or((&config.address, ""));
        if host.is_empty() || port.parse::<u16>().is_err() {
            return Err(format!("`{}` is not HOST:PORT", config.address));
        }
        if config.facility > 23 {
            return Err(format!("`facility` is {}; it can be 0 to 23", config.facility));
        }
        let hostname = match &config.hostname {
            Some(name) => name.clone(),
            None => std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default(),
        };
        Ok(Self {
            address: config.address.clone(),
            host: host.trim_matches(['[', ']']).to_owned(),
            transport: config.transport,
            format: config.format,
            facility: config.facility,
            hostname: header_word(hostname.trim()),
            ca: config.ca.clone(),
            timeout: config.timeout.0,
            base_url: base_url.map(str::to_owned),
        })
    }

    /// A message as RFC 5424 writes it.
    fn encode(&self, message: &Message<'_>, now_ns: i64) -> String {
        let time = Timestamp::from_nanosecond(i128::from(now_ns)).unwrap_or_default();
        let priority = u16::from(self.facility) * 8 + u16::from(severity(message));
        format!(
            "<{priority}>1 {time:.6} {} weir {} {} - {}",
            self.hostname,
            std::process::id(),
            message.event(),
            self.body(message)
        )
    }

    fn body(&self, message: &Message<'_>) -> String {
        if let Message::One(item) = message {
            return item.subject(self.base_url.as_deref()).render(self.format.shape());
        }
        let (event, headline) = (message.event(), message.headline());
        match self.format {
            SyslogFormat::Cef => {
                let text: String = headline
                    .chars()
                    .flat_map(|c| (c == '=' || c == '\\').then_some('\\').into_iter().chain([c]))
                    .collect();
                format!(
                    "CEF:0|Weir|Weir|{}|{event}|{event}|1|cnt={} msg={text}",
                    env!("CARGO_PKG_VERSION"),
                    message.items().len()
                )
            }
            SyslogFormat::Json | SyslogFormat::Ecs => {
                json!({"event": {"action": event}, "message": headline, "count": message.items().len()})
                    .to_string()
            }
        }
    }

    fn addresses(&self) -> Result<Vec<SocketAddr>, String> {
        let found = self.address.to_socket_addrs().map_err(|cause| format!("{}: {cause}", self.address))?;
        Ok(found.collect())
    }

    fn connect(&self) -> Result<TcpStream, String> {
        let mut last = format!("{} has no address", self.address);
        for address in self.addresses()? {
            match TcpStream::connect_timeout(&address, self.timeout) {
                Ok(stream) => {
                    let set = stream
                        .set_write_timeout(Some(self.timeout))
                        .and_then(|()| stream.set_read_timeout(Some(self.timeout)));
                    return set.map(|()| stream).map_err(|cause| cause.to_string());
                }
                Err(cause) => last = format!("cannot connect to {address}: {cause}"),
            }
        }
        Err(last)
    }

    fn udp(&self, text: &str) -> Result<(), String> {
        let address = self.addresses()?.into_iter().next().ok_or("the name has no address")?;
        let local: SocketAddr =
            if address.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
        let sent = UdpSocket::bind(local).and_then(|socket| {
            socket.connect(address)?;
            socket.send(text.as_bytes())
        });
        sent.map(|_| ()).map_err(|cause| format!("cannot send to {address}: {cause}"))
    }

    fn tcp(&self, text: &str) -> Result<(), String> {
        let mut stream = self.connect()?;
        let failed = |cause: std::io::Error| format!("{}: {cause}", self.address);
        stream.write_all(counted(text).as_bytes()).and_then(|()| stream.flush()).map_err(failed)?;
        stream.shutdown(Shutdown::Write).map_err(failed)?;
        stream.set_read_timeout(Some(PROTEST)).map_err(failed)?;
        protests(&mut stream).map_or(Ok(()), |cause| Err(failed(cause)))
    }

    fn tls(&self, text: &str) -> Result<(), String> {
        let name = ServerName::try_from(self.host.clone())
            .map_err(|_| format!("`{}` is no name of a host", self.host))?;
        let connection = ClientConnection::new(tls::client(self.ca.as_deref())?, name)
            .map_err(|cause| cause.to_string())?;
        let failed = |cause: std::io::Error| format!("{}: {cause}", self.address);
        let mut stream = StreamOwned::new(connection, self.connect()?);
        stream.write_all(counted(text).as_bytes()).and_then(|()| stream.flush()).map_err(failed)?;
        stream.conn.send_close_notify();
        stream.flush().map_err(failed)?;
        stream.sock.set_read_timeout(Some(PROTEST)).map_err(failed)?;
        protests(&mut stream).map_or(Ok(()), |cause| Err(failed(cause)))
    }
}

/// What the receiver says against a connection, if it does: silence and its end are fine.
fn protests(stream: &mut impl Read) -> Option<std::io::Error> {
    let mut ignored = [0; 256];
    loop {
        match stream.read(&mut ignored) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(cause) => match cause.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::UnexpectedEof => return None,
                _ => return Some(cause),
            },
        }
    }
}

/// The length of a message in bytes, a space, the message.
fn counted(text: &str) -> String {
    format!("{} {text}", text.len())
}

/// A word of the head: printable ASCII without spaces; `-` for none.
fn header_word(text: &str) -> String {
    let word: String = text.chars().filter(char::is_ascii_graphic).take(255).collect();
    if word.is_empty() { "-".to_owned() } else { word }
}

/// Syslog's severities: 2 critical, 3 error, 4 warning, 5 notice, 6 informational.
fn severity(message: &Message<'_>) -> u8 {
    match message.level() {
        Level::Critical => 2,
        Level::High => 3,
        Level::Medium => 4,
        Level::Low => 5,
        Level::Informational => 6,
    }
}

impl Sender for Syslog {
    fn send(&self, message: &Message<'_>, now_ns: i64) -> Result<(), SendError> {
        let text = self.encode(message, now_ns);
        match self.transport {
            Transport::Udp => self.udp(&text),
            Transport::Tcp => self.tcp(&text),
            Transport::Tls => self.tls(&text),
        }
        .map_err(SendError::Later)
    }

    fn check(&self) -> Result<(), String> {
        if self.transport == Transport::Tls {
            tls::client(self.ca.as_deref())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::tests::{NOW, item};

    fn syslog(format: &str) -> Syslog {
        let config = json!({"address": "[::1]:514", "format": format, "hostname": "my host", "facility": 13});
        Syslog::new(&serde_json::from_value(config).unwrap(), None).unwrap()
    }

    #[test]
    fn a_message_is_as_rfc_5424_writes_it() {
        let text = syslog("cef").encode(&Message::One(&item(1)), NOW);
        let head = format!(
            "<107>1 2025-03-01T12:00:00.000000Z myhost weir {} new - CEF:0|Weir|",
            std::process::id()
        );
        assert!(text.starts_with(&head), "{text}");
        let text = syslog("json").encode(&Message::Digest(&[item(1), item(2)]), NOW);
        assert!(text.contains(" digest - {") && text.contains("2 more alerts"), "{text}");
        assert_eq!(counted("äb"), "3 äb", "bytes are counted, not letters");
    }

    #[test]
    fn what_is_no_address_is_told() {
        for address in ["host", "host:", ":514", "host:99999"] {
            let config = json!({"address": address});
            let problem = Syslog::new(&serde_json::from_value(config).unwrap(), None).err().unwrap();
            assert!(problem.contains("HOST:PORT"), "{problem}");
        }
    }
}
