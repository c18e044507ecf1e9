"""What a manifest says of questions at the beginning, which the system answers about itself."""

from __future__ import annotations

from pydantic import Field

from connectors.manifest_asked import no_paging
from connectors.manifest_paging import Paging
from connectors.manifest_request import Request
from connectors.words import Duration, Path, Paths, Strict, Words


class Lookup(Strict):
    """A list of an answer as a map: id -> name, status -> category."""

    records: Path = Field(default="@", description="the list in the answer")
    key: Path = Field(description="the word, in an entry of the list")
    value: Path = Field(description="what it means")


class Pick(Strict):
    """Values of those entries of an answer's list that an option names."""

    records: Path = Field(default="@", description="the list in the answer")
    key: Path = Field(description="compared with the words of the options, which may be patterns")
    value: Path = Field(description="what is taken of an entry that fits")
    options: Words = Field(description="the options whose words count")
    needed: bool = Field(default=False, description="nothing found is an error, since a query without it reads all")


class Discovery(Strict):
    """A question at the beginning whose answer fills values: `{found.name}` in texts, `$found.name` in paths."""

    request: Request = Field(description="what is asked")
    take: dict[str, Paths] = Field(
        default_factory=dict, description="name -> where in the answer; the first that holds"
    )
    maps: dict[str, Lookup] = Field(default_factory=dict, description="name -> a list of the answer as a map of values")
    pick: dict[str, Pick] = Field(default_factory=dict, description="name -> a list of values that options name")
    records: Path = Field(default="@", description="with paging: the list in each answer; paths then go into all of it")
    paging: Paging = Field(default_factory=no_paging, description="where the list comes in pages")
    proof: bool = Field(default=False, description="it needs a login: whoever is refused here is refused everywhere")
    optional: bool = Field(default=False, description="what is refused or has another form leaves its values empty")
    suffers: str = Field(default="", description="for the operator: which figures suffer where it may not be asked")
    grant: str = Field(default="", description="for the operator: how the right to ask it is given there")
    keep: Duration = Field(default=3_600_000_000, description="how long the answer holds")
    grows: bool = Field(
        default=False, description="asked again at once when a record bears a word that its maps lack; once for a word"
    )
