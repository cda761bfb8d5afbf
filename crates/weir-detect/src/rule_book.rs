//! The rules in force: shared by the engine that runs them, and by those who show and change them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use weir_filter::Context;
use weir_schema::Field;
use weir_sigma::{Document, Meta, RuleSet};

use crate::behaviour::catalogue;
use crate::{Cost, DetectConfig, proof, rules};

/// The file that the text of [`RuleBook::check`] is said to be.
pub const TEXT: &str = "text";

/// Rules, correlations and analytics, which of them are off, and what the engine tells of them.
#[derive(Debug)]
pub struct RuleBook {
    config: DetectConfig,
    context: Context,
    documents: Vec<Document>,
    set: RwLock<Arc<RuleSet>>,
    tested: BTreeSet<String>,
    analytics: Vec<Meta>,
    switched_off: RwLock<Arc<BTreeSet<String>>>,
    /// Grows with each change that an engine must follow.
    version: AtomicU64,
    told: Mutex<Told>,
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
        let (documents, unread) = rules::documents(config);
        let mut set = RuleSet::load(&documents, &context);
        set.problems.extend(unread);
        Self {
            tested: proof::tested(&set),
            set: RwLock::new(Arc::new(set)),
            config: config.clone(),
            context,
            documents,
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
        Arc::clone(&self.set.read().unwrap_or_else(PoisonError::into_inner))
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
        self.tested.contains(id)
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
        documents.extend(self.documents.iter().cloned());
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
