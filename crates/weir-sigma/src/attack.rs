//! MITRE ATT&CK: the tactics, and the techniques that network traffic can show.
//!
//! Names and numbers are those of ATT&CK for Enterprise 18.1. The table has the techniques whose detection ATT&CK bases on
//! network flows (its data component DC0078), and those that the rules of Weir name besides.

/// The version of ATT&CK that the table is of.
pub const ATTACK_VERSION: &str = "18.1";

/// What MITRE asks to be said where ATT&CK is shown.
pub const ATTACK_ATTRIBUTION: &str = "© 2025 The MITRE Corporation. This work is reproduced and distributed with the \
    permission of The MITRE Corporation. ATT&CK is a registered trademark of The MITRE Corporation.";

/// What somebody is after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tactic {
    /// Its number: `TA0007`.
    pub id: &'static str,
    /// Its name in tags and layers: `lateral-movement`.
    pub tag: &'static str,
    /// Its name for people.
    pub name: &'static str,
}

/// How somebody goes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Technique {
    /// Its number: `T1110.001`.
    pub id: &'static str,
    /// Its name; of a sub-technique without that of its technique.
    pub name: &'static str,
    /// The tags of the tactics that it serves.
    tactics: &'static [&'static str],
}

impl Technique {
    /// The technique of an id, if the table has it.
    pub fn of(id: &str) -> Option<&'static Technique> {
        TECHNIQUES.iter().find(|technique| technique.id == id)
    }

    /// Every technique of the table, in the order of their ids.
    pub fn all() -> &'static [Technique] {
        TECHNIQUES
    }

    /// The id of the technique that it is a part of.
    pub fn parent(&self) -> Option<&'static str> {
        self.id.split_once('.').map(|(parent, _)| parent)
    }

    /// The tactics that it serves, in the order of the matrix.
    pub fn tactics(&self) -> impl Iterator<Item = &'static Tactic> {
        Tactic::all().iter().filter(|tactic| self.tactics.contains(&tactic.tag))
    }
}

impl Tactic {
    /// Every tactic, in the order of the matrix.
    pub fn all() -> &'static [Tactic] {
        TACTICS
    }
}

const TACTICS: &[Tactic] = &[
    Tactic { id: "TA0043", tag: "reconnaissance", name: "Reconnaissance" },
    Tactic { id: "TA0042", tag: "resource-development", name: "Resource Development" },
    Tactic { id: "TA0001", tag: "initial-access", name: "Initial Access" },
    Tactic { id: "TA0002", tag: "execution", name: "Execution" },
    Tactic { id: "TA0003", tag: "persistence", name: "Persistence" },
    Tactic { id: "TA0004", tag: "privilege-escalation", name: "Privilege Escalation" },
    Tactic { id: "TA0005", tag: "defense-evasion", name: "Defense Evasion" },
    Tactic { id: "TA0006", tag: "credential-access", name: "Credential Access" },
    Tactic { id: "TA0007", tag: "discovery", name: "Discovery" },
    Tactic { id: "TA0008", tag: "lateral-movement", name: "Lateral Movement" },
    Tactic { id: "TA0009", tag: "collection", name: "Collection" },
    Tactic { id: "TA0011", tag: "command-and-control", name: "Command and Control" },
    Tactic { id: "TA0010", tag: "exfiltration", name: "Exfiltration" },
    Tactic { id: "TA0040", tag: "impact", name: "Impact" },
];

const fn technique(id: &'static str, name: &'static str, tactics: &'static [&'static str]) -> Technique {
    Technique { id, name, tactics }
}

const RECON: &[&str] = &["reconnaissance"];
const ACCESS: &[&str] = &["initial-access"];
const CREDENTIALS: &[&str] = &["credential-access"];
const MIDDLE: &[&str] = &["credential-access", "collection"];
const DISCOVERY: &[&str] = &["discovery"];
const LATERAL: &[&str] = &["lateral-movement"];
const COLLECTION: &[&str] = &["collection"];
const CONTROL: &[&str] = &["command-and-control"];
const SIGNAL: &[&str] = &["defense-evasion", "persistence", "command-and-control"];
const EXFILTRATION: &[&str] = &["exfiltration"];
const EVASION: &[&str] = &["defense-evasion"];
const IMPACT: &[&str] = &["impact"];

const TECHNIQUES: &[Technique] = &[
    technique("T1008", "Fallback Channels", CONTROL),
    technique("T1011", "Exfiltration Over Other Network Medium", EXFILTRATION),
    technique("T1016", "System Network Configuration Discovery", DISCOVERY),
    technique("T1016.001", "Internet Connection Discovery", DISCOVERY),
    technique("T1018", "Remote System Discovery", DISCOVERY),
    technique("T1020", "Automated Exfiltration", EXFILTRATION),
    technique("T1020.001", "Traffic Duplication", EXFILTRATION),
    technique("T1021", "Remote Services", LATERAL),
    technique("T1021.001", "Remote Desktop Protocol", LATERAL),
    technique("T1021.002", "SMB/Windows Admin Shares", LATERAL),
    technique("T1021.003", "Distributed Component Object Model", LATERAL),
    technique("T1021.004", "SSH", LATERAL),
    technique("T1021.005", "VNC", LATERAL),
    technique("T1021.006", "Windows Remote Management", LATERAL),
    technique("T1029", "Scheduled Transfer", EXFILTRATION),
    technique("T1030", "Data Transfer Size Limits", EXFILTRATION),
    technique("T1039", "Data from Network Shared Drive", COLLECTION),
    technique("T1041", "Exfiltration Over C2 Channel", EXFILTRATION),
    technique("T1046", "Network Service Discovery", DISCOVERY),
    technique("T1048", "Exfiltration Over Alternative Protocol", EXFILTRATION),
    technique("T1048.001", "Exfiltration Over Symmetric Encrypted Non-C2 Protocol", EXFILTRATION),
    technique("T1048.002", "Exfiltration Over Asymmetric Encrypted Non-C2 Protocol", EXFILTRATION),
    technique("T1048.003", "Exfiltration Over Unencrypted Non-C2 Protocol", EXFILTRATION),
    technique("T1059", "Command and Scripting Interpreter", &["execution"]),
    technique("T1059.004", "Unix Shell", &["execution"]),
    technique("T1071", "Application Layer Protocol", CONTROL),
    technique("T1071.001", "Web Protocols", CONTROL),
    technique("T1071.002", "File Transfer Protocols", CONTROL),
    technique("T1071.003", "Mail Protocols", CONTROL),
    technique("T1071.004", "DNS", CONTROL),
    technique("T1071.005", "Publish/Subscribe Protocols", CONTROL),
    technique("T1072", "Software Deployment Tools", &["execution", "lateral-movement"]),
    technique("T1074", "Data Staged", COLLECTION),
    technique(
        "T1078",
        "Valid Accounts",
        &["initial-access", "persistence", "privilege-escalation", "defense-evasion"],
    ),
    technique("T1087", "Account Discovery", DISCOVERY),
    technique("T1087.002", "Domain Account", DISCOVERY),
    technique("T1090", "Proxy", CONTROL),
    technique("T1090.001", "Internal Proxy", CONTROL),
    technique("T1090.002", "External Proxy", CONTROL),
    technique("T1090.003", "Multi-hop Proxy", CONTROL),
    technique("T1095", "Non-Application Layer Protocol", CONTROL),
    technique("T1102", "Web Service", CONTROL),
    technique("T1102.001", "Dead Drop Resolver", CONTROL),
    technique("T1102.002", "Bidirectional Communication", CONTROL),
    technique("T1102.003", "One-Way Communication", CONTROL),
    technique("T1104", "Multi-Stage Channels", CONTROL),
    technique("T1105", "Ingress Tool Transfer", CONTROL),
    technique("T1110", "Brute Force", CREDENTIALS),
    technique("T1110.001", "Password Guessing", CREDENTIALS),
    technique("T1110.003", "Password Spraying", CREDENTIALS),
    technique("T1110.004", "Credential Stuffing", CREDENTIALS),
    technique("T1132", "Data Encoding", CONTROL),
    technique("T1132.001", "Standard Encoding", CONTROL),
    technique("T1132.002", "Non-Standard Encoding", CONTROL),
    technique("T1133", "External Remote Services", &["initial-access", "persistence"]),
    technique("T1135", "Network Share Discovery", DISCOVERY),
    technique("T1176", "Software Extensions", &["persistence"]),
    technique("T1176.002", "IDE Extensions", &["persistence"]),
    technique("T1187", "Forced Authentication", CREDENTIALS),
    technique("T1190", "Exploit Public-Facing Application", ACCESS),
    technique("T1195", "Supply Chain Compromise", ACCESS),
    technique("T1195.001", "Compromise Software Dependencies and Development Tools", ACCESS),
    technique("T1195.002", "Compromise Software Supply Chain", ACCESS),
    technique("T1200", "Hardware Additions", ACCESS),
    technique("T1203", "Exploitation for Client Execution", &["execution"]),
    technique("T1205", "Traffic Signaling", SIGNAL),
    technique("T1205.001", "Port Knocking", SIGNAL),
    technique("T1210", "Exploitation of Remote Services", LATERAL),
    technique("T1219", "Remote Access Tools", CONTROL),
    technique("T1489", "Service Stop", IMPACT),
    technique("T1496", "Resource Hijacking", IMPACT),
    technique("T1496.001", "Compute Hijacking", IMPACT),
    technique("T1496.002", "Bandwidth Hijacking", IMPACT),
    technique("T1498", "Network Denial of Service", IMPACT),
    technique("T1498.001", "Direct Network Flood", IMPACT),
    technique("T1498.002", "Reflection Amplification", IMPACT),
    technique("T1499", "Endpoint Denial of Service", IMPACT),
    technique("T1499.001", "OS Exhaustion Flood", IMPACT),
    technique("T1499.002", "Service Exhaustion Flood", IMPACT),
    technique("T1505", "Server Software Component", &["persistence"]),
    technique("T1557", "Adversary-in-the-Middle", MIDDLE),
    technique("T1557.001", "LLMNR/NBT-NS Poisoning and SMB Relay", MIDDLE),
    technique("T1557.002", "ARP Cache Poisoning", MIDDLE),
    technique("T1557.003", "DHCP Spoofing", MIDDLE),
    technique("T1557.004", "Evil Twin", MIDDLE),
    technique("T1563", "Remote Service Session Hijacking", LATERAL),
    technique("T1565", "Data Manipulation", IMPACT),
    technique("T1565.002", "Transmitted Data Manipulation", IMPACT),
    technique("T1566", "Phishing", ACCESS),
    technique("T1566.001", "Spearphishing Attachment", ACCESS),
    technique("T1566.002", "Spearphishing Link", ACCESS),
    technique("T1566.003", "Spearphishing via Service", ACCESS),
    technique("T1567", "Exfiltration Over Web Service", EXFILTRATION),
    technique("T1567.001", "Exfiltration to Code Repository", EXFILTRATION),
    technique("T1567.002", "Exfiltration to Cloud Storage", EXFILTRATION),
    technique("T1567.003", "Exfiltration to Text Storage Sites", EXFILTRATION),
    technique("T1567.004", "Exfiltration Over Webhook", EXFILTRATION),
    technique("T1568", "Dynamic Resolution", CONTROL),
    technique("T1568.001", "Fast Flux DNS", CONTROL),
    technique("T1568.002", "Domain Generation Algorithms", CONTROL),
    technique("T1568.003", "DNS Calculation", CONTROL),
    technique("T1570", "Lateral Tool Transfer", LATERAL),
    technique("T1571", "Non-Standard Port", CONTROL),
    technique("T1572", "Protocol Tunneling", CONTROL),
    technique("T1573", "Encrypted Channel", CONTROL),
    technique("T1573.001", "Symmetric Cryptography", CONTROL),
    technique("T1573.002", "Asymmetric Cryptography", CONTROL),
    technique("T1595", "Active Scanning", RECON),
    technique("T1595.001", "Scanning IP Blocks", RECON),
    technique("T1595.002", "Vulnerability Scanning", RECON),
    technique("T1598", "Phishing for Information", RECON),
    technique("T1598.001", "Spearphishing Service", RECON),
    technique("T1598.002", "Spearphishing Attachment", RECON),
    technique("T1598.003", "Spearphishing Link", RECON),
    technique("T1599", "Network Boundary Bridging", EVASION),
    technique("T1599.001", "Network Address Translation Traversal", EVASION),
    technique("T1602", "Data from Configuration Repository", COLLECTION),
    technique("T1602.001", "SNMP (MIB Dump)", COLLECTION),
    technique("T1610", "Deploy Container", &["defense-evasion", "execution"]),
    technique("T1669", "Wi-Fi Networks", ACCESS),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_whole() {
        assert!(TECHNIQUES.is_sorted_by(|a, b| a.id < b.id));
        for technique in TECHNIQUES {
            assert_eq!(technique.tactics().count(), technique.tactics.len(), "{}", technique.id);
            assert!(
                technique.parent().is_none_or(|parent| Technique::of(parent).is_some()),
                "{}",
                technique.id
            );
        }
    }
}
