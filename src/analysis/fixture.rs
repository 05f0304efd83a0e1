//! A hand-built incident for tests of numbers and reports: a VLAN edit that comes
//! back, a node that is lost, a VM that stays down, a failed migration, and names
//! that try to break every format.

use std::sync::Arc;

use crate::model::coverage::{Coverage, FileCoverage, FileKind, RecordGap};
use crate::model::diagnostic::{DiagnosticCode, Diagnostics};
use crate::model::event::{Event, Fields, Origin, Severity, Subject};
use crate::model::id::{GroupName, NodeName, VmId, VmName};
use crate::model::kind::EventKind;
use crate::model::source::{Locator, SourceRef};
use crate::model::time::{Moment, Precision, TimeBasis, Window};
use crate::timeline::{
    Bounds, ChainLink, ChainRole, Downtime, DowntimeCause, Failover, FailoverCause, Incident,
    Interval, LinkKind, LinkState, LinkTrail, LogBegin, LogCoverage, Migration, MoveKind,
    MoveOutcome, MovePhase, NetworkChange, NodeClock, NodeState, NodeTrail, Observability,
    PhaseSpan, Placement, PlacementBasis, PlannedBasis, Quorum, QuorumLoss, Reason, Timeline,
    VmState, VmTrail, VolumeState, VolumeTrail, WitnessState,
};

/// Markup of every format, terminal control and a mark of direction, as a name.
pub(crate) const HOSTILE: &str =
    "<script>alert(1)</script>|`x`[a](javascript:b)\u{1b}[31m\u{202E}*_\"'&";

pub(crate) fn at(minute: i64, second: f64) -> Moment {
    Moment::parse("2024-05-14T01:00:00Z")
        .unwrap()
        .plus_seconds(minute as f64 * 60.0 + second)
}

pub(crate) fn node(name: &str) -> NodeName {
    NodeName::new(name).unwrap()
}

fn vm_id(n: u128) -> VmId {
    VmId::from_u128(0x5D9E_9825_1973_4B27_9AF1_BA77_940A_4000 + n).unwrap()
}

struct Draft {
    events: Vec<Event>,
    event_vm: Vec<Option<usize>>,
}

impl Draft {
    fn log(
        &mut self,
        time: Moment,
        on: &str,
        kind: EventKind,
        severity: Severity,
        vm: Option<(usize, &str)>,
        fields: &[(&str, &str)],
    ) -> usize {
        let number = self.events.len() as u64 + 100;
        let mut values = Fields::new();
        for (name, value) in fields {
            values.set(*name, *value);
        }
        self.events.push(Event {
            time,
            precision: Precision::Tick,
            node: Some(node(on)),
            kind,
            severity,
            origin: Origin::EventLog {
                provider: "Microsoft-Windows-Hyper-V-VMMS".into(),
                id: 20415,
                version: 0,
                channel: "Microsoft-Windows-Hyper-V-VMMS-Admin".into(),
            },
            subject: Subject {
                vm: vm.and_then(|(_, name)| VmName::new(name)),
                vm_id: vm.map(|(n, _)| vm_id(n as u128)),
                ..Subject::default()
            },
            fields: values,
            message: None,
            source: SourceRef::new(
                format!("bundle.zip!/Node_{on}/System.evtx").into(),
                Locator::Record(number),
            ),
        });
        self.event_vm.push(vm.map(|(n, _)| n));
        self.events.len() - 1
    }
}

/// The incident.
pub(crate) fn incident() -> Timeline {
    use EventKind as K;
    use Severity as S;
    let mut draft = Draft {
        events: Vec::new(),
        event_vm: Vec::new(),
    };
    let web = Some((0, "web01"));
    let hostile = Some((1, HOSTILE));
    let keiri = Some((2, "経理サーバー"));
    let d = &mut draft;

    let started = d.log(at(0, 0.0), "HV01", K::VmStarted, S::Info, web, &[]);
    let edited = d.log(
        at(5, 0.0),
        "HV01",
        K::VmSettingsChanged,
        S::Info,
        web,
        &[
            ("property", "VLAN"),
            ("from", "100"),
            ("to", "200"),
            ("tool", "Hyper-V Manager"),
        ],
    );
    d.events[edited].origin = Origin::Note;
    d.events[edited].node = None;
    d.events[edited].precision = Precision::Minute;
    d.events[edited].source = SourceRef::new("notes.yaml".into(), Locator::Entry(1));
    let move_a = d.log(at(20, 0.0), "HV01", K::MigrationStarted, S::Info, web, &[]);
    let move_b = d.log(
        at(20, 12.25),
        "HV01",
        K::MigrationCompleted,
        S::Info,
        web,
        &[("blackout_s", "0.4")],
    );
    d.events[move_b].subject.from_node = Some(node("HV01"));
    d.events[move_b].subject.to_node = Some(node("HV02"));
    let lost_net = d.log(
        at(21, 0.0),
        "HV02",
        K::VmNetworkLost,
        S::Error,
        web,
        &[("text", "Users of web01 cannot connect <b>at all</b>")],
    );
    d.events[lost_net].origin = Origin::Note;
    let link = d.log(at(22, 0.0), "HV02", K::LinkDown, S::Warning, None, &[]);
    d.events[link].subject.network = Some("Ethernet|2".into());
    let fail_a = d.log(
        at(30, 0.0),
        "HV01",
        K::MigrationStarted,
        S::Info,
        hostile,
        &[],
    );
    let fail_b = d.log(
        at(30, 4.0),
        "HV01",
        K::MigrationFailed,
        S::Error,
        hostile,
        &[
            ("status", "0x80070005"),
            ("reason", "</td><img src=x onerror=alert(1)>\u{1b}]0;x\u{7}"),
        ],
    );
    let gone = d.log(at(40, 0.0), "HV02", K::NodeRemoved, S::Critical, None, &[]);
    d.events[gone].subject.node = Some(node("HV01"));
    let online = d.log(at(41, 32.0), "HV02", K::GroupOnline, S::Info, hostile, &[]);
    let dead = d.log(at(40, 1.0), "HV02", K::GroupFailed, S::Critical, keiri, &[]);
    let line = d.log(
        at(45, 0.0),
        "HV02",
        K::ResourceState,
        S::Info,
        keiri,
        &[("from_state", "OnlinePending"), ("to_state", "Failed")],
    );
    d.events[line].origin = Origin::ClusterLog {
        subsystem: "RCM".into(),
    };
    d.events[line].source = SourceRef::new(
        "bundle.zip!/Node_HV02/cluster.log".into(),
        Locator::Line(4711),
    );

    let vm = |n: usize, name: &str, placements, downtimes| VmTrail {
        name: VmName::new(name),
        id: Some(vm_id(n as u128)),
        group: GroupName::new(name),
        names: vec![],
        memory_mib: None,
        states: vec![],
        placements,
        downtimes,
    };
    let place = |on: &str, from, to| Placement {
        node: node(on),
        from,
        to,
        basis: PlacementBasis::Recorded,
        evidence: vec![started],
    };
    let mut vms = vec![
        vm(
            0,
            "web01",
            vec![
                place("HV01", None, Some(at(20, 12.25))),
                place("HV02", Some(at(20, 12.25)), None),
            ],
            vec![],
        ),
        vm(
            1,
            HOSTILE,
            vec![
                place("HV01", Some(at(0, 30.0)), Some(at(40, 0.0))),
                place("HV02", Some(at(41, 32.0)), None),
            ],
            vec![Downtime {
                cause: DowntimeCause::Node,
                bounds: Some(Bounds {
                    at_least_s: 91.5,
                    at_most_s: Some(96.0),
                }),
                from: Some(at(40, 0.0)),
                to: Some(at(41, 32.0)),
                evidence: vec![gone, online],
            }],
        ),
        vm(
            2,
            "経理サーバー",
            vec![place("HV01", None, Some(at(40, 0.0)))],
            vec![Downtime {
                cause: DowntimeCause::Node,
                bounds: None,
                from: Some(at(40, 0.0)),
                to: None,
                evidence: vec![dead],
            }],
        ),
    ];
    vms[0].memory_mib = Some(4096.0);
    vms[1].names = vec![
        span(
            VmName::new("old-name").unwrap(),
            None,
            Some(at(10, 0.0)),
            vec![started],
        ),
        span(
            VmName::new(HOSTILE).unwrap(),
            Some(at(10, 0.0)),
            None,
            vec![started],
        ),
    ];
    vms[1].states = vec![
        span(VmState::Running, None, Some(at(40, 0.0)), vec![started]),
        span(
            VmState::Failed,
            Some(at(40, 0.0)),
            Some(at(41, 32.0)),
            vec![gone],
        ),
        span(VmState::Running, Some(at(41, 32.0)), None, vec![online]),
    ];
    let migrations = vec![
        Migration {
            vm: 0,
            kind: MoveKind::Live,
            from_node: Some(node("HV01")),
            to_node: Some(node("HV02")),
            to_inferred: true,
            started: Some(at(20, 0.0)),
            ended: Some(at(20, 12.25)),
            duration_s: Some(12.25),
            blackout_s: Some(0.4),
            brownout_s: None,
            memory_mib: Some(4096.0),
            phases: vec![PhaseSpan {
                phase: MovePhase::Setup,
                node: Some(node("HV01")),
                from: Some(at(20, 0.0)),
                to: Some(at(20, 3.5)),
                seconds: Some(3.5),
                evidence: vec![move_a],
            }],
            outcome: MoveOutcome::Completed,
            planned: Some(true),
            reason: None,
            evidence: vec![move_a, move_b],
        },
        Migration {
            vm: 1,
            kind: MoveKind::Live,
            from_node: Some(node("HV01")),
            to_node: None,
            to_inferred: false,
            started: Some(at(30, 0.0)),
            ended: Some(at(30, 4.0)),
            duration_s: Some(4.0),
            blackout_s: None,
            brownout_s: None,
            memory_mib: None,
            phases: vec![],
            outcome: MoveOutcome::Failed,
            planned: None,
            reason: Some(Reason {
                code: Some("0x80070005".into()),
                name: None,
                text: Some(HOSTILE.into()),
            }),
            evidence: vec![fail_a, fail_b],
        },
    ];
    let failover = |vm: usize, to: Option<&str>, up: Option<Moment>, evidence| Failover {
        group: vms[vm].group.clone(),
        vm: Some(vm),
        from_node: Some(node("HV01")),
        to_node: to.map(node),
        cause: FailoverCause::NodeLoss,
        planned: false,
        planned_because: PlannedBasis::Failure,
        bounds: up.map(|_| Bounds {
            at_least_s: 91.5,
            at_most_s: None,
        }),
        incident: Some(0),
        down_from: Some(at(40, 0.0)),
        up_at: up,
        downtime_s: up.map(|m| m.seconds_since(at(40, 0.0))),
        evidence,
    };
    let failovers = vec![
        failover(1, Some("HV02"), Some(at(41, 32.0)), vec![gone, online]),
        failover(2, None, None, vec![gone, dead]),
    ];
    let nodes = vec![
        NodeTrail {
            name: node("HV01"),
            os: Some("Windows Server 2008 R2 <Datacenter>".into()),
            build: Some(7601),
            has_logs: true,
            intervals: vec![
                span(NodeState::Up, None, Some(at(40, 0.0)), vec![]),
                span(NodeState::Lost, Some(at(40, 0.0)), None, vec![gone]),
            ],
        },
        NodeTrail {
            name: node("HV02"),
            os: None,
            build: None,
            has_logs: true,
            intervals: vec![span(NodeState::Up, None, None, vec![])],
        },
        NodeTrail {
            name: node("HV03"),
            os: None,
            build: None,
            has_logs: false,
            intervals: vec![],
        },
    ];

    let chain_link = |time, role, kind, on: &str, evidence| ChainLink {
        time,
        role,
        kind,
        node: Some(node(on)),
        evidence,
    };
    let incidents = vec![Incident {
        node: Some(node("HV01")),
        cause: FailoverCause::NodeLoss,
        planned: Some(false),
        planned_because: PlannedBasis::Failure,
        chain: vec![
            chain_link(
                at(22, 0.0),
                ChainRole::Symptom,
                K::LinkDown,
                "HV02",
                vec![link],
            ),
            chain_link(
                at(40, 0.0),
                ChainRole::Cause,
                K::NodeRemoved,
                "HV01",
                vec![gone],
            ),
            chain_link(
                at(40, 1.0),
                ChainRole::Consequence,
                K::GroupFailed,
                "HV02",
                vec![dead],
            ),
            chain_link(
                at(41, 32.0),
                ChainRole::Recovery,
                K::GroupOnline,
                "HV02",
                vec![online],
            ),
        ],
        vms: vec![1, 2],
        down_from: Some(at(40, 0.0)),
        last_back: None,
    }];
    let quorum = Quorum {
        losses: vec![QuorumLoss {
            node: Some(node("HV02")),
            from: at(40, 2.0),
            to: Some(at(42, 0.0)),
            evidence: vec![gone],
        }],
        witness: vec![
            span(WitnessState::Online, None, Some(at(39, 0.0)), vec![]),
            span(WitnessState::Failed, Some(at(39, 0.0)), None, vec![]),
        ],
        views: vec![],
    };

    let mut timeline = Timeline {
        logs: vec![
            LogCoverage {
                node: node("HV01"),
                channel: "System".into(),
                windows: vec![Window::new(at(0, 0.0), at(45, 0.0))],
                records: 1200,
                missing: 10,
                cut: false,
                begin: LogBegin::Cut,
            },
            LogCoverage {
                node: node("HV02"),
                channel: "cluster.log".into(),
                windows: vec![],
                records: 0,
                missing: 0,
                cut: false,
                begin: LogBegin::Unknown,
            },
        ],
        incidents,
        quorum,
        volumes: vec![VolumeTrail {
            name: "Volume|1".into(),
            node: Some(node("HV02")),
            states: vec![span(
                VolumeState::Paused,
                Some(at(39, 30.0)),
                Some(at(39, 50.0)),
                vec![],
            )],
        }],
        links: vec![LinkTrail {
            kind: LinkKind::Nic,
            name: "Ethernet|2".into(),
            node: Some(node("HV02")),
            vm: None,
            states: vec![span(LinkState::Down, Some(at(22, 0.0)), None, vec![link])],
        }],
        vms,
        migrations,
        failovers,
        nodes,
        network_changes: vec![
            NetworkChange {
                time: at(5, 0.0),
                node: None,
                kind: K::VmSettingsChanged,
                vm: Some(0),
                name: Some("Network Adapter".into()),
                before: Some("100".into()),
                after: Some("200".into()),
                evidence: edited,
            },
            NetworkChange {
                time: at(22, 0.0),
                node: Some(node("HV02")),
                kind: K::LinkDown,
                vm: None,
                name: Some("Ethernet|2".into()),
                before: None,
                after: None,
                evidence: link,
            },
        ],
        clocks: vec![
            NodeClock {
                node: node("HV01"),
                offset_s: Some(0.0),
                error_s: Some(0.0),
                basis: "reference".into(),
                jumps: vec![],
            },
            NodeClock {
                node: node("HV02"),
                offset_s: Some(-1.5),
                error_s: Some(0.25),
                basis: "pairs(3)".into(),
                jumps: vec![],
            },
            NodeClock {
                node: node("HV03"),
                offset_s: None,
                error_s: None,
                basis: "unknown".into(),
                jumps: vec![],
            },
        ],
        coverage: coverage(),
        diagnostics: troubles(),
        ..Timeline::default()
    };
    timeline.inventory.cluster = Some("HVC <01>".into());
    timeline.observability = Observability::new(&timeline.coverage);
    reorder(&mut timeline, draft);
    timeline
}

fn span<S>(
    state: S,
    from: Option<Moment>,
    to: Option<Moment>,
    evidence: Vec<usize>,
) -> Interval<S> {
    Interval {
        state,
        from,
        to,
        evidence,
    }
}

/// Puts the events into order of time and corrects every index to them.
fn reorder(timeline: &mut Timeline, draft: Draft) {
    let mut order: Vec<usize> = (0..draft.events.len()).collect();
    order.sort_by(|&a, &b| {
        draft.events[a]
            .order_key()
            .cmp(&draft.events[b].order_key())
    });
    let mut place = vec![0; order.len()];
    for (new, &old) in order.iter().enumerate() {
        place[old] = new;
    }
    let fix = |list: &mut Vec<usize>| list.iter_mut().for_each(|i| *i = place[*i]);
    for vm in &mut timeline.vms {
        vm.placements.iter_mut().for_each(|p| fix(&mut p.evidence));
        vm.downtimes.iter_mut().for_each(|p| fix(&mut p.evidence));
        vm.states.iter_mut().for_each(|p| fix(&mut p.evidence));
        vm.names.iter_mut().for_each(|p| fix(&mut p.evidence));
    }
    for incident in &mut timeline.incidents {
        incident.chain.iter_mut().for_each(|l| fix(&mut l.evidence));
    }
    for link in &mut timeline.links {
        link.states.iter_mut().for_each(|i| fix(&mut i.evidence));
    }
    for loss in &mut timeline.quorum.losses {
        fix(&mut loss.evidence);
    }
    for migration in &mut timeline.migrations {
        (migration.phases.iter_mut()).for_each(|p| fix(&mut p.evidence));
    }
    timeline
        .migrations
        .iter_mut()
        .for_each(|m| fix(&mut m.evidence));
    timeline
        .failovers
        .iter_mut()
        .for_each(|m| fix(&mut m.evidence));
    for node in &mut timeline.nodes {
        node.intervals.iter_mut().for_each(|i| fix(&mut i.evidence));
    }
    for change in &mut timeline.network_changes {
        change.evidence = place[change.evidence];
    }
    timeline.events = order.iter().map(|&i| draft.events[i].clone()).collect();
    timeline.event_vm = order.iter().map(|&i| draft.event_vm[i]).collect();
}

fn coverage() -> Coverage {
    let file = |path: &str, kind, on: Option<&str>, channel: &str, read, failed| FileCoverage {
        path: path.into(),
        kind,
        node: on.map(node),
        channels: [Arc::from(channel)].into(),
        records_read: read,
        records_failed: failed,
        first: Some(at(0, 0.0)),
        last: Some(at(45, 0.0)),
        first_record: None,
        time_basis: TimeBasis::Utc,
    };
    let mut coverage = Coverage {
        files: vec![
            file(
                "bundle.zip!/Node_HV01/System.evtx",
                FileKind::Evtx,
                Some("HV01"),
                "System",
                1200,
                3,
            ),
            file(
                "bundle.zip!/Node_HV02/System.evtx",
                FileKind::Evtx,
                Some("HV02"),
                "System",
                900,
                0,
            ),
            file(
                "bundle.zip!/Node_HV02/cluster.log",
                FileKind::ClusterLog,
                Some("HV02"),
                "cluster.log",
                52_000,
                0,
            ),
            file("notes.yaml", FileKind::Notes, None, "notes", 2, 0),
        ],
        gaps: vec![RecordGap {
            path: "bundle.zip!/Node_HV01/System.evtx".into(),
            node: Some(node("HV01")),
            channel: "System".into(),
            after_record: 120,
            before_record: 131,
            window: Window::new(at(6, 0.0), at(9, 0.0)),
        }],
        ..Coverage::default()
    };
    coverage
        .unknown
        .insert(("Service|Control".into(), 7036), 55);
    coverage.named_nodes = ["HV01", "HV02", "HV03"].map(node).into();
    coverage
}

fn troubles() -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    diagnostics.push_count(
        DiagnosticCode::EvtxChunk,
        SourceRef::new("bundle.zip!/Node_HV01/System.evtx".into(), Locator::Whole),
        "chunk 3 <at> 0x31000: expected `ElfChnk`, found | zeros\u{1b}[2J",
        3,
    );
    diagnostics
}
