"""The YAML beside an organisation's CSV files, and the YAML of a template.

Both are checked against a declared schema. An error names file, line, column, key, what
is wrong and what would be right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from sim.document import MAX_PROBLEMS, Node, parse, read_text
from sim.errors import InputError, Problem, did_you_mean, refusal
from sim.state import VALUES
from sim.tables import MAX_ROWS

Share = Annotated[float, Field(ge=0, le=1)]
Rank = Annotated[int, Field(ge=1, le=56)]


def _known_values(value: dict[str, int]) -> dict[str, int]:
    for name in value:
        if name not in VALUES:
            raise ValueError(f"does not know the value {name!r}; {did_you_mean(name, VALUES)}")
    return value


MAX_NAME = 200
"""Characters of an id, or of the name of a team, a role or a firm: figures and files repeat it."""

Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]

Ranks = Annotated[dict[str, Rank], AfterValidator(_known_values)]

_FILE = Path(__file__).with_name("template.yaml")
_DEFAULTS: dict[str, Any] = parse(_FILE.read_text("utf-8"), _FILE.name).plain()

DEFAULT_RANKS: dict[str, int] = _DEFAULTS["values"]
"""Global rank of each value; personal responsibility is unranked. They set the mix of
profiles drawn, nothing else: a rank is no effect size."""

SCALES = {"unit": (0.0, 1.0), "five-point": (1.0, 5.0), "seven-point": (1.0, 7.0)}


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


class TieKindSettings(_Checked):
    """How one kind of tie counts: its weight in the sum, and whether it is a close tie."""

    weight: float = Field(default=1.0, ge=0, le=1e6)
    close: bool = False


class FileSettings(_Checked):
    """organisation.yaml beside people.csv and ties.csv; every key may be left out."""

    kind: Literal["organisation"] = "organisation"
    name: Name | None = None
    purpose: str = ""
    people: str = "people.csv"
    ties: str = "ties.csv"
    columns: dict[str, str] = Field(default_factory=dict)
    scale: dict[str, tuple[float, float]] = Field(default_factory=dict)
    top_level: int | None = None
    tie_kinds: dict[str, TieKindSettings] = Field(default_factory=dict)
    task_potential: Share | dict[str, Share] = 0.5
    values: Ranks = Field(default_factory=lambda: dict(DEFAULT_RANKS))
    max_rows: int = Field(default=MAX_ROWS, ge=1)
    unknown_managers: Literal["refuse", "top"] = "refuse"
    notes: tuple[str, ...] = ()

    @field_validator("people", "ties")
    @classmethod
    def _plain_name(cls, value: str) -> str:
        if Path(value).name != value or "\\" in value or value in {"", ".", ".."}:
            raise ValueError("leaves the folder; name a file beside organisation.yaml")
        return value

    @field_validator("scale", mode="before")
    @classmethod
    def _scale(cls, value: object) -> object:
        """Accept one scale for all survey columns (key ``*``) or one a column."""
        given = value if isinstance(value, Mapping) else {"*": value}
        result = {}
        for column, scale in given.items():
            low_high = SCALES.get(scale) if isinstance(scale, str) else scale
            if low_high is None:
                raise ValueError(
                    f"does not know the scale {scale!r}; {did_you_mean(str(scale), list(SCALES))}, "
                    "or [lowest, highest]"
                )
            if not isinstance(low_high, Sequence) or len(low_high) != 2:
                raise ValueError("is no scale; a name such as five-point, or [lowest, highest]")
            if not all(isinstance(end, int | float) for end in low_high) or not (
                low_high[0] < low_high[1]
            ):
                raise ValueError("is no scale; [lowest, highest] with lowest below highest")
            result[column] = tuple(low_high)
        return result


class Span(_Checked):
    """A range of how many people report to a manager."""

    low: int = Field(ge=1, le=1000)
    high: int = Field(ge=1, le=1000)

    @model_validator(mode="after")
    def _ordered(self) -> Span:
        if self.low > self.high:
            raise ValueError("has low above high; low at most high")
        return self


class Role(_Checked):
    """A role and the share of its tasks that the tool can help."""

    task_potential: Share


class Department(_Checked):
    """A department: its share of the teams, and the roles in it by share."""

    name: Name
    share: float = Field(default=1.0, gt=0)
    roles: dict[Name, Annotated[float, Field(gt=0)]] = Field(min_length=1)


class TieSettings(_Checked):
    """How many people somebody listens to, and where they sit."""

    within: float = Field(default=4.0, ge=0, le=100, description="draws from the own team, mean")
    near: float = Field(0.8, ge=0, le=100, description="draws from teams under one higher manager")
    far: float = Field(default=0.4, ge=0, le=100, description="draws from anywhere, mean")
    to_manager: Share = Field(0.6, description="chance of a tie to one's manager, beside the draws")
    reciprocity: Share = Field(0.35, description="chance that a draw from the own team is returned")
    attractiveness: float = Field(
        0.9, ge=0, le=3, description="spread (log) of how far people attract attention"
    )
    across_weight: float = Field(
        default=0.6, gt=0, le=1, description="weight of a tie out of the team"
    )


class Template(_Checked):
    """A made-up organisation: how many people, in what teams, listening to whom.

    The defaults are round assumptions, not measurements of a firm.
    """

    kind: Literal["template"] = "template"
    name: Name = "template"
    purpose: str = ""
    n_people: int = Field(default=240, ge=1, le=20_000_000)
    seed: int = Field(default=1, ge=0)
    span: Span = Span(low=6, high=11)
    upper_span: Span = Span(low=4, high=7)
    sites: tuple[Name, ...] = Field(default=tuple(_DEFAULTS["sites"]), min_length=1)
    departments: tuple[Department, ...] = Field(
        default_factory=lambda: tuple(Department(**one) for one in _DEFAULTS["departments"]),
        min_length=1,
    )
    roles: dict[Name, Role] = Field(
        default_factory=lambda: {
            name: Role(task_potential=share) for name, share in _DEFAULTS["roles"].items()
        }
    )
    manager_role: Name = "manager"
    executive_role: Name = "executive"
    role_spread: float = Field(default=0.05, ge=0, le=0.5)
    ties: TieSettings = TieSettings()
    values: Ranks = Field(default_factory=lambda: dict(DEFAULT_RANKS))

    @model_validator(mode="after")
    def _roles_exist(self) -> Template:
        named = [role for department in self.departments for role in department.roles]
        for role in (*named, self.manager_role, self.executive_role):
            if role not in self.roles:
                raise ValueError(
                    f"names the role {role!r}, which roles does not list; "
                    f"{did_you_mean(role, list(self.roles))}"
                )
        names = [department.name for department in self.departments]
        if len(set(names)) < len(names) or any(name.startswith("Leadership") for name in names):
            raise ValueError(
                "has departments that share a name, or one called Leadership; other names"
            )
        return self


def read_settings(path: Path) -> FileSettings | Template:
    """Read organisation.yaml or a template.

    Its ``kind`` says which (``organisation`` where it says nothing). Raises InputError with every
    problem and its ``file:line:column``.
    """
    root = _tree(path)
    data = root.plain()
    kind = data.get("kind", "organisation")
    kinds: dict[str, type[FileSettings] | type[Template]] = {
        "organisation": FileSettings,
        "template": Template,
    }
    if not isinstance(kind, str) or kind not in kinds:
        right = did_you_mean(str(kind)[:80], list(kinds))
        raise refusal(_place(root, ("kind",)), "kind", f"is {kind!r:.60}", right)
    model = kinds[kind]
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InputError(_problems(root, model, error)) from None


def _tree(path: Path) -> Node:
    """Return the mapping in a YAML file, with the place of every key."""
    right = "a file of key: value lines"
    text = read_text(path, path.name, "a settings file", right)
    root = parse(text, path.name, right=right)
    if root.entries is None:
        raise refusal(f"{path.name}:1:1", "", "is no mapping", "key: value lines")
    return root


def _place(root: Node, loc: Sequence[str | int]) -> str:
    """Return where the last key of a path stands that the file has."""
    node, where = root, f"{root.file}:1:1"
    for step in loc:
        inner = node.child(step)
        if inner is None:
            break
        node, where = inner, node.keys.get(str(step), inner.where)
    return where


def _problems(root: Node, model: type[BaseModel], error: ValidationError) -> list[Problem]:
    result: dict[tuple[str, str], Problem] = {}
    found = error.errors(include_url=False)
    for entry in found[:MAX_PROBLEMS]:
        loc = _keys(root, entry["loc"])
        if entry["type"] == "missing":
            loc.append(entry["loc"][-1])
        dotted = "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in loc).lstrip(".")
        where = _place(root, loc)
        if entry["type"] == "extra_forbidden":
            what, right = "is no known key", did_you_mean(str(loc[-1]), _fields(model, loc[:-1]))
        elif entry["type"] == "value_error":
            what, _, right = entry["msg"].removeprefix("Value error, ").partition("; ")
        elif entry["type"] == "missing":
            what, right = "is missing", "give it a value"
        else:
            what, right = (
                f"is {entry['input']!r:.60}",
                entry["msg"].removeprefix("Input should be "),
            )
        result.setdefault((where, what), Problem(where, dotted, what, right))
    problems = list(result.values())
    if (rest := len(found) - MAX_PROBLEMS) > 0:
        what, right = f"{rest:,} more problems are not shown", "these mended first"
        problems.append(Problem(root.file, "", what, right))
    return problems


def _keys(root: Node, loc: Sequence[str | int]) -> list[str | int]:
    """Keep the keys of the file in a location, without the union branches pydantic adds."""
    keys: list[str | int] = []
    node = root
    for step in loc:
        inner = node.child(step)
        if inner is not None:
            keys.append(step)
            node = inner
    return keys


def _fields(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    inner: dict[str, type[BaseModel]] = {
        "tie_kinds": TieKindSettings, "span": Span, "upper_span": Span,
        "departments": Department, "roles": Role, "ties": TieSettings,
    }  # fmt: skip
    if loc and issubclass(model, FileSettings | Template):
        model = inner.get(str(loc[0]), model)
    return sorted(model.model_fields)
