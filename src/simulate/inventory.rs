//! What collectors put beside logs: exports of nodes, roles and VM settings, and
//! `systeminfo`.
//!
//! Exports of VM settings exist since 2012, when the commands for them came.

use super::scenario::{Scenario, Windows};
use super::shapes::NIC_NAME;
use super::world::{Node, State};

/// Exports of PowerShell objects (`Export-Clixml`): one `Obj` each, values in `Props`.
struct Clixml {
    text: String,
    objects: u32,
}

/// One value of an exported object.
enum Prop {
    Text(&'static str, String),
    Guid(&'static str, String),
    Int(&'static str, i64),
    Bool(&'static str, bool),
    /// An enumeration: type, printed form, number.
    Enum(&'static str, &'static str, &'static str, i32),
    /// An object inside the object: type and values.
    Object(&'static str, &'static str, Vec<Prop>),
}

impl Clixml {
    fn new() -> Self {
        Clixml {
            text: "<Objs Version=\"1.1.0.1\" \
                   xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\r\n"
                .to_owned(),
            objects: 0,
        }
    }

    fn object(&mut self, kind: &str, name: Option<&str>, props: &[Prop], depth: usize) {
        let indent = "  ".repeat(depth);
        let id = self.objects;
        self.objects += 1;
        let name = name.map(|n| format!("N=\"{n}\" ")).unwrap_or_default();
        self.text.push_str(&format!(
            "{indent}<Obj {name}RefId=\"{id}\">\r\n{indent}  <TN RefId=\"{id}\">\r\n\
             {indent}    <T>{kind}</T>\r\n{indent}    <T>System.Object</T>\r\n\
             {indent}  </TN>\r\n{indent}  <ToString>{kind}</ToString>\r\n{indent}  <Props>\r\n"
        ));
        for prop in props {
            self.prop(prop, depth + 2);
        }
        self.text
            .push_str(&format!("{indent}  </Props>\r\n{indent}</Obj>\r\n"));
    }

    fn prop(&mut self, prop: &Prop, depth: usize) {
        let indent = "  ".repeat(depth);
        let line = match prop {
            Prop::Text(name, value) => format!("<S N=\"{name}\">{}</S>", escape(value)),
            Prop::Guid(name, value) => format!("<G N=\"{name}\">{}</G>", value.to_lowercase()),
            Prop::Int(name, value) => format!("<I64 N=\"{name}\">{value}</I64>"),
            Prop::Bool(name, value) => format!("<B N=\"{name}\">{value}</B>"),
            Prop::Enum(name, kind, shown, value) => {
                let id = self.objects;
                self.objects += 1;
                format!(
                    "<Obj N=\"{name}\" RefId=\"{id}\"><TN RefId=\"{id}\"><T>{kind}</T>\
                     <T>System.Enum</T><T>System.ValueType</T><T>System.Object</T></TN>\
                     <ToString>{shown}</ToString><I32>{value}</I32></Obj>"
                )
            }
            Prop::Object(name, kind, props) => {
                self.object(kind, Some(name), props, depth);
                return;
            }
        };
        self.text.push_str(&format!("{indent}{line}\r\n"));
    }

    fn finish(mut self) -> Vec<u8> {
        self.text.push_str("</Objs>\r\n");
        // Export-Clixml writes UTF-16 unless it is told otherwise.
        let mut bytes = vec![0xFF, 0xFE];
        for unit in self.text.encode_utf16() {
            bytes.extend_from_slice(&unit.to_le_bytes());
        }
        bytes
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// `GetVM`: the VMs of one node.
pub(super) fn vms(state: &State, node: usize) -> Vec<u8> {
    let mut xml = Clixml::new();
    for vm in state.vms.iter().filter(|v| v.node == node) {
        let shown = if vm.running { "Running" } else { "Off" };
        let props = [
            Prop::Text("Name", vm.name.clone()),
            Prop::Text("VMName", vm.name.clone()),
            Prop::Guid("Id", vm.reference.id.to_string()),
            Prop::Guid("VMId", vm.reference.id.to_string()),
            Prop::Text("ComputerName", state.nodes[node].name.clone()),
            Prop::Enum(
                "State",
                "Microsoft.HyperV.PowerShell.VMState",
                shown,
                if vm.running { 2 } else { 3 },
            ),
            Prop::Int(
                "MemoryStartup",
                (vm.memory_gb * 1_073_741_824.0).round() as i64,
            ),
            Prop::Bool("IsClustered", true),
        ];
        xml.object(
            "Microsoft.HyperV.PowerShell.VirtualMachine",
            None,
            &props,
            1,
        );
    }
    xml.finish()
}

/// `GetVMNetworkAdapter`: the NICs of the VMs of one node.
pub(super) fn adapters(state: &State, node: usize) -> Vec<u8> {
    let mut xml = Clixml::new();
    for vm in state.vms.iter().filter(|v| v.node == node) {
        let (mode, number) = if vm.vlan == 0 {
            ("Untagged", 0)
        } else {
            ("Access", 1)
        };
        let props = [
            Prop::Text("Name", NIC_NAME.to_owned()),
            Prop::Text("Id", format!(r"Microsoft:{}\{}", vm.reference.id, vm.nic)),
            Prop::Text("VMName", vm.name.clone()),
            Prop::Guid("VMId", vm.reference.id.to_string()),
            Prop::Text("ComputerName", state.nodes[node].name.clone()),
            Prop::Text("SwitchName", vm.switch.clone()),
            Prop::Text("MacAddress", vm.mac.clone()),
            Prop::Bool("Connected", true),
            Prop::Object(
                "VlanSetting",
                "Microsoft.HyperV.PowerShell.VMNetworkAdapterVlanSetting",
                vec![
                    Prop::Enum(
                        "OperationMode",
                        "Microsoft.HyperV.PowerShell.VMNetworkAdapterVlanMode",
                        mode,
                        number,
                    ),
                    Prop::Int("AccessVlanId", i64::from(vm.vlan)),
                    Prop::Int("NativeVlanId", 0),
                    Prop::Text("ParentAdapter", NIC_NAME.to_owned()),
                ],
            ),
        ];
        xml.object(
            "Microsoft.HyperV.PowerShell.VMNetworkAdapter",
            None,
            &props,
            1,
        );
    }
    xml.finish()
}

/// `GetCluster`.
pub(super) fn cluster(plan: &Scenario) -> Vec<u8> {
    let mut xml = Clixml::new();
    let props = [
        Prop::Text("Name", plan.cluster.clone()),
        Prop::Text("Domain", plan.domain.clone()),
    ];
    xml.object(
        "Microsoft.FailoverClusters.PowerShell.Cluster",
        None,
        &props,
        1,
    );
    xml.finish()
}

/// `GetClusterNode`.
pub(super) fn cluster_nodes(plan: &Scenario, state: &State) -> Vec<u8> {
    let (major, minor) = plan.windows.kernel();
    let mut xml = Clixml::new();
    for node in &state.nodes {
        let up = node
            .up
            .iter()
            .any(|(from, to)| *from <= state.at && to.is_none_or(|to| to > state.at));
        let props = [
            Prop::Text("Name", node.name.clone()),
            Prop::Text("NodeName", node.name.clone()),
            Prop::Text("Id", node.id.to_string()),
            Prop::Text("Cluster", plan.cluster.clone()),
            Prop::Enum(
                "State",
                "Microsoft.FailoverClusters.PowerShell.ClusterNodeState",
                if up { "Up" } else { "Down" },
                i32::from(!up),
            ),
            Prop::Int("MajorVersion", i64::from(major)),
            Prop::Int("MinorVersion", i64::from(minor)),
            Prop::Int("BuildNumber", i64::from(plan.windows.build())),
        ];
        xml.object(
            "Microsoft.FailoverClusters.PowerShell.ClusterNode",
            None,
            &props,
            1,
        );
    }
    xml.finish()
}

/// `GetClusterGroup`.
pub(super) fn cluster_groups(plan: &Scenario, state: &State) -> Vec<u8> {
    let mut xml = Clixml::new();
    for vm in &state.vms {
        let props = [
            Prop::Text("Name", vm.group.clone()),
            Prop::Text("Cluster", plan.cluster.clone()),
            Prop::Text("OwnerNode", state.nodes[vm.node].name.clone()),
            Prop::Enum(
                "State",
                "Microsoft.FailoverClusters.PowerShell.ClusterGroupState",
                if vm.running { "Online" } else { "Offline" },
                i32::from(!vm.running),
            ),
        ];
        xml.object(
            "Microsoft.FailoverClusters.PowerShell.ClusterGroup",
            None,
            &props,
            1,
        );
    }
    xml.finish()
}

/// `systeminfo` of a node, the lines that say what it is and which updates it has.
pub(super) fn systeminfo(plan: &Scenario, node: &Node) -> Vec<u8> {
    let (major, minor) = plan.windows.kernel();
    let build = plan.windows.build();
    let pack = if plan.windows == Windows::W2008R2 {
        "Service Pack 1"
    } else {
        "N/A"
    };
    let offset = plan.zone.to_offset(plan.end.to_timestamp()).seconds() / 60;
    let sign = if offset < 0 { '-' } else { '+' };
    let updates = node.updates.iter().enumerate();
    let rows = [
        ("Host Name", node.name.to_uppercase()),
        ("OS Name", plan.windows.product().to_owned()),
        (
            "OS Version",
            format!("{major}.{minor}.{build} {pack} Build {build}"),
        ),
        ("OS Manufacturer", "Microsoft Corporation".to_owned()),
        ("OS Build Type", "Multiprocessor Free".to_owned()),
        ("System Type", "x64-based PC".to_owned()),
        (
            "Time Zone",
            format!(
                "(UTC{sign}{:02}:{:02}) {}",
                offset.abs() / 60,
                offset.abs() % 60,
                plan.zone.iana_name().unwrap_or("UTC")
            ),
        ),
        ("Domain", plan.domain.clone()),
        (
            "Hotfix(s)",
            std::iter::once(format!("{} Hotfix(s) Installed.", node.updates.len()))
                .chain(updates.map(|(n, kb)| format!("{:27}[{:02}]: {kb}", "", n + 1)))
                .collect::<Vec<_>>()
                .join("\r\n"),
        ),
        (
            "Network Card(s)",
            format!("1 NIC(s) Installed.\r\n{:27}[01]: {}", "", node.address),
        ),
    ];
    let mut text = String::from("\r\n");
    for (name, value) in rows {
        text.push_str(&format!("{:<27}{value}\r\n", format!("{name}:")));
    }
    text.into_bytes()
}
