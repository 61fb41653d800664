# How large things may be. Who is larger stands in allowances.txt, may shrink and never grow.
import re

COLUMNS, FUNCTION, PARAMETERS = 100, 70, 4
NOTE_COLUMNS = 120  # the formatter does not reflow comments, so they have some play
FILE = {".hpp": 150, ".cpp": 350, ".py": 350}
# Tests tell stories, and a story stays together; but not without end.
TEST_FILE = 450

WHAT = {
    "lines": "the file has {value} lines, the budget is {budget}: split it by subject",
    "function": "its longest function has {value} lines, the budget is {budget}",
    "parameters": "a function has {value} parameters, the budget is {budget}: then a struct",
    "wide": f"{{value}} lines are wider than {COLUMNS} columns (a comment: {NOTE_COLUMNS}), "
            "the budget is {budget}",
}


def _is_wide(line):
    note = line.lstrip().startswith(("//", "#"))
    return len(line) > (NOTE_COLUMNS if note else COLUMNS)


def _functions(source):
    """(signature, lines) of every function: by our format its brace stands alone on a line."""
    lines = source.code.splitlines()
    for begin, line in enumerate(lines):
        if line.strip() != "{":
            continue
        close = line.replace("{", "}")
        end = next((i for i in range(begin + 1, len(lines))
                    if lines[i].startswith(close) and lines[i].strip() in ("}", "};")), begin)
        first = begin
        while first > 0 and lines[first - 1].strip() and \
                not lines[first - 1].rstrip().endswith(("}", ";", ":", "{")):
            first -= 1
        yield " ".join(lines[first:begin]), end - begin + 1


def _parameters(signature):
    """How many parameters a signature has: commas at the first level of its parentheses."""
    signature = re.sub(r"->|<=>|<<|>>=|operator\s*[<>]=?|operator\(\)", " ", signature)
    depth, angle, count, seen = 0, 0, 0, False
    for char in signature:
        if char == "<":
            angle += 1
        elif char == ">":
            angle = max(0, angle - 1)
        elif angle:
            continue
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                return count + 1 if seen else 0
        elif depth == 1 and char == ",":
            count += 1
        elif depth >= 1 and not char.isspace():
            seen = True
    return 0


def measure(source):
    """(name, value, budget) of everything about a file that has a budget."""
    ending = source.path[source.path.rfind("."):]
    if ending not in FILE:
        return
    file_budget = TEST_FILE if source.is_test and ending == ".cpp" else FILE[ending]
    yield "lines", len(source.lines), file_budget
    yield "wide", sum(map(_is_wide, source.lines)), 0
    if source.is_cpp:
        functions = list(_functions(source))
        yield "function", max([lines for _, lines in functions], default=0), FUNCTION
        if not source.is_test:
            yield "parameters", max([_parameters(text) for text, _ in functions], default=0), \
                PARAMETERS


def read_allowances(text):
    """{(path, name): value} from lines of `path name value`."""
    rows = [line.split() for line in text.splitlines() if line.strip() and line[0] != "#"]
    return {(path, name): int(value) for path, name, value in rows}


def check(sources, allowances):
    """Problems, and the allowances as they would be if they shrank to what is there now."""
    problems, shrunk = [], {}
    for source in sources:
        for name, value, budget in measure(source):
            allowed = allowances.get((source.path, name), budget)
            if value > max(allowed, budget):
                problems.append(f"{source.path}: " + WHAT[name].format(value=value, budget=allowed))
            if (source.path, name) in allowances and value > budget:
                shrunk[source.path, name] = min(value, allowed)
    return problems, shrunk
