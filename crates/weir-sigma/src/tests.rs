use std::sync::Arc;

use weir_filter::Context;

use crate::{Document, Logic, Operand, Presence, RuleSet, Severity, Source, Window};

fn load(text: &str) -> RuleSet {
    let sets = [("internal".to_owned(), vec!["10.0.0.0/8".to_owned()])].into_iter().collect();
    let document = Document { file: "test.yml".to_owned(), text: text.to_owned() };
    RuleSet::load(&[document], &Context { now_ns: None, sets: Arc::new(sets) })
}

/// The expression of a selection in a log source, as filter text; or the problem.
fn lowered_in(logsource: &str, selection: &str) -> Result<String, String> {
    let lines = format!("    {}\n", selection.replace('\n', "\n    "));
    let set = load(&format!("title: t\nlogsource: {logsource}\ndetection:\n  s:\n{lines}  condition: s\n"));
    match set.rules.first() {
        Some(rule) => Ok(rule.expr.to_string().trim_end_matches(" and kind = \"flow\"").to_owned()),
        None => Err(set.problems[0].to_string()),
    }
}

fn lowered(selection: &str) -> Result<String, String> {
    lowered_in("{category: network, service: connection}", selection)
}

#[track_caller]
fn says(selection: &str, filter: &str) {
    let found = lowered(selection).unwrap_or_else(|problem| panic!("{problem}"));
    let expected = weir_filter::parse(filter).unwrap();
    assert_eq!(weir_filter::parse(&found).unwrap(), expected, "{found}");
}

#[track_caller]
fn refuses(selection: &str, part: &str) {
    let problem = lowered(selection).unwrap_err();
    assert!(problem.contains(part), "{problem}");
}

#[test]
fn values_are_typed_by_the_field() {
    says("source.ip: 10.0.0.1", "src_ip = 10.0.0.1");
    says("source.ip|cidr: [10.0.0.0/8, 2001:db8::/32]", "src_ip in (10.0.0.0/8, 2001:db8::/32)");
    says("destination.port: [22, '3389']", "dst_port in (22, 3389)");
    says("network.transport: TCP", "protocol = tcp");
    says("network.protocol: ssh", "service = ssh");
    says("event.duration|gte: 1.5", "duration >= 1500ms");
    says("source.bytes|gt: 10.5\nsource.bytes|lt: 20.5", "bytes > 10 and bytes < 21");
    says("source.ip|startswith: '192.168.'", "src_ip = 192.168.0.0/16");
    assert_eq!(lowered("source.ip|expand: '%internal%'").unwrap(), "src_ip in @internal");
    says("network.direction: inbound", "locality = inbound");
    says("'@timestamp|hour': 3", "hour(time) = 3");
    says("tcp_flags|contains|all: [syn, ack]", "tcp_flags has syn and tcp_flags has ack");
}

#[test]
fn text_is_compared_without_regard_to_case_unless_it_says_so() {
    says("app: Web.App", "app ~ \"(?is)^Web\\.App$\"");
    says("app|cased: Web", "app = Web");
    says("app|contains: 'a*b'", "app ~ \"(?is)a.*b\"");
    says("app|endswith: .net", "app ~ \"(?is)\\.net$\"");
    says("app|re|i: '^a'", "app ~ \"(?i:^a)\"");
    says("app: '*'", "app exists");
}

#[test]
fn absent_and_empty_differ() {
    says("app: null", "not app exists");
    says("app: ''", "app = \"\"");
    says("app|exists: false", "not app exists");
    says("source.port|neq: 80", "src_port exists and not src_port = 80");
}

#[test]
fn what_flows_lack_is_refused_with_the_reason() {
    refuses("Image: a.exe", "needs `Image`, which flows do not have; it is known only on the host itself");
    refuses("network.state: S0", "tcp_flags");
    refuses("source.prot: 80", "did you mean `source.port`?");
    refuses("app|base64: x", "encodings");
    refuses("source.ip|expand: '%printers%'", "there are `internal`");
    refuses("source.ip: 10.0.0.0/8", "add `|cidr`");
    refuses("source.port: 70000", "does not fit");
    refuses("app|re: '('", "regular expression");
    let problem = lowered_in("{product: windows, category: process_creation}", "Image: a").unwrap_err();
    assert!(problem.contains("test.yml:2") && problem.contains("log source"), "{problem}");
}

#[test]
fn other_log_sources_have_their_own_names() {
    let zeek = lowered_in("{product: zeek, service: conn}", "id.resp_p: 22\nproto: tcp\norig_bytes|gt: 5");
    assert_eq!(zeek.unwrap(), "dst_port = 22 and protocol = tcp and bytes > 5");
    let sysmon = lowered_in(
        "{category: network_connection, product: windows}",
        "DestinationPort: 22\nInitiated: 'true'",
    );
    assert_eq!(sysmon.unwrap(), "dst_port = 22 and not biflow_side = \"reverse\"");
    let firewall = lowered_in("{category: firewall}", "dst_port: 22\naction: denied").unwrap();
    assert!(firewall.starts_with("dst_port = 22 and (firewall_event = denied or"), "{firewall}");
    let dns = lowered_in("{category: dns}", "query|endswith: .example").unwrap();
    assert_eq!(dns, "dns_query ~ \"(?is)\\.example$\"");
}

const RULES: &str = "
title: a
name: a
logsource: {category: network, service: connection}
detection:
  s: {destination.port: 22}
  condition: s
---
title: b
name: b
logsource: {category: network, service: connection}
detection:
  s: {destination.port: 23}
  condition: s
";

fn with(correlation: &str) -> RuleSet {
    load(&format!("{RULES}---\n{correlation}"))
}

#[test]
fn correlations_find_their_rules_and_fields() {
    let set = with(
        "title: c\nname: c\ncorrelation:\n  type: value_count\n  rules: [a]\n  group-by: [source.ip]\n  timespan: 5m\n  \
         condition: {field: destination.ip, gte: 25}\n---\ntitle: d\ncorrelation:\n  type: temporal_ordered\n  rules: [c, b]\n  \
         aliases: {who: {c: source.ip, b: destination.ip}}\n  group-by: [who]\n  timespan: 1h\ngenerate: true\n",
    );
    assert_eq!(set.problems, []);
    let [c, d] = set.correlations.as_slice() else { panic!("{set:?}") };
    assert_eq!((c.timespan_ns, c.window), (300_000_000_000, Window::Sliding));
    assert!(matches!(&c.logic, Logic::ValueCount { of, condition }
        if of == &[vec![Source::Field(weir_schema::Field::DstIp)]] && condition.holds(25.0) && !condition.holds(24.0)));
    assert_eq!(d.operands, [Operand::Correlation(0), Operand::Rule(1)]);
    assert_eq!(d.group_by[0].from, [Source::Key(0), Source::Field(weir_schema::Field::DstIp)]);
    assert_eq!(
        d.logic,
        Logic::Temporal { ordered: true, holds: Presence::All(vec![Presence::Of(0), Presence::Of(1)]) }
    );
    assert_eq!((set.rules[0].reports, set.rules[1].reports, c.reports, d.reports), (false, true, true, true));
}

#[test]
fn cycles_and_missing_rules_cost_only_those_that_need_them() {
    let correlation = |name: &str, rules: &str| {
        format!(
            "title: {name}\nname: {name}\ncorrelation:\n  type: temporal\n  rules: [{rules}]\n  timespan: 1m\n"
        )
    };
    let set = with(
        &[
            correlation("x", "y, a"),
            correlation("y", "x, b"),
            correlation("z", "a, bb"),
            correlation("w", "z"),
            correlation("good", "a, b"),
        ]
        .join("---\n"),
    );
    assert_eq!(set.correlations.len(), 1);
    let problems: Vec<String> = set.problems.iter().map(|problem| problem.message.clone()).collect();
    assert_eq!(problems.iter().filter(|text| text.contains("refers to itself")).count(), 2);
    assert!(problems.iter().any(|text| text.contains("refers to `bb`, which is not here")));
    assert!(problems.iter().any(|text| text.contains("refers to `z`, which could not be used")));
}

#[test]
fn broken_documents_do_not_cost_the_others() {
    let set = load(&format!("title: [\n---\n{RULES}\n---\nno: sigma\n"));
    assert_eq!(set.rules.len(), 2);
    assert_eq!(set.problems.len(), 2, "{:?}", set.problems);
    assert!(set.problems.iter().all(|problem| problem.severity == Severity::Error));
}

#[test]
fn filters_go_into_the_rules_they_name_or_into_all_of_their_log_source() {
    let filter = |rules: &str| {
        format!(
            "title: f\nlogsource: {{category: network}}\nfilter:\n  rules: {rules}\n  s: {{source.ip: 10.0.0.9}}\n  condition: not s\n"
        )
    };
    let set = with(&filter("[a]"));
    assert_eq!((set.rules[0].filters.len(), set.rules[1].filters.len()), (1, 0));
    assert!(set.rules[0].expr.to_string().ends_with("not src_ip = 10.0.0.9"));
    let set = with(&filter("any"));
    assert_eq!((set.rules[0].filters.len(), set.rules[1].filters.len()), (1, 1));
    assert!(with(&filter("[nobody]")).problems[0].message.contains("none of the rules"));
}

#[test]
fn the_specifications_own_documents_are_read() {
    let Some(shared) = std::env::var_os("WEIR_SHARED") else { return };
    let folder = std::path::Path::new(&shared).join("sigma/tests/schema");
    let mut read = 0;
    for kind in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(kind.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let set = load(&std::fs::read_to_string(&path).unwrap());
            // They are about Windows, or about rules that are not there: understood, and refused for that.
            let errors: Vec<_> =
                set.problems.iter().filter(|problem| problem.severity == Severity::Error).collect();
            let percentile = path.ends_with("value_percentile.yml");
            assert_eq!(errors.len(), usize::from(percentile), "{}: {errors:?}", path.display());
            read += 1;
        }
    }
    assert_eq!(read, 12);
}

#[test]
fn what_a_rule_cannot_do_without_is_known() {
    let needs = |selection: &str, condition: &str| {
        let set = load(&format!(
            "title: t\nlogsource: {{category: network, service: connection}}\ndetection:\n  s:\n    {selection}\n  \
             n:\n    tcp_flags|contains: ack\n  condition: {condition}\n"
        ));
        let fields = set.needs(Operand::Rule(0)).into_iter().map(weir_schema::Field::name);
        fields.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(needs("destination.port: 22", "s and not n"), "dst_port");
    assert_eq!(needs("destination.port: 22", "s and n"), "dst_port tcp_flags");
    assert_eq!(needs("destination.port: 22", "s or n"), "");
    assert_eq!(needs("event.duration|gte: 3", "s"), "start end");
}

#[test]
fn what_cannot_be_used_is_kept_with_its_place() {
    let set = load(
        "title: a\nid: x\nlogsource: {category: network}\ndetection:\n  s:\n    Image: a\n  condition: s\n",
    );
    let left = &set.unusable[0];
    assert_eq!((left.id.as_str(), left.title.as_deref(), left.origin.line), ("x", Some("a"), 1));
    let problems: Vec<_> = set.problems_of(&left.origin, &left.source).collect();
    assert_eq!((problems[0].line, problems[0].column), (6, 5));
}
