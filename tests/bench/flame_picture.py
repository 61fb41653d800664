# A tree of frames as a picture: one SVG without scripts or fonts of its own. Who calls stands above whom it calls.
import re
from collections import Counter
from html import escape

from frames import OTHER, ROOMS

LEAST_SHARE = 0.003  # of the whole: what is narrower is not drawn
WIDTH, ROW, MARGIN, HEAD = 1400, 17, 10, 66
LETTER = 6.1  # pixels that one of a label takes
COLOURS = {**{room: (f"r{at}", colour) for at, (room, colour, _) in enumerate(ROOMS)},
           OTHER: ("o", "#e6e0d8")}
_NAMESPACE = re.compile(r"(engine|runtime|store|schema|connectors|rapidjson)::")


class _Picture:
    def __init__(self, top, records):
        self.whole, self.records = top.total(), records
        self.boxes, self.depth = [], 0

    def label(self, frame, pixels, amount):
        """As much of name and number as there is room for; the colour says the namespace."""
        name, room = _NAMESPACE.sub("", frame.name), int((pixels - 4) / LETTER)
        last = name.removesuffix("::{lambda}").split("::")[-1]
        for text in (f"{name} {amount}", name, f"{last} {amount}", last):
            if len(text) <= room:
                return text
        return last[:room - 1] + "…" if room > 3 else ""

    def draw(self, frame, left, depth):
        cost = frame.total()
        share = cost / self.whole
        pixels = share * (WIDTH - 2 * MARGIN)
        amount = f"{cost / self.records:,.0f}"
        x, y = MARGIN + left, HEAD + depth * ROW
        self.depth = max(self.depth, depth + 1)
        label = self.label(frame, pixels, amount)
        text = f'<text x="{x + 2:.1f}" y="{y + 12}">{escape(label)}</text>' if label else ""
        self.boxes.append(
            f'<g><title>{escape(frame.name)}: {amount}, {100 * share:.1f} %</title>'
            f'<rect class="{COLOURS[frame.room][0]}" x="{x:.1f}" y="{y}" width="{pixels:.1f}"'
            f' height="{ROW}"/>{text}</g>')
        for inner in sorted(frame.inside.values(), key=lambda one: (-one.total(), one.name)):
            if inner.total() >= LEAST_SHARE * self.whole:
                self.draw(inner, left, depth + 1)
                left += inner.total() / self.whole * (WIDTH - 2 * MARGIN)


def _legend(top):
    """The rooms, with the share that is spent in each."""
    spent, x = Counter(), MARGIN
    for frame in top.everything():
        spent[frame.room] += frame.own
    for room, (name, _) in COLOURS.items():
        text = f"{room} {100 * spent[room] / top.total():.1f} %"
        if not text.endswith(" 0.0 %"):
            yield (f'<rect class="{name}" x="{x}" y="43" width="14" height="14"/>'
                   f'<text x="{x + 18}" y="54">{text}</text>')
            x += 34 + round(len(text) * LETTER)


def picture(top, title, records):
    """The SVG of a tree; its numbers are instructions a record."""
    drawn = _Picture(top, records)
    drawn.draw(top, 0, 0)
    height = HEAD + drawn.depth * ROW + MARGIN
    colours = "".join(f".{name}{{fill:{colour}}}" for name, colour in COLOURS.values())
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}">',
        "<style>text{font:10px monospace;fill:#1b1b1b}rect{stroke:#fff;stroke-width:.7}"
        f".t{{font-size:15px}}{colours}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text class="t" x="{MARGIN}" y="20">{escape(title)}:'
        f' {top.total() / records:,.0f} instructions a record</text>',
        f'<text x="{MARGIN}" y="36">Each box is a function and as wide as what it costs with all'
        f" that it calls, which stands below it; under {100 * LEAST_SHARE:.1f} % nothing is drawn."
        "</text>",
        *_legend(top), *drawn.boxes, "</svg>", ""])
