//! NetFlow v5: the view's parts always add up to the datagram.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_wire::v5;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(view) = v5::Datagram::parse(bytes) {
        assert!(view.count() <= v5::MAX_RECORDS);
        assert_eq!(v5::HEADER_LEN + view.records().len() + view.trailing(), bytes.len());
    }
});
