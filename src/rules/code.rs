//! Every check of a rule file, listed once, with a code that stays.

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal,)+) => {
        /// A check. Its code never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Every check.
            pub const ALL: &[Code] = &[$(Code::$variant,)+];

            /// `VR001`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Code::$variant => $code,)+ }
            }

            /// What it finds, in one sentence.
            #[must_use]
            pub const fn means(self) -> &'static str {
                match self { $(Code::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

codes! {
    /// Not YAML, an unknown or missing key, or a value of the wrong form.
    Yaml = "VR001",
    /// The id is not lower-case words joined by `-`, or not the folder's name.
    Id = "VR002",
    /// The area is not the name of the folder above.
    Area = "VR003",
    /// Two steps have the same id, or one has the reserved id `entity`.
    StepId = "VR004",
    /// A step refers to one that does not exist, or that is not observed.
    UnknownStep = "VR005",
    /// Steps refer to each other in a circle.
    Circle = "VR006",
    /// A step has no alternative, or an alternative neither kind nor provider
    /// with event id.
    NoKind = "VR007",
    /// A regular expression cannot be read.
    BadRegex = "VR008",
    /// A condition has no operator, or several.
    Operators = "VR009",
    /// A condition names a value that no event has.
    UnknownField = "VR010",
    /// Every required step is carried by generic carriers only.
    GenericOnly = "VR011",
    /// No step is required.
    NoRequired = "VR012",
    /// Not exactly one required step is the effect.
    Effect = "VR013",
    /// An absent or contradicting step has no window.
    NoWindow = "VR014",
    /// A step uses a key that its role has no use for.
    UselessKey = "VR015",
    /// `within` has nothing to be measured from.
    Within = "VR016",
    /// `count` is zero, or has no window to count in.
    Count = "VR017",
    /// A text names a value that cannot be filled in.
    Placeholder = "VR018",
    /// The texts per verdict do not fit the verdicts that the rule can reach.
    Explanations = "VR019",
    /// A text is empty in one language, or its Japanese is not Japanese.
    Text = "VR020",
    /// A node reference cannot be read, or speaks of an entity that is no node.
    NodeRef = "VR021",
    /// A step that decides does not say what to collect when it cannot be seen.
    Collect = "VR022",
    /// No public reference.
    References = "VR023",
    /// A case is missing: fires, quiet or blind.
    Cases = "VR024",
    /// No required step is joined on the entity.
    Unjoined = "VR025",
    /// A Windows version that does not exist, or an empty range of builds.
    Version = "VR026",
    /// No step would ever list a finding.
    NothingOpens = "VR027",
    /// An absent or contradicting step with circumstantial evidence.
    WeakContradiction = "VR028",
    /// A range whose end lies before its begin.
    Range = "VR029",
    /// A required step is not tied to the others by order.
    Untied = "VR030",
    /// A rule names another as less specific that does not exist.
    UnknownRule = "VR031",
    /// A state condition asks nothing, or several things, or at no time.
    State = "VR032",
    /// A step counts different values without a count above 1.
    Distinct = "VR033",
    /// A step raises one that has nothing to raise.
    Raises = "VR034",
    /// A status code whose name is not known, or that is no number.
    UnknownStatus = "VR035",
    /// A class of exported objects, or a property of one, that is not known.
    UnknownObject = "VR036",
    /// A leftover of the scaffold: TODO, in the rule or in a case.
    Leftover = "VR037",
    /// A provider with event id that no entry of the dictionary reads, or not as this
    /// kind.
    UnknownRecord = "VR038",
    /// A case says something of a node that its coverage does not name.
    StrayNode = "VR039",
    /// A case gives an event a value that no such event has.
    StrayValue = "VR040",
}
