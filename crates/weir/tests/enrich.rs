//! Names and places through the real binary: networks, databases, files that change and files that break.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use weir_testkit::{ALWAYS, Launch, Weir, run, wait_until};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");
const PATIENCE: Duration = Duration::from_mins(1);

/// Flows by a field, as (value, flows).
fn by(weir: &Weir, field: &str, filter: &str) -> Vec<(Value, u64)> {
    let [(_, from), (_, to)] = ALWAYS;
    let url = format!("http://{}", weir.run_file().http);
    let arguments = [
        "query",
        filter,
        "--by",
        field,
        "--measure",
        "flows",
        "--url",
        &url,
        "--from",
        from,
        "--to",
        to,
        "--format",
        "json",
    ];
    let answer = weir.run(arguments).expect_code(0).json();
    let rows = answer["rows"].as_array().unwrap().clone();
    rows.iter().map(|row| (row[field].clone(), row["flows"].as_u64().unwrap())).collect()
}

fn sources(weir: &Weir) -> Vec<Value> {
    weir.http().get_json("/api/v1/health")["sources"].as_array().unwrap().clone()
}

/// As a careful program would: the file is whole at any time.
fn replace(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(&beside, path).unwrap();
}

#[test]
fn flows_get_the_names_of_their_networks_and_operators() {
    let launch = Launch::new(WEIR);
    let (config, networks, systems) = (
        launch.folder().join("weir.toml"),
        launch.folder().join("networks.csv"),
        launch.folder().join("as.csv"),
    );
    replace(&networks, "prefix,name,site\n10.0.0.0/8,site,Berlin\n");
    replace(&systems, "88.0.0.0,88.255.255.255,24940,Hetzner\n");
    let text = "[[networks]]\nprefix = \"192.0.2.0/24\"\nname = \"dmz\"\n\
        [enrich]\nnetworks = [\"networks.csv\"]\ndatabases = [\"as.csv\"]\nas_from = \"database\"\n";
    fs::write(&config, text).unwrap();
    let weir = launch.arguments(["--config", config.to_str().unwrap()]).start();
    wait_until("the files are read", PATIENCE, || {
        sources(&weir).iter().all(|source| source["loaded"].is_string()).then_some(())
    });
    let sent = weir.generate("ipfix", 5_000, 3);
    weir.wait_for_flows(None, sent.flows);

    let count = |filter: &str| weir.sums(Some(filter)).flows;
    let inside = count("src_ip in 10.0.0.0/8");
    assert!(inside > 500, "{inside}");
    assert_eq!(count("src_net = \"site\""), inside);
    assert_eq!(count("src_site = \"Berlin\" and src_net = \"site\""), inside);
    let named = by(&weir, "src_net", "src_ip in 10.0.0.0/8 or src_ip in 192.0.2.0/24");
    assert_eq!(named[0], (Value::from("site"), inside));
    assert_eq!(named[1], (Value::from("dmz"), count("src_ip in 192.0.2.0/24")));
    assert_eq!(named.len(), 2);
    for (filter, way) in [
        ("src_ip in 10.0.0.0/8 and dst_ip in 10.0.0.0/8", "internal"),
        ("src_ip in 10.0.0.0/8 and dst_ip in 88.0.0.0/8", "outbound"),
        ("src_ip in 88.0.0.0/8 and dst_net = \"dmz\"", "inbound"),
    ] {
        let flows = count(filter);
        assert!(flows > 0, "{filter}");
        assert_eq!(by(&weir, "locality", filter), [(Value::from(way), flows)]);
    }
    let operators = by(&weir, "dst_as_name", "dst_ip in 88.0.0.0/8");
    assert_eq!(operators, [(Value::from("Hetzner"), count("dst_as = 24940 and dst_ip in 88.0.0.0/8"))]);

    // A broken file changes nothing and shows; then a good one is in force for what comes next.
    replace(&networks, "prefix,name\n10.0.0.0/80,nobody\n");
    wait_until("health tells of the broken file", PATIENCE, || {
        let broken = sources(&weir).into_iter().find(|source| source["kind"] == "networks")?;
        let told = broken["error"].as_str()?.contains("networks.csv:2: `10.0.0.0/80`");
        (told && broken["entries"] == 1 && broken["loaded"].is_string()).then_some(())
    });
    replace(&networks, "prefix,name\n10.0.0.0/8,renamed\n");
    wait_until("health tells that it is well again", PATIENCE, || {
        sources(&weir).iter().all(|source| source["error"].is_null()).then_some(())
    });
    let more = weir.generate("ipfix", 5_000, 4);
    weir.wait_for_flows(None, sent.flows + more.flows);
    assert_eq!(count("src_net = \"site\""), inside);
    assert_eq!(count("src_net = \"renamed\""), count("src_ip in 10.0.0.0/8") - inside);
    assert!(sources(&weir).iter().any(|source| source["kind"] == "database" && source["entries"] == 1));
}

#[test]
fn mistakes_in_networks_are_told_before_the_start() {
    let launch = Launch::new(WEIR);
    let config = launch.folder().join("weir.toml");
    let check = |text: &str| {
        fs::write(&config, text).unwrap();
        run(launch.command().args(["config", "check", "--config"]).arg(&config), PATIENCE)
    };
    let network =
        |prefix: &str, name: &str| format!("[[networks]]\nprefix = \"{prefix}\"\nname = \"{name}\"\n");
    check(&(network("10.0.0.0/8", "a") + &network("10.0.0.0/9", "b"))).expect_code(0);
    let twice = check(&(network("10.0.0.0/8", "a") + &network("10.1.2.3/8", "b"))).expect_code(2).stderr;
    assert!(twice.contains("stands twice: `a` (configuration) and `b`"), "{twice}");
    let wrong = check(&network("10.0.0.0/88", "a")).expect_code(2).stderr;
    assert!(wrong.contains("weir.toml:2:10") && wrong.contains("no length of 0 to 32 bits"), "{wrong}");
    let missing = check("[enrich]\ndatabases = [\"nothing.mmdb\"]\n").expect_code(2).stderr;
    assert!(missing.contains("cannot read nothing.mmdb: No such file"), "{missing}");
}
