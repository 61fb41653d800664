# Functions as a person reads them: short names, rooms, and stacks in place of calls.
import os
import re
from collections import Counter

# A call that costs less of the whole is not followed further.
LEAST_FOLLOWED = 0.00002

# They hand on to what the picture is about: the bench itself, std::function, futures, functions without a name.
_PLUMBING = re.compile(
    r"$|0x[0-9a-f]+$|\(below main\)|main$|_start$|__libc_start|bench_counted$"
    r"|bench::(?!PagesInHand)|clone3?$|start_thread$|__once_proxy|_*pthread_once|_dl_runtime"
    r"|std::(_Function|_Deferred|_Async|_State_base|_Task_setter|once_flag|call_once|thread)")

# (room, colour, which functions are in it, as name@library): the first that fits. Others take their caller's.
ROOMS = [
    ("engine", "#f4b183", r"(engine|runtime)::"),
    ("store", "#9fd0ea", r"store::"),
    ("SQLite", "#6aaedb", r".*@libsqlite3"),
    ("schema, JSON", "#a9d78f", r"(schema|rapidjson)::|.*@libicu"),
    ("connectors", "#f2dc74", r"(connectors|bench)::"),
    ("hashing", "#d9aee8", r"(sha256|hmac_\w+|\w*quick_hash)@|.*@lib(crypto|xxhash)"),
    ("libc, memory", "#c9c9c9", r"operator (new|delete)|.*@(libc\.|libm\.|ld-linux)"),
]
_ROOMS = [(room, re.compile(pattern)) for room, _, pattern in ROOMS]
OTHER = "other"

_HIDDEN = str.maketrans("<>()", "\1\2\3\4")
_SHOWN = str.maketrans("\1\2\3\4", "<>()")


def _split(text):
    """At the commas that are in no bracket: the arguments of a template."""
    parts, depth = [""], 0
    for char in text:
        depth += (char in "<({") - (char in ">)}")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]


def _without(text, brackets):
    """What is outside of the brackets."""
    kept, depth = [], 0
    for char in text:
        depth += char == brackets[0]
        if depth == 0:
            kept.append(char)
        depth -= char == brackets[1]
    return "".join(kept)


def short_name(name):
    """Without templates, parameters, result and gramsetu::; what a std::function calls for that."""
    name = name.split("'")[0]  # callgrind's contexts: function'caller
    name = re.sub(r"\[(clone|abi:)[^]]*\]|\(anonymous namespace\)::|@+GLIBC.*", "", name).strip()
    name = re.sub(r"operator(<=>|<<|>>|<=|>=|->|<|>|\(\))",
                  lambda found: found[0].translate(_HIDDEN), name)
    handed = re.match(r"std::_Function_handler<(.*)>::_M_invoke\(", name)
    if handed:
        name = _split(handed[1])[-1]
    if name == "(below main)":
        return name
    name = _without(_without(name, "<>"), "()").translate(_SHOWN)
    name = re.sub(r" const\b|&+$", "", name).strip()
    name = re.search(r"(\S*operator (new|delete|\S+)(\[\])?|\S*)$", name)[0]
    name = re.sub(r"\{lambda(#\d+)?\}(::operator\(\))?", "{lambda}", name)
    name = name.replace("gramsetu::", "").replace("std::__cxx11::basic_string", "std::string")
    return re.sub(r"\b__\w+::", "", name)


def room_of(name, library):
    return next((room for room, pattern in _ROOMS if pattern.match(f"{name}@{library}")), None)


class Frame:
    """A function in one stack: what it cost itself, and what it called there."""

    def __init__(self, name, room):
        self.name, self.room, self.own, self.inside = name, room, 0, {}

    def total(self):
        return self.own + sum(frame.total() for frame in self.inside.values())

    def everything(self):
        yield self
        for frame in self.inside.values():
            yield from frame.everything()


class _Stacks:
    def __init__(self, graph):
        self.graph, self.known = graph, {}
        self.least = graph.own.total() * LEAST_FOLLOWED

    def described(self, function):
        if function not in self.known:
            name = short_name(function[2])
            name = "" if _PLUMBING.match(name) else name
            self.known[function] = name, room_of(name, os.path.basename(function[1] or ""))
        return self.known[function]

    def stand(self, function, stack):
        """The stack with the function on it; one that is on it already is called again there."""
        name, room = self.described(function)
        if not name:
            return stack
        for depth, frame in enumerate(stack):
            if frame.name == name:
                return stack[:depth + 1]
        on = stack[-1].inside
        return [*stack, on.setdefault(name, Frame(name, room or stack[-1].room))]

    def grow(self, function, amount, stack, under=frozenset()):
        """Shares an amount among the function and what it calls, as they cost in all."""
        stack, under = self.stand(function, stack), under | {function}
        calls = {callee: cost for callee, cost in self.graph.calls[function].items()
                 if callee not in under}
        whole = self.graph.own[function] + sum(calls.values())
        if amount < self.least or not whole or not calls:
            stack[-1].own += amount
            return
        stack[-1].own += self.graph.own[function] * amount / whole
        for callee, cost in calls.items():
            self.grow(callee, cost * amount / whole, stack, under)


def stacks(graph):
    """The tree of all stacks. In each of its stacks a function does what it does on average."""
    top, tree = Frame("all", OTHER), _Stacks(graph)
    for root in graph.roots():
        tree.grow(root, graph.cost(root), [top])
    found, counted = top.total(), graph.own.total()
    if abs(found - counted) > counted / 100:
        raise ValueError(f"the stacks have {found:.0f} instructions, {counted} were counted")
    return top


def by_name(top):
    """(inclusive, exclusive) instructions of every function, wherever it is called."""
    inclusive, exclusive = Counter(), Counter()
    for frame in top.everything():
        inclusive[frame.name] += frame.total()
        exclusive[frame.name] += frame.own
    return inclusive, exclusive
