//! The rules in force: shared by the engine that runs them, and by those who show and change them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use weir_filter::Context;
use weir_schema::Field;
use weir_sigma::{Document, Meta, Problem, RuleSet, Severity, stamp_files};

use crate::behaviour::catalogue;
use crate::{Cost, DetectConfig, proof, rules};

/// The file that the text of [`RuleBook::check`] is said to be.
pub const TEXT: &str = "text";

/// Rules, correlations and analytics, which of them are off, and what the engine tells of them.
#[derive(Debug)]
pub struct RuleBook {
    config: DetectConfig,
    context: Context,
    loaded: RwLock<Arc<Loaded>>,
    folder: Mutex<Folder>,
    analytics: Vec<Meta>,
    switched_off: RwLock<Arc<BTreeSet<String>>>,
    /// Grows with each change that an engine must follow.
    version: AtomicU64,
    told: Mutex<Told>,
}

/// Rules that were read together.
#[derive(Debug)]
struct Loaded {
    documents: Vec<Document>,
    set: Arc<RuleSet>,
    /// Ids of what a scenario makes speak.
    tested: BTreeSet<String>,
}

impl Loaded {
    fn new(documents: Vec<Document>, context: &Context, unread: Vec<Problem>) -> Self {
        let mut set = RuleSet::load(&documents, context);
        set.problems.extend(unread);
        Self { tested: proof::tested(&set), set: Arc::new(set), documents }
    }
}

/// What is known of the folder.
#[derive(Debug, Default)]
struct Folder {
    /// Its files as they were when they were read.
    read: Stamp,
    /// Its files as they were when they were last looked at.
    seen: Stamp,
    /// What keeps its present files from being in force.
    broken: Vec<Problem>,
}

type Stamp = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// What became of a look at the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reload {
    /// Nothing was changed, or it is still being written.
    Unchanged,
    /// The files as they are now are in force.
    Loaded,
    /// A file that was changed is wrong: what was in force stays. [`RuleBook::broken`] says why.
    Broken,
}

/// What the engine tells.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// What each rule, and the analytics, cost.
    pub costs: Vec<Cost>,
    /// Fields that flows have had a value of.
    pub seen: BTreeSet<Field>,
    /// Records that it has looked at, since the start.
    pub records: u64,
}

impl RuleBook {
    /// The rules that the configuration names. `context` has the sets that placeholders stand for.
    pub fn open(config: &DetectConfig, context: Context) -> Self {
        let stamp = stamp_files(&config.rules, &rules::ENDINGS).unwrap_or_default();
        let (documents, unread) = rules::documents(config);
        let loaded = Loaded::new(documents, &context, unread);
        Self {
            loaded: RwLock::new(Arc::new(loaded)),
            folder: Mutex::new(Folder { read: stamp.clone(), seen: stamp, broken: Vec::new() }),
            config: config.clone(),
            context,
            analytics: catalogue::metas(),
            switched_off: RwLock::default(),
            version: AtomicU64::new(1),
            told: Mutex::default(),
        }
    }

    /// What is set about detection.
    pub fn config(&self) -> &DetectConfig {
        &self.config
    }

    /// The rules and correlations in force.
    pub fn set(&self) -> Arc<RuleSet> {
        Arc::clone(&self.loaded().set)
    }

    fn loaded(&self) -> Arc<Loaded> {
        Arc::clone(&self.loaded.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What keeps the files of the folder, as they are now, from being in force.
    pub fn broken(&self) -> Vec<Problem> {
        self.folder.lock().unwrap_or_else(PoisonError::into_inner).broken.clone()
    }

    /// Looks at the folder; to be called every few seconds. Files that were changed are read when they have stayed the same
    /// from one look to the next, and take effect with the next flows. When one of them is wrong, all stays as it was.
    pub fn reload(&self) -> Reload {
        let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = match stamp_files(&self.config.rules, &rules::ENDINGS) {
            Ok(stamp) => stamp,
            Err(error) => {
                let broken = vec![rules::unreadable(error)];
                let is_news = folder.broken != broken;
                folder.broken = broken;
                return if is_news { Reload::Broken } else { Reload::Unchanged };
            }
        };
        let is_settled = stamp == folder.seen;
        folder.seen.clone_from(&stamp);
        if !is_settled || stamp == folder.read {
            return Reload::Unchanged;
        }
        folder.read = stamp;
        let (documents, unread) = rules::documents(&self.config);
        let before = self.loaded();
        let is_new = |file: &str| {
            let of = |documents: &[Document]| documents.iter().find(|one| one.file == file).cloned();
            of(&before.documents) != of(&documents)
        };
        let loaded = Loaded::new(documents.clone(), &self.context, Vec::new());
        let wrong = loaded
            .set
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error && is_new(&problem.file));
        folder.broken = wrong.cloned().chain(unread).collect();
        if !folder.broken.is_empty() {
            return Reload::Broken;
        }
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(loaded);
        self.version.fetch_add(1, Ordering::Release);
        Reload::Loaded
    }

    /// What each behavioural analytic says of itself.
    pub fn analytics(&self) -> &[Meta] {
        &self.analytics
    }

    /// The fields without which an analytic cannot see what it looks for.
    pub fn analytic_needs(&self, id: &str) -> &'static [Field] {
        catalogue::needs(id)
    }

    /// Whether there is a scenario that makes a rule speak.
    pub fn is_tested(&self, id: &str) -> bool {
        self.loaded().tested.contains(id)
    }

    /// Whether a rule is off in the configuration, which nobody else can change.
    pub fn is_off_by_configuration(&self, id: &str) -> bool {
        self.config.disabled.iter().any(|off| off == id)
    }

    /// Whether a rule is at work.
    pub fn is_on(&self, id: &str) -> bool {
        !self.is_off_by_configuration(id) && !self.switched_off().contains(id)
    }

    /// Switches a rule on or off; the engine follows with the next flows.
    pub fn switch(&self, id: &str, on: bool) {
        let mut off = self.switched_off.write().unwrap_or_else(PoisonError::into_inner);
        let set = Arc::make_mut(&mut off);
        if on {
            set.remove(id);
        } else {
            set.insert(id.to_owned());
        }
        self.version.fetch_add(1, Ordering::Release);
    }

    fn switched_off(&self) -> Arc<BTreeSet<String>> {
        Arc::clone(&self.switched_off.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ids of all that is off.
    pub(crate) fn off(&self) -> BTreeSet<String> {
        let mut off = (*self.switched_off()).clone();
        off.extend(self.config.disabled.iter().cloned());
        off
    }

    /// A number that changes whenever something of the rules does.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Reads text as if it were the first file of the rules in force: it may name them, and takes the place of those with
    /// the same id or name. What is of the text has [`TEXT`] as its file.
    pub fn check(&self, text: &str) -> RuleSet {
        let mut documents = vec![Document { file: TEXT.to_owned(), text: text.to_owned() }];
        documents.extend(self.loaded().documents.iter().cloned());
        let mut set = RuleSet::load(&documents, &self.context);
        set.problems.retain(|problem| problem.file == TEXT);
        set
    }

    /// What the engine told last.
    pub fn told(&self) -> Told {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn tell(&self, told: Told) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = told;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::Engine;

    fn rule(id: &str, port: u16) -> String {
        format!(
            "title: {id}\nid: {id}\nlogsource: {{category: network, service: connection}}\ndetection:\n  s:\n    \
             destination.port: {port}\n  condition: s\nentity: [source.ip]\n"
        )
    }

    /// Looks until nothing changes any more.
    fn settle(book: &RuleBook) -> Reload {
        let found = [book.reload(), book.reload(), book.reload()];
        found.into_iter().find(|found| *found != Reload::Unchanged).unwrap_or(Reload::Unchanged)
    }

    fn flows(port: u16) -> arrow_array::RecordBatch {
        let line = format!("src_ip=10.0.0.1 dst_ip=10.0.0.2 dst_port={port} protocol=tcp times=3");
        weir_sigma::scenario(&[line]).unwrap()
    }

    #[test]
    fn a_changed_folder_takes_effect_and_a_broken_file_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let config = DetectConfig { rules: dir.path().to_owned(), builtin: false, ..DetectConfig::default() };
        fs::write(dir.path().join("a.yml"), rule("a", 22)).unwrap();
        let book = Arc::new(RuleBook::open(&config, Context::default()));
        let mut engine = Engine::of(&book);
        let told = |engine: &mut Engine, port| {
            let mut out = Vec::new();
            engine.observe(&flows(port), &mut out);
            out.retain(|one: &crate::Detection| !one.rule.starts_with("weir-"));
            out.into_iter().map(|one| (one.rule, one.flows)).collect::<Vec<_>>()
        };
        assert_eq!(told(&mut engine, 22), [("a".to_owned(), 3)]);
        assert_eq!(settle(&book), Reload::Unchanged);

        fs::write(dir.path().join("b.yml"), rule("b", 23)).unwrap();
        assert_eq!(settle(&book), Reload::Loaded);
        assert_eq!(told(&mut engine, 23), [("b".to_owned(), 3)]);
        // What the other rule has counted is still known: the window grows from there.
        let mut out = Vec::new();
        engine.observe(&flows(22), &mut out);
        engine.advance(i64::MAX / 4, &mut out);
        assert_eq!(out.iter().filter(|one| one.rule == "a").map(|one| one.flows).max(), Some(6));

        fs::write(dir.path().join("b.yml"), "title: [").unwrap();
        assert_eq!(settle(&book), Reload::Broken);
        let broken = book.broken();
        assert!(broken[0].file.ends_with("b.yml") && broken[0].line > 0, "{broken:?}");
        assert_eq!(book.set().rules.len(), 2);
        assert_eq!(settle(&book), Reload::Unchanged, "it is told once");

        fs::remove_file(dir.path().join("b.yml")).unwrap();
        assert_eq!((settle(&book), book.broken().len(), book.set().rules.len()), (Reload::Loaded, 0, 1));
    }
}
