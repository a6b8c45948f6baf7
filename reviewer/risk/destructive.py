"""Rules on what cannot be taken back: data dropped by SQL or by a mapper, and commands that remove or overwrite broadly.

What must stay true: a statement is read to its end, over its lines; the way back of a migration may drop what the way
there made; build folders, caches and temporary places are there to be removed.
"""

from __future__ import annotations

import re
from typing import Final

from reviewer.risk.subject import Line, Subject
from reviewer.risk.table import C, H, rule

_BACK: Final = re.compile(
    r"\bdef\s+(?:downgrade|down|rollback|revert|unapply|backwards?|tearDown|teardown)\b"
    r"|\b(?:async\s+)?(?:down|revert|rollback|backward)\s*[:=(]\s*(?:async\s*)?(?:function|\(|\w+\s*=>)?"
    r"|exports\.down\b|function\s+down\b|public\s+(?:async\s+)?(?:function\s+)?down\b|\breverse_sql\b"
    r"|\breverse_code\b|--\s*\+?(?:goose|migrate|dbmate)?:?\s*[Dd]own\b|--\s*rollback|<rollback>|--//@UNDO"
    r"|--\s*\+migrate\s+Down|(?:override|protected|public)\s+(?:override\s+)?void\s+Down\b|fun\s+down\b"
    r"|\bdown\s+do\b|dir\.down\b|func\s+\(?[\w *]*\)?\s*[Dd]own\b|_down\b",
)  # fmt: skip
_FORTH: Final = re.compile(
    r"\bdef\s+(?:upgrade|up|change|forwards?|apply|migrate)\b|\b(?:async\s+)?up\s*[:=(]|exports\.up\b"
    r"|function\s+up\b|public\s+(?:async\s+)?(?:function\s+)?up\b|--\s*\+?(?:goose|migrate|dbmate)?:?\s*[Uu]p\b"
    r"|--\s*\+migrate\s+Up|\bvoid\s+Up\b|fun\s+up\b|\bup\s+do\b|dir\.up\b|\bsql\s*=|-- changeset|<changeSet"
    r"|\boperations\s*=",
)  # fmt: skip
_BACK_PATH: Final = re.compile(
    r"\.(?:down|undo|rollback|revert)\.\w+\Z|(?:^|/)(?:down|rollback|undo|revert|rollbacks|teardown)(?:/|\.|_)"
    r"|(?:^|/)U[\d._]+__|_(?:down|rollback|undo)\.sql\Z", re.IGNORECASE)
_PASSING: Final = re.compile(
    r"(?<!\w)#\w+|\b(?:temp\w*|tmp\w*|scratch\w*|staging_\w*|_?old_?backup|pg_temp\S*"
    r"|\w+_(?:tmp|temp|old_copy|scratch|staging|new|test|bak_tmp))\b|\bTEMPORARY\b", re.IGNORECASE)
_UI: Final = re.compile(
    r"^\s*(?:[\"'][\w.\s]{1,60}[\"']\s*:\s*[\"']|<(?:p|h\d|span|button|label|li|td|a|title)\b|msgstr|msgid)"
    r"|\b(?:label|title|message|placeholder|description|tooltip|confirm|alert|log\w*\.\w+|print\w*|echo|console\.\w+"
    r"|raise|throw|help|t|i18n|assert\w*|expect|describe|it|test)\s*[:=(]\s*[{(]?[\"'`f]", re.IGNORECASE)
_RUNS: Final = re.compile(r"execute|query|sql|cursor|exec\b|raw|statement|\brun\b|psql|mysql|sqlite|db\.", re.IGNORECASE)


def _forward(file: Subject, line: Line, found: re.Match[str]) -> bool:
    """Whether a statement goes forward: not the way back of a migration, nor about a table made for the moment."""
    if _BACK_PATH.search(file.path):
        return False
    if _BACK.search(line.text[: found.start() + 1]) or re.search(r"\breverse_(?:sql|code)\b", line.text):
        return False
    for at in range(line.at - 1, -1, -1):
        above = file.lines[at]
        if above.hunk != line.hunk:
            break
        if above.kind == "-":
            continue
        if _BACK.search(above.text) and (above.indent < line.indent or above.text.lstrip().startswith("--") or file.facets.language in ("sql", "ruby", "markup")):
            return False
        if _FORTH.search(above.text):
            return True
    head = file.heads[line.hunk] if line.hunk < len(file.heads) else ""
    return not _BACK.search(head)


def _sentence(line: Line, found: re.Match[str]) -> bool:
    """Whether the words stand in a sentence: with a capital, after other words, or followed by what no SQL goes on with."""
    verb = found[0].split(maxsplit=1)[0]
    if verb.istitle():
        return True
    before = re.split(r"[\"'`]", found.string[: found.start()])[-1]
    if re.search(r"[A-Za-z]{2,}\W*$", before) and re.search(r"[\"'`]", found.string[: found.start()]) and not re.search(
        r"(?:begin|explain|analyze|with|as|then|do|exec\w*|sql|[;)\d])\W*$", before, re.IGNORECASE):
        return True
    after = re.match(r"[ \t]+([A-Za-z]{2,})[ \t]+([A-Za-z]{2,})", found.string[found.end() :])
    return after is not None and not re.search(
        r"\b(?:where|using|returning|limit|order|as|set|join|cascade|restrict|restart|inner|left|if|partition)\b", after[0], re.IGNORECASE)


def _statement(file: Subject, line: Line, found: re.Match[str]) -> bool:
    """Whether SQL drops what lasts, in words that something runs."""
    text = line.text
    if _PASSING.search(found[0]) or file.facets.locale or (file.facets.language != "sql" and _sentence(line, found)):
        return False
    if file.facets.language not in ("sql",) and _UI.search(text) and not _RUNS.search(text[: text.find(found[0][:12]) + 1 or None]):
        return False
    if file.facets.language == "sql" or file.facets.migration or file.facets.language in ("shell", "yaml", "docker", "make", "terraform"):
        pass
    elif not re.search(r"[\"'`]", text) and not any(re.search(r"\"\"\"|'''|`|<<|execute|query|sql", each.text, re.IGNORECASE) for each in file.around(line, 6, 0)):
        return False
    if file.facets.language == "sql" and re.search(r"\b(?:TABLE|FROM)\b[^\n;]{0,40}(?<!\w)#\w", text, re.IGNORECASE):
        return False
    made = re.search(r"(?:TABLE|VIEW|SCHEMA|DATABASE)\s+(?:IF\s+EXISTS\s+)?[`\"\[]?([\w.]+)", found[0], re.IGNORECASE)
    if made and any(re.search(rf"CREATE\s+(?:TEMP\w*\s+)?(?:TABLE|VIEW)\s+(?:IF\s+NOT\s+EXISTS\s+)?[`\"\[]?{re.escape(made[1])}\b", each.text, re.IGNORECASE) for each in file.around(line, 40, 3, " +") if each.at != line.at):
        return False
    return _forward(file, line, found)


def _unconditional(file: Subject, line: Line, found: re.Match[str]) -> bool:
    """Whether no condition follows before the statement ends."""
    text = "\n".join(each.code for each in file.around(line, 0, 8))
    start = text.find(found[0][: found[0].find("\n") if "\n" in found[0] else None])
    rest = text[start + 1 :] if start >= 0 else text
    opened = line.text[: max(0, line.text.find(found[0].split("\n")[0]))]
    quotes = '"' if opened.count('"') % 2 else "\"'"
    end = re.search(rf";|\"\"\"|'''|`\s*[,)]|(?<=[^\s+.\\])[{quotes}]\s*[,)]|\n\s*\n", rest[len(found[0].split("\n")[0]) - 1 :])
    body = rest[: (len(found[0].split("\n")[0]) - 1 + end.start())] if end else rest
    condition = re.search(r"\bWHERE\b([\s\S]{0,60})|\bLIMIT\b|\bUSING\b|\bJOIN\b|\bFROM\s+\w+\s+\w+\s*,|\bTOP\s*\(", body, re.IGNORECASE)
    if condition is None:
        return _statement(file, line, found)
    return bool(condition[1] is not None and re.match(r"\s+(?:1\s*=\s*1|true|'1'\s*=\s*'1'|1)\s*(?:[;\"'`)\n]|$)", condition[1] or "", re.IGNORECASE)) and _statement(file, line, found)


_LOST: Final = "data that cannot be brought back"

SQL: Final = (
    rule("sql-drop", "destructive-sql", C, "drop truncate",
         r"\bDROP\s+(?:TABLE|DATABASE|SCHEMA|KEYSPACE|COLLECTION|TABLESPACE|MATERIALIZED\s+VIEW|STREAM"
         r"|TYPE\s+\w+\s+CASCADE)\s+(?:IF\s+EXISTS\s+)?(?:[`\"\[\w$#{%:.]|')[^\n;]{0,80}|\bDROP\s+OWNED\s+BY\b"
         r"|\bALTER\s+TABLE\s+[^\n;]{1,120}?\bDROP\s+(?:COLUMN\s+)?(?!CONSTRAINT|INDEX|PRIMARY|FOREIGN|DEFAULT|NOT"
         r"|KEY|CHECK|PARTITION\s+FOR)(?:IF\s+EXISTS\s+)?[`\"\[]?\w+"
         r"|\bDROP\s+COLUMN\s+(?:IF\s+EXISTS\s+)?[`\"\[\w]{1,80}|\bDROP\s+PARTITION\b[^\n;]{0,60}"
         r"|\bTRUNCATE\s+(?:TABLE\s+)?(?:ONLY\s+)?(?=[`\"\[\w$#{.]{2,80}(?:\s*[;,\"'`)]"
         r"|\s+(?:RESTART|CONTINUE|CASCADE)|\s*$))(?!table\b\s|the\b|to\b|text|string|at\b|long|after|log|output"
         r"|and\b|or\b|if\b|line|each|on\b|in\b|with\b|message|title)[^\n;]{2,80}",
         f"drops a table, a column or all rows: {_LOST}", where="-prose -test -locale -example", check=lambda file, line, found: _statement(file, line, found) and (found[0].isupper() or found[0].split()[0].isupper() or file.facets.language == "sql" or bool(_RUNS.search(line.text)) or bool(re.search(r"[\"'`]\s*(?:drop|truncate)\s+table", line.text, re.IGNORECASE)))),
    rule("sql-delete-all", "destructive-sql", C, "delete+from", r"\bDELETE\s+(?:TOP\s*\(\d+\)\s*|\w{1,30}\s+)?FROM\s+(?:ONLY\s+)?[`\"\[]?[\w.${}#:]{1,80}[`\"\]]?(?!\w)(?!\s*\()", f"deletes every row: {_LOST}", where="-prose -test -locale -example", span=1, check=_unconditional),
    rule("sql-update-all", "destructive-sql", C, "update", r"\bUPDATE\s+(?:ONLY\s+)?[`\"\[]?[\w.${}#:]{1,80}[`\"\]]?\s+(?:(?:AS\s+)?(?!SET\b)\w{1,30}\s+)?SET\s+[`\"\[]?\w[\w.]{0,60}[`\"\]]?\s*=", "overwrites every row: what stood there is lost", where="-prose -test -locale -example", span=2, unless=r"\bDO\s+UPDATE\b|ON\s+DUPLICATE|ON\s+UPDATE|FOR\s+UPDATE|MERGE", check=lambda file, line, found: ("migrat" not in file.path or bool(re.search(r"status|active|password|role|deleted|balance|amount|price|email", found[0], re.IGNORECASE)) or file.facets.language == "sql") and _unconditional(file, line, found)),
    rule("schema-drop", "destructive-sql", C,
        "drop_table droptable dropcolumn drop_column remove_column remove_columns deletemodel removefield "
        "dropifexists drop dropdatabase dropcollection dropschema drop_collection removecolumn drop_all "
        "dropall dropallmodelcollections drop_join_table remove_timestamps remove_reference "
        "remove_belongs_to dropcolumns delete_table remove",
         r"\bop\.drop_(?:table|column)\s*\(|\bbatch_op\.drop_column\s*\("
         r"|^\s*(?:drop_table|drop_join_table|remove_columns?|remove_reference|remove_belongs_to)\s*[\s(:]"
         r"|\bt\.remove\b|\b(?:queryInterface|knex\.schema|trx\.schema|schema|db\.schema|t|table|queryRunner"
         r"|pgm)\.(?:dropTable(?:IfExists)?|dropColumns?|removeColumn|dropAllTables|dropSchema)\s*\("
         r"|\bSchema::(?:drop|dropIfExists|dropAllTables|dropColumns)\s*\(|\$table->dropColumn\s*\("
         r"|\bmigrations\.(?:DeleteModel|RemoveField)\s*\(|migrationBuilder\.Drop(?:Table|Column|Schema)\s*\("
         r"|\.dropDatabase\s*\(|\bdb\.\w{1,40}\.drop\s*\(\s*\)|\.drop(?:Collection|_collection)\s*\("
         r"|\bBase\.metadata\.drop_all|\.drop_all\s*\(|Migrator\(\)\.Drop(?:Table|Column)|\bdrop\s+table\("
         r"|^\s*(?-i:drop)\s+(?:table|if_exists)\b\s*\(|^\s*remove\s*\(?:\w+|->dropTable\s*\(|->dropColumn\s*\("
         r"|delete_(?:model|table)\s*\(|\.mapper\.delete_table|<drop(?:Table|Column|AllForeign\w*)\b|dropTable\s*:"
         r"|dropColumn\s*:",
         f"drops a table or a column: {_LOST}", where="-prose -test -example", check=lambda file, line, found: not (file.facets.language == "sql" and _PASSING.search(line.text)) and _forward(file, line, found), unless=r"temp|tmp|scratch|drop_index|dropIndex|dropForeign|dropConstraint|drop_constraint|timestamp_?test"),
    rule("mapper-delete-all", "destructive-sql", C,
        "delete deletemany delete_all destroy_all destroy truncate remove removemany flushall flushdb flush "
        "update_all updatemany clear executeupdate executedelete deleteall deleteallinbatch delete_many update "
        "allowglobalupdate unscoped rawdeleteall all reset force sync synchronize dropschema ddl auto create "
        "hbm2ddl accept loss del deletefrom _raw_delete createquerybuilder objects",
         r"\.objects(?:\.using\([^)\n]{1,80}\))?\.(?:all|get_queryset)\(\)\s*\.(?:delete|update|_raw_delete)\s*\(|\.objects\.using\([^)\n]{1,80}\)\.(?:delete|update)\s*\(|\._raw_delete\s*\(|\.deleteFrom\(\s*[^()\n]{1,60}\)\.execute|\bdiesel::delete\(\s*[\w:]{1,60}\s*\)\s*\.execute|::delete_many\(\)\s*\.exec|\.Delete\(\)\.Exec(?:X)?\(|(?<!\))\.delete\(\)\.execute\(\)|\.createQueryBuilder\([^()\n]{0,40}\)\.delete\(\)(?:\.from\([^()\n]{1,60}\))?\.execute|\bdb\.delete\(\s*(?-i:[a-z])\w{2,40}\s*\)\s*;?\s*$|\bobjects\.(?:delete|update)\s*\("
         r"|\.(?:deleteMany|delete_many|removeMany)\s*\(\s*(?:\{\s*\}\s*)?\)|\.remove\s*\(\s*\{\s*\}\s*\)"
         r"|\.(?:update_many|updateMany)\s*\(\s*\{\s*\}\s*,"
         r"|\.destroy\s*\(\s*\{\s*(?:where\s*:\s*\{\s*\}|[^}\n]{0,80}\btruncate\s*:\s*true)"
         r"|\b(?-i:[A-Z])\w{1,40}(?:\.unscoped)?\.(?:delete_all|destroy_all)\b"
         r"|\b(?-i:[A-Z])\w{1,40}\.update_all\s*\(?\s*[\w\"':]"
         r"|(?:session|db|s)\.query\(\s*\w+\s*\)\s*\.(?:delete|update)\s*\(|\.query\.delete\s*\(\s*\)"
         r"|DB::table\([^)\n]{1,60}\)->(?:truncate|delete)\s*\(|\b(?-i:[A-Z])\w{1,40}::truncate\s*\("
         r"|::query\(\)->delete\s*\(|\bFLUSH(?:ALL|DB)\b|\.flush(?:all|db|All|Db)\s*\("
         r"|\.deleteAll(?:InBatch)?\s*\(\s*\)|ExecuteDelete(?:Async)?\s*\(\s*\)|AllowGlobalUpdate\s*:\s*true"
         r"|Where\(\s*\"1\s*=\s*1\"\s*\)\.Delete|\.RemoveRange\s*\(\s*(?:\w{0,30}context|_?ctx|_?db|this)\.\w+\s*\)"
         r"|\bRepo\.delete_all\s*\(\s*(?:[A-Z][\w.]*|\"\w+\")\s*\)|sync\s*\(\s*\{\s*force\s*:\s*true|\bdropSchema\s*:\s*true"
         r"|(?:ddl-auto|hbm2ddl\.auto)[\"']?\s*[:=]\s*[\"']?create(?:-drop)?\b|prisma\s+migrate\s+reset"
         r"|--accept-data-loss|--force-reset|\bdelete\s*\(\s*(?-i:[A-Z])\w{1,40}\s*\)\s*(?:\)|$)"
         r"|\.knex\([^)\n]{1,40}\)\.(?:del|truncate)\s*\(\s*\)"
         r"|(?<![\w.])(?:knex|db|trx|tx|database|conn|queryBuilder)(?:<[^>\n]{1,40}>)?\(\s*[\"'`][\w.]{1,60}[\"'`]\s*\)\.(?:del|delete|truncate)\s*\(\s*\)",
         f"deletes or overwrites every record: {_LOST}", where="-prose -test -example -development", check=_forward, unless=
             r"\.where\w{0,20}\s*\(|\.filter\s*\(|filter_by|->where|cache|Cache|\bMap\b|Set\b|registry|listeners|seed"
             r"|factory|mock"),
)  # fmt: skip

_THROWAWAY: Final = (
    r"(?:\.?/)?(?:[\w.@-]{1,40}/){0,4}\.?(?:dist|build|builds|_build|out|output|outputs|target|coverage|htmlcov"
    r"|node_modules|tmp|temp|cache|caches|__pycache__|pytest_cache|mypy_cache|ruff_cache|next|nuxt|turbo"
    r"|parcel-cache|gradle|venv|env|tox|nox|eggs|egg-info|vendor|generated|gen|bin|obj|logs?|release|releases|public"
    r"|site|_site|docs?|docs/_build|lib|artifacts?|reports?|junit|results?|pkg|stage|staging|bundle|storybook-static"
    r"|test-results|playwright-report|work|scratch|bazel-\w+|DerivedData|Pods|\.cache)(?:[/\w.*{},-]{0,60})?"
    r"|/(?:tmp|var/tmp|var/cache|var/lib/apt/lists|usr/share/(?:doc|man|locale)|root/\.(?:cache|npm|cargo|gnupg)"
    r"|home/\w+/\.(?:cache|npm)|run/\w+|usr/src/\w+|opt/(?:conda/pkgs|\w+/cache))(?:/[\w.*-]*)*"
    r"|~/\.(?:cache|npm|gradle/caches|m2/repository)(?:/[\w.*-]*)*"
    r"|\$\{?(?:HOME\}?/\.(?:cache|npm)\S*|TMP\w*|TEMP\w*|tmp\w*|temp\w*"
    r"|\w*(?:TMP|TEMP|tmp|temp|BUILD|build|DIST|dist|CACHE|cache|OUT|out|STAGE|stage|stag\w*|WORK|work|SCRATCH"
    r"|scratch|GNUPGHOME|RUNNER_TEMP|ARTIFACTS?|artifacts?|LOGS?|TARGET_DIR|extract\w*|download\w*|clone\w*"
    r"|sandbox\w*|gen\w*)(?:_?(?:DIR|PATH|ROOT|FOLDER|dir|path|root|folder|d|Dir))?)\}?(?:/\S*)?|\"?\$\(mktemp"
    r"|[\w-]{1,60}\.(?:\w{1,8})|[\w-]{1,60}\*\S*"
)


def _broad(file: Subject, line: Line, found: re.Match[str]) -> bool:
    """Whether a removal hits a home, a root, or whatever a variable holds."""
    text = found[0]
    for target in re.findall(r"(?:\s|=)[\"']?((?:\$\{?\w+[^\s;&|]*|~|/|\.\.?(?:/|\s|$)|\*)[^\s;&|\"']*)", text[2:]):
        plain = target.strip("\"'")
        if ":?" in plain or re.fullmatch(_THROWAWAY, plain) or re.fullmatch(r"[\w./-]*\*+\.[\w.*-]+", plain):
            continue
        if re.fullmatch(r"(?:\./|\.\./)*[\w@.-]+(?:/[\w@.*{},-]+)*/?", plain) and plain not in ("..", "../", ".", "./", "../.."):
            continue
        if re.match(r"/(?:[\w.-]+/){2,}", plain) and not re.match(
            r"/(?:etc|usr/(?:bin|lib|local)|var/(?:lib|www|backups?|log|spool|data)|home|root|srv|data|mnt|opt|boot"
            r"|Users)/", plain):
            continue
        if re.match(r"\$\{?\w+\}?/[\w.-]+", plain) and re.fullmatch(r"\$\{?\w+\}?/(?:[\w.-]+/)*\.?(?:" + _THROWAWAY + r")", plain):
            continue
        if re.match(
            r"\$\{?(?:ROOT|PROJECT|REPO|SRC|CURDIR|PWD|GITHUB_WORKSPACE|WORKSPACE|DIR|SCRIPT_DIR|ROOT_DIR"
            r"|PROJECT_ROOT|PROJECT_DIR|BASE_DIR|REPO_ROOT)\}?/[\w.-]+", plain):
            continue
        return True
    return False


def _broad_windows(file: Subject, line: Line, found: re.Match[str]) -> bool:
    """Whether PowerShell removes a home, a drive or all that a variable holds."""
    if "-Recurse" not in found[0] and not re.search(r"\s-fo?\b|-Force", found[0], re.IGNORECASE):
        return False
    # Of a pipe, what is listed tells what is removed.
    for quoted, bare in re.findall(r"\s(?:[\"']([^\"'\n]{1,160})[\"']|([$~A-Za-z][^\s\"',;|]{0,160}))", found[0].split("|")[0]):
        target = quoted or bare
        if re.match(r"\$(?:env:)?\w*(?:te?mp|build|dist|cache|out|bin|obj|artifact|publish|stag|work|log|extract|download|package|scratch|test)", target, re.IGNORECASE):
            continue
        if re.fullmatch(r"(?:\$\{?(?:env:)?\w+(?:\.\w+)?\}?|~|[A-Z]:)[\\/]?\*{0,2}(?:\.\*)?", target, re.IGNORECASE) or re.match(
            r"(?:\$HOME|\$env:(?:USERPROFILE|HOMEDRIVE|HOMEPATH|SystemRoot|SystemDrive|ProgramFiles|ProgramData|APPDATA|LOCALAPPDATA)|~)[\\/](?!\.?(?:cache|npm|nuget|te?mp))", target, re.IGNORECASE):
            return True
    return False


def _run_here(file: Subject, line: Line, found: re.Match[str]) -> bool:
    """Whether a command is run: it stands in a script, or in code beside what runs commands."""
    if file.facets.language in ("shell", "yaml", "docker", "make", "json", "toml", "groovy", "powershell", "batch", "ruby", "jsonc", "terraform", ""):
        return True
    return bool(re.search(
        r"exec|spawn|system|subprocess|\brun\w*\s*\(|shell|Command|Popen|check_|\$`|os\.|_(?:delete|terminate)\w*\("
        r"|delete_|terminate_|Delete\w+Command|\.delete\(", "\n".join(each.code for each in file.around(line, 2, 1))))


COMMANDS: Final = (
    rule("remove-home", "destructive-cmd", C,
        "rm preserve",
        r"\brm\s+(?:-[\w-]+\s+)*-(?:[a-zA-Z]*[rR][a-zA-Z]*"
        r"|-recursive)\s+(?:-[\w-]+\s+)*[\"']?(?:/(?:\s|\*|$|[\"';&|])"
        r"|~(?:/(?!\.(?:cache|npm|m2|gradle|cargo|nuget|ivy2|sbt|bun|pnpm|composer|rustup|pub-cache|yarn)\b)|\s|$"
        r"|\*)|\$\{?HOME\}?(?:/?(?:[\"'\s*;&|]|$)|/(?!\.(?:cache|npm|m2|cargo|nuget|yarn|local/share/\w+|gradle)\b))"
        r"|/(?:etc|usr|var|home|root|srv|boot|opt|data|mnt|Users|lib|bin)\b/?(?:[\"'\s*;&|]|$)"
        r"|\.\.?(?:\s|$|/\*|/?[\"';&|])|\*(?:\s|$))|--no-preserve-root",
        "removes a home, a system folder or everything in sight", where="-prose -test", check=lambda file, line, found: file.facets.language != "docker" or "/var/lib" not in line.text),
    rule("remove-variable", "destructive-cmd", H, "rm", r"\brm\s+(?:-[\w-]+\s+)*-(?:[a-zA-Z]*[rR][a-zA-Z]*|-recursive)\s[^\n;&|]{1,200}", "removes whatever a variable or a wide path holds, without a way back", where="-prose -test", check=_broad),
    rule("remove-powershell", "destructive-cmd", H, "remove+item ri rm del rd rmdir erase",
         r"(?:\bRemove-Item|(?<![\w.-])(?:ri|rm|del|rd|rmdir|erase))\b(?=[^\n;|]{0,200}?\s-r\w{0,8}\b)[^\n;|]{0,200}",
         "removes whatever a variable or a wide path holds, without a way back", where="-prose -test -example", languages="powershell yaml batch", check=_broad_windows),
    rule("remove-piped", "destructive-cmd", H, "remove+item ri rm del xargs+kubectl xargs+rm xargs+volume xargs+aws foreach",
         r"(?:\bGet-(?:ChildItem|Item)|(?<![\w.-])(?:gci|dir|ls))\b[^\n;|]{0,200}\|[^\n;]{0,200}?(?:\bRemove-Item|(?<![\w.-])(?:ri|rm|del))\b[^\n;|]{0,120}"
         r"|\|\s*(?:sudo\s+)?xargs\b[^\n|;]{0,60}?\b(?:kubectl\s+delete\s+(?:ns|namespaces?|pvc?)|(?:docker|podman)\s+volume\s+rm|aws\s+s3\s+rb|git\s+push\b[^\n]{0,60}--delete)"
         r"|\bfind\s+[\"']?(?:/|~|\$HOME|\$\{?HOME\}?|\.)[\"']?\s(?![^\n|]{0,200}-name)[^\n|]{0,120}\|\s*(?:sudo\s+)?xargs\b[^\n|;]{0,40}\brm\s+-\w*[rR]",
         "removes whatever a listing of a wide place gives, without a way back", where="-prose -test -example", languages="powershell yaml batch shell make docker",
         check=lambda file, line, found: "xargs" in found[0] or _broad_windows(file, line, found)),
    rule("remove-disk", "destructive-cmd", C,
        "mkfs dd wipefs shred fdisk parted sgdisk zpool zfs lvremove vgremove pvremove find format del rd "
        "/dev/ blkdiscard cryptsetup hdparm diskpart rmdir",
         r"\bmkfs(?:\.\w+)?\s+\S|\bdd\b[^\n]{0,120}\bof=/dev/(?!null|stdout)|\bwipefs\s+-[af]"
         r"|\bshred\s+(?:-\w+\s+)*\S|\bsgdisk\s+(?:-Z|--zap)|\bparted\b[^\n]{0,60}mklabel|\bzpool\s+destroy"
         r"|\bzfs\s+destroy|\b(?:lv|vg|pv)remove\b|>\s*/dev/(?:sd|nvme|vd|hd|disk)\w|\bblkdiscard\b"
         r"|\bfind\s+(?:/|~|\$\{?HOME\}?|\$\w+|\"\$\w+\"|/(?:var|etc|home|srv|data"
         r"|opt)\S*)\s[^\n]{0,160}(?:-delete\b|-exec\s+(?:sudo\s+)?rm\b)|\bdel\s+(?:/[a-z]\s+)*/s\b[^\n]{0,60}"
         r"|\brd\s+(?:/[a-z]\s+)*/s\b|\brmdir\s+/s\b|\bformat\s+[a-z]:\s*/|\bcryptsetup\s+(?:luksFormat|erase)"
         r"|:\(\)\s*\{\s*:\s*\|\s*:\s*&",
         "erases a disk or a tree: there is no way back", where="-prose -test", unless=
         r"/tmp\b|\.pyc|__pycache__|-name\s+[\"']?\*\.(?:pyc|tmp|log|o|bak|orig)|-mtime\s+\+|/var/cache"
         r"|/var/log[^\n]{0,80}-mtime|\$\{?(?:TMP|BUILD|tmp|DIST)"),
    rule("force-push", "destructive-cmd", H,
        "push filter-branch filter reflog heads",
         r"\bgit\b[^|;&\n]{0,60}\bpush\b[^|;&\n]{0,160}(?:\s--force(?!-with-lease|-if)\b"
         r"|\s-[a-eg-z]{0,3}f[a-z]{0,3}(?=\s|$|[\"'])|\s--mirror\b|\s\+[\w/${}-]{1,60}(?::|\s|$)"
         r"|\s(?:--delete|-d)\s+\S{0,40}(?:main|master|release|prod|production|\$)"
         r"|\s:(?:refs/heads/)?(?:main|master|release|\$)|--force-with-lease[^\n]{0,40}\b(?:main|master)\b)"
         r"|\bgit\s+filter-(?:branch|repo)\b|\bgit\s+reflog\s+expire\b[^\n]{0,60}--all"
         r"|\bgit\s+update-ref\s+-d\s+refs/heads"
         r"|[\"']push[\"']\s*,\s*(?:[\"'][\w./-]{1,40}[\"']\s*,\s*){0,3}[\"'](?:--force|-f|--mirror)[\"']"
         r"|\.push\s*\([^\n]{0,80}force\s*=\s*True|force_?push\s*:\s*true",
         "overwrites or removes published history", where="-prose -test", unless=r"gh-pages|pages\b|\bdocs?-deploy"),
    rule("git-clean", "destructive-cmd", H, "reset clean stash checkout",
        r"\bgit\s+reset\s+--hard\b[^\n]{0,100}&&\s*git\s+clean\s+-\w*[fdx]"
        r"|\bgit\s+clean\s+-\w*f\w*d?\w*x\w*\b(?![^\n]{0,40}(?:-n|--dry-run))|\bgit\s+stash\s+(?:clear|drop)"
        r"|\bgit\s+checkout\s+--?\s+\.\s*$|\bgit\s+reset\s+--hard\s+(?:origin|HEAD~|\$)",
        "throws away work that was not committed", where="-prose -test -pipeline -development", languages="shell make yaml json python javascript ruby toml groovy"),
    rule("containers", "destructive-cmd", H, "docker podman prune volume compose down system volumes rmi",
         r"\b(?:docker|podman)\s+(?:system|volume)\s+prune\b[^\n]{0,60}(?:-[a-z]*a|--all|--volumes|-f|--force)"
         r"|\b(?:docker|podman)\s+volume\s+(?:rm|remove)\b|\b(?:docker|podman)(?:\s+"
         r"|-)compose\b[^\n]{0,80}\bdown\b[^\n]{0,60}(?:\s-v\b|--volumes\b)"
         r"|\b(?:docker|podman)\s+(?:rm|rmi|container\s+rm|image\s+rm)\s+(?:-\w+\s+)*[\"']?(?:\$\(|`)\s*(?:docker"
         r"|podman)",
         "removes volumes or every container on the machine", where="-prose -test -example", check=lambda file, line, found: not (file.facets.test or (re.search(r"\b(?:test|e2e|ci|integration)", file.path) and "prune" not in line.text and "volume rm" not in line.text))),
    rule("cluster", "destructive-cmd", C,
        "kubectl helm oc k9s eksctl kops etcdctl velero argocd nomad consul istioctl kind",
         r"\b(?:kubectl|oc|k)\s+(?:-\S+\s+\S+\s+)*delete\s+(?:-\S+\s+)*(?:ns|namespaces?|pvc?|persistentvolume\w*"
         r"|crds?|customresourcedefinitions?|nodes?|all|clusterrole\w*|statefulsets?|sts|deploy\w*"
         r"|secrets?)\b(?:[^\n]{0,100})|\b(?:kubectl|oc)\b[^\n]{0,80}\bdelete\b[^\n]{0,80}\s--all\b"
         r"|\bhelm\s+(?:uninstall|delete|del)\s+\S|\beksctl\s+delete\s|\bkops\s+delete\s"
         r"|\betcdctl\b[^\n]{0,60}\bdel\b[^\n]{0,60}(?:--prefix|--from-key|\"\")|\bvelero\s+backup\s+delete"
         r"|\bargocd\s+app\s+delete|\bkubectl\b[^\n]{0,60}\breplace\s+--force|\bnomad\s+job\s+stop\s+-purge"
         r"|consul\s+kv\s+delete\s+-recurse",
         "removes a namespace, volumes or a release from a cluster", where="-prose -test -example", check=_run_here, unless=
             r"--dry-run|kind-|minikube|ignore-not-found[^\n]{0,40}(?:test|e2e)|\bkind\b|preview|pr-\$|test-ns|e2e"
             r"|\$\{?(?:TEST|PREVIEW|PR_|E2E)"),
    rule("infrastructure", "destructive-cmd", C,
        "terraform tofu pulumi cdk terragrunt serverless sls cloudformation destroy ansible crossplane sst amplify "
        "copilot sam",
         r"\b(?:terraform|tofu|terragrunt)\b(?!\s+plan)[^\n|;&]{0,80}\bdestroy\b"
         r"|\b(?:terraform|tofu|terragrunt)\s+apply\b[^\n]{0,80}-destroy\b|\b(?:terraform|tofu)\s+state\s+rm\b"
         r"|\bterraform\s+workspace\s+delete\s+-force|\bpulumi\s+(?:destroy|stack\s+rm)\b|\bcdk\s+destroy\b"
         r"|\b(?:serverless|sls|sst)\s+remove\b|\bsam\s+delete\b|\bamplify\s+delete\b"
         r"|\bcopilot\s+(?:app|env|svc)\s+delete\b|\b(?:terraform|tofu|terragrunt)\s+force-unlock"
         r"|[\"']destroy[\"']\s*,\s*[\"']-auto-approve[\"']",
         "takes infrastructure down", where="-prose -test -example", check=_run_here, unless=r"plan\s+-destroy|--preview-only|pulumi\s+preview"),
    rule("cloud", "destructive-cmd", C,
        "aws gcloud gsutil az rclone s3cmd heroku doctl flyctl fly mc bq ibmcloud oci supabase firebase "
        "vercel wrangler linode scw gh hcloud railway neonctl pscale s3 mongosh atlas stripe "
        "delete_db_instance delete_objects delete_table delete_bucket terminate_instances delete_stack "
        "bucket",
         r"\baws\b[^\n]{0,60}\b(?:s3\s+rb\b|s3\s+rm\b[^\n]{0,120}--recursive|s3\s+sync\b[^\n]{0,160}--delete"
         r"|s3api\s+delete-(?:bucket|objects)|(?:rds|ec2|dynamodb|iam|kms|eks|ecs|ecr|lambda|cloudformation"
         r"|elasticache|redshift|route53|secretsmanager|backup|efs|organizations|cognito-idp|logs|sqs|sns|opensearch"
         r"|docdb)\s+(?:delete|terminate|schedule-key-deletion|deregister|purge|remove)-?[\w-]*)"
         r"|\bgcloud\b[^\n]{0,100}\b(?:delete|destroy)\b|\bgsutil\b[^\n]{0,60}\b(?:rm\s+(?:-\w+\s+)*-[rRa]|rm\s+-r"
         r"|rb\b|rsync\b[^\n]{0,60}-d\b)|\bgcloud\s+storage\s+rm\b[^\n]{0,60}(?:-r|--recursive)"
         r"|\baz\b[^\n]{0,80}\b(?:delete|delete-batch|purge)\b|\brclone\s+(?:purge|delete|sync|deletefile)\b"
         r"|\bs3cmd\s+(?:del|rb)\b[^\n]{0,60}(?:--recursive|-r|--force)"
         r"|\bheroku\s+(?:apps:destroy|pg:reset|addons:destroy)|\bdoctl\b[^\n]{0,60}\bdelete\b"
         r"|\b(?:fly|flyctl)\s+(?:apps|volumes|pg|postgres)\s+destroy|\bmc\s+rb\b|\bmc\s+rm\b[^\n]{0,60}--recursive"
         r"|\bbq\s+rm\b|\bfirebase\s+(?:firestore:delete|projects:delete|database:remove)|\bsupabase\s+db\s+reset"
         r"|\bgh\s+(?:repo|release|secret|api\s+-X\s+DELETE)\s+delete\b|\bgh\s+repo\s+delete"
         r"|\bgh\s+api\b[^\n]{0,60}-X\s*DELETE|\bwrangler\b[^\n]{0,40}\bdelete\b|\bpscale\s+\w+\s+delete"
         r"|\bvercel\s+(?:remove|rm)\b|delete_bucket\s*\(|DeleteBucketCommand|bucket\.objects\.all\(\)\.delete\s*\("
         r"|\.delete_objects\s*\(|terminate_instances\s*\(|delete_db_instance\s*\(|delete_table\s*\("
         r"|delete_stack\s*\(",
         "deletes cloud resources or stored objects", where="-prose -test -example", check=_run_here, unless=r"--dry-?run|preview|ephemeral|pr-\$|test-bucket|\bcache\b|--query"),
    rule("database-shell", "destructive-cmd", C,
        "dropdb mysqladmin mongo mongosh redis rails rake artisan manage flush psql mysql sqlplus "
        "dropdatabase drop reset migrate fresh wipe disable_database_environment_check",
         r"\bdropdb\s+\S|\bmysqladmin\b[^\n]{0,60}\bdrop\b|\bredis-cli\b[^\n]{0,80}\bflush(?:all|db)\b"
         r"|\bmongo(?:sh)?\b[^\n]{0,160}(?:dropDatabase|\.drop\(\)|deleteMany\(\{\}\))"
         r"|\b(?:rails|rake|bin/rails)\s+db:(?:drop|reset|purge|migrate:reset|schema:load|truncate_all)"
         r"|\bartisan\s+(?:migrate:(?:fresh|reset|refresh)|db:wipe)|\bmanage\.py\s+(?:flush|reset_db|sqlflush)\b"
         r"|\b(?:psql|mysql|sqlcmd|sqlite3|clickhouse-client)\b[^\n]{0,160}(?:DROP\s+(?:DATABASE|TABLE|SCHEMA)"
         r"|TRUNCATE\s)|\bmix\s+ecto\.(?:drop|reset)\b|\bflyway\b[^\n]{0,40}\bclean\b"
         r"|\bliquibase\b[^\n]{0,40}\bdrop-?all\b|\bprisma\s+migrate\s+reset|typeorm\s+schema:drop"
         r"|sequelize\s+db:drop|DISABLE_DATABASE_ENVIRONMENT_CHECK",
         "wipes a database", where="-prose -test -example", check=_run_here, unless=r"RAILS_ENV=test|test_db|_test\b|APP_ENV=testing|NODE_ENV=test|--env=testing"),
    rule("remove-in-code", "destructive-cmd", H,
        "rmtree rmsync rm rmdirsync removeall remove_dir_all rm_rf deletedirectory rimraf deleterecursively "
        "remove_tree unlink remove_all remove+recurse delete removesync emptydirsync walkfiletree "
        "removeitem rmdir homedir remove",
         r"\brmtree\s*\(\s*(?:Path\.home\(\)|os\.path\.expanduser|[\"'](?:/|~)[\"']"
         r"|[\"']/(?:etc|usr|var|home|root|srv|opt|data|mnt)[\w/.-]{0,60}[\"']|os\.getcwd\(\)|Path\.cwd\(\)"
         r"|os\.environ|sys\.argv|args\.\w+|Path\(\s*[\"']/)"
         r"|\b(?:fs\.)?(?:rm|rmSync|rmdirSync|rmdir|remove|removeSync|emptyDirSync)\s*\(\s*(?:os\.homedir\(\)"
         r"|process\.cwd\(\)|process\.env\.\w+|process\.argv|req\.\w+|[\"']/[\"']"
         r"|[\"']/(?:etc|usr|var|home|root|srv|data)[\w/.-]{0,60}[\"'])"
         r"|\brimraf(?:\.sync|Sync)?\s*\(\s*(?:process\.|os\.homedir|[\"'`]/(?!tmp))"
         r"|\bos\.RemoveAll\s*\(\s*(?:os\.Getenv|home|os\.Args|\"/\"|\"/(?:etc|usr|var|home|root|srv|data)\S{0,60}\""
         r"|filepath\.Join\(\s*home\s*\))|\bremove_dir_all\s*\(\s*(?:dirs::home|home_dir|\"/|env::args|env::var)"
         r"|\b(?:FileUtils\.)?rm_rf\s*\(?\s*(?:Dir\.home|ENV\[|[\"']/(?!tmp)|ARGV|params)"
         r"|Remove-Item\b[^\n]{0,120}-Recurse[^\n]{0,80}(?:\$env:(?:USERPROFILE|HOMEDRIVE|SystemRoot|ProgramFiles"
         r"|APPDATA)|\$HOME|[A-Z]:\\(?!Temp)|\*)|Directory\.Delete\s*\(\s*(?:Environment\.GetFolderPath|@?\"[A-Z]:\\"
         r"|args)|deleteDirectory\s*\(\s*(?:new\s+File\(\s*)?(?:System\.getProperty\(\s*\"user\.home|\"/|args)"
         r"|File\(\s*System\.getProperty\(\s*\"user\.home\"[^\n]{0,80}\.deleteRecursively|File\.rm_rf!?\(\s*(?:System\.(?:user_home|get_env)|\"/|Path\.expand\(\s*\"~)"
         r"|removeItem\([^\n]{0,60}(?:homeDirectory|NSHomeDirectory)|\b(?:rm|rmSync|rimraf|remove|removeSync|rmdirSync)\s*\(\s*(?:path\.join\(\s*)?homedir\(\)"
         r"|walkFileTree\s*\(\s*Paths\.get\(\s*\"/",
         "removes a home, a system folder or whatever it is told to", where="-prose -test -example"),
    rule("overwrite", "destructive-cmd", H,
        "rsync chown chmod crontab userdel truncate robocopy unpublish systemctl history npm iptables setfacl mv "
        "vault passwd",
         r"\brsync\b[^\n]{0,160}--delete(?:-\w+)?\b[^\n]{0,160}(?:\s/|~|\$|@[\w.-]+:)"
         r"|\bchmod\s+(?:-\w+\s+)*-R\s+\S+\s+[\"']?/(?:\s|$|etc|usr|var)"
         r"|\bchown\s+(?:-\w+\s+)*-R\s+\S+\s+[\"']?/(?:\s|$|etc|usr|var\b(?!/www|/lib/\w|/log/\w))|\bcrontab\s+-r\b"
         r"|\buserdel\s+-r|\bnpm\s+unpublish\b|\btruncate\s+-s\s*0\s+[\"']?(?:/var|\$|/)|\bmv\s+\S+\s+/dev/null"
         r"|\brobocopy\b[^\n]{0,120}/(?:MIR|PURGE)|\bvault\s+(?:secrets\s+disable|kv\s+metadata\s+delete|delete)\b"
         r"|\biptables\s+(?:-F|--flush)\b",
         "overwrites or removes broadly, without a way back", where="-prose -test -example"),
)  # fmt: skip

RULES: Final = (*SQL, *COMMANDS)
