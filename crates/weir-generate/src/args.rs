//! The arguments of `weir generate`: those of nflow-generator, and what it takes to do more.

use std::path::PathBuf;
use std::time::Duration;

use crate::encode::Protocol;

/// Send made-up flows to a collector.
#[derive(Debug, Clone, PartialEq, clap::Args)]
pub struct GenerateArgs {
    /// Collector to send to: a name or an address
    #[arg(short, long, value_name = "HOST", default_value = "127.0.0.1")]
    pub target: String,

    /// UDP port of the collector
    #[arg(short, long, default_value_t = 2055, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,

    /// Export protocol; may be repeated or a list, and `all` is every one
    #[arg(long, value_name = "v5|v9|ipfix|sflow|all", value_delimiter = ',', default_value = "v5")]
    pub protocol: Vec<ProtocolChoice>,

    /// Records a second of all exporters together; 0 is as fast as possible
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub rate: u64,

    /// Stop after exactly this many flow records
    #[arg(short = 'c', long, alias = "flowcount", value_name = "N")]
    pub flow_count: Option<u64>,

    /// Stop after this long, such as `30s`, `10m` or `2h`
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub duration: Option<Duration>,

    /// Exporters: each sends from a socket of its own and, to loopback, from an address of its own
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub exporters: usize,

    /// Same seed, same traffic
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Kind of traffic, or an attack inside of mixed traffic
    #[arg(long, value_name = "NAME", default_value = "mixed", help = scenario_help())]
    pub scenario: String,

    /// Write what a detector is to notice of the attacks to this file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub expect: Option<PathBuf>,

    /// Make most of the traffic this service, such as https, dns or ssh
    #[arg(short, long, value_name = "PROTO")]
    pub spike: Option<String>,

    /// Random interface indexes instead of each network's own
    #[arg(short, long)]
    pub false_index: bool,
}

impl Default for GenerateArgs {
    fn default() -> Self {
        GenerateArgs {
            target: "127.0.0.1".into(),
            port: 2055,
            protocol: vec![ProtocolChoice::One(Protocol::V5)],
            rate: 1000,
            flow_count: None,
            duration: None,
            exporters: 1,
            seed: 1,
            scenario: "mixed".into(),
            expect: None,
            spike: None,
            false_index: false,
        }
    }
}

impl GenerateArgs {
    /// The protocols asked for, each once, in the order first named.
    pub fn protocols(&self) -> Vec<Protocol> {
        let mut protocols = Vec::new();
        for choice in &self.protocol {
            let named = match choice {
                ProtocolChoice::All => &Protocol::ALL[..],
                ProtocolChoice::One(protocol) => std::slice::from_ref(protocol),
            };
            for protocol in named {
                if !protocols.contains(protocol) {
                    protocols.push(*protocol);
                }
            }
        }
        protocols
    }
}

/// A value of `--protocol`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProtocolChoice {
    /// Every protocol.
    All,
    /// This one.
    One(Protocol),
}

impl clap::ValueEnum for ProtocolChoice {
    fn value_variants<'a>() -> &'a [Self] {
        use ProtocolChoice::{All, One};
        &[One(Protocol::V5), One(Protocol::V9), One(Protocol::Ipfix), One(Protocol::Sflow), All]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        match self {
            ProtocolChoice::All => Some(clap::builder::PossibleValue::new("all")),
            ProtocolChoice::One(protocol) => protocol.to_possible_value(),
        }
    }
}

fn scenario_help() -> String {
    let known: Vec<&str> = crate::scenario_names().collect();
    format!("Kind of traffic, or an attack inside of mixed traffic: {}", known.join(", "))
}

/// A number and its unit; seconds without one.
fn parse_duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let seconds: f64 = number.parse().map_err(|_| format!("`{text}` does not start with a number"))?;
    let scale = match unit.trim() {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        other => return Err(format!("unknown unit `{other}`; use ms, s, m, h or d")),
    };
    Duration::try_from_secs_f64(seconds * scale).map_err(|_| format!("`{text}` is too long"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: GenerateArgs,
    }

    fn parse(line: &str) -> Result<GenerateArgs, clap::Error> {
        let words = std::iter::once("generate").chain(line.split_whitespace());
        Command::try_parse_from(words).map(|command| command.args)
    }

    #[test]
    fn no_arguments_give_the_default() {
        assert_eq!(parse("").unwrap(), GenerateArgs::default());
    }

    #[test]
    fn takes_what_nflow_generator_takes() {
        let args = parse("-t 10.0.0.9 -p 9995 --flow-count 50 --spike ssh --false-index").unwrap();
        assert_eq!((args.target.as_str(), args.port, args.flow_count), ("10.0.0.9", 9995, Some(50)));
        assert_eq!((args.spike.as_deref(), args.false_index), (Some("ssh"), true));
    }

    #[test]
    fn protocols_repeat_list_and_all() {
        let protocols = |line| parse(line).unwrap().protocols();
        assert_eq!(protocols("--protocol ipfix --protocol v5"), [Protocol::Ipfix, Protocol::V5]);
        assert_eq!(protocols("--protocol v9,v9,sflow"), [Protocol::V9, Protocol::Sflow]);
        assert_eq!(protocols("--protocol all"), Protocol::ALL);
        assert!(parse("--protocol v7").is_err());
    }

    #[test]
    fn help_names_every_scenario() {
        use clap::CommandFactory;
        let help = Command::command().render_long_help().to_string();
        for name in crate::scenario_names() {
            assert!(help.contains(name), "{name}");
        }
    }

    #[test]
    fn durations_have_units() {
        for (text, seconds) in [("1.5s", 1.5), ("90", 90.0), ("2m", 120.0), ("250ms", 0.25)] {
            assert_eq!(parse_duration(text).unwrap(), Duration::from_secs_f64(seconds));
        }
        assert!(parse_duration("1 fortnight").is_err());
        assert!(parse_duration("soon").is_err());
    }
}
