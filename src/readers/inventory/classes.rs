//! The classes of exported objects that are kept, and what of them.
//!
//! A class stands here when it tells something of nodes, their networks and storage,
//! the cluster or its VMs; objects of all others are counted and let go. A new one is a
//! line. Names of types: what `Export-Clixml` writes in `TN` for the commands that the
//! collectors call.

/// The most characters of a value that are kept; the rest becomes `…`.
pub(super) const LONGEST_VALUE: usize = 1000;
/// The most properties of one object that are kept.
pub(super) const MOST_PROPERTIES: usize = 300;

/// What is kept of the objects of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// Every property with a simple value.
    All,
    /// These; objects of the class are many on every node.
    Only(&'static [&'static str]),
}

/// A class of exported objects.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// The name that rules and reports use.
    pub(super) name: &'static str,
    /// Last part of the type's name, without the prefixes of CIM classes and without
    /// `Data` behind `Setting`.
    types: &'static [&'static str],
    keep: Keep,
    pub(super) of: Of,
}

/// What an object is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// The node that it was exported on.
    Node,
    /// The cluster as a whole.
    Cluster,
    /// The node that this property names.
    NodeIn(&'static str),
}

const fn node(name: &'static str, types: &'static [&'static str]) -> Class {
    Class {
        name,
        types,
        keep: Keep::All,
        of: Of::Node,
    }
}

const fn cluster(name: &'static str, types: &'static [&'static str]) -> Class {
    Class {
        name,
        types,
        keep: Keep::All,
        of: Of::Cluster,
    }
}

const CLASSES: &[Class] = &[
    // Network of a node.
    node("NetAdapter", &["NetAdapter"]),
    node("NetAdapterVmqSetting", &["NetAdapterVmqSetting"]),
    node(
        "NetAdapterRdmaSetting",
        &["NetAdapterRdmaSetting", "NetAdapterRdma"],
    ),
    node("NetAdapterRssSetting", &["NetAdapterRssSetting"]),
    node("NetAdapterSriovSetting", &["NetAdapterSriovSetting"]),
    node("NetAdapterBindingSetting", &["NetAdapterBindingSetting"]),
    node(
        "NetAdapterAdvancedProperty",
        &["NetAdapterAdvancedPropertySetting"],
    ),
    node("NetLbfoTeam", &["NetLbfoTeam"]),
    node("NetLbfoTeamMember", &["NetLbfoTeamMember"]),
    node("NetLbfoTeamNic", &["NetLbfoTeamNic"]),
    node("NetIPAddress", &["NetIPAddress"]),
    Class {
        name: "NetFirewallRule",
        types: &["NetFirewallRule"],
        keep: Keep::Only(&[
            "Name",
            "DisplayName",
            "Group",
            "Enabled",
            "Profile",
            "Direction",
            "Action",
            "PolicyStoreSource",
            "PrimaryStatus",
            "Status",
        ]),
        of: Of::Node,
    },
    node("NetQosPolicy", &["NetQosPolicySetting", "NetQosPolicy"]),
    node(
        "NetQosTrafficClass",
        &["NetQosTrafficClassSetting", "NetQosTrafficClass"],
    ),
    node(
        "NetQosFlowControl",
        &["NetQosFlowControlSetting", "NetQosFlowControl"],
    ),
    node("SmbClientConfiguration", &["SmbClientConfiguration"]),
    node("SmbServerConfiguration", &["SmbServerConfiguration"]),
    // Hyper-V.
    node("VM", &["VirtualMachine"]),
    node("VMHost", &["VMHost"]),
    node("VMSwitch", &["VMSwitch"]),
    node("VMSwitchTeam", &["VMSwitchTeam"]),
    node(
        "VMNetworkAdapter",
        &["VMNetworkAdapter", "VMInternalNetworkAdapter"],
    ),
    node("VMProcessor", &["VMProcessor"]),
    node("VMMemory", &["VMMemory"]),
    node("VMHardDiskDrive", &["HardDiskDrive", "VMHardDiskDrive"]),
    // The machine.
    node("OperatingSystem", &["OperatingSystem"]),
    node("ComputerSystem", &["ComputerSystem"]),
    node("BIOS", &["BIOS"]),
    node("Processor", &["Processor"]),
    node("HotFix", &["QuickFixEngineering", "HotFix"]),
    Class {
        name: "Service",
        types: &["Service", "ServiceController"],
        keep: Keep::Only(&[
            "Name",
            "DisplayName",
            "State",
            "Status",
            "StartMode",
            "StartType",
            "StartName",
            "PathName",
        ]),
        of: Of::Node,
    },
    Class {
        name: "PnpSignedDriver",
        types: &["PnpSignedDriver"],
        keep: Keep::Only(&[
            "DeviceName",
            "FriendlyName",
            "DeviceClass",
            "DeviceID",
            "HardWareID",
            "Manufacturer",
            "DriverProviderName",
            "DriverVersion",
            "DriverDate",
            "DriverName",
            "InfName",
            "IsSigned",
        ]),
        of: Of::Node,
    },
    Class {
        name: "SystemDriver",
        types: &["SystemDriver"],
        keep: Keep::Only(&["Name", "DisplayName", "State", "StartMode", "PathName"]),
        of: Of::Node,
    },
    // The cluster.
    cluster("Cluster", &["Cluster"]),
    Class {
        name: "ClusterNode",
        types: &["ClusterNode"],
        keep: Keep::All,
        of: Of::NodeIn("Name"),
    },
    cluster("ClusterGroup", &["ClusterGroup"]),
    cluster("ClusterResource", &["ClusterResource"]),
    cluster("ClusterParameter", &["ClusterParameter"]),
    cluster("ClusterNetwork", &["ClusterNetwork"]),
    Class {
        name: "ClusterNetworkInterface",
        types: &["ClusterNetworkInterface"],
        keep: Keep::All,
        of: Of::NodeIn("Node"),
    },
    cluster("ClusterSharedVolume", &["ClusterSharedVolume"]),
    cluster("ClusterQuorum", &["ClusterQuorum", "ClusterQuorumSettings"]),
    // Storage, which the nodes of a cluster share.
    cluster("StoragePool", &["StoragePool"]),
    cluster("StorageSubSystem", &["StorageSubSystem"]),
    cluster("StorageTier", &["StorageTier"]),
    cluster("StorageJob", &["StorageJob"]),
    cluster("StorageEnclosure", &["StorageEnclosure"]),
    cluster("VirtualDisk", &["VirtualDisk"]),
    cluster("PhysicalDisk", &["PhysicalDisk"]),
    cluster("Volume", &["Volume"]),
];

/// Properties that the export itself adds, or that describe the class.
const OF_THE_EXPORT: [&str; 7] = [
    "PSComputerName",
    "PSShowComputerName",
    "RunspaceId",
    "CimClass",
    "CimInstanceProperties",
    "CimSystemProperties",
    "CreationClassName",
];

impl Class {
    /// The class of the first type that is one; types are in the order of `TN`.
    pub(super) fn of_types(types: &[String]) -> Option<&'static Class> {
        types.iter().find_map(|name| Class::of_type(name))
    }

    fn of_type(name: &str) -> Option<&'static Class> {
        let last = name.rsplit(['/', '\\', '.', '#']).next()?;
        let last = ["MSFT_", "Win32_"]
            .iter()
            .find_map(|prefix| last.strip_prefix(prefix))
            .unwrap_or(last);
        let last = match last.strip_suffix("Data") {
            Some(setting) if setting.ends_with("Setting") => setting,
            _ => last,
        };
        CLASSES
            .iter()
            .find(|class| class.types.iter().any(|t| t.eq_ignore_ascii_case(last)))
    }

    /// Whether a property is kept.
    pub(super) fn keeps(&self, property: &str) -> bool {
        let is = |name: &&str| name.eq_ignore_ascii_case(property);
        match self.keep {
            Keep::All => !OF_THE_EXPORT.iter().any(is),
            Keep::Only(names) => names.iter().any(is),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_whatever_stands_before_and_behind_their_names() {
        for (name, class) in [
            (
                "Deserialized.Microsoft.HyperV.PowerShell.VMSwitch",
                "VMSwitch",
            ),
            (
                "Deserialized.Microsoft.HyperV.PowerShell.VirtualMachine",
                "VM",
            ),
            ("Selected.Microsoft.HyperV.PowerShell.VirtualMachine", "VM"),
            (
                "Deserialized.Microsoft.Management.Infrastructure.CimInstance#ROOT/StandardCimv2/MSFT_NetAdapter",
                "NetAdapter",
            ),
            (
                "Microsoft.Management.Infrastructure.CimInstance#ROOT/StandardCimv2/MSFT_NetAdapterVmqSettingData",
                "NetAdapterVmqSetting",
            ),
            (
                "Microsoft.Management.Infrastructure.CimInstance#ROOT/StandardCimv2/MSFT_NetAdapterRdmaSettingData",
                "NetAdapterRdmaSetting",
            ),
            (
                "Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_QuickFixEngineering",
                "HotFix",
            ),
            (
                r"System.Management.ManagementObject#root\cimv2\Win32_QuickFixEngineering",
                "HotFix",
            ),
            ("System.ServiceProcess.ServiceController", "Service"),
            (
                "Microsoft.FailoverClusters.PowerShell.ClusterNode",
                "ClusterNode",
            ),
            (
                "Microsoft.FailoverClusters.PowerShell.ClusterQuorumSettings",
                "ClusterQuorum",
            ),
        ] {
            let found = Class::of_types(&["System.Unknown".to_owned(), name.to_owned()]);
            assert_eq!(found.map(|c| c.name), Some(class), "{name}");
        }
        for name in [
            "",
            "System.Object",
            "MSFT_",
            "X.NetAdapterData",
            "VMSwitchExtension",
        ] {
            assert_eq!(Class::of_types(&[name.to_owned()]), None, "{name}");
        }
    }

    #[test]
    fn no_type_is_of_two_classes() {
        let mut all: Vec<String> = CLASSES
            .iter()
            .flat_map(|c| c.types)
            .map(|t| t.to_lowercase())
            .collect();
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn what_is_kept() {
        let class = |name: &str| Class::of_types(&[name.to_owned()]).unwrap();
        assert!(class("NetAdapter").keeps("DriverProvider"));
        assert!(!class("NetAdapter").keeps("CimClass"));
        assert!(class("Win32_Service").keeps("startmode"));
        assert!(!class("Win32_Service").keeps("ExitCode"));
    }
}
