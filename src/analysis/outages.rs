//! How long VMs were down, by cause, with the bounds that the logs give. A length that
//! no record ends is never made up: it counts from its begin to the end of the logs, as
//! the least it can be.

use crate::timeline::{DowntimeCause, Timeline, VmIndex};

/// One time that a VM was down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutageSpan {
    /// Why.
    pub cause: DowntimeCause,
    /// Seconds from its begin to its end, both within the logs.
    pub seconds: f64,
    /// It is not known to have ended; the logs do.
    pub open: bool,
}

/// All times that one VM was down.
#[derive(Clone, Debug, PartialEq)]
pub struct VmOutage {
    /// The VM.
    pub vm: VmIndex,
    /// In order of time.
    pub spans: Vec<OutageSpan>,
    /// Their sum in seconds.
    pub total_s: f64,
    /// At least so long, with the errors of clocks taken off.
    pub at_least_s: f64,
    /// At most so long; `None` where nothing bounds it.
    pub at_most_s: Option<f64>,
    /// It is not known to have come back.
    pub open: bool,
}

/// Downtime of those of `vms` that had any: not known to be back first, then the longest
/// total, then by index.
#[must_use]
pub fn outages(timeline: &Timeline, vms: &[VmIndex]) -> Vec<VmOutage> {
    let Some(window) = timeline.window() else {
        return Vec::new();
    };
    let mut all: Vec<VmOutage> = vms
        .iter()
        .filter_map(|&vm| Some((vm, timeline.vms.get(vm)?)))
        .filter(|(_, trail)| !trail.downtimes.is_empty())
        .map(|(vm, trail)| {
            let mut outage = VmOutage {
                vm,
                spans: Vec::new(),
                total_s: 0.0,
                at_least_s: 0.0,
                at_most_s: Some(0.0),
                open: false,
            };
            for down in &trail.downtimes {
                let from = down.from.unwrap_or(window.from);
                let to = down.to.unwrap_or(window.to);
                let seconds = to.seconds_since(from).max(0.0);
                let open = down.to.is_none();
                outage.spans.push(OutageSpan {
                    cause: down.cause,
                    seconds,
                    open,
                });
                outage.total_s += seconds;
                outage.open |= open;
                let most = down.bounds.and_then(|b| b.at_most_s);
                outage.at_least_s += down.bounds.map_or(0.0, |b| b.at_least_s);
                outage.at_most_s = outage
                    .at_most_s
                    .zip(most.filter(|_| !open))
                    .map(|(a, b)| a + b);
            }
            outage
        })
        .collect();
    all.sort_by(|a, b| {
        b.open
            .cmp(&a.open)
            .then(b.total_s.total_cmp(&a.total_s))
            .then(a.vm.cmp(&b.vm))
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fixture;

    #[test]
    fn what_has_no_end_is_first_and_bounded_by_nothing() {
        let timeline = fixture::incident();
        let all = outages(&timeline, &[0, 1, 2]);
        assert_eq!(all.iter().map(|o| o.vm).collect::<Vec<_>>(), [2, 1]);
        assert!(all[0].open && all[0].at_most_s.is_none());
        // From minute 40 to the last event, in minute 45.
        assert_eq!(all[0].total_s, 300.0);
        assert_eq!(all[1].total_s, 92.0);
        assert_eq!((all[1].at_least_s, all[1].at_most_s), (91.5, Some(96.0)));
        assert_eq!(outages(&timeline, &[0]), []);
        assert_eq!(outages(&Timeline::default(), &[0, 1, 2]), []);
    }
}
