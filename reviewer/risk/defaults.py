"""Rules on settings that are only safe at home: debugging, open hosts, limits, cookies, flags, ways round a check.

What must stay true: settings for development and tests, and stricter values, are none.
"""

from __future__ import annotations

import re
from typing import Final

from reviewer.risk.table import H, other_side, rule

_SHIPS_OPEN: Final = "ships a setting that is only safe at home"
_LIVE: Final = "-prose -test -example -lock -development -locale"

RULES: Final = (
    rule("debug-on", "unsafe-default", H,
        "debug app_debug display_errors flask_debug node_env rails_env mode development "
        "consider_all_requests_local stacktrace include introspection playground graphiql debugger "
        "use_debugger environment errormode customerrors compilation debuggable verbose show_errors trace "
        "exposure pprof show_exceptions devtools phpinfo template_debug showdetails showsql profiler "
        "actuator stack dump propagate_exceptions detailederrors debugging server_tokens log_statement "
        "enablesensitivedatalogging expose_php opendevtools autoindex usedeveloperexceptionpage console "
        "app_env mix_env run+true",
         r"^\s*(?:[\w.]{0,30}\.)?DEBUG\s*(?::\s*bool\s*)?=\s*(?:True|true|1|on)\b"
         r"|\.run\s*\([^)\n]{0,120}debug\s*=\s*True|\bapp\.debug\s*=\s*[tT]rue"
         r"|\b(?:APP_DEBUG|FLASK_DEBUG|DJANGO_DEBUG|APP__DEBUG"
         r"|RAILS_LOG_TO_STDOUT_DEBUG)[\"']?\s*[:=]\s*[\"']?(?:true|1|on)\b"
         r"|\bdisplay_errors\s*[=,'\"]+\s*['\"]?(?:On|1|true)"
         r"|^\s*(?:ENV\s+|-\s*|export\s+)?[\"']?(?:NODE_ENV|RAILS_ENV|FLASK_ENV|APP_ENV|ASPNETCORE_ENVIRONMENT"
         r"|DOTNET_ENVIRONMENT|RACK_ENV|MIX_ENV)[\"']?\s*[:= ]\s*[\"']?(?:development|dev|Development|local|debug)\b"
         r"|gin\.SetMode\s*\(\s*gin\.DebugMode|consider_all_requests_local\s*=\s*true"
         r"|include-stacktrace\s*[:=]\s*[\"']?always|\binclude-(?:message|binding-errors)\s*[:=]\s*[\"']?always"
         r"|exposure\.include\s*[:=]\s*[\"']?\*|<compilation[^>\n]{0,80}debug=\"true\"|customErrors\s+mode=\"Off\""
         r"|errorMode=\"Detailed\"|\b(?:introspection|playground|graphiql|GRAPHIQL)[\"']?\s*[:=]\s*(?:true|True)\b"
         r"|android:debuggable=\"true\"|\bdebuggable\s*(?:=\s*)?true|h2\.console\.enabled\s*=\s*true"
         r"|UseDeveloperExceptionPage\s*\(|show_exceptions\s*=\s*false|openDevTools\s*\(|autoindex\s+on\b"
         r"|server_tokens\s+on\b|expose_php\s*=\s*On|phpinfo\s*\(\s*\)|net/http/pprof\""
         r"|webContentsDebugging\w*\s*\(\s*true|setWebContentsDebuggingEnabled\s*\(\s*true"
         r"|\bpropagate_exceptions\s*=\s*True|PROPAGATE_EXCEPTIONS\s*=\s*True"
         r"|errors?\.(?:include|show)-?(?:stack|trace)\w*\s*[:=]\s*true|TraceEnable\s+On|debug_toolbar"
         r"|DebugToolbarExtension|detailedErrors[\"']?\s*[:=]\s*true|EnableSensitiveDataLogging\s*\("
         r"|log_statement\s*=\s*['\"]all",
         f"{_SHIPS_OPEN}: debugging is on", where=_LIVE, unless=
             r"environ|getenv|process\.env|env\(|os\.Getenv|config\(|if\b[^\n]{0,60}(?:Development|dev\b|DEBUG)"
             r"|__DEV__|IsDevelopment|import\.meta",
             unless_near=r"IsDevelopment\(\)|if\s+settings\.DEBUG|NODE_ENV\s*!==?\s*['\"]production|buildTypes|debug\s*\{"),
    rule("debug-on-live", "unsafe-default", H, "debug trace verbose", r"^\s*[\"']?(?:[\w.-]{0,40}[._-])?debug(?:[._-]?(?:mode|enabled))?[\"']?\s*[:=]\s*[\"']?(?:true|on|1|yes)\b", f"{_SHIPS_OPEN}: debugging is on", where=_LIVE, languages="yaml json jsonc toml ini ruby php javascript python terraform", check=lambda file, line, found: (bool(other_side(file, line)) and bool(re.search(r"debug[^\n]{0,20}(?:false|off|0|no)\b", "\n".join(x.code for x in other_side(file, line)), re.IGNORECASE))) or file.facets.production),
    rule("open-host", "unsafe-default", H,
        "allowed_hosts 0.0.0.0 bind host listen_addresses bind-address network trusted_proxies trustproxy "
        "trust allowedhosts alloweddevhosts * hosts proxies listen address inaddr_any publish_host server "
        "forwarded_allow_ips knownnetworks",
         r"ALLOWED_HOSTS\s*(?:\+?=|:)\s*\[?\s*[\"']?\*(?!\w)|\"AllowedHosts\"\s*:\s*\"\*\""
         r"|allowedHosts\s*:\s*(?:true\s*(?:[,}]|$)|[\"']all[\"']|\[\s*[\"']\*)|disableHostCheck\s*:\s*true"
         r"|listen_addresses\s*=\s*['\"]\*|(?:trusted_?proxies|TRUSTED_PROXIES|TrustedProxies|FORWARDED_ALLOW_IPS"
         r"|forwarded_allow_ips)[\"']?\s*(?:=>|[:=(])\s*[\"'\[]{0,2}\*|trust proxy[\"']\s*,\s*true"
         r"|config\.hosts\.clear|\bhosts\s*<<\s*/\.\*/|SetTrustedProxies\s*\(\s*(?:nil|\[\]string\{\"0\.0\.0\.0)"
         r"|KnownNetworks\.Clear|--proxy-headers[^\n]{0,60}--forwarded-allow-ips[= ]['\"]?\*",
         f"{_SHIPS_OPEN}: anyone may reach it under any name", where=_LIVE, unless=r"environ|getenv|process\.env"),
    rule("bind-all", "unsafe-default", H, "0.0.0.0 inaddr_any", r"[\"'\s=:(@\[]0\.0\.0\.0(?![\d./])", f"{_SHIPS_OPEN}: it answers on every address", where=_LIVE, was=r"127\.0\.0\.1|localhost|::1|\bloopback", unless=r"no_proxy|NO_PROXY"),
    rule("bind-all-config", "unsafe-default", H, "bind host address addr",
        r"^\s*(?:bind(?:-address|_address|Ip|_ip)?|network\.host|http\.host|listen_address|rpc_address|bind_addr"
        r"|listen_addr|api_addr|server\.host|host)\s*[:= ]\s*[\"']?0\.0\.0\.0\b"
        r"|\.run\s*\([^)\n]{0,120}host\s*=\s*[\"']0\.0\.0\.0|DEFAULT_HOST\s*=\s*[\"']0\.0\.0\.0",
        f"{_SHIPS_OPEN}: it answers on every address", where=_LIVE, check=lambda file, line, found: bool(re.search(
        r"redis|mongo|elastic|postgres|mysql|admin|prod|\.conf\Z|database|db|kibana|cassandra|etcd|consul|settings"
        r"|defaults?|config", file.path, re.IGNORECASE)) or "run" in found[0] or "DEFAULT" in found[0]),
    rule("limit-off", "unsafe-default", H,
        "limit limiting ratelimit rate throttle throttling attempts lockout max_content_length "
        "data_upload_max_memory_size data_upload_max_number_fields client_max_body_size bodylimit body "
        "upload filesize maxfilesize requestbody maxrequestbodysize payload maxpayload timeout min_length "
        "minlength length password_min_length disablerequestsizelimit session_cookie_age "
        "permanent_session_lifetime expires expiresin expiry expire lifetime ttl maxdepth max_depth "
        "max_page_size maxmemory brute requiredlength digit uppercase lowercase nonalphanumeric "
        "auth_password_validators maxbodylength maxcontentlength max_file_size maxuploadsize "
        "complexitylimit querydepth defaultbodylimit infinity aiohttp minimumlength max_connections_per_ip "
        "password_min max_request_size urlopen tokenexpiry inf positive httpx client+none",
         r"\b\w{0,30}(?:rate_?limit(?:ing|er)?s?|throttl(?:e|ing)|rateLimit\w*|brute_?force\w*|lockout"
         r"|login_attempts?_limit)(?:[_.-]?(?:enabled|active|on|requests))?[\"']?\s*[:=]\s*(?:false|False|None|null"
         r"|0\b|off|[\"']?(?:disabled|off|false)|undefined|Infinity|-1)"
         r"|\bmax_?(?:login_?|failed_?|retry_?)?attempts[\"']?\s*[:=]\s*(?:0\b|None|null|Infinity|float\(|math\.inf"
         r"|-1|999\d*|1000+)|\b(?:MAX_CONTENT_LENGTH|DATA_UPLOAD_MAX_MEMORY_SIZE|DATA_UPLOAD_MAX_NUMBER_FIELDS"
         r"|FILE_UPLOAD_MAX_MEMORY_SIZE|max_upload_size|MAX_UPLOAD_SIZE|max_request_size|maxBodyLength"
         r"|maxContentLength|maxFileSize|bodyLimit|max_body_size|maxRequestBodySize|MaxRequestBodySize|maxUploadSize"
         r"|max-file-size|max-request-size|max_depth|maxDepth|queryDepth|complexityLimit|max_connections_per_ip"
         r"|max_payload|maxPayload|MAX_PAGE_SIZE|max_page_size|maxmemory|max_file_size|request_timeout"
         r"|REQUEST_TIMEOUT)[\"']?\s*[:=]\s*(?:None|null|Infinity|-1|0\s*(?:[,;#/}]|$)|float\(|math\.inf|undefined"
         r"|Number\.(?:MAX|POSITIVE)\w*|usize::MAX|[\"']?(?:unlimited|infinity|-1|\d+\s*gb|[5-9]\d\dmb|\d{4,}mb)\b)"
         r"|client_max_body_size\s+0\b|\blimit[\"']?\s*:\s*(?:Infinity|[\"'](?:\d+gb|[5-9]\d\dmb|\d{4,}mb)[\"'])"
         r"|\[DisableRequestSizeLimit\]|DefaultBodyLimit::disable"
         r"|\b(?:requests\.\w+|httpx\.\w+|urlopen|session\.\w+|client\.\w+"
         r"|aiohttp\.\w+)\([^\n]{0,160}timeout\s*=\s*None\b"
         r"|(?:min_?length|minLength|minimum_?(?:password_?)?length|PASSWORD_MIN_LENGTH|MinimumLength|RequiredLength"
         r"|password_?min\w*)[\"']?\s*[:=]\s*[1-7]\b(?!\d)|Require(?:Digit|Uppercase|Lowercase"
         r"|NonAlphanumeric)\s*=\s*false|AUTH_PASSWORD_VALIDATORS\s*=\s*\[\s*\]"
         r"|(?:SESSION_COOKIE_AGE|PERMANENT_SESSION_LIFETIME|expiresIn|ACCESS_TOKEN_EXPIRE\w*|token_?ttl"
         r"|session_?timeout|tokenExpiry\w*|access_?token_?(?:lifetime|ttl"
         r"|expiry))[\"']?\s*[:=]\s*(?:timedelta\(days\s*=\s*(?:9\d|\d{3,})"
         r"|[\"'](?:[3-9]\d\dd|\d{2,}y|never|[1-9]\d*y)[\"']|None|null|0\b(?!\.)|-1|Infinity|\d{8,})",
         f"{_SHIPS_OPEN}: a limit is off", where=_LIVE, unless=r"placeholder|min_length\s*=\s*1\b|help|html|css|width|height", check=lambda file, line, found: not re.search(r"min_?length|minLength", found[0], re.IGNORECASE) or bool(re.search(r"pass|pwd", "\n".join(x.text for x in file.around(line, 3, 3)), re.IGNORECASE))),
    rule("limit-removed", "unsafe-default", H,
        "limiter ratelimit rate throttle throttle_classes default_throttle_rates timeout maxbytesreader "
        "limitreader ratelimiter helmet limitrequestbody limit_req_zone zone slowdown hpp",
        r"\b(?:app|router|server|api)\.use\s*\(\s*(?:rateLimit|limiter|slowDown|helmet|hpp)"
        r"|@(?:limiter\.limit|ratelimit|throttle|RateLimit\w*|Throttle)\b|DEFAULT_THROTTLE_(?:CLASSES|RATES)"
        r"|throttle_classes\s*=|http\.MaxBytesReader\s*\(|\bReadTimeout\s*:|\bReadHeaderTimeout\s*:"
        r"|UseRateLimiter\s*\(|\bthrottle\s*\(|limit_req\s+zone|limit_req_zone|LimitRequestBody|io\.LimitReader\s*\(",
        f"{_SHIPS_OPEN}: a limit is gone", side="-", where=_LIVE, check=lambda file, line, found: not file.gone and not any(re.search(r"limit|throttle|timeout|helmet|MaxBytes", x.code, re.IGNORECASE) for x in file.added) and any(x.kind == " " for x in file.lines)),
    rule("cookie-open", "unsafe-default", H,
        "httponly secure samesite session_cookie_secure csrf_cookie_secure session_cookie_httponly "
        "secure_ssl_redirect secure_hsts_seconds cookie_secure cookiesecure hsts contentsecuritypolicy "
        "frameguard xssfilter x_frame_options secure_content_type_nosniff cookie hidepoweredby nosniff "
        "xframeoptions session csp frameoptions crossoriginopenerpolicy unsafe wsgi force_ssl "
        "withhttponlyfalse disable stricttransportsecurity default+src",
         r"\bhttp_?[oO]nly[\"']?\s*(?:=>|[:=])\s*(?:false|False|0\b)"
         r"|\bsecure[\"']?\s*(?:=>|[:=])\s*(?:false|False|0\b)(?![^\n]{0,20}smtp)"
         r"|\b(?:SESSION|CSRF|REMEMBER|JWT|AUTH|LANGUAGE)_?(?:ACCESS_|REFRESH_)?COOKIE_(?:SECURE"
         r"|HTTPONLY)\s*=\s*False|\bJWT_COOKIE_(?:SECURE|CSRF_PROTECT)\s*=\s*False"
         r"|\bsame_?[sS]ite[\"']?\s*(?:=>|[:=])\s*(?:[\"']none[\"']|false|None\b|http\.SameSiteNoneMode"
         r"|SameSiteMode\.None|:none|\"None\")|COOKIE_SAMESITE\s*=\s*[\"']?None"
         r"|\bSECURE_(?:SSL_REDIRECT|HSTS_INCLUDE_SUBDOMAINS|HSTS_PRELOAD|CONTENT_TYPE_NOSNIFF"
         r"|BROWSER_XSS_FILTER)\s*=\s*False|SECURE_HSTS_SECONDS\s*=\s*0\b"
         r"|\b(?:contentSecurityPolicy|frameguard|hsts|noSniff|xssFilter|crossOriginOpenerPolicy|xFrameOptions"
         r"|strictTransportSecurity|csp)\s*:\s*(?:false|null)\b|frameOptions\(\)\.disable|headers\(\)\.disable"
         r"|X_FRAME_OPTIONS\s*=\s*[\"']ALLOWALL|cookie_(?:secure|httponly)\s*[=:]\s*[\"']?(?:Off|0|false)"
         r"|config\.force_ssl\s*=\s*false|CookieSecure\w*\.(?:None|SameAsRequest)|CookieSecurePolicy\.None"
         r"|HttpOnly\s*=\s*false|setHttpOnly\s*\(\s*false|setSecure\s*\(\s*false|[\"']unsafe-(?:inline|eval)[\"']"
         r"|'unsafe-(?:inline|eval)'|script-src\s+[^;\n]{0,60}(?:\*|unsafe)|default-src\s+\*|withHttpOnlyFalse\s*\(",
         f"{_SHIPS_OPEN}: cookies or pages lose their protection", where=_LIVE, check=lambda file, line, found: not re.search(r"\bsecure[\"']?\s*(?:=>|[:=])", found[0]) or bool(re.search(r"cookie|session|sameSite|httpOnly|csrf", "\n".join(x.text for x in file.around(line, 6, 6)), re.IGNORECASE)), unless=r"process\.env|environ|NODE_ENV|isProd"),
    rule("app-open", "unsafe-default", H,
        "nodeintegration contextisolation websecurity allowrunninginsecurecontent exported allowbackup "
        "javascriptenabled setjavascriptenabled allowfileaccess setallowfileaccess "
        "setallowuniversalaccessfromfileurls enableremotemodule allow_url_include register_globals "
        "mixedcontentmode allowuniversalaccess strict unsafe allow_url_fopen addjavascriptinterface "
        "dangerouslyallowbrowser dangerouslyallowsvg escapehtml enable_dangerous local_infile "
        "disable_functions open_basedir mixed_content_always_allow secure_file_priv universal",
         r"nodeIntegration\s*:\s*true|contextIsolation\s*:\s*false|webSecurity\s*:\s*false"
         r"|allowRunningInsecureContent\s*:\s*true|enableRemoteModule\s*:\s*true|android:exported\s*=\s*\"true\""
         r"|android:allowBackup\s*=\s*\"true\"|setAllow(?:FileAccess|UniversalAccess|FileAccessFromFile"
         r"|UniversalAccessFromFile)\w*\s*\(\s*true|MIXED_CONTENT_ALWAYS_ALLOW|allow_url_include\s*=\s*(?:On|1)"
         r"|dangerouslyAllow(?:Browser|SVG)\s*:\s*true|addJavascriptInterface\s*\("
         r"|local_infile\s*[=:]\s*(?:1|on|true)|secure_file_priv\s*=\s*[\"']{0,2}\s*$|disable_functions\s*=\s*$"
         r"|open_basedir\s*=\s*$", f"{_SHIPS_OPEN}: pages reach the machine they are shown on", where=_LIVE),
    rule("flag-on", "unsafe-default", H,
        "enable enabled feature flag flags experimental beta preview wip unstable alpha unfinished rollout "
        "default percentage new draft canary incomplete internal unreleased prototype development "
        "value+true",
         r"[\"']?\b(?:[\w.-]{0,60}?(?:experimental|beta|preview|wip|unstable|alpha|unfinished|incomplete|draft"
         r"|prototype|unreleased|in_?development|not_?ready)[\w.-]{0,40}"
         r"|(?:enable|feature|flag|ff|FEATURE|FF|ENABLE|FLAG)[_.-][\w.-]{2,60})[\"']?\s*(?:=>"
         r"|[:=])\s*(?:\{\s*[\"']?(?:enabled|default|value)[\"']?\s*:\s*)?[\"']?(?:true|True|on|enabled|1|100)\b",
         f"{_SHIPS_OPEN}: a feature flag is on", where=_LIVE, was=r"(?:false|False|off|disabled|\b0)\b", check=lambda file, line, found: bool(re.search(
         r"flag|feature|toggle|experiment|beta|alpha|preview|wip|unstable|unfinished|incomplete|draft|unreleased"
         r"|ready",
         file.path + found[0], re.IGNORECASE)) and not re.search(r"lint|tsconfig|telemetry_off|secur|auth|verify|safe|strict|protect|encrypt|tls|ssl|csrf|test", found[0], re.IGNORECASE)),
    rule("flag-nested-on", "unsafe-default", H, "enabled default rollout percentage defaultvalue",
        r"^\s*[\"']?(?:enabled|default|default_?[vV]alue|defaultState|on)[\"']?\s*[:=]\s*[\"']?(?:true|True|on"
        r"|enabled)\b|^\s*[\"']?(?:rollout|percentage|rolloutPercentage"
        r"|rollout_percentage)[\"']?\s*[:=]\s*[\"']?100\b",
        f"{_SHIPS_OPEN}: a feature flag is on", where=_LIVE, was=r"(?:false|False|off|disabled|\b\d{1,2})\b", check=lambda file, line, found: bool(re.search(r"flag|feature|toggle|experiment|rollout", file.path, re.IGNORECASE)) or any(re.search(r"(?:beta|experimental|wip|unfinished|preview|feature|flag)", above.text, re.IGNORECASE) for above in file.parents(line))),
    rule("security-unless", "unsafe-default", H,
        "auth verify tls ssl csrf security signature validate validation encryption sandbox mfa rbac "
        "permission protect hsts login authentication verification encrypt getvalue token cert acl certs "
        "tokens permissions signatures secure eql unwrap_or_default getenv equals validat meta environ "
        "permissio off config+false",
         r"(?:getenv|environ\.get|env\.get|Getenv|env\(|config\(|config\.get\w*|conf\.get\w*|process\.env\."
         r"|getProperty|GetValue|get_bool|getBool|GetBool|ENV\.fetch\(|settings\.get"
         r"|\.get)\b[^\n]{0,20}[\"']?[\w:.]{0,30}(?:auth|verify|require_?login|tls|ssl|csrf|security|signature"
         r"|validat\w*|encrypt\w*|sandbox|mfa|rbac|permission|protect\w*|hsts)[\w:.]{0,30}[\"']?\s*(?:,|\?\?|\|\||or"
         r"|:-)\s*(?:default\s*=\s*)?[\"']?(?:false|False|0|off|no|disabled)\b"
         r"|(?:getenv|environ(?:\.get)?|Getenv|GetEnvironmentVariable|process\.env|import\.meta\.env|ENV|env::var|System\.get_env|GetValue<bool>|environment)\W{0,4}"
         r"[\w:.]{0,20}(?:REQUIRE|ENFORCE|VERIFY|VALIDATE|CHECK|ENABLE|USE|PROTECT|SECURE)D?_?\w{0,16}(?:AUTH\w{0,16}|LOGIN|TLS|SSL|CSRF|SIGNATURES?|TOKENS?|PERMISSIONS?|MFA|RBAC|CERTS?|ACL)(?:_ENABLED)?"
         r"[\"')\]\s]{0,4}(?:\.unwrap_or_default\(\)|\?)?\s*(?:===?|\.equals\(|\.Equals\(|\.eql\?|eq\b)\s*(?:Ok\()?[\"'](?:true|1|yes|on)[\"']"
         r"|GetValue<bool>\(\s*\"[\w:]{0,40}(?:auth|csrf|tls|verify|signature)\w{0,20}(?::Enabled)?\"\s*\)"
         r"|\b\w{0,30}(?:AUTH|VERIFY|TLS|SSL|CSRF|SECURITY|SIGNATURE|ENCRYPT\w*|SANDBOX)\w{0,30}\s*\?\?\s*false"
         r"|\$\{\w{0,30}(?:AUTH|VERIFY|TLS|SSL|CSRF|SECURITY|SIGNATURE|SANDBOX)\w{0,30}:-?(?:false|0|off|no"
         r"|disabled)\}|@Value\s*\(\s*\"\$\{[\w.-]{0,60}(?:auth|security|ssl|tls|csrf|verify)[\w.-]{0,40}:false\}"
         r"|(?:auth|verify|require_?auth|tls|secure|csrf|security|signature|sandbox"
         r"|check_?signature)(?:_?enabled)?\w{0,12}\s*:\s*bool\s*=\s*(?:Field\(\s*(?:default\s*=\s*)?)?False"
         r"|(?:Bool|BoolVar|add_argument|option|flag)\w*\s*\([^\n]{0,60}[\"'](?:--)?(?:[\w-]{0,20})(?:auth|verify"
         r"|tls|require-auth|secure|signature|sandbox)[\w-]{0,20}[\"']\s*,\s*(?:false|default\s*=\s*False)"
         r"|default\s*=\s*false[^\n]{0,40}(?:auth|verify|sandbox)",
         f"{_SHIPS_OPEN}: security is off unless someone turns it on", where=_LIVE, unless=r"author|authority_url|insecure|disable|skip|ssl_redirect"),
    rule("bypass-switch", "unsafe-default", H,
        "skip bypass disable allow insecure no auth unsafe force noauth dangerously ignore trust turn_off "
        "ignor add_option ski add_argument boolvar",
         r"(?:getenv|environ|env\b|ENV|Getenv|config|settings|process\.env|flags?\.|args\.|options?\.|opts\."
         r"|headers?|query|params|get|add_argument|add_option|option|Bool"
         r"|BoolVar)\b[^\n]{0,40}[\"'.\[(-](?:--)?(?:SKIP|BYPASS|DISABLE|NO|IGNORE|TURN_OFF"
         r"|ALLOW_(?:ANY|ALL|INSECURE|UNSAFE|ANONYMOUS|UNSIGNED)|INSECURE|UNSAFE|skip|bypass|disable|no|ignore"
         r"|insecure|unsafe|allow[-_](?:any|all|insecure|unsafe|anonymous|unsigned))[-_]?(?:AUTH\w*|LOGIN|VERIF\w*"
         r"|SECURITY|CSRF|TLS|SSL|SIGNATURE\w*|PERMISSION\w*|CHECK\w*|VALIDATION|SANDBOX|PAYMENT|ACL|RBAC|MFA|2FA"
         r"|LICENSE|RATE_?LIMIT\w*|auth\w*|login|verif\w*|security|csrf|tls|ssl|signature\w*|permission\w*|checks?"
         r"|validation|sandbox|payment|acl|rbac|mfa|2fa|license|rate[-_]?limit\w*|mode|all|any|ACCESS|access"
         r"|insecure|INSECURE)?\b",
         f"{_SHIPS_OPEN}: a switch goes round a check", where=_LIVE, check=lambda file, line, found: bool(re.search(
             r"(?:SKIP|BYPASS|DISABLE|IGNORE|skip|bypass|disable|ignore|no)[-_]?(?:AUTH|LOGIN|VERIF|SECURITY|CSRF"
             r"|TLS|SSL|SIGN|PERMISSION|VALIDATION|SANDBOX|PAYMENT|ACL|RBAC|MFA|2FA|LICENSE|RATE|auth|login|verif"
             r"|security|csrf|tls|ssl|sign|permission|validation|sandbox|payment|acl|rbac|mfa|2fa|license|rate"
             r"|ACCESS|access)|(?:BYPASS|bypass)|ALLOW_(?:ANY|ALL|INSECURE|UNSAFE|ANON|UNSIGNED)"
             r"|allow[-_](?:insecure|unsafe|anonymous|unsigned)|[\"'.-](?:--)?(?:insecure|unsafe|INSECURE|UNSAFE)\b",
             found[0])) and not re.search(r"author|no_author|signal|signup", found[0], re.IGNORECASE), unless=r"throw|raise|ignore_ssl_errors_in_tests"),
    rule("default-password", "unsafe-default", H,
        "password default admin user pass changeme secret jwt_secret defaul initia bootstrap credentials "
        "initial",
        r"(?:default|initial|bootstrap|fallback|DEFAULT|INITIAL)_?(?:admin_?|user_?|root_?|ADMIN_?"
        r"|ROOT_?)?(?:password|pass|PASSWORD|secret|SECRET|credentials)[\"']?\s*[:=]\s*[\"'][^\"'\n$]{3,40}[\"']"
        r"|(?:getenv|environ\.get|env|config|get)\s*\(\s*[\"'][\w.]{0,30}(?:PASSWORD|SECRET|SECRET_KEY|JWT_SECRET"
        r"|password|secret)[\w.]{0,10}[\"']\s*,\s*(?:default\s*=\s*)?[\"'][^\"'\n]{3,60}[\"']"
        r"|process\.env\.\w*(?:PASSWORD|SECRET)\w*\s*(?:\|\||\?\?)\s*[\"'`][^\"'`\n]{3,60}[\"'`]"
        r"|ENV\.fetch\(\s*[\"']\w*(?:PASSWORD|SECRET)\w*[\"']\s*[,)]\s*\{?\s*[\"'][^\"'\n]{3,40}"
        r"|\$\{\w*(?:PASSWORD|SECRET)\w*:-?[^}\n]{3,40}\}",
        f"{_SHIPS_OPEN}: a password that everyone knows", where=_LIVE, unless=r"throw|raise|:-\}|:\?|[\"'](?:true|false|null|none|required)[\"']|placeholder"),
)  # fmt: skip
