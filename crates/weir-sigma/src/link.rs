//! From documents to a rule set: names become places, filters go into rules, correlations get their order.

use std::collections::{BTreeSet, HashMap};

use weir_filter::{Context, Expr};
use weir_schema::{Field, Kind};

use crate::fault::Fault;
use crate::front::{self, Raw, RawCorrelation, RawFilter, RawLogic, RawRule};
use crate::naming::Naming;
use crate::{
    Amount, Correlation, Document, GroupKey, Logic, Meta, Operand, Origin, Problem, Rule, RuleSet, Source,
    Unusable,
};

const SECOND_NS: f64 = 1e9;
/// Most documents that are read.
const MAX_DOCUMENTS: usize = 20_000;

/// Where a document stands, for problems.
#[derive(Debug, Clone)]
struct Place {
    file: String,
    line: u32,
    text: String,
    title: Option<String>,
}

#[derive(Default)]
struct Linker {
    rules: Vec<(RawRule, Place)>,
    correlations: Vec<(RawCorrelation, Place)>,
    filters: Vec<(RawFilter, Place)>,
    problems: Vec<Problem>,
    /// Ids and names of documents that could not be used.
    broken: BTreeSet<String>,
    unusable: Vec<Unusable>,
}

impl RuleSet {
    /// Reads documents. Sets that placeholders (`%servers%`) stand for come from `context`.
    pub fn load(documents: &[Document], context: &Context) -> RuleSet {
        let mut linker = Linker::default();
        let mut count = 0;
        for document in documents {
            for part in front::split(&document.text) {
                count += 1;
                if count > MAX_DOCUMENTS {
                    let place = Place::new(document, part);
                    linker.problem(
                        &place,
                        Fault::error(format!("there are more than {MAX_DOCUMENTS} documents")),
                    );
                    return linker.finish();
                }
                linker.read(document, part, context);
            }
        }
        linker.finish()
    }
}

impl Place {
    fn new(document: &Document, part: front::Part<'_>) -> Self {
        let value = |key: &str| {
            let line = part.text.lines().find_map(|line| line.strip_prefix(key))?;
            let text = line.trim().trim_matches(['"', '\'']);
            (!text.is_empty()).then(|| text.to_owned())
        };
        Self {
            file: document.file.clone(),
            line: part.line,
            text: part.text.to_owned(),
            title: value("title:"),
        }
    }

    fn origin(&self) -> Origin {
        Origin { file: self.file.clone(), line: self.line }
    }

    /// What the document calls itself, although it could not be read.
    fn names(&self) -> impl Iterator<Item = String> {
        self.text.lines().filter_map(|line| {
            let value = line.strip_prefix("id:").or_else(|| line.strip_prefix("name:"))?;
            Some(value.trim().trim_matches(['"', '\'']).to_owned())
        })
    }
}

impl Linker {
    fn problem(&mut self, place: &Place, fault: Fault) {
        let (line, column) = fault.place_in(&place.text);
        self.problems.push(Problem {
            file: place.file.clone(),
            line: place.line + line,
            column,
            title: place.title.clone(),
            message: fault.message,
            help: fault.help,
            severity: fault.severity,
        });
    }

    /// Leaves a document out.
    fn refuse(&mut self, place: &Place, fault: Fault) {
        self.leave_out(place);
        self.problem(place, fault);
    }

    fn leave_out(&mut self, place: &Place) {
        self.unusable.push(Unusable {
            id: place.names().next().unwrap_or_else(|| format!("{}:{}", place.file, place.line)),
            title: place.title.clone(),
            origin: place.origin(),
            source: place.text.clone(),
        });
    }

    fn read(&mut self, document: &Document, part: front::Part<'_>, context: &Context) {
        let place = Place::new(document, part);
        let mut faults = Vec::new();
        let raw = front::read(part.text, context, &mut faults);
        for fault in faults {
            self.problem(&place, fault);
        }
        let known = |meta: &Meta, linker: &Linker| {
            let of = |other: &Meta| other.id == meta.id || (meta.name.is_some() && other.name == meta.name);
            linker
                .rules
                .iter()
                .map(|(rule, place)| (&rule.meta, place))
                .chain(linker.correlations.iter().map(|(rule, place)| (&rule.meta, place)))
                .find(|(other, _)| of(other))
                .map(|(_, place)| format!("{}:{}", place.file, place.line))
        };
        match raw {
            None => {
                self.broken.extend(place.names());
                self.leave_out(&place);
            }
            Some(Raw::Filter(filter)) => self.filters.push((filter, place)),
            Some(Raw::Rule(RawRule { ref meta, .. }) | Raw::Correlation(RawCorrelation { ref meta, .. }))
                if known(meta, self).is_some() =>
            {
                let other = known(meta, self).unwrap_or_default();
                let fault = Fault::error(format!("the id or name `{}` is taken", meta.id)).near("id:");
                self.refuse(&place, fault.help(format!("it is that of {other}; the first one is used")));
            }
            Some(Raw::Rule(mut rule)) => {
                rule.meta.origin = place.origin();
                self.rules.push((rule, place));
            }
            Some(Raw::Correlation(mut correlation)) => {
                correlation.meta.origin = place.origin();
                self.correlations.push((correlation, place));
            }
        }
    }

    fn finish(mut self) -> RuleSet {
        let mut set = RuleSet::default();
        let mut namings = Vec::new();
        let mut blocks = Vec::new();
        let filters = std::mem::take(&mut self.filters);
        let mut used = vec![false; filters.len()];
        let mut names: HashMap<String, Operand> = HashMap::new();
        for (rule, place) in std::mem::take(&mut self.rules) {
            let mut parts = vec![rule.expr];
            let mut applied = Vec::new();
            for (at, (filter, _)) in filters.iter().enumerate() {
                let is_meant = |name: &String| {
                    *name == rule.meta.id || Some(name) == rule.meta.name.as_ref() || *name == rule.meta.title
                };
                let fits = filter.log_source.includes(&rule.log_source);
                if fits && filter.rules.as_ref().is_none_or(|rules| rules.iter().any(is_meant)) {
                    used[at] = true;
                    parts.push(filter.expr.clone());
                    applied.push(filter.title.clone());
                }
            }
            if rule.building_block {
                blocks.push(set.rules.len());
            }
            let operand = Operand::Rule(set.rules.len());
            names.extend(keys(&rule.meta).map(|name| (name, operand)));
            namings.push(rule.naming);
            set.rules.push(Rule {
                meta: rule.meta,
                expr: Expr::and(parts),
                entity: rule.entity,
                fields: rule.fields,
                reports: true,
                filters: applied,
                source: place.text,
            });
        }
        for ((filter, place), used) in filters.iter().zip(used) {
            if !used && filter.rules.is_some() {
                let fault = Fault::warning("none of the rules that it names is here with its log source")
                    .help("filters go into rules about single flows, not into correlations")
                    .near("rules:");
                self.problem(place, fault);
            }
        }
        self.link_correlations(&mut set, &namings, &mut names);
        for at in blocks {
            set.rules[at].reports = false;
        }
        set.problems = self.problems;
        set.unusable = self.unusable;
        set.problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        set
    }

    /// Links correlations whose operands are all linked, until none is left that could be.
    fn link_correlations(
        &mut self,
        set: &mut RuleSet,
        namings: &[Naming],
        names: &mut HashMap<String, Operand>,
    ) {
        let mut waiting = std::mem::take(&mut self.correlations);
        let mut generated: Vec<(Vec<Operand>, bool)> = Vec::new();
        loop {
            let pending: BTreeSet<String> = waiting.iter().flat_map(|(raw, _)| keys(&raw.meta)).collect();
            let before = waiting.len();
            let mut later = Vec::new();
            for (raw, place) in waiting {
                let missing = raw.rules.iter().find(|name| !names.contains_key(*name));
                match missing {
                    Some(name) if pending.contains(name) => later.push((raw, place)),
                    Some(name) => {
                        let fault = self.missing(name, names);
                        self.broken.extend(keys(&raw.meta));
                        self.refuse(&place, fault);
                    }
                    None => {
                        let operands: Vec<Operand> = raw.rules.iter().map(|name| names[name]).collect();
                        let generate = raw.generate;
                        let own: Vec<String> = keys(&raw.meta).collect();
                        match correlation(raw, &place, &operands, set, namings) {
                            Ok(linked) => {
                                let operand = Operand::Correlation(set.correlations.len());
                                names.extend(own.into_iter().map(|name| (name, operand)));
                                generated.push((operands, generate));
                                set.correlations.push(linked);
                            }
                            Err(fault) => {
                                self.broken.extend(own);
                                self.refuse(&place, fault);
                            }
                        }
                    }
                }
            }
            waiting = later;
            if waiting.is_empty() || waiting.len() == before {
                break;
            }
        }
        for (raw, place) in waiting {
            let fault =
                Fault::error("the correlation refers to itself, through others or directly").near("rules:");
            self.refuse(&place, fault.help(format!("it names {}", raw.rules.join(", "))));
        }
        // A rule that is only a part of something is silent; one correlation that wants it to speak is enough.
        for (operands, _) in &generated {
            for operand in operands {
                *reports(set, *operand) = false;
            }
        }
        for (operands, _) in generated.iter().filter(|(_, generate)| *generate) {
            for operand in operands {
                *reports(set, *operand) = true;
            }
        }
    }

    fn missing(&self, name: &str, names: &HashMap<String, Operand>) -> Fault {
        if self.broken.contains(name) {
            return Fault::refused(format!("refers to `{name}`, which could not be used")).near(name);
        }
        let fault = Fault::refused(format!("refers to `{name}`, which is not here")).near(name);
        let nearest = names
            .keys()
            .filter(|_| name.len() <= 64)
            .map(|known| (strsim::jaro_winkler(name, known), known))
            .filter(|(likeness, _)| *likeness > 0.9)
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)));
        match nearest {
            Some((_, known)) => fault.help(format!("did you mean `{known}`?")),
            None => fault,
        }
    }
}

fn keys(meta: &Meta) -> impl Iterator<Item = String> {
    std::iter::once(meta.id.clone()).chain(meta.name.clone())
}

fn reports(set: &mut RuleSet, operand: Operand) -> &mut bool {
    match operand {
        Operand::Rule(at) => &mut set.rules[at].reports,
        Operand::Correlation(at) => &mut set.correlations[at].reports,
    }
}

/// One correlation at work: finds where the events of its operands have what it names.
struct Resolver<'a> {
    raw: &'a RawCorrelation,
    operands: &'a [Operand],
    set: &'a RuleSet,
    namings: &'a [Naming],
}

impl Resolver<'_> {
    /// Where each operand's events have the field, or the alias, of this name.
    fn sources(&self, name: &str) -> Result<Vec<Source>, Fault> {
        let is_alias = self.raw.aliases.iter().any(|(alias, _, _)| alias == name);
        let each = self.operands.iter().zip(&self.raw.rules);
        each.map(|(operand, reference)| {
            if !is_alias {
                return self.source(*operand, name);
            }
            let names = match operand {
                Operand::Rule(at) => keys(&self.set.rules[*at].meta).collect::<Vec<_>>(),
                Operand::Correlation(at) => keys(&self.set.correlations[*at].meta).collect(),
            };
            let meant =
                self.raw.aliases.iter().find(|(alias, rule, _)| alias == name && names.contains(rule));
            let (_, _, field) = meant.ok_or_else(|| {
                Fault::error(format!("the alias `{name}` does not say what it is in `{reference}`"))
                    .near(name)
            })?;
            self.source(*operand, field)
        })
        .collect()
    }

    fn source(&self, operand: Operand, name: &str) -> Result<Source, Fault> {
        match operand {
            Operand::Rule(at) => self.namings[at].field(name).map(Source::Field),
            Operand::Correlation(at) => {
                let inner = &self.set.correlations[at];
                let field = Field::from_name(name);
                let same = |key: &GroupKey| {
                    key.name == name
                        || field
                            .is_some_and(|field| key.from.iter().all(|from| *from == Source::Field(field)))
                };
                inner.group_by.iter().position(same).map(Source::Key).ok_or_else(|| {
                    Fault::error(format!("`{}` is not grouped by `{name}`", inner.meta.title))
                        .help(format!("add `{name}` to its `group-by`"))
                        .near(name)
                })
            }
        }
    }

    fn amount(&self, name: &str) -> Result<Amount, Fault> {
        let from = self.sources(name)?;
        let mut divisor = 1.0;
        for source in &from {
            let kind = match source {
                Source::Field(field) => field.kind(),
                Source::Key(_) => {
                    return Err(Fault::refused(format!(
                        "`{name}` comes from a correlation, which has no numbers"
                    ))
                    .near(name));
                }
            };
            match kind {
                Kind::Duration => divisor = SECOND_NS,
                Kind::U8 | Kind::U16 | Kind::U32 | Kind::U64 => {}
                _ => return Err(Fault::error(format!("`{name}` is no number")).near(name)),
            }
        }
        Ok(Amount { from, divisor })
    }
}

fn correlation(
    raw: RawCorrelation,
    place: &Place,
    operands: &[Operand],
    set: &RuleSet,
    namings: &[Naming],
) -> Result<Correlation, Fault> {
    let resolver = Resolver { raw: &raw, operands, set, namings };
    let mut group_by = Vec::new();
    for name in &raw.group_by {
        let from = resolver.sources(name)?;
        // A key that is the same field everywhere goes by the field's name.
        let shown = match from.as_slice() {
            [Source::Field(field), rest @ ..] if rest.iter().all(|other| *other == Source::Field(*field)) => {
                field.name().to_owned()
            }
            _ => name.clone(),
        };
        group_by.push(GroupKey { name: shown, from });
    }
    let logic = match &raw.logic {
        RawLogic::EventCount(condition) => Logic::EventCount(condition.clone()),
        RawLogic::ValueCount { fields, condition } => Logic::ValueCount {
            of: fields.iter().map(|name| resolver.sources(name)).collect::<Result<_, _>>()?,
            condition: condition.clone(),
        },
        RawLogic::Sum { field, condition } => {
            Logic::ValueSum { of: resolver.amount(field)?, condition: condition.clone() }
        }
        RawLogic::Avg { field, condition } => {
            Logic::ValueAvg { of: resolver.amount(field)?, condition: condition.clone() }
        }
        RawLogic::Percentile { field, percentile, condition } => Logic::ValuePercentile {
            of: resolver.amount(field)?,
            percentile: *percentile,
            condition: condition.clone(),
        },
        RawLogic::Temporal { ordered, holds } => Logic::Temporal { ordered: *ordered, holds: holds.clone() },
    };
    Ok(Correlation {
        operands: operands.to_vec(),
        group_by,
        timespan_ns: raw.timespan_ns,
        window: raw.window,
        logic,
        reports: true,
        source: place.text.clone(),
        meta: raw.meta,
    })
}
