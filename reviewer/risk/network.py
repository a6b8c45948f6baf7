"""Rules on data that leaves: to hosts that the code did not talk to, through webhooks and tunnels, by name look-ups or mail.

What must stay true: a link, a schema, a licence header, a loopback address is none; a host that stood in the lines that
went, or stands in those that stayed, is not new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import C, H, News, rule

_DROPS: Final = (
    r"webhook\.site|requestbin\.\w+|pipedream\.net|\w+\.m\.pipedream\.net|beeceptor\.com|hookbin\.com"
    r"|requestcatcher\.com|postb\.in|ngrok(?:-free)?\.(?:io|app|dev)|serveo\.net|localhost\.run|loca\.lt"
    r"|trycloudflare\.com|burpcollaborator\.net|oastify\.com|interact\.sh|oast\.(?:fun|pro|live|site|online|me)"
    r"|dnslog\.cn|ceye\.io|canarytokens\.com|pastebin\.com|paste\.ee|hastebin\.com|transfer\.sh|file\.io|0x0\.st"
    r"|termbin\.com|gofile\.io|anonfiles\.com|temp\.sh|bashupload\.com|webhook\.cool|bore\.pub|pagekite\.me"
    r"|lhr\.life|pinggy\.(?:io|link)"
    r"|discord(?:app)?\.com/api/webhooks|hooks\.slack\.com/(?:services|workflows)|api\.telegram\.org/bot"
    r"|hooks\.zapier\.com|maker\.ifttt\.com|webhook\.office\.com|formspree\.io|formsubmit\.co"
    r"|script\.google\.com/macros|docs\.google\.com/forms/d/\S{1,80}/formResponse"
)
_ALL_ENV: Final = (
    r"(?:JSON\.stringify\s*\(\s*process\.env\s*[,)]|\.\.\.process\.env\b|process\.env\s*[,})]"
    r"|dict\s*\(\s*os\.environ\s*\)|os\.environ(?:\.copy\(\)|\s*[,})])|json\.dumps\s*\(\s*(?:dict\s*\()?os\.environ"
    r"|os\.Environ\s*\(\s*\)|System\.getenv\s*\(\s*\)(?!\s*\.get)|ENV\.to_h|ENV\.to_json|\$_ENV\b|(?<![.\w])getenv\s*\(\s*\)"
    r"|Environment\.GetEnvironmentVariables|std::env::vars\s*\(|System\.get_env\s*\(\s*\)|`env`"
    r"|\$\(\s*(?:env|printenv|set)\s*(?:\||\))|\bprintenv\b|toJSON\(\s*secrets)"
)

RULES: Final = (
    rule("drop", "network-egress", H,
        ":// webhook requestbin pipedream ngrok serveo localhost loca trycloudflare oastify oast interact "
        "pastebin transfer discord slack telegram zapier ifttt hastebin beeceptor termbin bashupload "
        "formspree bore webhooks gofile file dnslog ceye paste formsubmit pinggy requestcatcher postb "
        "hookbin anonfiles lhr canarytokens formresponse burpcollaborator pagekite macros",
         rf"(?:https?:)?(?://|\b)(?:[\w.-]{{1,80}}\.)?(?:{_DROPS})", "sends to a place where anybody can collect what arrives", where="-prose -test -lock", unless=r"documentation|docs_url|see https|schemas?[./]|\bignore|blocklist|denylist|deny_?list|disallow", check=lambda file, line, found: not _stood(file, found[0])),
    rule("environment", "network-egress", C, "env environ getenv printenv vars set get_env getenvironmentvariables to_h secrets environment",
         _ALL_ENV, "sends the whole environment, with every secret in it, to another place", where="-prose -test", near=
             r"https?://|\b(?:post|fetch|send|request|curl|wget|axios|urlopen|http\.|beacon|socket|nc|write|upload"
             r"|dig|nslookup)\b|/dev/tcp", reach=4,
         unless=
             r"\bspawn|\bexec|subprocess|Popen|\benv\s*[:=]\s*(?:\{\s*)?(?:\.\.\.)?(?:process\.env|os\.environ)"
             r"|cmd\.Env|\.Env\s*=|environ\.copy|child|\benv=|DefinePlugin|createEnv|parse\(|safeParse|validate"
             r"|z\.object|run:", check=lambda file, line, found: bool(re.search(
             r"https?://|\b(?:\w*post|fetch|send\w*|curl|wget|axios\w*|urlopen|beacon|socket|nc|upload|dig|nslookup"
             r"|request)\b|/dev/tcp", "\n".join(x.code for x in file.around(line, 4, 4)), re.IGNORECASE))),
    rule("raw-address", "network-egress", H,
        ":// connect dial socket nc ncat telnet ssh scp rsync udp tcp curl wget new host create_connection "
        "ipendpoint pfsockopen nca ipaddress netcat fsockopen createconnection",
         r"(?:(?:https?|wss?|ftp|tcp|udp|socks5?|ssh|ldap|redis|mqtt)://(?:[\w.-]{1,40}(?::[^@\s]{0,40})?@)?"
         r"|\b(?:connect|dial|Dial\w{0,12}|connect_ex|connectAsync|ConnectAsync|create_connection|createConnection|net\.connect"
         r"|(?:Tcp|Udp)(?:Stream|Socket)::\w{1,16}|TCPSocket\.(?:new|open)|fsockopen|pfsockopen|stream_socket_client|Socket|InetSocketAddress|IPEndPoint|IPAddress\.Parse|TcpClient|UdpClient|ncat?|netcat|telnet|ssh|scp"
         r"|rsync)\b[^\n]{0,60}?[\"'\s(@])(?!0\.|10\.|127\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\."
         r"|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|2(?:2[4-9]|[3-5]\d)\.|1\.1\.1\.1|1\.0\.0\.1|8\.8\.[48]\.[48]"
         r"|9\.9\.9\.9|1\.2\.3\.4)\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b(?!\.\d)",
         "talks to a bare address: nobody can tell who that is", where="-prose -test -lock -example", check=lambda file, line, found: not _stood(file, re.split(r"[^\d.]", found[0])[-1])),
    rule("reverse-shell", "network-egress", C, "/dev/ nc ncat socat dup2 socket mkfifo sh bash exec pty tcpclient tcp",
         r"/dev/(?:tcp|udp)/[\w.${}-]{1,80}/[\d$]|\bn(?:et)?cat?\b[^\n|]{0,80}\s-[a-z]{0,4}[ec]\s+\S{0,20}sh"
         r"|\bsocat\b[^\n]{0,100}(?:exec|system):|os\.dup2\s*\(\s*(?:s|sock|socket|conn|client|c)\d?\.fileno"
         r"|mkfifo\s[^\n]{0,80}\bn(?:et)?cat?\b|(?:ba|z)?sh\s+-i\s*[>&|<]|pty\.spawn\s*\([^\n]{0,40}sh"
         r"|socket\.socket[^\n]{0,200}(?:subprocess|os\.dup2)"
         r"|net\.(?:Socket|connect)[^\n]{0,120}\.pipe\(\s*\w{0,10}sh",
         "hands a shell to somebody outside", where="-prose -test"),
    rule("name-lookup", "network-egress", C,
        "nslookup dig host dns resolve lookup gethostbyname getaddrinfo lookuphost ping resolve4 resolvetxt "
        "drill lookupip sprintf resolver socket",
         r"\b(?:nslookup|dig|drill|ping|host)\b(?:\s+[+\-@][^\s$`]{1,40}(?:\s+\d+)?"
         r"|\s+(?:txt|a|any|aaaa))*\s+[\"']?(?:[\w.-]{0,40})?(?:\$\(|\$\{?\w|`)[^\n]{0,200}\.[a-z]{2,12}\b"
         r"|\b(?:dns|resolver|dnsPromises|net|socket)\.(?:resolve\w*|lookup\w*|Lookup\w*|gethostbyname|getaddrinfo"
         r"|query)\s*\(\s*(?:`[^`\n]{0,60}\$\{[^`\n]{1,120}\}[^`\n]{0,40}\.[\w.-]{3,80}"
         r"|f[\"'][^\"'\n]{0,60}\{[^\"'\n]{1,80}\}[^\"'\n]{0,20}\.[\w.-]{3,60}"
         r"|[\w.()\[\]: ]{1,80}\+\s*[\"']\.[\w.-]{3,60}|fmt\.Sprintf\(\s*\"%[sx][\w.-]{3,60})"
         r"|(?:gethostbyname|resolve|LookupHost|lookup)\s*\(\s*[\w.()\[\]:]{1,80}\s*\+\s*[\"']\.[\w.-]{3,60}",
         "sends data out as part of a host's name", where="-prose -test"),
    rule("tunnel", "network-egress", H,
        "ngrok cloudflared localtunnel ssh frpc bore tunnel lt autossh chisel gost zrok tailscale funnel r "
        "serveo pyngrok",
         r"\bngrok\s+(?:http|tcp|start)|\bngrok\.(?:connect|forward|set_auth_token)\s*\("
         r"|\bcloudflared\s+(?:access\s+)?tunnel|\blocaltunnel\s*\(|\blt\s+--port"
         r"|\b(?:auto)?ssh\b[^\n|]{0,120}\s-[a-zA-Z]{0,6}R\s*\d|\bfrpc\s+-c|\bbore\s+local|\bchisel\s+client"
         r"|\btailscale\s+funnel|\bzrok\s+share|pyngrok", "opens a way in from outside", where="-prose -test"),
    rule("mail-copy", "network-egress", H, "bcc cc forward forwarding redirect addbcc add_bcc always_bcc recipients",
         r"\b(?:bcc|Bcc|BCC)[\"']?\s*(?:\]\s*=|=>|[:=]|,|\()\s*(?:\[\s*)?[\"'][\w.+-]{1,60}@[\w.-]{3,80}"
         r"|\b(?:addBcc|add_bcc|AddBCC|setBcc|\.Bcc\.Add|addBCC|bcc_recipients|->bcc"
         r"|\.bcc)\s*\(?\s*[\"'(=]{0,3}\s*(?:new\s+\w+\(\s*)?[\"'][\w.+-]{1,60}@[\w.-]{3,80}"
         r"|always_bcc\s*=\s*\S+@\S+|[\"']Bcc[\"']\s*[,\]]\s*[=,]?\s*[\"'][\w.+-]{1,60}@"
         r"|forward(?:_?to|ing_?address|ingEmail)?[\"']?\s*[:=]\s*[\"'][\w.+-]{1,60}@(?!example)[\w.-]{3,80}"
         r"|redirect\s+[:\"]\S{1,40}@\S{1,60};|ADMINS?_BCC",
         "copies mail to another address", where="-prose -test"),
)  # fmt: skip

_ADDRESS: Final = re.compile(
    r"\b(?:https?|wss?|ftp|grpc|tcp|udp|mqtts?"
    r"|smtps?)://(?:[\w.%+-]{1,40}(?::[^@\s/\"']{0,60})?@)?([\w-]{1,63}(?:\.[\w-]{1,63}){1,6})(?::\d{2,5})?",
    re.IGNORECASE)
_BARE_HOST: Final = re.compile(
    r"[\"'`](?:\*\.)?((?:[a-z0-9-]{1,40}\.){1,4}(?:com|net|org|io|dev|app|top|xyz|ru|cn|cc|co|me|site|online|tech"
    r"|cloud|ai|info|biz|live|link|club|pw|su|tk|ws|to|sh|in))(?::\d{2,5})?(?:/[^\"'`\s]{0,80})?[\"'`]",
    re.IGNORECASE)
_OURS: Final = re.compile(
    r"(?:\A|\.)(?:localhost|local|internal|test|invalid|example|lan|home|corp|intranet|localdomain|svc|cluster)\Z"
    r"|(?:\A|\.)(?:example\.(?:com|org|net|edu)|w3\.org|schema\.org|json-schema\.org|schemas\.\S{1,60}|xmlsoap\.org"
    r"|openxmlformats\.org|apache\.org|gnu\.org|opensource\.org|spdx\.org|creativecommons\.org|mozilla\.org"
    r"|github\.com|githubusercontent\.com|gitlab\.com|npmjs\.(?:org|com)|pypi\.org|pythonhosted\.org|crates\.io"
    r"|golang\.org|pkg\.go\.dev|rubygems\.org|maven\.org|docker\.(?:io|com)|ghcr\.io|quay\.io|k8s\.io|kubernetes\.io"
    r"|debian\.org|ubuntu\.com|alpinelinux\.org|wikipedia\.org|stackoverflow\.com|readthedocs\.io|shields\.io"
    r"|fonts\.(?:googleapis|gstatic)\.com|gravatar\.com|nodejs\.org|python\.org|rust-lang\.org|microsoft\.com"
    r"|unpkg\.com|jsdelivr\.net|cdnjs\.cloudflare\.com|esm\.sh|json\.schemastore\.org|schemastore\.org|youtube\.com"
    r"|youtu\.be|medium\.com|mozilla\.net|ietf\.org|iana\.org|unicode\.org|purl\.org|ns\.adobe\.com|xmlns\.com"
    r"|ogp\.me|sentry-cdn\.com)\Z",
    re.IGNORECASE,
)
_SENDS: Final = re.compile(
    r"\.(?:post|put|patch|PostAsync|PutAsync|sendAsync|SendAsync|PostAsJsonAsync|postForObject|postForEntity"
    r"|exchange|PostForm|Post|post_form|request)\s*\(|\bsendBeacon\s*\(|new\s+Image\s*\(\s*\)\s*\.src|\.src\s*=\s*"
    r"|\bmethod[\"']?\s*[:=]\s*[\"'](?:POST|PUT|PATCH)|\bcurl\b[^\n]{0,300}\s(?:(?-i:-d|-F|-T)|--data\S{0,12}|--form"
    r"|--upload-file|(?-i:-X)\s*(?:POST|PUT))|\bwget\b[^\n]{0,200}--post-(?:data|file)|CURLOPT_POST"
    r"|new\s+(?:WebSocket|EventSource)\s*\(|http\.NewRequest\w*\s*\([^\n]{0,40}\"(?:POST|PUT)"
    r"|Net::HTTP(?:\.|::)(?:post|Post)|Http::post|HTTPoison\.post|Req\.post|Tesla\.post|reqwest::[^\n]{0,40}\.post"
    r"|urllib\.request\.Request\s*\([^\n]{0,120}data\s*=|urlopen\s*\([^\n]{0,120}data\s*="
    r"|invoke-(?:restmethod|webrequest)[^\n]{0,200}-(?:method\s+post|body)"
    r"|file_get_contents\s*\([^\n]{0,120}stream_context|fetch\s*\([^\n]{0,120}(?:\$\{|\+|,\s*\{)|\bsmtplib\.SMTP"
    r"|\.upload\w*\s*\(|axios\s*\(\s*\{|xhr\.open\s*\(\s*[\"']POST|HttpRequest\.newBuilder|\.sendto\s*\("
    r"|\.publish\s*\(|\bsend\s*\(",
    re.IGNORECASE,
)
_CARRIES: Final = re.compile(
    r"[?&][\w-]{1,30}=[\"'`]?\s*(?:\+|\$\{|#\{|\{|%s|\"\s*\.)|btoa\s*\(|encodeURIComponent|b64encode|base64"
    r"|JSON\.stringify|json\s*=|data\s*=|body\b|payload|params\s*=|document\.cookie|localStorage|\.env\b|environ"
    r"|hostname|whoami|credentials|password|token|email|user", re.IGNORECASE)
_REACHES: Final = re.compile(
    r"\b(?:fetch|requests?\.\w+|httpx\.\w+|axios|http\.Get|urlopen|got|curl|wget|get|open|connect|script|iframe"
    r"|import|register|init|load|proxy_pass|upstream|redirect_uri|analytics|track\w*|telemetry|beacon|report\w*"
    r"|collect\w*|ingest\w*|dsn|endpoint|sink|exporter|webhook\w*|log_?url|callback_?url|upload\w*|sync\w*|mirror\w*"
    r"|backup\w*|export\w*|forward\w*|relay|send\w*|destination|target|remote_write|server|host|url)\b",
    re.IGNORECASE)
_LINK: Final = re.compile(
    r"\b(?:href|see|docs?|documentation|homepage|repository|bugs|license|licence|@see|@link|read more|learn more"
    r"|issue|schema|\$schema|xmlns|namespace|rel=|cite|source|reference|url\s*=\s*[\"'][^\"']*(?:docs|blog)|help"
    r"|sitemap|canonical|og:|twitter:|badge|description|title|summary|readme|author|maintainer|contact|support|terms"
    r"|privacy|about|faq|wiki|blog|website|funding|sponsor|changelog|download_url|project_urls?|message|msg|print"
    r"|log(?:ger)?\.|raise|throw|Error\(|echo|warn)\b", re.IGNORECASE)
_CHECKERS: Final = re.compile(r"^\s*(?:connect-src|script-src|img-src|default-src|form-action)|Content-Security-Policy", re.IGNORECASE)


def _stood(file: Subject, host: str) -> bool:
    """Whether the host is in lines that went or stayed."""
    short = host.split("//")[-1].lower()
    return any(short in line.text.lower() for line in file.lines if line.kind != "+")


def across(files: Sequence[Subject], news: News) -> Iterator[tuple[Subject, Hit]]:
    """Hits on hosts that no line of the change held before and that the code sends to."""
    known = {host for file in files for line in file.lines if line.kind != "+" and "." in line.text for host in _hosts(line.text)}
    for file in files:
        facets = file.facets
        if not facets.product or facets.lock or facets.manifest or facets.locale or facets.vendored or not facets.language:
            continue
        said: set[str] = set()
        for line in file.added:
            code = line.code
            if "." not in code or ("://" not in code and "'" not in code and '"' not in code and "`" not in code):
                continue
            for host in _hosts(code):
                if host in known or host in said or _OURS.search(host) or re.fullmatch(r"[\d.]+", host) or _sibling(host, known):
                    continue
                severity = _sends(file, line)
                if severity is not None:
                    said.add(host)
                    message = "sends data to a host that this code has not talked to"
                    yield file, hit("new-host", "network-egress", severity, line, message, f"host {host}")


def _sends(file: Subject, line: Line) -> Severity | None:
    """How surely the line, with what stands around it, sends data to its address."""
    code = line.code
    around = "\n".join(each.code for each in file.around(line, 2, 3))
    if _LINK.search(code) and not _SENDS.search(code):
        return None
    if _SENDS.search(code):
        return Severity.HIGH if _CARRIES.search(around) or "src" not in code else Severity.MEDIUM
    if re.search(r"<script\b[^>\n]{0,200}\bsrc\s*=|<form\b[^>\n]{0,200}\baction\s*=|<iframe\b|importScripts", code, re.IGNORECASE):
        return Severity.HIGH
    if _SENDS.search(around) and _CARRIES.search(around) and "://" in code:
        return Severity.HIGH
    if re.search(r"\b(?:fetch|urlopen|requests?\.get|httpx\.get|axios(?:\.get)?|http\.Get|got|curl|wget)\b", code) and _CARRIES.search(code):
        return Severity.HIGH
    if "://" in code and re.search(
        r"\b\w*(?:telemetry|analytics|track\w*|beacon|collect\w*|ingest|exfil|sink|report_?(?:url|uri|to)|webhook\w*"
        r"|dsn|remote_?write|exporter|upload_?url|log_?(?:url|endpoint)|metrics_?(?:url|endpoint)|otlp\w*)\w*\b",
        code, re.IGNORECASE):
        return Severity.HIGH
    return None


def _hosts(text: str) -> set[str]:
    if "." not in text:
        return set()
    found = {match[1].lower() for match in _ADDRESS.finditer(text)}
    if not found and _REACHES.search(text):
        found = {match[1].lower() for match in _BARE_HOST.finditer(text)}
    return found


def _sibling(host: str, known: set[str]) -> bool:
    """Whether another host of the same owner was talked to."""
    owner = ".".join(host.split(".")[-2:])
    return len(owner) > 6 and any(other.endswith(owner) for other in known)
