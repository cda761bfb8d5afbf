//! Batches through the stage, with sources of the tests' own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, FixedSizeBinaryArray, RecordBatch, UInt32Array};
use arrow_schema::Schema;
use weir_schema::Field;
use weir_telemetry::ManualClock;
use weir_testkit::wait_until;

use crate::{AsPreference, EnrichConfig, Enricher, Enrichment, NetworkConfig, SourceStatus, check};

const AS_RANGES: &str = "8.8.8.0,8.8.8.255,15169,Google\n1.1.1.0,1.1.1.255,13335,\"Cloudflare, Inc.\"\n";
const NETWORKS: &str = "prefix,name,site,role\n10.1.0.0/16,office,Berlin,\n10.1.5.0/24,printers,Berlin,printing\n\
    8.8.8.0/24,partner,,\n";

const PATIENCE: Duration = Duration::from_mins(1);

struct Lab {
    folder: tempfile::TempDir,
    config: EnrichConfig,
    networks: Vec<NetworkConfig>,
}

impl Lab {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| -> PathBuf {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let config = EnrichConfig {
            networks: vec![file("networks.csv", NETWORKS)],
            databases: vec![file("as.csv", AS_RANGES)],
            as_from: AsPreference::Exporter,
        };
        Self { folder, config, networks: Vec::new() }
    }

    fn start(&self) -> (Enrichment, Enricher) {
        let clock = Arc::new(ManualClock::new(7));
        let enrichment = Enrichment::start(&self.config, &self.networks, self.folder.path(), clock);
        let is_read = |status: &SourceStatus| status.loaded_ns.is_some() || status.error.is_some();
        wait_until("every file is read", PATIENCE, || enrichment.status().iter().all(is_read).then_some(()));
        let enricher = enrichment.enricher(&self.config);
        (enrichment, enricher)
    }
}

fn addresses(texts: &[&str]) -> ArrayRef {
    let bytes = texts.iter().map(|text| match text.parse().unwrap() {
        std::net::IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        std::net::IpAddr::V6(v6) => v6.octets(),
    });
    Arc::new(FixedSizeBinaryArray::try_from_iter(bytes).unwrap())
}

/// A batch of flows between addresses of one table; with AS numbers of the source, as an exporter might tell them.
fn batch(flows: &[(Option<&str>, &str)], src_as: Option<Vec<Option<u32>>>) -> RecordBatch {
    let texts: Vec<&str> = flows.iter().flat_map(|flow| [flow.0.unwrap_or(flow.1), flow.1]).collect();
    let values = addresses(&texts);
    let keys = |keys: Vec<Option<u32>>| -> ArrayRef {
        Arc::new(
            DictionaryArray::<UInt32Type>::try_new(UInt32Array::from(keys), Arc::clone(&values)).unwrap(),
        )
    };
    let source = flows.iter().enumerate().map(|(row, flow)| flow.0.map(|_| row as u32 * 2)).collect();
    let destination = (0..flows.len()).map(|row| Some(row as u32 * 2 + 1)).collect();
    let mut columns = vec![(Field::SrcIp, keys(source)), (Field::DstIp, keys(destination))];
    columns.extend(src_as.map(|numbers| (Field::SrcAs, Arc::new(UInt32Array::from(numbers)) as ArrayRef)));
    columns.sort_by_key(|column| column.0);
    let schema = Schema::new(columns.iter().map(|column| column.0.arrow()).collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|column| column.1).collect()).unwrap()
}

/// A column's values as text; `-` where there is none.
fn column(batch: &RecordBatch, field: Field) -> Vec<String> {
    let Some(column) = batch.column_by_name(field.name()) else { return Vec::new() };
    assert_eq!(column.data_type(), &field.data_type(), "{}", field.name());
    let text = |row: usize| {
        if column.is_null(row) {
            return "-".to_owned();
        }
        match column.as_dictionary_opt::<UInt32Type>() {
            Some(coded) => {
                let values = coded.values().as_string::<i32>();
                values.value(coded.keys().value(row) as usize).to_owned()
            }
            None => column.as_primitive::<UInt32Type>().value(row).to_string(),
        }
    };
    (0..batch.num_rows()).map(text).collect()
}

const FLOWS: [(Option<&str>, &str); 4] = [
    (Some("10.1.5.9"), "8.8.8.8"),
    (Some("1.1.1.1"), "10.1.0.1"),
    (Some("192.168.0.1"), "10.1.0.1"),
    (None, "2001:db8::1"),
];

#[test]
fn each_end_gets_the_names_of_its_own_address() {
    let (_enrichment, mut enricher) = Lab::new().start();
    let found = enricher.enrich(batch(&FLOWS, None));
    assert_eq!(found.num_rows(), 4);
    let names = found.schema();
    let names: Vec<&str> = names.fields().iter().map(|field| field.name().as_str()).collect();
    assert!(names.iter().map(|name| Field::from_name(name).unwrap()).is_sorted(), "{names:?}");
    assert_eq!(column(&found, Field::SrcNet), ["printers", "-", "-", "-"]);
    assert_eq!(column(&found, Field::DstNet), ["partner", "office", "office", "-"]);
    assert_eq!(column(&found, Field::DstSite), ["-", "Berlin", "Berlin", "-"]);
    assert_eq!(column(&found, Field::SrcRole), ["printing", "-", "-", "-"]);
    assert_eq!(column(&found, Field::DstRole), [] as [&str; 0]);
    assert_eq!(column(&found, Field::SrcAs), ["-", "13335", "-", "-"]);
    assert_eq!(column(&found, Field::SrcAsName), ["-", "Cloudflare, Inc.", "-", "-"]);
    assert_eq!(column(&found, Field::DstAsName), ["Google", "-", "-", "-"]);
    // The partner is said to be internal: that is the default of a named network.
    assert_eq!(column(&found, Field::Locality), ["internal", "inbound", "internal", "-"]);
    assert_eq!(found.column_by_name("src_country"), None);
}

#[test]
fn a_network_may_be_external_and_the_configuration_comes_first() {
    let mut lab = Lab::new();
    let network = |prefix: &str, name: &str, internal| NetworkConfig {
        prefix: prefix.parse().unwrap(),
        name: name.to_owned(),
        site: String::new(),
        role: String::new(),
        tenant: "t".to_owned(),
        tags: vec!["a".to_owned(), "b".to_owned()],
        internal,
    };
    lab.networks = vec![network("8.8.0.0/16", "far", false), network("10.1.0.0/16", "mine", true)];
    lab.config.networks.clear();
    let (_enrichment, mut enricher) = lab.start();
    let found = enricher.enrich(batch(&FLOWS, None));
    assert_eq!(column(&found, Field::DstNet), ["far", "mine", "mine", "-"]);
    assert_eq!(column(&found, Field::DstTags), ["a b", "a b", "a b", "-"]);
    assert_eq!(column(&found, Field::Locality), ["outbound", "inbound", "internal", "-"]);
    lab.config.networks = vec![lab.folder.path().join("networks.csv")];
    let problems = check(&lab.config, &lab.networks, lab.folder.path());
    let [twice] = problems.as_slice() else { panic!("{problems:?}") };
    let told = twice.to_string();
    assert!(told.contains("10.1.0.0/16 stands twice: `mine` (configuration) and `office`"), "{told}");
}

#[test]
fn an_exporters_as_number_counts_or_the_databases() {
    let mut lab = Lab::new();
    // 64500 is in no database; 15169 is, but not for this address; 0 says nothing.
    let flows = [(Some("1.1.1.1"), "8.8.8.8"); 5];
    let told = Some(vec![Some(64500), Some(15169), Some(0), None, Some(13335)]);
    for (preference, numbers, names) in [
        (
            AsPreference::Exporter,
            ["64500", "15169", "13335", "13335", "13335"],
            ["-", "Google", "Cloudflare, Inc.", "Cloudflare, Inc.", "Cloudflare, Inc."],
        ),
        (AsPreference::Database, ["13335"; 5], ["Cloudflare, Inc."; 5]),
    ] {
        lab.config.as_from = preference;
        let (_enrichment, mut enricher) = lab.start();
        let found = enricher.enrich(batch(&flows, told.clone()));
        assert_eq!(column(&found, Field::SrcAs), numbers);
        assert_eq!(column(&found, Field::SrcAsName), names);
    }
}

#[test]
fn without_any_source_only_the_way_is_told() {
    let lab = Lab { config: EnrichConfig::default(), ..Lab::new() };
    let (enrichment, mut enricher) = lab.start();
    let told = Some(vec![Some(0), Some(7), None, None]);
    let before = batch(&FLOWS, told);
    let found = enricher.enrich(before.clone());
    assert_eq!(column(&found, Field::Locality), ["outbound", "inbound", "internal", "-"]);
    assert_eq!(found.num_columns(), before.num_columns() + 1);
    assert_eq!(column(&found, Field::SrcAs), ["0", "7", "-", "-"]);
    assert_eq!(enrichment.status(), []);
}

#[test]
fn a_changed_file_is_in_force_soon_and_a_broken_one_changes_nothing() {
    let lab = Lab::new();
    let (enrichment, mut enricher) = lab.start();
    let mut first = |wanted: &str| {
        wait_until(wanted, PATIENCE, || {
            let names = column(&enricher.enrich(batch(&FLOWS, None)), Field::SrcNet);
            names.first().is_some_and(|name| name == wanted).then_some(())
        });
    };
    let status = || enrichment.status().into_iter().find(|status| status.kind == "networks").unwrap();
    let wait_for_error = |wanted: bool| {
        let has_come = || (status().error.is_some() == wanted).then_some(());
        wait_until("the status tells of the error, or no longer", PATIENCE, has_come);
    };
    first("printers");
    assert_eq!((status().entries, status().loaded_ns), (3, Some(7)));

    replace(&lab.config.networks[0], "prefix,name\n10.1.5.0/24,plotters and more\n");
    first("plotters and more");
    assert_eq!((status().entries, status().error), (1, None));

    replace(&lab.config.networks[0], "prefix,name\n10.1.5.0/240,nobody at all\n");
    wait_for_error(true);
    assert!(
        status().error.is_some_and(|error| error.contains("networks.csv:2: `10.1.5.0/240`")),
        "{:?}",
        status()
    );
    assert_eq!(status().entries, 1);
    first("plotters and more");

    fs::remove_file(&lab.config.networks[0]).unwrap();
    replace(&lab.config.networks[0], "prefix,name\n10.1.0.0/16,new\n");
    wait_for_error(false);
    first("new");
}

/// As a careful program would: the file is whole at any time.
fn replace(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(&beside, path).unwrap();
}

#[test]
fn a_database_put_into_the_data_directory_is_found() {
    let lab = Lab { config: EnrichConfig::default(), ..Lab::new() };
    let (_enrichment, mut enricher) = lab.start();
    fs::create_dir(lab.folder.path().join("geo")).unwrap();
    replace(&lab.folder.path().join("geo/as.csv"), AS_RANGES);
    wait_until("the database is found", PATIENCE, || {
        let names = column(&enricher.enrich(batch(&FLOWS, None)), Field::DstAsName);
        (names == ["Google", "-", "-", "-"]).then_some(())
    });
}
