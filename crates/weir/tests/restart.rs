//! What outlives a restart besides records: templates, which exporters over UDP announce only now and then.

use std::net::UdpSocket;
use std::time::Duration;

use weir_testkit::{Launch, assert_adds_up, wait_until};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");

/// Domain (v9: source id) of both exporters.
const DOMAIN: u32 = 7;

fn v9(sequence: u32, sets: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 9, 0, 1];
    for word in [60_000, now_secs(), sequence, DOMAIN] {
        bytes.extend(word.to_be_bytes());
    }
    bytes.extend(sets);
    bytes
}

fn ipfix(sequence: u32, sets: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 10];
    bytes.extend((16 + sets.len() as u16).to_be_bytes());
    for word in [now_secs(), sequence, DOMAIN] {
        bytes.extend(word.to_be_bytes());
    }
    bytes.extend(sets);
    bytes
}

fn now_secs() -> u32 {
    let output = std::process::Command::new("date").arg("+%s").output().expect("run date");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("seconds")
}

fn set(id: u16, body: &[u8]) -> Vec<u8> {
    [&id.to_be_bytes()[..], &(4 + body.len() as u16).to_be_bytes(), body].concat()
}

/// Source and destination address, and bytes.
const TEMPLATE: [u8; 16] = [1, 0, 0, 3, 0, 8, 0, 4, 0, 12, 0, 4, 0, 1, 0, 4];
const RECORD: [u8; 12] = [10, 0, 0, 1, 10, 0, 0, 2, 0, 0, 0, 100];

#[test]
fn data_is_decoded_right_after_a_restart_without_new_templates() {
    let mut weir = Launch::new(WEIR).start();
    let exporter = UdpSocket::bind("127.0.0.1:0").expect("bind");
    let send = |bytes: &[u8], exporter: &UdpSocket, weir: &weir_testkit::Weir| {
        exporter.send_to(bytes, weir.listener()).expect("send");
    };
    send(&v9(1, &set(0, &TEMPLATE)), &exporter, &weir);
    send(&ipfix(0, &set(2, &TEMPLATE)), &exporter, &weir);
    wait_until("both templates have come", Duration::from_secs(30), || {
        (weir.accounting()["datagrams"]["decoded"] == 2).then_some(())
    });
    assert!(weir.terminate().success(), "{}", weir.log());

    weir.start();
    // A restarted exporter would come from another port, too.
    let exporter = UdpSocket::bind("127.0.0.1:0").expect("bind");
    send(&v9(2, &set(256, &RECORD)), &exporter, &weir);
    send(&ipfix(0, &set(256, &RECORD.repeat(2))), &exporter, &weir);
    let sums = weir.wait_for_flows(None, 3);
    assert_eq!(sums.bytes, 300);
    let told = weir.http().get_json("/api/v1/exporters/127.0.0.1");
    let templates = told["templates"].as_array().expect("templates");
    let facts = |template: &serde_json::Value| {
        let fields = template["fields"].as_array().expect("fields");
        let names: Vec<_> = fields.iter().map(|field| field["name"].clone()).collect();
        (template["id"].clone(), template["port"].clone(), template["records"].clone(), names)
    };
    let names =
        ["sourceIPv4Address", "destinationIPv4Address", "octetDeltaCount"].map(serde_json::Value::from);
    // No port has announced them since the start.
    let expected = |records: u64| (256.into(), serde_json::Value::Null, records.into(), names.to_vec());
    assert_eq!(templates.iter().map(facts).collect::<Vec<_>>(), [expected(1), expected(2)], "{told:#}");
    let accounting = weir.wait_until_stored();
    assert_adds_up(&accounting);
    assert_eq!(accounting["sets"]["rejected"], serde_json::json!({}), "{accounting:#}");

    // A damaged file costs the templates, not the start.
    assert!(weir.terminate().success(), "{}", weir.log());
    let file = weir.launch().data().join("templates.json");
    let whole = std::fs::read(&file).expect("templates are kept");
    std::fs::write(&file, &whole[..whole.len() / 2]).expect("damage the file");
    weir.start();
    send(&v9(3, &[set(0, &TEMPLATE), set(256, &RECORD)].concat()), &exporter, &weir);
    weir.wait_for_flows(None, 4);
    assert!(file.with_extension("json.damaged").exists());
}
