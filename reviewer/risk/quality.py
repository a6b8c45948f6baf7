"""Rules on what was left loose: errors that nobody hears of, and stubs in the place of code.

What must stay true: a narrow error that is expected, a best effort at the end, an abstract member, a `placeholder=`
attribute are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import M, News, line_parts, other_side, rule

_STUB: Final = "leaves a stub where product code should be"
_FICTION: Final = "puts invented data in the place of real ones"

RULES: Final = (
    rule("not-implemented", "placeholder", M,
        "implemented notimplementederror notimplementedexception notimplemented todo unimplemented "
        "unsupportedoperationexception notsupportedexception fatalerror+implemented unimplementederror "
        "implement stub 501 not_implemented statusnotimplemented coming panic fatalerror croak abort die "
        "yet not+return",
         r"\braise\s+NotImplementedError\b|\bpanic\s*\(\s*\"(?:not (?:yet )?implemented|todo|unimplemented"
         r"|implement me)[^\"\n]{0,60}\"|\b(?:todo|unimplemented)!\s*\("
         r"|throw\s+(?:new\s+)?\w*(?:Error|Exception)\s*\(\s*[\"'`](?:[\w. :()-]{0,40})(?:not (?:yet )?implemented"
         r"|unimplemented|todo\b|implement me|coming soon)|throw\s+new\s+(?:UnsupportedOperationException"
         r"|NotImplementedException|NotSupportedException)\s*\(\s*(?:\"[^\"\n]{0,10}(?:not|todo"
         r"|unimpl)[^\"\n]{0,60}\")?\s*\)|(?<![\w.])TODO\s*\(\s*(?:\"|\))"
         r"|fatalError\s*\(\s*\"[^\"\n]{0,30}(?:not|un)[ -]?(?:yet )?implemented"
         r"|\b(?:die|croak|error|abort|raise|return)\s*\(?\s*[\"'](?:not (?:yet )?implemented|unimplemented|todo"
         r"|stub)[^\"'\n]{0,40}|errors\.New\s*\(\s*\"not (?:yet )?implemented"
         r"|Err\s*\(\s*[^\n]{0,30}\"not (?:yet )?implemented|throw\s+UnimplementedError\s*\("
         r"|raise\s+NotImplementedError|return\s+[^\n]{0,40}(?:501|NOT_IMPLEMENTED|StatusNotImplemented)\b",
         _STUB, where="-prose -test -example -generated", unless_near=
             r"@(?:abc\.)?abstract|\bABC\b|Protocol\b|abstract\s+class|\babstract\b|interface\b|@overload|base class"
             r"|subclass|must be (?:implemented|overrid)|Mixin\b|class\s+\w*(?:Base|Abstract|Interface)\w*"
             r"|:\s*Protocol|__\w+__", reach=8, unless=
             r"subclass|platform|abstract|override|except\s|isinstance|catch|assertRaises|pytest\.raises|on this"
             r"|browser|(?<!un)(?<!not)support"),
    rule("todo-body", "placeholder", M,
        "todo fixme xxx implement hack stub placeholder real later simulate simulated mock fake dummy "
        "hardcoded production actual now pretend temporary typically normally implementation actually coded "
        "logic goes here",
         r"(?:#|(?<!:)//|/\*|--|;;|<!--|\{/\*)\s*(?:TODO|FIXME|XXX|HACK)\b[^\n]{0,40}\b(?:implement|replace|fill"
         r"|(?:real|actual) (?:implementation|api|logic|calls?|data|service|values?|check)|finish|complete|wire"
         r"|hook up|add (?:the )?(?:real|actual|logic|validation|auth\w*|error|check)|connect|integrate"
         r"|remove (?:this )?(?:mock|stub|hardcod\w*)|write)\b"
         r"|(?:#|(?<!:)//|/\*|--|<!--|\{/\*)\s*(?:In (?:a )?(?:real|production|actual)\b[^\n]{0,40}(?:would|should"
         r"|implementation|app\w*|world|scenario|system)|(?:This is (?:just )?)?(?:a |an )?(?:stub|placeholder|dummy"
         r"|mock(?:ed)?|fake)\b[^\n]{0,40}(?:implementation|for now|data|value|response|until|return|logic)"
         r"|(?:For now|for now)[, ][^\n]{0,60}(?:return|mock|fake|hard-?code|dummy|stub|simulat"
         r"|(?:just|always|we) return)|(?:Simulat\w+|Pretend\w*|Fak(?:e|ing)|Mock(?:ed|ing)?)\s+(?:the\s+|a\s+"
         r"|an\s+)?(?:\w+\s+){0,2}(?:call|response|api|request|data|payment|delay|result|processing|success|network"
         r"|database|sending)|Placeholder\b[^\n]{0,60}|Hard-?coded (?:for now|until|value|temporarily|data)"
         r"|Your (?:code|logic|implementation) (?:here|goes here)|implement(?:ation)? (?:me|here|later|goes here)"
         r"|would (?:normally|typically|actually) (?:be|call|query|fetch|come))",
         _STUB, where="-prose -test -example -generated -vendored", on="text", check=lambda file, line, found: found[0] not in line.code, unless=
             r"\bwhen (?:we|the)\b|\bonce\b|\bafter\b|upgrade|deprecat|require[sd]? \w+ \d|placeholder\s*[=:]|css"
             r"|<input|tooltip|skeleton|i18n|svg", flags=re.IGNORECASE),
    rule("elided", "placeholder", M,
        "rest existing unchanged remains code same previous remaining other above file implementation "
        "omitted brevity snip truncated keep more",
         r"(?:#|//|/\*|--|<!--|\{/\*|;;)\s*(?:\.{3}|\u2026)?\s*\(?(?:the\s+)?(?:rest of (?:the |your )?(?:code|file"
         r"|function|class|method|implementation|component|logic|methods|original|existing)"
         r"|(?:existing|remaining|previous|original|other|same) (?:code|methods?|functions?|logic|implementation"
         r"|imports?|content|cases|fields|tests?|routes|props|handlers)\b[^\n]{0,30}(?:\.{3}|\u2026|unchanged|here"
         r"|remains?|stays?|above|below|as before|the same|goes|omitted|\)|\*/|-->|$)"
         r"|code (?:remains|unchanged|omitted)|(?:unchanged|omitted for brevity|snip|truncated for brevity"
         r"|same as (?:before|above)))\s*[^\n]{0,30}(?:\.{3}|\u2026|\)|\*/|-->|$)"
         r"|(?:#|//|/\*|<!--)\s*(?:\.{3}|\u2026)\s*(?:existing|rest|remaining|other|more|keep|same|unchanged"
         r"|previous)\b[^\n]{0,60}|^\s*\.{3}\s*(?:rest|existing|remaining)[^\n]{0,40}\.{3}\s*$"
         r"|\[\s*rest of [^\]\n]{0,40}\]",
         "leaves out code that was to stand here", where="-prose -example", on="text", check=lambda file, line, found: bool(re.search(
             r"\.{3}|\u2026|unchanged|omitted|snip|remains|stays|existing code"
             r"|rest of[^\n]{0,60}\b(?:here|same|before|goes)",
             found[0] + line.text[found.end() : found.end() + 30], re.IGNORECASE)) and not re.search(r"keep[^\n]{0,20}(?:existing|same)", found[0])),
    rule("invented", "placeholder", M,
        "dummy fake mock lorem ipsum john doe example test sample hardcoded placeholder return foo bar 123 "
        "jane acme stub mockdata todo simulated mocked yourdomain company mail domain admin",
         r"\breturn\s+(?:await\s+)?[\[{(]?\s*[\"'`](?:dummy|fake|mock|sample|placeholder|stub|todo|foo|lorem ipsum"
         r"|not implemented|hardcoded|test(?: data| value| response)?)\b[^\"'`\n]{0,60}[\"'`]"
         r"|\b(?:const|let|var|val|final|static|private)?\s*(?:mock|fake|dummy|sample|stub|placeholder)_?(?:Data"
         r"|data|Users?|users?|Response|response|Results?|results?|Items?|items?|Orders?|orders?|Products?|products?"
         r"|Records?|records?|Transactions?|Values?|values?|Rates?|rates?|Prices?|prices?|Customers?|Payments?"
         r"|payments?)\b\s*(?::[^\n=]{1,40})?(?::?=)|[\"'](?:John|Jane)\s+(?:Doe|Smith)[\"']|[\"'`]Lorem ipsum"
         r"|[\"'](?:\+?1[- ]?)?555[- ]?\d{3}[- ]?\d{4}[\"']"
         r"|[\"'](?:test|john|jane|foo|user|example|admin|your[\w.]{0,10})@(?:example|test|domain|email|mail"
         r"|yourdomain|company)\.(?:com|org)[\"']|[\"']123 Main St|[\"']4111[ -]?1111[ -]?1111[ -]?1111[\"']"
         r"|status\s*:\s*[\"'](?:mocked|simulated|fake)[\"']"
         r"|(?:txn|tx|order|payment|charge|ch)_(?:mock|fake|test|dummy|stub)\w*",
         _FICTION, where="-prose -test -example -generated -locale -vendored -manifest", unless=
             r"placeholder\s*[=:]|placeholder[\"']|hint|help|description|example\s*[=:]|label|default=\"\"|argparse"
             r"|click\.|docs|storybook|seed|faker|tooltip|@example|mailto|mask|import\s",
             check=lambda file, line, found: not re.search(r"(?:^|/)(?:seed|stories|storybook|faker|mock)s?|\.stories\.|seeds?\.", file.path) and file.facets.language in ("python", "javascript", "java", "kotlin", "scala", "csharp", "go", "php", "ruby", "rust", "swift", "elixir", "dart", "c", "perl", "lua")),
    rule("always-yes", "placeholder", M, "is has can check validate verify ensure should isvalid isadmin isauthorized haspermission",
         r"(?:\b(?:def|func|function|fn|fun|bool|boolean|Boolean|public|private|static|const|let"
         r"|export)\s+(?:\([^)\n]{0,40}\)\s*)?(?:\w+\s+)?(?:is|has|can|check|validate|verify|ensure"
         r"|should)_?\w{2,40}\s*(?:=\s*(?:async\s*)?)?\([^)\n]{0,140}\)[^\n{;=]{0,40}(?:\{|:|=>|=|\bdo\b"
         r"|->)\s*(?:(?:#|//)[^\n]{0,80})?(?:\n\s*(?:#|//|\"\"\")[^\n]{0,120}){0,2}\s*(?:return\s+)?(?:True|true|nil"
         r"|YES|Ok\(\(\)\)|Promise\.resolve\(true\))\s*;?\s*(?:\}|end\b|\n\s*\}|\n\s*end|$|\n\s*\n|\n\S))",
         "answers every check with yes", where="-prose -test -example -generated", span=4, languages="python javascript java kotlin scala csharp go php ruby rust swift elixir dart c", unless=
         r"override|@Override|default|interface|abstract|protocol|Null\w*|Noop|NoOp|AlwaysAllow|supports|enabled"
         r"|visible",
         check=lambda file, line, found: line.kind == "+" and (bool(other_side(file, line)) or any(x.kind == "-" for x in file.around(line, 3, 5, "-")) or bool(re.search(r"TODO|for now|placeholder|stub|FIXME|later", found[0], re.IGNORECASE)) or bool(re.search(r"(?:valid|verif|check|ensure)", found[0], re.IGNORECASE)))),
    rule("empty-body", "placeholder", M,
        "pass todo return null none undefined fixme implemented implement placeholder xxx temporary stub "
        "replace",
        r"^\s*(?:pass|return(?:\s+(?:None|null|nil|undefined|\[\]|\{\}|\"\"|''|0|0\.0|False|false|True|true))?;?"
        r"|\.\.\.|nil|null|return\s+Promise\.resolve\(\);?)\s*(?:#|//|/\*)\s*(?:TODO|FIXME|stub|placeholder"
        r"|implement|for now|not implemented|temporary|XXX|replace)\b",
        _STUB, where="-prose -test -example -generated", on="text"),
)  # fmt: skip

_SWALLOWS: Final = "swallows errors: what goes wrong is never heard of"
_OPEN: Final = re.compile(
    r"^\s*except\s*:|^\s*except\s+\(?\s*(?:Exception|BaseException|\w+\.Exception)\b[^:\n]{0,40}:"
    r"|^\s*except\*?\s+\([^)\n]{0,80}\bException\b[^)\n]{0,40}\)[^:\n]{0,20}:"
    r"|\bcatch\s*(?:\(\s*(?:final\s+)?(?:(?:\\|System\.|java\.lang\.|std::)?(?:Exception|Throwable|Error"
    r"|RuntimeException|\w{1,12}\s*:\s*(?:Exception|Throwable|any|unknown|Error|dynamic))?\s*[\\$&|\w ]{0,24}|\.\.\."
    r"|const\s+std::exception\s*&\s*\w{0,12})\s*\))?\s*\{"
    r"|^\s*rescue\s*(?:=>\s*\w+|(?:StandardError|Exception)\b[^\n]{0,30})?\s*$|\}\s*catch\s*(?:\(\s*\w*\s*\))?\s*\{"
    r"|^\s*rescue\s+_\s*(?:->|\w*)|^\s*(?:_|e|error)\s*->|on\s+Exception\s+catch|catch\s*\(\s*_?\w{0,3}\s*\)"
    r"|\bcatch\s+\{"
)
_NOTHING: Final = re.compile(
    r"^\s*(?:pass|continue|break|\.\.\.|return(?:\s+(?:None|null|nil|undefined|false|False|\[\]|\{\}|\"\"|''|0|-1"
    r"|new\s+\w+(?:<[^>\n]{0,20}>)?\(\)|Optional\.empty\(\)|Collections\.empty\w+\(\)|default|string\.Empty))?|nil"
    r"|null|false|None|\"\"|''|\[\]|\{\}|:error|:ok|unit|\(\)|_ = e|_)\s*;?\s*(?:#.*|//.*)?$")
_SUCCESS: Final = re.compile(
    r"^\s{0,120}(?:return\s+)?(?:True|true|:ok|Ok\(\(\)\)|0|nil, nil"
    r"|\{?\s*[\"']?(?:ok|success|status)[\"']?\s*(?:=>|:)\s*(?:True|true|[\"'](?:ok|success|succeeded)[\"']"
    r"|200)[^\n]{0,60}|[^\n]{0,40}(?:status\(\s*200|Response\(\s*[^\n]{0,30}status=200|sendStatus\(\s*200"
    r"|JSONResponse\([^\n]{0,60}(?:ok|success)|Result\.success|Results?\.Ok\(|http\.StatusOK|ResponseEntity\.ok"
    r"|jsonify\([^\n]{0,40}(?:ok|success)[^\n]{0,20})[^\n]{0,60}|HttpResponse\(\s*\)|exit\(\s*0\s*\)"
    r"|sys\.exit\(\s*0\s*\)|return\s+\w{1,40}\.(?:done|ok|success|succeeded|completed?)\([^\n]{0,80}\))"
    r"\s*[;})]{0,3}\s*$", re.IGNORECASE)
_BEST_EFFORT: Final = re.compile(
    r"\b\w*(?:close|dispose|cleanup|clean_up|shutdown|unlink|rmtree|remove|rmSync|unsubscribe|disconnect|terminate"
    r"|kill|release|cancel|destroy|stop|abort|quit|flush|__del__|finalizer|teardown|removeChild|clearTimeout|detach"
    r"|end|revoke\w*|delete_?temp\w*)\w*\s*\(|\bimport\s+\w|\brequire\s*\(|from\s+\w[\w.]*\s+import|__import__"
    r"|import_module|localStorage|sessionStorage|JSON\.parse|json\.loads|decode|int\(|float\(|parseInt|getattr"
    r"|isatty|get_terminal_size|locale|navigator\.|console\.|logger\.|\blog\b|version|rollback|telemetry|analytics"
    r"|track", re.IGNORECASE)
_SPEAKS: Final = re.compile(
    r"\b(?:raise|throw|rethrow|log\w*|logger|warn\w*|error\w*|print\w*|console|report\w*|capture\w*|Sentry|notify"
    r"|panic|fatal|exit|abort|t\.Fatal|fail\w*|reject|callback|cb|done|next|dispatch|set\w*Error|show\w*|toast|alert"
    r"|emit|record|metrics?|counter|inc\(|traceback|stderr|eprintln|Logger|rollback|errors?\.(?:append|push|add)"
    r"|retry|backoff|sleep)\b", re.IGNORECASE)
_DROPS: Final = re.compile(
    r"^\s*_\s*(?:,\s*_\s*)?=\s*[\w.]+(?:\[[^\]\n]{0,40}\])?\([^\n]{0,160}\)\s*$"
    r"|^\s*\w+\s*,\s*_\s*:?=\s*+(?!range\b|.*\.\(\w)[\w.]+\([^\n]{0,160}\)\s*$|^\s*let\s+_\s*=\s*[^\n]{3,160};\s*$"
    r"|^\s*[^\n=]{3,160}\)\s*\.ok\(\)\s*;\s*$"
)
_HARMLESS: Final = re.compile(
    r"Close\(|Flush|Remove|Fprint|Sscan|Write(?:String|Byte|Rune)?\(|Shutdown|Body|Sync\(|Kill|Wait|Setenv|Unsetenv"
    r"|os\.Getwd|Hostname|io\.Copy\(io\.Discard|MarkFlagRequired|BindPFlag|Chdir|filepath\.(?:Abs|Rel|Match)|strconv"
    r"|\bGet\(|cache|lookup|Lookup|Load\(|json\.Marshal|time\.Parse|url\.Parse|regexp|utf8|ctx\.Value|cmd\.Flags"
    r"|\.Int\(|\.String\(|tx\.send|send\(|try_send|set_logger|init\(\)|tracing|writeln!|write!|abort\(|take\("
    r"|\.join\(\)|remove_file|remove_dir|flush\(|shutdown\(|Rollback\(|strings\.Cut|flags?\.|map|Pop|Recv|recover\("
    r"|Deref|Atoi|drop\(|watch|notify|tx\.(?!Commit|Exec|commit|execute)|rx\.|spawn|test|Test")
_INLINE: Final = re.compile(
    r"\.catch\s*\(\s*(?:\(\s*\w{0,12}\s*(?::\s*\w+)?\s*\)|\w{1,12}"
    r"|_)?\s*(?:=>\s*(?:\{\s*(?:/\*[^*\n]{0,60}\*/)?\s*\}|null|undefined|void 0|false|\[\]|\(\s*\{?\s*\}?\s*\)|\"\""
    r"|'')|)\s*\)|\.catch\s*\(\s*(?:noop|_\.noop|function\s*\(\s*\w{0,8}\s*\)\s*\{\s*\})\s*\)"
    r"|contextlib\.suppress\s*\(\s*(?:Base)?Exception\b|(?<!\w)suppress\s*\(\s*(?:Base)?Exception\b"
    r"|\brescue\s+(?:nil|false|\[\]|\"\"|\{\}|0)\s*$|(?<![\w\"'`])@(?:file_get_contents|unlink|fopen|mysqli?_\w+"
    r"|include|json_decode|mail|curl_\w+|fwrite|file_put_contents|exec)\s*\((?=[^\n]*\$)"
    r"|runCatching\s*\{[^\n]{0,160}\}\s*(?:\.getOrNull\(\)|\.getOrDefault\([^\n]{0,30}\)|$)|\btry\?\s+\w"
    r"|\bOn Error Resume Next\b|\bTry\s*\([^\n]{0,120}\)\.(?:toOption|getOrElse)"
    r"|catch\s*\{\s*case\s+_\s*(?::\s*\w+)?\s*=>\s*(?:\(\)|\{\s*\}|None|null)?\s*\}?|ErrorAction\s+SilentlyContinue"
    r"|\bif\s+err\s*!=\s*nil\s*\{\s*(?:return\s+nil(?:\s*,\s*nil)?|//[^\n]{0,60})?\s*\}"
    r"|\$ErrorActionPreference\s*=\s*[\"']SilentlyContinue"
    r"|process\.on\s*\(\s*[\"'](?:uncaughtException|unhandledRejection)[\"']\s*,\s*\(\s*\w{0,8}\s*\)\s*=>\s*\{\s*\}"
)
_HEARS: Final = frozenset(
    "except catch rescue suppress run runcatching try resume error erroraction erroractionpreference err process".split()
)
"""Words of which a handler has one; others have an arrow or a sign of PHP."""
_IF_ERR: Final = re.compile(r"^\s*if\s+(?:\w+\s*:?=\s*[^\n;]{1,120};\s*)?err\s*!=\s*nil\s*\{\s*$")


def quality(file: Subject, news: News) -> Iterator[Hit]:
    """Hits on handlers that hear nothing; they need the lines that follow."""
    known = file.facets
    if known.prose or known.lock or known.test or known.generated or known.vendored or not known.language:
        return
    for line in file.added:
        code = line.code
        if not code.strip() or len(code) > 500:
            continue
        hears = "@" in code or "->" in code or not _HEARS.isdisjoint(line_parts(line.text))
        if hears and _INLINE.search(code) and not _BEST_EFFORT.search(code.split(".catch")[0].split("rescue")[0].split("suppress")[-1] if "suppress" not in code else _following(file, line)):
            if re.match(r"\s*void\s", code) or (known.language != "php" and re.search(r"@(?:include|mail|exec)\b", code)):
                continue
            if "try?" in code and not re.match(r"\s*(?:try\?|_\s*=\s*try\?)", code):
                continue
            if not news.moved("error-swallowed", line, file):
                yield hit("error-swallowed", "error-swallowed", Severity.MEDIUM, line, _SWALLOWS)
            continue
        heard = known.language in ("go", "rust") and _DROPS.match(code) and any(_handed_on(before, line) for before in other_side(file, line))
        if known.language in ("go", "rust") and _DROPS.match(code) and (not _HARMLESS.search(code) or (heard and "lose(" not in code)):
            if known.language == "rust" and not re.search(r"\)\s*(?:\.await)?\s*(?:\.ok\(\))?\s*;\s*$", code):
                continue
            if any(re.search(r"\b_\b\s*(?::?=|,)|let _ =", before.code) for before in other_side(file, line)) or (not heard and not re.search(
                r"\b(?:Exec|Query|Do|Read|Open|Create|Write|Save|Send|Post|Unmarshal|Decode|Parse|Verify|Decrypt"
                r"|Commit|Update|Delete|Insert|Fetch|Sign|Auth\w*|Valid\w*|Charge|Publish|Begin|Prepare|Dial"
                r"|ReadFile|ReadAll|Copy|Run|Put|Store|Upload|Call|exec\w*|query|read_\w+|write_all|open|create\w*"
                r"|save\w*|commit|verify\w*|sign|decrypt|parse|update\w*|delete\w*|insert\w*|fetch\w*|charge\w*"
                r"|publish|refund\w*|pay\w*|persist\w*|append|upload\w*|validate\w*|authorize\w*)\w*\(", code)):
                continue
            if not news.moved("result-dropped", line, file) and not any(words_equal(line, before) for before in other_side(file, line)):
                yield hit("result-dropped", "error-swallowed", Severity.MEDIUM, line, "drops the result that tells whether it worked", "error-swallowed")
            continue
        if _IF_ERR.match(code):
            body = [each for each in file.around(line, 0, 4)[1:] if each.code.strip()]
            if body and (re.match(r"\s*return\s+nil(?:\s*,\s*nil)?\s*$|\s*return\s+\w*\s*,\s*nil\s*$|\s*\}", body[0].code) or (re.match(r"\s*(?:continue|return)\s*$", body[0].code) and len(body) > 1 and False)):
                yield hit("error-as-success", "error-swallowed", Severity.MEDIUM, line, "reports success where something failed", "error-swallowed")
            continue
        opened = _with_brace(file, line) if hears else code
        if hears and _OPEN.search(opened) and not news.moved("error-swallowed", line, file):
            yield from _handler(file, line, opened)


def _handed_on(before: Line, line: Line) -> bool:
    """Whether the failure of the same call was looked at before."""
    call = re.sub(r"^\s*(?:let\s+)?_\s*(?:,\s*_\s*)?:?=\s*|(?:\.await)?(?:\.ok\(\))?\s*;?\s*$", "", line.code).strip()
    return len(call) > 3 and call in before.code and bool(re.search(r"\?\s*;|\berr\b", before.code))


def words_equal(one: Line, other: Line) -> bool:
    return one.code.strip() == other.code.strip()


def _following(file: Subject, line: Line) -> str:
    return "\n".join(each.code for each in file.around(line, 0, 2)[1:])


def _with_brace(file: Subject, line: Line) -> str:
    """The line with the brace of its own that follows it, as C# has it."""
    if not re.search(r"\bcatch\b[^{}]{0,120}$", line.code):
        return line.code
    after = file.around(line, 0, 1)[1:]
    return f"{line.code.rstrip()} {{" if after and after[0].code.strip() == "{" else line.code


def _handler(file: Subject, line: Line, code: str) -> Iterator[Hit]:
    """Look at what stands in a handler that catches everything; `code` opens it."""
    if any(_OPEN.search(_with_brace(file, before)) for before in other_side(file, line)):
        return
    found = _OPEN.search(code)
    assert found is not None
    if (file.facets.language == "elixir" and not re.match(r"\s*rescue|\s*_\s*->|\s*_\w*\s*->", code)) or file.facets.language in ("shell", "yaml", "markup", "css", "json", "sql"):
        return
    rest = code[found.end() :].strip()
    body: list[str] = []
    if rest:
        body = [part for part in re.split(r"[;}]", rest.rstrip("}").strip()) if part.strip()] if rest != "}" and not rest.startswith("}") else []
        closed = "}" in rest or file.facets.language == "python"
    else:
        closed = False
    if not closed:
        for each in file.around(line, 0, 8)[1:]:
            text = each.code.strip()
            if text == "{" and not body:
                continue
            if file.facets.language in ("python", "ruby", "elixir"):
                if text and each.indent <= line.indent:
                    closed = True
                    break
            elif text.startswith("}"):
                closed = True
                break
            if text:
                body.append(each.code)
    if len(body) > 3 or (not closed and not body) or (not closed and file.facets.language not in ("python", "ruby")):
        return
    before = "\n".join(each.code for each in file.around(line, 4, 0)[:-1])
    narrow = re.search(r"import\s+\w|from\s+\S+\s+import|require\s*\(", before)
    text = "\n".join(body)
    quiet = all(_NOTHING.match(part) for part in body)
    if quiet:
        guarded = [part for part in before.split("\n") if part.strip()]
        if narrow or (guarded and _BEST_EFFORT.search(guarded[-1]) and len(body) <= 1 and not re.search(r"except\s*:|BaseException", code)):
            return
        if body and re.match(r"\s*(?:return|break)\b", body[-1]) and file.facets.language != "python" and not re.search(r"return\s*(?:null|nil|undefined|\[\]|\{\}|false|;|$)", body[-1]):
            return
        told = any(len(re.findall(r"\w{2,}", each.text)) >= 4 for each in file.around(line, 0, 4)[1:] if each.text.strip() and not each.code.strip() and each.indent > line.indent)
        yield hit("error-swallowed", "error-swallowed", Severity.LOW if told else Severity.MEDIUM, line, _SWALLOWS)
    elif any(_SUCCESS.match(part) for part in body[-1:]) and not re.search(r"\b(?:raise|throw)\b", text):
        yield hit("error-as-success", "error-swallowed", Severity.MEDIUM, line, "reports success where something failed", "error-swallowed")
