//! Words that tell nobody who somebody is: those of Windows, Hyper-V and Failover
//! Clustering, of network and storage vendors, and of the collectors' file names. A
//! name made of nothing else is kept, since it is worth more to the reader than to
//! anybody else. A word that is missing here costs readability, never secrecy.

use std::collections::BTreeSet;
use std::sync::LazyLock;

const WORDS: &str = "
a aa access account action active adapter adapters add added addition address addresses admin
administrator administrators advanced agent aggregate all analytic and anonymous application availability area system32 syswow64 windows2000 nt4 win32 fix engineering control
archive archives arp associations async at attach auth authority auto automatic
available avhd avhdx backup balancer based basic bin bios blackout blg block bmc bonding boot
bound bridge broadcom browser bsi buffer builtin bus by bytes cab cache cap category cau cdrom ce
certificate change changed channel check checkpoint chelsio cim cisco class classic client
clients clixml cloud clus clusbflt cluster clustered clustering clusters clusterstorage clusport
cmd cna collect collected collector common compatibility completed component computer conf config
configuration connected connection connections connector connectivity console controller
converged copy core counter counters crash create created critical csv csvfs csvs current
cxgb data date datacenter dcb dcom debug dedup default delete deleted dell deployment
description desktop destination detach device devices dhcp diag diagnostic diagnostics dir
direct directory disabled disconnect disconnected disk disks dism display distributed dmp dns
domain down drive driver drivers dual dump dumps dvd dynamic ec edition element emulated
emulex enable enabled endpoint enterprise enumeration error etc ether ethernet etl evaluation
event events evt evtx exe executive express extension external fabric fail failed
failover fault faults fc fcoe fe fiber fibre file files filter final firewall firmware fixed
flat flow flt fltmc folder font for format free frequency from fs function gateway gb gbe general
generic get getcounters gigabit gpu groups group guest guid hard hardware hash hba hci hcn health
healthtest healthy heartbeat heath hewlett high hist history hive hns host hosts hotfix
hotfixes hotplug hp hpe hrl html htm http https huawei hub hvs hyper hyperv hypervisor hypervms
hypervnetwork ibm icmp id ide identity idle igb in index inf infiniband info information ini
initialized input inside install installed installer instance instances integration intel
interface interfaces internal interrupt invalid inventory io ip ipam iphttps ips ipsec ipv iscsi
isatap iso ixgbe job jobs json k kb kernel key kvp lacp lan language lbfo legacy length lenovo
level lib library link links linux list listener live lldp load local locale localmeta log logical
logon logs loopback loss lost low lun mac machine machines main maintenance manage
management manager manual map max mb media mellanox member members memory message messages meta
metadata mht microsoft migration min mini minidump miniport minute mirror mlx mode model modify
module monitor monitoring more mount move moved moving mpio mps ms msc mscs msi msinfo mslbfo mta
multi multichannel multiplexor mutex name names nat native ndis neighbor net netadapter netft
netlogon netqos network networking networkprofile networks new next nic nics nmi no node nodes
none normal not notes nt ntds ntfs ntp null number numa nvgre nvme nvspbind object of off offline
old on online open operating operation operational operations option options or os other others
otherwise out overlay owner pack package packard packet page pair pan parameter parameters
parent part partition partitioned pass passive path paths paused pci pcie perf performance
perfmon phase physical pid ping planned plug pnp point policies policy pool port ports
power powershell preview primary printer priority private process processor
processors profile profiles program programdata programs properties property protected protection
protocol provider providers ps public pull pw qfe qlogic qos quality quarantine query queue
quick quorum ras raw rct rdma rdp re read ready realtek recent record recovery redirected
refs refused reg register registered registry release reliability remote replica replication
replicas report reports request reset resource resources response restart restore result
resume resumed revision rhs roce rolling root route router routing rss running runtime s san sas
sata saved scale scan scheduled scheduler schema scm scp script scripts scsi scvmm sddc sdn sdp sec
second secondary sector security self send serial serv server servers service services session
set settings setup share shared shares shielding show shut shutdown simple single sites size slot
smart smb snapshot snapshots snmp snv software solarflare source space spaces special spoof
spool sr sriov ss ssd ssu stack stage standard start started starting startup state static
statistics status step stop stopped stor storage store storport stream string sub subnet
subscriber subsystem summary super support surface svc switch switches switching synth synthetic
synthnic sys syslog sysmain sysprep system systeminfo systems table tag target task tasks tcp team
teaming temp template templates temporary teredo text the thread threads threshold tier tiers
time timing to tool tools topology total trace transcript transport tss tunnel turned txt type
udp unavailable unfiltered unfilteredevent unit unix unknown unmonitored up update updated updates
upgrade uplink upload usage usb use user users using utc utility v validate validation value
vds vdev verifier version vfp vgpu vhd vhds vhdset vhdx vid vif view virt
virtio virtual virtualization virtualmachine vlan vm vmbus vmcx vmgs vmguest vmm vmms vmnetwork
vmnic vmnics vmq vmrs vmswitch vmware vmwp vmxnet vnic volume volumes vport vpn vrss vsp vss vsv
vswitch vxlan wait warn warning watchdog wdf wer wfp wide wifi win window windows winevt
wireless witness with wmi work worker workgroup workload write writer xml yaml zip zone
onlinepending offlinepending offlinecallissued processingfailure waitingtoterminate
pending inherited initializing untagged trunk requested committed finished aborted
true false yes unspecified undefined
server2008 server2012 server2016 server2019 server2022 server2025 r2 sp sp1 sp2
yyyy mm dd
1gbe 10gbe 25gbe 40gbe 100gbe gbase baset sfp qsfp pt1000 2p 4p 2port 4port lom ocp
msv6 httpd cliusr interactive everyone batch dialup iusr guests
仮想 仮想マシン 仮想マシン構成 仮想スイッチ クラスター クラスタ グループ ネットワーク ネットワーク名
ネットワークアダプター アダプター アダプタ ディスク ローカル エリア エリア接続 接続 イーサネット 名前
クラスターグループ クラスターネットワーク クラスターディスク 利用可能な記憶域 使用可能な記憶域 アドレス
ミラーリング監視 ファイル共有監視 共有 監視 ボリューム 構成 管理 ハートビート 移行 ライブ 外部 内部 記憶域
サーバー サービス ホスト
";

/// Endings of file names that say what a file is.
const ENDINGS: [&str; 33] = [
    "evtx", "log", "xml", "txt", "csv", "zip", "cab", "htm", "html", "mht", "mta", "yaml", "yml",
    "json", "vhd", "vhdx", "avhd", "avhdx", "vhds", "vmcx", "vmrs", "vmgs", "vsv", "bin", "iso",
    "dmp", "etl", "blg", "hrl", "exe", "dll", "sys", "msc",
];

static KNOWN: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| WORDS.split_whitespace().collect());

/// Words that Windows numbers (`Volume1`); a number behind any other makes it a name.
const NUMBERED: [&str; 14] = [
    "volume",
    "disk",
    "ethernet",
    "network",
    "nic",
    "port",
    "parameter",
    "slot",
    "eth",
    "lun",
    "team",
    "harddisk",
    "harddiskvolume",
    "param",
];

/// Whether a word, in any case, is one of them.
pub(super) fn is_common(word: &str) -> bool {
    let word = word.to_lowercase();
    let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
    KNOWN.contains(&*word) || stem.len() < word.len() && NUMBERED.contains(&stem)
}

/// Whether a name is made of common words, and of numbers too short to be anybody's.
pub(super) fn all_common(text: &str) -> bool {
    pieces(text).all(|piece| match piece.bytes().all(|b| b.is_ascii_digit()) {
        true => piece.len() <= SHORT,
        false => is_common(piece) || camel(piece).all(is_common_part),
    })
}

/// The parts of a text between everything that is neither letter nor digit.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|p| !p.is_empty())
}

/// The most digits of a number that is nobody's name: ports, ids, dates, times.
const SHORT: usize = 8;

fn is_common_part(part: &str) -> bool {
    part.len() == 1 || part.bytes().all(|b| b.is_ascii_digit()) || is_common(part)
}

/// `GetVMNetworkAdapter` is `Get`, `VM`, `Network`, `Adapter`.
fn camel(word: &str) -> impl Iterator<Item = &str> {
    let chars: Vec<(usize, char)> = word.char_indices().collect();
    let mut cuts = vec![0];
    for at in 1..chars.len() {
        let (before, here) = (chars[at - 1].1, chars[at].1);
        let next_is_lower = chars.get(at + 1).is_some_and(|(_, c)| c.is_lowercase());
        let begins = here.is_uppercase() && (!before.is_uppercase() || next_is_lower);
        if begins || before.is_ascii_digit() && here.is_uppercase() {
            cuts.push(chars[at].0);
        }
    }
    cuts.push(word.len());
    let parts: Vec<&str> = cuts.windows(2).map(|w| &word[w[0]..w[1]]).collect();
    parts.into_iter()
}

/// A file name as stem and ending, where the ending says what the file is.
pub(super) fn ending(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((stem, end)) if ENDINGS.iter().any(|e| e.eq_ignore_ascii_case(end)) => {
            (stem, &name[stem.len()..])
        }
        _ => (name, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_products_and_collectors_are_common() {
        for name in [
            "Cluster Disk 1",
            "Cluster IP Address",
            "Local Area Connection 2",
            "Microsoft-Windows-Hyper-V-VMMS%4Admin",
            "GetVMNetworkAdapter",
            "HyperVHighAvailability-Admin",
            "Volume1",
            "クラスター ネットワーク 1",
            "Validation Report 2019.01.22 at 21.40.06",
        ] {
            let unknown: Vec<&str> = pieces(name).filter(|p| !all_common(p)).collect();
            assert!(unknown.is_empty(), "{name}: {unknown:?}");
        }
    }

    #[test]
    fn names_of_people_and_firms_are_not() {
        for name in [
            "Contoso",
            "web01",
            "HV01",
            "経理サーバー",
            "Contoso Network 1",
            "123456789",
        ] {
            assert!(!all_common(name), "{name}");
        }
    }

    #[test]
    fn an_ending_is_one_that_says_what_a_file_is() {
        assert_eq!(ending("web01.VHDX"), ("web01", ".VHDX"));
        assert_eq!(ending("corp.example"), ("corp.example", ""));
    }
}
