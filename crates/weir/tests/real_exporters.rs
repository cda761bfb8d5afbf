//! Real exporters end to end: softflowd and pmacctd meter traffic that the test made, and Weir finds its totals.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use weir_testkit::{
    Capture, Endpoints, Launch, Namespace, Packet, Sums, Transport, Weir, assert_adds_up, has_program, run,
    skip, wait_until,
};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");

/// Conversations of a minute ago, as an exporter would meet them.
fn capture() -> Capture {
    #[expect(clippy::disallowed_methods, reason = "the exporters under test read the real clock too")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Capture::of_conversations(400, now.as_micros() as u64 - 60_000_000)
}

/// Meters the capture with softflowd, exporting to `weir`.
fn softflowd(weir: &Weir, capture: &Path, version: &str) {
    let folder = weir.launch().folder();
    let mut command = Command::new("softflowd");
    command.arg("-r").arg(capture).args(["-n", &weir.listener().to_string(), "-v", version, "-d"]);
    // Its own pid file, so that tests may run side by side. Without the control socket: when it reads a file,
    // softflowd 1.1.0 may wait on that socket for ever, for it looks at a poll result that it never asked for.
    command.arg("-p").arg(folder.join("softflowd.pid")).args(["-c", "none"]);
    command.env("PATH", path_with_system_programs());
    run(&mut command, Duration::from_mins(1)).expect_code(0);
}

fn path_with_system_programs() -> String {
    format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default())
}

#[test]
fn softflowd_by_netflow_v5_v9_and_ipfix() {
    if !has_program("softflowd") {
        return skip("softflowd is not installed (`scripts/setup.sh test` installs it)");
    }
    for (version, protocol) in [("5", "netflow5"), ("9", "netflow9"), ("10", "ipfix")] {
        let weir = Launch::new(WEIR).start();
        let capture = capture();
        let path = weir.launch().folder().join("capture.pcap");
        capture.save(&path).unwrap();
        softflowd(&weir, &path, version);

        // NetFlow v5 has no room for IPv6 addresses; softflowd leaves those flows out.
        let expected = Sums::from(if version == "5" { capture.v4() } else { capture.totals() });
        let filter = format!("flow_protocol = \"{protocol}\"");
        let found = weir.wait_for_flows(Some(&filter), expected.flows);
        assert_eq!(expected, found, "version {version}");
        assert_eq!(weir.sums(None), found, "nothing but {protocol} came");
        let by_family = weir.sums(Some("src_ip in 198.18.0.0/15 and dst_ip in 198.18.0.0/15"));
        assert_eq!(Sums::from(capture.v4()), by_family, "version {version}, IPv4");
        let dns = weir.sums(Some("port = 53 and protocol = udp"));
        let https = weir.sums(Some("port = 443 and protocol = tcp"));
        assert_eq!(dns + https, found, "version {version}, by port");
        assert_adds_up(&weir.accounting());

        // softflowd's clock is ours: its flows lie where the capture put them, within the last hour.
        let recent =
            weir.run(["query", "--url", &url(&weir), "--last", "1h", "--format", "json"]).expect_code(0);
        assert_eq!(Sums::of_answer(&recent.json()), found, "version {version}, last hour");
    }
}

fn url(weir: &Weir) -> String {
    format!("http://{}", weir.run_file().http)
}

/// pmacctd listening at the far end of the cable, with both of its probes; ended when dropped.
struct Pmacctd(Child);

impl Pmacctd {
    fn start(namespace: &Namespace, weir: &Weir) -> Self {
        let folder = weir.launch().folder();
        let to = weir.listener();
        let text = format!(
            "daemonize: false\n\
             pcap_interface: {far}\n\
             pcap_filter: net 198.18.0.0/15 or net 2001:db8::/32\n\
             plugins: nfprobe[n], sfprobe[s]\n\
             plugin_pipe_size: 8192000\n\
             aggregate[n]: src_host, dst_host, src_port, dst_port, proto, tos\n\
             aggregate[s]: src_host, dst_host, src_port, dst_port, proto, tos\n\
             nfprobe_receiver[n]: {to}\n\
             nfprobe_version[n]: 10\n\
             nfprobe_timeouts[n]: expint=1:maxlife=3600:general=8:tcp=8:tcp.rst=8:tcp.fin=8:udp=8:icmp=8\n\
             sfprobe_receiver[s]: {to}\n\
             sfprobe_agentip[s]: 127.0.0.1\n\
             sampling_rate[s]: 1\n",
            far = Namespace::FAR,
        );
        let file = folder.join("pmacctd.conf");
        std::fs::write(&file, text).unwrap();
        let log = std::fs::File::create(folder.join("pmacctd.log")).unwrap();
        let child = namespace
            .command("pmacctd")
            .arg("-f")
            .arg(&file)
            .env("PATH", path_with_system_programs())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let pmacctd = Self(child);
        wait_until("pmacctd exports", Duration::from_secs(30), || {
            let log = std::fs::read_to_string(folder.join("pmacctd.log")).unwrap_or_default();
            (log.matches("Exporting flows to").count() == 2).then_some(())
        });
        pmacctd
    }
}

impl Drop for Pmacctd {
    fn drop(&mut self) {
        // Its plugins are processes of their own, with groups of their own, and would outlive it.
        let _ = Command::new("pkill").args(["-KILL", "-P", &self.0.id().to_string()]).status();
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn pmacctd_by_nfprobe_and_sfprobe_in_a_namespace() {
    for program in ["pmacctd", "tcpreplay"] {
        if !has_program(program) {
            return skip(&format!("{program} is not installed (`scripts/setup.sh test` installs it)"));
        }
    }
    let namespace = match Namespace::create() {
        Ok(namespace) => namespace,
        Err(reason) => return skip(&format!("no network namespace can be made (it takes root): {reason}")),
    };
    let weir = Launch::new(WEIR).within(namespace.name()).start();
    let mut capture = capture();
    let totals = capture.totals();
    // pmacctd hands packets to its plugins by the bufferful, or after a minute: these push the last ones that count
    // out of the buffer.
    for number in 0..200 {
        let endpoints = Endpoints::V4(Ipv4Addr::new(198, 18, 255, 1), Ipv4Addr::new(198, 19, 255, 1));
        let transport = Transport::Udp { src_port: 9, dst_port: 9 };
        capture.push(1_000_000 + number, &Packet { endpoints, transport, payload: 10 });
    }
    let path = weir.launch().folder().join("capture.pcap");
    capture.save(&path).unwrap();

    let pmacctd = Pmacctd::start(&namespace, &weir);
    let mut replay = namespace.command("tcpreplay");
    replay
        .args(["--intf1", Namespace::NEAR, "--pps", "1000"])
        .arg(&path)
        .env("PATH", path_with_system_programs());
    run(&mut replay, Duration::from_mins(1)).expect_code(0);

    // nfprobe meters flows, each direction for itself.
    let expected = Sums::from(totals);
    let found = weir.wait_for_flows(Some("flow_protocol = ipfix and not port = 9"), expected.flows);
    assert_eq!(expected, found, "nfprobe");

    // sfprobe samples one packet in one: each is a record, and its size is that of the frame.
    let packets = totals.packets;
    let found = weir.wait_for_flows(Some("flow_protocol = sflow5 and not port = 9"), packets);
    assert_eq!((found.flows, found.packets), (packets, packets), "sfprobe");
    // An sFlow frame length counts the octets that were stripped too: the four of the frame check sequence.
    assert_eq!(found.bytes, totals.frame_bytes + 4 * packets, "sfprobe");
    drop(pmacctd);
    assert_adds_up(&weir.accounting());
}
