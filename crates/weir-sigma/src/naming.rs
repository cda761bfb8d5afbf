//! Whose names a rule uses: from its log source to the fields of flows.

use weir_filter::{Expr, Item};
use weir_schema::Field;

use crate::fault::Fault;

/// The log sources that flows can stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// `category: network`, `service: connection`: ECS.
    Connection,
    /// `category: network`, `service: dns`, `category: dns` and Sysmon's `dns_query`.
    Dns,
    /// `category: firewall`.
    Firewall,
    /// `product: zeek`, `service: conn`.
    ZeekConn,
    /// `product: zeek`, `service: dns`.
    ZeekDns,
    /// `category: network_connection`: Sysmon's event 3.
    Sysmon,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A field.
    Field(Field),
    /// `ipv4` or `ipv6`.
    AddressFamily,
    /// What a firewall did, in words.
    Action,
    /// Whether a firewall stopped it.
    Blocked,
    /// `inbound`, `outbound`, `internal`, `external`.
    Direction,
    /// Whether the source opened the connection.
    Initiated,
}

/// A rule's log source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LogSource {
    pub(crate) category: Option<String>,
    pub(crate) product: Option<String>,
    pub(crate) service: Option<String>,
}

impl LogSource {
    /// Whether everything that this says, the other says too.
    pub(crate) fn includes(&self, other: &LogSource) -> bool {
        let fits = |own: &Option<String>, its: &Option<String>| own.is_none() || own == its;
        fits(&self.category, &other.category)
            && fits(&self.product, &other.product)
            && fits(&self.service, &other.service)
    }

    fn text(&self) -> String {
        let parts = [("category", &self.category), ("product", &self.product), ("service", &self.service)];
        let named: Vec<String> = parts
            .into_iter()
            .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name}: {value}")))
            .collect();
        if named.is_empty() { "no log source".to_owned() } else { named.join(", ") }
    }
}

const SOURCES: &str = "flows stand for `category: network` with `service: connection` or `dns`, `category: firewall`, \
    `category: network_connection`, `category: dns`, and `product: zeek` with `service: conn` or `dns`";

impl Naming {
    pub(crate) fn of(source: &LogSource) -> Result<Self, Fault> {
        let (category, product, service) =
            (source.category.as_deref(), source.product.as_deref(), source.service.as_deref());
        match (category, product, service) {
            (None, Some("zeek"), Some("conn")) => Ok(Naming::ZeekConn),
            (None, Some("zeek"), Some("dns")) => Ok(Naming::ZeekDns),
            (Some("network"), _, Some("connection") | None) => Ok(Naming::Connection),
            (Some("network"), _, Some("dns")) | (Some("dns" | "dns_query"), _, None) => Ok(Naming::Dns),
            (Some("firewall"), _, _) => Ok(Naming::Firewall),
            (Some("network_connection"), _, _) => Ok(Naming::Sysmon),
            _ => Err(Fault::refused(format!("flows do not stand for this log source ({})", source.text()))
                .help(SOURCES)
                .near("logsource")),
        }
    }

    /// The records that the log source is about.
    pub(crate) fn scope(self) -> Expr {
        let kind = |name: &str| Expr::is(Field::Kind, Item::Text(name.to_owned()));
        match self {
            Naming::Firewall => Expr::or([kind("flow"), kind("event")]),
            _ => kind("flow"),
        }
    }

    /// What a field name stands for.
    pub(crate) fn target(self, name: &str) -> Result<Target, Fault> {
        if let Some(target) = self.own(name).or_else(|| ecs(name)) {
            return Ok(target);
        }
        if let Some(field) = Field::from_name(name) {
            return Ok(Target::Field(field));
        }
        let refused = Fault::refused(format!("needs `{name}`, which flows do not have")).near(name);
        Err(match reason(name).map(str::to_owned).or_else(|| nearest(name)) {
            Some(help) => refused.help(help),
            None => refused,
        })
    }

    /// The field that a name stands for, for keys and numbers.
    pub(crate) fn field(self, name: &str) -> Result<Field, Fault> {
        match self.target(name)? {
            Target::Field(field) => Ok(field),
            Target::Direction => Ok(Field::Locality),
            _ => Err(Fault::error(format!("`{name}` cannot be counted or grouped by")).near(name)),
        }
    }

    fn own(self, name: &str) -> Option<Target> {
        let field = match (self, name) {
            (Naming::ZeekConn | Naming::ZeekDns, _) => match name {
                "ts" => Field::Time,
                "id.orig_h" => Field::SrcIp,
                "id.orig_p" => Field::SrcPort,
                "id.resp_h" => Field::DstIp,
                "id.resp_p" => Field::DstPort,
                "proto" => Field::Protocol,
                "service" => Field::Service,
                "duration" => Field::Duration,
                "orig_bytes" | "orig_ip_bytes" => Field::Bytes,
                "orig_pkts" => Field::Packets,
                "resp_bytes" | "resp_ip_bytes" => Field::ResponderBytes,
                "resp_pkts" => Field::ResponderPackets,
                "orig_l2_addr" => Field::SrcMac,
                "resp_l2_addr" => Field::DstMac,
                "community_id" => Field::CommunityId,
                "query" => Field::DnsQuery,
                _ => return None,
            },
            (Naming::Dns, "query" | "QueryName") => Field::DnsQuery,
            (Naming::Firewall, "action" | "event.action") => return Some(Target::Action),
            (Naming::Firewall, "blocked") => return Some(Target::Blocked),
            (Naming::Firewall, "username") => Field::User,
            (Naming::Firewall, "proto" | "transport") => Field::Protocol,
            (Naming::Sysmon, "Initiated") => return Some(Target::Initiated),
            (Naming::Sysmon, "DestinationPortName") => Field::Service,
            _ => return None,
        };
        Some(Target::Field(field))
    }
}

/// ECS names whose meaning for a connection is not the one in the field table. A flow is one direction: what its source
/// sent are its own counters.
fn ecs(name: &str) -> Option<Target> {
    Some(match name {
        "source.bytes" => Target::Field(Field::Bytes),
        "source.packets" => Target::Field(Field::Packets),
        "network.transport" => Target::Field(Field::Protocol),
        "network.protocol" => Target::Field(Field::Service),
        "network.type" => Target::AddressFamily,
        "network.direction" => Target::Direction,
        "event.action" => Target::Action,
        _ => return None,
    })
}

/// Why there is no such field, where that needs saying.
fn reason(name: &str) -> Option<&'static str> {
    Some(match name {
        "network.state" | "network.history" | "conn_state" | "history" => {
            "it tells of both directions of a connection; a flow has `tcp_flags` of one, as in `tcp_flags|contains: syn`"
        }
        "Image" | "CommandLine" | "ParentImage" | "ProcessId" => "it is known only on the host itself",
        "DestinationHostname" | "SourceHostname" => {
            "use addresses, or `tls_sni`, `http_host` and `dns_query` where the exporter tells them"
        }
        "record_type" | "answer" | "dns.question.type" | "dns.answers.data" | "dns.response.code" => {
            "exporters tell the name asked for (`dns_query`) at most"
        }
        _ => return None,
    })
}

fn nearest(name: &str) -> Option<String> {
    if name.len() > 64 {
        return None;
    }
    let lower = name.to_lowercase();
    Field::all()
        .flat_map(|field| [field.name(), field.info().ecs])
        .filter(|candidate| !candidate.is_empty())
        .map(|candidate| (strsim::jaro_winkler(&lower, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.88)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
}
