//! Records that a scenario states itself, in the plausible shape of their provider.
//!
//! What they mean is not known here, and the truth knows nothing of them.

use super::record::SimPayload;
use super::scenario::{RecordPlan, Shape};
use super::shapes::{
    ADMIN, CLASSIC, Form, LOCAL_SYSTEM, Process, Shapes, VmRef, text, unnamed, vml,
};

/// What a provider's records look like where nobody names their values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Habit {
    /// `UserData` with a `VmlEventLog`.
    Vml,
    /// `EventData`.
    Data,
    /// `EventData` with `param1`, `param2`, …, and an `EventSourceName`: providers that
    /// were given a manifest later. Their records were seen.
    Params,
}

/// Providers by name: GUID, habit, and the process that writes. A provider that is not
/// here is taken for a classic source, or its records carry no GUID.
#[rustfmt::skip]
static PROVIDERS: &[(&str, &str, Habit, Process)] = {
    use Habit::{Data, Params, Vml};
    use Process::{
        ClusterService, EventLog, Kernel, Profiles, ResourceHost, Services, TimeService, Vmms,
        WinInit,
    };
    &[
        ("Microsoft-Windows-ClusterAwareUpdating", "{10629806-46f2-4366-9092-53025e067e8c}", Data, Services),
        ("Microsoft-Windows-ClusterAwareUpdating-Management", "{9b9e93d6-5569-4179-8c8a-5201cb2b9536}", Data, Services),
        ("Microsoft-Windows-Dhcp-Client", "{15a7a4f8-0072-4eab-abad-f98a4d666aed}", Data, Profiles),
        ("Microsoft-Windows-Eventlog", "{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}", Data, EventLog),
        ("Microsoft-Windows-FailoverClustering", "{baf908ea-3421-4ca9-9b84-6689b8c6f85f}", Data, ClusterService),
        ("Microsoft-Windows-FailoverClustering-Client", "{a82fda5d-745f-409c-b0fe-18ae0678a0e0}", Data, ClusterService),
        ("Microsoft-Windows-FailoverClustering-Manager", "{11b3c6b7-e06f-4191-bbb9-7099fff55614}", Data, ClusterService),
        ("Microsoft-Windows-FailoverClustering-NetFt", "{c1fcceb3-3f19-42a9-95b9-27b550fa1fba}", Data, Kernel),
        ("Microsoft-Windows-FailoverClustering-WMIProvider", "{0461be3c-bc15-4bad-9a9e-51f3fadfec75}", Data, ClusterService),
        ("Microsoft-Windows-Hyper-V-Compute", "{17103e3f-3c6e-4677-bb17-3b267eb5be57}", Vml, Vmms),
        ("Microsoft-Windows-Hyper-V-Config", "{02f3a5e3-e742-4720-85a5-f64c4184e511}", Vml, Vmms),
        ("Microsoft-Windows-Hyper-V-EmulatedNic", "{09242393-1349-4f4d-9fd7-59cc79f553ce}", Vml, Vmms),
        ("Microsoft-Windows-Hyper-V-High-Availability", "{64e92abc-910c-4770-bd9c-c3c54699b8f9}", Vml, ResourceHost),
        ("Microsoft-Windows-Hyper-V-Hypervisor", "{52fc89f8-995e-434c-a91e-199986449890}", Data, Kernel),
        ("Microsoft-Windows-Hyper-V-Image-Management-Service", "{9193a773-e60d-4171-8468-05c000581b71}", Vml, Vmms),
        ("Microsoft-Windows-Hyper-V-Integration", "{2b74a015-3873-4c56-9928-ea80c58b2787}", Vml, Vmms),
        ("Microsoft-Windows-Hyper-V-Netvsc", "{152fbe4b-c7ad-4f68-bada-a4fcc1464f6c}", Data, Kernel),
        ("Microsoft-Windows-Hyper-V-Network", "{0a18ff18-5362-4739-9671-78023d747b70}", Vml, Vmms),
        ("Microsoft-Windows-Hyper-V-SynthFcVdev", "{5b621a17-3b58-4d03-94f0-314f4e9c79ae}", Vml, Vmms),
        ("Microsoft-Windows-Hyper-V-SynthNic", "{c29c4fb7-b60e-4fff-9af9-cf21f9b09a34}", Vml, Vmms),
        ("Microsoft-Windows-Hyper-V-SynthStor", "{edacd782-2564-4497-ade6-7199377850f2}", Vml, Vmms),
        ("Microsoft-Windows-Hyper-V-VID", "{5931d877-4860-4ee7-a95c-610a5f0d1407}", Data, Kernel),
        ("Microsoft-Windows-Hyper-V-VMMS", "{6066f867-7ca1-4418-85fd-36e3f9c0600c}", Vml, Vmms),
        ("Microsoft-Windows-Hyper-V-VmSwitch", "{67dc0d66-3695-47c0-9642-33f76f7bd7ad}", Data, Kernel),
        ("Microsoft-Windows-Hyper-V-Worker", "{51ddfa29-d5c8-4803-be4b-2ecb715570fe}", Vml, Vmms),
        ("Microsoft-Windows-Kernel-Boot", "{15ca44ff-4d7a-4baa-bba5-0998955e531e}", Data, Kernel),
        ("Microsoft-Windows-Kernel-General", "{a68ca8b7-004f-d7b6-a698-07e2de0f1f5d}", Data, Kernel),
        ("Microsoft-Windows-Kernel-Power", "{331c3b3a-2005-44c2-ac5e-77220c37d6b4}", Data, Kernel),
        ("Microsoft-Windows-MsLbfoEventProvider", "{b72c6994-9fe0-45ad-83b3-8f5885f20e0e}", Data, Kernel),
        ("Microsoft-Windows-MsLbfoSysEvtProvider", "{387ed463-8b1b-42c9-9ef0-803fdfd5d94e}", Data, Kernel),
        ("Microsoft-Windows-NDIS", "{cdead503-17f5-4a3e-b7ae-df8cc2902eb9}", Data, Kernel),
        ("Microsoft-Windows-NetworkProfile", "{fbcfac3f-8459-419f-8e48-1f0b49cdb85e}", Data, Profiles),
        ("Microsoft-Windows-NlaSvc", "{63b530f8-29c9-4880-a5b4-b8179096e7b8}", Data, Profiles),
        ("Microsoft-Windows-Ntfs", "{3ff37a1c-a68d-4d6e-8c9b-f79e8b16c482}", Data, Kernel),
        ("Microsoft-Windows-Resource-Exhaustion-Detector", "{9988748e-c2e8-4054-85f6-0c3e1cad2470}", Data, Services),
        ("Microsoft-Windows-SMBClient", "{988c59c5-0a1c-45b6-a555-0c62276e327d}", Data, Kernel),
        ("Microsoft-Windows-SMBServer", "{d48ce617-33a2-4bc3-a5c7-11aa4f29619e}", Data, Kernel),
        ("Microsoft-Windows-SMBWitnessClient", "{32254f6c-aa33-46f0-a5e3-1cbcc74bf683}", Data, Services),
        ("Microsoft-Windows-StorageSpaces-Driver", "{595f7f52-c90a-4026-a125-8eb5e083f15e}", Data, Kernel),
        ("Microsoft-Windows-StorPort", "{c4636a1e-7986-4646-bf10-7bc3b4a76e8e}", Data, Kernel),
        ("Microsoft-Windows-Time-Service", "{06edcfeb-0fd0-4e53-acca-a6f8bbf81bcb}", Data, TimeService),
        ("Microsoft-Windows-VHDMP", "{e2816346-87f4-4f85-95c3-0c79409aa89d}", Data, Kernel),
        ("Microsoft-Windows-WER-SystemErrorReporting", "{abce23e7-de45-4366-8631-84fa6c525952}", Params, EventLog),
        ("Microsoft-Windows-WHEA-Logger", "{c26c4f3c-3f66-4e99-8f8a-39405cfed220}", Data, Kernel),
        ("Ntfs", "{dd70bc80-ef44-421b-8ac3-cd31da613a4e}", Data, Kernel),
        ("Service Control Manager", "{555908d1-a6d7-4695-8e1e-26931d2012f4}", Params, Services),
        ("User32", "{b0aa8734-56f7-41cc-b2f4-de228e98b946}", Params, WinInit),
        ("Volsnap", "{cb017cd2-1f37-4e65-82bc-3e91f6a37559}", Data, Kernel),
    ]
};

type Known = (&'static str, &'static str, Habit, Process);

fn known(provider: &str) -> Option<&'static Known> {
    PROVIDERS
        .iter()
        .find(|(name, ..)| name.eq_ignore_ascii_case(provider))
}

/// Whether a provider has no manifest, as far as its name tells.
pub(super) fn is_classic(provider: &str) -> bool {
    known(provider).is_none() && !provider.starts_with("Microsoft-")
}

impl Shapes {
    /// The record; `worker` is the VM whose worker writes it.
    pub(super) fn stated(&mut self, plan: &RecordPlan, worker: Option<&VmRef>) -> Form {
        let known = known(&plan.provider).filter(|_| !plan.classic);
        let habit = known.map_or(Habit::Data, |(_, _, habit, _)| *habit);
        let process = match (worker, known) {
            (Some(vm), _) => Process::Worker(vm.index),
            (None, Some((_, _, _, process))) => *process,
            (None, None) if plan.classic => Process::EventLog,
            (None, None) => Process::Services,
        };
        let user = match (worker, process) {
            (Some(vm), _) => Some(vm.id.to_worker_sid()),
            (None, Process::EventLog | Process::Kernel | Process::Services) => None,
            (None, _) => Some(LOCAL_SYSTEM.to_owned()),
        };
        let level = plan.level.number();
        let mut form = Form {
            provider: plan.provider.clone().into(),
            guid: known.map(|(_, guid, ..)| *guid),
            event_source: known
                .filter(|_| habit == Habit::Params)
                .map(|(name, ..)| *name),
            id: plan.id,
            qualifiers: None,
            version: Some(plan.version),
            level,
            task: 0,
            keywords: ADMIN,
            channel: plan.channel.clone().into(),
            process,
            user,
            payload: self.stated_payload(plan, habit),
        };
        if plan.classic || habit == Habit::Params {
            // The two highest bits of a classic id say how grave it is.
            form.qualifiers = Some(match level {
                1 | 2 => 0xC000,
                3 => 0x8000,
                _ => 0x4000,
            });
            form.keywords = CLASSIC;
        }
        if plan.classic {
            form.version = None;
        }
        if let (Some(service), SimPayload::EventData(values)) = (&plan.service, &form.payload) {
            let key = format!("{service}\0");
            let bytes = key.encode_utf16().flat_map(u16::to_le_bytes).collect();
            form.payload = SimPayload::EventDataBinary(values.clone(), bytes);
        }
        form
    }

    fn stated_payload(&mut self, plan: &RecordPlan, habit: Habit) -> SimPayload {
        let values = || plan.values.iter().map(text);
        let named = |names: Vec<String>| match habit {
            Habit::Vml => vml(names.into_iter().zip(values())),
            _ => SimPayload::EventData(names.into_iter().map(Some).zip(values()).collect()),
        };
        let counted = |name: &str, first: usize| -> Vec<String> {
            let count = 0..plan.values.len();
            count.map(|n| format!("{name}{}", n + first)).collect()
        };
        if plan.values.is_empty() && plan.service.is_none() {
            return SimPayload::None;
        }
        if let Some(names) = &plan.names {
            return named(names.clone());
        }
        if plan.classic {
            return unnamed(values());
        }
        if habit == Habit::Params {
            return named(counted("param", 1));
        }
        match (self.next_shape(), habit) {
            (Shape::Unnamed, _) => unnamed(values()),
            // No name can be guessed for a value of which nothing is known.
            (Shape::Named, Habit::Data) => named(counted("param", 1)),
            _ => named(counted("Parameter", 0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_listed_once_and_have_guids() {
        for (at, (name, guid, ..)) in PROVIDERS.iter().enumerate() {
            assert!(
                known(name).is_some_and(|k| std::ptr::eq(k, &PROVIDERS[at])),
                "{name}"
            );
            assert_eq!(
                (guid.len(), &guid[..1], &guid[37..]),
                (38, "{", "}"),
                "{name}"
            );
        }
    }

    #[test]
    fn drivers_are_classic_and_parts_of_windows_are_not() {
        assert!(is_classic("iScsiPrt"));
        assert!(!is_classic("Service Control Manager"));
        assert!(!is_classic("Microsoft-Windows-Not-Known"));
    }
}
