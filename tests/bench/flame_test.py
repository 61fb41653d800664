#!/usr/bin/env python3
# Is what callgrind wrote read as it counted, and drawn as it was read? On texts that are small enough to check by hand.
import sys
import unittest
import xml.etree.ElementTree as tree

sys.dont_write_bytecode = True  # No __pycache__ in the source tree.

from call_graph import read  # noqa: E402
from flame_picture import MARGIN, WIDTH, picture  # noqa: E402
from frames import by_name, short_name, stacks  # noqa: E402

HEAD = "# callgrind format\nversion: 1\ncmd:  bench --count x\ndesc: Trigger: none\n" \
    "positions: line\nevents: Ir\nsummary: 100\n"


def dump(body, total, head=HEAD):
    return f"{head}\n\n{body}\ntotals: {total}\n"


# main calls left (30) and right (70), both call shared, which costs 10 from left and 40 from right.
TWO_CALLERS = dump("""ob=(1) /lib/bench
fl=(1) ???
fn=(1) main
0 5
cfn=(2) left
calls=1 0
0 30
cfn=(3) right
calls=1 0
0 65

fn=(2)
0 20
cfn=(4) shared
calls=2 0
0 10

fn=(3)
0 25
cfn=(4)
calls=8 0
0 40

fn=(4)
0 35
cob=(2) /lib/libc.so.6
cfi=(2) malloc.c
cfn=(5) malloc
calls=10 0
0 15

ob=(2)
fl=(2)
fn=(5)
0 15""", 100)


def names(graph):
    return {name for _, _, name in graph.own}


def own(graph, name):
    return sum(cost for function, cost in graph.own.items() if function[2] == name)


def at(top, *path):
    for name in path:
        top = top.inside[name]
    return top


class Reading(unittest.TestCase):
    def test_compressed_names_are_the_names_that_they_stand_for(self):
        graph = read(TWO_CALLERS)
        self.assertEqual(names(graph), {"main", "left", "right", "shared", "malloc"})
        self.assertIn(("", "/lib/libc.so.6", "malloc"), graph.own)

    def test_the_line_after_a_call_is_not_the_callers_own_cost(self):
        graph = read(TWO_CALLERS)
        self.assertEqual(own(graph, "main"), 5)
        self.assertEqual(graph.cost(("", "/lib/bench", "main")), 100)
        self.assertEqual(graph.cost(("", "/lib/bench", "right")), 65)

    def test_a_callee_without_an_object_is_in_its_callers(self):
        after = "fn=f\ncob=o2\ncfn=g\ncalls=1 0\n0 3\ncfn=h\ncalls=1 0\n0 4"
        graph = read(dump(f"ob=o1\n{after}\nfn=h\n0 4\nob=o2\nfn=g\n0 3", 7))
        self.assertEqual(set(graph.calls["", "o1", "f"]), {("", "o2", "g"), ("", "o1", "h")})

    def test_positions_may_be_relative_hexadecimal_or_two(self):
        self.assertEqual(own(read(dump("fn=f\n10 1\n+3 2\n-2 4\n* 8\n0x1f 16\n7", 31)), "f"), 31)
        two = HEAD.replace("positions: line", "positions: instr line")
        self.assertEqual(own(read(dump("fn=f\n0x10 5 1\n+3 * 2", 3, two)), "f"), 3)

    def test_only_the_first_event_counts(self):
        events = HEAD.replace("events: Ir", "events: Ir Dr Dw")
        self.assertEqual(own(read(dump("fn=f\n1 2 30 40\n2 5", 7, events)), "f"), 7)

    def test_threads_are_read_apart_from_one_text_or_several(self):
        one = "thread: 1\nob=o\nfn=(1) f\n0 4\ntotals: 4\n"
        two = "thread: 2\nob=o\nfn=(1) f\n0 6\ntotals: 6\n"
        apart = {("1", "o", "f"): 4, ("2", "o", "f"): 6}
        self.assertEqual(read(HEAD + one, HEAD + two).own, apart)
        self.assertEqual(read(HEAD + one + HEAD + two).own, apart)

    def test_what_does_not_add_up_or_is_not_understood_is_an_error(self):
        for text, what in ((dump("fn=f\n0 1", 2), "callgrind counted 2"),
                           (HEAD + "fn=f\n0 1\n", "the end is missing"),
                           (dump("fn=f\njump=1 2\n0 1", 1), "'jump=' is not understood"),
                           (dump("fn=f\nnothing\n0 1", 1), "'nothing' is not understood")):
            with self.assertRaisesRegex(ValueError, what):
                read(text)


class Stacks(unittest.TestCase):
    def test_a_function_that_two_call_is_shared_by_what_each_call_cost(self):
        top = stacks(read(TWO_CALLERS))
        self.assertEqual(top.total(), 100)
        self.assertEqual((top.own, set(top.inside)), (5, {"left", "right"}))  # main is plumbing
        self.assertAlmostEqual(at(top, "left", "shared").own, 7)
        self.assertAlmostEqual(at(top, "left", "shared", "malloc").total(), 3)
        self.assertAlmostEqual(at(top, "right", "shared", "malloc").total(), 12)
        inclusive, exclusive = by_name(top)
        self.assertAlmostEqual(inclusive["shared"], 50)
        self.assertAlmostEqual(exclusive["malloc"], 15)
        self.assertAlmostEqual(exclusive["shared"], 35)

    def test_what_callgrind_kept_apart_by_caller_stays_apart(self):
        body = "fn=a\ncfn=f'a\ncalls=1 0\n0 4\nfn=b\ncfn=f'b\ncalls=1 0\n0 6\n" \
            "fn=f'a\n0 1\ncfn=x\ncalls=1 0\n0 3\nfn=f'b\n0 6\nfn=x\n0 3"
        top = stacks(read(dump(body, 10)))
        self.assertEqual(at(top, "a", "f", "x").total(), 3)
        self.assertEqual(at(top, "b", "f").inside, {})

    def test_recursion_is_one_frame_and_loses_nothing(self):
        body = "fn=f\n0 10\ncfn=g\ncalls=1 0\n0 90\nfn=g\n0 20\ncfn=f'2\ncalls=1 0\n0 70\n" \
            "fn=f'2\n0 30\ncfn=f'2\ncalls=9 0\n0 60\ncfn=g'2\ncalls=1 0\n0 40\n" \
            "fn=g'2\n0 40\ncfn=f'2\ncalls=1 0\n0 11"
        top = stacks(read(dump(body, 100)))
        self.assertEqual(set(top.inside), {"f"})
        self.assertEqual(set(top.inside["f"].inside), {"g"})
        self.assertEqual(at(top, "f", "g").inside, {})
        self.assertAlmostEqual(top.total(), 100)
        self.assertAlmostEqual(top.inside["f"].own, 40)

    def test_a_call_of_itself_is_in_a_functions_cost_already(self):
        body = "fn=f\n0 10\ncfn=f\ncalls=5 0\n0 8\ncfn=g\ncalls=1 0\n0 2\nfn=g\n0 2"
        top = stacks(read(dump(body, 12)))
        self.assertEqual((top.total(), top.inside["f"].own), (12, 10))

    def test_what_stands_in_no_stack_is_an_error_rather_than_left_out(self):
        lost = "fn=root\n0 1\nfn=f\ncfn=g\ncalls=1 0\n0 9\nfn=g\n0 9\ncfn=f\ncalls=1 0\n0 9"
        with self.assertRaisesRegex(ValueError, "have 1 instructions, 10 were counted"):
            stacks(read(dump(lost, 10)))

    def test_threads_stand_beside_each_other_and_do_not_mix(self):
        text = "thread: {0}\nfn=root{0}\ncfn=f\ncalls=1 0\n0 {1}\nfn=f\n0 1\ncfn=x{0}\n" \
            "calls=1 0\n0 {2}\nfn=x{0}\n0 {2}\ntotals: {1}\n"
        top = stacks(read(HEAD + text.format(1, 5, 4), HEAD + text.format(2, 9, 8)))
        self.assertEqual(set(top.inside), {"root1", "root2"})
        self.assertEqual({name: x.total() for name, x in at(top, "root1", "f").inside.items()},
                         {"x1": 4})

    def test_a_frame_without_a_room_takes_its_callers(self):
        body = "ob=/lib/bench\nfn=gramsetu::store::put(int)\ncfn=std::sort<int>(int)\ncalls=1 0\n" \
            "0 7\nfn=std::sort<int>(int)\n0 5\ncob=/lib/libc.so.6\ncfn=memcpy@@GLIBC_2.14\n" \
            "calls=1 0\n0 2\nob=/lib/libc.so.6\nfn=memcpy@@GLIBC_2.14\n0 2"
        top = stacks(read(dump(body, 7)))
        self.assertEqual(at(top, "store::put", "std::sort").room, "store")
        self.assertEqual(at(top, "store::put", "std::sort", "memcpy").room, "libc, memory")


class Names(unittest.TestCase):
    def test_names_are_short(self):
        string = "std::__cxx11::basic_string<char, std::char_traits<char> >"
        tx = "gramsetu::Result<void> (gramsetu::store::Tx&)"
        for long, short in {
            f"gramsetu::schema::(anonymous namespace)::put({string}&) const": "schema::put",
            f"{string}::_M_assign({string} const&)": "std::string::_M_assign",
            "gramsetu::Result<int> gramsetu::store::read<int (*)(int)>(int)": "store::read",
            "gramsetu::schema::Object::~Object()'2": "schema::Object::~Object",
            "std::vector<int>::operator=(std::vector<int> const&) [clone .isra.0]":
                "std::vector::operator=",
            "bool operator<< <int>(int, int)": "operator<<",
            "operator new(unsigned long)": "operator new",
            "gramsetu::x::to_text[abi:cxx11](int (*)(int))": "x::to_text",
            "gramsetu::x::run(int)::{lambda(int)#1}::operator()(int) const": "x::run::{lambda}",
            f"std::_Function_handler<{tx}, gramsetu::engine::apply(gramsetu::engine::Run&)::"
            "{lambda(gramsetu::store::Tx&)#1}>::_M_invoke(std::_Any_data const&, int&&)":
                "engine::apply::{lambda}",
            "sqlite3_step'gramsetu::store::Query::next()": "sqlite3_step",
            "pthread_once@@GLIBC_2.34": "pthread_once",
        }.items():
            self.assertEqual(short_name(long), short)


class Drawing(unittest.TestCase):
    def boxes(self, text):
        root = tree.fromstring(picture(stacks(read(text)), "A & B", 10))
        space = "{http://www.w3.org/2000/svg}"
        return {group.find(f"{space}title").text: float(group.find(f"{space}rect").get("width"))
                for group in root.findall(f"{space}g")}

    def test_boxes_are_as_wide_as_what_they_cost_a_record(self):
        boxes = self.boxes(TWO_CALLERS)
        self.assertEqual(boxes["all: 10, 100.0 %"], WIDTH - 2 * MARGIN)
        self.assertAlmostEqual(boxes["right: 6, 65.0 %"], 0.65 * (WIDTH - 2 * MARGIN), 1)

    def test_what_is_narrow_is_not_drawn_and_names_are_escaped(self):
        boxes = self.boxes(dump("fn=operator<(int)\n0 9971\nfn=narrow\n0 29", 10000))
        self.assertEqual(set(boxes), {"all: 1,000, 100.0 %", "operator<: 997, 99.7 %"})


if __name__ == "__main__":
    unittest.main()
