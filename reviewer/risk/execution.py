"""Rules on what gets run: strings as code, downloads unseen, hidden code, bytes in formats that can run code.

What must stay true: a literal argument list, a method that happens to be called `exec`, a comment or a message is none.
"""

from __future__ import annotations

import re
from typing import Final

from reviewer.risk.subject import Line, Subject
from reviewer.risk.table import C, H, rule

_CHECKED: Final = (
    r"sha(?:1|224|256|384|512)(?:sum)?\b|shasum|gpg\b.{0,20}--verify|gpgv|cosign|minisign|signify|sigstore|checksum"
    r"|--hash\b|openssl dgst|Get-FileHash|b2sum|md5sum"
)
_FETCH: Final = r"\b(?:curl|wget|iwr|irm|Invoke-WebRequest|Invoke-RestMethod|fetch|aria2c|http)\b"

_WRITES: Final = re.compile(
    r"\b(?:OpenFile|WriteFile|os\.Create|CreateTemp|open|createWriteStream|writeFileSync|writeFile|File\.(?:open|write|binwrite|WriteAllBytes\w*|Create)|FileOutputStream|Files\.(?:copy|write)|file_put_contents|fs::write|File::create)"
    r"\s*\(\s*(?:(?:in|input|body|data|resp\w*|stream|bytes)\b[^,()\n]{0,40},\s*)?&?(\w{2,40})\b|\b(\w{2,40})\.(?:write_bytes|writeBytes)\s*\(")
_STARTS: Final = re.compile(
    r"\b(?:exec\.Command\w*|subprocess\.\w{1,15}|os\.(?:system|exec\w{1,3}|spawn\w{1,3}|startfile)|execFile\w*|exec(?:Sync)?|spawn\w*|fork|system|ProcessBuilder|Process\.(?:Start|spawn|run)|Process\.new|Command::new|getRuntime\(\)\.exec|proc_open|shell_exec|import|require|dlopen|LoadLibrary\w*|plugin\.Open|CDLL|Assembly\.Load\w*|exec_module|spec_from_file_location|runpy\.run_path|load)\s*\(([^\n]{0,120})")
_LOOKED_AT: Final = re.compile(r"sha-?\d{3}|hashlib|digest|checksum|signature|verif|integrity", re.IGNORECASE)


def started(file: Subject, line: Line, found: re.Match[str]) -> bool:
    """Whether what is fetched is written to a file that is started further down."""
    written: set[str] = set()
    lines = file.around(line, 0, _FAR)
    if any(_LOOKED_AT.search(each.code) for each in lines):
        return False
    for each in lines:
        begins = _STARTS.search(each.code)
        if begins and any(re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", begins[1]) for name in written):
            return True
        written.update(group for place in _WRITES.finditer(each.code) for group in place.groups() if group)
    return False


_FAR: Final = 28

REMOTE: Final = (
    rule("remote-pipe", "remote-exec", C, "curl wget iwr irm fetch invoke http aria iex downloadstring downloaddata webclient scriptblock deno iex downloadstring webclient",
         rf"{_FETCH}[^;&\n]{{0,300}}\|\s*(?:&\s*)?(?:sudo\s+)?(?:-\w+\s+"
         r"|env\s+[\w=]+\s+){0,3}(?:/(?:usr/)?bin/)?(?:env\s+)?(?:(?:ba|z|k|da|a)?sh|python[\d.]*|perl|ruby|node"
         r"|deno run|php|bun|pwsh|iex|Invoke-Expression|sudo)\b(?!\s*-m\s+json)(?!\s+-[mc]\s+[\"']?(?:json"
         r"|import json))(?!\s+-(?:n?e|pe|lne|c)\b)"
         r"|(?:(?:ba|z|da|k)?sh|eval|source|\.|python[\d.]*|perl|ruby|node)\s+(?:-[a-z]+\s+)?[\"']?(?:<\(|\$\("
         rf"|`)\s*{_FETCH}"
         r"|\b(?:iex|Invoke-Expression)\b[^\n]{0,60}(?:iwr|irm|DownloadString|Invoke-WebRequest|Invoke-RestMethod"
         r"|Net\.WebClient)|Download(?:String|Data)\([^\n]{0,200}\|\s*(?:iex|Invoke-Expression)"
         r"|scriptblock\]?::Create\([^\n]{0,80}(?:iwr|irm|DownloadString|Invoke-WebRequest|Invoke-RestMethod)"
         r"|\bdeno\s+run\s[^\n]{0,80}https?://",
         "downloads something and runs it unseen", span=2, unless=_CHECKED),
    rule("remote-file", "remote-exec", C, "curl wget iwr invoke aria certutil bitsadmin",
         r"\b(?:curl|wget|iwr|Invoke-WebRequest|aria2c|certutil"
         r"|bitsadmin)\b[^\n|]{0,250}?(?:(?:\s-[a-zA-Z]{0,6}[oO]\s+|--output[= ]|--output-document[= ]|-OutFile\s+"
         r"|[^\w-]>\s*)[\"']?(?:[\w./$~{}%\\:-]{0,80}/)?|https?://\S{1,200}/(?=[\w.-]{1,60}\.(?:sh|bash|py|pl|rb|js"
         r"|ps1|exe|bat|run|bin)\b))([\w$}{.-]{3,60})[\"']?(?:\s[^\n]{0,120})?[\s\S]{0,250}?"
         r"(?:\b(?:ba|z|da)?sh\s+(?:-\w+\s+)?|\bchmod\s+(?:-\w+\s+)?[+\d\w]{2,6}\s+|\bsource\s+|\bpython3?\s+"
         r"|\bnode\s+|\bperl\s+|\bpwsh\s+(?:-\w+\s+)?|\bsudo\s+|\bstart\s+|&&\s*|;\s*"
         r"|\n\s*(?:-\s+|RUN\s+)?)[\"']?(?:[\w./$~{}%\\:-]{0,80}/|\.\\)?\1\b",
         "downloads a program and runs it without looking at its hash or signature", span=5, unless=_CHECKED, languages="shell yaml docker make powershell batch groovy json toml ruby markup python javascript "),
    rule("remote-variable", "remote-exec", C,
        "curl wget irm iwr invoke downloadstring fetch aria2c $( http+source",
         rf"(?<![\w-])(\w{{1,40}})=[\"']?(?:\$\(|`)\s*{_FETCH}[\s\S]{{0,400}}?(?:\b(?:eval|source|(?:ba|z|da)?sh\s+-[a-z]{{0,3}}c"
         r"|python3?\s+-c|node\s+-e|ruby\s+-e|perl\s+-e)\s+[\"']?\$\{?\1\b|<<<\s*[\"']?\$\{?\1\b"
         r"|\b(?:echo|printf)\b[^\n|]{0,40}\$\{?\1\b[^\n|]{0,20}\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b)"
         r"|\$(\w{1,40})\s*=\s*[^\n]{0,80}\b(?:irm|iwr|Invoke-WebRequest|Invoke-RestMethod|DownloadString)\b"
         r"[\s\S]{0,400}?(?:\b(?:iex|Invoke-Expression)\s*\(?\s*|Create\(\s*)\$\2\b",
         "downloads something and runs it unseen", span=8, unless=_CHECKED, languages="shell yaml docker make powershell groovy"),
    rule("remote-added", "remote-exec", C, "add+://",
         r"^\s*ADD\s+(?:--(?!checksum)[\w=:,-]{1,60}\s+){0,3}[\"\[]{0,2}https?://[^\s\"]{1,300}?(?:/([\w.-]{3,60}))?[\"]?,?\s+"
         r"[\"]?(?:[\w./$~{}-]{0,80}/)?([\w.-]{3,60})?[\"\]]{0,2}\s*$"
         r"[\s\S]{0,600}?(?:\n\s*(?:RUN|ENTRYPOINT|CMD)\s[^\n]{0,300}(?:/|\s|\")(?:\1|\2)(?![\w.-])(?!\s+-[dxC]))",
         "downloads a program into the image and runs it without looking at its hash", span=12, unless=_CHECKED + r"|\.(?:deb|rpm|gpg|asc|jar|conf|json|txt|zip|tar\S*|tgz)[\"\]]{0,2}\s*\n", languages="docker",
         flags=re.IGNORECASE | re.MULTILINE),
    rule("remote-executable", "remote-exec", C,
        "http+get https+get http+request urlopen urlretrieve fetch downloadfile axios got openstream "
        "getbytearrayasync getstreamasync reqwest ureq file_get_contents httpoison req+get requests+get "
        "httpx+get uri+open net+http urlsession downloadtask contents+url posix unix from_mode chmod "
        "executable permissions htt contentsof httpx",
         r"\b(?:http\.(?:Get|NewRequest\w*)|https?\.get|urlretrieve|urlopen|requests\.get|httpx\.\w+|fetch|axios\S{0,8}|got(?:\.\w+)?"
         r"|DownloadFile\w*|downloadFile\w*|openStream|GetByteArrayAsync|GetStreamAsync|reqwest::\S{1,30}|ureq::get|URI\.open|Net::HTTP\S{0,20}"
         r"|file_get_contents|HTTPoison\.get!?|Req\.get!?|URLSession\S{0,20}|downloadTask|Data\(contentsOf:|URL\()"
         r"[\s\S]{0,1400}?(?:\bchmod\w{0,8}!?\s*\(\s*[^\n]{0,60}(?:0o?[157][0-7]{2}\b|S_IX|stat\.S_I[RX])|\.chmod\(\s*0?o?7|\bChmod\(\s*[^\n]{0,40}0o?7"
         r"|setExecutable\(\s*true|PosixFilePermissions?\b|from_mode\(\s*0o7|UnixFileMode\.\w*Execute|posixPermissions|mode\s*:\s*0o7[0-7]{2})",
         "downloads a program and makes it ready to run without looking at its hash or signature", span=24, where="-prose -test -example",
         languages="python javascript java kotlin scala csharp go php ruby rust swift elixir", near=r"https?:|\burl\b|URL", reach=6,
         unless=_CHECKED + r"|hashlib|verif|sha256|digest|Checksum|signature"),
    rule("remote-code-python", "remote-exec", C, "exec eval compile",
         r"\b(?:exec|eval)\s*\(\s*(?:compile\s*\(\s*)?(?:\w{1,20}\.)?(?:requests|httpx|urllib\w*|urlopen|session|client"
         r"|http)\b[^\n]{0,200}(?:\.text|\.content|\.read\(\)|\.decode\()", "runs code fetched from the network"),
    rule("remote-code-flow", "remote-exec", C,
        "://+get ://+requests ://+httpx ://+urlopen ://+axios ://+fetch ://+got ://+downloadstring ://+open "
        "://+uri ://+file_get_contents ://+http urlopen downloadstring file_get_contents axios exec "
        "loadstring eval execfile runinnewcontext runinthiscontext compile subprocess spawn load httpx got "
        "uri http+get",
         r"\b(\w{1,40})\s*(?::\s*[\w<>]{1,30}\s*)?:?=\s*(?:await\s+)?(?:\(?\s*await\s+)?(?:requests\.\w+|httpx\.\w+"
         r"|urllib\.request\.urlopen|urlopen|axios(?:\.\w+)?|fetch|got|http\.get|\w{0,20}\.DownloadString|URI\.open"
         r"|Net::HTTP\.get|file_get_contents|open)\s*\(\s*[^\n]{0,30}https?[:\"'][\s\S]{0,400}?"
         r"(?:(?<![\w.])(?:exec|eval|execfile|Function|load|loadstring|instance_eval|class_eval|vm\.run\w*"
         r"|runInThisContext|runInNewContext|_compile|compile)\s*\([^\n]{0,60}\b\1\b"
         r"|\b(?:subprocess\.\w+|os\.system|execSync|exec\.Command|system|spawn\w*)\s*\([^\n]{0,60}\b\1\b)",
         "runs code fetched from the network", span=8),
    rule("remote-code", "remote-exec", C,
        "eval ://+import ://+include ://+require ://+include_once ://+require_once function+await vm "
        "assembly urlclassloader ://+importscripts ://+from import+await function+text",
         r"\beval\s*\(\s*(?:\(?\s*await\b[^\n]{0,80}(?:fetch|axios|got|text\(\))|open\(\s*[\"']http|Net::HTTP"
         r"|URI\.open|file_get_contents\s*\(\s*[\"']https?:|curl_exec)"
         r"|new Function\s*\([^\n]{0,60}await[^\n]{0,60}\.text\(|\bimport\s*\(\s*[\"'`]https?://"
         r"|^\s*import\s[^\n]{0,80}from\s+[\"']http://"
         r"|\bvm\.run\w{0,20}\s*\([^\n]{0,60}(?:\.data|\.text|body)\b"
         r"|\b(?:include|require)(?:_once)?\s*\(?\s*[\"']https?://"
         r"|Assembly\.Load(?:From)?\s*\([^\n]{0,80}(?:Download|http)|new URLClassLoader\s*\([^\n]{0,120}https?:"
         r"|importScripts\s*\(\s*[\"']https?://(?!cdn|unpkg)",
         "loads code from the network and runs it"),
    rule("remote-retrieve", "remote-exec", C, "urlretrieve download downloadfile writefile wget get url copyfile",
         r"(?:urlretrieve|wget\.download|download_file|DownloadFile|downloadFile|https?\.get|http\.Get|requests\.get"
         r"|get_url)\b[\s\S]{0,500}?(?:subprocess\.\w+\(|os\.system\(|os\.chmod\(|os\.exec\w+\(|exec\.Command\("
         r"|execSync\(|execFile\w*\(|spawn\w*\(|Process\.Start\(|Runtime\.getRuntime|chmodSync\(|os\.Chmod\("
         r"|ansible\.builtin\.(?:command|shell)|\n\s*(?:-\s+)?(?:command|shell)\s*:|Command::new)",
         "downloads a file and starts it", span=9, unless=_CHECKED + r"|hashlib|verify|sha256|digest", where="-prose -test", near=r"https?://", reach=9),
    rule("remote-started", "remote-exec", C,
        "http+get https+get http+request requests+get httpx+get urlopen fetch axios client+get openstream reqwest net+http net+uri uri+open urlsession webclient httpclient",
         r"\b(?:http\.(?:Get|NewRequest\w*)|https?\.get|\w*[cC]lient\.(?:Get|Do|get|GetByteArrayAsync|GetStreamAsync|send)|requests\.get|httpx\.(?:get|stream)|urlopen|fetch|axios(?:\.get)?|reqwest::\S{1,30}|Net::HTTP\S{0,20}|URI\.open|openStream|DownloadFile\w*)\s*\(",
         "downloads a program and starts it without looking at its hash or signature", where="-prose -test -example", check=started,
         languages="python javascript java kotlin scala csharp go php ruby rust swift"),
    rule("remote-windows", "remote-exec", C, "mshta regsvr rundll certutil bitsadmin msiexec outfile",
         r"\bmshta(?:\.exe)?\s+[\"']?https?:|regsvr32[^\n]{0,60}/i:https?:|rundll32[^\n]{0,80}https?:"
         r"|msiexec[^\n]{0,60}/i\s+[\"']?https?:|-OutFile\s+[\"']?(\$\w{1,40}|[\w.\\/:$-]{3,120}\.(?:ps1|exe|msi|bat|cmd))"
         r"\b[^\n]{0,80}(?:\n[^\n]{0,200}){0,5}?\n\s{0,40}(?:&|\.|iex|Invoke-Expression|Start-Process(?:\s+-FilePath)?"
         r"|(?:powershell|pwsh)(?:\.exe)?(?:\s+-\w{1,20}(?:\s+\w{1,20})?){0,4}|msiexec(?:\.exe)?\s+/i)\s+[\"']?\1",
         "runs a program straight from the network", span=6, unless=r"Get-FileHash|Get-AuthenticodeSignature"),
    rule("remote-unchecked", "remote-exec", H,
        "sum sha gpg cosign checksum verify minisign dgst shasum gpgv signify filehash sigstore",
         rf"{_CHECKED}", "takes away the check of something that is downloaded and run", side="-", languages="shell yaml docker make powershell",
         near=rf"{_FETCH}|ADD\s+https?:", reach=8, check=lambda file, line, found: not any(re.search(_CHECKED, x.code) for x in file.added) and any(x.kind != "-" for x in file.around(line, 4, 4, " +"))),
)  # fmt: skip

_DECODE: Final = (
    r"(?:b(?:ase)?64_?decode|b64decode|b85decode|a85decode|b32decode|unhexlify|fromhex|codecs\.decode|atob"
    r"|Buffer\.from\s*\(\s*[^,()]{1,4000},\s*[\"'](?:base64|hex)[\"']|Base64\.(?:strict_|urlsafe_)?decode(?:64)?"
    r"|getDecoder\(\)\.decode|FromBase64String|base64_decode|gzinflate|gzuncompress|str_rot13"
    r"|zlib\.decompress|decompress|inflateSync|gunzipSync|unpack\s*\(\s*[\"']H\*|pack\s*\(\s*[\"']H\*|DecodeString"
    r"|hex2bin|String\.fromCharCode|chr\s*\(|\.reverse\(\)\.join|\[::-1\]|unescape\s*\("
    r"|decodeURIComponent\s*\(\s*escape|marshal\.loads)"
)

# A name put together from pieces, in the languages that can look one up.
_PIECES: Final = (
         r"(?:window|global|globalThis|self|this|process"
         r"|Reflect\.get\(\s*\w{1,20}\s*,)\s*\[?\s*\[?[\"'`]\w{1,12}[\"'`]\s*\+\s*[\"'`]\w{1,12}[\"'`]"
         r"|(?:window|global|globalThis|self|this|process|module)\[\s*[\"'][^\"'\n]{2,60}[\"']\.(?:split|replace"
         r"|slice)\(|(?:window|globalThis|global|self|this)\[\s*(?:atob|String\.fromCharCode|Buffer\.from)\s*\("
         r"|getattr\s*\(\s*(?:__builtins__|builtins|__import__\([^)]{1,30}\)|os|sys|subprocess"
         r"|importlib)\s*,\s*(?:[\"']\w{1,12}[\"']\s*\+|[\"'][^\"']{2,40}[\"']\[::-1\]|\"\"\.join|''\.join|bytes|chr"
         r"|base64|b64)|__import__\s*\(\s*(?:[\"']\w{1,12}[\"']\s*\+|[\"'][^\"']{2,40}[\"']\[::-1\]|\"\"\.join|bytes"
         r"|chr|base64|b64)"
         r"|(?:globals|vars|locals)\(\)\s*\[\s*(?:[\"']\w{1,12}[\"']\s*\+|[\"'][^\"']{2,40}[\"']\[::-1\]|\"\"\.join"
         r"|chr)|__builtins__(?:\.__dict__)?\[\s*(?:[\"']\w{1,12}[\"']\s*\+|chr|bytes)"
         r"|require\s*\(\s*(?:[\"'`]\w{1,14}[\"'`]\s*\+\s*[\"'`]\w{1,14}[\"'`]|atob|Buffer\.from"
         r"|String\.fromCharCode|\[[^\]\n]{3,80}\]\.(?:join|map|reverse))"
         r"|\.(?:send|public_send|const_get)\s*\(?\s*(?:[\"']\w{1,12}[\"']\s*\+\s*[\"']|\[[\d, ]{5,200}\]\.pack"
         r"|[\"'][^\"']{2,30}[\"']\.reverse)"
         r"|\$\w{1,20}\s*=\s*(?:[\"']\w{1,8}[\"']\s*\.\s*){2,8}[\"']\w{1,8}[\"']\s*;"
         r"|\bchr\(\d{2,3}\)(?:\s*\.\s*chr\(\d{2,3}\)){2}|\[(?:char\]\d{2,3}\s*\+\s*\[){2}"
         r"|\(\s*[\"']\{\d\}\{\d\}(?:\{\d\})*[\"']\s*-f\b"
)

OBFUSCATED: Final = (
    rule("decode-run", "obfuscated", C,
        "decode atob buffer base64 b64decode b85decode decompress unhexlify fromhex loads chr unpack pack "
        "fromcharcode reverse str_rot13 gzinflate inflate gunzip base32 hex2bin unescape decodestring "
        "frombase64string base64_decode decode64 decodeuricomponent getdecoder eval+1 exec+1 eval exec "
        "base64_decode gzuncompress strrev rot getattr iex setinterval defineclass compile passthru "
        "execfile popen escape expression create_function call_user_func subprocess load function+new",
         r"(?<![\w.])(?:(?:eval|iex|Invoke-Expression|exec)\b"
         r"|(?:execfile|assert|Function|new\s+Function|loadstring|load|create_function|instance_eval|class_eval"
         r"|system|os\.system|os\.popen|subprocess\.\w{1,15}|call_user_func|setTimeout|setInterval|require|import"
         r"|__import__|module\._compile|vm\.run\w+|execSync|shell_exec|passthru|exec\.Command|defineClass"
         rf"|Assembly\.Load|Code\.eval_string|compile)\s*\()\s*[^\n]{{0,60}}{_DECODE}"
         rf"|(?:(?<![\w>$])\$\w{{1,30}}|\b\w{{1,20}}\[\s*(?![\"'\d])[^\]\n]{{1,40}}\]|\bgetattr\([^()\n]{{1,80}}\)|\)\s*\[[^\]\n]{{1,40}}\])\s*\(\s*"
         rf"(?:\$\w{{1,30}}\s*\(\s*)?{_DECODE}",
         "decodes text and runs what comes out: nobody can see what", unless=
             r"JSON\.parse\s*\(\s*(?:atob|Buffer)|require\s*\(\s*[\"'][\w./@-]+[\"']\s*\)|from_b64|re\.compile"
             r"|assert\s|assert\w*\s*\([^\n]{0,60}(?:==|,)"),
    rule("decode-flow", "obfuscated", C,
        "decode atob buffer decompress unhexlify fromhex loads chr unpack fromcharcode reverse xor rot "
        "fernet inflate gunzip execsync unescape shell_exec eval popen runinthiscontext loadstring "
        "frombase64string assembly hex2bin gzuncompress execfile defineclass exec subprocess expression",
         rf"\b(\w{{1,40}})\s*:?=\s*[^\n]{{0,120}}{_DECODE}[\s\S]{{0,500}}?(?<![\w.])(?:eval|exec|execfile|Function"
         r"|loadstring|iex|Invoke-Expression|assert|system|os\.system|execSync|vm\.run\w+|subprocess\.\w{1,15}"
         r"|module\._compile|defineClass|Assembly\.Load|exec\.Command|instance_eval|popen|runInThisContext"
         r"|shell_exec|Code\.eval_string)\s*\(?[^\n]{0,50}\b\1\b",
         "decodes text and runs what comes out: nobody can see what", span=8),
    rule("decode-shell", "obfuscated", C,
        "base xxd printf openssl rev encodedcommand enc gunzip tr zcat uudecode eval",
         r"\b(?:base64|openssl\s+(?:enc|base64)|xxd|base32|uudecode|rev|gunzip|zcat|tr)\b[^\n;]{0,80}(?:-d\b|-D\b"
         r"|--decode|-r\b|\brev\b|gunzip|zcat|tr\s+'?[A-Za-z]-)?[^\n;]{0,60}\|\s*(?:sudo\s+)?(?:(?:ba|z|da)?sh"
         r"|python3?|perl|ruby|node|eval|php)\b|\b(?:eval|(?:ba|z)?sh\s+-c|source)\s+[\"']?(?:\$\(|`"
         r"|<\()[^\n)]{0,4000}(?:base64\s+(?:-d|-D|--decode)|xxd\s+-r|rev\b|openssl\s+(?:enc|base64))"
         r"|printf\s+[\"'](?:\\x[0-9a-f]{2}|\\[0-7]{3}){4}[^\n|]{0,2000}\|\s*(?:ba|z|da)?sh"
         r"|\bpowershell(?:\.exe)?\b[^\n]{0,200}?[\s\"',(]-(?:e|en|enc|enco|encod|encodedcommand)[\"']?[\s,]+[\"']?[A-Za-z0-9+/=]{16}"
         r"|\bpwsh\b[^\n]{0,80}-EncodedCommand",
         "decodes text and hands it to a shell: nobody can see what", unless=r"\bjq\b"),
    rule("packer", "obfuscated", C, "eval function exec x",
         r"eval\(function\(p,a,c,k,e,|\b_0x[0-9a-f]{4,6}\b[^\n]{0,400}\b_0x[0-9a-f]{4,6}\b|\[\]\[\(!\[\]\+\[\]\)"
         r"|\(!\[\]\+\[\]\)\[\+|(?:\\x[0-9a-f]{2}){12}|(?:\\u00[2-7][0-9a-f]){6}|\$\{[\"']_[\"']\.[\"']G"
         r"|\bjj?encode\b|゜ω゜",
         "adds packed code: nobody can see what it does", flags=0, where="-prose -test -lock",
         unless=
             r"[\"'](?:\\x[0-9a-f]{2}){1,400}[\"']\s*(?:==|!=|,|\)\s*==)|magic|header|signature|\\x00\\x00|b[\"']"
             r"|bytes|\[\]byte|utf|unicode|encode|expect",
             languages="javascript python php shell ruby perl markup lua powershell batch"),
    rule("escaped-name", "obfuscated", C, "x u",
         r"\[\s*[\"'](?:\\x[0-9a-f]{2}){3,40}[\"']\s*\]|(?<![\w\"'])\\u00[4-7][0-9a-f](?:\w"
         r"|\\u00[4-7][0-9a-f]){2,30}\s*[(.=]",
         "spells names in escapes so that nobody finds them", languages="javascript python php"),
    rule("computed-name", "obfuscated", C,
        "window global globalthis globals getattr builtins __builtins__ __import__ require self this reflect send "
        "public_send const_get chr vars locals char slice split replace", _PIECES,
        "puts a name together so that nobody finds it",
        languages="javascript php ruby powershell perl lua shell markup java kotlin scala groovy csharp go swift elixir dart batch"),
    rule("computed-name-python", "obfuscated", C, "globals getattr builtins __builtins__ __import__ chr vars locals", _PIECES,
        "puts a name together so that nobody finds it", languages="python"),
    rule("charcodes", "obfuscated", C, "fromcharcode chr fromcodepoint",
         r"(?:eval|Function|exec|constructor|setTimeout)\b[^\n]{0,200}(?:fromCharCode|fromCodePoint|chr\()"
         r"|String\.fromCharCode\((?:\s*(?:0x[0-9a-f]{2}|\d{2,3})\s*,){7}|(?:chr\(\d{2,3}\)\s*[+.]\s*){4}"
         r"|join\s*\(\s*(?:map\s*\(\s*chr\b|chr\(\s*\w{1,12}\s*(?:\^|-|\+)|chr\(\w{1,12}\) for)[^\n]{0,80}\)",
         "spells text in character codes",
         where="-prose -test", near=r"eval|exec|Function|import|require|constructor|run|call|shell|system|url|http|\bsrc\b|load"),
    rule("far-right", "obfuscated", C,
        "eval exec require import fetch http function system os process child socket atob subprocess const var let "
        "global curl",
         r"\S[ \t]{100,1900}(?:[;&|]{1,2}\s*)?[^\s#/*\\<>|'\"`,.)\]}-][^\n]{6}", "puts code far to the right, where no screen shows it", on="text", where="-prose -lock -example", languages="javascript python php ruby shell c java go rust csharp kotlin perl lua yaml make docker groovy powershell",
         check=lambda file, line, found: len(line.text[found.start() :].lstrip()) > 0 and line.text[found.start()] not in "|+" and re.search(r"[;(=]", line.text[found.start() + 60 :]) is not None),
    rule("decode-load", "obfuscated", C,
        "marshal loads decompress types functiontype codetype exec",
         r"marshal\.loads\s*\(\s*(?:zlib|base64|bz2|lzma|b64decode|bytes)"
         r"|types\.(?:CodeType|FunctionType)\s*\(\s*(?:marshal|compile)|exec\s*\(\s*(?:zlib|bz2|lzma|marshal|gzip)\b",
         "unpacks code and runs it: nobody can see what"),
)  # fmt: skip

RULES: Final = (*REMOTE, *OBFUSCATED)
