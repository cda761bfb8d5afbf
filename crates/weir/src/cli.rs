//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use weir_ingest::ListenAddress;
use weir_schema::Table;

/// Collects NetFlow, IPFIX and sFlow, keeps the flows, and answers: what is on my network, and who is attacking it?
#[derive(Debug, Parser)]
#[command(name = "weir", version, disable_help_subcommand = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Collect, keep and show flows
    Serve(Serve),
    /// Send realistic flow exports to a collector
    Generate(weir_generate::GenerateArgs),
    /// Read captures (pcap, pcapng, raw payloads, IPFIX files) into the store
    Load(Load),
    /// Print what captures hold, record by record, as JSON
    Decode(Decode),
    /// Sum up flows: by fields, over time, top N
    Query(Query),
    /// Print flow records, events or counters, newest first
    Flows(Flows),
    /// List alerts, show one, and say what is done about them
    Alerts(Alerts),
    /// Try out the channels that tell others about alerts
    Notify(Notify),
    /// Print the field table
    Fields,
    /// Look for what is wrong with the machine, the server and its exporters, and say how to mend it
    Doctor(Doctor),
    /// List, check, put together and copy the segments of a data directory
    Store(Store),
    /// List, check, explain and test detection rules (Sigma)
    Rules(Rules),
    /// Say what a rule would have noticed in the flows that are stored
    Hunt(Hunt),
    /// Check or show the configuration
    Config(Config),
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Configuration file (TOML); Weir runs without one
    #[arg(long, value_name = "FILE", env = "WEIR_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Data directory [default: ./weir-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Where to take flow exports: ADDR:PORT (UDP, any protocol), tcp://ADDR:PORT or tls://ADDR:PORT (IPFIX); may be
    /// repeated, and then replaces all of [default: UDP ports 2055, 4739, 6343, 9995 and TCP port 4739]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Vec<ListenAddress>,
    /// Address of the UI and API [default: 127.0.0.1:8044]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) http: Option<SocketAddr>,
    /// Send demo traffic to itself
    #[arg(long)]
    pub(crate) demo: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Load {
    /// Files to read, in this order
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Data directory
    #[arg(long, value_name = "DIR", default_value = "./weir-data")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Decode {
    /// Files to read, in this order, as one stream: pcap, pcapng, raw payloads, IPFIX files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Sum up each file on stderr
    #[arg(long)]
    pub(crate) stats: bool,
}

/// Where rows are asked for.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// Ask a running server [default: the one of ./weir-data, else http://127.0.0.1:8044]
    #[arg(long, value_name = "URL", conflicts_with = "data")]
    pub(crate) url: Option<String>,
    /// Read a data directory, also beside a running server
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// Which rows.
#[derive(Debug, Args)]
pub(crate) struct Scope {
    /// Table: flows (and events), or the counters of interfaces and exporters
    #[arg(long, value_enum, default_value_t = TableName::Flows)]
    pub(crate) table: TableName,
    /// Filter, like: src_ip in 10.0.0.0/8 and dst_port = 443
    #[arg(value_name = "FILTER")]
    pub(crate) filter: Option<String>,
    /// Length of the range up to now, like 15m, 6h, 30d [default: 1h]
    #[arg(long, value_name = "TIME", conflicts_with_all = ["from", "to"])]
    pub(crate) last: Option<String>,
    /// Start of the range: RFC 3339, `now-6h`, or milliseconds since 1970
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// End of the range, exclusive [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Query {
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// Fields to group by
    #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
    pub(crate) by: Vec<String>,
    /// What to add up: bytes, packets, flows, rows (events too), bytes_scaled, packets_scaled, unique(FIELD),
    /// sum|min|max|avg(FIELD) [default: bytes,packets,flows; of counters: sum(delta),max(value),rows]
    #[arg(long, value_name = "MEASURES", value_delimiter = ',')]
    pub(crate) measure: Vec<String>,
    /// Length of time buckets, like 1m
    #[arg(long, value_name = "TIME")]
    pub(crate) every: Option<String>,
    /// Only the N largest groups
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<usize>,
    /// Measure to order by [default: the first]
    #[arg(long, value_name = "MEASURE")]
    pub(crate) order: Option<String>,
    #[command(flatten)]
    pub(crate) target: Target,
}

#[derive(Debug, Args)]
pub(crate) struct Flows {
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// Fields to print [default: the usual ones in a table, all that are present elsewhere]
    #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// Records to print
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) target: Target,
}

/// Tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableName {
    /// Flow records and events
    Flows,
    /// Counters of interfaces and exporters
    Counters,
}

impl From<TableName> for Table {
    fn from(name: TableName) -> Self {
        match name {
            TableName::Flows => Table::Flows,
            TableName::Counters => Table::Counters,
        }
    }
}

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a person
    Table,
    /// One object: {"rows":[…],"meta":{…}}
    Json,
    /// One object a line
    Ndjson,
    /// Comma-separated, with a heading
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Examine this server [default: the one of ./weir-data, else http://127.0.0.1:8044, if it answers]
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Configuration file (TOML) of a server that does not run
    #[arg(long, value_name = "FILE", env = "WEIR_CONFIG", conflicts_with = "url")]
    pub(crate) config: Option<PathBuf>,
    /// Examine this data directory, and the server that runs on it, if one does [default: ./weir-data]
    #[arg(long, value_name = "DIR", conflicts_with = "url")]
    pub(crate) data: Option<PathBuf>,
    /// Mend what a kernel setting mends (needs root), keep it in /etc/sysctl.d, and say what was changed
    #[arg(long)]
    pub(crate) apply: bool,
    /// Flows a second that are to come: above 75000 the kernel's settings should be larger [default: what the server
    /// measured]
    #[arg(long, value_name = "N")]
    pub(crate) rate: Option<u64>,
    /// How to print
    #[arg(long, value_enum, default_value_t = DoctorFormat::Table)]
    pub(crate) format: DoctorFormat,
    /// Where the kernel's settings are
    #[arg(long, value_name = "DIR", default_value = "/proc/sys", hide = true)]
    pub(crate) proc_sys: PathBuf,
    /// Where settings are kept over a restart of the machine
    #[arg(long, value_name = "DIR", default_value = "/etc/sysctl.d", hide = true)]
    pub(crate) sysctl_dir: PathBuf,
}

/// Output formats of `doctor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DoctorFormat {
    /// For a person
    Table,
    /// One object: {"server":…,"checks":[…],"findings":[…]}
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Store {
    #[command(subcommand)]
    pub(crate) action: StoreAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoreAction {
    /// List the segments, also beside a running server
    Ls(StoreLs),
    /// Read every segment and say which are damaged (exit code 1 then), also beside a running server
    Verify(StoreVerify),
    /// Put all segments together that are not yet, sorted by address; of a running server with `--url`
    Compact(StoreCompact),
    /// Copy the rows of a range to Parquet files, also beside a running server
    Export(StoreExport),
}

#[derive(Debug, Args)]
pub(crate) struct StoreLs {
    /// Data directory
    #[arg(long, value_name = "DIR", default_value = "./weir-data")]
    pub(crate) data: PathBuf,
    /// Only this table
    #[arg(long, value_enum)]
    pub(crate) table: Option<TableName>,
    /// How to print
    #[arg(long, value_enum, default_value_t = StoreFormat::Table)]
    pub(crate) format: StoreFormat,
}

/// Output formats of `store ls`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreFormat {
    /// For a person
    Table,
    /// One object: {"segments":[…]}
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct StoreVerify {
    /// Data directory
    #[arg(long, value_name = "DIR", default_value = "./weir-data")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct StoreCompact {
    /// Let a running server do it, in the background
    #[arg(long, value_name = "URL", conflicts_with = "data")]
    pub(crate) url: Option<String>,
    /// Data directory, on which no server may run
    #[arg(long, value_name = "DIR", default_value = "./weir-data")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct StoreExport {
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// Folder for the files, which is made if it is not there; a file that is there already is not touched
    #[arg(long, value_name = "FOLDER")]
    pub(crate) into: PathBuf,
    /// Data directory
    #[arg(long, value_name = "DIR", default_value = "./weir-data")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Rules {
    #[command(subcommand)]
    pub(crate) action: RulesAction,
    /// Configuration file (TOML), for the sets that placeholders (`%servers%`) stand for
    #[arg(long, value_name = "FILE", env = "WEIR_CONFIG", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = RulesFormat::Table, global = true)]
    pub(crate) format: RulesFormat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesAction {
    /// List the rules: those that come with Weir, and those of a folder
    Ls {
        /// Folder or file with rules beside the built-in ones
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
    },
    /// Say what is wrong with rules (exit code 1 then)
    Check {
        /// Folder or file [default: the built-in rules]
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
    },
    /// Say what a rule looks for, as filters over flows
    Explain {
        /// Its id or name
        #[arg(value_name = "RULE")]
        rule: String,
        /// Folder or file with rules beside the built-in ones
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
    },
    /// Run the tests of rules: the files that end in `.toml` (exit code 1 if one fails)
    Test {
        /// Folder with rules and their tests [default: the built-in ones]
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
    },
    /// Propose a filter out of a rule's alerts that were benign or false, checked against the flows that are stored
    Tune(Tune),
}

#[derive(Debug, Args)]
pub(crate) struct Hunt {
    /// Id or name of a rule, a correlation or an analytic; or a file with Sigma documents, of which the last is meant
    #[arg(value_name = "RULE|FILE")]
    pub(crate) rule: String,
    /// Length of the range up to now, like 24h, 30d [default: 30d]
    #[arg(long, value_name = "TIME", conflicts_with_all = ["from", "to"])]
    pub(crate) last: Option<String>,
    /// Start of the range: RFC 3339, `now-6h`, or milliseconds since 1970
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// End of the range, exclusive [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Option<String>,
    /// Say as well what other thresholds would have come to
    #[arg(long)]
    pub(crate) sweep: bool,
    /// Ask a running server [default: the one of ./weir-data, else http://127.0.0.1:8044]
    #[arg(long, value_name = "URL", conflicts_with = "data")]
    pub(crate) url: Option<String>,
    /// Read a data directory, also beside a running server
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Configuration file (TOML), for rules and sets when a data directory is read
    #[arg(long, value_name = "FILE", env = "WEIR_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = RulesFormat::Table)]
    pub(crate) format: RulesFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Tune {
    /// Its id or name
    #[arg(value_name = "RULE")]
    pub(crate) rule: String,
    /// Length of the range up to now, like 24h, 30d [default: 30d]
    #[arg(long, value_name = "TIME")]
    pub(crate) last: Option<String>,
    /// Put the filter into the folder of rules; refused when it would drop a true positive
    #[arg(long)]
    pub(crate) write: bool,
    /// Ask a running server [default: the one of ./weir-data, else http://127.0.0.1:8044]
    #[arg(long, value_name = "URL", conflicts_with = "data")]
    pub(crate) url: Option<String>,
    /// Read a data directory, also beside a running server
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// Output formats of `rules` and `hunt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesFormat {
    /// For a person
    Table,
    /// One object
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Alerts {
    #[command(subcommand)]
    pub(crate) action: AlertsAction,
    /// Ask this server [default: the one of ./weir-data, else http://127.0.0.1:8044]
    #[arg(long, value_name = "URL", global = true)]
    pub(crate) url: Option<String>,
    /// Who does it, for the history
    #[arg(
        long,
        value_name = "NAME",
        env = "USER",
        default_value = "local",
        hide_env_values = true,
        global = true
    )]
    pub(crate) who: String,
    /// How to print
    #[arg(long, value_enum, default_value_t = AlertsFormat::Table, global = true)]
    pub(crate) format: AlertsFormat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AlertsAction {
    /// List alerts, those that asked for attention last first
    Ls(AlertsLs),
    /// Show one alert, with its history and what has to do with it
    Show {
        /// Its number
        #[arg(value_name = "ID")]
        id: i64,
    },
    /// Say that somebody looks at alerts
    Ack {
        /// Their numbers
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
    },
    /// Say what alerts turned out to be
    Close {
        /// Their numbers
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
        /// What they turned out to be
        #[arg(long, value_enum)]
        verdict: VerdictName,
        /// Why; needed for more than one alert
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Open alerts again
    Reopen {
        /// Their numbers
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Give alerts an owner, or none without `--to`
    Assign {
        /// Their numbers
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
        /// The owner
        #[arg(long, value_name = "NAME")]
        to: Option<String>,
    },
    /// Write something down on alerts
    Note {
        /// Their numbers
        #[arg(required = true, value_name = "ID")]
        ids: Vec<i64>,
        /// What
        #[arg(long, value_name = "TEXT")]
        text: String,
    },
    /// Keep alerts out of sight for a time: make, list and end suppressions
    Suppress {
        #[command(subcommand)]
        action: SuppressAction,
    },
    /// Take an action back, within 30 seconds
    Undo {
        /// What the action printed
        #[arg(value_name = "TOKEN")]
        token: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SuppressAction {
    /// Hide alerts that meet every condition given; says what that would have hidden in the last 30 days
    Add(SuppressAdd),
    /// List suppressions, the newest first
    Ls {
        /// With those that have ended
        #[arg(long)]
        all: bool,
    },
    /// End a suppression; what it hid is shown again
    Rm {
        /// Its number
        #[arg(value_name = "ID")]
        id: i64,
    },
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
pub(crate) struct SuppressAdd {
    /// What this alert is about: its rule and its entity
    #[arg(long, value_name = "ID", group = "what", conflicts_with_all = ["rules", "entity", "networks", "filter"])]
    pub(crate) alert: Option<i64>,
    /// Of this rule, by id; of several, one is enough
    #[arg(long = "rule", value_name = "RULE", group = "what")]
    pub(crate) rules: Vec<String>,
    /// About an entity with this value, like src_ip=10.0.0.1; of several, all are needed
    #[arg(long, value_name = "FIELD=VALUE", group = "what")]
    pub(crate) entity: Vec<String>,
    /// About an entity with an address in this network; of several, one is enough
    #[arg(long = "network", value_name = "NETWORK", group = "what")]
    pub(crate) networks: Vec<String>,
    /// About an entity that this filter passes
    #[arg(long, value_name = "FILTER", group = "what")]
    pub(crate) filter: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", required_unless_present = "dry_run")]
    pub(crate) reason: Option<String>,
    /// How long, like 12h or 30d; `never` for without an end
    #[arg(long = "for", value_name = "TIME", default_value = "30d")]
    pub(crate) length: String,
    /// Only say what it would have hidden
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AlertsLs {
    /// open, mine, acknowledged, suppressed, closed or all
    #[arg(long, value_name = "STATE", default_value = "open")]
    pub(crate) state: String,
    /// Only of these levels, like high,critical
    #[arg(long, value_name = "LEVELS")]
    pub(crate) level: Option<String>,
    /// Only of these rules, by id
    #[arg(long, value_name = "RULES")]
    pub(crate) rule: Option<String>,
    /// Only with these ATT&CK techniques
    #[arg(long, value_name = "TECHNIQUES")]
    pub(crate) technique: Option<String>,
    /// Only those that involve this address or network
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) address: Option<String>,
    /// Only of this owner
    #[arg(long, value_name = "NAME")]
    pub(crate) assignee: Option<String>,
    /// Only with this text in title, rule, entity or sentence
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    /// Only with flows in this time up to now, like 24h
    #[arg(long, value_name = "TIME")]
    pub(crate) last: Option<String>,
    /// What comes first: attention, level, risk, last_seen, first_seen or flows
    #[arg(long, value_name = "ORDER")]
    pub(crate) order: Option<String>,
    /// Alerts to print, at most 500
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,
}

/// Output formats of `alerts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AlertsFormat {
    /// For a person
    Table,
    /// One object
    Json,
    /// OCSF Detection Findings, one object a line
    Ocsf,
    /// Elastic Common Schema, one object a line
    Ecs,
    /// Common Event Format, a line each
    Cef,
    /// For a ticket
    Markdown,
}

/// What a closed alert turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerdictName {
    /// It was what the rule says, and unwanted
    TruePositive,
    /// It was what the rule says, and wanted
    Benign,
    /// It was something else
    FalsePositive,
    /// Another alert tells the same
    Duplicate,
}

#[derive(Debug, Args)]
pub(crate) struct Notify {
    #[command(subcommand)]
    pub(crate) action: NotifyAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NotifyAction {
    /// Send a test over a channel of the configuration
    Test {
        /// The channel
        #[arg(value_name = "CHANNEL")]
        channel: String,
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE", env = "WEIR_CONFIG")]
        config: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    pub(crate) action: ConfigAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAction {
    /// Read the configuration and say what is wrong with it
    Check {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE", env = "WEIR_CONFIG")]
        config: Option<PathBuf>,
    },
    /// Print every setting as it would be used
    Show {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE", env = "WEIR_CONFIG")]
        config: Option<PathBuf>,
    },
}
