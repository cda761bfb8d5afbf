//! The scenarios that `--scenario` names. A new one is an entry in [`SCENARIOS`].

use crate::error::GenerateError;

/// A kind of traffic.
#[derive(Debug)]
pub struct Scenario {
    /// What the command line calls it.
    pub name: &'static str,
    /// What it is, for help texts.
    pub about: &'static str,
    pub(crate) mix: Mix,
}

/// Which services take part.
#[derive(Debug)]
pub(crate) enum Mix {
    /// All, by the hour of the day.
    Everything,
    /// These, by the hour of the day.
    Only(&'static [&'static str]),
    /// All, and on top of them this one with so many conversations of a thousand.
    Mostly(&'static str, u32),
}

/// A site at work: the default.
pub(crate) static MIXED: Scenario = Scenario {
    name: "mixed",
    about: "a site at work: web, mail, DNS, files, databases, voice, backups at night",
    mix: Mix::Everything,
};

/// Every scenario.
pub static SCENARIOS: &[&Scenario] = &[
    &MIXED,
    &Scenario {
        name: "web",
        about: "browsing only: HTTPS, QUIC, HTTP and the DNS queries before them",
        mix: Mix::Only(&["https", "quic", "http", "dns"]),
    },
    &Scenario {
        name: "servers",
        about: "inside the data centre: files, databases, directory, backups, monitoring",
        mix: Mix::Only(&[
            "smb",
            "mysql",
            "postgresql",
            "redis",
            "ldap",
            "kerberos",
            "backup",
            "snmp",
            "syslog",
            "https_alt",
        ]),
    },
    &Scenario { name: "voice", about: "calls and meetings", mix: Mix::Only(&["sip", "rtp", "meeting"]) },
    &Scenario {
        name: "flood",
        about: "the mixed site under a SYN flood from forged addresses",
        mix: Mix::Mostly("flood", 800),
    },
    &Scenario {
        name: "uniform",
        about: "addresses drawn at random from all of IPv4: the worst case for every table",
        mix: Mix::Only(&["uniform"]),
    },
];

/// The scenario of that name.
pub fn find(name: &str) -> Result<&'static Scenario, GenerateError> {
    SCENARIOS.iter().copied().find(|scenario| scenario.name == name).ok_or_else(|| {
        GenerateError::UnknownScenario {
            name: name.to_owned(),
            known: SCENARIOS.iter().map(|scenario| scenario.name).collect::<Vec<_>>().join(", "),
        }
    })
}
