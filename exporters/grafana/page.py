"""What all dashboards share: variables for the data source, the window and what is shown, and links to the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard as model

from exporters.grafana.panels import DATASOURCE, Panel

TAG: Final = "siamhub"


def page(title: str, uid: str, about: str, parts: Iterable[Panel | str], supplier: bool = False) -> build.Dashboard:
    """A dashboard of these panels and headings; ids go in order, so that links to a panel stay true.

    `supplier`: it is about one supplier, which is chosen beside the window.
    """
    made = (
        build.Dashboard(title)
        .uid(uid)
        .description(about)
        .tags([TAG])
        .timezone("browser")
        .time("now-30d", "now")
        .refresh("1m")
        .readonly()
        .link(
            build.DashboardLink("The other dashboards")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .include_vars(True)
            .keep_time(True)
        )
        .with_variable(build.DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .with_variable(_window())
        .with_variable(_supplier() if supplier else _service())
    )
    for number, part in enumerate(parts, 1):
        if isinstance(part, str):
            made.with_row(build.Row(part).id(number))
        else:
            made.with_panel(part.id(number))
    return made


def _window() -> build.QueryVariable:
    return (
        build.QueryVariable("window")
        .label("Window of time")
        .description("The window that every figure is about. One at a time: windows overlap and are never added up.")
        .datasource(DATASOURCE)
        .query("label_values(siam_joint_cases_resolved, window)")
        .current(model.VariableOption(selected=True, text="30d", value="30d"))
        .refresh(model.VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(model.VariableSort.DISABLED)
        .multi(False)
        .include_all(False)
    )


def _service() -> build.QueryVariable:
    return (
        build.QueryVariable("service")
        .label("Service")
        .description("The services shown below the joint figures.")
        .datasource(DATASOURCE)
        .query("label_values(siam_service_info, service)")
        .current(model.VariableOption(selected=True, text=["All"], value=["$__all"]))
        .refresh(model.VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
    )


def _supplier() -> build.QueryVariable:
    return (
        build.QueryVariable("supplier")
        .label("Supplier")
        .description("The supplier that the figures are about. One at a time: nobody is ranked.")
        .datasource(DATASOURCE)
        .query("label_values(siam_supplier_info, supplier)")
        .refresh(model.VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(False)
        .include_all(False)
    )
