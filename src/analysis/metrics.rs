//! Counts, durations and percentiles. `None` where nothing was recorded: an
//! unknown duration is never zero.

use polars::prelude::{
    IntoColumn, IntoLazy, NamedFrom, PolarsResult, Series, SortMultipleOptions, col, df, len,
};

use super::frame;
use crate::model::event::Severity;
use crate::model::id::NodeName;
use crate::model::time::{Moment, Window};
use crate::timeline::{Timeline, VmIndex};

/// The distribution of a measured quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// How many values there are; at least one.
    pub n: usize,
    /// Smallest.
    pub min: f64,
    /// Half of the values are at most this (the lower of two middle ones).
    pub median: f64,
    /// 95 of 100 values are at most this (nearest rank).
    pub p95: f64,
    /// Largest.
    pub max: f64,
}

/// The distribution of `values`, which must be finite; `None` when there are none.
///
/// Percentiles are by nearest rank: every one is a value that was measured.
#[must_use]
pub fn spread(values: &[f64]) -> Option<Spread> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let rank = |share: f64| {
        let at = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(at.max(1) - 1).copied()
    };
    Some(Spread {
        n: sorted.len(),
        min: *sorted.first()?,
        median: rank(0.5)?,
        p95: rank(0.95)?,
        max: *sorted.last()?,
    })
}

/// How long migrations took, over those with a known duration.
#[must_use]
pub fn migration_durations(timeline: &Timeline) -> Option<Spread> {
    let values: Vec<f64> = timeline
        .migrations
        .iter()
        .filter_map(|m| m.duration_s)
        .collect();
    spread(&values)
}

/// How long VMs were paused by migrations, over those with a recorded blackout.
#[must_use]
pub fn migration_blackouts(timeline: &Timeline) -> Option<Spread> {
    let values: Vec<f64> = timeline
        .migrations
        .iter()
        .filter_map(|m| m.blackout_s)
        .collect();
    spread(&values)
}

/// How long one VM was down.
#[derive(Clone, Debug, PartialEq)]
pub struct VmDowntime {
    /// The VM.
    pub vm: VmIndex,
    /// How often.
    pub times: usize,
    /// Seconds in all, over the downtimes with a known begin and end; `None` when
    /// none has both.
    pub total_s: Option<f64>,
    /// The longest of them, in seconds.
    pub longest_s: Option<f64>,
    /// It is not known to have come back from the last one.
    pub open: bool,
}

/// Downtime per VM that had any: not known to be back first, then longest first.
///
/// # Errors
///
/// Only when polars refuses the query.
pub fn downtimes(timeline: &Timeline) -> PolarsResult<Vec<VmDowntime>> {
    let rows: Vec<(u32, Option<f64>, bool)> = timeline
        .vms
        .iter()
        .zip(0u32..)
        .flat_map(|(vm, at)| {
            vm.downtimes.iter().map(move |d| {
                let seconds = d.from.zip(d.to).map(|(from, to)| to.seconds_since(from));
                (at, seconds, d.to.is_none())
            })
        })
        .collect();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let frame = df![
        "vm" => rows.iter().map(|r| r.0).collect::<Vec<_>>(),
        "seconds" => rows.iter().map(|r| r.1).collect::<Vec<_>>(),
        "open" => rows.iter().map(|r| u32::from(r.2)).collect::<Vec<_>>(),
    ]?
    .lazy()
    .group_by([col("vm")])
    .agg([
        len().alias("times"),
        col("seconds").count().alias("known"),
        col("seconds").sum().alias("total"),
        col("seconds").max().alias("longest"),
        col("open").max().alias("open"),
    ])
    .sort(["vm"], SortMultipleOptions::default())
    .collect()?;

    let vm = frame.column("vm")?.u32()?;
    let times = frame.column("times")?.u32()?;
    let known = frame.column("known")?.u32()?;
    let total = frame.column("total")?.f64()?;
    let longest = frame.column("longest")?.f64()?;
    let open = frame.column("open")?.u32()?;
    let mut all: Vec<VmDowntime> = (0..frame.height())
        .map(|row| VmDowntime {
            vm: vm.get(row).unwrap_or_default() as usize,
            times: times.get(row).unwrap_or_default() as usize,
            // A sum over nothing is zero to polars, and unknown to us.
            total_s: total.get(row).filter(|_| known.get(row) > Some(0)),
            longest_s: longest.get(row),
            open: open.get(row) == Some(1),
        })
        .collect();
    all.sort_by(|a, b| {
        b.open
            .cmp(&a.open)
            .then(
                b.longest_s
                    .unwrap_or(0.0)
                    .total_cmp(&a.longest_s.unwrap_or(0.0)),
            )
            .then(a.vm.cmp(&b.vm))
    });
    Ok(all)
}

/// Events of one node, counted by time and severity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeCounts {
    /// The node; `None` for events of no particular node.
    pub node: Option<NodeName>,
    /// Per bin, the counts of information, warnings, errors and critical events.
    pub bins: Vec<[u32; 4]>,
}

impl NodeCounts {
    /// All events of the node.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.bins.iter().flatten().map(|&n| u64::from(n)).sum()
    }
}

/// Events of all nodes, counted over equal bins of time.
#[derive(Clone, Debug, PartialEq)]
pub struct EventCounts {
    /// From the first to the last event.
    pub window: Window,
    /// Per node, by name; events without a node last.
    pub nodes: Vec<NodeCounts>,
}

impl EventCounts {
    /// The tallest bin of any node.
    #[must_use]
    pub fn most(&self) -> u32 {
        self.nodes
            .iter()
            .flat_map(|n| n.bins.iter().map(|b| b.iter().sum()))
            .max()
            .unwrap_or(0)
    }
}

/// Counts events per node, severity and bin of time; `None` without events.
///
/// # Errors
///
/// Only when polars refuses the query.
pub fn event_counts(timeline: &Timeline, bins: usize) -> PolarsResult<Option<EventCounts>> {
    let Some(window) = timeline.window() else {
        return Ok(None);
    };
    let bins = bins.max(1);
    let micros = |m: Moment| m.ticks().div_euclid(10);
    let from = micros(window.from);
    let span = (micros(window.to) - from + 1).max(1);
    let step = span.div_euclid(bins as i64) + i64::from(span % bins as i64 != 0);
    let bin_of = |m: Moment| ((micros(m) - from) / step).clamp(0, bins as i64 - 1);
    let counted = frame::events(timeline)?
        .hstack(&[Series::new(
            "bin".into(),
            timeline
                .events
                .iter()
                .map(|e| bin_of(e.time))
                .collect::<Vec<i64>>(),
        )
        .into_column()])?
        .lazy()
        .group_by([col("node"), col("severity"), col("bin")])
        .agg([len().alias("count")])
        .sort(["node", "severity", "bin"], SortMultipleOptions::default())
        .collect()?;

    let node = counted.column("node")?.str()?;
    let severity = counted.column("severity")?.str()?;
    let bin = counted.column("bin")?.i64()?;
    let count = counted.column("count")?.u32()?;
    let mut nodes: std::collections::BTreeMap<(bool, Option<NodeName>), Vec<[u32; 4]>> =
        std::collections::BTreeMap::new();
    for row in 0..counted.height() {
        // Two spellings of one node meet here.
        let name = node.get(row).and_then(NodeName::new);
        let at = bin.get(row).unwrap_or(0).clamp(0, bins as i64 - 1) as usize;
        let slot = [
            Severity::Info,
            Severity::Warning,
            Severity::Error,
            Severity::Critical,
        ]
        .iter()
        .position(|s| Some(s.name()) == severity.get(row))
        .unwrap_or(0);
        nodes
            .entry((name.is_none(), name))
            .or_insert_with(|| vec![[0; 4]; bins])[at][slot] += count.get(row).unwrap_or(0);
    }
    Ok(Some(EventCounts {
        window,
        nodes: nodes
            .into_iter()
            .map(|((_, node), bins)| NodeCounts { node, bins })
            .collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture;
    use proptest::prelude::*;

    #[test]
    fn nothing_measured_is_unknown() {
        assert_eq!(spread(&[]), None);
        assert_eq!(spread(&[f64::NAN]), None);
        assert_eq!(migration_durations(&Timeline::default()), None);
        assert_eq!(event_counts(&Timeline::default(), 10).unwrap(), None);
        assert!(downtimes(&Timeline::default()).unwrap().is_empty());
    }

    #[test]
    fn percentiles_are_measured_values() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        let spread = spread(&values).unwrap();
        assert_eq!((spread.min, spread.median), (1.0, 50.0));
        assert_eq!((spread.p95, spread.max), (95.0, 100.0));
    }

    #[test]
    fn every_event_is_counted_once() {
        let timeline = fixture::incident();
        for bins in [1, 7, 120] {
            let counts = event_counts(&timeline, bins).unwrap().unwrap();
            let total: u64 = counts.nodes.iter().map(NodeCounts::total).sum();
            assert_eq!(total, timeline.events.len() as u64);
            assert!(counts.nodes.iter().all(|n| n.bins.len() == bins));
        }
    }

    #[test]
    fn a_vm_that_is_not_back_comes_first_and_has_no_made_up_length() {
        let timeline = fixture::incident();
        let downtimes = downtimes(&timeline).unwrap();
        assert!(downtimes[0].open);
        assert_eq!(downtimes[0].total_s, None);
        assert!(downtimes[1..].iter().all(|d| !d.open));
        assert!(
            downtimes[1..]
                .windows(2)
                .all(|w| w[0].longest_s >= w[1].longest_s)
        );
    }

    proptest! {
        #[test]
        fn a_spread_is_ordered(values in proptest::collection::vec(0.0f64..1e6, 1..50)) {
            let s = spread(&values).unwrap();
            prop_assert!(s.min <= s.median && s.median <= s.p95 && s.p95 <= s.max);
            // polars agrees on the ends.
            let series = Series::new("v".into(), &values);
            prop_assert_eq!(series.max::<f64>().unwrap(), Some(s.max));
            prop_assert_eq!(series.min::<f64>().unwrap(), Some(s.min));
        }
    }
}
