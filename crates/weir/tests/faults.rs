//! Disks that are full, not mounted or wrong, through the real binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot run says so")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use weir_testkit::{Launch, Sums, Weir, assert_adds_up, run, skip, wait_until};

const WEIR: &str = env!("CARGO_BIN_EXE_weir");
const PATIENCE: Duration = Duration::from_mins(1);

/// A server that makes small segments and small journal files.
fn small_files() -> Launch {
    let launch = Launch::new(WEIR);
    let file = launch.folder().join("weir.toml");
    let text = "[store]\nsegment_rows = 5000\n[journal]\nfile_size = \"2MiB\"\n";
    fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap().to_owned();
    launch.arguments(["--config", &path])
}

fn segments(weir: &Weir) -> u64 {
    weir.http().get_json("/api/v1/health")["store"]["segments"].as_u64().unwrap()
}

fn lost(accounting: &Value) -> u64 {
    accounting["records"]["lost"].as_object().unwrap().values().filter_map(Value::as_u64).sum()
}

#[test]
fn a_start_without_the_disk_of_the_segments_costs_nothing() {
    let mut weir = small_files().start();
    let sent = weir.generate("v9", 30_000, 1);
    weir.wait_for_flows(None, sent.flows);
    wait_until("segments are made", PATIENCE, || (segments(&weir) > 1).then_some(()));
    assert!(weir.terminate().success());
    let (folder, away) = (weir.launch().data().join("segments"), weir.launch().folder().join("away"));
    fs::rename(&folder, &away).unwrap();
    for _ in 0..2 {
        let refused = run(&mut weir.launch().serve_command(), PATIENCE);
        assert_eq!(refused.code, 1, "{}", refused.stderr);
        for part in ["segments are missing", folder.to_str().unwrap(), "\nhelp: mount"] {
            assert!(refused.stderr.contains(part), "`{part}` in: {}", refused.stderr);
        }
    }
    fs::remove_dir(&folder).unwrap();
    fs::rename(&away, &folder).unwrap();
    weir.start();
    assert_eq!(weir.sums(None), Sums::from(sent));
}

/// The journal's first file, and where its first frame begins.
fn first_frame(weir: &Weir) -> (PathBuf, usize) {
    let mut files: Vec<PathBuf> = fs::read_dir(weir.launch().data().join("journal"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wj"))
        .collect();
    files.sort();
    let path = files.remove(0);
    let bytes = fs::read(&path).unwrap();
    (path, 20 + u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize)
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 4;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_bit_that_flips_on_disk_costs_little_and_is_counted() {
    for in_header in [false, true] {
        let mut weir = Launch::new(WEIR).start();
        let mut sent = 0;
        // Batches of their own.
        for seed in 0..3 {
            sent += weir.generate("v5", 300, seed).flows;
            weir.wait_for_flows(None, sent);
        }
        weir.wait_until_stored();
        weir.kill9();
        let (path, frame) = first_frame(&weir);
        flip(&path, if in_header { 30 } else { frame + 20 });
        let size = fs::metadata(&path).unwrap().len();
        weir.start();
        let accounting = weir.accounting();
        assert_adds_up(&accounting);
        assert_eq!(weir.sums(None).flows + lost(&accounting), sent, "{accounting:#}");
        assert!(lost(&accounting) > 0, "{accounting:#}");
        assert!(in_header || lost(&accounting) < sent, "only the frame that was hit: {accounting:#}");
        let kept = if in_header { path.with_extension("wj.damaged") } else { path };
        assert_eq!(fs::metadata(&kept).unwrap().len(), size, "nothing is cut off");
    }
}

/// A small file system; it goes with the value.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(path: &Path, mebibytes: u32) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let options = format!("size={mebibytes}m");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "weir-test"]).arg(path).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(path.to_owned()))
    }

    /// Leaves not a byte to anybody.
    fn fill(&self) {
        let mut file = fs::File::options().create(true).append(true).open(self.0.join("filling")).unwrap();
        for size in [1 << 20, 4096, 1] {
            let bytes = vec![1; size];
            while file.write_all(&bytes).is_ok() {}
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_costs_old_segments_and_no_new_record() {
    let launch = small_files();
    let Some(disk) = SmallDisk::mount(launch.data(), 96) else {
        return skip("a full disk: mounting a small one takes root");
    };
    let mut weir = launch.start();
    let before = weir.generate("v9", 150_000, 1);
    weir.wait_for_flows(None, before.flows);
    wait_until("segments are made", PATIENCE, || (segments(&weir) > 10).then_some(()));
    disk.fill();
    let during = weir.generate("v9", 20_000, 2);
    let after = wait_until("everything is stored on a full disk", PATIENCE, || {
        let accounting = weir.accounting();
        let stored = accounting["records"]["stored"].as_u64() == Some(before.flows + during.flows);
        stored.then_some(accounting)
    });
    assert_adds_up(&after);
    assert_eq!(lost(&after), 0, "{after:#}");
    assert!(weir.sums(None).flows >= during.flows);
    wait_until("health is well again", PATIENCE, || {
        let answer = weir.http().request("GET", "/api/v1/health", &[], b"").unwrap();
        (answer.status == 200).then_some(())
    });
    wait_until("new segments are made", PATIENCE, || (segments(&weir) > 0).then_some(()));

    weir.kill9();
    disk.fill();
    weir.start();
    let more = weir.generate("v9", 1_000, 3);
    wait_until("new records are stored after a start on a full disk", PATIENCE, || {
        (weir.accounting()["records"]["stored"].as_u64() == Some(more.flows)).then_some(())
    });
    assert_eq!(lost(&weir.accounting()), 0);
}
