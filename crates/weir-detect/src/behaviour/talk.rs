//! Conversations: the two directions of a flow put together, with who began.
//!
//! Exporters send each direction as a record of its own, not at the same moment. Records of one five-tuple belong
//! together when their ends lie within [`GAP`] of each other, so that what a conversation holds depends on the records
//! and not on their order. It is decided when event time has passed its end by that much.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use weir_schema::service::service_name;

use super::rows::{Flow, Role, Way, flag, proto};

/// Records of one five-tuple whose ends are closer than this are one conversation.
pub(crate) const GAP: i64 = 30_000_000_000;

/// How often finished conversations are looked for, in event time.
const SWEEP: i64 = 2_000_000_000;

/// What one side sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Side {
    pub(crate) bytes: u64,
    pub(crate) packets: u64,
    pub(crate) flags: u16,
    start: i64,
}

/// How the other side took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Both sides spoke.
    Yes,
    /// Nothing came back.
    None,
    /// It was refused.
    Refused,
}

/// A finished conversation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Talk {
    pub(crate) client: u128,
    pub(crate) server: u128,
    pub(crate) client_port: u16,
    pub(crate) server_port: u16,
    pub(crate) protocol: u8,
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) up: Side,
    pub(crate) down: Side,
    pub(crate) answer: Answer,
    /// Whether its beginning was seen: a record in the middle of a long connection is no new one.
    pub(crate) opened: bool,
    /// From the client to the server.
    pub(crate) way: Way,
    pub(crate) client_role: Role,
    pub(crate) server_role: Role,
    pub(crate) sampling: u32,
    /// Records it is made of.
    pub(crate) records: u64,
}

impl Talk {
    /// How long it took, in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        (self.end - self.start) as f64 / 1e9
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
struct Ends {
    low: (u128, u16),
    high: (u128, u16),
    protocol: u8,
}

/// Records whose ends are near each other.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Segment {
    first_end: i64,
    last_end: i64,
    start: i64,
    /// What the lower and the higher end sent.
    sides: [Side; 2],
    /// Which of them opened it, where the record says so: 0, 1, or 2 for unknown.
    opener: u8,
    internal: [bool; 2],
    roles: [u8; 2],
    sampling: u32,
    records: u64,
}

impl Segment {
    fn absorb(&mut self, other: &Segment) {
        self.first_end = self.first_end.min(other.first_end);
        self.last_end = self.last_end.max(other.last_end);
        self.start = self.start.min(other.start);
        for (own, others) in self.sides.iter_mut().zip(other.sides) {
            own.start = if own.packets == 0 {
                others.start
            } else if others.packets == 0 {
                own.start
            } else {
                own.start.min(others.start)
            };
            own.bytes = own.bytes.saturating_add(others.bytes);
            own.packets = own.packets.saturating_add(others.packets);
            own.flags |= others.flags;
        }
        self.opener = self.opener.min(other.opener);
        for side in 0..2 {
            self.internal[side] |= other.internal[side];
            self.roles[side] |= other.roles[side];
        }
        self.sampling = self.sampling.max(other.sampling);
        self.records += other.records;
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Open {
    segment: Segment,
    /// Others of the same five-tuple, further apart. Seldom any.
    more: Vec<Segment>,
}

/// Puts conversations together in bounded memory.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Tracker {
    open: HashMap<Ends, Open>,
    most: usize,
    swept: i64,
    /// Conversations that had to be decided early for want of room.
    early: u64,
}

impl Tracker {
    /// A tracker of at most so many open conversations.
    pub(crate) fn new(most: usize) -> Self {
        Self { open: HashMap::new(), most, swept: i64::MIN, early: 0 }
    }

    /// Takes in a flow. What had to be decided early, because it is full, goes to `out`.
    pub(crate) fn take(&mut self, flow: &Flow, out: &mut Vec<Talk>) {
        if self.open.len() >= self.most {
            self.make_room(out);
        }
        let ports = if flow.is_icmp() { (0, 0) } else { (flow.src_port, flow.dst_port) };
        let (src, dst) = ((flow.src, ports.0), (flow.dst, ports.1));
        let from = usize::from(src > dst);
        let (low, high) = if from == 0 { (src, dst) } else { (dst, src) };
        let mut sides = [Side::default(); 2];
        sides[from] =
            Side { bytes: flow.bytes, packets: flow.packets.max(1), flags: flow.flags, start: flow.start };
        let opener = match flow.forward {
            Some(true) => from as u8,
            Some(false) => 1 - from as u8,
            None if flow.is_echo_request() => from as u8,
            None => 2,
        };
        let mut segment = Segment {
            first_end: flow.end,
            last_end: flow.end,
            start: flow.start,
            sides,
            opener,
            internal: ordered(from, flow.way.src_internal, flow.way.dst_internal),
            roles: ordered(from, flow.src_role.bits(), flow.dst_role.bits()),
            sampling: flow.sampling,
            records: 1,
        };
        let key = Ends { low, high, protocol: flow.protocol };
        match self.open.entry(key) {
            hashbrown::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(Open { segment, more: Vec::new() });
            }
            hashbrown::hash_map::Entry::Occupied(mut occupied) => {
                let open = occupied.get_mut();
                let near = |of: &Segment, other: &Segment| {
                    other.first_end <= of.last_end.saturating_add(GAP)
                        && of.first_end <= other.last_end.saturating_add(GAP)
                };
                if open.more.is_empty() && near(&open.segment, &segment) {
                    open.segment.absorb(&segment);
                    return;
                }
                open.more.push(open.segment);
                open.more.retain(|other| {
                    let joins = near(&segment, other);
                    if joins {
                        segment.absorb(other);
                    }
                    !joins
                });
                open.segment = segment;
            }
        }
    }

    /// Decides what ended by `now_ns`, into `out`, and returns up to which end of conversations all are decided.
    pub(crate) fn sweep(&mut self, now_ns: i64, out: &mut Vec<Talk>) -> i64 {
        if now_ns < self.swept.saturating_add(SWEEP) {
            return self.swept.saturating_sub(GAP);
        }
        self.swept = now_ns;
        let done = now_ns.saturating_sub(GAP);
        self.close(done, out);
        done
    }

    /// Closes what ended before `done`.
    fn close(&mut self, done: i64, out: &mut Vec<Talk>) {
        let from = out.len();
        self.open.retain(|ends, open| {
            open.more.retain(|segment| {
                let is_done = segment.last_end < done;
                if is_done {
                    out.push(talk(ends, segment));
                }
                !is_done
            });
            if open.segment.last_end < done {
                out.push(talk(ends, &open.segment));
                let Some(next) = open.more.pop() else { return false };
                open.segment = next;
            }
            true
        });
        out[from..].sort_by_cached_key(|talk| {
            (talk.end, talk.client, talk.server, talk.client_port, talk.server_port, talk.protocol)
        });
        if self.open.capacity() > 4096 && self.open.len() < self.open.capacity() / 8 {
            self.open.shrink_to_fit();
        }
    }

    fn make_room(&mut self, out: &mut Vec<Talk>) {
        let mut ends: Vec<i64> = self.open.values().map(|open| open.segment.last_end).collect();
        let half = ends.len() / 2;
        let (_, median, _) = ends.select_nth_unstable(half);
        let (median, before) = (*median, out.len());
        self.close(median.saturating_add(1), out);
        self.early += (out.len() - before) as u64;
    }

    pub(crate) fn early(&self) -> u64 {
        self.early
    }

    pub(crate) fn memory(&self) -> usize {
        self.open.capacity() * (size_of::<(Ends, Open)>() + 1)
            + self.open.values().map(|open| open.more.capacity() * size_of::<Segment>()).sum::<usize>()
    }
}

fn ordered<T>(from: usize, src: T, dst: T) -> [T; 2] {
    if from == 0 { [src, dst] } else { [dst, src] }
}

/// Which end is the server by its port: a registered one, or the lower one.
fn server_by_port(ends: &Ends) -> usize {
    let known = |port: u16| port != 0 && (port < 1024 || service_name(ends.protocol, port).is_some());
    match (known(ends.low.1), known(ends.high.1)) {
        (true, false) => 0,
        (false, true) => 1,
        _ => usize::from(ends.high.1 < ends.low.1),
    }
}

fn client_of(ends: &Ends, segment: &Segment) -> usize {
    if segment.opener < 2 {
        return segment.opener as usize;
    }
    let [low, high] = &segment.sides;
    let by_port = 1 - server_by_port(ends);
    let earlier = match low.start.cmp(&high.start) {
        _ if low.packets == 0 || high.packets == 0 => None,
        std::cmp::Ordering::Less => Some(0),
        std::cmp::Ordering::Greater => Some(1),
        std::cmp::Ordering::Equal => None,
    };
    if ends.protocol == proto::TCP {
        let bare = |side: &Side| side.flags & (flag::SYN | flag::ACK) == flag::SYN;
        return match (bare(low), bare(high)) {
            (true, false) => 0,
            (false, true) => 1,
            // Without a SYN it began before it was seen: the earlier record says nothing.
            _ if low.flags & high.flags & flag::SYN == 0 => by_port,
            _ => earlier.unwrap_or(by_port),
        };
    }
    let known = |port: u16| port != 0 && port < 1024;
    if known(ends.low.1) == known(ends.high.1) {
        let only = match (low.packets, high.packets) {
            (0, _) if ends.low.1 == ends.high.1 => Some(1),
            (_, 0) if ends.low.1 == ends.high.1 => Some(0),
            _ => None,
        };
        return only.or(earlier).unwrap_or(by_port);
    }
    by_port
}

fn talk(ends: &Ends, segment: &Segment) -> Talk {
    let client = client_of(ends, segment);
    let server = 1 - client;
    let both = [ends.low, ends.high];
    let (up, down) = (segment.sides[client], segment.sides[server]);
    let answer = if down.packets == 0 {
        Answer::None
    } else if ends.protocol == proto::TCP
        && down.flags & flag::RST != 0
        && (down.flags & (flag::SYN | flag::PSH) == 0 && up.flags & flag::ACK == 0)
    {
        Answer::Refused
    } else {
        Answer::Yes
    };
    let opened = ends.protocol != proto::TCP || up.flags == 0 || up.flags & flag::SYN != 0;
    Talk {
        client: both[client].0,
        server: both[server].0,
        client_port: both[client].1,
        server_port: both[server].1,
        protocol: ends.protocol,
        start: segment.start,
        end: segment.last_end,
        up,
        down,
        answer,
        opened,
        way: Way { src_internal: segment.internal[client], dst_internal: segment.internal[server] },
        client_role: Role::from_bits(segment.roles[client]),
        server_role: Role::from_bits(segment.roles[server]),
        sampling: segment.sampling,
        records: segment.records,
    }
}
