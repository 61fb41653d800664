# Reads what callgrind wrote: who cost how much, and who called whom for how much.
#
# The format: https://valgrind.org/docs/manual/cl-format.html. A function is (thread, object, name), as callgrind
# names it; with --separate-callers that is "function'caller'caller". Of the events only the first counts, instructions.
import re
from collections import Counter, defaultdict

_NAME = re.compile(r"\((\d+)\)(?: (.*))?$")  # "(12) name" once, then "(12)"
_WORD = re.compile(r"(\w+)(=|:)")
_COST = re.compile(r"(?:0x[0-9a-f]+|[+-]?\d+|\*)( |$)")
_FILES = ("fl", "fi", "fe", "cfi", "cfl")  # a release build has none of ours


class Graph:
    """own: instructions of each function itself. calls: those of each of its calls, by callee."""

    def __init__(self):
        self.own = Counter()
        self.calls = defaultdict(Counter)

    def cost(self, function):
        """Of the function with all that it calls; a call of itself is in there already."""
        return self.own[function] + sum(cost for callee, cost in self.calls[function].items()
                                        if callee != function)

    def roots(self):
        called = {callee for caller, callees in self.calls.items() for callee in callees
                  if callee != caller}
        return sorted(({*self.own, *self.calls}) - called)


class _Reader:
    """Line by line; what is not understood is an error rather than a wrong number."""

    def __init__(self, graph):
        self.graph = graph
        self.names = defaultdict(dict)
        self.thread, self.columns = "", 1
        self.at = self.object = self.callee = self.callee_object = None
        self.is_call, self.checked = False, graph.own.total()

    def name(self, kind, text):
        numbered = _NAME.match(text)
        if not numbered:
            return text
        number, name = numbered.groups()
        if name is not None:
            self.names[kind][number] = name
        return self.names[kind][number]

    def header(self, key, value):
        if key == "thread":
            self.thread = value
        elif key == "positions":
            self.columns = len(value.split())
        elif key == "totals":
            found = self.graph.own.total() - self.checked
            if found != int(value.split()[0]):
                raise ValueError(f"{found} instructions were read, callgrind counted {value}")
            self.checked += found

    def assign(self, key, value):
        if key == "ob":
            self.object = self.callee_object = self.name("ob", value)
        elif key == "fn":
            self.at = (self.thread, self.object, self.name("fn", value))
        elif key == "cob":
            self.callee_object = self.name("ob", value)
        elif key == "cfn":
            self.callee = (self.thread, self.callee_object, self.name("fn", value))
        elif key == "calls":
            self.is_call = True  # the next line has its cost
        elif key not in _FILES:
            raise ValueError(f"'{key}=' is not understood")

    def cost(self, line):
        words = line.split()[self.columns:]
        count = int(words[0]) if words else 0
        if self.is_call:
            self.graph.calls[self.at][self.callee] += count
            self.is_call, self.callee_object = False, self.object
        else:
            self.graph.own[self.at] += count

    def read(self, text):
        for line in filter(None, text.splitlines()):
            word = _WORD.match(line)
            if word and word[2] == "=":
                self.assign(word[1], line[word.end():])
            elif word:
                self.header(word[1], line[word.end():].strip())
            elif _COST.match(line):
                self.cost(line)
            elif not line.startswith("#"):
                raise ValueError(f"'{line}' is not understood")
        if self.checked != self.graph.own.total():
            raise ValueError("the end is missing")


def read(*texts):
    """The graph of one dump, or of the dumps of several threads together."""
    graph = Graph()
    for text in texts:
        _Reader(graph).read(text)
    return graph
