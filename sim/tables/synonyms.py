"""What columns are called elsewhere: in English, German, French and Spanish."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

__all__ = ["FOOTERS", "MEANT", "meant_by", "stem"]

MEANT: dict[str, tuple[str, ...]] = {
    "id": (
        "employee id", "employee number", "employee no", "emplid", "empl id", "person id",
        "personid", "staff id", "staff no", "staff number", "worker id", "user id",
        "user principal name", "upn", "person", "employee", "user",
        "personalnummer", "personal nr", "pers nr", "persnr", "mitarbeiternummer",
        "mitarbeiter id", "mitarbeiter nr", "mitarbeiter", "benutzer",
        "matricule", "numero employe", "id employe", "identifiant", "salarie",
        "numero de empleado", "id empleado", "legajo", "matricula", "empleado",
    ),
    "manager_id": (
        "manager", "manager id", "manager no", "manager number", "managerid", "parent",
        "parent id", "reports to", "reports to id", "supervisor", "supervisor id",
        "line manager", "line manager id", "boss", "lead", "team lead",
        "chef", "vorgesetzter", "vorgesetzte", "vorgesetzten id", "vorgesetzter id",
        "vorgesetzter personalnummer", "fuhrungskraft", "leiter", "berichtet an",
        "responsable", "responsable hierarchique", "superieur", "superieur hierarchique",
        "manager hierarchique", "matricule responsable", "jefe", "jefe directo", "superior",
        "reporta a", "id jefe", "supervisor directo",
    ),
    "team": (
        "team name", "department", "dept", "department name", "organization", "organisation",
        "org", "org unit", "unit", "business unit", "division", "group",
        "cost center", "abteilung", "bereich", "organisationseinheit", "orgeinheit", "gruppe",
        "kostenstelle", "equipe", "departement", "service", "unite", "direction",
        "equipo", "departamento", "area", "unidad", "seccion",
    ),
    "role": (
        "job title", "title", "job", "position", "position name", "function", "function type",
        "job function", "job family", "job role", "occupation",
        "stelle", "stellenbezeichnung", "funktion", "rolle", "beruf", "tatigkeit",
        "poste", "intitule du poste", "fonction", "metier", "emploi",
        "puesto", "cargo", "funcion", "rol", "puesto de trabajo",
    ),
    "level": (
        "layer", "grade", "job level", "level designation", "hierarchy level", "band",
        "career stage", "ebene", "hierarchieebene", "stufe", "niveau",
        "niveau hierarchique", "echelon", "nivel", "nivel jerarquico", "grado",
    ),
    "source": (
        "from", "sender", "from id", "source id", "person a", "primary collaborator person id",
        "von", "absender", "quelle", "de", "expediteur", "origine", "origen", "remitente",
    ),
    "target": (
        "to", "recipient", "receiver", "to id", "target id", "person b",
        "secondary collaborator person id", "an", "empfanger", "ziel",
        "a", "vers", "destinataire", "cible", "destino", "destinatario", "para",
    ),
    "weight": (
        "strength", "count", "frequency", "value", "strong tie score", "gewicht", "anzahl",
        "haufigkeit", "poids", "nombre", "frequence", "peso", "frecuencia", "cantidad",
    ),
    "kind": ("type of tie", "relation", "relationship", "tie", "art", "beziehung", "lien"),
}  # fmt: skip
"""Names that other files have for a column, by Uptake's name, as ``stem`` makes them."""


FOOTERS = (
    "total", "totals", "grand total", "subtotal", "sum", "overall", "applied filters",
    "summe", "gesamt", "gesamtsumme", "gesamtergebnis", "insgesamt",
    "total general", "totaux", "somme", "ensemble", "suma",
)  # fmt: skip
"""How a line of sums begins."""


_OF_PEOPLE = frozenset({"id", "email", "mail", "upn", "login", "no", "nr", "number", "key"})
_PEOPLE = frozenset({"id", "manager_id", "source", "target"})
"""What a column may say of a person, and columns that name one: a boss, a boss's address."""


def stem(name: str) -> str:
    """Return the words of a column's name: small letters without accents, marks or camels.

    Examples
    --------
    >>> stem("parentId"), stem("Führungskraft (ID)"), stem("Emp_No.")
    ('parent id', 'fuhrungskraft id', 'emp no')
    """
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    plain = unicodedata.normalize("NFKD", name).casefold().replace("ß", "ss")
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return " ".join(re.findall(r"\w+", plain.replace("_", " ")))


@cache
def _by_stem() -> dict[str, str]:
    found: dict[str, str] = {}
    for ours, names in MEANT.items():
        for name in (ours.replace("_", " "), *names):
            found.setdefault(name, ours)
            found.setdefault(name.replace(" ", ""), ours)
    return found


def meant_by(name: str) -> str:
    """Return Uptake's name of the column another name is for, or nothing.

    Examples
    --------
    >>> meant_by("parentId"), meant_by("supervisorEmail"), meant_by("hobby")
    ('manager_id', 'manager_id', '')
    """
    words = stem(name)
    if found := _by_stem().get(words) or _by_stem().get(words.replace(" ", "")):
        return found
    whose, _, what = words.rpartition(" ")
    found = _by_stem().get(whose, "") if what in _OF_PEOPLE else ""
    return found if found in _PEOPLE else ""
