//! What is written as codes comes back, by our reader and by the stock one.

use std::fs::File;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, FixedSizeBinaryArray, StringArray, UInt32Array};
use arrow_buffer::{Buffer, NullBuffer};
use arrow_cast::cast;
use arrow_schema::{DataType, Field as ArrowField, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::basic::Encoding;
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::Statistics;
use proptest::prelude::*;

use super::*;

/// Some batches of a column: the numbers of their values, for a row without one nothing.
type Batches = Vec<Vec<Option<u32>>>;

fn batches() -> impl Strategy<Value = Batches> {
    let nulls = prop_oneof![Just(0u32), Just(3), Just(10)];
    let value = prop_oneof![Just(1u32), Just(4), Just(3000)];
    (nulls, value).prop_flat_map(|(nulls, values)| {
        let row = (0..10u32, 0..values).prop_map(move |(dice, value)| (dice >= nulls).then_some(value));
        prop::collection::vec(prop::collection::vec(row, 0..60), 0..6)
    })
}

fn address(number: u32) -> [u8; 16] {
    let mut address = [0; 16];
    address[12..].copy_from_slice(&number.wrapping_mul(0x9e37_79b9).to_be_bytes());
    address
}

/// A batch's column, its dictionary in an order of its own and with values that no row has.
fn coded(rows: &[Option<u32>], of: impl Fn(&[u32]) -> ArrayRef) -> ArrayRef {
    let mut numbers: Vec<u32> = rows.iter().flatten().copied().chain([u32::MAX]).collect();
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    numbers.dedup();
    let place = |number: u32| numbers.iter().position(|known| *known == number).unwrap() as u32;
    // The code of a row without a value may be anything.
    let keys: Vec<u32> = rows.iter().map(|row| row.map_or(987_654, place)).collect();
    let valid = rows.iter().map(Option::is_some).collect::<NullBuffer>();
    let keys = UInt32Array::new(keys.into(), Some(valid));
    // SAFETY: the codes of rows with values are in the dictionary.
    #[expect(unsafe_code, reason = "codes of null rows are not looked at")]
    unsafe {
        Arc::new(DictionaryArray::<UInt32Type>::new_unchecked(keys, of(&numbers)))
    }
}

fn addresses(numbers: &[u32]) -> ArrayRef {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| address(*number)).collect();
    Arc::new(FixedSizeBinaryArray::new(16, Buffer::from(bytes), None))
}

fn texts(numbers: &[u32]) -> ArrayRef {
    Arc::new(numbers.iter().map(|number| Some(format!("{:?}", address(*number)))).collect::<StringArray>())
}

struct Rig {
    file: File,
    rows: usize,
    dictionary: Option<Vec<u32>>,
}

/// Writes the batches as the only column of a file of one row group.
fn write(batches: &Batches, kind: &DataType, limits: Limits) -> Rig {
    let coded_type = DataType::Dictionary(Box::new(DataType::UInt32), Box::new(kind.clone()));
    let schema = Arc::new(Schema::new(vec![ArrowField::new("column", coded_type, true)]));
    let file = tempfile::tempfile().unwrap();
    let (mut writer, _) =
        ArrowWriter::try_new(&file, schema, None).unwrap().into_serialized_writer().unwrap();
    let descr = writer.schema_descr().column(0);
    let mut group = writer.next_row_group().unwrap();
    let (mut known_addresses, mut known_texts) = (Addresses::default(), Texts::default());
    let is_text = *kind == DataType::Utf8;
    let columns: Vec<ArrayRef> =
        batches.iter().map(|rows| coded(rows, if is_text { texts } else { addresses })).collect();
    let numbers: Vec<Arc<[u32]>> = columns
        .iter()
        .map(|column| {
            let values = column.as_dictionary::<UInt32Type>().values();
            if is_text { known_texts.translate(values) } else { known_addresses.translate(values) }
        })
        .collect();
    let distinct: &dyn Distinct = if is_text { &known_texts } else { &known_addresses };
    let mut chunk = CodedColumn::new(descr, distinct, limits).unwrap();
    for (place, column) in columns.iter().enumerate() {
        if column.null_count() == column.len() {
            chunk.add_nulls(column.len()).unwrap();
        } else {
            chunk.add(column, &numbers[place]).unwrap();
        }
    }
    let (chunk, dictionary) = chunk.finish().unwrap();
    group.append_column(&chunk.bytes, chunk.close).unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    Rig { file, rows: columns.iter().map(Array::len).sum(), dictionary }
}

fn stock(rig: &Rig, selection: Option<RowSelection>) -> Vec<Option<Vec<u8>>> {
    let mut options = ArrowReaderOptions::new();
    if selection.is_some() {
        options = options.with_page_index_policy(PageIndexPolicy::Required);
    }
    let file = rig.file.try_clone().unwrap();
    let mut builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).unwrap();
    if let Some(selection) = selection {
        builder = builder.with_row_selection(selection);
    }
    let batches: Vec<_> = builder.with_batch_size(17).build().unwrap().map(Result::unwrap).collect();
    batches.iter().flat_map(|batch| values(batch.column(0))).collect()
}

fn values(column: &ArrayRef) -> Vec<Option<Vec<u8>>> {
    let DataType::Dictionary(_, kind) = column.data_type() else { panic!("no dictionary") };
    let plain = cast(column, kind).unwrap();
    match kind.as_ref() {
        DataType::Utf8 => {
            plain.as_string::<i32>().iter().map(|text| text.map(|text| text.as_bytes().to_vec())).collect()
        }
        _ => plain.as_fixed_size_binary().iter().map(|value| value.map(<[u8]>::to_vec)).collect(),
    }
}

fn ours(rig: &Rig) -> ArrayRef {
    let footer = ArrowReaderMetadata::load(&rig.file, ArrowReaderOptions::new()).unwrap();
    let column = footer.metadata().row_group(0).column(0);
    assert!(is_coded_addresses(column));
    read_addresses(&rig.file, column, rig.rows).unwrap()
}

fn limits() -> impl Strategy<Value = Limits> {
    let dictionary = prop_oneof![Just(0usize), Just(100), Just(1 << 20)];
    (1..40usize, dictionary).prop_map(|(page_rows, dictionary_bytes)| Limits { page_rows, dictionary_bytes })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn addresses_come_back(batches in batches(), limits in limits(), skipped in 0..50usize) {
        let rig = write(&batches, &DataType::FixedSizeBinary(16), limits);
        let wanted: Vec<_> = batches.iter().flatten().map(|row| row.map(|row| address(row).to_vec())).collect();
        prop_assert_eq!(&stock(&rig, None), &wanted);
        prop_assert_eq!(&values(&ours(&rig)), &wanted);
        let skipped = skipped.min(wanted.len());
        let rest = wanted.len() - skipped;
        let selection = RowSelection::from(vec![RowSelector::skip(skipped), RowSelector::select(rest)]);
        prop_assert_eq!(&stock(&rig, Some(selection))[..], &wanted[skipped..]);
        let mut numbers: Vec<u32> = batches.iter().flatten().flatten().copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        if let Some(dictionary) = &rig.dictionary {
            prop_assert_eq!(dictionary.len(), numbers.len());
        }
        check_index(&rig, &wanted, limits);
    }

    #[test]
    fn texts_come_back(batches in batches(), limits in limits()) {
        let rig = write(&batches, &DataType::Utf8, limits);
        let text = |row: u32| format!("{:?}", address(row)).into_bytes();
        let wanted: Vec<_> = batches.iter().flatten().map(|row| row.map(text)).collect();
        prop_assert_eq!(&stock(&rig, None), &wanted);
        check_index(&rig, &wanted, limits);
    }

    /// A disk that changes bytes must not make the reader panic.
    #[test]
    fn damaged_chunks_are_refused(batches in batches(), at in any::<prop::sample::Index>(), with in any::<[u8; 3]>()) {
        use std::os::unix::fs::FileExt;
        let limits = Limits { page_rows: 16, dictionary_bytes: 100 };
        let rig = write(&batches, &DataType::FixedSizeBinary(16), limits);
        let footer = ArrowReaderMetadata::load(&rig.file, ArrowReaderOptions::new()).unwrap();
        let column = footer.metadata().row_group(0).column(0);
        let (start, length) = column.byte_range();
        rig.file.write_all_at(&with, start + at.index(length as usize) as u64).unwrap();
        if let Ok(read) = read_addresses(&rig.file, column, rig.rows) {
            prop_assert_eq!(read.len(), rig.rows);
        }
    }
}

/// The page index and the statistics say of each page, and of the chunk, what is in it.
fn check_index(rig: &Rig, wanted: &[Option<Vec<u8>>], limits: Limits) {
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
    let footer = ArrowReaderMetadata::load(&rig.file, options).unwrap();
    let metadata = footer.metadata();
    let column = metadata.row_group(0).column(0);
    if wanted.is_empty() {
        return;
    }
    let pages: Vec<&[Option<Vec<u8>>]> = wanted.chunks(limits.page_rows).collect();
    let found = metadata.page_index_for_row_group(0);
    let locations = found.page_locations(0).unwrap();
    assert_eq!(locations.len(), pages.len());
    for (page, location) in locations.iter().enumerate() {
        assert_eq!(location.first_row_index as usize, page * limits.page_rows);
    }
    match found.column_index(0) {
        Some(ColumnIndexMetaData::FIXED_LEN_BYTE_ARRAY(index) | ColumnIndexMetaData::BYTE_ARRAY(index)) => {
            for (page, rows) in pages.iter().enumerate() {
                let there = rows.iter().flatten();
                assert_eq!(index.min_value(page), there.clone().min().map(Vec::as_slice));
                assert_eq!(index.max_value(page), there.max().map(Vec::as_slice));
            }
        }
        Some(other) => panic!("{other:?}"),
        None => assert!(wanted.iter().flatten().any(|value| value.len() > 64) || pages.is_empty()),
    }
    let nulls = |rows: &[Option<Vec<u8>>]| rows.iter().filter(|row| row.is_none()).count();
    let statistics = column.statistics().unwrap();
    assert_eq!(statistics.null_count_opt(), Some(nulls(wanted) as u64));
    let is_short = wanted.iter().flatten().all(|value| value.len() <= 64);
    if is_short {
        let bounds = (statistics.min_bytes_opt(), statistics.max_bytes_opt());
        let found = wanted.iter().flatten();
        assert_eq!(bounds, (found.clone().min().map(Vec::as_slice), found.max().map(Vec::as_slice)));
    }
    assert!(matches!(statistics, Statistics::FixedLenByteArray(_) | Statistics::ByteArray(_)));
    let plain = column.page_encoding_stats_mask().is_some_and(|mask| mask.is_set(Encoding::PLAIN));
    assert!(!plain || rig.dictionary.is_none());
}

#[test]
fn a_flood_outgrows_the_dictionary_and_comes_back() {
    let batches: Batches =
        (0..10u32).map(|batch| (0..1000).map(|row| Some(batch * 1000 + row)).collect()).collect();
    let rig =
        write(&batches, &DataType::FixedSizeBinary(16), Limits { page_rows: 700, dictionary_bytes: 50_000 });
    assert!(rig.dictionary.is_none());
    let wanted: Vec<_> = (0..10_000).map(|row| Some(address(row).to_vec())).collect();
    assert_eq!(stock(&rig, None), wanted);
    let read = ours(&rig);
    assert_eq!(values(&read), wanted);
    assert_eq!(read.as_dictionary::<UInt32Type>().values().len(), 10_000);
}
