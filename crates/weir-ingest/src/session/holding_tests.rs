//! Sets that come before their template.

use weir_batch::Batches;

use super::tests::{RECEIVED_NS, ipfix, reasons, set, source, template, v9};
use super::*;

/// Tags of the sets that were decoded, in order, and whether they had to wait.
#[derive(Default)]
struct Seen(Vec<(u64, bool)>);

impl Watch for Seen {
    fn set(&mut self, set: WatchedSet<'_>) {
        self.0.push((set.tag, set.held));
    }
}

fn text_of(out: &mut Batches, column: &str) -> Vec<u32> {
    let batch = out.flows.finish();
    let column = batch.column_by_name(column).unwrap();
    column.as_any().downcast_ref::<arrow_array::UInt32Array>().unwrap().values().to_vec()
}

#[test]
fn keeps_records_until_their_template_arrives() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let mut seen = Seen::default();
    let data = |sequence| v9(sequence, &[&set(256, &[10, 0, 0, 1, 10, 0, 0, 2])]);
    for tag in 1..=3 {
        let outcome =
            session.watched_datagram(source(), RECEIVED_NS, &data(tag), u64::from(tag), &mut out, &mut seen);
        assert_eq!((outcome.rows, outcome.held_sets, reasons(&outcome)), (0, 1, vec![]));
    }
    assert_eq!(session.exporters()[0].held_sets, 3);
    // Data in the same datagram come first on the wire, but cannot be read before the template either.
    let both =
        v9(4, &[&set(256, &[10, 0, 0, 3]), &set(0, &template(256, &[(8, 4)])), &set(256, &[10, 0, 0, 4])]);
    let outcome = session.watched_datagram(source(), RECEIVED_NS, &both, 4, &mut out, &mut seen);
    assert_eq!((outcome.rows, outcome.records, outcome.held_sets, outcome.decoded_late), (8, 8, 1, 4));
    assert_eq!(seen.0, [(1, true), (2, true), (3, true), (4, true), (4, false)]);
    // Each row has the number of the datagram that it came in.
    assert_eq!(text_of(&mut out, "sequence"), [1, 1, 2, 2, 3, 3, 4, 4]);
    let status = &session.exporters()[0];
    assert_eq!((status.records, status.rows, status.held_sets, status.held_bytes), (8, 8, 0, 0));
    assert_eq!(status.gaps.map(|gaps| gaps.count), Some(0));
}

#[test]
fn sets_of_another_port_of_the_domain_are_decoded_too_and_counted_there() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let other = "192.0.2.1:6000".parse().unwrap();
    session.datagram(other, RECEIVED_NS, &ipfix(0, &[&set(256, &[10, 0, 0, 1])]), &mut out);
    let announce = ipfix(0, &[&set(2, &template(256, &[(8, 4)]))]);
    assert_eq!(session.datagram(source(), RECEIVED_NS, &announce, &mut out).rows, 1);
    let statuses = session.exporters();
    let rows = |port| statuses.iter().find(|status| status.port == port).map(|status| status.rows);
    assert_eq!((rows(6000), rows(5000)), (Some(1), Some(0)));
}

#[test]
fn a_set_that_waited_in_vain_is_a_problem_of_its_exporter() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    session.datagram(source(), RECEIVED_NS, &ipfix(0, &[&set(256, &[10, 0, 0, 1])]), &mut out);
    assert_eq!(session.housekeeping(RECEIVED_NS + 299 * SECOND_NS), GivenUp { sets: 0 });
    assert_eq!(session.housekeeping(RECEIVED_NS + 301 * SECOND_NS), GivenUp { sets: 1 });
    let status = &session.exporters()[0];
    assert_eq!((status.held_sets, status.held_bytes), (0, 0));
    assert_eq!(status.problems.iter().collect::<Vec<_>>(), [(Reason::NO_TEMPLATE, 1)]);
    let announce = ipfix(1, &[&set(2, &template(256, &[(8, 4)]))]);
    assert_eq!(session.datagram(source(), RECEIVED_NS, &announce, &mut out).rows, 0);
}

#[test]
fn one_address_cannot_fill_the_room_of_the_others() {
    let limits = SessionLimits { new_exporters_per_second: 0, ..SessionLimits::default() };
    let mut session = Session::new(limits);
    let mut out = Batches::new();
    let body = vec![7; 1200];
    let mut held = 0;
    for number in 0..10_000_u16 {
        // Ever other ports and templates.
        let flood = SocketAddr::from(([192, 0, 2, 66], number));
        let outcome = session.datagram(flood, RECEIVED_NS, &ipfix(0, &[&set(256 + number, &body)]), &mut out);
        assert_eq!(outcome.held_sets + outcome.problems.iter().map(|(_, count)| count).sum::<u64>(), 1);
        held += outcome.held_sets;
    }
    assert!((300..450).contains(&held), "{held} sets are held");
    let outcome = session.datagram(source(), RECEIVED_NS, &ipfix(0, &[&set(256, &body)]), &mut out);
    assert_eq!(outcome.held_sets, 1);
    assert_eq!(session.give_up_held().sets, held + 1);
    assert!(session.held.is_empty());
}

#[test]
fn sets_of_a_connection_end_with_it() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let data = ipfix(0, &[&set(256, &[10, 0, 0, 1])]);
    session.stream_message(source(), Transport::Tcp, RECEIVED_NS, &data, &mut out);
    let announce = ipfix(0, &[&set(2, &template(256, &[(8, 4)]))]);
    // The same address and domain over UDP is somebody else.
    assert_eq!(session.datagram(source(), RECEIVED_NS, &announce, &mut out).rows, 0);
    assert_eq!(session.close(source(), Transport::Tcp), GivenUp { sets: 1 });
    let closed = session.exporters().into_iter().find(|status| status.transport == "tcp").unwrap();
    assert_eq!((closed.port, closed.held_sets), (0, 0));
    assert_eq!(closed.problems.iter().collect::<Vec<_>>(), [(Reason::NO_TEMPLATE, 1)]);
}

#[test]
fn held_options_are_read_when_their_template_comes() {
    let mut session = Session::new(SessionLimits::default());
    let mut out = Batches::new();
    let told = [0, 0, 0, 1, 7, 0, 0, 0, 100];
    session.datagram(source(), RECEIVED_NS, &v9(1, &[&set(260, &told)]), &mut out);
    let options = [1, 4, 0, 4, 0, 8, 0, 1, 0, 4, 0, 48, 0, 1, 0, 50, 0, 4];
    let outcome = session.datagram(source(), RECEIVED_NS, &v9(2, &[&set(1, &options)]), &mut out);
    assert_eq!((outcome.options_records, outcome.decoded_late), (1, 1));
    assert_eq!(session.exporters()[0].sampling, Some(100));
}
