//! What a running server says of its ports and its disk.

use serde_json::Value;

use super::finding::{Finding, Severity, ns};
use super::kernel::{Numbers, RMEM_MAX};
use super::machine;

/// So long a server may wait for its first datagram before that is odd.
const SILENCE_SECONDS: i64 = 60;

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or(0)
}

fn listeners(health: &Value) -> &[Value] {
    health["listeners"].as_array().map_or(&[][..], Vec::as_slice)
}

/// What keeps the server from storing what comes, in its own words.
pub(super) fn trouble(health: &Value) -> Option<Finding> {
    let trouble = health["trouble"].as_str()?;
    let dir = health["disk"]["directory"].as_str().unwrap_or("the data directory");
    let why = "what comes now waits in memory; when that is full it is dropped, and counted";
    let command = format!(
        "df -h '{dir}' && ls -ld '{dir}' && dmesg --level=err,crit | tail -20    # a full, failing or read-only disk\n\
         the server's log says the cause; collection goes on by itself once it is gone, else start Weir again"
    );
    Some(
        Finding::new(Severity::Error, "trouble", format!("Weir cannot store: {trouble}"))
            .why(why)
            .command(command),
    )
}

/// The receive buffers as the kernel granted them.
pub(super) fn buffers(health: &Value) -> Vec<Finding> {
    let judge = |listener: &Value| {
        let address = listener["address"].as_str().unwrap_or("a port");
        let granted = number(listener, "receive_buffer_bytes");
        machine::buffer(address, granted, number(listener, "receive_buffer_wanted_bytes"))
    };
    listeners(health).iter().filter(|listener| listener["transport"] == "udp").filter_map(judge).collect()
}

/// Datagrams that the kernel threw away.
pub(super) fn kernel_drops(health: &Value, accounting: &Value) -> Option<Finding> {
    let dropped = number(&accounting["datagrams"], "kernel_dropped");
    if dropped == 0 {
        return None;
    }
    let received = number(&accounting["datagrams"], "received");
    let many = dropped.saturating_mul(1000) > received.saturating_add(dropped);
    let severity = if many { Severity::Error } else { Severity::Warning };
    let wanted =
        listeners(health).iter().map(|listener| number(listener, "receive_buffer_wanted_bytes")).max();
    let larger = wanted.unwrap_or(0).saturating_mul(2).max(64 << 20);
    let problem = format!("the kernel dropped {dropped} datagrams beside {received} that were received");
    let finding = Finding::new(severity, "kernel_drops", problem)
        .why("their flows are lost: they came faster than Weir took them, and the receive buffer was full")
        .sysctl(RMEM_MAX, Numbers(vec![larger]));
    let restart =
        format!("WEIR_LISTEN__RECEIVE_BUFFER={}MiB weir serve    # start it again so", larger >> 20);
    let command = format!("{}\n{restart}", finding.command);
    Some(finding.command(command))
}

/// Flows a second since the server started, on average.
pub(super) fn flows_per_second(health: &Value, accounting: &Value) -> u64 {
    let seconds = |name: &str| ns(health[name].as_str()?).map(|ns| ns / 1_000_000_000);
    let up = seconds("now").zip(seconds("started")).map_or(0, |(now, started)| now - started);
    number(&accounting["records"], "decoded") / u64::try_from(up).unwrap_or(0).max(1)
}

/// A server that nobody sends to: a firewall in between looks just so.
pub(super) fn silence(health: &Value) -> Option<Finding> {
    let seconds = |name: &str| ns(health[name].as_str()?).map(|ns| ns / 1_000_000_000);
    let up = seconds("now")? - seconds("started")?;
    if up < SILENCE_SECONDS || listeners(health).iter().any(|listener| number(listener, "datagrams") > 0) {
        return None;
    }
    let ports: Vec<(&str, &str)> = listeners(health)
        .iter()
        .filter_map(|listener| {
            let (_, port) = listener["address"].as_str()?.rsplit_once(':')?;
            Some((if listener["transport"] == "udp" { "udp" } else { "tcp" }, port))
        })
        .collect();
    let filter: Vec<String> = ports.iter().map(|(kind, port)| format!("{kind} port {port}")).collect();
    let accept: Vec<String> = ports
        .iter()
        .map(|(kind, port)| format!("nft insert rule inet filter input {kind} dport {port} accept"))
        .collect();
    let list: Vec<&str> = ports.iter().map(|(_, port)| *port).collect();
    let (filter, accept, list) = (filter.join(" or "), accept.join("\n"), list.join(", "));
    let problem = format!("no datagram has come within {} min on any port ({list})", up / 60);
    let why = "either no exporter sends here, or a firewall of this machine or on the way drops it";
    let command = format!(
        "tcpdump -ni any '{filter}'    # nothing: look at the exporter and the way. Something: a firewall here\n\
         nft list ruleset | grep -nE 'drop|reject'\n\
         {accept}"
    );
    Some(Finding::new(Severity::Warning, "silence", problem).why(why).command(command))
}

/// Room on the server's disk.
pub(super) fn disk(health: &Value) -> Option<Finding> {
    let disk = &health["disk"];
    let dir = disk["directory"].as_str()?;
    machine::room(dir, number(disk, "free_bytes"), number(disk, "min_free_bytes"))
}

/// Records and rows that were decoded and then lost.
pub(super) fn losses(accounting: &Value) -> Vec<Finding> {
    let places = [
        ("records", &accounting["records"]["lost"]),
        ("rows of counters", &accounting["rows"]["counters"]["lost"]),
    ];
    let mut found = Vec::new();
    for (what, lost) in places {
        for (place, count) in lost.as_object().into_iter().flatten() {
            let problem = format!("{count} {what} were decoded and then lost ({place})");
            let why = "they are in no answer; a full or failing disk is the usual cause";
            let command = "dmesg --level=err,crit | tail -20 && df -h";
            found.push(Finding::new(Severity::Error, "losses", problem).why(why).command(command));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn trouble_is_an_error_in_the_servers_words() {
        let well = json!({"trouble": null, "disk": {"directory": "/data"}});
        assert!(trouble(&well).is_none());
        let ill = json!({"trouble": "the journal cannot be written", "disk": {"directory": "/data"}});
        let finding = trouble(&ill).unwrap();
        assert_eq!(finding.severity, Severity::Error);
        assert!(finding.problem.contains("the journal cannot be written"), "{}", finding.problem);
        assert!(finding.command.contains("df -h '/data'"), "{}", finding.command);
    }
}
