//! How soon a datagram can be seen, measured and printed. The limit here is only against hanging.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use serde_json::json;
use weir_testkit::{Launch, wait_until};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");

#[test]
fn the_first_datagram_becomes_visible() {
    let weir = Launch::new(WEIR).start();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    // One record, 192.0.2.1 to 192.0.2.2, 1500 bytes in 3 packets.
    let mut datagram = vec![0; 24 + 48];
    datagram[..4].copy_from_slice(&[0, 5, 0, 1]);
    datagram[24..32].copy_from_slice(&[192, 0, 2, 1, 192, 0, 2, 2]);
    datagram[24 + 19] = 3;
    datagram[24 + 22..24 + 24].copy_from_slice(&1500_u16.to_be_bytes());
    let begin = Instant::now();
    socket.send_to(&datagram, weir.listener()).unwrap();
    let body = json!({ "from": "2000-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z", "filter": "src_ip = 192.0.2.1" });
    let row = wait_until("the record is visible", Duration::from_secs(30), || {
        let answer = weir.http().post_json("/api/v1/flows", &body);
        answer["rows"].as_array().and_then(|rows| rows.first().cloned())
    });
    println!("first datagram visible after {} ms", begin.elapsed().as_millis());
    assert_eq!(row["dst_ip"], "192.0.2.2");
    assert_eq!((&row["bytes"], &row["packets"]), (&json!(1500), &json!(3)));
}
