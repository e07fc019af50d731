"""Answers in words and on scales, as numbers from 0 to 1; questions, as what they ask for."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sim.organisation.people import START_COLUMNS, VALUE_COLUMNS
from sim.tables.names import stem

WORDS: dict[str, tuple[str, ...]] = {
    "email": (
        "email", "e mail", "mail", "email address", "e mail address", "mail address", "work email",
        "user principal name", "upn", "email adresse", "e mail adresse", "mailadresse",
        "adresse e mail", "courriel", "adresse mail", "correo", "correo electronico",
        "user email", "actor email", "user email address",
    ),
    "name": (
        "name", "full name", "display name", "employee name", "worker", "vollstandiger name",
        "mitarbeitername", "anzeigename", "nom complet", "nom et prenom", "nombre completo",
        "nombre y apellidos", "label",
    ),
    "first": ("first name", "given name", "givenname", "vorname", "prenom", "nombre"),
    "last": ("last name", "surname", "family name", "nachname", "nom", "apellido", "apellidos"),
    "path": (
        "path", "reporting path", "hierarchy path", "management chain", "org path", "pfad",
        "chaine hierarchique", "ruta", "cadena de mando",
    ),
    "date": (
        "date", "day", "metric date", "week", "week start", "week start date", "period start",
        "timestamp", "time", "sent", "sent date", "date sent", "received", "creation date",
        "id time",
        "datum", "tag", "woche", "gesendet", "jour", "semaine", "envoye", "fecha", "dia", "semana",
        "enviado", "sent at", "start", "start time",
    ),
    "cc": ("cc", "copy", "kopie", "copie", "copia"),
    "message": ("message id", "messageid", "internet message id", "mail id", "nachricht id"),
    "days": (
        "days", "active days", "use days", "days used", "days active", "total copilot active days",
        "aktive tage", "tage", "jours", "jours actifs", "dias", "dias activos",
    ),
    "used": (
        "active", "is active", "used", "actions", "count", "prompts", "messages", "interactions",
        "sessions", "copilot actions", "nutzung", "aktiv", "anfragen", "utilisation", "actif",
        "uso", "activo", "value",
    ),
    "enabled": (
        "enabled", "access", "licensed", "license", "licence", "has license",
        "total copilot enabled days", "lizenz", "zugang", "licencia", "acceso", "acces",
    ),
    "last_use": ("last activity date", "last activity date utc", "last activity at", "last active"),
    "refreshed": ("report refresh date", "report time", "report date", "refresh date"),
    "directed": ("type", "directed", "edge type"),
}  # fmt: skip
"""Names of columns that only an import reads, as ``stem`` makes them."""

MANAGER = re.compile(
    r"\b(manager|supervisor|boss|reports to|parent|vorgesetzte[rn]?s?|fuhrungskraft|"
    r"superieur|responsable|jefe|superior)\b"
)
SENSITIVE = re.compile(
    r"\b(performance|rating|ratings|appraisal|leistung|beurteilung|(?<!tie )scores?|"
    r"health|sick|sickness|illness|absence|absences|krank|krankheit|fehltage|sante|maladie|salud|"
    r"age|agegroup|generation|birth|birthday|dob|born|alter|geburt|geburtsdatum|naissance|edad|"
    r"nacimiento|gender|sex|geschlecht|sexe|genre|sexo|genero|religion|race|ethnic|ethnicity|"
    r"ethnie|etnia|nationality|nationalitat|nationalite|nacionalidad|disability|disabled|behinderung|"
    r"schwerbehindert|handicap|discapacidad|salary|pay|wage|compensation|bonus|gehalt|lohn|salaire|"
    r"salario|sueldo|marital|married|familienstand|union|gewerkschaft|syndicat|sindicato)\b"
)

_FEAR = r"(fear|afraid|worr|anxi|angst|sorge|befurcht|peur|crain|inquiet|miedo|tem[eo]r|preocup)"
QUESTIONS: dict[str, str] = {
    "start_fear_job": rf"{_FEAR}.*\b(job|jobs|stelle|arbeitsplatz|emploi|poste|empleo|puesto)",
    "start_fear_mistake": rf"{_FEAR}.*(mistake|error|fehler|erreur|wrong|falsch)",
    "start_fear_identity": rf"{_FEAR}.*(profession|identit|craft|beruf|metier|oficio|expert)",
    "start_fear_permission": (
        rf"({_FEAR}.*)?(permission|permitted|not allowed|erlaub|autoris|permis)"
    ),
    "start_own_habit": r"\b(own tool|private tool|eigene[ns]? (tool|werkzeug)|outil prive)",
    "start_habit": r"(without thinking|automatic|habit|gewohnheit|habitude|costumbre)",
    "start_trust": r"(trust|vertrau|confian|confia)",
    "start_usefulness": r"(useful|helps me|nutzlich|hilfreich|\butile|\butil\b)",
    "start_capability": (
        r"(know how|able to use|can use|kann.*bedien|weiss wie|sais comment|se como)"
    ),
    "start_fit": r"(fits? (with )?my (work|tasks)|passt zu meiner|adapte a mon travail|encaja)",
    "start_readiness": r"\b(ready|readiness|bereit|pret|prete|lista?)\b",
    "start_cynicism": r"(cynic|yet another change|change fatigue|zynis|cynique|cinic)",
}
VALUE_WORDS = {
    "relationships": r"(relationship|beziehung|relations|relaciones)",
    "loyalty": r"(loyal|loyaut|lealtad)",
    "trustworthiness": r"(trustworth|vertrauenswurdig|fiabilit|digno de confianza)",
    "responsibility": r"(responsib|verantwort|responsab)",
    "growth": r"(growth|personal development|wachstum|croissance|crecimiento)",
    "ambition": r"(ambition|ehrgeiz|ambicion)",
    "family": r"(family|familie|famille|familia)",
}

LIKERT: dict[int, str] = {
    3: r"(strongly|totally|completely|fully|very) (agree|much|true|important|likely)|"
    r"(stimme|trifft) (voll|vollig|ganz|sehr|vollkommen)( und ganz)?( zu)?|"
    r"sehr (wichtig|zufrieden)|tout a fait( d accord)?|totalement d accord|"
    r"totalmente de acuerdo|muy de acuerdo|always|immer|toujours|siempre",
    2: r"agree|true|important|stimme zu|trifft zu|wichtig|d accord|de acuerdo|often|oft|"
    r"souvent|a menudo",
    1: r"(somewhat|slightly|rather|tend to) (agree|true|important)|(stimme|trifft) eher zu|"
    r"eher (wichtig|ja)|plutot d accord|algo de acuerdo|mas bien de acuerdo",
    0: r"neutral|neither( agree nor disagree)?|neither .*|undecided|teils teils|teils|weder noch|"
    r"unentschieden|ni d accord.*|neutre|ni de acuerdo.*|sometimes|manchmal|parfois|a veces",
    -1: r"(somewhat|slightly|rather|tend to) (disagree|untrue)|(stimme|trifft) eher nicht zu|"
    r"eher (unwichtig|nein)|plutot pas d accord|algo en desacuerdo|mas bien en desacuerdo",
    -2: r"disagree|untrue|unimportant|stimme nicht zu|trifft nicht zu|unwichtig|pas d accord|"
    r"en desacuerdo|rarely|selten|rarement|rara vez",
    -3: r"(strongly|totally|completely|fully) disagree|not at all( true)?|"
    r"(stimme|trifft) (gar|uberhaupt) nicht zu|(stimme|trifft) (ganz und )?gar nicht zu|"
    r"pas du tout( d accord)?|totalement en desaccord|totalmente en desacuerdo|"
    r"muy en desacuerdo|never|nie|jamais|nunca",
}
NOTHING = {"", "na", "n a", "null", "none", "don t know", "weiss nicht", "keine angabe",
            "no answer", "ne sais pas", "no sabe", "prefer not to say"}  # fmt: skip


PULSE = MappingProxyType({
    "trust": "I trust what our management says about AI.",
    "fear_mistake": "I am afraid that others would see my mistakes when I use the AI tool.",
    "fear_permission": "I am unsure whether the AI tool is permitted for my tasks.",
    "fear_job": "I worry that AI will cost me my job.",
    "fear_identity": "I worry that AI takes away what my profession is about.",
    "usefulness": "I expect that the AI tool is useful for what I do.",
    "capability": "I know how to get good results from the AI tool.",
    "fit": "The AI tool fits my work as it is today.",
    "readiness": "I am ready to show others how I use the AI tool.",
    "cynicism": "For me this is yet another change that will pass.",
})  # fmt: skip
"""Statement by the start value that agreement with it gives, in the order they are asked."""

AGREEMENT = ("Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree")
"""Answers, from 0 to 1 in equal steps."""

FORM = ("ID", "Start time", "Completion time", "Email", "Name")
"""What Forms writes before the answers."""


def pulse_csv() -> str:
    """Return the questionnaire as a table: number, statement, five answers, what it gives.

    Examples
    --------
    >>> pulse_csv().splitlines()[0]
    'number,statement,answer 1,answer 2,answer 3,answer 4,answer 5,gives'
    """
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(["number", "statement", *(f"answer {k}" for k in range(1, 6)), "gives"])
    for number, (name, statement) in enumerate(PULSE.items(), 1):
        rows.writerow([number, statement, *AGREEMENT, f"start_{name}"])
    return stream.getvalue()


_ASKS_VALUE = re.compile(r"(value|important|wichtig|wert|valeur|valor)")
_LEADING = re.compile(r"(-?\d+(?:[.,]\d+)?)\s*(?:[-–:=(.)].*)?")


def state_meant(column: str) -> str:
    """Return the column of people.csv that a question asks for, or nothing where in doubt.

    Examples
    --------
    >>> state_meant("I trust that management is straight about AI"), state_meant("Remarks")
    ('start_trust', '')
    """
    words = stem(column)
    plain = words.replace(" ", "_")
    for name in (*START_COLUMNS, *VALUE_COLUMNS):
        if plain in {name, name.removeprefix("start_")}:
            return name
    for value, pattern in VALUE_WORDS.items():
        if re.search(pattern, words) and re.search(
            r"(value|important|wichtig|wert|valeur|valor)", words
        ):
            return f"value_{value}"
    found = [name for name, pattern in QUESTIONS.items() if re.search(pattern, words)]
    if len(found) > 1 and found[0].startswith("start_fear"):
        found = found[:1]
    return found[0] if len(found) == 1 else ""


class Scale:
    """How the answers of one sheet are read: by words, or by numbers between two ends.

    Parameters
    ----------
    low, high : float
        Ends of the numbers; NaN where answers are words.
    seven : bool
        Whether words are of a scale of seven steps, otherwise of five.
    own : mapping of str to float
        Values of words that the user gives.
    """

    def __init__(
        self, low: float, high: float, seven: bool, own: Mapping[str, float] | None = None
    ) -> None:
        self.low, self.high, self.seven = low, high, seven
        self.own = {stem(word): value for word, value in (own or {}).items()}

    def value(self, cell: str) -> float | None:
        """Return an answer as a number from 0 to 1; NaN for none, None where it is unknown."""
        words = stem(cell)
        if words in self.own:
            return self.own[words]
        if words in NOTHING:
            return math.nan
        step = _step(words)
        if step is not None:
            if self.seven:
                return (step + 3) / 6
            return {-3: 0.0, -2: 0.25, -1: 0.25, 0: 0.5, 1: 0.75, 2: 0.75, 3: 1.0}[step]
        number = _number(cell)
        if number is None or math.isnan(self.low) or not self.low <= number <= self.high:
            return None
        return (number - self.low) / (self.high - self.low)

    def of(self, cells: Iterable[str]) -> Scale:
        """Return the scale of one question: numbers as in the whole sheet, words as in it."""
        seven = find_scale(cells).seven
        return Scale(self.low, self.high, seven, self.own)

    def said(self) -> str:
        """Return in words how answers are read."""
        if math.isnan(self.low):
            return "words from 0 (disagree) to 1 (agree)"
        return f"numbers from {self.low:g} to {self.high:g}"


def find_scale(cells: Iterable[str], own: Mapping[str, float] | None = None) -> Scale:
    """Return the scale that all answers of a sheet are on.

    Examples
    --------
    >>> scale = find_scale(["Agree", "Strongly disagree"])
    >>> scale.value("Agree"), scale.value("stimme voll zu"), find_scale(["1", "5"]).value("4")
    (0.75, 1.0, 0.75)
    """
    steps, numbers = set(), set()
    for cell in set(cells):
        step = _step(stem(cell))
        number = _number(cell)
        if step is not None:
            steps.add(abs(step))
        elif number is not None:
            numbers.add(number)
    low, high = math.nan, math.nan
    if numbers:
        least, most = min(numbers), max(numbers)
        if most <= 1 and least >= 0 and (least < 1 or len(numbers) > 1):
            low, high = 0.0, 1.0
        elif least >= 1 and most <= 7:
            low, high = 1.0, 5.0 if most <= 5 else 7.0
        elif least >= 0 and most <= 10:
            low, high = 0.0, 10.0
        elif least >= 0 and most <= 100:
            low, high = 0.0, 100.0
    return Scale(low, high, {1, 2} <= steps, own)


def _step(words: str) -> int | None:
    return next((step for step, said in LIKERT.items() if re.fullmatch(said, words)), None)


def _number(cell: str) -> float | None:
    found = _LEADING.fullmatch(cell.strip())
    return float(found[1].replace(",", ".")) if found else None
