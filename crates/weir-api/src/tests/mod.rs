//! The whole router over a made-up Weir with a handful of records, and the real server over TCP.

mod alerts;
mod answers;
mod cancel;
mod contract;
mod hunt;
mod reference;
mod rules;
mod tcp;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{
    ArrayRef, DictionaryArray, FixedSizeBinaryArray, RecordBatch, TimestampNanosecondArray, UInt8Array,
    UInt16Array, UInt32Array, UInt64Array,
};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use tokio::sync::watch;
use tower::ServiceExt as _;
use weir_alert::AlertStore;
use weir_detect::{DetectConfig, RuleBook};
use weir_filter::{Context, Sets};
use weir_query::{Batches, Source, SourceError};
use weir_schema::Table;

use crate::backend::Backend;
use crate::config::HttpConfig;
use crate::model::{
    Accounting, Exporter, Gaps, Health, ListenerStatus, Status, StoreStatus, Template, TemplateField,
};

/// 2025-03-01T12:00:00Z, a second after the last record.
pub(super) const NOW_NS: i64 = 1_740_830_400_000_000_000;

const SECOND_NS: i64 = 1_000_000_000;

type Snapshots = dyn Fn(Table) -> Result<Box<dyn Source>, SourceError> + Send + Sync;

/// A Weir that holds what it is given.
pub(super) struct Fake {
    pub(super) status: Status,
    pub(super) snapshot: Box<Snapshots>,
    pub(super) alerts: AlertStore,
    pub(super) rules: Arc<RuleBook>,
    /// Where they are.
    pub(super) dir: tempfile::TempDir,
}

impl Default for Fake {
    fn default() -> Self {
        let dir = tempfile::TempDir::new().unwrap();
        let alerts = AlertStore::open(dir.path()).unwrap();
        let config = DetectConfig { rules: dir.path().join("rules.d"), ..DetectConfig::default() };
        let rules = Arc::new(RuleBook::open(&config, Context::default()));
        Self { status: Status::Ok, snapshot: Box::new(|table| Ok(rows_of(table))), alerts, rules, dir }
    }
}

impl Backend for Fake {
    fn rules(&self) -> &RuleBook {
        &self.rules
    }

    fn compact(&self) {}

    fn now_ns(&self) -> i64 {
        NOW_NS
    }

    fn sets(&self) -> Arc<Sets> {
        Arc::new([("clients".to_owned(), vec!["10.0.0.1".to_owned()])].into())
    }

    fn snapshot(&self, table: Table) -> Result<Box<dyn Source>, SourceError> {
        (self.snapshot)(table)
    }

    fn alerts(&self) -> &AlertStore {
        assert!(self.dir.path().exists());
        &self.alerts
    }

    fn health(&self) -> Health {
        Health {
            status: self.status,
            trouble: None,
            version: "0.1.0".to_owned(),
            started: "2025-03-01T00:00:00Z".to_owned(),
            now: "2025-03-01T12:00:00Z".to_owned(),
            demo: false,
            listeners: vec![ListenerStatus {
                transport: "udp".to_owned(),
                address: "127.0.0.1:2055".parse().unwrap(),
                protocols: vec!["netflow5".to_owned()],
                receive_buffer_bytes: 1 << 20,
                receive_buffer_wanted_bytes: 1 << 20,
                datagrams: 7,
                connections: 0,
                kernel_dropped: 0,
            }],
            store: StoreStatus::default(),
            counters: StoreStatus::default(),
            sources: Vec::new(),
            disk: None,
            rule_problems: Vec::new(),
            detect: None,
            notify: Vec::new(),
        }
    }

    fn accounting(&self) -> Accounting {
        Accounting::new(weir_telemetry::LedgerSnapshot::default(), self.exporters())
    }

    fn exporters(&self) -> Vec<Exporter> {
        vec![Exporter {
            exporter: [192, 0, 2, 1].into(),
            domain: 0,
            protocol: "netflow5".to_owned(),
            transport: "udp".to_owned(),
            port: 2055,
            datagrams: 7,
            bytes: 1000,
            records: 6,
            rows: 6,
            options_records: 0,
            counter_rows: 0,
            events: 0,
            first_seen: "2025-03-01T11:00:00Z".to_owned(),
            last_seen: "2025-03-01T12:00:00Z".to_owned(),
            gaps: Gaps { unit: "flows".to_owned(), ..Gaps::default() },
            sampling: None,
            sampling_origin: None,
            templates: 0,
            templates_changed: None,
            held_sets: 0,
            held_bytes: 0,
            clock_skew_ms: None,
            delay_ms: None,
            records_per_second: 0.0,
            bytes_per_second: 0.0,
            clock_off: 0,
            rejected: BTreeMap::from([("truncated".to_owned(), 1)]),
            doubts: BTreeMap::new(),
            last_error: None,
        }]
    }

    fn templates(&self, exporter: IpAddr) -> Option<(Vec<Template>, u64)> {
        let field = |name: &str, element, length| TemplateField {
            name: name.to_owned(),
            enterprise: 0,
            element,
            length,
            scope: false,
        };
        let template = Template {
            domain: 7,
            protocol: "ipfix".to_owned(),
            transport: "udp".to_owned(),
            port: Some(2055),
            id: 256,
            options: false,
            fields: vec![field("sourceIPv4Address", 8, Some(4)), field("interfaceName", 82, None)],
            since: "2025-03-01T11:00:00Z".to_owned(),
            announced: "2025-03-01T12:00:00Z".to_owned(),
            used: None,
            records: 3,
            doubts: BTreeMap::from([("padding_not_zero".to_owned(), 1)]),
        };
        match exporter.to_string().as_str() {
            "192.0.2.1" => Some((vec![template], 1)),
            "192.0.2.2" => Some((Vec::new(), 0)),
            _ => None,
        }
    }

    fn metrics(&self) -> String {
        "# TYPE weir_up gauge\nweir_up 1\n".to_owned()
    }
}

/// What the made-up Weir has in a table.
pub(super) fn rows_of(table: Table) -> Box<dyn Source> {
    Box::new(Batches::new([match table {
        Table::Flows => records(),
        Table::Counters => counters(),
    }]))
}

/// An interface's octets, told three times, a minute apart; the first time nobody knows how much they grew.
pub(super) fn counters() -> RecordBatch {
    let times = (0..3).map(|nth| NOW_NS - SECOND_NS - (2 - nth) * 60 * SECOND_NS);
    let time = TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC");
    let name =
        |text: &'static str| -> ArrayRef { Arc::new(DictionaryArray::<UInt32Type>::from_iter([text; 3])) };
    let columns: [(&str, ArrayRef); 7] = [
        ("time", Arc::new(time.clone())),
        ("received", Arc::new(time)),
        ("kind", name("counters")),
        ("in_if", Arc::new(UInt32Array::from(vec![7; 3]))),
        ("counter", name("ifInOctets")),
        ("value", Arc::new(UInt64Array::from(vec![1000, 1500, 1700]))),
        ("delta", Arc::new(UInt64Array::from(vec![None, Some(500), Some(200)]))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// Six records, one every ten minutes up to a second before now: 10.0.0.1 sends 100, 200, 300 bytes to port 53,
/// 10.0.0.2 sends 400, 500, 600 bytes to port 443.
pub(super) fn records() -> RecordBatch {
    let times = (0..6).map(|nth| NOW_NS - SECOND_NS - (5 - nth) * 600 * SECOND_NS);
    let time = TimestampNanosecondArray::from_iter_values(times).with_timezone("UTC");
    let mut addresses = Vec::new();
    for last in [1, 2] {
        addresses.extend([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, last]);
    }
    let addresses = FixedSizeBinaryArray::try_from_iter(addresses.chunks(16)).unwrap();
    let keys = UInt32Array::from(vec![0, 0, 0, 1, 1, 1]);
    let src_ip = DictionaryArray::<UInt32Type>::new(keys, Arc::new(addresses));
    let columns: [(&str, ArrayRef); 7] = [
        ("time", Arc::new(time.clone())),
        ("received", Arc::new(time)),
        ("src_ip", Arc::new(src_ip)),
        ("dst_port", Arc::new(UInt16Array::from(vec![53, 53, 53, 443, 443, 443]))),
        ("protocol", Arc::new(UInt8Array::from(vec![Some(17), Some(17), None, Some(6), Some(6), Some(6)]))),
        ("bytes", Arc::new(UInt64Array::from(vec![100, 200, 300, 400, 500, 600]))),
        ("packets", Arc::new(UInt64Array::from(vec![1, 2, 3, 4, 5, 6]))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// An answer, read to its end.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Reply {
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

pub(super) fn router(fake: Fake) -> Router {
    // The sender is gone at once, which stops nothing.
    let stopping = watch::channel(false).1;
    crate::serve::routes(Arc::new(fake), &HttpConfig::default(), "127.0.0.1:8044".parse().unwrap(), stopping)
        .0
}

pub(super) async fn send(router: Router, request: Request<Body>) -> Reply {
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Reply { status: parts.status, headers: parts.headers, body: String::from_utf8(bytes.to_vec()).unwrap() }
}

pub(super) async fn get(path: &str) -> Reply {
    let request = Request::get(path).header(header::HOST, "127.0.0.1:8044").body(Body::empty()).unwrap();
    send(router(Fake::default()), request).await
}

pub(super) async fn ask(path: &str, body: serde_json::Value) -> Reply {
    post(path, &body.to_string()).await
}

pub(super) async fn post(path: &str, body: &str) -> Reply {
    let request = Request::post(path)
        .header(header::HOST, "127.0.0.1:8044")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_owned()))
        .unwrap();
    send(router(Fake::default()), request).await
}
