//! Verdicts on the incident of `analysis::fixture`, for tests.

use std::sync::Arc;

use crate::analysis::fixture::{HOSTILE, at, incident};
use crate::model::absence::Absence;
use crate::model::coverage::MessageFile;
use crate::model::event::Severity;
use crate::model::kind::EventKind;
use crate::model::text::Localized;
use crate::rules::verdict::{
    Entity, EntityKind, Finding, Grade, RuleCount, RuleTexts, StepOutcome, StepResult, Verdict,
    Verdicts,
};
use crate::timeline::Timeline;

fn both(en: &str, ja: &str) -> Localized {
    Localized {
        en: en.into(),
        ja: ja.into(),
    }
}

/// The incident and one finding of each verdict, and a benign one.
pub(crate) fn case() -> (Timeline, Verdicts) {
    let mut timeline = incident();
    let find = |kind| {
        timeline
            .events
            .iter()
            .position(|e| e.kind == kind)
            .expect("the incident has one")
    };
    let edit = find(EventKind::VmSettingsChanged);
    let moved = find(EventKind::MigrationCompleted);
    let lost = find(EventKind::VmNetworkLost);
    let removed = find(EventKind::NodeRemoved);
    let failed = find(EventKind::MigrationFailed);
    let log = timeline.events[failed].source.member.clone();
    timeline.events[failed].message =
        Some(format!("移動に失敗しました。\r\n\r\n理由: {HOSTILE}").into());
    let messages = MessageFile {
        path: "bundle.zip!/Node_HV01/LocaleMetaData/System_1041.MTA".into(),
        lcid: 1041,
    };
    timeline.coverage.messages.insert(log, messages);
    timeline.coverage.unlogged = vec![
        Absence {
            phase: "vm.config_refreshed".into(),
            windows: vec!["all".into()],
            section: 12,
            nearest: vec![EventKind::VmConfigRefreshed, EventKind::VmSettingsChanged],
            en: "No event tells of a refresh; it leaves a file.".into(),
            ja: "更新のイベントはなく、ファイルが残ります。".into(),
            reference: "W".into(),
        },
        Absence {
            phase: "vlan.edited".into(),
            windows: vec!["2008 R2".into(), "2012".into()],
            section: 12,
            nearest: vec![EventKind::PortDisconnected],
            en: "No event tells that a VLAN was changed.".into(),
            ja: "VLAN の変更を示すイベントはありません。".into(),
            reference: "W".into(),
        },
    ];

    let step = |id: &str, what: Localized, outcome| StepResult {
        id: id.into(),
        what,
        kinds: match id {
            "edit" => vec![EventKind::VmSettingsChanged],
            "refresh" => vec![EventKind::VmConfigRefreshed],
            _ => Vec::new(),
        },
        outcome,
    };
    let vm = |n: usize, name: &str| Entity {
        kind: EntityKind::Vm,
        name: name.into(),
        vm: Some(n),
    };
    let mut verdicts = Verdicts::default();
    let mut rule = |id: &str, title: Localized, benign: bool| {
        verdicts.rules.insert(
            id.into(),
            RuleTexts {
                title,
                area: "vm-config".into(),
                benign,
                cause: both(
                    "The cluster keeps its own copy of the settings.",
                    "クラスターは設定の複製を保持しています。",
                ),
                remedy: vec![
                    both(
                        "Refresh the virtual machine configuration.",
                        "仮想マシン構成を最新状態に更新します。",
                    ),
                    both("Set the VLAN again.", "VLAN を再設定します。"),
                ],
                references: vec!["KB961782".into(), "https://example.com/a?b=<c>".into()],
            },
        );
        Arc::<str>::from(id)
    };
    let kb = rule(
        "kb961782",
        both(
            "Settings changed outside the cluster came back after a move",
            "クラスター外で変更した設定が移動後に元に戻る",
        ),
        false,
    );
    let loss = rule("node-loss", both("A node was lost", "ノードの喪失"), false);
    let access = rule(
        "lm-access",
        both(
            "Live migration refused for lack of rights",
            "権限不足によるライブ マイグレーションの拒否",
        ),
        false,
    );
    let noise = rule(
        "noise",
        both(
            "Harmless message after a restart",
            "再起動後の無害なメッセージ",
        ),
        true,
    );
    verdicts.counts.insert(
        kb.clone(),
        RuleCount {
            untouched: 2,
            not_assessable: 1,
        },
    );

    verdicts.findings = vec![
        Finding {
            rule: kb.clone(),
            verdict: Verdict::Confirmed,
            severity: Severity::Error,
            subject: vm(0, "web01"),
            first: Some(at(5, 0.0)),
            last: Some(at(21, 0.0)),
            occurrences: 1,
            steps: vec![
                step(
                    "edit",
                    both(
                        "A setting was changed outside the cluster",
                        "クラスター外での設定変更",
                    ),
                    StepOutcome::Observed {
                        events: vec![edit],
                        grade: Grade::Direct,
                    },
                ),
                step(
                    "refresh",
                    both("No refresh before the move", "移動前に更新されていない"),
                    StepOutcome::AbsenceSeen,
                ),
                step(
                    "move",
                    both("The VM moved", "仮想マシンの移動"),
                    StepOutcome::Observed {
                        events: vec![moved],
                        grade: Grade::Direct,
                    },
                ),
                step(
                    "loss",
                    both("The network was lost", "ネットワークの切断"),
                    StepOutcome::Observed {
                        events: vec![lost],
                        grade: Grade::Circumstantial,
                    },
                ),
            ],
            evidence: vec![edit, moved, lost],
            related: Vec::new(),
            missing: vec![],
            explanation: both(
                "The VLAN of web01 was changed, not refreshed, and came back after the move.",
                "web01 の VLAN が変更され、更新されないまま移動され、元に戻りました。",
            ),
        },
        Finding {
            rule: loss,
            verdict: Verdict::Probable,
            severity: Severity::Critical,
            subject: Entity {
                kind: EntityKind::Node,
                name: "HV01".into(),
                vm: None,
            },
            first: Some(at(40, 0.0)),
            last: Some(at(40, 0.0)),
            occurrences: 2,
            steps: vec![
                step(
                    "gone",
                    both("Others removed it", "他のノードによる削除"),
                    StepOutcome::Observed {
                        events: vec![removed],
                        grade: Grade::Circumstantial,
                    },
                ),
                step(
                    "crash",
                    both(
                        "It restarted without a shutdown",
                        "シャットダウンなしの再起動",
                    ),
                    StepOutcome::NotObservable,
                ),
            ],
            evidence: vec![removed],
            related: Vec::new(),
            missing: vec![both(
                "System log of HV01 after 01:40",
                "HV01 の 01:40 以降の System ログ",
            )],
            explanation: both(
                "HV02 removed HV01 from the membership.",
                "HV02 が HV01 をメンバーシップから削除しました。",
            ),
        },
        Finding {
            rule: access,
            verdict: Verdict::NotAssessable,
            severity: Severity::Error,
            subject: vm(1, HOSTILE),
            first: Some(at(30, 4.0)),
            last: Some(at(30, 4.0)),
            occurrences: 1,
            steps: vec![step(
                "fail",
                both("The migration failed", "移行の失敗"),
                StepOutcome::Observed {
                    events: vec![failed],
                    grade: Grade::Direct,
                },
            )],
            evidence: vec![failed],
            related: Vec::new(),
            missing: vec![both("VMMS log of HV03", "HV03 の VMMS ログ")],
            explanation: both(
                "The destination's log is missing.",
                "移動先のログがありません。",
            ),
        },
        Finding {
            rule: kb,
            verdict: Verdict::RuledOut,
            severity: Severity::Error,
            subject: vm(2, "経理サーバー"),
            first: None,
            last: None,
            occurrences: 1,
            steps: vec![step(
                "edit",
                both(
                    "A setting was changed outside the cluster",
                    "クラスター外での設定変更",
                ),
                StepOutcome::NotFound,
            )],
            evidence: vec![],
            related: Vec::new(),
            missing: vec![],
            explanation: both(
                "Its configuration was refreshed.",
                "構成は更新されています。",
            ),
        },
        Finding {
            rule: noise,
            verdict: Verdict::Confirmed,
            severity: Severity::Info,
            subject: Entity {
                kind: EntityKind::Cluster,
                name: "HVC".into(),
                vm: None,
            },
            first: None,
            last: None,
            occurrences: 1,
            steps: vec![],
            evidence: vec![],
            related: Vec::new(),
            missing: vec![],
            explanation: both("It means nothing.", "意味はありません。"),
        },
    ];
    (timeline, verdicts)
}
