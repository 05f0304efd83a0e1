//! Where a collector puts the objects of a class, and what PowerShell calls their type.
//!
//! Holds the families of classes that the collectors export; not what is in them.

/// How the objects of a class are exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// File name, without its ending.
    pub(super) file: String,
    /// Type of the objects.
    pub(super) kind: String,
    /// One export for the whole cluster, not one for each node.
    pub(super) of_cluster: bool,
    /// The commands for it came with 2012.
    pub(super) since_2012: bool,
}

/// Classes of the whole cluster that are not named `Cluster…`.
const STORAGE: &[&str] = &[
    "PhysicalDisk",
    "StorageEnclosure",
    "StorageFaultDomain",
    "StorageJob",
    "StoragePool",
    "StorageSubSystem",
    "StorageTier",
    "VirtualDisk",
    "Volume",
];

/// Classes of a machine that PowerShell calls `Win32_…`.
const MACHINE: &[&str] = &[
    "BIOS",
    "ComputerSystem",
    "OperatingSystem",
    "PnpSignedDriver",
    "Processor",
    "SystemDriver",
];

/// The class of this name (`NetAdapter`, `VMSwitch`, `ClusterNode`, `Win32_BIOS`);
/// `None` for a name of no known family.
pub(super) fn class(name: &str) -> Option<Class> {
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let cim = |namespace: &str, class: &str| {
        format!("Microsoft.Management.Infrastructure.CimInstance#{namespace}/{class}")
    };
    let get = format!("Get{name}");
    let (file, kind, of_cluster, since_2012) = if name.starts_with("Cluster") {
        let kind = format!("Microsoft.FailoverClusters.PowerShell.{name}");
        (get, kind, true, false)
    } else if STORAGE.contains(&name) {
        let kind = cim("ROOT/Microsoft/Windows/Storage", &format!("MSFT_{name}"));
        (get, kind, true, true)
    } else if name == "VM" {
        let kind = "Microsoft.HyperV.PowerShell.VirtualMachine".to_owned();
        (get, kind, false, true)
    } else if name.starts_with("VM") {
        let kind = format!("Microsoft.HyperV.PowerShell.{name}");
        (get, kind, false, true)
    } else if name.starts_with("Smb") {
        let kind = cim("ROOT/Microsoft/Windows/SMB", &format!("MSFT_{name}"));
        (get, kind, false, true)
    } else if let Some(part) = name
        .strip_prefix("NetAdapter")
        .and_then(|rest| rest.strip_suffix("Setting"))
    {
        // The command is named by the part, the class by its data.
        let kind = cim("ROOT/StandardCimv2", &format!("MSFT_{name}Data"));
        (format!("GetNetAdapter{part}"), kind, false, true)
    } else if name == "NetAdapterAdvancedProperty" {
        let kind = cim("ROOT/StandardCimv2", &format!("MSFT_{name}SettingData"));
        (get, kind, false, true)
    } else if name.starts_with("Net") {
        let kind = cim("ROOT/StandardCimv2", &format!("MSFT_{name}"));
        (get, kind, false, true)
    } else if name.starts_with("Win32_") {
        (name.to_owned(), cim("root/cimv2", name), false, false)
    } else if MACHINE.contains(&name) {
        let name = format!("Win32_{name}");
        (name.clone(), cim("root/cimv2", &name), false, false)
    } else if name == "HotFix" {
        let kind = cim("root/cimv2", "Win32_QuickFixEngineering");
        (get, kind, false, false)
    } else if name == "Service" {
        let kind = "System.ServiceProcess.ServiceController".to_owned();
        (get, kind, false, false)
    } else {
        return None;
    };
    Some(Class {
        file,
        kind,
        of_cluster,
        since_2012,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_those_of_the_collector() {
        for (name, file, kind) in [
            (
                "NetAdapter",
                "GetNetAdapter",
                "StandardCimv2/MSFT_NetAdapter",
            ),
            (
                "NetAdapterVmqSetting",
                "GetNetAdapterVmq",
                "MSFT_NetAdapterVmqSettingData",
            ),
            ("VM", "GetVM", "VirtualMachine"),
            ("VMSwitch", "GetVMSwitch", "PowerShell.VMSwitch"),
            ("ClusterNode", "GetClusterNode", "PowerShell.ClusterNode"),
            ("Win32_BIOS", "Win32_BIOS", "root/cimv2/Win32_BIOS"),
            ("BIOS", "Win32_BIOS", "root/cimv2/Win32_BIOS"),
            ("HotFix", "GetHotFix", "Win32_QuickFixEngineering"),
            (
                "NetAdapterAdvancedProperty",
                "GetNetAdapterAdvancedProperty",
                "MSFT_NetAdapterAdvancedPropertySettingData",
            ),
        ] {
            let class = class(name).unwrap();
            assert_eq!(class.file, file);
            assert!(class.kind.ends_with(kind), "{}", class.kind);
            assert_eq!(class.of_cluster, name.starts_with("Cluster"), "{name}");
        }
        for wrong in ["", "../NetAdapter", "Adapter"] {
            assert_eq!(class(wrong), None);
        }
    }
}
