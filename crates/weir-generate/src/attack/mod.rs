//! Attacks inside the site's traffic: what each technique looks like in flow records, and what a detector is to say of it.
//!
//! An attack is a list of steps, each a conversation and the moment it ends. Attacks begin at a stated second of a cycle and
//! come again in the next one. Whoever attacks from outside has an address for documentation (RFC 5737).

mod command;
mod denial;
mod reach;
mod step;
mod timeline;

pub(crate) use timeline::Timeline;

use crate::error::GenerateError;
use crate::scenario::{self, MIXED, SCENARIOS, Scenario};
use crate::site::Dice;
use step::Play;

/// Seconds after which every attack begins anew.
pub(crate) const CYCLE_S: i64 = 600;

/// One technique at work.
#[derive(Debug)]
pub struct Attack {
    /// What the command line calls it.
    pub name: &'static str,
    /// What happens, for help texts.
    pub about: &'static str,
    /// The ATT&CK technique.
    pub technique: &'static str,
    /// Second of the cycle at which it begins, when all attacks are played.
    begin_s: i64,
    script: fn(&mut Dice, usize) -> Play,
}

/// What a detector is to notice: one line of the file of expected alerts, in the form of a label.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Expected {
    /// [`Attack::name`].
    pub attack: &'static str,
    /// [`Attack::technique`].
    pub technique: &'static str,
    /// The attacker's address; `*` where it is forged or many.
    pub src: String,
    /// The target's address or prefix.
    pub dst: String,
    /// End of the first flow. Nanoseconds since 1970, UTC.
    pub start_ns: i64,
    /// End of the last flow.
    pub end_ns: i64,
}

/// The name of the scenario in which every attack is played.
pub(crate) const ALL: &str = "attacks";

/// The traffic and the attacks that `--scenario` names: a kind of traffic alone, every attack inside of mixed traffic, or
/// one of them.
pub fn find(name: &str) -> Result<(&'static Scenario, &'static [Attack]), GenerateError> {
    if name == ALL {
        return Ok((&MIXED, ATTACKS));
    }
    if let Some(attack) = ATTACKS.iter().find(|attack| attack.name == name) {
        return Ok((&MIXED, std::slice::from_ref(attack)));
    }
    scenario::find(name).map(|scenario| (scenario, &[][..])).map_err(|_| GenerateError::UnknownScenario {
        name: name.to_owned(),
        known: names().collect::<Vec<_>>().join(", "),
    })
}

/// What `--scenario` may be.
pub fn names() -> impl Iterator<Item = &'static str> {
    let kinds = SCENARIOS.iter().map(|scenario| scenario.name);
    kinds.chain([ALL]).chain(ATTACKS.iter().map(|attack| attack.name))
}

/// Every attack.
pub static ATTACKS: &[Attack] = &[
    Attack {
        name: "beacon",
        about: "a workstation calls its controller every few seconds",
        technique: "T1071.001",
        begin_s: 2,
        script: command::beacon,
    },
    Attack {
        name: "port-scan",
        about: "240 ports of one public server are tried from outside",
        technique: "T1046",
        begin_s: 5,
        script: reach::port_scan,
    },
    Attack {
        name: "dns-tunnel",
        about: "a workstation carries data out in DNS queries",
        technique: "T1071.004",
        begin_s: 10,
        script: command::dns_tunnel,
    },
    Attack {
        name: "ssh-guessing",
        about: "passwords are guessed from outside, and one is right",
        technique: "T1110.001",
        begin_s: 15,
        script: reach::ssh_guessing,
    },
    Attack {
        name: "icmp-tunnel",
        about: "a workstation carries data out in pings",
        technique: "T1095",
        begin_s: 20,
        script: command::icmp_tunnel,
    },
    Attack {
        name: "host-sweep",
        about: "a workstation looks for file shares on every server",
        technique: "T1018",
        begin_s: 30,
        script: reach::host_sweep,
    },
    Attack {
        name: "slow-http",
        about: "a web server's connections are held open and used for nothing",
        technique: "T1499.002",
        begin_s: 40,
        script: denial::slow_http,
    },
    Attack {
        name: "syn-flood",
        about: "a web server gets half-open connections from forged addresses",
        technique: "T1498.001",
        begin_s: 60,
        script: denial::syn_flood,
    },
    Attack {
        name: "exfiltration",
        about: "a server sends more than a gigabyte to a stranger",
        technique: "T1048",
        begin_s: 70,
        script: command::exfiltration,
    },
    Attack {
        name: "amplification",
        about: "time servers of others answer questions that were asked in a public server's name",
        technique: "T1498.002",
        begin_s: 95,
        script: denial::amplification,
    },
    Attack {
        name: "lateral",
        about: "the workstation that beacons logs on to many servers, and one of them goes on",
        technique: "T1021.002",
        begin_s: 110,
        script: reach::lateral,
    },
    Attack {
        name: "password-spray",
        about: "a few passwords are tried on each of forty desktops from a workstation",
        technique: "T1110.003",
        begin_s: 150,
        script: reach::password_spray,
    },
];
