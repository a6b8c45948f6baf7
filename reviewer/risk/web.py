"""Rules on text built from values that something else reads as SQL, HTML or a template, and on connections nobody checks.

What must stay true: bound parameters, placeholder lists and messages that begin with a SQL verb are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import H, News, other_side, rule

_SQL: Final = (
    r"(?:SELECT\s[^\"'`\n]{0,200}?\bFROM\b|INSERT\s+(?:OR\s+\w+\s+)?INTO\s|UPDATE\s+[^\s\"'`]{1,80}\s+SET\s"
    r"|DELETE\s+FROM\s|REPLACE\s+INTO\s|MERGE\s+INTO\s|(?:DROP|ALTER|CREATE)\s+(?:TABLE|DATABASE|USER|ROLE|VIEW"
    r"|INDEX)\s|(?-i:CALL)\s+\w+\(|EXEC\s+\w+|TRUNCATE\s+TABLE\s"
    r"|(?:WHERE|(?-i:AND|OR|HAVING))\s+[\w.`\"\[\]]{1,60}\s*(?:=|<|>|!=|LIKE\b|IN\b|ILIKE\b)|ORDER\s+BY\s|\bFROM\s+\w+\s+WHERE\b"
    r"|\bUNION\s+SELECT\b|GRANT\s+\w+\s+ON\s)"
)
# Names of values that are lists of placeholders, or of tables and columns that the program itself names.
_FIXED: Final = re.compile(
    r"\A[\s(]*(?:self\.|this\.|cls\.)?_?(?:(?-i:[A-Z][A-Z0-9_]+)"
    r"|[\w.]*(?:placeholders?|marks?|qmarks|params?_?(?:list|str|sql)?|binds?|bindings|columns?|cols"
    r"|fields?_?(?:sql|list)?|table(?:_?name)?|tbl|schema(?:_?name)?|where_?(?:clause|sql)?|extra\w*|filters?|predicates?|criteria|cte\w*|clauses?|conditions?"
    r"|join(?:s|_sql)?|order_?(?:by|clause|sql)?|limit_?(?:clause|sql)?|query_?parts?|sql|values_?sql|returning"
    r"|dialect|prefix|suffix|__tablename__|tableName|quoted\w*|ident\w*))\)?"
    r"(?:!r|:\w{0,6})?\s*\Z|\?|join\(|\bquote|escape|ident|sanitize|\bint\(|Number\(|parseInt|placeholder|\.length\b",
    re.IGNORECASE,
)
_HOLES: Final = re.compile(
    r"\$\{([^{}\n]{1,120})\}|#\{([^{}\n]{1,120})\}|(?<![\$#\\{])\{([^{}\n\"]{1,120})\}|\\\(([^()\n]{1,120})\)"
    r"|(?<![\w\\])\$([a-zA-Z_][\w>\[\]'-]{0,60})")
_MESSAGE: Final = re.compile(
    r"\b(?:log(?:ger)?|console|print(?:f|ln)?|echo|raise|throw|Error|Exception|warn(?:ing)?|info|debug|alert|toast"
    r"|notify|message|msg|title|label|description|help|t|_|gettext|assert\w*|fmt\.Errorf|errors\.New|panic|puts"
    r"|commit|subject)\s*[(!:=]|\bnew\s+\w*(?:Error|Exception)\b", re.IGNORECASE)
_RUNS_SQL: Final = re.compile(
    r"execute|query|\braw\b|sql|cursor|prepare|fetch|\bdb\b|conn|session|select|from_|find_by|where|exec\b|statement"
    r"|rows", re.IGNORECASE)


def _built(file: Subject, line: Line, found: re.Match[str]) -> bool:
    """Whether the SQL has values in it that are not the program's own names."""
    text = found.string
    verb = re.search(r"[A-Za-z]+", re.sub(r"^[fFrRsS@$]{0,2}[\"'`]+", "", found[0]))
    if verb and verb[0].istitle() and file is not None and file.facets.language != "sql":
        return False  # a sentence
    if _MESSAGE.search(text[: found.start()][-60:]) and not _RUNS_SQL.search(text[: found.start()]):
        return False
    tail = _expression(text[found.start() :])
    holes = [next(g for g in hole.groups() if g) for hole in _HOLES.finditer(tail) if tail[hole.start() - 1 : hole.start()] not in (":", "@")] if not re.match(r"[^\n]{0,300}(?:\.format\s*\(|[\"']\s*%\s*[\w(])", tail) else []
    if holes:
        return any(not _FIXED.search(each) and not re.search(rf"\bfor {re.escape(each)} in _?[A-Z]", tail) for each in holes)
    return bool(
        re.search(
            r"[\"'`]\s*\+\s*+(?![\"'`\s])(?!(?:[A-Z_]{3,}|\w*(?:placeholders|columns|table\w*))\b)"
            r"|[\"']\s*\.\s*(?:\$(?!table|columns|placeholders)|\w+\()|[\"']\s*\.\.\s*\w|[\"']\s*%\s*(?:\(|\w)"
            r"|\.format\s*\(|\|\|\s*[:@]?\w|[\"']\s*&\s*\w|[\"']\s*<>\s*\w|\"\s*,\s*\w[\w.]{0,40}\s*,\s*\""
            r"|\.concat\(|\.append\(\s*+(?![\"'])", tail)
        and not re.search(
            r"%\s*\(?\s*(?:[A-Z_]{3,}|\w*(?:placeholders|marks|columns|table\w*|fields|where\w*|clause\w*|sql))\b"
            r"|format\s*\(\s*(?:[\w=]*(?:placeholders|marks|columns|table\w*|fields)|[A-Z_]{3,})\b"
            r"|\+\s*\w*(?:placeholders|marks|where\w*|clause\w*|_sql|columns)\b|join\(", tail)
    )


def _expression(text: str) -> str:
    """A statement from where its SQL begins to where it ends, over lines that are joined by an operator or a quote."""
    lines = text.split("\n")
    taken = lines[0]
    here = taken.startswith("<<")
    for line in lines[1:6]:
        last, following = taken.rstrip(), line.lstrip()
        inside = here or any(taken.count(quote) % 2 for quote in ('"""', "'''", "`", '"'))
        joined = last.endswith(("+", "\\", "(", "%", "||", "..")) or following.startswith(("+", "%", "||", "..", ". "))
        if not inside and not joined and not (last.endswith(('"', "'")) and re.match(r"[frb]{0,2}[\"']", following)):
            break
        taken += "\n" + line
    return taken


def _sprintf(file: Subject, line: Line, found: re.Match[str]) -> bool:
    return not re.search(r"\b(?:table|placeholders|columns|cols|marks|schema)\w*\s*[,)]", found.string[found.end() : found.end() + 120], re.IGNORECASE) or ("%d" not in found[0] and "'%s'" in found.string)


INJECTION: Final = (
    rule("sql-built", "injection", H,
        "select insert update delete where replace merge drop alter create exec order union truncate call "
        "from grant having ilike",
         r"(?:\"{3}|[fF]r?[\"']{1,3}|[rR]?[fF][\"']{1,3}|[`\"']|@?\$@?\"|s\"{1,3}|~s\(|<<[<~-]{0,2}[\"']?[A-Za-z_]\w{0,30}[\"']?[^\"'`\n]{0,40}"
         rf"|\"{{3}})\s*[^\"'`\n]{{0,160}}?\b{_SQL}",
         "builds SQL from values: whoever chooses a value chooses the statement", span=4,
         languages="python javascript java kotlin scala groovy csharp go php ruby rust swift elixir perl lua dart c r", where="-prose -test", check=_built,
         unless=r"^\s*(?:#|//|\*)|sql`|Prisma\.sql|(?:FromSql|ExecuteSql|SqlQuery)(?:Interpolated)?(?:Async)?\s*(?:<\w{1,40}>)?\(\s*\$|\bsql\.SQL\(|\bsqlc\.|psycopg2?\.sql|Identifier\("),
    rule("sql-format", "injection", H,
        "sprintf format format! write! formatted appendf fprintf",
         r"(?:fmt\.(?:Sprintf|Fprintf|Appendf)|String\.format|\bsprintf|\bformat!|\bwrite!|string\.Format"
         r"|string\.format"
         rf"|\.formatted)\s*\(\s*(?:[&\w.]{{1,30}}\s*,\s*)?[rR]?[\"`]{{1,3}}[^\"`]{{0,300}}?\b{_SQL}[^\"`]{{0,400}}(?:%[sdvq+]"
         r"|\{\w*\}|\{\d)", "builds SQL from values: whoever chooses a value chooses the statement", span=4,
         languages="go java kotlin c rust csharp php ruby lua perl r", where="-prose -test", check=_sprintf),
    rule("sql-append", "injection", H,
        "and or where having values like limit union",
         r"[\"'`]\s*(?-i:AND|OR|WHERE|HAVING|SET|VALUES|ORDER BY|LIMIT|UNION|SELECT|ON|,)\b[^\"`\n]{0,160}?(?:=|<|>|\bLIKE|\bIN\s*\(|\bBY|\bLIMIT|\(|,)\s*'?%?[\"'`]"
         r"\s*\)\s*\.\s*(?:append|Append\w*|concat|push|write|add)\(\s*+(?![\"'`\d])[\w.]"
         r"|(?:\+=|<<|\.=|\.(?:append|Append\w*|concat|push_str|push|write|add)\()\s*[fF$]?[\"'`]\s*(?-i:AND|OR|WHERE|HAVING|SET|ORDER BY|LIMIT|UNION)\b[^\n]{0,160}?"
         r"(?:\$\{|#\{|(?<=[= (%'])\{|\\\(|\$\w|[\"'`]\s*(?:\+|\.|\.\.|<>|&)\s*+(?![\"'`])[\w$])",
         "builds SQL from values: whoever chooses a value chooses the statement", where="-prose -test", near=r"sql|query|select|stmt|where\b|jdbc|=\s*'%?\"", reach=10,
         languages="python javascript java kotlin scala groovy csharp go php ruby rust swift elixir perl lua dart c", unless=r"placeholders?\b|\.quote\(|escape|join\(|:\w+\s*[\"'`]\s*\)?$"),
    rule("sql-raw", "injection", H,
        "raw queryrawunsafe executerawunsafe fromsqlraw executesqlraw literal extra rawsql unsafe where "
        "order find_by_sql text execute query exec pluck select having group createnativequery createquery "
        "createsqlquery update_all delete_all count_by_sql joins exists params",
         r"\$(?:queryRawUnsafe|executeRawUnsafe)\s*\(|\b(?:FromSqlRaw|ExecuteSqlRaw(?:Async)?|SqlQuery"
         r"|ExecuteSqlCommand|ExecuteSqlInterpolated\s*\(\s*string)\s*\(\s*(?:\$|[^\"\n]{0,20}\+|[a-z]\w*\s*[,)])"
         r"|(?:sequelize|Sequelize|knex|db|trx|prisma|DB|sql)\.(?:literal|raw|unsafe|whereRaw"
         r"|selectRaw)\s*\(\s*(?:`[^`\n]{0,300}\$\{|[\"'][^\"'\n]{0,200}[\"']\s*[+.]|\"[^\"\n]{0,200}\$)"
         r"|(?:where|order|select|having|group|joins|pluck|from|exists\?|find_by_sql|count_by_sql|update_all"
         r"|delete_all|order)\s*\(?\s*(?:\"[^\"\n]{0,200}#\{|params\[)"
         r"|\.(?:whereRaw|orderByRaw|havingRaw|selectRaw|orderBy|andWhere|where)\s*\(\s*(?:`[^`\n]{0,200}\$\{"
         r"|\"[^\"\n]{0,200}(?:\$\w|\"\s*\.\s*\$)|[\"'][^\"'\n]{0,200}[\"']\s*\+)"
         r"|\.extra\s*\(\s*(?:where|select|order_by)\s*=\s*\[?\s*f?[\"'][^\"'\n]{0,200}(?:\{|%|\"\s*\+)"
         r"|\bRawSQL\s*\(\s*f?[\"'][^\"'\n]{0,200}(?:\{|%s?[\"']\s*%)|\.raw\s*\(\s*f[\"']"
         r"|(?<![\w.])text\s*\(\s*f[\"']{1,3}[^\"'\n]{0,60}(?:SELECT|INSERT|UPDATE|DELETE|WHERE|ALTER|DROP|CREATE"
         r"|TRUNCATE|ORDER)\b[^\"'\n]{0,300}\{|create(?:Native|SQL)?Query\s*\(\s*\"[^\"\n]{0,300}\"\s*\+"
         r"|(?:Statement|stmt|statement)\s*\.execute(?:Query|Update)?\s*\(\s*(?:\"[^\"\n]{0,300}\"\s*\+)",
         "hands a built string to the database: whoever chooses a value chooses the statement", where="-prose -test", languages="python javascript java kotlin scala csharp php ruby groovy go"),
    rule("query-built", "injection", H,
        "where xpath ldap filter search cn uid function find mapreduce evaluate selectnodes command cypher "
        "match aggregate objectclass deletemany selectsinglenode memberof updatemany mail samaccountname "
        "merge create+run",
         r"\$where[\"']?\s*:\s*+(?![\"'][^\"'$+]{0,200}[\"']\s*[,}])"
         r"|\.(?:find|findOne|deleteMany|updateMany|aggregate)\s*\(\s*(?:req\.(?:body|query)|JSON\.parse\(req)"
         r"|(?:xpath|selectNodes|evaluate|SelectSingleNode|SelectNodes|find_by_xpath)\s*\(\s*(?:f[\"'][^\n]{0,200}\{"
         r"|`[^`\n]{0,200}\$\{|\"[^\"\n]{0,200}\"\s*\+|\$@?\"[^\n]{0,200}\{)"
         r"|[\"'`(]\(?(?:uid|cn|sAMAccountName|mail|memberOf|objectClass)=(?:\{|\$\{|%s|#\{|\"\s*[+.]|'\s*[+.])"
         r"|(?:run|query|cypher)\s*\(\s*f?[\"'`]\s*(?:MATCH|CREATE|MERGE)\s*\([^\n]{0,200}(?:\{\w+\}[\"']|\$\{"
         r"|[\"']\s*\+)",
         "builds a query from values: whoever chooses a value chooses the query", where="-prose -test"),
    rule("html-raw", "injection", H,
        "innerhtml outerhtml write writeln dangerouslysetinnerhtml v insertadjacenthtml "
        "bypasssecuritytrusthtml bypasssecuritytrustscript bypasssecuritytrusturl "
        "bypasssecuritytrustresourceurl unsafehtml srcdoc html parsehtml createcontextualfragment "
        "sethtmlunsafe writel prepend bypass+security",
         r"\.(?:inner|outer)HTML\s*\+?=\s*+(?!\s*(?:[\"'][^\"'+$]{0,400}[\"']|``|`[^`$]{0,400}`)\s*;?\s*$)(?!=)"
         r"|\bdocument\.writeln?\s*\(\s*+(?![\"'][^\"'+]{0,300}[\"']\s*\))|dangerouslySetInnerHTML\s*=?\s*[{:]"
         r"|(?<![\w-])v-html\s*=|\binsertAdjacentHTML\s*\(\s*[^,\n]{1,40},\s*+(?![\"'][^\"'+]{0,300}[\"']\s*\))"
         r"|bypassSecurityTrust(?:Html|Script|Url|ResourceUrl|Style)\s*\(|\[innerHTML\]\s*=|\{@html\s"
         r"|unsafeHTML\s*\(|\bset:html=|\.(?:html|append|prepend|after"
         r"|before)\s*\(\s*(?:`[^`\n]{0,300}<[^`\n]{0,300}\$\{|[\"'][^\"'\n]{0,200}<[^\"'\n]{0,200}[\"']\s*\+)"
         r"|\$\([^)\n]{1,60}\)\.html\s*\(\s*+(?!\s*\)|[\"'][^\"'+]{0,300}[\"']\s*\))"
         r"|createContextualFragment\s*\(\s*+(?![\"'])|setHTMLUnsafe\s*\(|\bsrcdoc\s*=\s*\{",
         "puts text into a page as HTML: whoever chooses the text runs scripts in it", languages="javascript markup php ruby", where="-prose -test", unless=r"DOMPurify|sanitize(?!r)|escapeHtml|purify|xss\(|encodeHTML|\.innerHTML\s*=\s*[\"'`]{2}|innerHTML\s*===?"),
    rule("html-unescaped", "injection", H,
        "safe mark_safe markup html_safe raw autoescape escape utext fromstring render_template_string "
        "template noescape htmlstring unescaped unsafehtml safestring format_html php echo unescapefunction "
        "escapevalue sanitize rawhtml !! <%- <%== {{{ nofilter escapexml no_esc markupstring unsafe html "
        "preescaped post !!",
         r"\bmark_safe\s*\(\s*+(?![\"'][^\"'{}%]{0,300}[\"']\s*\))"
         r"|(?<![\w.])(?-i:Markup)\s*\(\s*(?:f[\"']|[a-z]\w*|[\"'][^\"'\n]{0,200}[\"']\s*[%+.])|\.html_safe\b"
         r"|(?<![\w.])raw(?:\(|\s+)(?:@|params\b|[a-z]\w*\.\w)|\bautoescape\s*=\s*False"
         r"|\{%-?\s*autoescape\s+(?:off|false)|\|\s*safe\b(?=[^\n]{0,20}(?:\}|\||$))|\{!!\s*+(?!(?:csrf|method)_field|Form::|Html::|__\(|trans\()[^\n]{1,300}?!!\}|th:utext\s*=|<%=="
         r"|<%-\s*+(?!include|partial|yield|render|await include)|\{\{\{\s*+(?!yield|content|body|>)[\w.@/\[\]-]{1,80}[^{}\n]{0,80}\}\}\}(?!\})"
         r"|\bHtml\.Raw\s*\(|new\s+HtmlString\s*\(|template\.(?:HTML|JS|URL|HTMLAttr)\s*\(\s*+(?![\"`])"
         r"|\btemplateSafe|\bescape(?:Xml)?\s*[:=]\s*[\"']?false\b|\?no_esc\b|\bnofilter\s*\}|\(MarkupString\)|new\s+MarkupString\s*\(|\bunsafe\s*\{\s*(?:\+|raw\()|Phoenix\.HTML\.raw\(|@Html\(\s*[a-z]|\|\s*raw\s*\}\}|\|noescape|\bnoEscape\s*:\s*true"
         r"|Handlebars\.SafeString\s*\(|@Html\.Raw|\bescapeValue\s*:\s*false|(?<![\w.])raw\(\s*[@a-z]\w*\s*\)"
         r"|text/template\"|PreEscaped\s*\(|\|\s*safeHTML\b|unescapeHtml\s*\(|<\?=\s*\$_(?:GET|POST|REQUEST)"
         r"|echo\s+[^;\n]{0,60}\$_(?:GET|POST|REQUEST)\[(?![^\n]{0,80}htmlspecialchars)",
         "switches escaping off: whoever chooses the text runs scripts in the page", where="-prose -test",
         check=lambda file, line, found: not found[0].startswith("{{{") or file.facets.language in ("markup", "javascript", "php", "ruby", "elixir"), unless=r"htmlspecialchars|sanitize|bleach|nh3|\|\s*tojson|escapeshell|JSON_HEX|interpolation", languages="python javascript markup ruby php go csharp java kotlin elixir scala"),
    rule("template-built", "injection", H,
        "render_template_string from_string template render compile erb new fromstring createtemplate evaluate "
        "velocity freemarker mustache",
         r"\brender_template_string\s*\(\s*+(?![\"'][^\"'\n]{0,300}[\"']\s*[,)]|(?-i:[A-Z_]{3,})\b)"
         r"|\b(?:env|environment|jinja_env|Environment\([^)\n]{0,60}\))\.from_string\s*\(\s*+(?![\"']"
         r"|(?-i:[A-Z_]{3,})\b)|(?<![\w.])(?:jinja2\.)?Template\s*\(\s*(?:request|f[\"']|user|input|body|data"
         r"|payload|params|[^\"'\n]{0,20}\+)|ERB\.new\s*\(\s*(?:params|@?\w*(?:body|input|template_param|content))"
         r"|(?:Handlebars|handlebars|ejs|pug|_|nunjucks|Mustache|mustache|hbs|dot)\.(?:compile|template|render"
         r"|renderString)\s*\(\s*(?:req|request|ctx|event|body|params|query|input|user\w*)\b|Velocity\.evaluate\s*\("
         r"|createTemplate\s*\(\s*(?:req|request|\$_|\$input|\$user)|->createTemplate\s*\(\s*\$"
         r"|template\.New\([^\n]{1,60}\)\.Parse\s*\(\s*(?:r\.|req|input|user|body)",
         "takes the template itself from outside: it runs on the server", where="-prose -test"),
)  # fmt: skip

_NOT_HTTP: Final = re.compile(
    r"jwt|token|decode|schema|model|checksum|image|migrat|Image\.open|load_dotenv|signature|hash|def verify|email"
    r"|digest|proof", re.IGNORECASE)
_NEVER_HTTP: Final = re.compile(r"\bjwt\b|\bjose\b|load_dotenv|Image\.open|def verify|migrat", re.IGNORECASE)
_HTTP: Final = re.compile(r"requests\.|httpx\.|aiohttp|\bsession\.|\bclient\.(?:get|post|put|patch|delete|request|head)\b|urllib|https?://|\bssl\b|\btls\b|cert", re.IGNORECASE)
_TLS: Final = "stops checking who is at the other end of a connection"

def _connects(file: Subject, line: Line, found: re.Match[str]) -> bool:
    """Whether a bare `verify=` belongs to what connects: other things verify, too."""
    if _NOT_HTTP.search(line.code) and (_NEVER_HTTP.search(line.code) or not _HTTP.search(line.code)):
        return False
    if not re.match(r"verify[\"']?\s*[:=]", found[0]):
        return True
    return bool(re.search(
        r"requests|httpx|aiohttp|session|client|https?\b|urllib|hvac|boto|elastic|ldap|(?<!\w)(?:get|post|put|patch|delete|request|head|send|fetch)\(|url|ssl|tls|kwargs|conn"
        r"|api\b|proxy|adapter|transport", "\n".join(each.text for each in file.around(line, 8, 3)), re.IGNORECASE))


def _command(file: Subject, line: Line, found: re.Match[str]) -> bool:
    """Whether a command's option stands in a command: in a script, or in code beside what runs commands."""
    if file.facets.language not in ("python", "javascript", "go", "ruby"):
        return True
    return bool(re.search(
        r"exec|spawn|system|subprocess|\brun\w*\(|Command|Popen|check_|shell|\[\s*[\"']|environ|env\b|ansible"
        r"|paramiko", "\n".join(each.code for each in file.around(line, 2, 1))))


TLS: Final = (
    rule("tls-python", "tls-disabled", H,
        "verify verify_ssl ssl_verify verify_certs check_hostname cert_none unverified disable_warnings "
        "validate_certs ssl_cert_reqs autoaddpolicy warningpolicy verify_mode ssl trust_env use_tls "
        "verify_peer unverified_context create_unverified_context stdlib ssl_context insecure "
        "assert_hostname verify_tls tls_verify certreqs cert_reqs missinghostkeypolicy "
        "tlsallowinvalidcertificates known_hosts pythonhttpsverify tlsversion tcpconnector validate_cert",
         r"\b(?:verify|verify_ssl|ssl_verify|verify_certs|check_hostname|validate_certs|verify_tls|tls_verify"
         r"|ssl_check_hostname|assert_hostname|verify_hostname|ssl_assert_hostname|validate_cert|verify_certificate"
         r"|verify_peer|ssl_show_warn)[\"']?\s*[:=]\s*(?:False|None|0)\b|\bCERT_NONE\b|_create_unverified_context"
         r"|\bdisable_warnings\s*\(|\bssl_cert_reqs\s*=\s*None|cert_reqs\s*=\s*[\"']?(?:None|CERT_NONE)"
         r"|\b(?:AutoAddPolicy|WarningPolicy)\b|TCPConnector\s*\([^\n]{0,60}(?:ssl|verify_ssl)\s*=\s*False"
         r"|(?:session|aiohttp|client)\b[^\n]{0,80}\bssl\s*=\s*False|known_hosts\s*=\s*None"
         r"|tlsAllowInvalidCertificates\s*=\s*True|PYTHONHTTPSVERIFY[\"'\]]{0,2}\s*[=,]\s*[\"']?0"
         r"|\bPROTOCOL_(?:SSLv[23]|TLSv1(?:_1)?)(?![\w.])|TLSVersion\.(?:SSLv3|TLSv1(?:_1)?)(?![\w.])|insecure_channel\s*\("
         r"|use_ssl\s*=\s*False",
         _TLS, languages="python", where="-prose -test", check=_connects, unless=r"disable_warnings\(\s*\w*(?:Deprecat|Subj)"),
    rule("tls-script", "tls-disabled", H,
        "rejectunauthorized node_tls_reject_unauthorized strictssl checkserveridentity insecure "
        "agentoptions minversion secureprotocol ssl ignorehttpserrors ignoretls requiretls "
        "tlsallowinvalidcertificates trustservercertificate ignorecertificateerrors insecurehttpparser "
        "createinsecure verify allowinsecure certificate preventdefault",
         r"\brejectUnauthorized[\"']?\s*[:=]\s*(?:false|0|!1)"
         r"|NODE_TLS_REJECT_UNAUTHORIZED[\"'\]]{0,2}\s*[=:]\s*[\"']?0|\bstrictSSL[\"']?\s*:\s*false"
         r"|checkServerIdentity\s*[:=]\s*(?:\(\s*\w{0,10}(?:,\s*\w{0,10})?\s*\)\s*=>\s*(?:undefined|null|\{\s*\}"
         r"|true|void)|function\s*\([^)]{0,20}\)\s*\{\s*(?:return\s*(?:undefined|null|true)?;?)?\s*\})"
         r"|\bignoreTLS\s*:\s*true|\brequireTLS\s*:\s*false|minVersion\s*:\s*[\"'](?:TLSv1(?:\.1)?|SSLv3)[\"']"
         r"|secureProtocol\s*:\s*[\"'](?:SSLv\d|TLSv1)_|tlsAllowInvalid\w+\s*[:=]\s*true"
         r"|trustServerCertificate[\"']?\s*:\s*true|createInsecure\s*\(|tlsInsecure\s*[:=]\s*true"
         r"|\bssl\s*:\s*\{\s*rejectUnauthorized\s*:\s*false|insecureSkipVerify[\"']?\s*:\s*true"
         r"|setCertificateVerifyProc\s*\([^\n]{0,80}(?:callback|cb)\s*\(\s*0\s*\)|ignore-certificate-errors"
         r"|(?:event\.preventDefault\(\)[^\n]{0,40})?callback\(true\)[^\n]{0,30}certificate",
         _TLS, languages="javascript json jsonc shell yaml docker dart make ini", where="-prose -test"),
    rule("tls-compiled", "tls-disabled", H,
        "insecureskipverify insecureignorehostkey withinsecure insecure versiontls versiontls10 "
        "versionssl30 hostnameverifier noophostnameverifier trustall trustallstrategy "
        "allowallhostnameverifier trustallcertificates trustmanager checkservertrusted "
        "danger_accept_invalid_certs danger_accept_invalid_hostnames certificatevalidationcallback "
        "servercertificatecustomvalidationcallback dangerousacceptanyservercertificatevalidator "
        "trustservercertificate sslverifymode verify_none set_verify setverify trustselfsignedstrategy "
        "disabletrust usessl requiressl allowsarbitraryloads nsallowsarbitraryloads usescleartexttraffic "
        "cleartexttrafficpermitted allowinvalidcertificates validatesdomainname badcertificatecallback "
        "allow_all_hostname_verifier curlopt_ssl_verifypeer curlopt_ssl_verifyhost verify dangerous encrypt "
        "setdefaulthostnameverifier noverify trust sslmode disablehostnameverification "
        "securesocketoptions setendpointidentificationalgorithm performdefaulthandling withoutverifying allow_self_signed "
        "curlopt disabletls useplaintext remotecertificatevalidationcallback",
         r"InsecureSkipVerify\s*[:=]\s*true|InsecureIgnoreHostKey\s*\(|grpc\.WithInsecure\s*\("
         r"|insecure\.NewCredentials\s*\(|(?:Min|Max)Version\s*:\s*tls\.Version(?:TLS1[01]|SSL30)"
         r"|NoopHostnameVerifier|TrustAll(?:Strategy|Certs|Manager|Certificates|X509\w*)?\b|TrustSelfSignedStrategy"
         r"|ALLOW_ALL_HOSTNAME_VERIFIER|AllowAllHostnameVerifier"
         r"|(?:setH|h)ostnameVerifier\s*\(?\s*[({]?\s*(?:\(?\s*\w{1,20}\s*,\s*\w{1,20}\s*\)?\s*->\s*(?:true"
         r"|\{\s*return true)|_, _ -> true)|setDefaultHostnameVerifier\s*\(|InsecureTrustManagerFactory"
         r"|danger_accept_invalid_(?:certs|hostnames)\s*\(\s*true|\.dangerous\(\)"
         r"|(?:CertificateValidationCallback|ServerCertificateCustomValidationCallback"
         r"|RemoteCertificateValidationCallback)\s*\+?=\s*[\s\S]{0,90}?(?:=>\s*true|return\s+true|\{\s*return true)"
         r"|DangerousAcceptAnyServerCertificateValidator|TrustServerCertificate\s*=\s*true|SecureSocketOptions\.None\b|SSL_VERIFY_NONE"
         r"|:?verify_none\b|VERIFY_NONE\b|SslVerifyMode::NONE"
         r"|NSAllowsArbitraryLoads(?:InWebContent)?(?:</key>\s*<true|[\"']?\s*(?:=>|[:=])\s*(?:true|YES|1)\b)|usesCleartextTraffic\s*=\s*\"true\""
         r"|cleartextTrafficPermitted\s*=\s*\"true\"|allowInvalidCertificates\s*=\s*(?:true|YES)"
         r"|validatesDomainName\s*=\s*(?:false|NO)|badCertificateCallback\s*=[\s\S]{0,90}?(?:=>\s*true|return true)"
         r"|CURLOPT_SSL_?VERIFY(?:PEER|HOST|STATUS)?\s*(?:=>|,)\s*(?:false|0|0L|FALSE)"
         r"|[\"']verify(?:_peer|_peer_name)?[\"']\s*=>\s*false"
         r"|ssl_verify_(?:peer|host)[\"']?\s*(?:=>|[:=])\s*(?:false|0)|Encrypt\s*=\s*(?:False|Optional|no)\b"
         r"|disableHostnameVerification\s*\(|\.setEndpointIdentificationAlgorithm\s*\(\s*(?:null|\"\")"
         r"|cURLVerify\w*\s*=\s*false|withoutVerifying\s*\(|URLCredential\s*\(\s*trust:"
         r"|allow_self_signed[\"']?\s*=>\s*true|(?:usePlaintext|disableTls)\s*\((?!\s*false)",
         _TLS, languages="go java kotlin scala groovy csharp rust swift c php ruby elixir dart perl markup", where="-prose -test", span=2, unless=r"^\s*import\s|^\s*use\s[\w\\]+;"),
    rule("tls-trust-manager", "tls-disabled", H, "checkservertrusted verify checkclienttrusted hostnameverifier isservertrusted",
         r"\bcheckServerTrusted\s*\([^{;]{0,160}\)\s*(?:throws\s+[\w., ]{1,60})?\s*(?:=\s*Unit"
         r"|\{\s*(?://[^\n]{0,80}\s*)?\})"
         r"|\bboolean\s+verify\s*\(\s*(?:final\s+)?String\s+\w+\s*,\s*(?:final\s+)?SSLSession\s+\w+\s*\)\s*\{\s*return\s+true"
         r"|fun\s+verify\s*\([^)]{0,80}SSLSession[^)]{0,20}\)\s*(?::\s*Boolean\s*)?(?:=\s*true|\{\s*return\s+true)"
         r"|verify_server_cert\s*\([\s\S]{0,400}?ServerCertVerified::assertion\(\)",
         _TLS, languages="java kotlin scala rust groovy", where="-prose -test", span=8),
    rule("tls-command", "tls-disabled", H,
        "curl insecure no k certificate sslverify stricthostkeychecking userknownhostsfile strict "
        "git_ssl_no_verify trusted host skip gpgcheck nogpgcheck unauthenticated allow tls sslmode "
        "ssl_verify_peer validate_certs tlsverify sslpeerverification keyscan",
         r"\bcurl\b[^|;&\n]{0,300}?\s(?:-[a-zA-Z]{0,8}k[a-zA-Z]{0,8}|--insecure|--proxy-insecure)(?=\s|$|[\"'])"
         r"|--no-check-certificate\b|--insecure-(?:skip-tls-verify|registry|policy)\b"
         r"|http\.sslVerify[\s=\"',]+(?:false|0)|GIT_SSL_NO_VERIFY[\"']?\s*[=:]\s*[\"']?(?:1|true)"
         r"|StrictHostKeyChecking[\s=:\"]+(?:no|off|accept-new)\b|UserKnownHostsFile[\s=]+/dev/null"
         r"|\bstrict-ssl[\s=]+[\"']?false|--trusted-host[= ]|--ssl-no-revoke|--no-verify-ssl|--skip-tls-verify"
         r"|--tls-verify=false|--tlsverify=false|HOST_KEY_CHECKING[\"']?\s*[=:]\s*[\"']?(?:false|0)"
         r"|host_key_checking\s*=\s*(?:False|0)|\[trusted=yes\]|--allow-unauthenticated"
         r"|--allow-insecure-repositories|--nogpgcheck|--no-gpg-check\w*|gpgcheck\s*=\s*0"
         r"|\bsslverify\s*=\s*(?:0|false)|ssh-keyscan\b[^\n]{0,100}>>"
         r"|check-certificate\s*=\s*off|SSLPeerVerification\w{0,12}[\"']?\s*[=:]\s*[\"']?(?:false|0|off)|acquire::https::[^\n]{0,40}verify-peer[^\n]{0,10}false"
         r"|--insecure\b(?=[^\n]{0,200}https?:)",
         _TLS, languages="shell yaml docker make ini groovy json toml powershell batch ruby python javascript go", where="-prose -test", check=_command),
    rule("tls-config", "tls-disabled", H,
        "insecure insecureskipverify insecure_skip_verify skip_tls_verify tls ssl sslmode usessl ssl_mode "
        "ssl_verify validate_certs proxy_ssl_verify ssl_protocols require_secure_transport skipverify "
        "verify starttls secure plaintext allowinsecure trustservercertificate encryption "
        "minimum_tls_version min_tls_version sslrequired enforce https ssl_min_protocol_version requiressl "
        "tlsv security auth_ssl skip allowplaintext minimumprotocolversion mode redirect_http http tlsv1 "
        "viewer_protocol_policy encrypt sslv3 yes minimum_protocol_version",
         r"\binsecure[-_]?skip[-_]?(?:tls[-_]?)?verify[\"']?\s*[:=]\s*[\"']?true"
         r"|\b(?:skip[-_]?tls[-_]?verify|tls[-_]?skip[-_]?verify|skip[-_]?ssl[-_]?(?:verify|validation)"
         r"|insecure[-_]?tls|ssl[-_]?insecure|allow[-_]?insecure\w*|tls[-_]?insecure"
         r"|allow[-_]?plain(?:text)?\w*)[\"']?\s*[:=]\s*[\"']?(?:true|yes|1)\b"
         r"|\bsslmode\s*=\s*(?:disable|allow|prefer)\b|\bsslmode[\"']?\s*:\s*[\"']?(?:disable|allow)\b"
         r"|\buseSSL\s*=\s*false|\brequireSSL\s*=\s*false|ssl-mode\s*=\s*DISABLED"
         r"|\bvalidate_certs\s*:\s*(?:no|false)|proxy_ssl_verify\s+off"
         r"|ssl_verify(?:_client)?[\s:=]+(?:off|false|no)\b"
         r"|\bssl_protocols\b[^;\n]{0,80}\b(?:SSLv[23]|TLSv1(?:\.1)?)(?=[\s;])"
         r"|require_secure_transport\s*[=:]\s*(?:off|0|false)"
         r"|(?:min(?:imum)?_?(?:tls|protocol)_?version|minimum_protocol_version|min_protocol_version"
         r"|ssl_min_protocol_version|MinimumTlsVersion|minTlsVersion"
         r"|security_policy)[\"']?\s*[:=]\s*[\"']?(?:TLS_?v?1[._]?[01]\b|TLSv1(?:\.1)?(?![\w.])|TLS10|TLS11|SSLv3|1\.[01]\b"
         r"|TLS1_[01]|ELBSecurityPolicy-(?:2016-08|TLS-1-0\S{0,20}))"
         r"|\b(?:ssl|tls|starttls|use_?tls|use_?ssl|enable_?(?:ssl|tls)|ssl_?enabled|tls_?enabled|force_ssl"
         r"|require_?(?:tls|ssl)|ssl_?required|https_?only|enforce_?(?:ssl|https)|ssl_enforcement_enabled"
         r"|enable_https_traffic_only|transit_encryption_enabled|require_tls|redirect_http\w*"
         r"|verify_?(?:ssl|tls|certs?|peer)|check_?cert\w*|ssl_?verif\w+|tls_?verify|secure_transport"
         r"|EMAIL_USE_TLS)[\"']?\s*[:=]\s*[\"']?(?:false|off|no|0|disabled|none)\b"
         r"|\b(?:ssl|tls|listeners\.security\.protocol\.map|security\.protocol"
         r"|security_inter_broker_protocol)[\"']?\s*[:=]\s*[\"']?(?:(?:SASL_)?PLAINTEXT|disable)\b"
         r"|ssl\.endpoint\.identification\.algorithm\s*=\s*$|protocol_version_min\s*=\s*TLSv1(?![\w.])"
         r"|trustServerCertificate[\"']?\s*[:=]\s*[\"']?true|encrypt[\"']?\s*[:=]\s*[\"']?false"
         r"|verify_(?:outgoing|incoming)[\"']?\s*[:=]\s*false|\bsecure\s*:\s*false\s*,\s*//\s*smtp"
         r"|viewer_protocol_policy\s*=\s*\"allow-all\"|http_?endpoint\s*=\s*\"enabled\"",
         "lets a connection go unchecked or in plain text", where="-prose -test -lock -development -example -locale", unless=r"eslint|stylelint|cookie|visual|git_config"),
)  # fmt: skip

RULES: Final = (*INJECTION, *TLS)

_ADDRESS: Final = re.compile(r"\b(https|wss|ldaps|amqps|rediss|ftps|smtps|imaps|grpcs|mqtts)://([\w.-]{3,100})", re.IGNORECASE)
_LOCAL: Final = re.compile(r"localhost|127\.|0\.0\.0\.0|\.local\b|\.internal\b|\.svc\b|example\.|w3\.org|schemas?\.|xmlns", re.IGNORECASE)


def across(files: Sequence[Subject], news: News) -> Iterator[tuple[Subject, Hit]]:
    """Hits on addresses that lose their encryption: the same host before and after."""
    for file in files:
        if not file.facets.product or file.facets.lock:
            continue
        for line in file.added:
            if "://" not in line.code:
                continue
            for before in other_side(file, line):
                for found in _ADDRESS.finditer(before.code):
                    plain = f"{found[1][:-1]}://{found[2]}".lower()
                    if plain in line.code.lower() and not _LOCAL.search(found[2]) and found[0].lower() not in line.code.lower():
                        message = "talks in plain text to a host that was reached encrypted"
                        yield file, hit("plain-text", "tls-disabled", Severity.HIGH, line, message, against=before)
