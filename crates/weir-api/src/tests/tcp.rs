//! The real server on a real socket: what only a connection can show.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;

pub(super) const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) stop: oneshot::Sender<()>,
    pub(super) ended: JoinHandle<std::io::Result<()>>,
}

pub(super) async fn start(fake: Fake) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(async move {
        let shutdown = async {
            let _ = stopped.await;
        };
        crate::serve(listener, Arc::new(fake), &HttpConfig::default(), shutdown).await
    });
    Server { address, stop, ended }
}

pub(super) async fn ask(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

pub(super) async fn read(mut stream: TcpStream) -> String {
    let mut text = String::new();
    tokio::time::timeout(PATIENCE, stream.read_to_string(&mut text)).await.unwrap().unwrap();
    text
}

pub(super) fn query(host: &str) -> String {
    format!(
        "POST /api/v1/query HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\
         Connection: close\r\n\r\n{{}}"
    )
}

#[tokio::test]
async fn only_a_request_to_this_server_is_answered() {
    let server = start(Fake::default()).await;
    for (host, status) in [
        (server.address.to_string(), "200"),
        (format!("localhost:{}", server.address.port()), "200"),
        ("evil.example".to_owned(), "403"),
        (format!("evil.example:{}", server.address.port()), "403"),
    ] {
        let reply = read(ask(server.address, &query(&host)).await).await;
        assert!(reply.starts_with(&format!("HTTP/1.1 {status} ")), "{host}: {reply}");
    }
    let without_host = "GET /api/v1/health HTTP/1.0\r\n\r\n";
    let reply = read(ask(server.address, without_host).await).await;
    assert!(reply.contains(" 403 "), "{reply}");
}
