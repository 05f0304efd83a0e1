//! Charts by their structure: what is in the picture, where, in which words; never by
//! pixels.

use std::collections::BTreeMap;

use super::sketch::{LABEL, NOTE, escaped, text_width};
use super::*;
use crate::analysis::fixture::{HOSTILE, at, node};
use crate::model::id::VmName;
use crate::model::kind::EventKind;
use crate::report::fixture;
use crate::timeline::{
    Bounds, ClockJump, Downtime, DowntimeCause, Interval, LinkKind, LinkTrail, Migration,
    MoveOutcome, NodeClock, Placement, PlacementBasis, VmTrail,
};

const LANGS: [Lang; 2] = [Lang::En, Lang::Ja];

fn drawn(kind: ChartKind, case: &(Timeline, Verdicts), lang: Lang, scope: &Scope) -> Chart {
    chart(kind, &case.0, &case.1, &Options::new(lang), scope).unwrap()
}

fn usual(kind: ChartKind, case: &(Timeline, Verdicts)) -> Chart {
    drawn(kind, case, Lang::En, &Scope::default())
}

/// The words of each chart, in the order of the picture.
#[test]
fn snapshots() {
    let case = fixture::case();
    for (name, lang) in [("en", Lang::En), ("ja", Lang::Ja)] {
        let mut all = String::new();
        for kind in ChartKind::ALL {
            let chart = drawn(kind, &case, lang, &Scope::default());
            all.push_str(&format!(
                "{}: {}\n  ({})\n",
                kind.id(),
                chart.title,
                chart.alt
            ));
            for text in chart.svg.split("<text").skip(1) {
                let text = text.split("</text>").next().unwrap();
                let text = text.split_once('>').unwrap().1;
                all.push_str(&format!("  {}\n", text.trim()));
            }
        }
        insta::assert_snapshot!(format!("words_{name}"), all);
    }
}

fn empty() -> (Timeline, Verdicts) {
    (Timeline::default(), Verdicts::default())
}

/// Sixty-four nodes with two thousand VMs, of which most move once; one node crashes and
/// takes its VMs with it, some for good.
fn large() -> (Timeline, Verdicts) {
    let (mut timeline, verdicts) = fixture::case();
    let nodes: Vec<NodeName> = (1..=64).map(|n| node(&format!("HVNODE{n:02}"))).collect();
    let crash = at(30, 0.0);
    timeline.nodes = (nodes.iter().enumerate())
        .map(|(n, name)| {
            let mut trail = timeline.nodes[1].clone();
            trail.name = name.clone();
            if n == 6 {
                trail.intervals = vec![
                    interval(NodeState::Up, None, Some(crash)),
                    interval(NodeState::Crashed, Some(crash), Some(at(39, 0.0))),
                    interval(NodeState::Up, Some(at(39, 0.0)), None),
                ];
            }
            trail
        })
        .collect();
    timeline.vms.clear();
    timeline.migrations.clear();
    timeline.failovers.clear();
    for n in 0..2000usize {
        let (home, away) = (n % 64, (n + 1 + n / 64) % 64);
        let vm = timeline.vms.len();
        let place = |on: usize, from, to| Placement {
            node: nodes[on].clone(),
            from,
            to,
            basis: PlacementBasis::Recorded,
            evidence: vec![],
        };
        let mut trail = VmTrail {
            name: VmName::new(&format!("app-{n:04}.corp.example")),
            id: None,
            group: None,
            names: vec![],
            memory_mib: Some(1024.0 * f64::from(1 << (n % 7))),
            states: vec![],
            placements: vec![place(home, None, None)],
            downtimes: vec![],
        };
        if home == 6 {
            let back = (n % 5 != 0).then(|| at(31, (n % 50) as f64));
            trail.placements = vec![place(home, None, Some(crash))];
            trail
                .placements
                .extend(back.map(|b| place(away, Some(b), None)));
            trail.downtimes = vec![Downtime {
                cause: DowntimeCause::Node,
                bounds: back.map(|b| Bounds {
                    at_least_s: b.seconds_since(crash) - 2.0,
                    at_most_s: Some(b.seconds_since(crash) + 9.0),
                }),
                from: Some(crash),
                to: back,
                evidence: vec![],
            }];
        } else if n % 2 == 0 {
            let begin = at((n % 28) as i64, (n % 60) as f64);
            let memory = trail.memory_mib.unwrap_or(0.0);
            // The copying of memory takes time; one VM in three hundred takes much more.
            let seconds = 4.0 + memory / 900.0 + (n % 11) as f64 * 0.4;
            let seconds = if n % 300 == 0 {
                seconds * 25.0
            } else {
                seconds
            };
            let end = begin.plus_seconds(seconds);
            let failed = n % 250 == 2;
            if !failed {
                trail.placements = vec![place(home, None, Some(end)), place(away, Some(end), None)];
            }
            timeline.migrations.push(Migration {
                vm,
                from_node: Some(nodes[home].clone()),
                to_node: Some(nodes[away].clone()),
                started: Some(begin),
                ended: Some(end),
                duration_s: Some(seconds),
                blackout_s: (n % 3 != 0).then_some(0.2 + seconds / 60.0),
                memory_mib: trail.memory_mib,
                outcome: if failed {
                    MoveOutcome::Failed
                } else {
                    MoveOutcome::Completed
                },
                phases: vec![],
                reason: None,
                evidence: vec![],
                ..fixture::case().0.migrations[0].clone()
            });
        }
        timeline.vms.push(trail);
    }
    timeline.migrations.sort_by_key(|m| m.started);
    let some = timeline.events.clone();
    for (n, name) in nodes.iter().enumerate() {
        for (m, event) in some.iter().cycle().take(90).enumerate() {
            let mut event = event.clone();
            event.node = Some(name.clone());
            event.time = at((m * 7 % 45) as i64, n as f64 / 2.0);
            event.subject.node = None;
            event.kind = if m % 30 == 3 {
                EventKind::HeartbeatMissed
            } else {
                event.kind
            };
            timeline.events.push(event);
        }
    }
    timeline
        .events
        .sort_by(|a, b| a.order_key().cmp(&b.order_key()));
    timeline.event_vm = vec![None; timeline.events.len()];
    timeline.clocks = (nodes.iter().enumerate())
        .map(|(n, name)| NodeClock {
            node: name.clone(),
            offset_s: (n % 9 != 4).then_some(n as f64 * 0.31 - 6.0),
            error_s: Some(0.4 + (n % 5) as f64),
            basis: if n == 20 { "reference" } else { "pairs(2)" }.to_owned(),
            jumps: vec![],
        })
        .collect();
    timeline.links = (nodes.iter().take(50))
        .flat_map(|name| {
            ["Ethernet 1", "Ethernet 2"].map(|nic| LinkTrail {
                kind: LinkKind::Nic,
                name: nic.into(),
                node: Some(name.clone()),
                vm: None,
                states: vec![
                    interval(LinkState::Up, None, Some(at(29, 50.0))),
                    interval(LinkState::Down, Some(at(29, 50.0)), Some(at(33, 0.0))),
                ],
            })
        })
        .collect();
    (timeline, verdicts)
}

fn interval<S>(state: S, from: Option<Moment>, to: Option<Moment>) -> Interval<S> {
    Interval {
        state,
        from,
        to,
        evidence: vec![],
    }
}

/// An element of a picture: name, attributes, text.
struct Part {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
}

impl Part {
    fn number(&self, name: &str) -> f64 {
        let text = self.attributes.get(name);
        text.map_or(0.0, |t| t.parse().unwrap_or_else(|_| panic!("{name}={t}")))
    }
}

/// Reads a picture with an XML parser.
fn parsed(svg: &str) -> Vec<Part> {
    use quick_xml::events::{BytesStart, Event};
    let mut reader = quick_xml::Reader::from_str(svg);
    let mut open = 0;
    let mut found: Vec<Part> = Vec::new();
    let part = |e: &BytesStart<'_>| Part {
        name: e.name().as_ref().to_owned(),
        attributes: e
            .attributes()
            .map(|a| {
                let a = a.unwrap();
                (a.key.as_ref().to_owned(), a.value.to_string())
            })
            .collect(),
        text: String::new(),
    };
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(e) => {
                open += 1;
                found.push(part(&e));
            }
            Event::Empty(e) => found.push(part(&e)),
            Event::End(_) => open -= 1,
            Event::Text(t) => {
                if let Some(last) = found.last_mut() {
                    last.text.push_str(&t);
                }
            }
            Event::GeneralRef(name) => {
                let c = match name.as_ref() {
                    "lt" => '<',
                    "gt" => '>',
                    "amp" => '&',
                    "quot" => '"',
                    "apos" => '\'',
                    other => panic!("&{other};"),
                };
                found.last_mut().unwrap().text.push(c);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open, 0);
    found
}

fn texts(chart: &Chart) -> Vec<String> {
    parsed(&chart.svg)
        .into_iter()
        .filter(|p| p.name == "text")
        .map(|p| p.text.trim().to_owned())
        .collect()
}

fn has(chart: &Chart, text: &str) -> bool {
    texts(chart).iter().any(|t| t == text)
}

/// Whether a text that may be broken into lines is there.
fn says(chart: &Chart, text: &str) -> bool {
    let bare = |t: &str| t.replace([' ', '\n'], "");
    bare(&texts(chart).concat()).contains(&bare(text))
}

#[test]
fn every_picture_is_well_formed_and_holds_only_drawing() {
    const DRAWING: [&str; 12] = [
        "svg", "title", "desc", "style", "defs", "pattern", "rect", "line", "polyline", "polygon",
        "circle", "text",
    ];
    for (case, name) in [
        (fixture::case(), "case"),
        (large(), "large"),
        (empty(), "empty"),
    ] {
        for (kind, lang) in ChartKind::ALL
            .into_iter()
            .flat_map(|k| LANGS.map(|l| (k, l)))
        {
            let chart = drawn(kind, &case, lang, &Scope::default());
            if let Some(dir) = std::env::var_os("VMTRAIL_KEEP_REPORT") {
                let dir = std::path::Path::new(&dir).join(format!("charts-{name}-{lang:?}"));
                std::fs::create_dir_all(&dir).unwrap();
                std::fs::write(dir.join(chart.file_name()), &chart.svg).unwrap();
                let png = png::png(&chart, lang, 1120).unwrap();
                std::fs::write(dir.join(format!("{}.png", chart.id)), png.bytes).unwrap();
            }
            let id = kind.id();
            let parts = parsed(&chart.svg);
            for part in &parts {
                assert!(
                    DRAWING.contains(&part.name.as_str()),
                    "{} in {id}",
                    part.name
                );
                for (name, value) in &part.attributes {
                    assert!(!name.starts_with("on"), "{name} in {id}");
                    assert!(!value.contains("://") || name == "xmlns", "{name}={value}");
                    let paint = name == "fill" && value.starts_with("url(");
                    assert!(
                        !paint || value.starts_with(&format!("url(#{id}-")),
                        "{value}"
                    );
                    assert!(
                        !value.starts_with("#0100"),
                        "a pattern's place in {id}: {value}"
                    );
                }
            }
            // Named and described for those who do not see it.
            let svg = &parts[0].attributes;
            assert_eq!(svg["role"], "img");
            assert_eq!(svg["aria-labelledby"], format!("{id}-title {id}-desc"));
            assert_eq!(svg["lang"], if lang == Lang::En { "en" } else { "ja" });
            let of = |name: &str| parts.iter().find(|p| p.name == name).unwrap();
            assert_eq!(of("title").text.trim(), chart.title);
            assert!(!of("desc").text.trim().is_empty());
            // It stands alone: on its own paper.
            let paper = (parts.iter().filter(|p| p.name == "rect"))
                .find(|p| !p.attributes["fill"].starts_with("url") && p.number("width") == 1120.0);
            let paper = paper.unwrap();
            assert_eq!(paper.attributes["fill"], "#FEFEFE");
            assert_eq!(paper.number("height"), parts[0].number("height"));
            // Whatever is filled with a pattern has that pattern.
            let defined: Vec<&String> = (parts.iter().filter(|p| p.name == "pattern"))
                .map(|p| &p.attributes["id"])
                .collect();
            for part in &parts {
                let fill = part
                    .attributes
                    .get("fill")
                    .and_then(|f| f.strip_prefix("url(#"));
                if let Some(name) = fill.and_then(|f| f.strip_suffix(')')) {
                    assert!(defined.iter().any(|d| *d == name), "{name}");
                }
            }
            assert!(!chart.svg.contains('\u{1b}') && !chart.svg.contains('\u{202e}'));
        }
    }
}

#[test]
fn no_text_is_outside_the_picture_or_too_small() {
    for case in [fixture::case(), large(), empty()] {
        for (kind, lang) in ChartKind::ALL
            .into_iter()
            .flat_map(|k| LANGS.map(|l| (k, l)))
        {
            for width in [WIDTHS.0, WIDTH, 1900] {
                let scope = Scope {
                    width,
                    ..Scope::default()
                };
                let chart = drawn(kind, &case, lang, &scope);
                let parts = parsed(&chart.svg);
                let tall = parts[0].number("height");
                for part in parts.iter().filter(|p| p.name == "text") {
                    let text = part.text.trim();
                    let size = part.number("font-size");
                    assert!(size > NOTE - 0.01, "{size}: {text}");
                    let bold = part
                        .attributes
                        .get("font-weight")
                        .is_some_and(|w| w == "bold");
                    let wide = f64::from(text_width(text, size, bold));
                    let from = match part.attributes.get("text-anchor").map(String::as_str) {
                        Some("middle") => part.number("x") - wide / 2.0,
                        Some("end") => part.number("x") - wide,
                        _ => part.number("x"),
                    };
                    let id = kind.id();
                    assert!(from >= -1.0, "{id} {width}: {text}");
                    assert!(
                        from + wide <= f64::from(width) + 1.0,
                        "{id} {width}: {text}"
                    );
                    let y = part.number("y");
                    assert!(
                        y > 6.0 && y < tall - 4.0,
                        "{id} {width}: {text} at {y} of {tall}"
                    );
                }
            }
        }
    }
}

#[test]
fn every_vm_and_node_has_its_lane_and_every_move_its_mark() {
    let chart = usual(ChartKind::Placement, &fixture::case());
    for label in ["web01", "経理サーバー", "HV01", "HV02", "HV03", "lost"] {
        assert!(has(&chart, label), "{label}: {:?}", texts(&chart));
    }
    let hostile = fit(&plain(HOSTILE), GUTTER - 28, LABEL);
    assert!(hostile.starts_with("<script>"));
    assert!(has(&chart, &hostile), "as it is, once read");
    assert!(chart.svg.contains(&escaped(&hostile)) && !chart.svg.contains("<script"));
    let filled = |tag: &str, fill: &str| {
        let parts = parsed(&chart.svg);
        let of = |p: &&Part| p.name == tag && p.attributes.get("fill").is_some_and(|f| f == fill);
        parts.iter().filter(of).count()
    };
    // One diamond in the lane of the failed-over VM that came back, one of the VM that did
    // not, one in the legend.
    assert_eq!(filled("polygon", "#D55E00"), 3);
    // A completed move and its legend.
    assert_eq!(filled("polygon", "#1B2430"), 2);
    assert!(
        !has(&chart, "move while not running"),
        "what is not drawn is not explained"
    );
}

#[test]
fn findings_are_numbered_and_named_and_harmless_ones_are_not() {
    let chart = usual(ChartKind::Placement, &fixture::case());
    assert!(says(
        &chart,
        "confirmed: Settings changed outside the cluster came back after a move (VM: web01)"
    ));
    assert!(says(&chart, "probable: A node was lost (node: HV01)"));
    assert!(!says(&chart, "Harmless message"));
    // In the row of findings, in the lane, in the list; and in the legend.
    let ones = texts(&chart).into_iter().filter(|t| t == "1").count();
    assert!(ones >= 4, "{ones}");
}

#[test]
fn quiet_vms_are_counted_and_those_in_trouble_have_lanes() {
    let (mut timeline, verdicts) = fixture::case();
    let quiet = timeline.vms[0].clone();
    for n in 0..200 {
        let mut vm = quiet.clone();
        vm.name = VmName::new(&format!("aaa{n:03}"));
        timeline.vms.push(vm);
    }
    let case = (timeline, verdicts);
    let chart = usual(ChartKind::Placement, &case);
    assert_eq!(chart.pages, 1);
    assert!(says(
        &chart,
        "143 VMs without a move, an outage or a finding are not drawn"
    ));
    assert!(has(&chart, "経理サーバー"));
    assert!(has(&chart, "aaa056") && !has(&chart, "aaa057"));
    // One that is asked for is drawn.
    let scope = Scope {
        vms: Some(vec![202]),
        ..Scope::default()
    };
    let chart = drawn(ChartKind::Placement, &case, Lang::En, &scope);
    assert!(has(&chart, "aaa199") && !has(&chart, "web01"));
    assert!(!says(&chart, "are not drawn"));
}

#[test]
fn each_eventful_vm_of_a_large_cluster_is_on_one_page() {
    let case = large();
    let first = usual(ChartKind::Placement, &case);
    assert!(first.pages > 10 && first.page == 1);
    assert!(first.title.contains("page 1 of"));
    assert!(says(&first, "are on other pages"));
    let others = other_pages(&first, &case.0, &case.1, &Options::new(Lang::En)).unwrap();
    assert_eq!(others.len() + 1, first.pages);
    let mut lanes: BTreeMap<String, usize> = BTreeMap::new();
    let mut names = std::collections::BTreeSet::new();
    for chart in std::iter::once(&first).chain(&others) {
        assert!(names.insert(chart.file_name()), "{}", chart.file_name());
        for text in texts(chart).into_iter().filter(|t| t.starts_with("app-")) {
            *lanes.entry(text).or_default() += 1;
        }
    }
    let eventful = (case.0.vms.iter().enumerate())
        .filter(|(n, vm)| !vm.downtimes.is_empty() || case.0.migrations.iter().any(|m| m.vm == *n))
        .count();
    assert_eq!(lanes.len(), eventful);
    assert!(lanes.values().all(|n| *n == 1));
    // Those that are not back stand first.
    assert!(has(&first, "app-0070.corp.example"));
    assert!(names.contains("placement.svg") && names.contains("placement-2.svg"));
}

#[test]
fn a_large_cluster_makes_no_large_files() {
    let case = large();
    for kind in ChartKind::ALL {
        let size = usual(kind, &case).svg.len();
        assert!(size < 600_000, "{}: {size} bytes", kind.id());
    }
}

#[test]
fn sixty_four_nodes_are_drawn_and_more_are_counted() {
    let (mut timeline, verdicts) = fixture::case();
    let quiet = timeline.nodes[0].clone();
    timeline.nodes = (0..66)
        .map(|n| {
            let mut trail = quiet.clone();
            trail.name = node(&format!("hv{n:03}"));
            trail
        })
        .collect();
    let case = (timeline, verdicts);
    for kind in [ChartKind::Placement, ChartKind::States] {
        let chart = usual(kind, &case);
        assert!(has(&chart, "hv063") && !has(&chart, "hv064"));
        assert!(says(&chart, "2 more nodes not drawn."));
    }
    let first = usual(ChartKind::Quorum, &case);
    assert!(has(&first, "hv063") && !has(&first, "hv064"));
    assert!(says(&first, "2 more nodes are on other pages."));
    let scope = Scope {
        page: 2,
        ..Scope::default()
    };
    assert!(has(
        &drawn(ChartKind::Quorum, &case, Lang::En, &scope),
        "hv065"
    ));
}

#[test]
fn an_empty_timeline_says_so_in_every_picture() {
    let words = said::words(Lang::Ja);
    for (kind, why) in [
        (ChartKind::Placement, "仮想マシンとノードの名前がありません"),
        (ChartKind::States, words.no_states),
        (ChartKind::Events, "イベントは読み取られませんでした"),
        (ChartKind::Migrations, "移行の記録はありません"),
        (ChartKind::Downtime, words.no_downtime),
        (ChartKind::Quorum, words.no_quorum),
        (ChartKind::Clocks, words.no_clocks),
    ] {
        let chart = drawn(kind, &empty(), Lang::Ja, &Scope::default());
        assert!(says(&chart, why), "{}", kind.id());
        assert_eq!(chart.span, None);
    }
}

#[test]
fn states_have_lanes_by_what_they_are_of() {
    let (mut timeline, verdicts) = fixture::case();
    let mut port = timeline.links[0].clone();
    port.kind = LinkKind::SwitchPort;
    let mut steady = timeline.links[0].clone();
    (steady.name, steady.states[0].state) = ("Ethernet 9".into(), LinkState::Up);
    timeline.links.extend([port, steady]);
    let chart = usual(ChartKind::States, &(timeline, verdicts));
    for text in [
        "Ethernet|2",
        "down",
        "Volume|1",
        "lost",
        "Networks and links",
    ] {
        assert!(has(&chart, text), "{text}: {:?}", texts(&chart));
    }
    assert!(!has(&chart, "Ethernet 9"));
    assert!(says(&chart, "1 links and volumes without a change"));
    assert!(says(&chart, "of which 1 were down at some time"));
    assert!(says(&chart, "no logs of this node"));
}

#[test]
fn events_are_counted_by_node_and_severity() {
    let chart = usual(ChartKind::Events, &fixture::case());
    for text in ["HV01", "HV02", "no node", "C 2  E 1  W 1"] {
        assert!(has(&chart, text), "{text}: {:?}", texts(&chart));
    }
    assert!(says(&chart, "tallest bar:") && says(&chart, "square root"));
    // A filter takes the others away.
    let scope = Scope {
        nodes: Some(vec![node("HV02")]),
        ..Scope::default()
    };
    let chart = drawn(ChartKind::Events, &fixture::case(), Lang::En, &scope);
    assert!(has(&chart, "HV02") && !has(&chart, "HV01") && !has(&chart, "no node"));
}

#[test]
fn few_moves_are_listed_and_many_are_summed_up() {
    let chart = usual(ChartKind::Migrations, &fixture::case());
    assert!(says(
        &chart,
        "No distribution is drawn: 1 moves have a known length"
    ));
    assert!(has(&chart, "HV01 → HV02") && has(&chart, "HV01 → ?"));
    assert!(says(&chart, "12.2 s · blackout 0.4 s"));
    assert!(says(&chart, "failed · 4 s"));

    let (timeline, verdicts) = large();
    let moves = timeline.migrations.len();
    let case = (timeline, verdicts);
    let chart = usual(ChartKind::Migrations, &case);
    assert!(has(&chart, "live migration, duration") && has(&chart, "live migration, blackout"));
    assert!(has(&chart, "1 GiB") && has(&chart, "64 GiB"));
    // Failures and outliers have rows of their own, and the rest is counted.
    assert!(texts(&chart).iter().any(|t| t.starts_with("outlier · ")));
    assert!(says(
        &chart,
        &format!("{} more moves have no row", moves - 15)
    ));
    assert!(has(&chart, "By source node (logarithmic)"));
    assert!(says(&chart, "49 more nodes, with"));
    assert_eq!(chart.pages, 1);
}

#[test]
fn without_any_blackout_or_memory_the_picture_says_so() {
    let (mut timeline, verdicts) = large();
    for migration in &mut timeline.migrations {
        migration.blackout_s = None;
        migration.memory_mib = None;
    }
    let case = (timeline, verdicts);
    let chart = usual(ChartKind::Migrations, &case);
    assert!(says(&chart, "No blackout time is in the logs"));
    assert!(says(
        &chart,
        "Memory of the VMs is in no export and no record."
    ));
    assert!(!has(&chart, "live migration, blackout"));
}

#[test]
fn downtimes_have_their_bounds_and_those_without_an_end_come_first() {
    let chart = usual(ChartKind::Downtime, &fixture::case());
    assert!(says(
        &chart,
        "2 of 3 VMs were down at some time; 1 of them are not known to be back."
    ));
    assert!(says(&chart, "not known to be back · at least 5 min"));
    assert!(has(&chart, "went down with its node"));
    let all = texts(&chart);
    let place = |text: &str| all.iter().position(|t| t.contains(text)).unwrap();
    assert!(place("経理サーバー") < place("1 min 32 s"));

    let case = large();
    let first = usual(ChartKind::Downtime, &case);
    let down = (case.0.vms.iter())
        .filter(|v| !v.downtimes.is_empty())
        .count();
    assert!(down <= MOST_ROWS && first.pages == 1);
    let scope = Scope {
        nodes: Some(vec![node("HVNODE12")]),
        ..Scope::default()
    };
    let chart = drawn(ChartKind::Downtime, &case, Lang::En, &scope);
    assert!(
        says(&chart, "1 of"),
        "a VM of node 7 came to node 12: {:?}",
        texts(&chart)
    );
}

#[test]
fn quorum_and_membership_have_their_lanes() {
    let chart = usual(ChartKind::Quorum, &fixture::case());
    for text in [
        "Nodes known to be up",
        "Witness",
        "failed",
        "HV01",
        "no logs of this node",
    ] {
        assert!(has(&chart, text), "{text}: {:?}", texts(&chart));
    }
    assert!(says(&chart, "Votes are not drawn"));
    let heart = usual(ChartKind::Quorum, &large());
    assert!(has(&heart, "heartbeats missed") && !has(&chart, "heartbeats missed"));
}

#[test]
fn each_clock_says_what_is_known_of_it() {
    let (mut timeline, verdicts) = fixture::case();
    timeline.clocks[1].jumps = vec![ClockJump {
        at: at(10, 0.0),
        by_s: -3600.0,
        evidence: 0,
    }];
    let case = (timeline, verdicts);
    let chart = usual(ChartKind::Clocks, &case);
    assert!(has(&chart, "reference clock"));
    assert!(has(&chart, "nothing links this clock to the reference"));
    assert!(says(
        &chart,
        "behind by 1.5 s ± 0.25 s · set back by 1 h at 2024-05-14 01:10"
    ));
    assert!(has(&chart, "← behind") && has(&chart, "clock was set"));
    let ja = drawn(ChartKind::Clocks, &case, Lang::Ja, &Scope::default());
    assert!(says(&ja, "1.5 秒 遅れ ± 0.25 秒"));
}

#[test]
fn what_is_asked_for_and_not_there_is_said_to_be_not_there() {
    let scope = Scope {
        nodes: Some(vec![node("HV99")]),
        ..Scope::default()
    };
    for kind in ChartKind::ALL {
        let chart = drawn(kind, &fixture::case(), Lang::En, &scope);
        assert!(says(&chart, "Nothing that was asked for"), "{}", kind.id());
    }
}

#[test]
fn times_are_in_the_zone_of_the_report() {
    let (timeline, verdicts) = fixture::case();
    let options = Options {
        lang: Lang::En,
        zone: jiff::tz::TimeZone::get("Asia/Tokyo").unwrap(),
    };
    let scope = Scope::default();
    let chart = chart(ChartKind::Placement, &timeline, &verdicts, &options, &scope).unwrap();
    // 01:30 UTC.
    assert!(has(&chart, "10:30") && !has(&chart, "01:30"));
    assert!(says(&chart, "Asia/Tokyo (UTC+09:00)"));
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let case = large();
    let draw = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            let charts = charts(&case.0, &case.1, &Options::new(Lang::Ja)).unwrap();
            charts.into_iter().map(|c| c.svg).collect::<Vec<_>>()
        })
    };
    assert!(draw(1) == draw(4));
}

#[test]
fn short_names_tell_nodes_apart() {
    let tags =
        |names: &[&str]| super::tags(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
    assert_eq!(tags(&["HV01", "HV02", "HV10"]), ["01", "02", "10"]);
    assert_eq!(tags(&["alpha", "beta"]), ["alph", "beta"]);
    // Cut short they would be the same, or nothing.
    assert_eq!(
        tags(&["node-east-1", "node-eastern-2", "node"]),
        ["1", "2", "3"]
    );
    assert_eq!(tags(&["HV01"]), ["1"]);
    assert!(tags(&[]).is_empty());
}

#[test]
fn pages_hold_every_row_once() {
    for all in [0, 1, 59, 60, 61, 500] {
        let pages = Pages::new(all, 60, 1).of;
        let rows: Vec<usize> = (0..all).collect();
        let seen: Vec<usize> = (1..=pages)
            .flat_map(|p| Pages::new(all, 60, p).of(&rows).to_vec())
            .collect();
        assert_eq!(seen, rows);
    }
    assert_eq!(
        Pages::new(61, 60, 99).page,
        2,
        "beyond the last is the last"
    );
}
