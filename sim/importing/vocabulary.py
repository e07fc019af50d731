"""Words of columns, questions and answers in English, German, French and Spanish."""

from __future__ import annotations

import re

__all__ = ["LIKERT", "MANAGER", "NOTHING", "QUESTIONS", "SENSITIVE", "VALUE_WORDS", "WORDS"]

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
