//! From changes of state to intervals: what every trail of states is made of.
//! Which record changes which state is for the files that own the state.

use super::trail::{EventIndex, Interval};
use crate::model::time::Moment;

/// Changes in order of time become intervals. A change to the state that holds
/// adds its evidence to it. With `before`, the state that held before the first
/// change is known.
pub(super) fn join<S: PartialEq>(
    before: Option<S>,
    changes: impl IntoIterator<Item = (Moment, S, Vec<EventIndex>)>,
) -> Vec<Interval<S>> {
    let mut list: Vec<Interval<S>> = before
        .into_iter()
        .map(|state| Interval {
            state,
            from: None,
            to: None,
            evidence: Vec::new(),
        })
        .collect();
    for (time, state, evidence) in changes {
        if let Some(last) = list.last_mut() {
            if last.state == state {
                last.evidence.extend(evidence);
                continue;
            }
            last.to = Some(time);
        }
        list.push(Interval {
            state,
            from: Some(time),
            to: None,
            evidence,
        });
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_is_told_again_goes_on() {
        let t = |s: i64| Moment::from_ticks(s * 10_000_000).unwrap();
        let list = join(
            Some("up"),
            [
                (t(5), "down", vec![1]),
                (t(6), "down", vec![2]),
                (t(9), "up", vec![3]),
            ],
        );
        let short: Vec<_> = list
            .iter()
            .map(|i| (i.state, i.from, i.to, i.evidence.clone()))
            .collect();
        assert_eq!(
            short,
            [
                ("up", None, Some(t(5)), vec![]),
                ("down", Some(t(5)), Some(t(9)), vec![1, 2]),
                ("up", Some(t(9)), None, vec![3]),
            ]
        );
    }
}
