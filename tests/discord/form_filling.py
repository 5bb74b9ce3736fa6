"""Filling in a form: every value has to fit its field, and what is required cannot be left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tests.discord.interactions import Modal
from tests.discord.options import Filler
from tests.discord.shapes import SELECTS, Json, Kind

MISSING = object()


def fill_form(modal: Modal, given: Mapping[str, object], filler: Filler) -> list[Json]:
    """The components of a modal submission."""
    known = list(modal.fields())
    names = {name for label, field in known for name in (label, field["custom_id"])}
    unknown = given.keys() - names
    assert not unknown, f"the form {modal.title!r} has no {sorted(unknown)}; it has {modal.labels}"
    answered: dict[str, Json] = {}
    for label, field in known:
        value = given.get(field["custom_id"], given.get(label, MISSING))
        same = {"type": field["type"], "id": field["id"], "custom_id": field["custom_id"]}
        answered[field["custom_id"]] = same | answer(label, field, value, filler)
    made: list[Json] = []
    for top in modal.components:
        part: Json = {"type": top["type"], "id": top["id"]}
        if top["type"] == Kind.LABEL:
            part["component"] = answered[top["component"]["custom_id"]]
        elif top["type"] == Kind.ROW:
            part["components"] = [answered[field["custom_id"]] for field in top["components"]]
        made.append(part)
    return made


def answer(label: str, field: Json, value: object, filler: Filler) -> Json:
    kind = field["type"]
    if kind == Kind.INPUT:
        return {"value": text(label, field, value)}
    if kind == Kind.CHECKBOX:
        return {"value": bool(field.get("default")) if value is MISSING else bool(value)}
    if kind == Kind.RADIO:
        chosen = choose(label, field, value, filler, least=int(field.get("required", True)), most=1)
        return {"value": chosen[0] if chosen else None}
    required = field.get("required", True)
    least = int(field.get("min_values", 1) or 0)
    most = field.get("max_values") or (len(field["options"]) if kind == Kind.CHECKBOXES else 1)
    return {"values": choose(label, field, value, filler, least=least if required else 0, most=most)}


def text(label: str, field: Json, value: object) -> str:
    said = (field.get("value") or "") if value is MISSING else value
    assert isinstance(said, str), f"{label!r} takes text, not {said!r}"
    assert said or not field.get("required", True), f"{label!r} is required"
    least, most = field.get("min_length") or 0, field.get("max_length") or 4000
    assert not said or least <= len(said) <= most, f"{label!r} takes {least} to {most} characters, not {len(said)}"
    return said


def choose(label: str, field: Json, value: object, filler: Filler, *, least: int, most: int) -> list[str]:
    if value is MISSING:
        chosen: list[object] = [option["value"] for option in field.get("options") or () if option.get("default")]
        values = [str(one) for one in chosen]
        values += [filler.entity(filler.find(one["id"])) for one in field.get("default_values") or ()]
    else:
        wanted = value if isinstance(value, Iterable) and not isinstance(value, str | tuple) else [value]
        values = [choice(label, field, one, filler) for one in wanted]
    assert least <= len(values) <= most, f"{label!r} takes {least} to {most} choices, not {values}"
    return values


def choice(label: str, field: Json, wanted: object, filler: Filler) -> str:
    if field["type"] == Kind.UPLOAD:
        return filler.file(wanted)
    if field["type"] in SELECTS - {Kind.SELECT}:
        return filler.entity(wanted)
    offered = {option["label"]: option["value"] for option in field["options"]}
    offered |= {one: one for one in offered.values()}
    assert wanted in offered, f"{label!r} offers {[option['label'] for option in field['options']]}, not {wanted!r}"
    return str(offered[str(wanted)])
