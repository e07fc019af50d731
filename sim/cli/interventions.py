"""``uptake interventions``: what a scenario may place on its timeline."""

from __future__ import annotations

import rich_click as click

from sim.cli.echo import echo

__all__ = ["interventions"]


@click.command()
@click.argument("name", required=False)
def interventions(name: str | None) -> None:
    """List interventions and shocks, or describe the one called NAME with its levers."""
    from sim.errors import InputError, Problem, did_you_mean
    from sim.interventions.catalogue import CATALOGUE, facts

    if name is None:
        width = max(map(len, CATALOGUE))
        for kind, intervention in CATALOGUE.items():
            echo(f"{kind:{width}}  {facts(intervention)['Acts on']}")
        return
    if name not in CATALOGUE:
        right = did_you_mean(name, list(CATALOGUE))
        raise InputError([Problem(name, "", "there is no such intervention", right)])
    intervention = CATALOGUE[name]
    said = facts(intervention)
    echo(f"{name}: {said.pop('Summary')}")
    for label, text in said.items():
        echo(f"  {label:8}  {text}")
    echo("  Keys")
    for key, field in intervention.model_fields.items():
        required = field.is_required()
        default = "required" if required else f"default {_shown(field.default)}"
        echo(f"    {key:11} {field.description} ({default})")


def _shown(value: object) -> str:
    """Return a default as a scenario file would say it."""
    from pydantic import BaseModel

    from sim.interventions.fields import UNTIL_THE_END

    if isinstance(value, BaseModel):
        said = value.model_dump(exclude_unset=True, exclude_defaults=False)
        return next(iter(said)).replace("_", " ") if said else "everyone"
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return "until the end" if value == UNTIL_THE_END else str(value)
