"""Rules on credentials: tokens in a provider's own form, private keys, passwords in addresses, telling names with values.

What must stay true: the whole of a line is read, however long; a token is looked for also in pieces that are joined
again and in what Base64 hides; no finding ever carries the value further than the line it stands on.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import News, line_parts

# One row a provider; each form is checked by its shape alone, so the shapes are narrow.
_PROVIDERS: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}"  # AWS
    r"|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,100}"  # GitHub
    r"|gl(?:pat|dt|rt|ft|ptt|agent|cbt|soat|imt)-[\w.-]{20,64}"  # GitLab
    r"|xox[abeoprs]-(?:\d{1,14}-){1,3}[A-Za-z0-9-]{10,80}|xapp-\d-[A-Z0-9]{8,14}-\d{8,16}-[0-9a-f]{32,80}"  # Slack
    r"|(?:sk|rk)_live_[A-Za-z0-9]{20,120}|whsec_[A-Za-z0-9+/]{30,50}"  # Stripe
    r"|sk-ant-[a-z]{3,8}\d{2}-[\w-]{60,120}|sk-(?:proj|svcacct|admin)-[\w-]{40,200}"
    r"|sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|sk-or-v1-[0-9a-f]{64}"   # models
    r"|AIza[\w-]{35}|GOCSPX-[\w-]{28}|ya29\.[\w-]{40,200}"  # Google
    r"|npm_[A-Za-z0-9]{36}|pypi-AgE[\w-]{50,250}|rubygems_[0-9a-f]{48}|dckr_pat_[\w-]{27,40}"
    r"|cio[A-Za-z0-9]{32}(?![\w])"   # registries
    r"|hf_[A-Za-z]{34}|gsk_[A-Za-z0-9]{52}|r8_[A-Za-z0-9]{37}|pplx-[A-Za-z0-9]{48}|xai-[A-Za-z0-9]{80}"  # models, too
    r"|SG\.[\w-]{20,24}\.[\w-]{39,50}|key-[0-9a-f]{32}(?![0-9a-f])|(?:SK|AC)[0-9a-f]{32}(?![0-9a-f])"
    r"|xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}|[0-9a-f]{32}-us\d{1,2}(?!\d)"   # mail
    r"|do[opr]_v1_[0-9a-f]{64}|dp\.(?:pt|st|ct|scim|audit)\.[\w.-]{40,60}|dapi[0-9a-f]{32}|hvs\.[\w-]{90,120}"
    r"|hvb\.[\w-]{90,200}|[\w]{14}\.atlasv1\.[\w=-]{60,70}"   # infrastructure
    r"|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|sq0(?:atp|csp|idp)-[\w-]{22,43}|EAAA[\w-]{60}"
    r"|access_token\$production\$[a-z0-9]{16}\$[0-9a-f]{32}"   # shops
    r"|\d{8,10}:AA[\w-]{33}(?![\w-])|[MNO][A-Za-z\d_-]{23,27}\.[\w-]{6}\.[\w-]{27,40}"  # Telegram, Discord
    r"|lin_api_[A-Za-z0-9]{40}|secret_[A-Za-z0-9]{43}|ntn_[A-Za-z0-9]{40,50}|figd_[\w-]{40}"
    r"|PMAK-[0-9a-f]{24}-[0-9a-f]{34}|glc_[A-Za-z0-9+/=]{40,200}|glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}"
    r"|NRAK-[A-Z0-9]{27}|sntry[su]_[\w+/=-]{40,200}|pscale_(?:tkn|pw|oauth)_[\w.=-]{32,64}|fo1_[\w-]{43}"
    r"|FlyV1 fm\d_[\w+/=]{50,500}|HRKU-[\w-]{36,60}|ATATT3[\w=-]{150,250}|CFPAT-[\w-]{43}"
    r"|AGE-SECRET-KEY-1[0-9A-Z]{58}|tskey-[a-z]{3,8}-[\w-]{20,60}|rdme_[a-z0-9]{70}|phx_[A-Za-z0-9]{43}"
    r"|sbp_[0-9a-f]{40}|re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}|nvapi-[\w-]{60,70}"
    r")(?![A-Za-z0-9_])"
)
_KEY_BLOCK: Final = re.compile(r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d")
_HOOK: Final = re.compile(
    r"https://hooks\.slack\.com/(?:services/T[A-Z0-9]{6,12}/B[A-Z0-9]{6,14}/[A-Za-z0-9]{16,30}"
    r"|workflows/[\w/-]{30,100})|https://(?:ptb\.|canary\.)?discord(?:app)?\.com/api/webhooks/\d{15,20}/[\w-]{50,80}"
    r"|https://[\w-]{1,60}\.webhook\.office\.com/webhookb2/[\w@/-]{60,200}"
    r"|(?i:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{40,90}={0,2}|[?&]sig=[\w%+/-]{40,70}(?:%3D|=)"
)
_JWT: Final = re.compile(r"\beyJ[\w-]{10,300}\.eyJ[\w-]{10,2000}\.[\w-]{20,700}")
_URL: Final = re.compile(r"\b([a-z][a-z0-9+.-]{1,20})://([^\s:/@'\"<>{}$()\[\]]{0,64}):([^\s:/@'\"<>]{3,120})@([\w.-]{2,100})", re.IGNORECASE)
_HEADER: Final = re.compile(
    r"\b(?:Authorization|Proxy-Authorization|X-Api-Key|X-Auth-Token|Api-Key"
    r"|Private-Token)[\"']?\s*[:,=]{1,2}\s*[\"'`]?(?:(Basic|Bearer|Token|Digest)\s+)?([A-Za-z0-9+/=_.~-]{16,500})",
    re.IGNORECASE)
_NAMES: Final = (
    r"(?:pass(?:word|wd|phrase|code)?|pwd|secret(?:s)?|token|api[_-]?key|apikey|access[_-]?key(?:[_-]?id)?"
    r"|private[_-]?key|secret[_-]?key|auth[_-]?key|master[_-]?key|signing[_-]?key|encryption[_-]?key|encrypt[_-]?key"
    r"|account[_-]?key|storage[_-]?key|shared[_-]?key|hmac[_-]?key|jwt[_-]?key|session[_-]?key|service[_-]?key"
    r"|license[_-]?key|deploy[_-]?key|client[_-]?secret|credentials?|creds?|auth|bearer|pepper|salt|webhook[_-]?key"
    r"|requirepass|(?<![a-zA-Z])pat)"
)
_ASSIGNED: Final = re.compile(
    rf"(?<![A-Za-z])([\w.\[\]\"'-]{{0,60}}?{_NAMES}(?:[_-]?(?:value|string|prod|production|live|default|hash|salt|b64"
    r"|base64|v\d|\d|id|for_\w{1,20}))?)[\"'\]]{0,3}(?:\s*:\s*[A-Za-z&][\w<>&' ]{0,30}?)?\s*(?:=>|:=|==|=|:"
    r"|,)\s*(?:[bru&]|String::from\(|@|new \w{1,20}\()?([\"'`])([^\"'`\n]{6,400})\2",
    re.IGNORECASE,
)
_BARE: Final = re.compile(
    rf"^\s*(?:-\s+|export\s+|set\s+|ENV\s+|ARG\s+|\$env:|setx\s+)?([\w.-]{{0,60}}?{_NAMES}(?:[_-]?(?:value|string"
    r"|prod|production|live|default|\d))?)\s*(?:[:=]"
    r"|\s(?=[^\s=:]{8,100}$))\s*([^\s\"'#,;{}\[\]()<>`$|&]{8,200})\s*(?:#.*)?$",
    re.IGNORECASE,
)
_ARGUMENT: Final = re.compile(
    r"(?:--?(?:password|pass|token|api-key|secret|passwd|auth|access-key|secret-key)[= ]"
    r"|(?:\b(?:mysql\w*|sshpass|psql|mongo\w*|plink|docker\s+login"
    r"|redis-cli)\b[^\n]{0,80}\s-p)(?=[^\s-]{8}))[\"']?([^\s\"'$<>{}|;]{8,200})"
    r"|\b(?:Password|Pwd)=([^;\"'\s{}$<>%]{6,80})(?:;|[\"'])"
    r"|\bmachine\s+\S{1,80}\s+login\s+\S{1,80}\s+password\s+(\S{6,120})"
    r"|\bIDENTIFIED\s+BY\s+'([^']{6,100})'|\b(?:ENCRYPTED\s+)?PASSWORD\s+'([^']{6,100})'"
    r"|\becho\s+[\"']?[\w-]{1,40}:([^\s\"'$|]{8,80})[\"']?\s*\|\s*chpasswd"
    r"|\s-u\s+[\"']?[\w.@-]{1,60}:([^\s\"'$@{}]{8,100})"
    r"|\bConvertTo-SecureString\s+(?:-String\s+)?[\"']([^\"'$\n]{6,100})[\"'](?=[^\n]{0,80}-AsPlainText)",
    re.IGNORECASE,
)
_PLACEHOLDER: Final = re.compile(
    r"example|sample|dummy|fake|placeholder|change[_-]?me|change[_-]?this|your[_-]|[_-]here\b|\byour\w*|xxx|<|>"
    r"|\*{3}|\.{3}|\$\{|\{\{|%\(|%s|todo|fixme|replace|redact|insert|default|test|mock|foo|bar\b|abc|1234|0000|asdf"
    r"|qwerty|lorem|ipsum|secret[_-]?(?:key|value|name|ref)?\Z"
    r"|password\d{0,4}\Z|passw0rd\Z|hunter2\Z|none\Z|null\Z|undefined\Z|true\Z|false\Z|process\.env|os\.environ"
    r"|getenv|env\.|env\(|vault:|ssm:|secretsmanager|arn:|op://|sops|enc\[|kms|ref\+|file://|base64|string|required"
    r"|optional|invalid|wrong|hidden|masked|localhost|development|not[_-]?set|deadbeef|cafebabe",
    re.IGNORECASE,
)
_NOT_A_SECRET: Final = re.compile(
    r"(?:public|hash|digest|checksum|sha\d*|integrity|fingerprint|commit|revision|etag|uuid|guid|thumbprint|url|uri"
    r"|path|file|dir|endpoint|label|title|text|message|msg|placeholder|hint|prompt|error|name|type|field|column"
    r"|header|param|cookie|selector|policy|pattern"
    r"|regex|format|length|min|max|count|ttl|expir\w*|refresh[_-]?interval|rotation|provider|class|action|event"
    r"|route|page|view|button|input|form|icon|style|color|key[_-]?prefix|prefix|suffix|cache[_-]?key|primary[_-]?key"
    r"|foreign[_-]?key|sort[_-]?key|partition[_-]?key|i18n|locale|ref|author\w*|tokeni[sz]er\w*"
    r"|token[_-]?(?:type|count|limit|name)|max[_-]?tokens?|special[_-]?tokens?"
    r"|(?:eos|bos|pad|sep|unk|cls|mask|stop|image|start|end)[_-]?tokens?)",
    re.IGNORECASE,
)
_SHAPES: Final = re.compile(
    r"\A(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|sha\d{1,3}[-:].{0,200}"
    r"|\d{4}-\d\d-\d\d.{0,40}|[\d.,:+-]{1,60}|v?\d+\.\d+[\w.+-]{0,40}|/[\w./-]{1,200}|\.{1,2}/.{0,200}"
    r"|[a-z]+://.{0,300}|[\w.-]{1,60}@[\w.-]{1,60}|[\w-]{1,60}\.(?:com|org|net|io|json|ya?ml|py|js|ts|go|txt|pem|key"
    r"|env|html|toml|md)"
    r"|[a-zA-Z]+(?:[._/:-][a-zA-Z]+)+|[A-Za-z]+(?:\.[A-Za-z_]+)+(?:\(.{0,80})?|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"
    r"|[a-z]+(?:_[a-z]+)+|[a-z]+(?:[A-Z][a-z]+)+\d?|(?:[A-Z][a-z]+)+\d?|[a-z]+|[A-Z]+|\$\w{1,60}|%\w{1,60}%"
    r"|ssh-(?:rsa|ed25519|dss) .{0,600}|ecdsa-.{0,300}|MII[BCG].{0,2000}|#[0-9a-fA-F]{3,8})\Z"
)  # fmt: skip
_STRINGS: Final = re.compile(r"[\"'`]([^\"'`\\\n]{1,200})[\"'`]\s*(?:\+|\.\.?|<>|&|~|\\|,)?\s*(?=[\"'`]|$)")
_ENCODED: Final = re.compile(r"(?<![A-Za-z0-9+/=_-])([A-Za-z0-9+/]{24,4000}={0,2})(?![A-Za-z0-9+/=_-])")
_HEXED: Final = re.compile(r"(?<![0-9a-fA-F])((?:[0-9a-f]{2}){20,400})(?![0-9a-fA-F])")
_HINTS: Final = frozenset(
        "pass password passwd passphrase passcode pwd secret secrets token tokens key keys apikey auth "
        "authorization bearer cred creds credential credentials salt pepper private putty "
        "hooks webhook webhooks accountkey sharedaccesskey machine identified u pat requirepass sig accesskey "
        "secretkey privatekey clientsecret encryptionkey signingkey masterkey hmac kind value basic" .split()
)
_LONG: Final = re.compile(r"[A-Za-z0-9_+/-]{20}|-----BEGIN|\d{8}:AA|\.[\w-]{6}\.|ya29")


def secrets(file: Subject, news: News) -> Iterator[Hit]:
    """Hits on the file's added lines."""
    if file.facets.lock or file.path.endswith((".svg", ".snap", ".map")):
        return
    gone = None
    for line in file.added:
        text = line.full
        if not ("://" in text and "@" in text) and not _LONG.search(text) and _HINTS.isdisjoint(line_parts(line.text)) and not _piece(text):
            continue
        if news.stands(line.text, "-"):
            continue
        found = _known(file, line, text) or (_named(file, line) if len(text) < 3000 else None)
        if found is None:
            continue
        severity, message, value = found
        if gone is None:
            gone = "\n".join(each.full for each in file.removed)
        if value and value in gone:
            continue
        if file.facets.prose or file.facets.vendored:
            if severity is not Severity.CRITICAL:
                continue
            severity = Severity.HIGH
        yield hit("secret", "secret", severity, line, message, "secret " + value[:12])
    if file.facets.language and not file.facets.prose:
        yield from _in_constants(file)


_CONSTANT: Final = re.compile(r"^\s*(?:(?:export|public|private|protected|internal|static|final|readonly|const|let|var|val|def|my|our|local)\s+){0,5}(?:String\s+|string\s+|&'?\w*\s*str\s+)?[@$]?([A-Za-z_]\w{0,60})\s*(?::[^=\n]{1,40})?\s*:?=>?\s*[\"'`]([A-Za-z0-9_+/=.-]{4,200})[\"'`]\s*[;,]?\s*$")
_PUT_TOGETHER: Final = re.compile(
    r"[@$]?\b((?:self\.|this\.|\w{1,40}::|[A-Z]\w{1,40}\.)?[A-Za-z_]\w{0,60})\s*(?:\+|\.\.?|<>|&|~|,|\}\s*[$#]?\{|\}\$?\{)\s*[@$]?(?:self\.|this\.|\w{1,40}::|[A-Z]\w{1,40}\.)?([A-Za-z_]\w{0,60})\b")


def _in_constants(file: Subject) -> Iterator[Hit]:
    """Credentials whose pieces stand in constants that are put together elsewhere."""
    pieces = {found[1]: (line, found[2]) for line in file.added if len(line.text) < 300 and "=" in line.text and ('"' in line.text or "'" in line.text) and (found := _CONSTANT.match(line.code))}
    if not 2 <= len(pieces) <= _PIECES:
        return
    for line in file.added:
        for found in _PUT_TOGETHER.finditer(line.code[:400]):
            names = [re.split(r"\.|::", each)[-1] for each in found.groups()]
            if all(name in pieces for name in names) and names[0] != names[1]:
                token = _provider("".join(pieces[name][1] for name in names))
                if token and not any(token in pieces[name][1] for name in names):
                    yield hit("secret", "secret", Severity.CRITICAL, pieces[names[0]][0], "adds a credential in pieces that are put together again", "secret " + token[:12])


_PIECES: Final = 400


def _piece(text: str) -> bool:
    return "+" in text and text.count('"') + text.count("'") >= 4


def _known(file: Subject, line: Line, text: str) -> tuple[Severity, str, str] | None:
    """What is a credential by its form."""
    token = _provider(text)
    if token:
        return Severity.CRITICAL, "adds a credential in its provider's own form: whoever reads the repository can use it", token
    block = _KEY_BLOCK.search(text)
    if block and _has_key(file, line, text[block.end() :]):
        return Severity.CRITICAL, "adds a private key: whoever reads the repository has it", "private key"
    hook = _HOOK.search(text)
    if hook and not _PLACEHOLDER.search(hook[0][20:]):
        return Severity.HIGH, "adds an address or account key that is itself a credential", hook[0]
    url = _URL.search(text)
    if url and _password_in_address(url):
        local = re.match(
            r"(?:localhost|127\.|db\Z|postgres\Z|mysql\Z|redis\Z|mongo\w*\Z|rabbitmq\Z|host\Z|host\.docker"
            r"|0\.0\.0\.0|test)", url[4], re.IGNORECASE)
        return (Severity.LOW if local else Severity.HIGH), "adds an address with a password in it", url[3]
    jwt = _JWT.search(text)
    if jwt and not file.facets.test and not re.search(r"example|sample|jwt\.io", text, re.IGNORECASE):
        return Severity.HIGH, "adds a signed token: whoever reads the repository can use it until it ends", jwt[0]
    header = _HEADER.search(text)
    if header and not _PLACEHOLDER.search(header[2]) and _strong(header[2], 3.2) and (header[1] or "key" in header[0].lower() or "token" in header[0].lower()):
        return Severity.HIGH, "adds the value of an authorisation header", header[2]
    basic = _basic(text)
    if basic:
        return Severity.HIGH, "adds a name and a password in an authorisation header: Base64 hides nothing", basic
    joined = _joined(file, line)
    token = _provider(joined) if joined else ""
    if token:
        return Severity.CRITICAL, "adds a credential in pieces that are put together again", token
    hidden = _decoded(text)
    if hidden:
        return Severity.CRITICAL, "adds a credential in encoded form", hidden
    return None


def _basic(text: str) -> str:
    """The name and password of a header of the scheme Basic."""
    for found in _BASIC.finditer(text[:4000]):
        try:
            name, colon, password = base64.b64decode(found[1] + "=" * (-len(found[1]) % 4), validate=True).decode("ascii").partition(":")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            continue
        if colon and name and len(password) > 5 and password.isprintable() and not _PLACEHOLDER.search(password) and _mixed(password) >= 2:
            return found[1]
    return ""


_BASIC: Final = re.compile(r"\bBasic[\"']?\s*[,+ ]\s*[\"']?([A-Za-z0-9+/]{12,400}={0,2})(?![A-Za-z0-9+/=])", re.IGNORECASE)


def _provider(text: str) -> str:
    for found in _PROVIDERS.finditer(text):
        token = found[0]
        if re.search(r"EXAMPLE|example|xxxx|XXXX|0{8}|1234567890|abcdefgh|ABCDEFGH|placeholder|your|dummy|fake", token):
            continue
        if _entropy(token[4:]) < 2.8:
            continue
        return token
    return ""


def _has_key(file: Subject, line: Line, rest: str) -> bool:
    """Whether a key follows its heading; a pattern that looks for headings has none."""
    material = re.compile(r"[A-Za-z0-9+/]{32,}")
    if re.search(r"EXAMPLE|placeholder|\.\.\.|YOUR|xxxx", rest[:200]):
        return False
    if material.search(rest[:4000]):
        return True
    return any(material.search(each.text) and not re.search(r"EXAMPLE|x{8}|\.\.\.", each.text) for each in file.around(line, 0, 5, "+")[1:])


def _password_in_address(url: re.Match[str]) -> bool:
    password = url[3]
    if re.search(r"[${}<>%*\[\]()|]", password) or password.lower() in (
        "password", "pass", "pwd", "secret", "passwd", "user", "postgres", "root", "admin", "mysql", "token", "guest", "test", "changeme", "example", "x-oauth-basic", "mypassword", "pw", "x"
    ):  # fmt: skip
        return False
    return not _PLACEHOLDER.search(password) and url[2] != password and not re.search(r"example|your", url[4] + url[2], re.IGNORECASE) and not password.isdigit()


def _joined(file: Subject, line: Line) -> str:
    """String literals that stand side by side, also on following lines, as one."""
    text = "\n".join(each.code[:400] for each in file.around(line, 0, 3, " +"))
    found = _STRINGS.findall(text)
    return "".join(found) if len(found) > 1 else ""


def _decoded(text: str) -> str:
    for found in _ENCODED.finditer(text[:20000]):
        blob = found[1]
        if blob.isalpha() or len(set(blob)) < 10:
            continue
        try:
            plain = base64.b64decode(blob + "=" * (-len(blob) % 4), validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            continue
        token = _provider(plain) or ("private key" if _KEY_BLOCK.search(plain) else "")
        if token:
            return token
    for found in _HEXED.finditer(text[:20000]):
        try:
            token = _provider(bytes.fromhex(found[1]).decode("ascii"))
        except (UnicodeDecodeError, ValueError):
            continue
        if token:
            return token
    return _provider(text[:2000][::-1]) if "reverse" in text or "[::-1]" in text else ""


def _named(file: Subject, line: Line) -> tuple[Severity, str, str] | None:
    """A telling name with a value that is neither a word nor a reference."""
    if file.facets.prose or file.facets.locale or file.facets.example:
        return None
    code = line.code
    quoted = '"' in code or "'" in code or "`" in code
    for found in _ASSIGNED.finditer(code) if quoted else ():
        if _telling(found[1]) and _value(found[1], found[3], file):
            return _generic(file, found[3])
    for found in _ARGUMENT.finditer(code):
        value = next((g for g in found.groups() if g), "")
        if value and _value("password", value, file):
            return _generic(file, value)
    if file.facets.language in ("yaml", "ini", "shell", "docker", "toml", "", "terraform", "make") or re.search(r"(?:^|/)(?:\.env|\.npmrc|\.pypirc|\.netrc)", file.path):
        bare = _BARE.match(code)
        if bare and _telling(bare[1]) and _value(bare[1], bare[2], file) and not re.match(r"[a-zA-Z_][\w.]*\Z", bare[2]) and file.facets.language != "make":
            return _generic(file, bare[2])
        if bare and _telling(bare[1]) and file.facets.language in ("yaml", "ini", "", "docker") and _value(bare[1], bare[2], file) and _mixed(bare[2]) >= 3:
            return _generic(file, bare[2])
        if file.facets.language == "yaml":
            return _in_secret(file, line) or _in_pair(file, line)
    elif file.facets.language in ("json", "jsonc"):
        return _in_pair(file, line)
    return None


_PAIRED: Final = re.compile(r"^\s*(?:-\s+)?\{?\s*(?:[\"']?name[\"']?\s*[:=]\s*[\"']?([\w.-]{3,80})[\"']?\s*,\s*)?[\"']?[vV]alue[\"']?\s*[:=]\s*[\"']?([^\s\"',{}]{8,200})[\"']?\s*\}?\s*,?\s*$")
_PAIR_NAME: Final = re.compile(r"^\s*(?:-\s+)?\{?\s*[\"']?[nN]ame[\"']?\s*[:=]\s*[\"']?([\w.-]{3,80})[\"']?\s*,?\s*$")


_TELLS: Final = re.compile(_NAMES, re.IGNORECASE)


def _in_pair(file: Subject, line: Line) -> tuple[Severity, str, str] | None:
    """A value that stands beside its name, as in the environment of a container."""
    found = _PAIRED.match(line.code)
    if not found:
        return None
    above = file.around(line, 1, 0)[:-1]
    named = found[1] or next((m[1] for each in above if (m := _PAIR_NAME.match(each.code))), "")
    return _generic(file, found[2]) if named and _TELLS.search(named) and _telling(named) and _value(named, found[2], file) else None


def _in_secret(file: Subject, line: Line) -> tuple[Severity, str, str] | None:
    """Values of a Kubernetes Secret, which are Base64 and nothing more."""
    found = re.match(r"\s+[\w.-]{1,80}:\s*[\"']?([A-Za-z0-9+/]{12,2000}={0,2})[\"']?\s*$", line.text)
    if not found or not any(re.match(r"\s*(?:data|stringData):\s*$", above.text) for above in file.parents(line)):
        return None
    if not any(re.match(r"kind:\s*Secret\b", each.text) for each in file.lines if each.kind != "-"):
        return None
    try:
        plain = base64.b64decode(found[1] + "=" * (-len(found[1]) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    if len(plain) >= 8 and not _PLACEHOLDER.search(plain) and plain.isprintable() and _mixed(plain) >= 2:
        return Severity.HIGH, "adds a secret's value: Base64 hides nothing", found[1]
    return None


def _generic(file: Subject, value: str) -> tuple[Severity, str, str]:
    severity = Severity.MEDIUM if file.facets.test else Severity.HIGH
    return (Severity.LOW if file.facets.test else severity), "gives a password or key its value in the open", value


def _telling(name: str) -> bool:
    bare = re.sub(r"[\"'\[\]]", "", name).lower()
    tail = re.split(r"[.\s]", bare)[-1]
    if re.search(
        r"(?:public|pub|csrf|xsrf|site|captcha|cache|primary|foreign|sort|partition|row|object|next|page"
        r"|continuation|cancel\w*|sync|dom|react|map|dict|hash|license|idempotency)[_-]?(?:key|token|id|salt)", tail):
        return False
    rest = re.sub(_NAMES, "", tail, count=1, flags=re.IGNORECASE)
    return (not re.search(rf"(?:\A|[_-]){_NOT_A_SECRET.pattern}\Z", rest.strip("_-"), re.IGNORECASE) and tail not in ("auth", "salt", "pat")) or tail in ("requirepass",)


def _value(name: str, value: str, file: Subject) -> bool:
    if len(value) < 8 or " " in value.strip() or _PLACEHOLDER.search(value) or _SHAPES.match(value) or value.startswith(("$", "{", "%", "@", "<", "#", "(", "[", "*", "&", "!")):
        return False
    if re.search(r"[\\(){}<>|]|::|->|\$", value) and not re.search(r"pass|pwd", name, re.IGNORECASE):
        return False
    if re.fullmatch(r"[0-9a-fA-F]+", value) and len(value) in (32, 40, 64) and re.search(r"hash|sha|digest|commit|rev", name, re.IGNORECASE):
        return False
    if re.search(r"pass|pwd", name, re.IGNORECASE):
        return _mixed(value) >= 2 and _entropy(value) >= 2.6 and not re.fullmatch(r"[A-Za-z]+[ .:!?]?", value)
    return _mixed(value) >= 2 and any(c.isdigit() for c in value) and len(value) >= 12 and _entropy(value) >= 3.0


def _mixed(value: str) -> int:
    """How many kinds of characters a value has."""
    return sum((any(c.islower() for c in value), any(c.isupper() for c in value), any(c.isdigit() for c in value), any(not c.isalnum() for c in value)))


def _strong(value: str, least: float) -> bool:
    return _entropy(value) >= least and any(c.isdigit() for c in value) and any(c.isalpha() for c in value)


def _entropy(value: str) -> float:
    """Bits a character."""
    if not value:
        return 0.0
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values())
