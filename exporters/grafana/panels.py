"""The kinds of panels that dashboards are made of: each has a unit, a definition and words for no data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from grafana_foundation_sdk.builders import common, prometheus, stat, table, text, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.text import TextMode

from exporters.families import FAMILIES

Panel: TypeAlias = stat.Panel | timeseries.Panel | table.Panel | text.Panel

DATASOURCE: Final = model.DataSourceRef(type_val="prometheus", uid="${datasource}")
NO_DATA: Final = "no fresh data in this window"
RATIO: Final = "percentunit"
SECONDS: Final = "s"
COUNT: Final = "none"
CALM: Final = "blue"  # no figure is a verdict: colour tells goals, and nothing is red
GOOD: Final = "green"
ATTENTION: Final = "orange"


@dataclass(frozen=True, slots=True)
class Query:
    """A query and what its series are called; `{{title}}` stands for a label."""

    expression: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    title: str
    expression: str
    unit: str
    decimals: int | None = None


def definition(*names: str) -> str:
    """What the figures are, by the sentences of the table of families."""
    return "\n\n".join(f"{FAMILIES[name].help}\n`{name}`" for name in names)


def figure(
    title: str,
    query: Query,
    unit: str,
    about: str,
    decimals: int | None = None,
    steps: Sequence[tuple[float | None, str]] = ((None, CALM),),
    words: Sequence[tuple[str, str, str]] = (),
    width: int = 4,
) -> stat.Panel:
    """One large figure as it is at the end of the chosen time: an instant query, so that none comes from before.

    `steps` are lower bounds with the colour from there on; `words` are (value, text, colour) shown in its place.
    """
    panel = (
        stat.Panel()
        .title(title)
        .description(about)
        .datasource(DATASOURCE)
        .with_target(_target(query, "A").instant())
        .unit(unit)
        .no_value(NO_DATA)
        .thresholds(_thresholds(steps))
        .color_scheme(build.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
        .color_mode(kinds.BigValueColorMode.VALUE)
        .graph_mode(kinds.BigValueGraphMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["last"]))
        .height(4)
        .span(width)
    )
    if decimals is not None:
        panel.decimals(decimals)
    if words:
        options = {value: model.ValueMappingResult(text=words_, color=color) for value, words_, color in words}
        panel.mappings([model.ValueMap(options=options)])
    return panel


def course(
    title: str, queries: Sequence[Query], unit: str, about: str, width: int = 8, top: float | None = None
) -> timeseries.Panel:
    """Lines over time. Gaps stay gaps: a time without figures is not drawn through."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(about)
        .datasource(DATASOURCE)
        .targets([_target(query, chr(ord("A") + number)) for number, query in enumerate(queries)])
        .unit(unit)
        .no_value(NO_DATA)
        .thresholds(_thresholds(((None, CALM),)))
        .color_scheme(build.FieldColor().mode(model.FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
        .line_width(2)
        .fill_opacity(6)
        .legend(
            common.VizLegendOptions()
            .display_mode(kinds.LegendDisplayMode.LIST)
            .placement(kinds.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .height(8)
        .span(width)
    )
    return panel if top is None else panel.max(top)


def rows(title: str, key: str, columns: Sequence[Column], about: str, names: Sequence[str]) -> table.Panel:
    """A table with a row per combination of the labels in `names`, which its queries leave; `key` names the first."""
    refs = [chr(ord("A") + number) for number in range(len(columns))]
    panel = (
        table.Panel()
        .title(title)
        .description(about)
        .datasource(DATASOURCE)
        .targets(
            [
                _target(Query(column.expression), ref).format(PromQueryFormat.TABLE).instant()
                for ref, column in zip(refs, columns, strict=True)
            ]
        )
        .unit(columns[0].unit)
        .no_value(NO_DATA)
        .thresholds(_thresholds(((None, "text"),)))
        .with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(
            model.DataTransformerConfig(
                id_val="organize",
                options={
                    "excludeByName": {"Time": True},
                    "indexByName": {
                        name: number for number, name in enumerate([*names, *(f"Value #{r}" for r in refs)])
                    },
                    "renameByName": {names[0]: key}
                    | {f"Value #{ref}": column.title for ref, column in zip(refs, columns, strict=True)},
                },
            )
        )
        .height(8)
        .span(24)
    )
    for column in columns:
        properties = [model.DynamicConfigValue(id_val="unit", value=column.unit)]
        if column.decimals is not None:
            properties.append(model.DynamicConfigValue(id_val="decimals", value=column.decimals))
        panel.override_by_name(column.title, properties)
    return panel


def words(content: str, height: int = 3) -> text.Panel:
    """Words in Markdown across the whole width."""
    return text.Panel().title("").mode(TextMode.MARKDOWN).content(content).transparent(True).height(height).span(24)


def _target(query: Query, ref: str) -> prometheus.Dataquery:
    made = prometheus.Dataquery().expr(query.expression).ref_id(ref).datasource(DATASOURCE)
    return made.legend_format(query.legend) if query.legend else made


def _thresholds(steps: Sequence[tuple[float | None, str]]) -> build.ThresholdsConfig:
    made = [model.Threshold(value=bound, color=color) for bound, color in steps]
    return build.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(made)
