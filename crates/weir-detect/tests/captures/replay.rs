//! Captures of packets become flows as a probe makes them: softflowd reads the file and sends IPFIX to the loopback.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use arrow_array::RecordBatch;
use socket2::{Domain, Socket, Type};
use weir_batch::Batches;
use weir_ingest::{Session, SessionLimits};
use weir_schema::Table;

/// The probe's name.
pub(crate) const PROBE: &str = "softflowd";

/// Whether the probe is there.
pub(crate) fn has_probe() -> bool {
    Command::new(PROBE).arg("-h").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// When everything is received, long after the captures.
const NOW: i64 = 1_790_000_000_000_000_000;

/// The batch as it would have come from a live exporter: `time` is the end of the flow, and not when it was received, which
/// for old captures is years later.
pub(crate) fn with_own_time(batch: RecordBatch) -> RecordBatch {
    let (Some(end), Ok(at)) = (batch.column_by_name("end").cloned(), batch.schema().index_of("time")) else {
        return batch;
    };
    let mut columns = batch.columns().to_vec();
    columns[at] = end;
    RecordBatch::try_new(batch.schema(), columns).unwrap()
}

/// The flows of a capture of packets, as they come.
pub(crate) fn flows(capture: &Path) -> Vec<RecordBatch> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
    // Nobody paces the probe: what does not fit here is lost.
    let _ = socket.set_recv_buffer_size(64 << 20);
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let socket: UdpSocket = socket.into();
    socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let to = socket.local_addr().unwrap().to_string();
    let mut probe = Command::new(PROBE)
        .arg("-r")
        .arg(capture)
        .args(["-n", &to, "-v", "10", "-A", "milli", "-m", "100000", "-d"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut session, mut batches, mut done) =
        (Session::new(SessionLimits::default()), Batches::new(), Vec::new());
    let mut buffer = vec![0; 65_536];
    let mut ended = false;
    loop {
        match socket.recv_from(&mut buffer) {
            Ok((length, from)) => {
                let datagram = &buffer[..length];
                let outcome = session.datagram(from, NOW, datagram, &mut batches);
                assert!(outcome.rejected.is_none(), "{}: {outcome:?}", capture.display());
                if batches.is_full(8192) {
                    done.push(batches.of(Table::Flows).finish());
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if ended {
                    break;
                }
                ended = probe.try_wait().unwrap().is_some();
            }
            Err(error) => panic!("cannot receive flows: {error}"),
        }
    }
    if batches.rows() > 0 {
        done.push(batches.of(Table::Flows).finish());
    }
    done
}
