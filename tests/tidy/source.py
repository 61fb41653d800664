# One file of the project as the rules see it: path, text, and code without comments and strings.
import re

# Comments, raw strings, strings and characters; a digit separator (1'000) is no character.
_NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'
    r"(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL)
_INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)


class Source:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.splitlines()
        self._code = None

    @property
    def is_cpp(self):
        return self.path.endswith((".cpp", ".hpp"))

    @property
    def is_test(self):
        return self.path.startswith("tests/")

    @property
    def code(self):
        """The text with comments and string contents blanked, line by line as it was."""
        if self._code is None:
            blank = lambda found: '""' + "\n" * found.group().count("\n")
            self._code = _NOT_CODE.sub(blank, self.text)
        return self._code

    def includes(self):
        """(line, is ours, path) of every include, from the text: code has no strings."""
        for found in _INCLUDE.finditer(self.text):
            yield self.text.count("\n", 0, found.start()) + 1, found[1] == '"', found[2]

    def matches(self, pattern, code=True):
        """(line, what was found) of every match in the code, or in the whole text."""
        text = self.code if code else self.text
        for found in re.finditer(pattern, text, re.MULTILINE):
            yield text.count("\n", 0, found.start()) + 1, found.group()
