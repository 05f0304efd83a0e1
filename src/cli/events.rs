//! `vmtrail events`: what the dictionary knows of events, and what leaves none.

use std::collections::BTreeSet;
use std::fmt::Write;

use vmtrail::model::event::NOTE_FIELDS;
use vmtrail::model::kind::EventKind;
use vmtrail::model::status::{self, Status};
use vmtrail::model::text::Lang;
use vmtrail::normalize::dictionary::windows_text;
use vmtrail::normalize::target::Target;
use vmtrail::normalize::{Dictionary, Entry};
use vmtrail::report::event_phrase;
use vmtrail::report::text::{Terminal, listing};
use vmtrail::timeline::concluded_fields;

use super::args::{EventsArgs, EventsCommand};
use super::{CannotRun, Outcome, Result, input, print, settings};

pub fn run(args: EventsArgs) -> Result {
    let dictionary = input::dictionary(args.dictionary.as_deref())?;
    let text = match args.command {
        EventsCommand::List { lang } => {
            let lang = settings::language(lang);
            match super::reader() {
                Some(terminal) => by_provider(&dictionary, lang, terminal),
                None => list(&dictionary, lang),
            }
        }
        EventsCommand::Show { what, lang } => show(&dictionary, &what, settings::language(lang))?,
        EventsCommand::Code { code, lang } => status_of(&code, settings::language(lang))?,
        EventsCommand::Absent { lang } => absent(&dictionary, settings::language(lang)),
    };
    print(&text)?;
    Ok(Outcome::Done)
}

/// Provider, id, form, kind, Windows versions, channels, fields, reference and what it says,
/// between tabs and without heads: for cutting columns out.
fn list(dictionary: &Dictionary, lang: Lang) -> String {
    let mut text = String::new();
    for entry in dictionary.entries() {
        let _ = writeln!(
            text,
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            entry.provider,
            entry.id,
            dash(&entry.form()),
            entry.kind,
            dash(&windows_text(&entry.windows)),
            entry.channels.join(", "),
            dash(&fields(&entry).join(" ")),
            entry.reference,
            says(&entry, lang),
        );
    }
    text
}

/// The same for a person: a provider's events below its name, without what `show` tells
/// better.
fn by_provider(dictionary: &Dictionary, lang: Lang, terminal: Terminal) -> String {
    let mut text = String::new();
    let mut providers: Vec<(&str, Vec<[String; 5]>)> = Vec::new();
    let entries = dictionary.entries();
    for entry in &entries {
        let row = [
            entry.id.to_string(),
            dash(&entry.form()).to_owned(),
            entry.kind.to_string(),
            dash(&windows_text(&entry.windows)).to_owned(),
            says(entry, lang).to_owned(),
        ];
        match providers
            .last_mut()
            .filter(|(name, _)| *name == &*entry.provider)
        {
            Some((_, rows)) => rows.push(row),
            None => providers.push((&entry.provider, vec![row])),
        }
    }
    for (provider, rows) in &providers {
        let heads = ["id", "form", "kind", "Windows Server", "what it says"];
        let _ = writeln!(text, "{provider}\n{}", listing(heads, rows, terminal));
    }
    text.push_str("`vmtrail events show ID` tells channels, fields and where a fact comes from.\n");
    text
}

/// What this event says; where its entry does not tell it apart, what its kind says.
fn says(entry: &Entry, lang: Lang) -> &str {
    match &entry.says {
        Some(says) => says.get(lang),
        None => event_phrase(entry.kind, lang),
    }
}

fn show(dictionary: &Dictionary, what: &str, lang: Lang) -> Result<String> {
    let entries = dictionary.entries();
    let found: Vec<_> = match what.parse::<u32>() {
        Ok(id) => entries.iter().filter(|e| e.id == id).collect(),
        Err(_) => {
            let kind: EventKind = what.parse()?;
            let found: Vec<_> = entries.iter().filter(|e| e.kind == kind).collect();
            if found.is_empty() {
                return Ok(without_record(dictionary, kind, lang));
            }
            found
        }
    };
    if found.is_empty() {
        return Err(CannotRun(format!(
            "no entry for {what:?}; `vmtrail events list` prints all"
        )));
    }
    let mut text = String::new();
    for entry in found {
        let form = entry.form();
        let form = if form.is_empty() {
            form
        } else {
            format!(" ({form})")
        };
        let _ = writeln!(text, "{} {}{form}", entry.provider, entry.id);
        let _ = writeln!(text, "  kind      {}", entry.kind);
        let _ = writeln!(text, "  says      {}", says(entry, lang));
        let _ = writeln!(text, "  channel   {}", entry.channels.join(", "));
        let windows = windows_text(&entry.windows);
        if !windows.is_empty() {
            let _ = writeln!(text, "  windows   {windows}");
        }
        if let Some(severity) = entry.severity {
            let _ = writeln!(text, "  severity  {}", severity.name());
        }
        for field in fields(entry) {
            let _ = writeln!(text, "  field     {field}");
        }
        for (name, value) in &entry.set {
            let _ = writeln!(text, "  always    {name} = {value}");
        }
        if !entry.fields.iter().any(|f| names_vm(&f.target)) {
            text.push_str(
                "  names     no VM; a rule on VMs joins it with about: {node: STEP.node}\n",
            );
        }
        if entry.sometimes {
            let _ = writeln!(text, "  sometimes its silence says nothing");
        }
        let _ = writeln!(text, "  ref       {}", entry.reference);
    }
    Ok(text)
}

/// Whether a value tells the VM, by itself or through what belongs to one.
fn names_vm(target: &Target) -> bool {
    matches!(
        target,
        Target::Vm | Target::VmId | Target::Nic | Target::Group | Target::Resource
    )
}

/// A kind that no record tells.
fn without_record(dictionary: &Dictionary, kind: EventKind, lang: Lang) -> String {
    let mut text = format!("{kind}\n  says      {}\n", event_phrase(kind, lang));
    let concluded = concluded_fields(kind);
    let mut fields: BTreeSet<&str> = concluded.iter().copied().collect();
    let patterns = dictionary.patterns().iter().filter(|p| p.kind == kind);
    let from = if kind.name().starts_with("trail.") {
        "no record; the timeline concludes it from several"
    } else if patterns.count() > 0 {
        "lines of cluster.log"
    } else if concluded.is_empty() {
        fields.extend(NOTE_FIELDS);
        "no record; notes and reports tell it"
    } else {
        fields.extend(NOTE_FIELDS);
        "no record; notes tell it, and exports that differ"
    };
    let _ = writeln!(text, "  from      {from}");
    let of_kind = dictionary.fields().remove(&kind).unwrap_or_default();
    fields.extend(of_kind.iter().map(|f| &**f));
    for field in fields {
        let _ = writeln!(text, "  field     {field}");
    }
    text
}

/// Number, name and meaning; a number may be a stop code beside.
fn status_of(code: &str, lang: Lang) -> Result<String> {
    let known: Vec<&Status> = [status::lookup(code), status::bugcheck(code)]
        .into_iter()
        .flatten()
        .collect();
    if known.is_empty() {
        return Err(CannotRun(format!(
            "no status code {code:?} is known; write it in decimal (5925) or in hex (0x80070005)"
        )));
    }
    let mut text = String::new();
    for status in known {
        let _ = writeln!(
            text,
            "{} {} (0x{:X})\t{}\t{}",
            status.space.name(),
            status.code,
            status.code,
            dash(status.name.unwrap_or_default()),
            status.meaning(lang),
        );
    }
    Ok(text)
}

fn absent(dictionary: &Dictionary, lang: Lang) -> String {
    let mut text = String::new();
    for absence in dictionary.absences() {
        let nearest: Vec<&str> = absence.nearest.iter().map(|k| k.name()).collect();
        let _ = writeln!(
            text,
            "{} ({})\n  {}\n  nearest  {}\n  ref      {}",
            absence.phase,
            absence.windows.join(", "),
            absence.text(lang),
            dash(&nearest.join(", ")),
            absence.reference,
        );
    }
    text
}

/// Each value as `name=%position`, with the names under which it was seen.
fn fields(entry: &Entry) -> Vec<String> {
    let mut specs: Vec<_> = entry.fields.iter().collect();
    specs.sort_by_key(|f| f.position);
    specs
        .into_iter()
        .map(|field| {
            let seen = &field.seen_names;
            let names = if seen.is_empty() {
                String::new()
            } else {
                format!("|{}", seen.join("|"))
            };
            format!("{}=%{}{names}", field.name, field.position)
        })
        .collect()
}

fn dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}
