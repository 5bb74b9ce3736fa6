"""The rules for modals: a title and one to five labelled fields or texts."""

from tests.discord.check_components import COMMON, TEXT_MAX, ComponentCheck
from tests.discord.problems import Findings
from tests.discord.shapes import SELECTS, Json, Kind

IN_LABEL = SELECTS | {Kind.INPUT, Kind.UPLOAD, Kind.RADIO, Kind.CHECKBOXES, Kind.CHECKBOX}
TOP_MAX = 5


class ModalCheck(ComponentCheck):
    """Checks the data of an interaction callback of type 9."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(findings)
        self.kinds |= {
            Kind.ROW: self.input_row,
            Kind.LABEL: self.label,
            Kind.INPUT: self.input,
            Kind.UPLOAD: self.upload,
            Kind.RADIO: self.radio,
            Kind.CHECKBOXES: self.checkboxes,
            Kind.CHECKBOX: self.checkbox,
        }

    def modal(self, data: Json) -> None:
        find = self.findings
        find.fields("data", data, ("title", "custom_id", "components"))
        find.text("data.title", data.get("title"), 45, least=1)
        find.text("data.custom_id", data.get("custom_id"), 100, least=1)
        for number, top in enumerate(find.many("data.components", data.get("components"), TOP_MAX, least=1)):
            self.one(f"data.components.{number}", top, {Kind.LABEL, Kind.TEXT, Kind.ROW})
        if self.text > TEXT_MAX:
            find.add("data.components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", f"{self.text} characters.")

    def label(self, path: str, label: Json) -> None:
        self.findings.fields(path, label, (*COMMON, "label", "description", "component"))
        self.findings.text(f"{path}.label", label.get("label"), 45, least=1)
        self.findings.text(f"{path}.description", label.get("description"), 100, least=1, optional=True)
        inside = label.get("component")
        if not isinstance(inside, dict):
            self.findings.add(f"{path}.component", "BASE_TYPE_REQUIRED", "This field is required")
            return
        self.one(f"{path}.component", inside, IN_LABEL)
        if inside.get("disabled"):
            self.findings.add(
                f"{path}.component.disabled", "MODAL_COMPONENT_DISABLED", "Nothing is disabled in modals."
            )
        if inside.get("label") is not None:
            self.findings.add(f"{path}.component.label", "MODAL_COMPONENT_LABEL", "The label stands outside.")

    def input_row(self, path: str, row: Json) -> None:
        self.findings.fields(path, row, (*COMMON, "components"))
        inside = self.findings.many(f"{path}.components", row.get("components"), 1, least=1)
        for number, child in enumerate(inside):
            self.one(f"{path}.components.{number}", child, {Kind.INPUT})
            self.findings.text(f"{path}.components.{number}.label", child.get("label"), 45, least=1)

    def input(self, path: str, field: Json) -> None:
        find = self.findings
        known = ("custom_id", "style", "label", "min_length", "max_length", "required", "value", "placeholder")
        find.fields(path, field, (*COMMON, *known))
        self.custom_id(path, field)
        find.one_of(f"{path}.style", field.get("style"), (1, 2))
        find.flag(f"{path}.required", field.get("required"))
        find.number(f"{path}.min_length", field.get("min_length"), 0, 4000)
        find.number(f"{path}.max_length", field.get("max_length"), 1, 4000)
        most, least = field.get("max_length") or 4000, field.get("min_length") or 0
        if least > most:
            find.add(f"{path}.min_length", "COMPONENT_MIN_GREATER_THAN_MAX", f"{least} is more than {most}.")
        find.text(f"{path}.value", field.get("value"), most, least=least if field.get("value") else 0, optional=True)
        find.text(f"{path}.placeholder", field.get("placeholder"), 100, optional=True)

    def upload(self, path: str, field: Json) -> None:
        self.findings.fields(path, field, (*COMMON, "custom_id", "min_values", "max_values", "required"))
        self.custom_id(path, field)
        self.bounds(path, field, 10)

    def radio(self, path: str, field: Json) -> None:
        self.findings.fields(path, field, (*COMMON, "custom_id", "options", "required"))
        self.custom_id(path, field)
        self.options(path, field, 10, least=2, single=True)

    def checkboxes(self, path: str, field: Json) -> None:
        self.findings.fields(path, field, (*COMMON, "custom_id", "options", "min_values", "max_values", "required"))
        self.custom_id(path, field)
        count = len(field.get("options") or ())
        self.bounds(path, field | {"max_values": field.get("max_values") or count}, 10)
        self.options(path, field | {"max_values": field.get("max_values") or count}, 10, least=1)

    def checkbox(self, path: str, field: Json) -> None:
        self.findings.fields(path, field, (*COMMON, "custom_id", "default"))
        self.custom_id(path, field)
