"""Prose for the drawn pages: this project's own."""

from __future__ import annotations

WALK = """The path left the village behind the last barn and climbed along a wall of loose stones,
on which lizards lay in the sun. Nobody had mended it for years; in several places the stones had
slid into the meadow, and goats had made a second path beside the first one. After half an hour we
came to a spring. Someone had put a wooden trough below it and carved a date into the rim, 1871,
with two letters that the moss had nearly covered. We drank, filled our bottles and sat down in the
shade of a walnut tree. From there one could see the whole valley: the river with its three
bridges, the railway, the long roof of the paper mill, and far off, where the hills grew blue, the
two towers of the monastery. My companion took out his map and tried to find out what the summit
opposite was called, but the map ended exactly at its foot. “That is always so,” he said, “the
place you look at is printed on the next sheet.” He folded it up, not without difficulty, for the
wind had risen, and we went on."""

WORKSHOP = """In the back room stood four looms, of which only the smallest was still in use. The
owner showed us how the warp is wound, how the threads are drawn through the eyes of the heddles,
and why an error in the first hour can be seen in every yard of the finished cloth. She had learned
the trade from an aunt and had never wished for another. Linen, she told us, wants damp air; wool
forgives nearly everything; silk is best left to those who have patience. A visitor from the museum
had offered a good price for the oldest loom, but she would not part with it as long as there was
room. On the shelf above the window lay the sample books, some of them more than a century old, each
pattern numbered and dated in a clear, upright hand."""

KUECHE = """Am nächsten Morgen lag dichter Nebel über den Feldern, und die Straße zum Bahnhof war
kaum zu erkennen. Trotzdem machten wir uns früh auf den Weg, denn der Zug nach Königsberg fuhr nur
einmal täglich. In der Küche des Gasthofs brannte schon Licht; die Wirtin packte uns Brot, Käse und
ein großes Stück Kuchen ein und wünschte uns gutes Wetter. Unterwegs begegneten wir niemandem außer
einem Müller, der seine Säcke auf einen viel zu kleinen Wagen geladen hatte. Er grüßte höflich und
fragte, ob wir zufällig Öl für seine Achsen hätten. Wir mussten es verneinen, halfen ihm aber, das
Rad über die Böschung zu schieben."""

PORT = """Le port était presque désert à cette heure. Deux pêcheurs réparaient leurs filets sur le
quai, sans se presser, et un chien dormait à l’ombre d’une barque renversée. Plus loin, près de la
douane, des caisses d’oranges attendaient le bateau du soir ; on avait écrit dessus, en lettres
rouges, le nom d’un marchand d’Orléans. J’achetai un journal et m’assis sous les platanes, où la
chaleur était supportable. Vers trois heures, la cloche de l’église sonna, et les volets s’ouvrirent
l’un après l’autre."""

HERBAL = """Of the common Sage. This plant is ſo well known that it needs not much deſcription. It
has ſquare ſtalks, and rough wrinkled leaves of a whitiſh green, ſomewhat long and broad; the
flowers ſtand in ſpikes at the tops of the ſtalks, and are of a blewiſh colour. It is planted in
moſt gardens, and laſts many years. The leaves are gathered before the flowers open, and are beſt
dried in the ſhade. A ſpoonful of the juice, taken faſting with honey, is ſaid to be good for thoſe
that are troubled with a cough; others uſe it againſt the ſtings of waſps."""


def words(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()
