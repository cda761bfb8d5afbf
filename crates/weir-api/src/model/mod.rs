//! What goes over the wire: request and response bodies. Their doc comments are the API's documentation.

mod alerts;
mod attack;
mod fields;
mod filter;
mod flows;
mod hunt;
mod problem;
mod query;
mod rules;
mod status;
mod suppressions;
mod table;
mod tune;

pub use alerts::{
    ActionOutcome, ActionRequest, ActionWord, AlertBody, AlertDetail, AlertGroup, AlertLevel, AlertList,
    AlertRelation, AlertSpark, AlertState, AlertVerdict, EntityField, EvidenceBody, HistoryBody,
    HistoryEntry, MarkerBody, QualityBody, RelatedBody, RiskPart, TabCounts, TimelineBody,
};
pub use attack::{AttackMatrix, AttackRule, AttackState, AttackTactic, AttackTechnique};
pub use fields::{FieldEntry, FieldList};
pub use filter::{
    CompleteRequest, CompletionItem, CompletionKind, Completions, FilterProblem, FilterReading,
    FilterRequest, FilterTerm, FilterTranslation,
};
pub use flows::{FlowsRequest, FlowsResponse};
pub use hunt::{
    HuntAlert, HuntBuckets, HuntJob, HuntList, HuntOverlap, HuntRequest, HuntResult, HuntState, HuntStep,
    HuntVerdicts,
};
pub use problem::{ErrorBody, ErrorCode, ErrorResponse};
pub use query::{
    Meta, QueryRequest, QueryResponse, Row, Series, TimeseriesRequest, TimeseriesResponse, Values,
};
pub use rules::{
    AlertTally, AttackTacticName, CheckedRule, RuleAlerts, RuleBody, RuleCheck, RuleCheckRequest,
    RuleCostBody, RuleDetail, RuleExplanation, RuleKind, RuleList, RuleNeed, RuleOrigin, RuleProblem,
    RuleSeverity, RuleState, RuleStatus, RuleSwitch, RuleSwitchRequest, RuleTechnique,
};
pub use status::{
    Accounting, CounterLedger, DatagramLedger, DetectionStatus, DiskStatus, Exporter, ExporterDetail,
    ExporterList, Gaps, Health, LastError, ListenerStatus, NotifyStatus, RecordLedger, RowLedger, SetLedger,
    SourceStatus, Status, StoreStatus, Template, TemplateField,
};
pub use suppressions::{
    EntityValue, PreviewRequest, SuppressionBody, SuppressionConditions, SuppressionList, SuppressionMade,
    SuppressionPreview, SuppressionRequest, SuppressionState,
};
pub use table::TableName;
pub use tune::{RuleTuning, TuneRequest, TuneVerdicts};
