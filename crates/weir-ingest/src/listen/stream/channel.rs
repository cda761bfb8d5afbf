//! The bytes of a connection, in the clear or through TLS. Never blocks.

use std::io::{self, Read};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection};

use super::closed::Closed;

/// What a read gave.
pub(super) enum Taken {
    /// So many bytes.
    Bytes(usize),
    /// Nothing for now.
    Nothing,
}

/// A connection's socket, with TLS on it or not.
pub(super) enum Channel {
    Plain(TcpStream),
    Tls(Box<Encrypted>),
}

/// A TLS connection and its socket.
pub(super) struct Encrypted {
    socket: TcpStream,
    tls: ServerConnection,
    /// The peer has closed its side.
    ended: bool,
}

impl Channel {
    pub(super) fn new(socket: TcpStream, tls: Option<&Arc<ServerConfig>>) -> Result<Self, Closed> {
        Ok(match tls {
            None => Channel::Plain(socket),
            Some(config) => {
                let tls = ServerConnection::new(Arc::clone(config))
                    .map_err(|cause| Closed::Tls { cause: cause.to_string() })?;
                Channel::Tls(Box::new(Encrypted { socket, tls, ended: false }))
            }
        })
    }

    /// Takes what has come. The end of the stream is an error: what kind of end, the caller knows.
    pub(super) fn read(&mut self, into: &mut [u8]) -> Result<Taken, Closed> {
        match self {
            Channel::Plain(socket) => taken(socket.read(into)),
            Channel::Tls(encrypted) => encrypted.read(into),
        }
    }

    /// Whether the handshake is still going on.
    pub(super) fn is_handshaking(&self) -> bool {
        match self {
            Channel::Plain(_) => false,
            Channel::Tls(encrypted) => encrypted.tls.is_handshaking(),
        }
    }

    /// Whether TLS has something to send that did not fit.
    pub(super) fn wants_write(&self) -> bool {
        match self {
            Channel::Plain(_) => false,
            Channel::Tls(encrypted) => encrypted.tls.wants_write(),
        }
    }

    pub(super) fn socket(&self) -> BorrowedFd<'_> {
        match self {
            Channel::Plain(socket) => socket.as_fd(),
            Channel::Tls(encrypted) => encrypted.socket.as_fd(),
        }
    }
}

impl Encrypted {
    fn read(&mut self, into: &mut [u8]) -> Result<Taken, Closed> {
        loop {
            // Text that is left from before comes first: the socket does not tell of it again.
            match self.tls.reader().read(into) {
                // The peer said good-bye, as TLS wants it.
                Ok(0) => return Err(Closed::Ended),
                Ok(count) => return Ok(Taken::Bytes(count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // It went without a word; the frames know whether something is missing.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(Closed::Ended),
                Err(error) => return Err(Closed::Failed { cause: error.to_string() }),
            }
            if self.ended {
                return Err(Closed::Ended);
            }
            match self.tls.read_tls(&mut self.socket) {
                Ok(0) => self.ended = true,
                Ok(_) => {}
                Err(error) => {
                    self.write()?;
                    return taken(Err(error));
                }
            }
            if let Err(cause) = self.tls.process_new_packets() {
                // The peer is told why, if it still listens.
                let _untold = self.write();
                return Err(Closed::Tls { cause: cause.to_string() });
            }
            self.write()?;
            if self.ended && self.tls.is_handshaking() {
                return Err(Closed::Tls { cause: "the peer left during the handshake".to_owned() });
            }
        }
    }

    /// Sends what TLS has to say, as far as there is room.
    fn write(&mut self) -> Result<(), Closed> {
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut self.socket) {
                Ok(_) => {}
                Err(error) if is_temporary(&error) => break,
                Err(error) => return Err(Closed::Failed { cause: error.to_string() }),
            }
        }
        Ok(())
    }
}

fn taken(read: io::Result<usize>) -> Result<Taken, Closed> {
    match read {
        Ok(0) => Err(Closed::Ended),
        Ok(count) => Ok(Taken::Bytes(count)),
        Err(error) if is_temporary(&error) => Ok(Taken::Nothing),
        Err(error) => Err(Closed::Failed { cause: error.to_string() }),
    }
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
