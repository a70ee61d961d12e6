"""Read an env file as ``set -a; . file`` of bash 5.2 does, without ever running anything.

Assignments, ``export``, quoting, parameters with ``:-`` ``-`` ``:+`` ``+``, tildes, comments,
continued lines and the separators ``;`` ``&`` ``&&`` ``||`` mean what they mean in bash. Whatever
would run a program, open a file or depend on the shell's own state is a problem, and its value is
left out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from revoctl.secrets.dotenv.bash_words import (
    BLANKS,
    Part,
    Scanner,
    Syntax,
    Unknown,
    evaluate,
)
from revoctl.secrets.dotenv.reading import Entry, Problem, Reading

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*+)(\+?=|\[)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*+\Z")
_RESERVED = frozenset(
    {"if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for"}
    | {"in", "function", "time", "{", "}", "!", "[[", "]]", "coproc", "select", "exit", "return"}
    | {"exec", "break", "continue"}
)
"""Words after which nobody can say what the rest of the file does without running it."""
OWN = frozenset(
    {"UID", "EUID", "PPID", "BASHOPTS", "SHELLOPTS", "BASH_VERSINFO", "BASHPID", "BASH_ARGV0"}
    | {"BASH_COMMAND", "BASH_SUBSHELL", "COMP_WORDBREAKS", "DIRSTACK", "EPOCHREALTIME", "_"}
    | {"EPOCHSECONDS", "FUNCNAME", "GROUPS", "HISTCMD", "LINENO", "RANDOM", "SECONDS", "SRANDOM"}
)
"""Variables that the shell keeps for itself: an assignment fails or does not stay."""


class _Word(NamedTuple):
    start: int
    end: int
    parts: list[Part]


class _Command(NamedTuple):
    joined: str
    words: list[_Word]
    fault: str


def read(text: str, environment: Mapping[str, str] | None = None) -> Reading:
    """All entries whose value is certain. Never raises; linear in the text but for expansions,
    which are bounded."""
    known = dict(os.environ if environment is None else environment)
    reader = _Reader(text, known)
    reader.run()
    return Reading(reader.entries, reader.problems)


class _Reader:
    def __init__(self, text: str, known: dict[str, str]) -> None:
        self.text = text
        self.known = known
        self.scanner = Scanner(text)
        self.entries: list[Entry] = []
        self.problems: list[Problem] = []

    def run(self) -> None:
        """Line after line, as bash parses and then runs them."""
        if "\0" in self.text:
            self._problem(self.text.index("\0"), "it holds a NUL, which bash drops")
        while self.scanner.position < len(self.text):
            start = self.scanner.position
            try:
                lists = self._line()
            except Syntax as fault:
                self._problem(start, f"bash cannot parse it: {fault}", fatal=True)
                return
            for commands, background in lists:
                if not self._run_list(commands, background):
                    return

    def _line(self) -> list[tuple[list[_Command], bool]]:
        """The and-or lists of one line, each with whether it runs in the background."""
        lists: list[tuple[list[_Command], bool]] = []
        commands: list[_Command] = []
        joined = ""
        while True:
            command = self._command(joined)
            operator = self._operator()
            if not command.words and not command.fault:
                if joined:
                    if operator == "\n" and self.scanner.position < len(self.text):
                        continue
                    raise Syntax("an operator has nothing after it")
                if operator in ("\n", ""):
                    return lists
                raise Syntax("an operator has nothing before it")
            commands.append(command)
            joined = operator if operator in ("&&", "||", "|") else ""
            if not joined:
                lists.append((commands, operator == "&"))
                commands = []
                if operator in ("\n", ""):
                    return lists

    def _operator(self) -> str:
        at = self.scanner.position
        for operator in ("&&", "||", ";", "&", "|", "\n"):
            if self.text.startswith(operator, at):
                self.scanner.position += len(operator)
                return operator
        if at < len(self.text):
            raise Syntax("a bracket or redirection stands where a word should")
        return ""

    def _command(self, joined: str) -> _Command:
        words: list[_Word] = []
        fault = ""
        while True:
            self._skip_blanks()
            at = self.scanner.position
            char = self.text[at : at + 1]
            if char and char in "<>":
                fault = self._redirection()
                continue
            if not char or char in "\n|&;()":
                return _Command(joined, words, fault)
            words.append(self._word())

    def _redirection(self) -> str:
        if self.text.startswith("<<", self.scanner.position):
            raise Syntax("a here-document")
        while self.text[self.scanner.position : self.scanner.position + 1] in ("<", ">", "&", "|"):
            self.scanner.position += 1
        return "it would open a file"

    def _skip_blanks(self) -> None:
        text, at = self.text, self.scanner.position
        while at < len(text):
            if text[at] in BLANKS:
                at += 1
            elif text.startswith("\\\n", at):
                at += 2
            elif text[at] == "#":
                end = text.find("\n", at)
                at = len(text) if end < 0 else end
            else:
                break
        self.scanner.position = at

    def _word(self) -> _Word:
        start = self.scanner.position
        parts = self.scanner.word()
        if self.text[self.scanner.position : self.scanner.position + 1] == "(":
            if not re.fullmatch(r"\w+\+?=", self.text[start : self.scanner.position], re.ASCII):
                raise Syntax("a bracket inside a word")
            self.scanner.skip_balanced()
            parts = [Part("array", "")]
        return _Word(start, self.scanner.position, parts)

    def _run_list(self, commands: list[_Command], background: bool) -> bool:
        """Run an and-or list; False if nothing after it can be told."""
        first = commands[0].words[0].start if commands[0].words else 0
        if any(self._stops(command) for command in commands):
            self._problem(first, "it is a command of the shell that changes what follows", True)
            return False
        if background or any(command.joined == "|" for command in commands):
            self._problem(first, "it runs in a shell of its own, where values are lost")
            return True
        for command in commands:
            if command.joined == "||":
                continue
            if not self._run(command):
                return True
        return True

    @staticmethod
    def _stops(command: _Command) -> bool:
        words = command.words
        return bool(words) and _static(words[0]) in _RESERVED

    def _run(self, command: _Command) -> bool:
        """Do one command's assignments; False if its success cannot be told."""
        words = command.words
        at = words[0].start if words else 0
        if command.fault:
            self._problem(at, command.fault)
            return False
        heads = [_ASSIGNMENT.match(self.text, word.start) for word in words]
        if all(heads):
            done = [self._assign(word) for word in words]
            return all(done)
        if _static(words[0]) != "export":
            self._problem(at, "it is a command, which is not run")
            return False
        done = [self._export(word) for word in words[1:]]
        return all(done)

    def _export(self, word: _Word) -> bool:
        if _ASSIGNMENT.match(self.text, word.start):
            return self._assign(word)
        if _NAME.match(_static(word, quoted=True) or "-"):
            return True
        name, equals, value = (_static(word, quoted=True) or "").partition("=")
        if equals and _NAME.match(name) and name not in OWN:
            self.known[name] = value
            self.entries.append(
                Entry(name, value, word.start, word.end, word.start, word.end, True)
            )
            return True
        self._problem(word.start, "it is not a name that can be exported")
        return False

    def _assign(self, word: _Word) -> bool:
        head = _ASSIGNMENT.match(self.text, word.start)
        name, operator = (head[1], head[2]) if head else ("", "")
        if operator == "[" or word.parts[0].kind == "array":
            self._lose(word, name, "an array is not exported")
            return True
        if name in OWN:
            self._lose(word, name, "the shell keeps this name for itself")
            return False
        try:
            value = evaluate(_after(word.parts, len(name) + len(operator)), self.known, True)
        except Unknown as reason:
            self._lose(word, name, str(reason))
            return True
        value = value.replace("\0", "")
        value = self.known.get(name, "") + value if operator == "+=" else value
        self.known[name] = value
        low = word.start + len(name) + len(operator)
        expands = operator == "+=" or any(_expands(part) for part in word.parts)
        expands = expands or value not in (_static(word, True) or "=").partition("=")[2:]
        self.entries.append(Entry(name, value, word.start, word.end, low, word.end, expands))
        return True

    def _lose(self, word: _Word, name: str, why: str) -> None:
        self._problem(word.start, why)
        self.known.pop(name, None)
        self.entries[:] = [entry for entry in self.entries if entry.name != name]

    def _problem(self, offset: int, what: str, fatal: bool = False) -> None:
        self.problems.append(Problem(offset, what, fatal))


def _expands(part: Part) -> bool:
    return part.kind != "lit"


def _static(word: _Word, quoted: bool = False) -> str | None:
    """The word's text if it holds nothing but literals (unquoted ones, unless asked otherwise)."""
    if any(part.kind != "lit" or (part.quoted and not quoted) for part in word.parts):
        return None
    return "".join(part.text for part in word.parts)


def _after(parts: list[Part], count: int) -> list[Part]:
    """The parts without the first ``count`` characters, which are plain."""
    rest = list(parts)
    while count and rest:
        text = rest[0].text
        rest[0] = rest[0]._replace(text=text[count:])
        count = max(0, count - len(text))
        if not rest[0].text and not rest[0].quoted:
            rest.pop(0)
    return rest
