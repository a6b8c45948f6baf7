"""Reads text over its lines for orders to an AI reader: who is addressed, what is to be done, and to what.

What must stay true: honest guidance is no attack, and neither are words that report, list or refuse such orders; a
finding stands on a line that came, at the words that give the order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import C, H, News, line_parts

_LINES: Final = 4
"""Lines of text that are read as one passage."""
_LONGEST: Final = 700

TO_AI: Final = (
    r"(?:AI|A\.I\.|LLMs?|(?:large )?language models?|(?:AI |coding |code |automated |autonomous |review )?(?:assistants?|agents?)"
    r"|(?:copilot|claude|chatgpt|gemini|codex|GPT)(?![- ]?(?:\d|code\b|opus|sonnet|haiku|pro\b|flash))|coderabbit|(?:AI|automated) (?:code )?(?:models?|reviewers?|bots?|systems?|tools?|readers?|scanners?|review\w* (?:tools?|systems?|bots?))"
    r"|AI(?:[- ](?:based|powered|driven))? (?:code )?review\w*|coding tools?|summari[sz]ers?|(?:code )?review(?:er)? bots?)"
)
_ADDRESS: Final = re.compile(
    r"(?:\b(?:notes?|message|memo|instructions?|important|attention|hint|hey|dear|hello|hi|reminder|directive|notice"
    rf"|for|to|if you are|when you are|any|all|you are|as)\b[^.\n]{{0,60}}?\b{TO_AI}\b|(?:^|[^\w\s.,])\s?{TO_AI}\s?[:,])",
    re.IGNORECASE)
_FINDINGS: Final = (
    r"(?:findings?|issues?|warnings?|problems?|vulnerabilit\w+|bugs?|changes?|concerns?|suggestions?|errors?|weakness\w*"
    r"|this (?:file|change|code|function|module|commit|diff|PR|pull request|section)|it\b|anything|these|the use of)"
)
_NOT: Final = r"(?:do not|don't|never|must not|mustn't|should not|no need to|avoid|refrain from|stop)"
# What nobody asks of an honest reader.
_STRONG: Final = re.compile(
    r"\b(?:approve (?:this|the|it|all|any|every|immediately|without)|merge (?:this|the|it)\b|lgtm"
    rf"|{_NOT} (?:mention|report|flag|tell|disclos|reveal|warn|review)\w*"
    rf"|{_NOT} (?:\w+ ){{0,2}}?(?:comment|suggest|analy[sz]|scan|inspect|rais|list|check|question|show|highlight|complain|look|read)\w*"
    rf" (?:\w+ ){{0,3}}?{_FINDINGS}"
    r"|without (?:asking|telling|mentioning|review)|keep (?:this|it) (?:confidential|secret|hidden|quiet)|secretly"
    r"|exfiltrat\w+|(?:skip|omit) (?:the |any |all )?(?:review|security|analysis|scan|this (?:file|change|code))"
    r"|no (?:further |known )?(?:issues|vulnerabilit\w+|problems|findings|review)\b"
    r"|(?:pre-?|already (?:been )?|fully |has been |have been |was )(?:reviewed|audited|approved|vetted|cleared|verified by)"
    r"|safe to (?:merge|ignore|approve|skip)|(?:mark|label|classify|treat|consider|report) .{0,40}\bas (?:safe|approved|reviewed|resolved|clean|benign)"
    r"|(?:send|upload|post|print|include|paste|output|copy|forward|leak) (?:the |your |all |any |its |user's )*(?:contents? of )?(?:the )?(?:\W?\.env\b"
    r"|env(?:ironment)?\b|secrets?|credentials?|tokens?|api keys?|ssh|~/|system prompt)|disregard|rate (?:this|it)"
    r"|(?:ignore|forget|override) (?:all |any |your |the |every )*(?:previous|prior|above|earlier|other|system|safety|instructions?|rules|prompts?|guidelines)"
    r"|give (?:this|it) (?:a )?(?:high|top|full|positive))",
    re.IGNORECASE)
# What is an order only where people do not see it.
_WEAK: Final = re.compile(
    r"\b(?:silently|curl |wget |(?:run|call|invoke|use) (?:the |this )?(?:tool|script|command|following|function|`)|execute"
    r"|skip (?:the )?(?:tests?|checks?|validation)|respond (?:only )?with|say that|disable|ignore|send |upload|POST )",
    re.IGNORECASE)
_OVERRIDE: Final = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass|drop|discard|set aside|stop following|do not follow|don't follow)\b"
    r".{0,30}?\b(?:all|any|every|your|the|previous|prior|above|earlier|preceding|other|safety|system|these|those)\b"
    r".{0,30}?\b(?:instructions?|rules|prompts?|guidelines|directives|guardrails|polic(?:y|ies)|constraints)\b"
    r"|\b(?:ignore|disregard|forget)\b.{0,20}\b(?:previous|prior|above|earlier|preceding"
    r"|system)\b.{0,20}\b(?:messages|context|text|input)\b",
    re.IGNORECASE)
# Before the words of an order: that somebody else gives it, or that it is not to be followed.
_REPORTED: Final = re.compile(
    r"\b(?:(?:tell|ask|say|instruct|claim|attempt|tr(?:y|ie)|want|order|command|request|urge|try|caus|get|make|trick|convinc|persuad)\w*"
    r"(?:\s+(?:you|it|them|us|the \w+|an? \w+|models?|agents?|\w+))?(?:\s+(?:to|into|that))?"
    r"|never|not|n't|cannot|refuse to|how to|attempts? to|unless|detect\w*|block\w*|reject\w*|like|such as|e\.g\.|phrases?|patterns?"
    r"|may|might|could|would|will|can|lint\w*|eslint|tsc|compiler|git|to)\s*[\"'`\u201c\u2018:,]*\s*$",
    re.IGNORECASE)
# After them: what is to be done about it.
_REFUSED: Final = re.compile(
    r"^[^.\n]{0,40}?[\"'`\u201d\u2019,;.]?\s*(?:\W{0,3}\b(?:do not|don't|never|must not|refuse|reject|decline|is (?:an? )?(?:attack|injection|malicious)"
    r"|are (?:attacks|malicious|untrusted)|as data|treat (?:it|that|them)|should be (?:refused|rejected|ignored|flagged))\b)", re.IGNORECASE)
_CHECKERS: Final = re.compile(r"\b(?:lint\w*|eslint|tsc|typescript|compiler|css|gitignore|formatter|prettier|ruff|stylelint|sonar)\b", re.IGNORECASE)
# Words that only what a reader was told is called by; rules and policies are also what programs have.
_TOLD: Final = re.compile(
    r"\b(?:your|previous|prior|above|earlier|preceding|safety|system|these|those)\b|\b(?:instructions?|directives|guardrails|guidelines)\b", re.IGNORECASE)
_IMPERATIVE: Final = re.compile(
    r"(?:^|[.!?:;\"'>)\]]|\b(?:please|and|now|then|you (?:must|should|may|can|are to)|always|must|should|assistant|agents?|models?|AI|reviewers?)\b,?)\s*$", re.IGNORECASE)
_VOICE: Final = re.compile(
    r"<\|im_start\|>|<\|system\|>|\[/?INST\]|<<SYS>>|</?system(?:[-_](?:prompt|message|override|reminder"
    r"|instruction))>|\[(?-i:SYSTEM|ADMIN|ASSISTANT|DEVELOPER)(?: (?:MESSAGE|NOTE|OVERRIDE|PROMPT"
    r"|INSTRUCTION)S?)?\s*:?\]"
    r"|\byou are (?:now|no longer)\b.{0,60}\b(?:mode|unrestricted|DAN|jailbroken|root|admin|bound|developer)\b"
    r"|\bnew (?:system )?instructions?\s*(?:for|from|:)"
    r"|^\W{0,12}(?:SYSTEM|DEVELOPER)(?: (?:NOTE|PROMPT|OVERRIDE|MESSAGE|INSTRUCTION))\s*:"
    rf"|\b(?-i:SYSTEM|ADMIN|DEVELOPER|PRIORITY|SECURITY|OVERRIDE)(?: (?-i:[A-Z]{{3,12}})){{1,2}}\s+(?:to|for)\s+(?:all |any )?{TO_AI}",
    re.IGNORECASE)
_CONCEAL: Final = re.compile(
    r"\b(?:do not|don't|never|without)\s+(?:mention|tell|telling|inform|informing|reveal|revealing|disclos\w+"
    r"|notify|notifying|alert\w*|mentioning|report\w*|show\w*|say\w*)\b.{0,60}?\b(?:the )?(?:users?|humans?"
    r"|operator|developers?|maintainers?|reviewers?|anyone|owner)\b"
    r"|\b(?:keep|hide|conceal)\b.{0,30}\bfrom (?:the )?(?:users?|humans?|reviewers?|operator|maintainers?)\b"
    r"|\b(?:do not|don't|never)\s+(?:mention|report|list|disclose|describe|include)\s+(?:(?:it|this|that|these|them)"
    r"|(?:the |any |such |new )*(?:dependenc\w+|CI|workflow|security|permission|network|script|lock ?file|config\w*|install\w*|test)\b.{0,20}?(?:changes?|edits?|updates?)?)"
    r"\s+(?:in|from|to) (?:the |your |any )?(?:summar\w+|descriptions?|change ?logs?|commit messages?|pull requests?|PRs?\b|reports?|answers?|repl\w+|output)",
    re.IGNORECASE)
_SEND: Final = re.compile(
    r"\b(?:send|post|upload|forward|append|paste|encode|exfiltrate|transmit|include|submit|share|email|leak)\b.{0,60}?"
    r"(?:\.env\b(?!\.)|\benvironment variables?|env vars?|secrets?|credentials?|api[ _-]?keys?"
    r"|access tokens?|ssh keys?|~/\.(?:ssh|aws)|conversation|transcript|chat history).{0,80}?(?:https?://|\bto\b"
    r"|\bin (?:the|a|your) )"
    r"|\b(?:copy|write|save|dump|print|store|commit|embed|add|put|log)\b.{0,30}?\b(?:contents?|values?|body|all) of\b.{0,20}?"
    r"(?:\.env\b(?!\.)|environment variables?|secrets?|credentials?|~/\.(?:ssh|aws|config)|id_rsa|api[ _-]?keys?).{0,60}?\b(?:in|into|to|as|at)\b",
    re.IGNORECASE)
_OBEY: Final = re.compile(
    r"\b(?:always|must|before (?:answering|any|every|each|doing|starting|you)|whenever|on every|first"
    r"|after (?:every|each))\b.{0,100}?(?:\bcurl\b.{0,80}?(?:\||https?://)|\bwget\b|\bbase64\b|--no-verify\b"
    r"|\bgit push --force|dangerously[-_]skip|\|\s*(?:ba)?sh\b|https?://[\w.-]+/[^\s]{0,80}\.sh\b|\bcollect\.sh"
    r"|(?:disable|skip|turn off|bypass)\w* (?:the )?(?:tests|checks|security|sandbox|hooks|signature|auth\w*"
    r"|tls|certificate|confirmation)"
    r"|without (?:asking|confirmation|telling|permission|approval))",
    re.IGNORECASE)
_DENIED: Final = re.compile(r"\b(?:never|not|don't|avoid|mustn't)\b[^.;]{0,60}$", re.IGNORECASE)
_DEFENCE: Final = re.compile(
    r"prompt[ _-]?injection|jailbreak|injection (?:attack|attempt|detect|pattern)|guardrail"
    r"|(?:block|deny|suspicious|forbidden|malicious|attack)[ _-]?(?:list|phrases|patterns|inputs|prompts)|sanitiz"
    r"|red[ -]?team|owasp|adversarial|untrusted|detector|phrases?\b|patterns?\s*[:=]",
    re.IGNORECASE,
)
_PROMPTS: Final = re.compile(r"(?:^|/)(?:prompts?|system[-_]prompts?|llm|agents?|ai|instructions|templates)(?:/|[._-])|prompts?\.\w+\Z", re.IGNORECASE)
_READERS: Final = frozenset(
    "ai llm llms gpt assistant assistants agent agents copilot claude chatgpt gemini codex coderabbit summarizer summariser "
    "summarizers summarisers bots bot automated coding models".split())
_OVERRIDES: Final = frozenset("ignore disregard forget override bypass discard follow following aside drop".split())
_VOICES: Final = frozenset("system assistant developer admin dan now mode im inst priority override instructions sys".split())
_CUES: Final = _READERS | _OVERRIDES | _VOICES
_MARKERS: Final = "#*/>;%!|-\u2022 \t"


@dataclass(frozen=True, slots=True)
class _Passage:
    """Some lines of text as one, with the place of each."""

    text: str
    lines: list[Line]
    starts: list[int]

    def came(self, start: int, end: int) -> Line | None:
        """The line that came and holds the order: where it begins, or the next within it."""
        first = sum(1 for each in self.starts if each <= start) - 1
        last = sum(1 for each in self.starts if each < end) - 1
        return next((line for line in self.lines[max(0, first) : last + 1] if line.kind == "+"), None)


def _passage(file: Subject, line: Line) -> _Passage:
    lines: list[Line] = []
    starts: list[int] = []
    text = ""
    for each in file.around(line, 0, _LINES - 1):
        part = each.text.strip().lstrip(_MARKERS).strip()
        if not part and lines:
            break
        starts.append(len(text))
        lines.append(each)
        text += part[:_LONGEST] + " "
        if len(text) > _LONGEST:
            break
    return _Passage(text, lines, starts)


def agent_text(file: Subject, steers: bool, news: News) -> Iterator[Hit]:
    """Hits on text that talks to an AI reader; `steers` where the file is one that agents are told by."""
    if not file.added or _DEFENCE.search(file.path.replace("-", " ").replace("_", " ")):
        return
    told: set[tuple[str, int]] = set()
    ahead = {at for line in file.added for at in (line.at - 1, line.at - 2)} if len(file.lines) > len(file.added) else set()
    for line in file.lines:
        if line.kind == "-" or (line.kind == " " and line.at not in ahead) or not line.text.strip():
            continue
        held = line_parts(line.text)
        if held.isdisjoint(_CUES) and not steers and not file.facets.prose and "<" not in line.text:
            continue
        for rule, severity, message, find in _RULES:
            if rule in _TO_READERS and not steers and held.isdisjoint(_READERS) and not _hidden(file, line):
                continue
            if (rule == "injection-override" and held.isdisjoint(_OVERRIDES)) or (rule == "injection-role" and held.isdisjoint(_VOICES)):
                continue
            passage = _passage(file, line)
            found = find(file, line, passage, steers)
            if found is None or found.start() > len(passage.text) or (rule not in _TO_READERS and found.start() > max(1, len(passage.lines[0].text))):
                continue
            at = passage.came(found.start(), found.end())
            if at is None or (rule, at.at) in told or news.moved(rule, at, file) or _defence(file, at):
                continue
            told.add((rule, at.at))
            yield hit(rule, "agent-injection", severity, at, message)
            break


_Find = Callable[[Subject, Line, _Passage, bool], "re.Match[str] | None"]


def _overrides(file: Subject, line: Line, passage: _Passage, steers: bool) -> re.Match[str] | None:
    found = _OVERRIDE.search(passage.text)
    if found is None or passage.came(found.start(), found.end()) is None:
        return None
    before, after = passage.text[: found.start()], passage.text[found.end() :]
    if before[-1:] in ("-", "`", "_", ".", "$", "/") or (not _TOLD.search(found[0]) and (len(found[0].split()) > 5 or not _IMPERATIVE.search(before[-60:]))):
        return None
    if _REPORTED.search(before[-80:]) or _REFUSED.match(after) or (found[0].endswith("rules") and _CHECKERS.search(passage.text)):
        return None
    # A phrase that is all of what stands between two quotes is named, not said.
    named = re.search(r"[\"'`\u201c\u2018][^\"'`\n]{0,24}$", before) and re.match(r"[^\"'`\n]{0,12}[\"'`\u201d\u2019]", after)
    return None if named else found


def _speaks(file: Subject, line: Line, passage: _Passage, steers: bool) -> re.Match[str] | None:
    return None if _own_prompt(file, steers) else _VOICE.search(passage.text)


def _orders(file: Subject, line: Line, passage: _Passage, steers: bool) -> re.Match[str] | None:
    """An order after words that address an AI reader."""
    named = _ADDRESS.search(passage.text)
    if named is None:
        return None
    hidden = _hidden(file, line)
    if not hidden and (steers or _own_prompt(file, steers)):
        return None
    start = named.end() - 1
    found = _STRONG.search(passage.text, start, start + 320) or (_WEAK.search(passage.text, start, start + 200) if hidden else None)
    return None if found is None or (not hidden and _REPORTED.search(passage.text[named.end() : found.start()][-60:]) and "not" not in found[0]) else found


def _conceals(file: Subject, line: Line, passage: _Passage, steers: bool) -> re.Match[str] | None:
    if not steers and not _hidden(file, line):
        return None
    found = _CONCEAL.search(passage.text)
    return None if found is None or re.search(r"claude|copilot|\bAI\b|co-?author|attribution|emoji|internal|prompt|these instructions|stack trace", found[0], re.IGNORECASE) else found


def _sends(file: Subject, line: Line, passage: _Passage, steers: bool) -> re.Match[str] | None:
    if not steers and not _hidden(file, line):
        return None
    found = _SEND.search(passage.text)
    return None if found is None or _DENIED.search(passage.text[: found.start() + 1]) else found


def _obeys(file: Subject, line: Line, passage: _Passage, steers: bool) -> re.Match[str] | None:
    found = _OBEY.search(passage.text) if steers else None
    if found is None or _DENIED.search(passage.text[: found.start()]) or re.search(
        r"\b(?:never|do not|don't|must not|avoid|without (?:asking|permission|approval|confirmation).{0,30}(?:never|not))\b",
        found[0], re.IGNORECASE):
        return None
    return found


_TO_READERS: Final = frozenset({"injection-order", "injection-conceal", "injection-send", "injection-obey"})
_RULES: Final[tuple[tuple[str, Severity, str, _Find], ...]] = (
    ("injection-override", C, "tells an AI reader to set its instructions aside", _overrides),
    ("injection-role", C, "speaks to an AI reader in the voice of its system prompt", _speaks),
    ("injection-order", H, "gives orders to an AI reader: approve, hide, send or run", _orders),
    ("injection-conceal", H, "tells the reader to hide something from people", _conceals),
    ("injection-send", C, "asks for secrets or conversations to be sent on", _sends),
    ("injection-obey", H, "orders agents to run or skip what people would refuse", _obeys),
)


def _own_prompt(file: Subject, steers: bool) -> bool:
    return bool(_PROMPTS.search(file.path)) and not file.facets.prose and not steers


def _defence(file: Subject, line: Line) -> bool:
    """Whether the words stand where such words are listed, explained or refused."""
    return any(_DEFENCE.search(each.text) for each in file.around(line, 6, 3))


def _hidden(file: Subject, line: Line) -> bool:
    """Whether people do not see the text where the file is rendered."""
    text = line.text
    plain = text.replace(" ", "")
    return "<!--" in text or text.lstrip().startswith("[//]:") or any(sign in plain for sign in _UNSEEN) or (
        file.facets.prose and any("<!--" in each.text and "-->" not in each.text for each in file.around(line, 4, 0))
    )


_UNSEEN: Final = (
    "display:none", "font-size:0", "font-size:1px", "opacity:0", "visibility:hidden", "left:-9999", "text-indent:-9999", "color:transparent",
    "color:#fff;", "color:white;", "height:0;", "aria-hidden", "sr-only",
)  # fmt: skip
