"""Rules on strings that become code or commands, and on bytes in formats that can run code when they are read.

What must stay true: a literal argument list, a method that happens to be called `exec`, a comment or a message is none.
"""

from __future__ import annotations

import re
from typing import Final

from reviewer.risk.table import H, rule

_REQUEST: Final = (
    r"(?:req(?:uest)?\b|params\b|query\b|\bbody\b|argv\b|\bargs\b|\binput\b|user_?\w*|\$_(?:GET|POST|REQUEST|COOKIE)"
    r"|ctx\.\w+|event\b|payload\b)"
)

_QUOTED: Final = re.compile(r"\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+'")


def _outside(before: str) -> bool:
    """Whether what follows on the line stands outside of a string."""
    return not re.search(r"[\"']", _QUOTED.sub("", before.rsplit("\n", 1)[-1]))


RULES: Final = (
    rule("shell-python", "code-exec", H,
        "sh+c bash+c lc zsh+c shell+true system popen getoutput getstatusoutput create+subprocess+shell "
        "commands pty",
         r"\bshell\s*=\s*True\b|[\[(]\s*[\"'](?:/bin/|/usr/bin/)?(?:ba|z)?sh[\"']\s*,\s*[\"']-l?c[\"']\s*,\s*+(?![\"'][^\"'{}\n]{0,300}[\"'])|\bos\.(?:system|popen)\s*\(\s*+(?!['\"][^'\"{}%]{0,300}['\"]\s*\))"
         r"|\b(?:subprocess|commands)\.get(?:status)?output\s*\(\s*+(?!['\"][^'\"{}]{0,200}['\"]\s*\))"
         r"|\bcreate_subprocess_shell\s*\(\s*+(?!['\"][^'\"{}]{0,200}['\"]\s*[,)])|\bpty\.spawn\s*\(",
         "runs a string through a shell: what is in it decides what is run", languages="python", unless=r"=\s*['\"]shell=True"),
    rule("eval-python", "code-exec", H, "eval exec compile",
         r"(?<![\w.'\"])(?-i:eval|exec)\s*\(\s*+(?![\"'][^\"'{}]{0,200}[\"']\s*[,)])[\w\"'(f]"
         r"|\bbuiltins\.(?:eval|exec)\s*\(|(?<![\w.'\"])compile\s*\([^\n]{1,120},\s*[\"'](?:exec|eval)[\"']"
         r"|\bpd\.eval\s*\(\s*(?:f[\"']|\w)|\.(?:query|eval)\s*\(\s*f[\"']",
         "runs a string as code", languages="python", on="code",
         unless=r"^\s*(?:async\s+)?def\s+(?:eval|exec)\b|literal_eval|ast\.parse"),
    rule("lookup-python", "code-exec", H, "getattr globals locals vars import import_module __import__ modules",
         r"\b(?:globals|locals|vars)\(\)\s*\[\s*+(?![\"'])[^\]\n]{1,60}\]\s*\("
         r"|\b(?:globals|locals|vars)\(\)\.get\(\s*+(?![\"'])[^)\n]{1,60}\)\s*\("
         rf"|getattr\s*\(\s*\w[\w.]{{0,40}}\s*,\s*[^\"'\n)]{{0,40}}{_REQUEST}[^\n)]{{0,60}}\)"
         r"|getattr\s*\(\s*(?:os|sys|subprocess|builtins|shutil|importlib)\s*,\s*+(?![\"'])"
         rf"|(?:__import__|import_module)\s*\(\s*[^\"'\n)]{{0,40}}{_REQUEST}|__import__\s*\(\s*+(?![\"'])\w"
         r"|\bgetattr\s*\(\s*\w[\w.]{0,40}\s*,\s*(?:name|action|method|command|cmd|op|func|fn|function|handler"
         r"|operation)(?:_name)?\s*\)\s*\(",
         "looks up what to run by a name that comes from outside", languages="python", near=
             r"request|\binput\b|argv|params|payload|\bjson\b|\bbody\b|query|user_|data\[|data\.get|event\b"
             r"|message\b|msg\b", reach=6),
    rule("eval-script", "code-exec", H,
        "eval function settimeout setinterval vm runinnewcontext runinthiscontext runincontext script execscript "
        "constructor",
         r"(?<![\w.'\"`$])eval\s*\(\s*+(?![\"'][^\"'+]{0,200}[\"']\s*\))[\w(`\"'$]"
         r"|\b(?:window|globalThis|global|self)\.eval\s*\(|\(0,\s*eval\)\s*\(|\bnew\s+Function\s*\(\s*+(?!\s*\))"
         r"|(?<![\w.])Function\s*\(\s*[\"'`][^\n]{0,80}[\"'`]\s*(?:\+|,\s*\w)"
         r"|\bset(?:Timeout|Interval)\s*\(\s*(?:[\"'`][^\n]{0,80}[\"'`]\s*[+,]|`)"
         r"|\bvm\.(?:run\w+|compileFunction|Script)\s*\(|\bnew\s+vm\.Script\s*\(|\.constructor\.constructor\s*\("
         r"|\brunIn(?:New|This)?Context\s*\(",
         "runs a string as code", languages="javascript"),
    rule("shell-script", "code-exec", H, "exec execsync spawn spawnsync execa child shelljs shell",
         r"(?<![\w.])(?:exec|execSync|execAsync|execPromise)\s*\(\s*(?:`[^`\n]{0,300}\$\{"
         r"|[\"'][^\"'\n]{0,200}[\"']\s*\+|(?!/)[a-zA-Z_$][\w.$]{0,60}\s*(?:[,)+]))"
         r"|\b(?:cp|child_process|childProcess|shell|shelljs|require\([\"'](?:node:)?child_process[\"']\))\.(?:exec"
         r"|execSync)\s*\(\s*+(?![\"'][^\"'\n]{0,200}[\"']\s*[,)])"
         r"|\bshell\s*:\s*(?:true|[\"'](?:/bin/)?(?:ba)?sh[\"'])"
         r"|\bspawn(?:Sync)?\s*\(\s*[\"'](?:/bin/)?(?:ba|z)?sh[\"']\s*,\s*\[\s*[\"']-l?c[\"']"
         r"|\brunInShell\s*:\s*true|\bexeca(?:Command|CommandSync)\s*\(\s*`|\bexecFile(?:Sync)?\s*\(\s*[\"'](?:/bin/)?(?:ba|z)?sh[\"']",
         "runs a string through a shell: what is in it decides what is run", languages="javascript",
         unless=
             r"(?:re|regex|regexp|pattern|\b\w{1,40}(?:Re|Regex|Pattern))\.exec\s*\("
             r"|/[^/\n]{1,100}/[gimsuy]{0,6}\.exec|^\s*(?:async\s+)?(?:function\s+)?exec\w*\s*\([\w\s,:]*\)\s*\{"),
    rule("shell-alias", "code-exec", H, "promisify exec+as exec+require execsync+as",
         r"\b(\w{1,40})\s*=\s*(?:util\.)?promisify\(\s*(?:\w{1,30}\.)?exec\s*\)[\s\S]{0,900}?(?<![\w.])\1\(\s*(?:`[^`\n]{0,300}\$\{"
         r"|[\"'][^\"'\n]{0,200}[\"']\s*\+|[a-zA-Z_$][\w.$]{0,40}\s*[,)])"
         r"|\bexec(?:Sync)?\s*(?:as\s+|:\s*)(\w{1,40})\b[^\n]{0,60}child_process[\s\S]{0,900}?(?<![\w.])\2\(\s*(?:`[^`\n]{0,300}\$\{"
         r"|[\"'][^\"'\n]{0,200}[\"']\s*\+|[a-zA-Z_$][\w.$]{0,40}\s*[,)])",
         "runs a string through a shell under another name: what is in it decides what is run", languages="javascript", span=16, where="-prose -test", shown="last"),
    rule("shell-powershell", "code-exec", H, "iex invoke scriptblock expression",
         r"\b(?:iex|Invoke-Expression)\b(?:\s+-Command)?\s*\(?\s*(?:[\"'][^\"'\n]{0,120})?\$(?!\(?\s*(?:irm|iwr))\w|scriptblock\]::Create\(\s*\$",
         "runs a string as code", languages="powershell", where="-prose -test"),
    rule("lookup-script", "code-exec", H,
        "req request query params body window global globalthis require input argv user_ fns exports "
        "handlers payload cookie methods controller post user+import user+service service+get user+self "
        "user+this",
         r"\b(?:window|globalThis|global|self|this|exports|module|handlers|actions|commands|fns|api|controller"
         rf"|service|obj|methods)\[\s*(?:{_REQUEST})[\w.?\[\]\"']{{0,60}}\]\s*\("
         r"|\b\w{1,30}\[\s*(?:req|request|ctx|event)\.(?:query|params|body|headers)[\w.?\[\]\"']{0,40}\]\s*\("
         r"|\b(?:require|import)\s*\(\s*(?:req|request|ctx|event|params|query|body|input|user\w*)\b[^)\n]{0,60}\)"
         r"|\brequire\s*\(\s*`[^`\n]{0,80}\$\{\s*(?:req|params|query|body|input|user)",
         "looks up what to run by a name that comes from outside", languages="javascript"),
    rule("shell-php", "code-exec", H,
        "exec system passthru popen proc eval assert create call preg include require unserialize shell "
        "pcntl array extract post",
         r"(?<![\w>:])(?:exec|system|passthru|shell_exec|popen|proc_open"
         r"|pcntl_exec)\s*\(\s*+(?![\"'][^\"'$\n]{0,200}[\"']\s*[,)])|(?<![\w>:])eval\s*\(\s*[\"']?[^\n]{0,40}\$"
         r"|(?<![\w>:])assert\s*\(\s*\$|\bcreate_function\s*\("
         r"|\bcall_user_func(?:_array)?\s*\(\s*\$_(?:GET|POST|REQUEST)|\$_(?:GET|POST|REQUEST)\[[^\]\n]{1,40}\]\s*\("
         r"|\b(?:include|require)(?:_once)?\s*\(?\s*[^\n;]{0,40}\$_(?:GET|POST|REQUEST)"
         r"|preg_replace\s*\(\s*[\"']/[^\n]{0,80}/[a-z]*e[a-z]*[\"']|=\s*`[^`\n]{0,200}\$"
         r"|\$(?:fn|func|function|method|callback|action|cmd)\s*\(\s*\$",
         "runs a string as code or through a shell", languages="php", unless=r"escapeshellarg\s*\([^\n]{0,100}\)\s*\)\s*;"),
    rule("shell-ruby", "code-exec", H, "system exec spawn eval send constantize instance class open popen capture backtick x `",
         r"(?<![\w.])(?:system|exec|spawn)\s*\(?\s*\"[^\"\n]{0,300}#\{|`[^`\n]{0,300}#\{[^`\n]{0,200}`"
         r"|%x[\[({][^\n]{0,200}#\{|(?<![\w./:-])eval(?:\s*\(\s*+|\s++)(?![\"'][^\"'#\n]{0,200}[\"']\s*\)?$)[\w\"'(]"
         r"|(?:^\s*|[.(=,]\s*)\b(?:instance|class|module)_eval\s*(?:\(\s*|\s)(?:params|\"[^\n]{0,200}#\{|(?!do\b|self\b|File\b|<<)[@a-z_][\w.@\[\]:\"']{0,60}\s*(?:[),]|$))"
         r"|(?<![\w.])(?:system|exec|spawn)\s*\(?\s*\"(?:/bin/)?(?:ba|z)?sh\"\s*,\s*\"-l?c\"\s*,\s*(?!\"[^\"#\n]{0,200}\"\s*\)?$)"
         r"|\.(?:constantize|safe_constantize)\b|\.(?:public_send|send|__send__)\s*\(?\s*(?:params|request|args"
         r"|input|name|method|action|user_\w+)|\bKernel\.open\s*\(\s*[^\"'\n]|(?<![\w.])open\s*\(\s*(?:\"\||params)"
         r"|\bIO\.popen\s*\(\s*(?:\"[^\"\n]{0,200}#\{|[a-z_]\w*\s*[,)])|Open3\.\w+\s*\(?\s*\"[^\"\n]{0,200}#\{",
         "runs a string as code or through a shell", languages="ruby", check=lambda file, line, found: not found[0].startswith("`") or _outside(found.string[: found.start()]), unless=r"Shellwords|shellescape|class_eval\s+do|instance_eval\s*(?:do|\{|&)"),
    rule("shell-jvm", "code-exec", H,
        "bash sh process+seq runtime+exec s !! lines exec runtime processbuilder forname evaluate eval "
        "scriptengine groovyshell parseexpression ognl mvel jexl execute linestream",
         r"getRuntime\(\)\.exec\s*\(\s*(?:[\"'][^\"'\n]{0,200}[\"']\s*\+|(?!new\s+String|[\"'])\w|String\.format"
         r"|new String\[\]\s*\{\s*\"(?:/bin/)?(?:ba)?sh\"|\"[^\"\n]{0,100}\$)|\brt\.exec\s*\([^\n]{0,80}\+"
         r"|ProcessBuilder\s*\(\s*(?:List\.of\(|Arrays\.asList\(|listOf\()?\s*\"(?:/bin/|/usr/bin/)?(?:ba|z)?sh\"\s*,\s*\"-l?c\""
         r"|\b(?:List\.of|Arrays\.asList|Seq|List|arrayOf|listOf|Process)\s*\(\s*\"(?:/bin/|/usr/bin/)?(?:ba|z)?sh\"\s*,\s*\"-l?c\"\s*,\s*+(?!\"[^\"$\n]{0,300}\"\s*\))"
         r"|\bs\"{1,3}[^\"\n]{0,200}\$[^\"\n]{0,200}\"{1,3}\s*\.?\s*(?:!!?<?(?!=)|lazyLines|lineStream)|\bProcess\(\s*s\"[^\"\n]{0,200}\$"
         r"|ProcessBuilder\s*\(\s*\"cmd(?:\.exe)?\"\s*,\s*\"/c\""
         r"|\bClass\.forName\s*\(\s*+(?![\"'])[^)\n]{0,40}(?:req|param|input|name|getParameter)"
         r"|\b(?:engine|scriptEngine|js|nashorn|se)\.eval\s*\(|getEngineByName\([^\n]{0,40}\)\.eval\s*\("
         r"|new\s+GroovyShell\s*\([^\n]{0,40}\)\.(?:evaluate|parse)\s*\(|\bshell\.evaluate\s*\("
         r"|\.parseExpression\s*\(\s*+(?![\"'])|Ognl\.getValue\s*\(\s*+(?![\"'])|MVEL\.eval\s*\(|\.execute\(\)\.text"
         r"|listOf\s*\(\s*\"(?:/bin/)?(?:ba)?sh\"\s*,\s*\"-c\"|\"\s*\$\{?\w+[^\"\n]{0,80}\"\.execute\(\)",
         "runs a string as code or through a shell", languages="java kotlin scala groovy", where="-prose -pipeline"),
    rule("shell-go", "code-exec", H, "string+sh string+bash command+sh command+bash commandcontext+sh commandcontext+bash command+cmd plugin+open exec+command interp",
         r"\[\]string\{\s*\"(?:/bin/)?(?:ba|z)?sh\"\s*,\s*\"-l?c\"\s*,\s*+(?![\"`])|exec\.Command(?:Context)?\s*\(\s*(?:ctx\s*,\s*|[\w.()]{1,40}\s*,\s*)?\"(?:/bin/|/usr/bin/)?(?:(?:ba|z)?sh"
         r"|cmd(?:\.exe)?|powershell)\"\s*,\s*\"(?:-l?c|/[cC]|-Command)\"\s*,\s*+(?!\"[^\"\n]{0,300}\"\s*\)"
         r"|`[^`\n]{0,300}`\s*\))|plugin\.Open\s*\(\s*+(?!\")",
         "runs a string through a shell: what is in it decides what is run", languages="go"),
    rule("shell-dotnet", "code-exec", H,
        "processstartinfo filename process+start csharpscript evaluateasync invokemember getmethod "
        "activator powershell addscript compileassembly fromsource arguments+cmd gettype "
        "compileassemblyfromsource",
         r"Process\.Start\s*\(\s*(?:[^\n]{0,40}\"(?:/bin/)?(?:ba)?sh\"|\"cmd(?:\.exe)?\")[^\n]{0,120}(?:\+|\$\""
         r"|\b[a-z]\w*\s*\))|\bProcessStartInfo\s*\(\s*\"(?:cmd(?:\.exe)?|(?:/bin/|/usr/bin/)?(?:ba|z)?sh|powershell(?:\.exe)?|pwsh)\"|(?:FileName|fileName)\s*=\s*\"(?:cmd(?:\.exe)?|/bin/(?:ba)?sh|powershell(?:\.exe)?)\""
         r"|CSharpScript\.(?:EvaluateAsync|RunAsync)\s*\(|\.AddScript\s*\(\s*+(?!\")|CompileAssemblyFromSource\s*\("
         r"|Activator\.CreateInstance\s*\(\s*Type\.GetType\s*\(\s*+(?!\")"
         r"|Type\.GetType\s*\(\s*(?:req|request|input|name|typeName)",
         "runs a string as code or through a shell", languages="csharp"),
    rule("shell-rust", "code-exec", H, "command+new command+sh",
         r"Command::new\s*\(\s*\"(?:/bin/)?(?:(?:ba|z)?sh|cmd)\"\s*\)[\s\S]{0,120}?\.args?\s*\(\s*\[?\s*\"(?:-l?c"
         r"|/C)\"[\s\S]{0,80}?(?:\.arg\s*\(\s*+(?!\")|,\s*+(?!\")[&\w]|format!)",
         "runs a string through a shell: what is in it decides what is run", languages="rust", span=3),
    rule("shell-other", "code-exec", H,
        "arguments executableurl launchpath system popen eval exec os loadstring dofile load execute parse "
        "cmd sh process eval_string compile_string",
         r"\bCode\.(?:eval_string|eval_quoted|compile_string)\s*\("
         r"|System\.(?:cmd|shell)\s*\(\s*\"(?:/bin/)?(?:ba)?sh\""
         r"|System\.shell\s*\(\s*+(?![\"'][^#\"]{0,200}[\"']\s*\))|:os\.cmd\s*\(|\beval\s*\(\s*parse\s*\(\s*text"
         r"|\bos\.execute\s*\(\s*+(?!\"[^\"\n]{0,200}\"\s*\))|\bloadstring\s*\("
         r"|\bio\.popen\s*\(\s*+(?!\"[^\"\n]{0,200}\"\s*[,)])|\bMeta\.parse\s*\("
         r"|\bsystem\s*\(?\s*\"[^\"\n]{0,200}[$@]\w|\bqx[({/][^\n]{0,200}\$\w|^\s*eval\s+[\"']?\$\w"
         r"|\.?arguments\s*=\s*\[\s*\"-l?c\"\s*,\s*(?!\"[^\"\\\n]{0,300}\"\s*\])|executableURL\s*=\s*URL\(fileURLWithPath:\s*\"/bin/(?:ba|z)?sh\"|launchPath\s*=\s*\"/bin/(?:ba|z)?sh\""
         r"|\bProcess\.run(?:Sync)?\s*\(\s*[\"'](?:/bin/)?(?:ba)?sh[\"']",
         "runs a string as code or through a shell", languages="elixir r lua julia perl swift dart"),
    rule("shell-c", "code-exec", H, "system popen execl execlp winexec shellexecute",
         r"(?<![\w.>:])(?:std::)?(?:system|popen|WinExec)\s*\(\s*+(?!\"[^\"\n]{0,300}\"\s*[,)])(?:\(\s*\w"
         r"|[a-zA-Z_]\w*(?:\.c_str\(\)|\s*[,)+]|\s*\.|\[)|\(?\s*\"[^\"\n]{0,200}\"\s*\+)"
         r"|\bexecl[pe]?\s*\(\s*\"(?:/bin/)?(?:ba)?sh\"",
         "runs a string through a shell: what is in it decides what is run", languages="c"),
    rule("shell-eval", "code-exec", H, "eval bash sh zsh source ssh xargs",
         r"(?:^|[;&|]\s*|\bthen\s+|\bdo\s+|&&\s*|-\s+|RUN\s+)eval\s++(?!\"?\$\((?:ssh-agent|brew|direnv|pyenv|rbenv"
         r"|nodenv|opam|minikube|docker-machine|dircolors|conda|starship|fnm|mise|zoxide|luarocks"
         r"|[\w/.\"$-]{1,60}\s+(?:init|env|shellenv|hook|shell|activate|completion))\b)[\"']?[^\n]{0,200}\$"
         r"|(?:^|[\s;&|])(?:ba|z|da)?sh\s+-[a-z]{0,3}c\s+[\"']?\$(?:\{?[A-Z_a-z@*1-9])"
         r"|xargs\s+[^\n|]{0,60}\b(?:ba|z)?sh\s+-c\s+[\"'][^\"']{0,80}\{\}",
         "runs a string as code: what is in the variable decides what is run", languages="shell yaml docker make", unless=r"\$\(\s*ssh-agent|shellenv|\binit\s*(?:-|ba|z)|\$BASH_ENV"),
    rule("sql-exec", "code-exec", H,
        "cmdshell exec+sql executesql immediate sp_oacreate exec",
         r"\bxp_cmdshell\b|\bEXEC(?:UTE)?\s*\(\s*@\w|\bEXECUTE\s+IMMEDIATE\s++(?!')\w"
         r"|\bCOPY\s+\w[^\n]{0,80}\b(?:FROM|TO)\s+PROGRAM\b|sp_OACreate",
         "runs text as a command inside the database", languages="sql python java php csharp javascript"),
    # --- formats that can run code when they are read
    rule("load-python", "unsafe-deserial", H,
        "pickle cpickle dill cloudpickle joblib marshal shelve jsonpickle torch numpy np pandas pd yaml "
        "keras read allow weights sklearn _pickle hickle dill unpickler klepto trust_remote_code "
        "enable_unsafe_deserialization safe_mode loader pkl",
         r"\b(?:c?_?[pP]ickle|dill|cloudpickle|_pickle|pkl)\.(?:loads?|Unpickler)\s*\(|\bUnpickler\s*\("
         r"|\bjoblib\.load\s*\(|\bmarshal\.loads?\s*\(|\bshelve\.open\s*\(|\bjsonpickle\.(?:decode|loads)\s*\("
         r"|\btorch\.load\s*\((?![^\n]{0,200}weights_only\s*=\s*True)|\bweights_only\s*=\s*False"
         r"|\ballow_pickle\s*=\s*True|\b(?:pd|pandas)\.read_pickle\s*\(|\bread_pickle\s*\("
         r"|\byaml\.(?:unsafe_load(?:_all)?|full_load|load_all)\s*\("
         r"|\byaml\.load\s*\((?![\s\S]{0,200}Safe|[\s\S]{0,200}BaseLoader)"
         r"|\bLoader\s*=\s*(?:yaml\.)?(?:Unsafe|Full|C)?Loader\b|\bsafe_mode\s*=\s*False"
         r"|\bYAML\s*\(\s*typ\s*=\s*[\"']unsafe[\"']|\benable_unsafe_deserialization\s*\("
         r"|from\s+(?:pickle|dill|cloudpickle|marshal)\s+import\s+loads?\b"
         r"|\bsafe\s*=\s*False[^\n]{0,30}(?:load|yaml)|allow_dangerous_deserialization\s*=\s*True"
         r"|trust_remote_code\s*=\s*True",
         "reads bytes with a format that can run code", languages="python", span=3, where="-prose -test", unless=r"yaml\.load_all\s*\([\s\S]{0,120}Safe|^\s*def\s"),
    rule("load-jvm", "unsafe-deserial", H,
        "readobject objectinputstream readunshared xmldecoder xstream enabledefaulttyping "
        "activatedefaulttyping jsontypeinfo yaml kryo hessian autotype parseobject defaulttyping unmarshal "
        "fromxml ldap serializationutils setregistrationrequired anytypepermission setautotypesupport "
        "supportautotype",
         r"\.readObject\s*\(\s*\)|\bnew\s+ObjectInputStream\s*\(|\.readUnshared\s*\(|\bnew\s+XMLDecoder\s*\("
         r"|\.fromXML\s*\(|\bnew\s+XStream\s*\(\s*\)|\b(?:enable|activate)DefaultTyping\s*\("
         r"|@JsonTypeInfo\s*\([^\n]{0,80}Id\.(?:CLASS|MINIMAL_CLASS)"
         r"|\bnew\s+Yaml\s*\(\s*(?:new\s+Constructor\s*\()?\s*\)|setRegistrationRequired\s*\(\s*false"
         r"|\b(?:Hessian|Hessian2|Burlap)Input\s*\(|setAutoTypeSupport\s*\(\s*true|SupportAutoType"
         r"|AnyTypePermission\.ANY|SerializationUtils\.deserialize\s*\(|ObjectInputStream\s*\(",
         "reads bytes with a format that can run code", languages="java kotlin scala groovy", where="-prose -test", unless=r"SafeConstructor|setObjectInputFilter|^\s*import\s|private\s+void\s+readObject|ObjectInputFilter"),
    rule("load-dotnet", "unsafe-deserial", H,
        "binaryformatter netdatacontractserializer losformatter soapformatter typenamehandling simpletyperesolver "
        "objectstateformatter javascriptserializer unsafe",
         r"\b(?:BinaryFormatter|NetDataContractSerializer|LosFormatter|SoapFormatter|ObjectStateFormatter)\s*\("
         r"|TypeNameHandling\.(?:All|Auto|Objects|Arrays)|SimpleTypeResolver\s*\("
         r"|EnableUnsafeBinaryFormatterSerialization>?\s*true",
         "reads bytes with a format that can run code", languages="csharp markup"),
    rule("load-ruby", "unsafe-deserial", H, "marshal yaml psych oj unsafe",
         r"\bMarshal\.(?:load|restore)\s*\(?|\b(?:YAML|Psych)\.(?:unsafe_load(?:_file)?"
         r"|load(?:_file|_stream)?)\b(?![^\n]{0,120}(?:permitted_classes|safe))"
         r"|\bOj\.(?:object_load|load)\s*\([^\n]{0,80}mode:\s*:object|Oj\.object_load",
         "reads bytes with a format that can run code", languages="ruby", where="-prose -test"),
    rule("load-php", "unsafe-deserial", H, "unserialize phar yaml",
         r"(?<![\w>:])unserialize\s*\(\s*+(?![^\n]{0,120}allowed_classes[\"']\s*=>\s*(?:false|\[))|phar://"
         r"|\byaml_parse\s*\(\s*\$_",
         "reads bytes with a format that can run code", languages="php", where="-prose -test"),
    rule("load-script", "unsafe-deserial", H,
        "unserialize serialize deserialize v funcster cryo yaml schema serializer",
         r"\b(?:serialize|nodeSerialize|node_serialize|serializer|funcster|cryo)\.(?:unserialize|deepDeserialize"
         r"|parse|deserialize)\s*\(|require\s*\(\s*[\"'](?:node-serialize|funcster|cryo|serialize-to-js)[\"']\s*\)"
         r"|from\s+[\"'](?:node-serialize|funcster|cryo|serialize-to-js)[\"']|\bv8\.deserialize\s*\("
         r"|DEFAULT_FULL_SCHEMA|yaml\.unsafeLoad\s*\(|js-yaml-js-types|(?<![\w.])(?:unserialize)\s*\(",
         "reads bytes with a format that can run code", languages="javascript", where="-prose -test"),
    rule("load-other", "unsafe-deserial", H,
        "binary_to_term storable thaw retrieve readrds unserialize nskeyedunarchiver unarchiveobject "
        "unarchiver load bincode rds requiringsecurecoding requiressecurecoding "
        "unarchivetoplevelobjectwithdata secure",
         r":erlang\.binary_to_term\s*\(\s*+(?![^\n)]{0,80}\[\s*:safe)"
         r"|\b(?:thaw|Storable::(?:thaw|retrieve)|retrieve)\s*\(|\breadRDS\s*\(\s*url|\bunserialize\s*\("
         r"|NSKeyedUnarchiver\.unarchiveObject|unarchiveTopLevelObjectWithData"
         r"|requires?(?:ing)?SecureCoding\s*[:=]\s*(?:false|NO)|\bload\s*\(\s*url\s*\(",
         "reads bytes with a format that can run code", languages="elixir perl r swift c", where="-prose -test"),
    rule("xml-entities", "unsafe-deserial", H,
        "resolve+entities noent disallow+doctype external+entities loadexternaldtd dtdprocessing "
        "xmlresolver substitute loaddtd entityresolver isexpandentityreferences expandentityreferences dtd "
        "ges libxml_disable_entity_loader no_network",
         r"\bresolve_entities\s*=\s*True|\bnoent\s*:\s*true|disallow-doctype-decl\"\s*,\s*false"
         r"|external-(?:general|parameter)-entities\"\s*,\s*true|load-external-dtd\"\s*,\s*true|DtdProcessing\.Parse"
         r"|XmlResolver\s*=\s*new\s+XmlUrlResolver|LIBXML_NOENT|\bno_network\s*=\s*False"
         r"|\bfeature_external_ges\s*,\s*True|setExpandEntityReferences\s*\(\s*true"
         r"|expandEntityReferences\s*:\s*true|libxml_disable_entity_loader\s*\(\s*false",
         "lets documents pull in files and addresses of their choice", where="-prose -test"),
)  # fmt: skip
