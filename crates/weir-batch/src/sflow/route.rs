//! BGP attributes. Few routes carry most packets, so their texts are made once per batch.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use weir_schema::Field;
use weir_wire::sflow::Gateway;

use crate::builder::BatchBuilder;
use crate::column::Column;

/// Routes of the batch in hand, by the bytes of their path and communities.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    table: HashTable<Route>,
    bytes: Vec<u8>,
    hasher: RandomState,
}

/// What a route's path and communities come to.
#[derive(Debug, Clone, Copy)]
struct Route {
    /// Its bytes among all.
    start: u32,
    end: u32,
    dst_as: Option<u32>,
    next_as: Option<u32>,
    /// Codes in the text columns.
    path: Option<u32>,
    communities: Option<u32>,
}

impl Route {
    fn bytes(self, all: &[u8]) -> &[u8] {
        all.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

impl Routes {
    /// Codes hold for one batch only.
    pub(crate) fn clear(&mut self) {
        self.table.clear();
        self.bytes.clear();
    }

    fn find(&self, raw: &[u8], hash: u64) -> Option<Route> {
        self.table.find(hash, |route| route.bytes(&self.bytes) == raw).copied()
    }

    fn insert(&mut self, raw: &[u8], hash: u64, route: Route) {
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(raw);
        let route = Route { start, end: self.bytes.len() as u32, ..route };
        let (bytes, hasher) = (&self.bytes, &self.hasher);
        self.table.insert_unique(hash, route, |route| hasher.hash_one(route.bytes(bytes)));
    }
}

impl BatchBuilder {
    pub(super) fn append_gateway(&mut self, gateway: Gateway<'_>) {
        self.address(Field::BgpNextHop, gateway.next_hop);
        let hash = self.routes.hasher.hash_one(gateway.raw());
        let route = match self.routes.find(gateway.raw(), hash) {
            Some(route) => route,
            None => self.learn_route(gateway, hash),
        };
        // A source AS of 0 and an empty path both mean the device's own AS.
        let src_as = if gateway.src_as == 0 { gateway.own_as } else { gateway.src_as };
        self.put(Field::SrcAs, src_as);
        self.put(Field::DstAs, route.dst_as.unwrap_or(gateway.own_as));
        self.put(Field::PrevAs, gateway.src_peer_as);
        self.cell(Field::NextAs, route.next_as);
        self.text_code(Field::AsPath, route.path);
        self.text_code(Field::Communities, route.communities);
    }

    #[inline(never)]
    fn learn_route(&mut self, gateway: Gateway<'_>, hash: u64) -> Route {
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        gateway.push_path(&mut text);
        let path = self.code_of(Field::AsPath, &text);
        text.clear();
        gateway.push_communities(&mut text);
        let communities = self.code_of(Field::Communities, &text);
        self.scratch = text;
        let (dst_as, next_as) = (gateway.path().last(), gateway.path().next());
        let route = Route { start: 0, end: 0, dst_as, next_as, path, communities };
        self.routes.insert(gateway.raw(), hash, route);
        route
    }

    /// The code of a text in its column; none for an empty one.
    fn code_of(&mut self, field: Field, text: &str) -> Option<u32> {
        match &mut self.columns[field.index()] {
            Column::Text(column) if !text.is_empty() => {
                let (code, grown) = column.intern(text);
                self.cell_bytes += grown;
                Some(code)
            }
            _ => None,
        }
    }

    fn text_code(&mut self, field: Field, code: Option<u32>) {
        let (row, expected) = (self.rows, self.expected);
        if let (Some(code), Column::Text(text)) = (code, &mut self.columns[field.index()]) {
            text.codes.push(code, row, expected);
        }
    }
}
