"""The table of alerts: when each speaks, to whom, and what that person can do."""

from __future__ import annotations

from typing import Final

from exporters.rules.records import WINDOW, fresh
from exporters.rules.rule import Alert, Severity

_SPENT: Final = "service:siam_error_budget_spent:ratio30d"
_SERVICE: Final = "service {{ $labels.service }}"
_SOURCE: Final = "{{ $labels.supplier }}/{{ $labels.source }}"


def _spent(name: str, severity: Severity, share: float, words: str, mending: str) -> Alert:
    return Alert(
        name,
        severity,
        "service",
        f"{_SPENT} >= {share:g}",
        "5m",
        f"{words} of the error budget of {_SERVICE} is spent: {{{{ $value | humanizePercentage }}}} in 30 days",
        "Ask together, not whose fault it is: which outages spent it, and what would have made the longest one "
        "shorter?",
        f"The service was down, within its agreed hours, for {share:.0%} or more of the time that its availability "
        f"target allows in the window `{WINDOW}`. It is the joint downtime, whichever supplier's component was down.",
        "The dashboard *Service*, then "
        '`siamhub explain \'siam_service_downtime_seconds{service="...",window="30d"}\'`: it '
        "lists each outage with its tickets.",
        mending,
    )


ALERTS: Final = (
    _spent(
        "SiamErrorBudgetQuarterSpent",
        "info",
        0.25,
        "A quarter",
        "Nothing has to stop. Look at what spent it while it is fresh in mind, and write down an improvement action.",
    ),
    _spent(
        "SiamErrorBudgetHalfSpent",
        "warning",
        0.5,
        "Half",
        "Look with all suppliers of the service at the changes that are planned: which of them can wait or be "
        "made safer?",
    ),
    _spent(
        "SiamErrorBudgetSpent",
        "critical",
        1,
        "All",
        "The availability target of these 30 days is missed until outages leave the window. Agree with the service's "
        "owner and all its suppliers that work on stability goes before other changes, and bring it to the board.",
    ),
    Alert(
        "SiamErrorBudgetRunningOut",
        "warning",
        "service",
        fresh(
            'siam_service_burn_rate{window="month"} > 1\n'
            "and on (job, instance, service) (service:siam_month_budget_spent:ratio > 0.25 < 1)"
        ),
        "15m",
        f"At the pace so far the error budget of {_SERVICE} runs out before the month ends",
        "The month can still be saved: the budget is spent {{ $value | humanize }} times as fast as it lasts. "
        "See which "
        "outages spent it and which changes are still planned.",
        "The share of agreed time that the service was down this month is above what its target allows, and more than "
        "a quarter (but not all) of a whole month's budget is spent. Going on like this ends in a missed target.",
        'The dashboard *Service* with the window `month`; `siamhub explain \'siam_service_burn_rate{service="...",'
        'window="month"}\'`.',
        "Agree with the suppliers of the service on what can wait until next month. The alert ends when the pace has "
        "fallen, or at the month's end.",
    ),
    Alert(
        "SiamJointTargetMissed",
        "warning",
        "service",
        fresh(f'siam_service_target_attained{{window="{WINDOW}"}} == 0'),
        "1h",
        f"The joint target {{{{ $labels.goal }}}} of {_SERVICE} is missed over 30 days",
        "A joint target is attained by all suppliers of the service or by none: put it on the next board's agenda as a "
        "question to solve together.",
        "One of the service's targets (`availability`, `incident_lead_time`, `change_success`, `satisfaction`) is not "
        "attained over the window.",
        '`siamhub explain \'siam_service_target_attained{service="...",goal="...",window="30d"}\'` shows the figure '
        "beside the target, and what it is made of. Is the data complete (`SiamServiceDataIncomplete`)?",
        "Find the step in which most time or most cases were lost (dashboards *Service* and *Between us*), and "
        "agree on "
        "an improvement action. Where the target itself is wrong, change `services.….targets` with the board.",
    ),
    Alert(
        "SiamHandoverUnanswered",
        "warning",
        "handover",
        fresh(
            'label_replace(siam_handovers_overdue > 0, "party", "$1", "to_party", "(.+)")\n'
            "or on (job, instance, from_party, to_party, party)\n"
            'label_replace(siam_handovers_overdue > 0, "party", "$1", "from_party", "(.+)")'
        ),
        "5m",
        "{{ $value }} hand-over(s) from {{ $labels.from_party }} to {{ $labels.to_party }} wait for an answer "
        "beyond the "
        "agreed time",
        "{{ if eq $labels.party $labels.to_party }}Tell {{ $labels.from_party }} that you have seen it, even where the "
        "work cannot begin yet{{ else }}Call {{ $labels.to_party }}: did the hand-over arrive, and is anything missing "
        "in it?{{ end }}",
        "A case was handed from one party to another, is still open, and the receiver has done nothing that the giver "
        "can see, though `collaboration.answer_within` (in the receiver's support hours) is over. The alert is raised "
        "twice, with the label `party` once for each side, because either can mend it.",
        '`siamhub explain \'siam_handovers_overdue{from_party="...",to_party="..."}\'` names the tickets. Receiver: is '
        "the ticket in your queue? Giver: did it arrive (the interface between the two systems), and does it hold what "
        "the other needs?",
        "A public comment, a change of state or an assignment by a person is an answer. If hand-overs arrive late "
        "again and again, mend the interface; if answers are given elsewhere (telephone, chat), agree to write a line "
        "in the ticket. Support hours are `suppliers.….hours`.",
        {"supplier": "{{ $labels.to_party }}"},
    ),
    Alert(
        "SiamServiceDataIncomplete",
        "info",
        "service",
        "siam_service_data_coverage_ratio < 1",
        "15m",
        f"The figures of {_SERVICE} are incomplete: {{{{ $value | humanizePercentage }}}} of its suppliers are up "
        "to date",
        "Do not judge the service by its figures until the source of the missing supplier is read again.",
        "At least one supplier of the service has a source that was not read well within three of its intervals. While "
        "this holds, alerts about the service's figures are kept back.",
        "The start page, or `siamhub check`: which source has not succeeded, and why.",
        "See `SiamSourceStale` of the supplier that is missing.",
    ),
    Alert(
        "SiamSourceStale",
        "warning",
        "source",
        "source:siamhub_success_age:seconds > 3 * siamhub_source_interval_seconds\n"
        "or (siamhub_source_up == 0 unless on (job, instance, supplier, source) "
        "siamhub_source_last_success_timestamp_seconds)",
        "5m",
        f"Source {_SOURCE} has not been read for more than three of its intervals",
        "Run `siamhub check --connect`: it says whether the system answers, whether the login holds, and what "
        "may be read.",
        "No pass over the source has succeeded within three intervals, or none ever has. Its figures grow old.",
        "The start page gives the reason of the last pass; `siamhub check --connect` asks the source now.",
        "401 or 403: the account's password, token or rights (the connector's page in the docs lists the rights). "
        "429 or time-outs: a longer `every`. Connection errors: the network, or the supplier's system is down: "
        "tell the supplier. Nothing is lost: the next good pass goes on where the last one ended.",
    ),
    Alert(
        "SiamWatermarkStuck",
        "warning",
        "source",
        "(\n  source:siamhub_watermark_age:seconds > 3 * 86400\n  or source:siamhub_watermark_age:seconds < -3600\n)\n"
        "and on (job, instance, supplier, source) siamhub_source_up == 1",
        "1h",
        f"Source {_SOURCE} answers, but its records {{{{ if lt $value 0.0 }}}}lie in the future"
        "{{ else }}have not moved for {{ $value | humanizeDuration }}{{ end }}",
        "Compare the latest change in the supplier's system with the watermark on the start page; a wrong time "
        "zone looks "
        "exactly like this.",
        "Passes succeed, yet the latest change that was read is more than three days old, or more than an hour ahead. "
        "A supplier with very few tickets may really be that quiet; a lost filter, a lost right or a time zone is "
        "likelier.",
        "Is there a newer change in the supplier's system? `siamhub connector try SUPPLIER` shows raw times "
        "beside ours.",
        "A wrong zone: the connector's option for it. A filter in `options` that lets nothing through: mend it, then "
        "`siamhub sync SUPPLIER --full`. Lost rights: see `SiamCensusDifference`. A quiet supplier: silence the "
        "alert for "
        "its `supplier`.",
    ),
    Alert(
        "SiamCensusDifference",
        "warning",
        "source",
        "siamhub_source_census_difference != 0",
        "1h",
        f"Source {_SOURCE} and siamhub differ by {{{{ $value }}}} tickets",
        "{{ if lt $value 0.0 }}Tickets that count are no longer shown: look at the account's rights in the supplier's "
        "system{{ else }}Tickets are there that could not be read: `siamhub check` names them{{ end }}.",
        "The daily census of ids found that the source has other tickets than the hub holds, after all that could be "
        "read was read. Below 0 some are no longer shown; above 0 some cannot be read.",
        "`siamhub check`: what the last census found, and which records were set aside and why.",
        "Below 0: have the rights given back, then `siamhub sync SUPPLIER --full`; where the tickets really were "
        "deleted, "
        "`siamhub sync SUPPLIER --accept-missing`. Above 0: mend the mapping that sets the records aside.",
    ),
    Alert(
        "SiamUnmappedValuesRising",
        "warning",
        "source",
        "siamhub_values_unmapped - min_over_time(siamhub_values_unmapped[1d]) > 0",
        "15m",
        f"Source {_SOURCE} sends {{{{ $value }}}} value(s) that no map knew a day ago",
        "Run `siamhub check`: it lists each field with the unknown value. Add it to the connector's options or to the "
        "services, components or groups of the source.",
        "The supplier's system uses a state, priority, type or other value that siamhub's map of it does not have. "
        "Tickets with it are kept, but some of their figures are missing. The alert ends after a day.",
        "`siamhub check` lists the values with the number of records in which each stood.",
        "Ask the supplier what the new value means, map it (in the source's `options`, or in a manifest of your "
        "own), and "
        "`siamhub sync SUPPLIER --full` reads the records again.",
    ),
    Alert(
        "SiamBoardMonthNotClosed",
        "warning",
        "board",
        "time() - siam_board_closed_until_timestamp_seconds > 38 * 86400",
        "1h",
        "Last month's figures are not closed for the board",
        "Run `siamhub board close` for the month, so that the board speaks about figures that do not move any more.",
        "Months were closed before, and the latest closed one ended more than 38 days ago: the month after it has "
        "been over for a week. Where no month was ever closed, this alert keeps silent.",
        "`siamhub board list` shows what is closed; `siamhub board close 2026-10` says what is in the way, if "
        "anything.",
        "Close the month. Where a source could not be read to the month's end, mend it first, or close with "
        "`--anyway`: "
        "the supplier is then named beside the figures. [operation.md](operation.md) has a timer that does it.",
    ),
    Alert(
        "SiamFiguresOld",
        "critical",
        "hub",
        "time() - siamhub_kpi_as_of_timestamp_seconds > 1800",
        "5m",
        "siamhub shows figures that are {{ $value | humanizeDuration }} old",
        "Look into siamhub's log for the reason why the KPIs could not be computed, and restart it if there is none.",
        "The hub answers, but has not computed its figures for half an hour. All alerts about figures are silent.",
        "The log of `siamhub run`, and `/-/ready`: the database may be full, locked or gone.",
        "Mend what the log names. `siamhub kpis` computes the same figures by hand and says what is wrong.",
    ),
    Alert(
        "SiamNoFigures",
        "critical",
        "hub",
        'up{job="siamhub"} == 1 unless on (job, instance) siamhub_kpi_as_of_timestamp_seconds',
        "1h",
        "siamhub at {{ $labels.instance }} has not computed any figures since it started",
        "Look into siamhub's log for the reason why the KPIs could not be computed, and restart it if there is none.",
        "The hub answers, but has shown no figure yet. All alerts about figures are silent, also those about old ones.",
        "The log of `siamhub run`, and `/-/ready`: the database may be full, locked or gone.",
        "Mend what the log names. `siamhub kpis` computes the same figures by hand and says what is wrong.",
    ),
    Alert(
        "SiamHubDown",
        "critical",
        "hub",
        'up{job="siamhub"} == 0',
        "5m",
        "siamhub at {{ $labels.instance }} does not answer",
        "Is the process running, and can Prometheus reach its address? While it is down, no supplier is read.",
        "Prometheus could not scrape the hub.",
        "`systemctl status siamhub` or `docker compose ps`, its log, and the target's error on Prometheus' page "
        "of targets.",
        "Start it again: it goes on where it stopped, nothing is lost. Where TLS or a password was added, add "
        "them to the "
        "scrape job too.",
    ),
    Alert(
        "SiamWindowNotConfigured",
        "warning",
        "hub",
        "siamhub_kpi_as_of_timestamp_seconds\n"
        f'unless on (job, instance) siam_joint_cases_resolved{{window="{WINDOW}"}}',
        "15m",
        f"siamhub makes no figures for the window {WINDOW}, which the alerts look at",
        f"Add {WINDOW} to `windows` in siamhub.yaml: without it the alerts about budgets and targets never fire.",
        f'The rules ask for `window="{WINDOW}"`, which the configuration does not have.',
        "`windows` in siamhub.yaml.",
        f"Add `{WINDOW}`, or replace it in the rules file by a window of about a month that you have.",
    ),
)
"""Every alert, in the order of the page."""
