//! What can be set about notifications: channels by kind and name, and the routes that lead to them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use weir_alert::{Cause, Shape};
use weir_config::{Interval, Prefix};
use weir_sigma::Level;

use crate::secret::{Secret, Value};

/// Notifications: who is told of alerts, and how. Nobody is, unless a channel and a route are set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NotifyConfig {
    /// Where people reach this Weir, like `https://weir.example.net`: messages then have links.
    pub url: Option<String>,
    /// A notification that could not be delivered for so long is given up, and counted.
    pub give_up: Interval,
    /// Webhooks, by name.
    pub webhook: BTreeMap<String, WebhookConfig>,
    /// Slack-compatible webhooks, by name.
    pub slack: BTreeMap<String, SlackConfig>,
    /// Alertmanagers, by name.
    pub alertmanager: BTreeMap<String, AlertmanagerConfig>,
    /// Syslog receivers, by name.
    pub syslog: BTreeMap<String, SyslogConfig>,
    /// E-mail, by name.
    pub email: BTreeMap<String, EmailConfig>,
    /// Which alerts go where.
    pub routes: Vec<RouteConfig>,
}

impl Default for NotifyConfig {
    fn default() -> Self {
        Self {
            url: None,
            give_up: Interval(Duration::from_hours(24)),
            webhook: BTreeMap::new(),
            slack: BTreeMap::new(),
            alertmanager: BTreeMap::new(),
            syslog: BTreeMap::new(),
            email: BTreeMap::new(),
            routes: Vec::new(),
        }
    }
}

/// A webhook: an HTTP POST with a JSON body, as a table `[notify.webhook.NAME]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Where to; needed. As it is, or `env:NAME`, or `file:PATH`.
    pub url: Value,
    /// Signs each request: `env:NAME` or `file:PATH`. Without it requests are not signed.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// The header `Authorization`: `env:NAME` or `file:PATH`.
    #[serde(default)]
    pub authorization: Option<Secret>,
    /// The body as a template (Jinja's syntax) that gives JSON. Without it the body has the alert as an OCSF finding.
    #[serde(default)]
    pub template: Option<String>,
    /// File with the authorities (PEM) that sign the receiver's certificate, in place of the system's.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// How long a request may take; 10s by default.
    #[serde(default = "ten_seconds")]
    pub timeout: Interval,
    /// Messages in a minute; what is more is told together in one. 0 by default: no limit.
    #[serde(default)]
    pub per_minute: u32,
}

/// A chat that takes Slack's incoming webhooks (Slack, Mattermost, Rocket.Chat), as a table `[notify.slack.NAME]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlackConfig {
    /// Where to; needed. Whoever knows it can write, so it is a secret: `env:NAME` or `file:PATH`.
    pub url: Secret,
    /// File with the authorities (PEM) that sign the receiver's certificate, in place of the system's.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// How long a request may take; 10s by default.
    #[serde(default = "ten_seconds")]
    pub timeout: Interval,
    /// Messages in a minute; what is more is told together in one. 10 by default, 0: no limit.
    #[serde(default = "ten")]
    pub per_minute: u32,
}

/// Prometheus' Alertmanager (API v2), as a table `[notify.alertmanager.NAME]`. It is told of closed alerts too: they end there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertmanagerConfig {
    /// Where it is; needed: `http://alertmanager:9093`.
    pub url: Value,
    /// The header `Authorization`: `env:NAME` or `file:PATH`.
    #[serde(default)]
    pub authorization: Option<Secret>,
    /// Labels that every alert gets.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// How long an alert lasts there unless Weir tells of it again; 4h by default.
    #[serde(default = "four_hours")]
    pub hold: Interval,
    /// File with the authorities (PEM) that sign the receiver's certificate, in place of the system's.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// How long a request may take; 10s by default.
    #[serde(default = "ten_seconds")]
    pub timeout: Interval,
}

/// How syslog messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// A datagram each; nobody says whether it arrived.
    #[default]
    Udp,
    /// A stream, with the length before each message (RFC 6587).
    Tcp,
    /// The same over TLS (RFC 5425).
    Tls,
}

/// The body of a syslog message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SyslogFormat {
    /// Common Event Format.
    #[default]
    Cef,
    /// An OCSF finding.
    Json,
    /// Elastic Common Schema.
    Ecs,
}

impl SyslogFormat {
    pub(crate) fn shape(self) -> Shape {
        match self {
            Self::Cef => Shape::Cef,
            Self::Json => Shape::Ocsf,
            Self::Ecs => Shape::Ecs,
        }
    }
}

/// A syslog receiver (RFC 5424), as a table `[notify.syslog.NAME]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyslogConfig {
    /// Where to; needed: `HOST:PORT`.
    pub address: String,
    /// `udp` (the default), `tcp` or `tls`.
    #[serde(default)]
    pub transport: Transport,
    /// The body: `cef` (the default), `json` (an OCSF finding) or `ecs`.
    #[serde(default)]
    pub format: SyslogFormat,
    /// Facility, 0 to 23; 16 by default: local0.
    #[serde(default = "local0")]
    pub facility: u8,
    /// Name of this host in messages; the system's by default.
    #[serde(default)]
    pub hostname: Option<String>,
    /// File with the authorities (PEM) that sign the receiver's certificate, in place of the system's.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// How long connecting and sending may take; 10s by default.
    #[serde(default = "ten_seconds")]
    pub timeout: Interval,
    /// Messages in a minute; what is more is told together in one. 0 by default: no limit.
    #[serde(default)]
    pub per_minute: u32,
}

/// How a connection to a mail server is kept from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte, usually on port 465.
    Tls,
    /// A plain connection that becomes TLS before anything is said, usually on port 587; refused where it cannot.
    #[default]
    Starttls,
    /// None: for a mail server on this machine.
    None,
}

/// E-mail over SMTP, as a table `[notify.email.NAME]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailConfig {
    /// The mail server; needed: `mail.example.net`.
    pub server: String,
    /// Its port; by default 465 for `tls`, 587 for `starttls`, 25 for `none`.
    #[serde(default)]
    pub port: Option<u16>,
    /// `starttls` (the default), `tls` or `none`.
    #[serde(default)]
    pub security: Security,
    /// The user, where the server wants one.
    #[serde(default)]
    pub user: Option<String>,
    /// The user's password: `env:NAME` or `file:PATH`.
    #[serde(default)]
    pub password: Option<Secret>,
    /// The sender; needed: `weir@example.net`.
    pub from: String,
    /// The receivers; needed.
    pub to: Vec<String>,
    /// File with the authorities (PEM) that sign the server's certificate, beside the system's.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// How long each step may take; 10s by default.
    #[serde(default = "ten_seconds")]
    pub timeout: Interval,
    /// Messages in a minute; what is more is told together in one. 10 by default, 0: no limit.
    #[serde(default = "ten")]
    pub per_minute: u32,
}

/// Which alerts go to which channels. An alert must meet all that is set; every route is tried, and a channel gets a
/// notification once however many routes lead to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RouteConfig {
    /// The channels, by name.
    pub channels: Vec<String>,
    /// This level or a higher one.
    pub min_level: Level,
    /// Of one of these rules, by id.
    pub rules: Vec<String>,
    /// Of a rule with one of these tags: `attack.t1110`, which stands for its sub-techniques too.
    pub tags: Vec<String>,
    /// About an address in one of these networks.
    pub networks: Vec<Prefix>,
    /// What happened: `new`, `escalated` (ten times as much, or a higher level), `reopened`, `closed`.
    pub states: Vec<Cause>,
}

impl Default for RouteConfig {
    fn default() -> Self {
        Self {
            channels: Vec::new(),
            min_level: Level::Informational,
            rules: Vec::new(),
            tags: Vec::new(),
            networks: Vec::new(),
            states: vec![Cause::New, Cause::Escalated, Cause::Reopened],
        }
    }
}

fn ten_seconds() -> Interval {
    Interval(Duration::from_secs(10))
}

fn four_hours() -> Interval {
    Interval(Duration::from_hours(4))
}

fn ten() -> u32 {
    10
}

fn local0() -> u8 {
    16
}
