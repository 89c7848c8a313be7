//! The ways of a matter: what people do with it in each state, and how often something else happens.

/// For each state: how many minutes it usually takes, the straight way on, and what else may happen with which share.
pub(super) type Ways = (
    &'static str,
    (f64, f64),
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
);

pub(super) const WAYS: [Ways; 8] = [
    (
        "reported",
        (3.0, 20.0),
        &["register"],
        &[
            ("checked_first", "check_on_site"),
            ("declined", "decline"),
            ("merged", "merge"),
            ("voided", "void"),
        ],
    ),
    (
        "registered",
        (3.0, 25.0),
        &["dispatch"],
        &[("claimed", "claim"), ("escalated", "escalate")],
    ),
    ("escalated", (10.0, 60.0), &["dispatch"], &[]),
    (
        "handling",
        (15.0, 150.0),
        &["finish"],
        &[
            ("returned", "return"),
            ("transferred", "transfer"),
            ("joined", "join"),
            ("extended", "extend"),
            ("suspended", "suspend"),
            ("urged", "supervise"),
            ("noted", "note"),
            ("noted", "accept"),
        ],
    ),
    ("suspended", (120.0, 400.0), &["resume"], &[]),
    (
        "reviewing",
        (8.0, 50.0),
        &["report_back"],
        &[("sent_back", "send_back")],
    ),
    (
        "handled",
        (15.0, 120.0),
        &["verify"],
        &[("rework", "rework")],
    ),
    ("verified", (5.0, 40.0), &["close"], &[]),
];
