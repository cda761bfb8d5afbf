//! The stage: a batch goes in, and comes out with columns that say who and where its addresses are.
//!
//! Source and destination are codes of the batch's own table of addresses. Each distinct address is looked up once (in a
//! cache over batches first); a column is then a gathering by code. Nothing here waits for anything.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{
    Array, ArrayRef, FixedSizeBinaryArray, RecordBatch, RecordBatchOptions, StringArray, UInt32Array,
};
use arrow_schema::Schema;
use weir_schema::Field;

use crate::cache::Cache;
use crate::columns::{Coder, coded, gather, numbers};
use crate::config::AsPreference;
use crate::database::Place;
use crate::enrichment::Shared;
use crate::networks::Network;
use crate::ranges::NONE;
use crate::sources::{Facts, Sources};

/// Enriches batches in one thread.
pub struct Enricher {
    shared: Arc<Shared>,
    generation: u64,
    sources: Arc<Sources>,
    as_from: AsPreference,
    cache: Cache,
    coder: Coder,
    localities: ArrayRef,
}

/// The texts of `locality`, by (source is internal, destination is internal).
const LOCALITIES: [&str; 4] = ["transit", "inbound", "outbound", "internal"];

/// The columns of source and destination, and what of a `T` stands in them.
type Attribute<T> = (Field, Field, fn(&T) -> u32);

/// What a network says of an address, as text.
const OF_NETWORK: [Attribute<Network>; 5] = [
    (Field::SrcNet, Field::DstNet, |network| network.name),
    (Field::SrcSite, Field::DstSite, |network| network.site),
    (Field::SrcRole, Field::DstRole, |network| network.role),
    (Field::SrcTenant, Field::DstTenant, |network| network.tenant),
    (Field::SrcTags, Field::DstTags, |network| network.tags),
];

/// What a database says of an address, as text.
const OF_PLACE: [Attribute<Place>; 4] = [
    (Field::SrcCountry, Field::DstCountry, |place| place.country),
    (Field::SrcRegion, Field::DstRegion, |place| place.region),
    (Field::SrcCity, Field::DstCity, |place| place.city),
    (Field::SrcLocation, Field::DstLocation, |place| place.location),
];

/// One end of the flows of a batch.
struct Side<'a> {
    is_source: bool,
    keys: &'a UInt32Array,
}

/// A table of addresses, and the ends that are coded by it.
struct Group<'a> {
    values: &'a FixedSizeBinaryArray,
    sides: Vec<Side<'a>>,
    /// By code.
    facts: Vec<Facts>,
}

impl Enricher {
    pub(crate) fn new(shared: Arc<Shared>, as_from: AsPreference) -> Self {
        Self {
            generation: shared.generation(),
            sources: shared.sources(),
            shared,
            as_from,
            cache: Cache::new(),
            coder: Coder::default(),
            localities: Arc::new(StringArray::from_iter_values(LOCALITIES)),
        }
    }

    /// The batch with what is known of its addresses. Columns without any value are left out.
    pub fn enrich(&mut self, batch: RecordBatch) -> RecordBatch {
        self.follow_changes();
        let mut added: Vec<(Field, ArrayRef)> = Vec::new();
        let mut groups = groups(&batch);
        for group in &mut groups {
            self.look_up(group);
            for (source, destination, of) in OF_NETWORK {
                let sources = Arc::clone(&self.sources);
                let text = |facts: Facts| sources.network(facts).map_or(NONE, of);
                self.add_texts(group, source, destination, text, &mut added);
            }
            for (source, destination, of) in OF_PLACE {
                let sources = Arc::clone(&self.sources);
                let text = |facts: Facts| sources.place(facts).map_or(NONE, of);
                self.add_texts(group, source, destination, text, &mut added);
            }
            if self.sources.has_systems() {
                for side in &group.sides {
                    self.add_systems(&batch, group, side, &mut added);
                }
            }
        }
        added.extend(self.locality(&groups, batch.num_rows()));
        with_columns(batch, added)
    }

    fn follow_changes(&mut self) {
        let generation = self.shared.generation();
        if generation != self.generation {
            self.generation = generation;
            self.sources = self.shared.sources();
            self.cache.clear();
        }
    }

    /// Finds the facts of each address that is an end of some flow; others (exporters, next hops) are left out.
    fn look_up(&mut self, group: &mut Group<'_>) {
        let mut used = vec![false; group.values.len()];
        for side in &group.sides {
            // Null rows may hold any code: one address too many is looked up then.
            for key in side.keys.values() {
                if let Some(used) = used.get_mut(*key as usize) {
                    *used = true;
                }
            }
        }
        let (sources, cache) = (&self.sources, &mut self.cache);
        let (addresses, _) = group.values.value_data().as_chunks::<16>();
        group.facts.clear();
        group.facts.extend(addresses.iter().zip(&used).map(|(address, used)| {
            if *used {
                cache.get(u128::from_be_bytes(*address), |address| sources.find(address))
            } else {
                Facts::NOTHING
            }
        }));
    }

    /// A column of texts for each end.
    fn add_texts(
        &mut self,
        group: &Group<'_>,
        source: Field,
        destination: Field,
        text: impl Fn(Facts) -> u32,
        added: &mut Vec<(Field, ArrayRef)>,
    ) {
        let by_code: Vec<u32> = group.facts.iter().map(|facts| self.coder.code(text(*facts))).collect();
        let Some(values) = self.coder.finish(self.sources.names()) else { return };
        for side in &group.sides {
            let field = if side.is_source { source } else { destination };
            let column = coded(gather(side.keys, &by_code, NONE), &values);
            added.extend(column.map(|column| (field, column)));
        }
    }

    /// Number and name of one end's autonomous system.
    fn add_systems(
        &mut self,
        batch: &RecordBatch,
        group: &Group<'_>,
        side: &Side<'_>,
        added: &mut Vec<(Field, ArrayRef)>,
    ) {
        let (number_field, name_field) =
            if side.is_source { (Field::SrcAs, Field::SrcAsName) } else { (Field::DstAs, Field::DstAsName) };
        let told = batch
            .column_by_name(number_field.name())
            .and_then(|column| column.as_primitive_opt::<UInt32Type>());
        let (sources, coder) = (&self.sources, &mut self.coder);
        let system = |facts: &Facts| sources.system(*facts);
        let known: Vec<u32> =
            group.facts.iter().map(|facts| system(facts).map_or(0, |system| system.number)).collect();
        let known_names: Vec<u32> =
            group.facts.iter().map(|facts| system(facts).map_or(NONE, |system| system.name)).collect();
        let mut found = gather(side.keys, &known, 0);
        let mut names = gather(side.keys, &known_names, NONE);
        if let Some(told) = told {
            // Runs of the same system are frequent.
            let mut last = (0, NONE);
            for row in 0..found.len() {
                let said = if told.is_valid(row) { told.value(row) } else { 0 };
                let keeps = said == 0 || said == found[row];
                if keeps || (self.as_from == AsPreference::Database && found[row] != 0) {
                    continue;
                }
                if last.0 != said {
                    last = (said, sources.system_name(said));
                }
                (found[row], names[row]) = (said, last.1);
            }
        }
        for name in &mut names {
            *name = coder.code(*name);
        }
        if let Some(values) = self.coder.finish(self.sources.names()) {
            added.extend(coded(names, &values).map(|column| (name_field, column)));
        }
        added.extend(numbers(found, 0).map(|column| (number_field, Arc::new(column) as ArrayRef)));
    }

    /// Which way each flow goes, where both ends are known.
    fn locality(&self, groups: &[Group<'_>], rows: usize) -> Option<(Field, ArrayRef)> {
        let inside = |is_source: bool| {
            let (group, side) = groups.iter().find_map(|group| {
                group.sides.iter().find(|side| side.is_source == is_source).map(|side| (group, side))
            })?;
            let by_code: Vec<u32> = group.facts.iter().map(|facts| u32::from(facts.is_internal)).collect();
            Some(gather(side.keys, &by_code, NONE))
        };
        let (mut source, destination) = (inside(true)?, inside(false)?);
        for row in 0..rows {
            let (from, to) = (source[row], destination[row]);
            source[row] = if from == NONE || to == NONE { NONE } else { from * 2 + to };
        }
        Some((Field::Locality, coded(source, &self.localities)?))
    }
}

/// The ends of a batch's flows. Both are coded by one table as a rule.
fn groups(batch: &RecordBatch) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (field, is_source) in [(Field::SrcIp, true), (Field::DstIp, false)] {
        let Some(column) =
            batch.column_by_name(field.name()).and_then(|column| column.as_dictionary_opt::<UInt32Type>())
        else {
            continue;
        };
        let Some(values) =
            column.values().as_fixed_size_binary_opt().filter(|values| values.value_length() == 16)
        else {
            continue;
        };
        let side = Side { is_source, keys: column.keys() };
        match groups.iter_mut().find(|group| std::ptr::eq(group.values, values)) {
            Some(group) => group.sides.push(side),
            None => groups.push(Group { values, sides: vec![side], facts: Vec::new() }),
        }
    }
    groups
}

/// The batch with columns added, or put in place of those of the same field; in field order.
fn with_columns(batch: RecordBatch, mut columns: Vec<(Field, ArrayRef)>) -> RecordBatch {
    for (arrow, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        let Some(field) = Field::from_name(arrow.name()) else { return batch };
        if !columns.iter().any(|(added, _)| *added == field) {
            columns.push((field, Arc::clone(array)));
        }
    }
    columns.sort_by_key(|(field, _)| *field);
    let schema = Schema::new(columns.iter().map(|(field, _)| field.arrow()).collect::<Vec<_>>());
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    // All columns have the batch's length and their field's type; a batch without names is better than none.
    RecordBatch::try_new_with_options(Arc::new(schema), arrays, &options).unwrap_or(batch)
}
