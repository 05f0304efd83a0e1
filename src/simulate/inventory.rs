//! What collectors put beside logs: exports of nodes, roles and VM settings, and
//! `systeminfo`.
//!
//! Exports of VM settings exist since 2012, when the commands for them came.

use std::collections::BTreeMap;

use super::exports;
use super::scenario::{Scenario, Windows};
use super::shapes::NIC_NAME;
use super::world::{Node, State, Vm};

/// Exports of PowerShell objects (`Export-Clixml`): one `Obj` each, values in `Props`.
struct Clixml<'a> {
    text: String,
    objects: u32,
    /// Type of the objects that the scenario adds.
    kind: String,
    /// Properties by which the scenario adds to an object of the same names, or
    /// objects of their own.
    stated: Vec<&'a BTreeMap<String, String>>,
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

impl Prop {
    fn name(&self) -> &'static str {
        match self {
            Prop::Text(name, _)
            | Prop::Guid(name, _)
            | Prop::Int(name, _)
            | Prop::Bool(name, _)
            | Prop::Enum(name, ..)
            | Prop::Object(name, ..) => name,
        }
    }

    /// Whether a stated value is another than this one.
    fn contradicts(&self, stated: &BTreeMap<String, String>) -> bool {
        match (self, stated.get(self.name())) {
            (Prop::Text(_, value), Some(stated)) => !value.eq_ignore_ascii_case(stated),
            _ => false,
        }
    }
}

impl<'a> Clixml<'a> {
    fn new(state: &'a State, class: &str, node: Option<usize>) -> Self {
        let of_class = |e: &&super::scenario::ExportPlan| e.class == class && e.node == node;
        let stated = state.exports.iter().filter(of_class);
        Clixml {
            kind: exports::class(class).map_or_else(String::new, |c| c.kind),
            stated: stated.flat_map(|e| &e.objects).collect(),
            text: "<Objs Version=\"1.1.0.1\" \
                   xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\r\n"
                .to_owned(),
            objects: 0,
        }
    }

    /// An object of the class.
    fn top(&mut self, kind: &str, props: &[Prop]) {
        let names = |p: &&Prop| matches!(p.name(), "Name" | "VMName");
        let at = self.stated.iter().position(|stated| {
            stated.contains_key("Name")
                && !props.iter().filter(names).any(|p| p.contradicts(stated))
        });
        let stated = at.map(|at| self.stated.remove(at));
        self.whole(kind, None, props, stated, 1);
    }

    fn object(&mut self, kind: &str, name: Option<&str>, props: &[Prop], depth: usize) {
        self.whole(kind, name, props, None, depth);
    }

    fn whole(
        &mut self,
        kind: &str,
        name: Option<&str>,
        props: &[Prop],
        stated: Option<&BTreeMap<String, String>>,
        depth: usize,
    ) {
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
            if !stated.is_some_and(|stated| stated.contains_key(prop.name())) {
                self.prop(prop, depth + 2);
            }
        }
        for (name, value) in stated.into_iter().flatten() {
            let tag = match value.as_str() {
                "true" | "false" => "B",
                number if number.parse().map(|n: i64| n.to_string()).as_deref() == Ok(number) => {
                    "I64"
                }
                _ => "S",
            };
            self.text.push_str(&format!(
                "{indent}    <{tag} N=\"{name}\">{}</{tag}>\r\n",
                escape(value)
            ));
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
        let kind = std::mem::take(&mut self.kind);
        for stated in std::mem::take(&mut self.stated) {
            self.whole(&kind, None, &[], Some(stated), 1);
        }
        self.text.push_str("</Objs>\r\n");
        // Export-Clixml writes UTF-16 unless it is told otherwise.
        let mut bytes = vec![0xFF, 0xFE];
        for unit in self.text.encode_utf16() {
            bytes.extend_from_slice(&unit.to_le_bytes());
        }
        bytes
    }
}

/// Virtual processors of every VM.
const PROCESSORS: i64 = 2;

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// `GetVM`: the VMs of one node.
pub(super) fn vms(state: &State, node: usize) -> Vec<u8> {
    let mut xml = Clixml::new(state, "VM", Some(node));
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
            Prop::Bool("DynamicMemoryEnabled", false),
            Prop::Int("ProcessorCount", PROCESSORS),
            Prop::Bool("IsClustered", true),
        ];
        xml.top("Microsoft.HyperV.PowerShell.VirtualMachine", &props);
    }
    xml.finish()
}

/// `GetVMNetworkAdapter`: the NICs of the VMs of one node.
pub(super) fn adapters(state: &State, node: usize) -> Vec<u8> {
    let mut xml = Clixml::new(state, "VMNetworkAdapter", Some(node));
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
        xml.top("Microsoft.HyperV.PowerShell.VMNetworkAdapter", &props);
    }
    xml.finish()
}

/// `GetCluster`.
pub(super) fn cluster(plan: &Scenario, state: &State) -> Vec<u8> {
    let mut xml = Clixml::new(state, "Cluster", None);
    let props = [
        Prop::Text("Name", plan.cluster.clone()),
        Prop::Text("Domain", plan.domain.clone()),
    ];
    xml.top("Microsoft.FailoverClusters.PowerShell.Cluster", &props);
    xml.finish()
}

/// `GetClusterNode`.
pub(super) fn cluster_nodes(plan: &Scenario, state: &State) -> Vec<u8> {
    let (major, minor) = plan.windows.kernel();
    let mut xml = Clixml::new(state, "ClusterNode", None);
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
        xml.top("Microsoft.FailoverClusters.PowerShell.ClusterNode", &props);
    }
    xml.finish()
}

/// `GetClusterGroup`.
pub(super) fn cluster_groups(plan: &Scenario, state: &State) -> Vec<u8> {
    let mut xml = Clixml::new(state, "ClusterGroup", None);
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
        xml.top("Microsoft.FailoverClusters.PowerShell.ClusterGroup", &props);
    }
    xml.finish()
}

/// `GetClusterResource`: the VMs and their configurations.
pub(super) fn cluster_resources(plan: &Scenario, state: &State) -> Vec<u8> {
    let mut xml = Clixml::new(state, "ClusterResource", None);
    for vm in &state.vms {
        let all = [
            ("Virtual Machine", vm.reference.resource()),
            (
                "Virtual Machine Configuration",
                vm.reference.configuration(),
            ),
        ];
        for (kind, name) in all {
            let props = [
                Prop::Text("Name", name),
                Prop::Text("Cluster", plan.cluster.clone()),
                Prop::Text("OwnerGroup", vm.group.clone()),
                Prop::Text("ResourceType", kind.to_owned()),
                Prop::Enum(
                    "State",
                    "Microsoft.FailoverClusters.PowerShell.ClusterResourceState",
                    if vm.running { "Online" } else { "Offline" },
                    if vm.running { 2 } else { 3 },
                ),
            ];
            xml.top(
                "Microsoft.FailoverClusters.PowerShell.ClusterResource",
                &props,
            );
        }
    }
    xml.finish()
}

/// `GetClusterResourceParameters`: of each VM's resource the id of its VM.
pub(super) fn cluster_parameters(state: &State) -> Vec<u8> {
    let mut xml = Clixml::new(state, "ClusterParameter", None);
    for vm in &state.vms {
        for resource in [vm.reference.resource(), vm.reference.configuration()] {
            let props = [
                Prop::Text("ClusterObject", resource),
                Prop::Text("Name", "VmID".to_owned()),
                Prop::Text("ParameterType", "String".to_owned()),
                Prop::Text("Value", vm.reference.id.to_string().to_lowercase()),
            ];
            xml.top(
                "Microsoft.FailoverClusters.PowerShell.ClusterParameter",
                &props,
            );
        }
    }
    xml.finish()
}

/// `Win32_QuickFixEngineering`: the updates of one node.
pub(super) fn updates(state: &State, node: usize) -> Vec<u8> {
    let mut xml = Clixml::new(state, "HotFix", Some(node));
    let node = &state.nodes[node];
    for update in &node.updates {
        let props = [
            Prop::Text("Description", "Update".to_owned()),
            Prop::Text("HotFixID", update.clone()),
            Prop::Text("PSComputerName", node.fqdn.clone()),
        ];
        xml.top(
            "Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_QuickFixEngineering",
            &props,
        );
    }
    xml.finish()
}

/// The same as `ft -AutoSize` prints it.
pub(super) fn update_table(node: &Node) -> Vec<u8> {
    let width = node.name.len().max("Source".len());
    let row = |source: &str, description: &str, id: &str| {
        format!("{source:<width$}  {description:<11}  {id:<9}\r\n")
    };
    let mut text = String::from("\r\n");
    text.push_str(&row("Source", "Description", "HotFixID"));
    text.push_str(&row("------", "-----------", "--------"));
    for update in &node.updates {
        text.push_str(&row(&node.name, "Update", update));
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// A VM's configuration as Hyper-V kept it as a file, the parts that are known.
pub(super) fn vm_configuration(vm: &Vm) -> Vec<u8> {
    let value = |name: &str, ty: &str, value: &str| {
        format!("<{name} type=\"{ty}\">{}</{name}>\r\n", escape(value))
    };
    let mac = vm.mac.as_bytes().chunks(2);
    let mac: Vec<String> = mac
        .map(|pair| String::from_utf8_lossy(pair).into_owned())
        .collect();
    let nic = format!("_{}_", vm.nic.trim_matches(['{', '}']).to_lowercase());
    let memory = format!("{}", (vm.memory_gb * 1024.0).round() as i64);
    let text = [
        "<?xml version=\"1.0\" encoding=\"UTF-16\" standalone=\"yes\"?>\r\n<configuration>\r\n",
        &format!("<{nic}>\r\n"),
        &value("AltSwitchName", "string", &vm.switch),
        &value("FriendlyName", "string", NIC_NAME),
        &value("MacAddress", "string", &mac.join("-")),
        &format!("</{nic}>\r\n<properties>\r\n"),
        &value("name", "string", &vm.name),
        "</properties>\r\n<settings>\r\n<memory>\r\n<bank>\r\n",
        &value("dynamic_memory_enabled", "bool", "False"),
        &value("size", "integer", &memory),
        "</bank>\r\n</memory>\r\n<processors>\r\n",
        &value("count", "integer", &PROCESSORS.to_string()),
        "</processors>\r\n</settings>\r\n</configuration>\r\n",
    ]
    .concat();
    let mut bytes = vec![0xFF, 0xFE];
    for unit in text.encode_utf16() {
        bytes.extend_from_slice(&unit.to_le_bytes());
    }
    bytes
}

/// Objects that the scenario states, of a class that has no export of its own here.
pub(super) fn stated(state: &State, class: &str, node: Option<usize>) -> Vec<u8> {
    Clixml::new(state, class, node).finish()
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
