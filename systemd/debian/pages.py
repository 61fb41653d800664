# Manual pages and documents of the package, made from what the repository has.
import os
import re
import subprocess


def _inline(text):
    """Markdown inside a line as roff."""
    text = text.replace("\\|", "|").replace("\\", "\\\\").replace("-", "\\-")
    text = re.sub(r"`([^`]*)`", r"\\fB\1\\fR", text)
    text = re.sub(r"\*\*([^*]*)\*\*", r"\\fB\1\\fR", text)
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    return "\\&" + text if text.startswith((".", "'")) else text


def _row(line):
    name, value, otherwise, meaning = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:5]]
    note = value + (f"; {otherwise}" if otherwise.startswith("**") else
                    f"; {otherwise} unless stated" if otherwise else "")
    return f".TP\n{_inline(name)}\n{_inline(meaning)} ({_inline(note)})\n"


def page_of_reference(markdown):
    """gramsetu.yaml(5), from config/reference.md."""
    out = ['.TH GRAMSETU.YAML 5 "" "GramSetu" "GramSetu"\n.SH NAME\n'
           "gramsetu.yaml \\- the operator's file of a GramSetu hub\n.SH SYNOPSIS\n"
           ".I /etc/gramsetu/gramsetu.yaml\n.br\n.I /etc/gramsetu/conf.d/*.yaml\n.SH DESCRIPTION\n"
           "What the hub is, which systems are around it, and which records are kept in step with\n"
           "them. \\fBgramsetu check\\fR says everything that is wrong with it, in one go;\n"
           "\\fBsystemctl reload gramsetu\\fR takes changes. A commented file with every option:\n"
           ".IR /usr/share/gramsetu/examples/gramsetu.yaml .\n"]
    # The first paragraph is for those who change the reference.
    body = markdown.split("\n- ", 1)
    for line in ("- " + body[1]).splitlines():
        if line.startswith("## "):
            title = _inline(line[3:])
            out.append(f".SH \"{title if '`' in line else title.upper()}\"\n")
        elif line.startswith("| option") or line.startswith("| ---"):
            continue
        elif line.startswith("| "):
            out.append(_row(line))
        elif line.startswith("- "):
            out.append(".IP \\(bu 2\n" + _inline(line[2:]) + "\n")
        elif line.strip():
            out.append(_inline(line.strip()) + "\n")
    return "".join(out) + ".SH \"SEE ALSO\"\n.BR gramsetu (1)\n"


def page_of_help(program):
    """The manual page of a small program, from what it says of itself."""
    told = subprocess.run([program, "--help"], check=True, capture_output=True, text=True,
                          env={**os.environ, "COLUMNS": "78"}).stdout
    usage, _, rest = told.partition("\n\n")
    about, _, options = rest.partition("\n\n")
    name = os.path.basename(program)
    plain = lambda text: "\n".join("\\&" + line.replace("\\", "\\\\").replace("-", "\\-")
                                   for line in text.splitlines())
    first = " ".join(about.split()).split(", ")[0].rstrip(".")
    return (f'.TH {name.upper()} 1 "" "GramSetu" "GramSetu"\n.SH NAME\n{_inline(name)} \\- '
            f"{_inline(first[:1].lower() + first[1:])}\n.SH SYNOPSIS\n.nf\n"
            f"{plain(usage.removeprefix('usage: '))}\n.fi\n.SH DESCRIPTION\n"
            f"{_inline(' '.join(about.split()))}\n.PP\n.nf\n{plain(options)}\n.fi\n"
            ".SH \"SEE ALSO\"\n.BR gramsetu (1),\n.I /usr/share/doc/gramsetu/certificate.md\n")


def with_links_inside(markdown, shipped):
    """Links to pages of the package stay, in one folder; links to others become plain words."""
    names = {os.path.basename(path) for path in shipped}

    def link(found):
        words, target = found[1], found[2]
        if re.match(r"https?:|#|mailto:", target):
            return found[0]
        path, mark, part = target.partition("#")
        base = os.path.basename(path)
        return f"[{words}]({base}{mark}{part})" if base in names else words

    return re.sub(r"\[([^]]*)\]\(([^)\s]+)\)", link, markdown)
