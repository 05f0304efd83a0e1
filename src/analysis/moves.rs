//! How long moves took: distributions by kind, outliers, and the pairs of nodes they
//! went between. Moves that did not complete are counted and never measured: how long
//! a failure took says nothing of how long a move takes.

use std::collections::BTreeMap;

use super::metrics::{Spread, spread};
use crate::model::id::NodeName;
use crate::timeline::{Migration, MoveKind, MoveOutcome, Timeline};

/// What of a move is measured, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    /// From begin to end.
    Duration,
    /// The pause of the VM.
    Blackout,
}

impl Quantity {
    /// Its value for a move that completed, where it is known.
    #[must_use]
    pub fn of(self, migration: &Migration) -> Option<f64> {
        let value = match self {
            Quantity::Duration => migration.duration_s,
            Quantity::Blackout => migration.blackout_s,
        };
        value.filter(|v| migration.outcome == MoveOutcome::Completed && v.is_finite())
    }
}

/// A quantity over all completed moves of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// The kind of move.
    pub kind: MoveKind,
    /// What is measured.
    pub quantity: Quantity,
    /// Value and move, shortest first; never empty.
    pub values: Vec<(f64, usize)>,
    /// Median, percentile, ends.
    pub spread: Spread,
    /// A quarter of the values is at most this (nearest rank).
    pub q1: f64,
    /// Three quarters of the values are at most this (nearest rank).
    pub q3: f64,
    /// Moves that took unusually long ([`outliers`]), longest first.
    pub outliers: Vec<usize>,
}

/// Fewer values than this have no outliers: nothing is usual yet.
pub const FEWEST_FOR_OUTLIERS: usize = 8;

/// Positions in `sorted` (ascending, in seconds) of values that are unusually long,
/// longest first. Lengths of moves are skewed, so their logarithms are compared: long is
/// what lies above the third quartile by more than one and a half times the distance
/// between the quartiles (Tukey), and takes more than twice the median.
#[must_use]
pub fn outliers(sorted: &[f64]) -> Vec<usize> {
    let (Some(q1), Some(median), Some(q3)) = (
        ranked(sorted, 0.25),
        ranked(sorted, 0.5),
        ranked(sorted, 0.75),
    ) else {
        return Vec::new();
    };
    if sorted.len() < FEWEST_FOR_OUTLIERS {
        return Vec::new();
    }
    let log = |v: f64| v.max(0.001).ln();
    let fence = log(q3) + 1.5 * (log(q3) - log(q1));
    (0..sorted.len())
        .rev()
        .take_while(|&at| log(sorted[at]) > fence && sorted[at] > 2.0 * median)
        .collect()
}

fn ranked(sorted: &[f64], share: f64) -> Option<f64> {
    let at = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(at.max(1) - 1).copied()
}

/// Durations and blackouts of the moves in `chosen` (positions in
/// [`Timeline::migrations`]), by kind, duration before blackout. What no move records is
/// not there.
#[must_use]
pub fn distributions(timeline: &Timeline, chosen: &[usize]) -> Vec<Distribution> {
    let mut found: BTreeMap<(MoveKind, Quantity), Vec<(f64, usize)>> = BTreeMap::new();
    for &at in chosen {
        let Some(migration) = timeline.migrations.get(at) else {
            continue;
        };
        for quantity in [Quantity::Duration, Quantity::Blackout] {
            if let Some(value) = quantity.of(migration) {
                let values = found.entry((migration.kind, quantity)).or_default();
                values.push((value, at));
            }
        }
    }
    found
        .into_iter()
        .filter_map(|((kind, quantity), mut values)| {
            values.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let sorted: Vec<f64> = values.iter().map(|v| v.0).collect();
            Some(Distribution {
                kind,
                quantity,
                spread: spread(&sorted)?,
                q1: ranked(&sorted, 0.25)?,
                q3: ranked(&sorted, 0.75)?,
                outliers: outliers(&sorted).into_iter().map(|p| values[p].1).collect(),
                values,
            })
        })
        .collect()
}

/// By which of their ends moves are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// By both, in their direction.
    Both,
    /// By the node that they left.
    From,
    /// By the node that they went to.
    To,
}

/// The moves from one node to another, or all from or to one node.
#[derive(Clone, Debug, PartialEq)]
pub struct PairMoves {
    /// From; `None` where no record says, and where moves from all nodes are taken together.
    pub from: Option<NodeName>,
    /// To; `None` where no record says, and where moves to all nodes are taken together.
    pub to: Option<NodeName>,
    /// How many there were.
    pub moves: usize,
    /// How many of them failed or were canceled.
    pub failed: usize,
    /// Durations of those completed, shortest first.
    pub durations: Vec<f64>,
    /// Their distribution.
    pub duration: Option<Spread>,
    /// The distribution of their blackouts.
    pub blackout: Option<Spread>,
}

/// The moves in `chosen` between nodes, by their ends; moves of storage, which stay on
/// their node, are left out. Those with the most failures first, then by the longer median
/// duration, then by name.
#[must_use]
pub fn by_ends(timeline: &Timeline, chosen: &[usize], ends: Ends) -> Vec<PairMoves> {
    #[derive(Default)]
    struct Found {
        moves: usize,
        failed: usize,
        durations: Vec<f64>,
        blackouts: Vec<f64>,
    }
    let mut found: BTreeMap<(Option<&NodeName>, Option<&NodeName>), Found> = BTreeMap::new();
    let chosen = chosen.iter().filter_map(|&m| timeline.migrations.get(m));
    for migration in chosen.filter(|m| m.kind != MoveKind::Storage) {
        let from = migration.from_node.as_ref().filter(|_| ends != Ends::To);
        let to = migration.to_node.as_ref().filter(|_| ends != Ends::From);
        let pair = found.entry((from, to)).or_default();
        pair.moves += 1;
        pair.failed += usize::from(matches!(
            migration.outcome,
            MoveOutcome::Failed | MoveOutcome::Canceled
        ));
        pair.durations.extend(Quantity::Duration.of(migration));
        pair.blackouts.extend(Quantity::Blackout.of(migration));
    }
    let mut pairs: Vec<PairMoves> = found
        .into_iter()
        .map(|((from, to), mut pair)| {
            pair.durations.sort_by(f64::total_cmp);
            PairMoves {
                from: from.cloned(),
                to: to.cloned(),
                moves: pair.moves,
                failed: pair.failed,
                duration: spread(&pair.durations),
                blackout: spread(&pair.blackouts),
                durations: pair.durations,
            }
        })
        .collect();
    let median = |p: &PairMoves| p.duration.map_or(0.0, |s| s.median);
    // Stable, so that names decide what is left.
    pairs.sort_by(|a, b| {
        b.failed
            .cmp(&a.failed)
            .then(median(b).total_cmp(&median(a)))
    });
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture;
    use proptest::prelude::*;

    #[test]
    fn a_move_that_failed_is_counted_and_not_measured() {
        let timeline = fixture::incident();
        let found = distributions(&timeline, &[0, 1]);
        let short: Vec<_> = found
            .iter()
            .map(|d| (d.kind, d.quantity, d.spread.n, d.spread.max))
            .collect();
        assert_eq!(
            short,
            [
                (MoveKind::Live, Quantity::Duration, 1, 12.25),
                (MoveKind::Live, Quantity::Blackout, 1, 0.4)
            ]
        );
        let pairs = by_ends(&timeline, &[0, 1], Ends::Both);
        assert_eq!((pairs.len(), pairs[0].failed, pairs[1].failed), (2, 1, 0));
        assert_eq!(pairs[0].duration, None);
        assert!(distributions(&timeline, &[]).is_empty());
        assert!(
            by_ends(&timeline, &[99], Ends::Both).is_empty(),
            "no such move"
        );
        let from = by_ends(&timeline, &[0, 1], Ends::From);
        let short: Vec<_> = from.iter().map(|p| (&p.to, p.moves, p.failed)).collect();
        assert_eq!(short, [(&None, 2, 1)], "both left HV01");
    }

    #[test]
    fn the_one_that_took_ten_times_as_long_is_an_outlier() {
        let mut values: Vec<f64> = (10..30).map(f64::from).collect();
        values.push(300.0);
        assert_eq!(outliers(&values), [20]);
        // Too few to say, and all alike.
        assert!(outliers(&[1.0, 1.0, 1.0, 90.0]).is_empty());
        assert!(outliers(&[5.0; 40]).is_empty());
        // Longer than its fellows, and still nothing to talk of.
        let mut even = vec![10.0; 30];
        even.push(15.0);
        assert!(outliers(&even).is_empty());
    }

    proptest! {
        #[test]
        fn outliers_are_the_longest(mut values in proptest::collection::vec(0.0f64..1e5, 0..60)) {
            values.sort_by(f64::total_cmp);
            let found = outliers(&values);
            for (n, at) in found.iter().enumerate() {
                prop_assert_eq!(*at, values.len() - 1 - n);
            }
            prop_assert!(found.len() * 2 <= values.len());
        }
    }
}
