//! Reports that the cluster's tools leave in `Cluster\Reports`, by their file names.
//!
//! Nothing in a report is read: that it is there, and when it was made, is what it
//! tells. The refresh of a VM's configuration leaves no other trace.

use std::sync::LazyLock;

use jiff::civil::DateTime;
use regex::Regex;

use super::super::stamp::month_and_day;
use crate::model::id::VmName;

/// A report of the folder `Cluster\Reports`, by its file name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterReport {
    /// What was done, as the name says it (`Update-ClusterVirtualMachineConfiguration`,
    /// `Validation Report`).
    pub title: String,
    /// The VM whose configuration was refreshed.
    pub vm: Option<VmName>,
    /// When, on the clock of the machine that made it.
    pub local: Option<DateTime>,
}

impl ClusterReport {
    /// Whether it is the trace of a refresh of a VM's configuration.
    #[must_use]
    pub fn is_refresh(&self) -> bool {
        self.vm.is_some()
    }
}

static REPORT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) ^ (?<title> .+? ) \s+ (?: on \s+ )?
          (?<date> \d{1,4} [.\-_/] \d{1,2} [.\-_/] \d{1,4} )
          [\s_]+ (?: at [\s_]+ )?
          (?<hour> \d{1,2} ) [.\-_:h] (?<minute> \d{2} ) (?: [.\-_:m] (?<second> \d{2} ) s? )?
          (?: [\s_]* (?<half> [ap] ) \.? m \.? )? $",
    )
    .ok()
});

/// Reads the file name of a report; `None` for a name that is no report's.
///
/// Known names are `Update-ClusterVirtualMachineConfiguration '<vm>' on <date> at
/// <time>` and `Validation Report <date> At <time>`, with `.htm`, `.html`, `.mht`
/// or `.xml`; which separators a system puts into date and time is not relied on.
/// A date that could be read two ways gives no time.
#[must_use]
pub fn cluster_report(path: &str) -> Option<ClusterReport> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let (stem, extension) = name.rsplit_once('.')?;
    if !["mht", "mhtml", "htm", "html", "xml"]
        .iter()
        .any(|e| extension.eq_ignore_ascii_case(e))
    {
        return None;
    }
    let captures = REPORT.as_ref()?.captures(stem)?;
    let title = captures.name("title")?.as_str().trim();
    let local = local_time(&captures);
    let lower = title.to_ascii_lowercase();
    let command = "update-clustervirtualmachineconfiguration";
    if let Some(at) = lower.find(command) {
        let rest = title.get(at + command.len()..)?.trim();
        return Some(ClusterReport {
            title: title.get(at..at + command.len())?.to_owned(),
            vm: VmName::new(unquoted(rest)),
            local,
        });
    }
    // Other reports only where the name leaves no doubt; files with a date in
    // their name are many.
    (lower.contains("validation report") || lower.starts_with("validate")).then(|| ClusterReport {
        title: title.to_owned(),
        vm: None,
        local,
    })
}

fn unquoted(text: &str) -> &str {
    let quotes = ['\'', '"', '\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}'];
    let inner = text.strip_prefix(quotes).unwrap_or(text);
    inner.strip_suffix(quotes).unwrap_or(inner)
}

fn local_time(captures: &regex::Captures<'_>) -> Option<DateTime> {
    let number = |name: &str| {
        captures
            .name(name)
            .and_then(|m| m.as_str().parse::<i8>().ok())
    };
    let mut hour = number("hour")?;
    if let Some(half) = captures.name("half") {
        let afternoon = half.as_str().eq_ignore_ascii_case("p");
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if afternoon { 12 } else { 0 };
    }
    let parts: Vec<&str> = captures
        .name("date")?
        .as_str()
        .split(['.', '-', '_', '/'])
        .collect();
    let [a, b, c] = <[&str; 3]>::try_from(parts).ok()?;
    let small = |text: &str| text.parse::<i8>().ok();
    let (year, month, day) = if a.len() == 4 {
        (a.parse().ok()?, small(b)?, small(c)?)
    } else if c.len() == 4 {
        let (month, day) = month_and_day(small(a)?, small(b)?)?;
        (c.parse().ok()?, month, day)
    } else {
        return None;
    };
    DateTime::new(
        year,
        month,
        day,
        hour,
        number("minute")?,
        number("second").unwrap_or(0),
        0,
    )
    .ok()
}

/// Whether a member lies in a copy of `Cluster\Reports`: `ClusterReports/` (SDDC),
/// `Cluster/Reports/`, `<NODE>/Reports/` (TSS), or an archive named
/// `<NODE>_ClusterReport….zip` (psSDP).
#[must_use]
pub fn is_in_reports_folder(path: &str) -> bool {
    let path = path.replace('\\', "/").to_ascii_lowercase();
    let parts: Vec<&str> = path.split('/').collect();
    let Some((_, folders)) = parts.split_last() else {
        return false;
    };
    folders.iter().enumerate().any(|(at, folder)| {
        *folder == "clusterreports"
            || (*folder == "reports" && at > 0)
            || (folder.contains("_clusterreport") && folder.ends_with(".zip!"))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refresh_reports_name_vm_and_time_whatever_the_separators() {
        let expected = Some(jiff::civil::date(2012, 6, 21).at(14, 5, 12, 0));
        for name in [
            "b/Reports/Update-ClusterVirtualMachineConfiguration 'web 01' on 2012.06.21 At 14.05.12.htm",
            "Update-ClusterVirtualMachineConfiguration 'web 01' on 2012-06-21 at 14-05-12.mht",
            "UPDATE-ClusterVirtualMachineConfiguration \"web 01\" On 6_21_2012 at 2_05_12 PM.HTML",
            "Update-ClusterVirtualMachineConfiguration web 01 on 21.06.2012 AT 2.05.12 pm.xml",
        ] {
            let report = cluster_report(name).unwrap();
            assert!(report.is_refresh(), "{name}");
            assert_eq!(
                (report.vm, report.local),
                (VmName::new("web 01"), expected),
                "{name}"
            );
        }
        let twice = cluster_report(
            "Update-ClusterVirtualMachineConfiguration 'on 1' on 5.6.2012 at 14.05.12.htm",
        )
        .unwrap();
        assert_eq!((twice.vm, twice.local), (VmName::new("on 1"), None));
        let other = cluster_report("Validation Report 2012.06.21 At 14.05.12.mht").unwrap();
        assert_eq!((other.is_refresh(), other.local), (false, expected));
        for name in [
            "report.htm",
            "Notes on 2012.06.21 at 14.05.12.htm",
            "Validation Report 2012.06.21 At 14.05.12.txt",
        ] {
            assert_eq!(cluster_report(name), None, "{name}");
        }
    }

    #[test]
    fn reports_folders_are_known_in_every_layout() {
        for path in [
            "b.zip!/Node_HV01/ClusterReports/x.htm",
            "b/Windows/Cluster/Reports/x.htm",
            "b/HV01\\Reports\\x.mht",
            "b/HV01_ClusterReportMHT.zip!/x.mht",
        ] {
            assert!(is_in_reports_folder(path), "{path}");
        }
        for path in [
            "b/reports.htm",
            "Reports/x.htm",
            "b/HV01_ClusterReportMHT.zip",
            "b/x/y.htm",
        ] {
            assert!(!is_in_reports_folder(path), "{path}");
        }
    }

    proptest! {
        #[test]
        fn no_name_makes_it_panic(name in "\\PC{0,60}", at in "[0-9 .:_-]{0,30}") {
            let _ = cluster_report(&name);
            let _ = is_in_reports_folder(&name);
            let _ = cluster_report(&format!("Validation Report {at}.htm"));
            let _ = cluster_report(&format!("Update-ClusterVirtualMachineConfiguration {name} on {at}.mht"));
        }
    }
}
