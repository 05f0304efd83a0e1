//! Changes of settings, and the reports that the cluster's tools leave.

use crate::model::time::Moment;

use super::super::scenario::EditTool;
use super::super::truth::SettingTruth;
use super::{Report, World};

impl World<'_> {
    pub(super) fn change_vlan(&mut self, vm: usize, at: Moment, to: u32, with: EditTool) {
        let vm = &mut self.vms[vm];
        self.settings.push(SettingTruth {
            vm: vm.name.clone(),
            at,
            from: vm.vlan,
            to,
            cause: with.name(),
        });
        vm.vlan = to;
        if with == EditTool::FailoverClusterManager {
            vm.cluster_vlan = to;
        }
    }

    /// The cluster takes Hyper-V's copy; a report file is all that shows it.
    pub(super) fn refresh(&mut self, vm: usize, at: Moment) {
        let node = self.vms[vm].node;
        self.vms[vm].cluster_vlan = self.vms[vm].vlan;
        let name = self.vms[vm].name.clone();
        let local = self.local(node, at);
        let stamp = local.strftime("%Y.%m.%d at %H.%M.%S").to_string();
        let html = page(
            &format!("Refresh of {name}"),
            &[
                ("Virtual machine", &name),
                ("Node", &self.nodes[node].name.clone()),
                ("Time", &local.strftime("%Y-%m-%d %H:%M:%S").to_string()),
                ("Result", "no problem found"),
            ],
        );
        // What no file name can hold; it becomes a path in the bundle.
        let safe = name.replace(|c: char| c.is_control() || r#"\/:*?"<>|"#.contains(c), "_");
        self.nodes[node].reports.push(Report {
            name: format!("Update-ClusterVirtualMachineConfiguration '{safe}' on {stamp}.htm"),
            at,
            html,
        });
    }

    pub(super) fn validation_report(&self, node: usize, at: Moment) -> Report {
        let local = self.local(node, at);
        let names: Vec<&str> = self.nodes.iter().map(|n| n.name.as_str()).collect();
        Report {
            name: format!(
                "Validation Report {}.htm",
                local.strftime("%Y.%m.%d at %H.%M.%S")
            ),
            at,
            html: page(
                "Validation",
                &[
                    ("Cluster", &self.plan.cluster),
                    ("Nodes", &names.join(", ")),
                    ("Result", "suitable for clustering"),
                ],
            ),
        }
    }
}

/// A small page, in place of the cluster tools' own reports.
fn page(title: &str, rows: &[(&str, &str)]) -> String {
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    let mut html = format!(
        "<!DOCTYPE html>\r\n<html><head><title>{0}</title></head><body>\r\n<h1>{0}</h1>\r\n<table>\r\n",
        escape(title)
    );
    for (name, value) in rows {
        html.push_str(&format!(
            "<tr><th>{}</th><td>{}</td></tr>\r\n",
            escape(name),
            escape(value)
        ));
    }
    html.push_str("</table>\r\n</body></html>\r\n");
    html
}
