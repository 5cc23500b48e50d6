"""What a full stop follows without ending a sentence, by language (ISO 639-1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

# In these languages "3." is how "third" is written.
_ORDINAL_STOP = "cs da de et fi hr hu is lv nb nn no sk sl sr tr"

# Always followed by a name or a number.
_TITLES = {
    "en": """adm amb asst atty brig capt cdr cmdr col cpl dist dr fr gen gov hon insp lt maj
        messrs mr mrs ms mt prof rep reps rev sec sen sens sgt supt treas v""",
    "de": "dr fr hr prof bzw bspw vgl sog abb hl dipl",
    "es": "sr sra srta dr dra d dña prof gral gen cnel ee",
    "fr": "m mm mme mlle mgr dr pr me gén col",
    "it": "sig sigg dott prof on avv ing gen col mons",
    "nl": "dhr mevr mr dr drs ir prof ing gen",
    "pt": "sr sra dr dra prof gen cel exmo",
    "ru": "им ул проф акад гл тов",
}

# May end a sentence too; the word that follows decides.
_MAY_END = {
    "en": """al approx ariz ave blvd bros calif cf co colo conn corp cos dept del dr etc fla ft ga
        govt ill inc intl is jr la ltd mass md mich minn miss mo natl nev okla ore pa pct penn
        phila plc sr st sts tenn tex univ va vs wash wis""",
    "de": "ca co etc evtl ggf inkl mio mrd nr str tel usw zzt",
    "es": "aprox av cía etc uu pág núm ud uds",
    "fr": "av env etc bd cf st ste",
    "it": "ecc ca cfr",
    "nl": "ca enz etc bijv",
    "pt": "etc av aprox",
    "ru": "г гг др пр руб тыс млн млрд т н",
}

# Abbreviations only when a number follows.
_NUMBERED = {
    "en": """apr art arts aug ch dec feb fig figs jan jul jun mar no nos nov oct p para pp sep
        sept vol vols""",
    "de": "abs art bd nr s",
    "es": "art núm pág p vol",
    "fr": "art p vol",
    "it": "art n p vol",
    "nl": "art blz nr p",
    "pt": "art n p vol",
    "ru": "гл рис с ст стр",
}

# Capitalised words which begin sentences but hardly ever continue a name.
_STARTERS = {
    "en": """A About Above Across After Afterwards Again Against All Almost Along Already Also
        Although Among An And Another Any Anyone Are As Asked At Back Because Before Behind Being
        Below Both But By Can Could Critics Despite Did Do Does Down During Each Earlier Either
        Even Every Everyone Everything Except Few Finally For Former From Had Has Have Having He
        Her Here Hers His How However If In Indeed Inside Instead Into Is It Its Just Last Later
        Leaders Less Like Many Maybe Meanwhile More Moreover Most Much My Near Nearly Neither
        Nevertheless Nobody None Nor Not Nothing Now Of Off Officials Often On Once One Only Or
        Other Others Our Outside Over People Perhaps Police Rather Residents Several She Should
        Since So Some Somebody Someone Something Still Such Than That The Their Then There
        Therefore These They This Those Though Three Through Throughout Thus To Today Together
        Tomorrow Tonight Too Two Under Unlike Until Up Upon Was We Were What When Where Whether
        Which While Who Whose Why Will With Within Without Witnesses Would Yesterday Yet You
        Your""",
    "de": """Aber Alle Als Am An Auch Auf Aus Bei Bis Da Dabei Dafür Dagegen Damit Danach Dann Das
        Dass Davor Dazu Dem Den Denn Der Des Deshalb Die Dies Diese Dieser Dieses Doch Dort Ein
        Eine Einen Einer Er Erst Es Für Gegen Heute Hier Ihr Ihre Im In Jetzt Kein Keine Man Mit
        Nach Nicht Noch Nun Nur Ob Ohne Schon Sein Seine Seit Sie So Trotz Um Und Unter Viele Vom
        Von Vor Was Weil Wenn Wer Wie Wir Wo Zu Zum Zur Zwar""",
    "es": """Al Allí Antes Aunque Como Con Cuando De Del Desde Después El Ella Ellos En Entre Era
        Es Esa Ese Eso Esta Este Esto Fue Hasta Hay La Las Lo Los Más Mientras Muchos Nadie No
        Para Pero Por Porque Que Según Si Sin Sobre Su Sus También Tras Un Una Ya Y""",
    "fr": """Alors Après Au Aucun Aussi Avant Avec Ce Cela Ces Cet Cette Ceux Comme Dans De Depuis
        Des Du Elle Elles En Ensuite Et Il Ils Je La Le Les Leur Mais Malgré Même Ne Nous On Or Ou
        Où Par Pendant Personne Plus Plusieurs Pour Puis Quand Que Qui Sa Sans Selon Ses Si Son
        Sous Sur Tous Tout Un Une Vers Vous""",
    "it": """A Ai Al Alla Anche Con Così Da Dal Dalla Dei Del Della Di Dopo È E Ed Gli I Il In
        Intanto La Le Lo Ma Molti Nel Nella Nessuno Non Per Perché Poi Prima Quando Questa Questo
        Se Secondo Si Sono Su Tra Tutti Un Una Uno""",
    "nl": """Aan Al Als Bij Daarna Dan Dat De Deze Die Dit Door Een En Er Geen Het Hij Hun Ik In
        Maar Met Na Naar Niet Nu Of Om Onder Ook Op Over Sinds Te Tegen Toen Tot Uit Van Veel Voor
        Want Wat We Wie Ze Zij Zijn""",
    "pt": """A Ao Após As Até Com Como Da De Depois Do Dos E Ela Ele Eles Em Entre Era Esta Este
        Eu Foi Já Mais Mas Muitos Na Não Ninguém No Nos O Os Para Pela Pelo Por Quando Que Se
        Segundo Sem Seu Sob Sobre Sua Também Um Uma""",
    "ru": """А Без Был Была Были В Во Вот Все Для До Его Ее Если Ещё За Здесь И Из Их К Как Когда
        Кто Мы На Не Но О Об Он Она Они От По Под Позже После Потом При С Со Так Также Там Тогда У
        Это Этот Я""",
}


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """The abbreviations of one language, in lower case; `starters` are capitalised."""

    titles: frozenset[str]
    may_end: frozenset[str]
    numbered: frozenset[str]
    starters: frozenset[str]
    ordinal_stop: bool

    def holds(self, word: str, following: str) -> bool:
        """Whether the full stop between these two words belongs to the first of them."""
        key = word.lower()
        if key in self.titles:
            return True
        if key in self.numbered and following[0].isdecimal():
            return True
        if word.isdecimal():
            return self.ordinal_stop and len(word) <= 2
        is_initial = len(word) == 1 and word.isalpha()
        return (key in self.may_end or is_initial or _dotted(word)) and (
            following not in self.starters
        )


@cache
def abbreviations(language: str) -> Abbreviations:
    """The abbreviations of a language given by its tag; English ones where we have none."""
    code = language.partition("-")[0].lower()
    known = code if code in _TITLES else "en"
    return Abbreviations(
        titles=frozenset(_TITLES[known].split()),
        may_end=frozenset(_MAY_END[known].split()),
        numbered=frozenset(_NUMBERED[known].split()),
        starters=frozenset(_STARTERS[known].split()),
        ordinal_stop=code in _ORDINAL_STOP.split(),
    )


def _dotted(word: str) -> bool:
    """Whether the word is like "U.S", "p.m" or "Ph.D": short letter groups between stops."""
    groups = word.split(".")
    return len(groups) > 1 and all(0 < len(group) <= 2 and group.isalpha() for group in groups)
