"""Function words by language: articles, pronouns, prepositions, auxiliaries, question words.

They say what language a query is in, and almost nothing about what it looks for. The English and
the German list are those docs/ranking.md was measured with. Elided forms stand as they are left
when a text is cut into words: `l` and `homme`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_ENGLISH = """
a an and are as at be but by for from had has have he her his i if in into is it its of on or our
she so such than that the their then there these they this to was we were will with would you your
do does did not no can could should may might must been being about
who whom whose what which when where why how
"""
_GERMAN = """
der die das den dem des ein eine einen einem eines einer und oder aber in im an am auf aus bei mit
nach von vom zu zum zur für über unter durch um als wie ist sind war waren wird werden wurde wurden
hat haben hatte hatten kann können es er sie ich wir ihr sich nicht kein keine so auch dass daß ob
wenn da dann noch nur sein seine ihre ihren ihrem ihrer diese dieser dieses diesem diesen
wer wen wem wessen was welche welcher welches welchen welchem wann wo warum wieso weshalb wie woher
wohin worin womit
"""
_FRENCH = """
le la les l un une des du de d à a au aux et ou mais donc ni car en dans sur sous par pour avec sans
chez vers entre depuis je j tu il elle on nous vous ils elles me m te t se s lui leur leurs y mon ma
mes son sa ses notre nos votre vos ce c cet cette ces ça ne n pas plus que qu qui quoi dont où quand
comment pourquoi combien quel quelle quels quelles est sont était étaient été être ont avait avoir
si comme
"""
_SPANISH = """
el la los las lo un una unos unas de del a al y e o u pero ni que en con sin por para sobre entre
desde hasta hacia yo tú él ella nosotros ellos ellas me te se le les nos su sus mi mis este esta
estos estas ese esa eso esto es son era eran fue fueron ser está están ha han había haber hay no si
como más qué quién quiénes cuál cuáles cuándo dónde cómo cuánto cuántos cuántas
"""
_ITALIAN = """
il lo la i gli le l un uno una di d a da in con su per tra fra del dello della dei degli delle dell
al allo alla ai agli alle all dal dalla dai dalle dall nel nella nei nelle nell sul sulla sui sulle
sull e ed o ma che se non si io lui lei noi loro mi ti ci vi ne suo sua suoi sue questo questa
questi queste è sono era erano fu essere ha hanno aveva come chi cosa cui quale quali quando dove
perché quanto quanti
"""
_DUTCH = """
de het een en of maar want in op aan van voor met bij door over onder uit naar om tot tegen tussen
na te ik jij je hij zij ze wij we u hem haar hun zich mijn zijn ons onze dit dat deze die er is was
waren ben bent wordt worden werd werden heeft hebben had hadden kan kunnen zal zou zullen moet niet
geen ook als dan wie wat welke welk wanneer waar waarom hoe hoeveel
"""
_PORTUGUESE = """
o a os as um uma uns umas de do da dos das em no na nos nas ao à aos às por pelo pela pelos pelas
para com sem sob sobre entre até desde e ou mas nem que se eu tu ele ela nós eles elas me te lhe
lhes seu sua seus suas este esta estes estas esse essa isso isto é são era eram foi foram ser está
estão tem têm tinha ter há não mais como quem qual quais quando onde porque quanto quantos
"""
_SWEDISH = """
en ett den det de och eller men att i på av för till från med utan om vid under över mellan efter
genom hos jag du han hon vi ni dem sig mig oss sin sitt sina hans hennes deras denna detta dessa som
är var vara varit blir blev bli har hade ha kan kunde ska skulle måste inte ej också så än när vem
vad vilken vilket vilka var vart varför hur
"""
_DANISH = """
en et den det de og eller men at i på af for til fra med uden om ved under over mellem efter gennem
hos jeg du han hun vi dem sig mig os sin sit sine hans hendes deres denne dette disse som der er var
være været bliver blev blive har havde have kan kunne skal skulle må ikke også så end når hvem hvad
hvilken hvilket hvilke hvor hvorfor hvordan hvornår
"""
_NORWEGIAN = """
en ei et den det de og eller men at å i på av for til fra med uten om ved under over mellom etter
gjennom hos jeg du han hun vi dem seg meg oss sin si sitt sine hans hennes deres denne dette disse
som er var være vært blir ble bli har hadde ha kan kunne skal skulle må ikke også så enn når hvem
hva hvilken hvilket hvilke hvor hvorfor hvordan ein eg ikkje kva kven
"""
_RUSSIAN = """
и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по ее её мне было вот
от меня о из ему когда даже ну ли если уже или ни быть был него до вас нибудь они тут где есть для
мы тебя их чем была сам чтоб без будет кто этот эта это эти того том этой какой какая какие какое
при об под над между почему зачем сколько кого чего который которая которые
"""
_TURKISH = """
bir ve veya ya da de ile için ama fakat ki ne mi mı mu mü bu şu o ben sen biz siz onlar bunu onu
onun bunun gibi kadar göre sonra önce daha en çok her hiç değil var yok olan olarak oldu olduğu
ise kim kimin nerede nereye neden niçin nasıl hangi kaç
"""
_ENGLISH_BESIDES = """
all bent car come comment die door dove end fin hat ham man men met over par per plus pour sin sit
son till under van want war
"""


def _by_language(**lists: str) -> Mapping[str, frozenset[str]]:
    return MappingProxyType({name: frozenset(words.split()) for name, words in lists.items()})


FUNCTION_WORDS = _by_language(
    da=_DANISH,
    de=_GERMAN,
    en=_ENGLISH,
    es=_SPANISH,
    fr=_FRENCH,
    it=_ITALIAN,
    nl=_DUTCH,
    no=_NORWEGIAN,
    pt=_PORTUGUESE,
    ru=_RUSSIAN,
    sv=_SWEDISH,
    tr=_TURKISH,
)
"""By primary language subtag; in small letters, as `str.lower` makes them."""

HOMOGRAPHS = frozenset(_ENGLISH_BESIDES.split())
"""Function words that mean something else in English, and so do not tell what language it is."""
