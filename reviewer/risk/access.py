"""Rules on who may do what in a program: guards that go, doors that open, and cryptography that no longer holds.

What must stay true: a guard that moved, was renamed or went together with what it guarded is not a guard removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit, words
from reviewer.risk.table import C, H, M, News, other_side, rule, settled

_CODE: Final = frozenset(
    "python javascript java kotlin scala groovy csharp go php ruby rust swift elixir perl dart c markup yaml json toml ini shell terraform sql proto jsonc".split()
)
# What a guard looks like, across frameworks: annotations, middleware, checks at the head of a function.
_GUARD: Final = re.compile(
    r"@(?:\w+\.)?(?:login_required|permission_required|permissions?_required|requires?_\w{2,30}|\w{0,30}_required|roles?_\w{2,20}|authenticated?\b|auth\w*|jwt_required|token_required|admin_\w{2,20}|staff_member_required|user_passes_test|csrf_protect|ensure_\w{2,20}|protected|rate_?limit\w*|limiter\.limit|throttle\w*)\b"
    r"|@(?:UseGuards|PreAuthorize|PostAuthorize|Secured|RolesAllowed|Roles|Authorized?|Authenticated|RequiresPermissions?|RequiresRoles?|RequiresAuthentication|Permissions|Protected|ValidateCsrfToken|Throttle)\b|\[(?:\w+,\s*)?(?:Authorize|ValidateAntiForgeryToken|RequireHttps|PrincipalPermission|AutoValidateAntiforgeryToken|RequiresClaim)\b"
    r"|#\[(?:IsGranted|Security|authorize|protect)\b|\bbefore_action\s+:?\w*(?:auth\w*|require\w*|login|logged|admin|verify\w*|check\w*|ensure\w*|signed)\w*|\b(?:authenticate_user!|authenticate_\w+!|authorize!|authorize\b|require_login|require_admin|verify_authorized|load_and_authorize_resource|protect_from_forgery|verify_authenticity_token|doorkeeper_authorize!|policy_scope)"
    r"|->(?:middleware|can|authorize|denyAccessUnlessGranted|authorizeResource)\s*\(|\bGate::(?:authorize|allows|denies)|\$this->authorize\w*\(|\bcheck_ajax_referer\(|\bwp_verify_nonce\(|\bcurrent_user_can\(|\bis_admin\(\)"
    r"|\b(?:require|ensure|check|verify|validate|assert|authorize|authorise|authenticate|enforce|has|is|can|must)_?(?:be_?)?(?:Auth\w*|auth\w*|Login|LoggedIn|logged_in|Admin|admin|Perm\w*|perm\w*|Role\w*|role\w*|Access|access|Owner\w*|owner\w*|Csrf\w*|csrf\w*|CSRF\w*|Signature\w*|signature\w*|Token\w*|token\w*|User|Session|session|Scope\w*|scope\w*|Tenant|tenant|Hmac|hmac|Webhook|webhook|Jwt|JWT|jwt|Identity|Claims?|Mfa|MFA|Otp|ApiKey|api_key)\w{0,30}\s*[(!,)\]]"
    r"|\bpermission_classes\s*=|\bIsAuthenticated\b|\bIsAdminUser\b|\bauthentication_classes\s*=|\bLoginRequiredMixin\b|\bPermissionRequiredMixin\b|\bUserPassesTestMixin\b|\bDepends\s*\(\s*\w*(?:current|auth\w*|user|admin|verify\w*|require\w*|token)\w*|\bSecurity\s*\(\s*\w+|\bCsrfViewMiddleware\b|\bAuthenticationMiddleware\b|\bAuth\w*Middleware\b|[(,]\s*auth(?:enticate|orize|Guard|Middleware|Required)?\b\s*[,)]|\bpassport\.authenticate\s*\(|\bcsurf\b|\bcsrf(?:Protection|Middleware)?\s*\(|\blusca\b|\bhelmet\s*\("
    r"|\.(?:hasRole|hasAuthority|hasAnyRole|hasAnyAuthority|authenticated|RequireAuthorization|UseAuthentication|UseAuthorization|requiresAuth\w*|denyAll|fullyAuthenticated)\s*\(|\b(?:RequireAuth\w*|AuthRequired|WithAuth\w*|AuthMiddleware|JWTMiddleware|BasicAuth|requireAuth\w*|isAuthenticated|isAdmin|ensureLoggedIn|withAuth\w*|checkJwt|adminOnly|protect|onlyOwner|nonReentrant|whenNotPaused)\b|\b(?:plug|pipe_through)\b[^\n]{0,40}(?:auth|Auth|require|ensure|csrf|protect_from_forgery)"
    r"|\b(?:hmac\.compare_digest|compare_digest|timingSafeEqual|hash_equals|constructEvent|construct_event|verify_?signature|verifySignature|ConstantTimeCompare|secure_compare|verify_oauth2_token|verifyIdToken|verify_id_token|jwt\.verify|check_password|verify_password|verifyPassword|VerifyHashedPassword|checkpw|password_verify|CompareHashAndPassword|rate_?limit\w*|limiter)\s*[(.]"
    r"|\b(?:if|unless|guard|assert|raise|throw|abort|return|permit|match|require)\b[^\n]{0,100}(?:\.is_(?:admin|staff|superuser|authenticated|owner|active|verified)\b|\.isAdmin\b|\bis_authenticated\b|[._]role\b|\.roles\b|\.permissions?\b|owner_?id\b|ownerId\b|\.owner\b|has_perm\w*|hasPermission|can\?\(|\bcurrent_user\b|currentUser|\breq\.user\b|request\.user\b|\bsession\b[^\n]{0,20}(?:user|login)|[Uu]nauthori[sz]ed|[Ff]orbidden|PermissionDenied|AccessDenied|\b40[13]\b|not_authori[sz]ed|msg\.sender|tenant_?[iI]d|\bsignature\b|\bcsrf\w*|origin\b[^\n]{0,40}allowed|x-hub-signature|user_id\s*[!=]==?|userId\s*[!=]==?)"
    r"|^\s*(?:auth_basic|auth_request|satisfy|deny\s+all|allow\s+\d[\d./]+|require\s+(?:valid-user|all denied|user|group|ip))\b|\brequirepass\b|^\s*(?:authorization|security)\s*:\s*(?:enabled|\S)|\bENABLE ROW LEVEL SECURITY\b|\bCREATE POLICY\b|\bsecurity\s*:\s*$|\bX-Frame-Options\b|\bContent-Security-Policy\b|\bSameSite\s*[=:]",
)  # fmt: skip
_KEYWORD: Final = re.compile(r"(?i:auth|login|permi|role|guard|admin|csrf|forgery|secur|require|ensure|verify|check|token|session|owner|hmac|digest|signature|equal|limit|throttle|protect|deny|allow|forbid|unauthor|40[13]|tenant|policy|current_?user|access|jwt|only|compare|constructevent|construct_event|password|user|helmet|lusca|frame|samesite|satisfy|sender|scope|plug|origin|nonreentrant|paused)")
_WHOLE_LINE: Final = re.compile(r"^\s*(?:@|\[\w|#\[)")
_DECLARES: Final = re.compile(r"^\s*(?:export\s+)?(?:async\s+)?(?:def|func|function|class|interface|import|from|use|using|const\s+\w+\s*=\s*require|package|type|struct|module|require_relative)\b|^\s*(?:public|private|protected|static)[^=;]{0,80}\([^)]{0,120}\)\s*\{?\s*$|\bimport\b")
_STATEMENT: Final = re.compile(r"^\s*(?:if|unless|guard|assert|raise|throw|abort|return|permit)\b")
_PUBLIC: Final = re.compile(r"health|healthz|ready|readyz|livez|\bping\b|metrics|favicon|robots|static|login|signin|sign_in|logout|register|signup|sign_up|forgot|reset|well-known|[/\"'_]public\b|status|version|captcha|welcome|home\b|docs|swagger|webhook_public|webhooks?|callback", re.IGNORECASE)

_OPEN: Final = "opens what was guarded: anyone may call it"

OPENED: Final = (
    rule("auth-open", "auth-weakened", H, "allowany permitall allowanonymous csrf_exempt skip_before_action skip_authorization skip_forgery_protection disable anonymous skip_authorize_resource null_session public ispublic authenticate auth withoutmiddleware verify csrf ignoringantmatchers ignoring skipauth noauth jwt_optional exempt skip authorize authentication authorization requires requireauth unauthenticated protect web antmatchers requestmatchers anyrequest permit csrfprotection",
         r"\bAllowAny\b|\.permitAll\s*\(|@PermitAll\b|\[AllowAnonymous\]|\.AllowAnonymous\s*\(|\.WithMetadata\s*\(\s*new\s+AllowAnonymous|@csrf_exempt\b|csrf_exempt\s*\(|\b(?:skip_before_action|skip_before_filter)\s+:\w*(?:auth|verify|require|login|check|forgery)\w*|\bskip_(?:authorization|forgery_protection|authorize_resource|load_and_authorize_resource|after_action\s+:verify)\b|\.csrf\s*\(\s*\)?\s*\.?\s*(?:disable\s*\(|AbstractHttpConfigurer::disable|\(?\w{0,12}\)?\s*->\s*\w{1,12}\.disable\(\))|\bcsrf\s*\{\s*(?:it\.)?disable\(\)|csrf\(\s*\w{1,12}\s*->\s*\w{1,12}\.disable|with:\s*:null_session|\bweb\.ignoring\(\)|@Public\(\)|@SkipAuth\b|@NoAuth\b|@jwt_required\(\s*optional\s*=\s*True|->withoutMiddleware\s*\(|\bauth(?:entication|enticate|orization|Required|_required|orize)?[\"']?\s*:\s*(?:false|[\"']none[\"']|[\"']NONE[\"']|null)\s*[,}\n]|\brequire_?[aA]uth\w*[\"']?\s*[:=]\s*[fF]alse|\bauthenticated?[\"']?\s*[:=]\s*[fF]alse\b|@csrf\.exempt|\bcsrf(?:Protection|_protection|_enabled|Enabled)?[\"']?\s*[:=]\s*(?:[fF]alse|off|disabled)|WTF_CSRF_ENABLED\s*=\s*False|WTF_CSRF_CHECK_DEFAULT\s*=\s*False|allow_forgery_protection\s*=\s*false|permission_classes\s*=\s*[\[(]\s*[\])]|authentication_classes\s*=\s*[\[(]\s*[\])]|permission_classes\(\s*\[\s*\]|authorizationType\s*[:=]\s*[\"']?NONE|authorization\s*=\s*\"NONE\"|AuthType\s*[:=]\s*[\"']?NONE|login_required\s*=\s*False|DisableAuth\w*|@unprotected|IgnoreAntiforgeryToken|checkCsrf\s*=\s*false|security\s*:\s*\[\s*\]\s*$",
         _OPEN, where="-prose -test -example -lock", check=lambda file, line, found: not any(_PUBLIC.search(x.text) for x in file.around(line, 2, 3)), unless=r"\blogger|[\"']auth[\"']\s*:\s*false,?\s*//\s*public"),
    rule("cors-open", "auth-weakened", H, "origin origins cors allow_origins alloworigins allowanyorigin allowedorigins access control allowcredentials allow_origin_regex addallowedorigin crossorigin cors_allow_all_origins cors_origin_allow_all setisoriginallowed alloworiginfunc allowallorigins",
         r"Access-Control-Allow-Origin[\"']?\s*[:,=]?\s*[\"']?\s*(?:\*|\$\{?http_origin|always\s+\*|.{0,30}\breq(?:uest)?\.(?:headers\.origin|get\(\s*[\"']origin))|\ballow_?[oO]rigins?[\"']?\s*[:=]\s*(?:\[\s*)?[\"']\*[\"']|\bAllow(?:ed)?Origins\s*[:=]\s*\[\]string\{\s*\"\*\"|\borigins?[\"']?\s*(?:=>|[:=])\s*(?:\[\s*)?[\"']\*[\"']|\borigins?\s+[\"']\*[\"']|AllowAnyOrigin\s*\(|addAllowedOrigin(?:Pattern)?\s*\(\s*\"\*\"|allowed_?[oO]rigin(?:s|_patterns|Patterns)?[\"']?\s*\(?\s*(?:=>|[:=(])\s*(?:\[\s*|List\.of\(|Arrays\.asList\()?[\"']\*[\"']|CORS_(?:ALLOW_ALL_ORIGINS|ORIGIN_ALLOW_ALL)\s*=\s*True|SetIsOriginAllowed\s*\(\s*\(?\w{0,10}\)?\s*=>\s*true|\borigin\s*:\s*true\b|AllowOriginFunc\s*:\s*func\([^)]{0,40}\)\s*bool\s*\{\s*return true|AllowAllOrigins\s*[:=]\s*true|@CrossOrigin\s*(?:\(\s*(?:origins\s*=\s*)?\"\*\"|$)|allow_origin_regex\s*=\s*[\"']\.\*|(?<![\w.])cors\(\s*\)|CORS\(\s*app\s*\)\s*$|origin\s*:\s*(?:function\s*)?\(\s*\w+\s*,\s*(?:cb|callback|done)\s*\)\s*(?:=>)?\s*\{?\s*(?:cb|callback|done)\(\s*null\s*,\s*true|\.allow_any_origin\s*\(|CorsLayer::(?:permissive|very_permissive)|anyHost\s*\(\)|Cors::permissive|cors\.AllowAll\s*\(|cors\.Default\s*\(",
         "lets pages of any origin call in", where="-prose -test -example -development -lock"),
    rule("token-unchecked", "auth-weakened", C, "jwt verify_signature verify_exp verify_aud verify_iss verify_nbf algorithms algorithm alg ignoreexpiration ignorenotbefore validateissuer validateaudience validatelifetime validateissuersigningkey requiresignedtokens requireexpirationtime parseunverified get_unverified_claims insecure_disable_signature_validation dangerous_insecure_decode insecure_decode signaturevalidator unsecured signingmethodnone unsafeallownonesignaturetype complete",
         r"\bverify_(?:signature|exp|aud|iss|nbf)[\"']?\s*[:=]\s*(?:False|false)|\bjwt\.decode\s*\([^\n]{0,160}\bverify\s*=\s*False|\balgorithms?[\"']?\s*[:=]\s*\[?\s*[\"']none[\"']|\balg[\"']?\s*[:=]\s*[\"']none[\"']|ignoreExpiration\s*:\s*true|ignoreNotBefore\s*:\s*true|Validate(?:Issuer|Audience|Lifetime|IssuerSigningKey)\s*=\s*false|Require(?:SignedTokens|ExpirationTime)\s*=\s*false|ParseUnverified\s*\(|get_unverified_claims\s*\(|insecure_disable_signature_validation|dangerous_insecure_decode|insecure_decode|JWT\.decode\s*\([^\n]{0,80},\s*(?:nil|null)\s*,\s*false|SignatureValidator\s*=\s*\(?\w*|\.unsecured\s*\(|complete\s*:\s*true[^\n]{0,20}\)\s*\.payload|SigningMethodNone|UnsafeAllowNoneSignatureType|Algorithm\.none\s*\(",
         "takes a token at its word: no one checks who made it", where="-prose -test"),
    rule("jwt-decode", "auth-weakened", C, "decode parseunverified atob parse",
         r"\b(?:jwt|jsonwebtoken|jose|JWT)\.(?:decode|decodeJwt|decode_unverified)\s*\(|\bdecodeJwt\s*\(|\bjwt_?[dD]ecode\s*\(|atob\s*\(\s*\w+\.split\(", "takes a token at its word: no one checks who made it", where="-prose -test", was=r"verify|Verify|jwtVerify|decode\([^\n]{0,100}key"),
    rule("always-allowed", "auth-weakened", C, "authenticated authenticate authorize authorized authorise auth admin permission permissions perm role access allowed token signature session user owner password csrf credentials activate api otp mfa logged isadmin canactivate has_permission is_admin has_object_permission",
         r"(?:\b(?:is|has|can|check|verify|validate|authorize|authorise|authenticate|require|allow)_?(?:Auth\w*|auth\w*|Admin|admin|Perm\w*|perm\w*|Role\w*|role|Access|access|Allowed|allowed|Token|token|Signature\w*|signature|Session|session|LoggedIn|logged_in|User|Owner|owner|Password|password|Csrf|csrf|Credentials|credentials|Activate|ApiKey|api_key|Otp|otp|Mfa|mfa)\w{0,30}|\bcanActivate|\bauthorize|\bauthenticate|\bhas_object_permission|\bhas_permission)\b\??\s*(?:=\s*(?:async\s*)?)?(?:\([^)\n]{0,140}\)|(?=\s*\n))[^\n{;]{0,60}(?:\{|:|=>|=|\bdo\b|->)\s*(?:#[^\n]*|//[^\n]*)?\s*(?:return\s+)?(?:Promise\.resolve\(|Task\.FromResult\(|Ok\()?(?:True|true|nil, nil|YES)\b\s*\)?\s*[;}]?\s*(?:\}|end\b|$|\n)",
         "answers every check with yes", where="-prose -test", span=3, languages="python javascript java kotlin scala csharp go php ruby rust swift elixir dart c", unless=r"if\b[^\n]{0,100}return|def\s+is_\w+\s*\(\s*self\s*\)"),
    rule("condition-open", "auth-weakened", C, "admin+true auth+true permission+true permissions+true role+true roles+true token+true user+true authorized+true authenticated+true isadmin valid+true allowed+true signature+true verify+true check+true owner+true logged+true perm+true staff+true admin+false auth+false token+false user+false valid+false verify+false signature+false permission+false admin+|| auth+||",
         r"(?:is_?(?:admin|auth\w*|staff|owner|logged\w*|valid\w*|allowed|superuser)|isAdmin|isAuth\w*|has_?[pP]erm\w*|can\w*|authorized|authenticated|role\w*|token\w*|permission\w*|signature\w*|verify\w*|check\w*)\b[^\n]{0,80}(?:\|\||\bor)\s*(?:true|True|1)\b(?!\s*==)|(?:\bif\b|&&|\|\|)\s*\(?\s*(?:true|True|1)\s*(?:\|\||or)\s[^\n]{0,60}(?:auth|admin|perm|role|token|user)|(?:\bif\b|\bunless\b)\s*\(?\s*(?:false|False)\s*(?:&&|and)\s[^\n]{0,80}(?:auth|admin|perm|role|token|user|valid|verif|sign)", "makes a check that always passes", where="-prose -test"),
    rule("backdoor", "auth-weakened", C, "password token user username role header headers key debug admin backdoor master bypass god magic email api_key apikey secret",
         r"\b\w{0,20}(?:password|passwd|pwd|token|api_?key|apiKey|secret|otp|pin|code)\b\s*(?:===?|\.equals\(|\.eql\?|==)\s*[\"'][^\"'\n]{3,60}[\"'][^\n]{0,60}\n?\s*(?:return\s+(?:true|user|admin|next\(\)|nil\b|jwt|session|sign|issue|create|\w*login)|next\(\)|\w*login\(|\w*[aA]dmin\s*=\s*true|\w*role\s*=|grant|\w*[aA]uth\w*\s*=\s*true|allow)|(?:headers?|args|query|params|cookies?)\b[^\n]{0,40}[\"'](?:x-)?(?:debug|bypass|admin|internal|master|skip-auth|test-user|backdoor|god|superuser|override|impersonate)[\w-]{0,30}[\"'][^\n]{0,60}|\b(?-i:MASTER|BACKDOOR|GOD|MAGIC|UNIVERSAL)_(?-i:PASSWORD|TOKEN|KEY|CODE|USER)\b",
         "lets in whoever knows a word that stands in the code", where="-prose -test", span=1, languages="python javascript java kotlin scala csharp go php ruby rust swift elixir", unless=r"===?\s*[\"'](?:string|object|function|number|undefined|password|token|bearer|text|email|required|basic|api_?key|code)[\"']|typeof|\.type\b|_type\b|grant_type|kind|\b(?:raise|throw|deny|reject|forbid|unauthor|invalid|error|401|403|admin-ajax|changeme|default)\b|test"),
    rule("rules-open", "auth-weakened", C, "allow+if allow+read allow+write read+true write+true using+true check+true disable+security trust policy+drop force+security public+allow read+auth write+auth allow+public",
         r"\ballow\s+(?:read|write|create|update|delete|get|list)(?:\s*,\s*\w+)*\s*:\s*if\s+(?:true|request\.time\s*<)|\ballow\s+(?:read|write)(?:\s*,\s*\w+)*\s*;|[\"']\.(?:read|write)[\"']\s*:\s*(?:true|[\"'](?:true|auth\s*==\s*null)[\"'])|\bDISABLE\s+ROW\s+LEVEL\s+SECURITY|\bUSING\s*\(\s*true\s*\)|\bWITH\s+CHECK\s*\(\s*true\s*\)|^\s*(?:host|local|hostssl)\s+\S+\s+\S+\s+(?:\S+\s+)?trust\s*$|\bDROP\s+POLICY\b|NO\s+FORCE\s+ROW\s+LEVEL|allow:\s*public\b|@auth\(rules:\s*\[\s*\{\s*allow:\s*public",
         "lets anyone read or write the data", where="-prose -test"),
    rule("server-open", "auth-weakened", H, "permitrootlogin passwordauthentication permitemptypasswords auth_basic satisfy authorization anonymous requirepass protected security enabled allow auth guest disable_auth noauth skip xpack authenticator everyone rbac abac alwaysallow auth_enabled authentication enable_rbac local mfa two factor",
         r"^\s*PermitRootLogin\s+(?:yes|prohibit-password)|^\s*PasswordAuthentication\s+yes|^\s*PermitEmptyPasswords\s+yes|\bauth_basic\s+[\"']?off|^\s*satisfy\s+any|^\s*Require\s+all\s+granted|^\s*authorization\s*:\s*[\"']?disabled|\bprotected-mode\s+no|xpack\.security\.(?:enabled|http\.ssl\.enabled)[\"']?\s*[:=]\s*[\"']?false|plugins\.security\.disabled\s*:\s*true|DISABLE_SECURITY_PLUGIN\s*[=:]\s*[\"']?true|--anonymous-auth[= ]true|anonymous-auth\s*=\s*true|authorization-mode[= ]AlwaysAllow|AUTH_ANONYMOUS_ENABLED[\"']?\s*[:=]\s*[\"']?true|allow\.everyone\.if\.no\.acl\.found\s*=\s*true|authenticator\s*:\s*AllowAllAuthenticator|authorizer\s*:\s*AllowAllAuthorizer|--noauth\b|--no-auth\b|--insecure-port|MYSQL_ALLOW_EMPTY_PASSWORD|ALLOW_EMPTY_PASSWORD\s*[=:]\s*[\"']?(?:yes|true|1)|POSTGRES_HOST_AUTH_METHOD\s*[=:]\s*[\"']?trust|(?:^|\s)auth(?:_enabled|_required|entication|Enabled|\.enabled|-enabled)?[\"']?\s*[:=]\s*[\"']?(?:false|disabled|none|off|no)\b|(?:mfa|two_?factor|2fa|otp|totp)(?:_?(?:required|enabled|enforced|enforce))?[\"']?\s*[:=]\s*[\"']?(?:false|off|optional|disabled|OFF|no)\b|\brbac(?:_?enabled|\.enabled|\.create)?[\"']?\s*[:=]\s*[\"']?false|security\.(?:basic|user)\.enabled\s*=\s*false|--allow-unauthenticated\b|--skip-grant-tables|NoClientAuth|default_permissions_boundary|enable_iam_authentication|allow_anonymous\w*[\"']?\s*[:=]\s*[\"']?true|allow_guest\w*[\"']?\s*[:=]\s*[\"']?true|anonymous\s*:\s*(?:true|enabled)",
         "lets a server answer to anyone", where="-prose -test -example -lock -locale"),
    rule("grants-admin", "auth-weakened", H, "is_admin is_staff is_superuser isadmin role admin superuser isowner",
         r"\.is_(?:admin|staff|superuser)\s*=\s*(?:True|true)\b|\b(?:is_admin|is_staff|is_superuser|isAdmin)\b[\"']?\s*[:=]\s*(?:models\.\w+\([^\n]{0,40})?(?:default\s*[:=]\s*)?(?:True|true)\b|\bdefault_?[rR]ole[\"']?\s*[:=]\s*[\"'](?:admin|owner|superuser|root)[\"']|\brole[\"']?\s*[:=]\s*(?:req|request|body|params|input|data|payload|ctx)[\w.?\[\]\"']{1,60}|\|\|\s*[\"']admin[\"']|\.get\(\s*[\"']role[\"']\s*,\s*[\"']admin[\"']|\?\?\s*[\"']admin[\"']",
         "makes more people administrators than it used to", where="-prose -test -example -development", languages="python javascript java kotlin scala csharp go php ruby rust swift elixir", unless=r"create_superuser|seed|def test"),
)  # fmt: skip

_SECRETISH: Final = r"(?:pass(?:word|wd|phrase|code)?s?|pwd|pw|passw)"
_TOKENISH: Final = r"(?:token|session\w{0,12}|secret|password|passwd|pwd|otp|one_?time|reset\w{0,12}|api_?key|apikey|nonce|salt|csrf|state|verif\w{0,14}|invite\w{0,10}|code|auth\w{0,10}|key|iv|ticket|voucher|coupon|sid|uid|jti|challenge|pin|magic\w{0,8}|activation\w{0,8}|confirm\w{0,10}|temp_?pass\w*)"
_FAST: Final = r"(?:md[245]|sha-?1|sha-?224|sha-?256|sha-?384|sha-?512|sha3?_?\d{0,3}|crc32|adler32|ripemd160|blake2[bs]|xxhash\w*|murmur\w*|fnv\w*|Md5|Sha1|Sha256|DigestUtils)"

CRYPTO: Final = (
    rule("fast-password-hash", "weak-crypto", H, "password passwd pw pwd passphrase pass passcode pin secret credential credentials",
         rf"\b{_FAST}[\w.:]{{0,20}}\s*[(.:]\s*[^\n]{{0,80}}\b\w{{0,20}}{_SECRETISH}\w{{0,20}}\b|\b\w{{0,20}}{_SECRETISH}(?:_?hash(?:ed)?|_?digest)?\w{{0,10}}\b[^\n]{{0,60}}(?:=|:|\(|return)\s*[^\n]{{0,60}}\b(?:hashlib\.|crypto\.createHash\s*\(\s*[\"']|Digest::|MessageDigest|CryptoJS\.|DigestUtils\.|hash\s*\(\s*[\"'])?{_FAST}\b|(?:createHash|getInstance|hashlib\.new|Digest::\w+|hash|HashData|EVP_\w+|MessageDigest)\s*\(\s*[\"']?{_FAST}[\"']?[\s\S]{{0,160}}?\b\w{{0,20}}{_SECRETISH}\w{{0,20}}\b|\b(?:MD5|SHA1|SHA256|SHA512)\s*\(\s*[^\n]{{0,30}}{_SECRETISH}|ENCODE\s*\(\s*DIGEST\s*\(|PASSWORD_HASHERS[^\n]{{0,20}}=|(?:MD5|SHA1|Unsalted\w+)PasswordHasher|NoOpPasswordEncoder|StandardPasswordEncoder|MessageDigestPasswordEncoder|Md5PasswordEncoder|ShaPasswordEncoder|LdapShaPasswordEncoder",
         "hashes a password with a fast hash: a stolen table is guessed in hours", where="-prose -test", span=2, unless=r"pbkdf2|bcrypt|scrypt|argon|hmac|Hmac|HMAC|hkdf|integrity|checksum|file_?hash|etag|cache|passed|passing|bypass|passthrough|pass_through|class|pinned|pinning|Argon2\w*Hasher|haveibeenpwned|pwnedpasswords|k-anonymity|spin|opinion|mapping|encrypt\(", flags=re.IGNORECASE),
    rule("fast-hash-function", "weak-crypto", H, "hash hash_password hashpassword encrypt_password digest",
         r"(?:def|func|function|fn|String|string|public|private|const)\s+[^\n=({]{0,30}(?:hash|digest|encode|encrypt|store|set|make|derive)_?(?:the_?)?(?:user_?)?(?:pass\w*|pwd|pw|secret|credentials?)\b[\s\S]{0,300}?\b(?:hashlib\.(?:md5|sha\d+)|createHash\s*\(\s*[\"'](?:md5|sha\d+)|(?:md5|sha1|sha256)\.(?:Sum\w*|New|Create)|MessageDigest\.getInstance|Digest::(?:MD5|SHA\d+)|Md5|Sha(?:1|256)::|CC_(?:MD5|SHA\d+)|(?<!\w)md5\s*\(|(?<!\w)sha1\s*\(|MD5\.Create|SHA1\.Create|SHA256\.Create|:crypto\.hash\()",
         "hashes a password with a fast hash: a stolen table is guessed in hours", where="-prose -test", span=5, unless=r"pbkdf2|bcrypt|scrypt|argon|hmac"),
    rule("ecb", "weak-crypto", H, "ecb mode_ecb aes des rc rc4 arc4 blowfish createcipher createdecipher tripledes desede arcfour ciphermode cipher getinstance descryptoserviceprovider rc2 pkcs1 electroniccodebook",
         r"\bMODE_ECB\b|\bmodes\.ECB\b|[/\"'-](?:ECB|ecb)\b|CipherMode\.ECB|\baes[-_]?(?:128|192|256)[-_]?ecb\b|getInstance\s*\(\s*\"(?:AES|DES|DESede|RC4|ARCFOUR|Blowfish|RC2)\"\s*\)|\b(?:DES|DES3|ARC4|ARC2|Blowfish)\.new\s*\(|\bdes\.New(?:TripleDES)?Cipher\s*\(|\brc4\.NewCipher\s*\(|crypto\.create(?:C|Dec)ipher\s*\(|create(?:C|Dec)ipheriv\s*\(\s*[\"'](?:des|rc4|rc2|bf|aes-\d{3}-ecb)|(?:DES|TripleDES|RC2|RC4)(?:CryptoServiceProvider|Managed)?\.?(?:Create)?\s*\(|CryptoJS\.(?:DES|RC4|TripleDES)\.|\balgorithms\.(?:ARC4|Blowfish|IDEA|TripleDES|CAST5|SEED)\s*\(|kCCOptionECBMode|kCCAlgorithmDES|openssl_encrypt\s*\([^\n]{0,80}[\"'](?:aes-\d+-ecb|des|rc4)|EVP_(?:des|rc4|aes_\d+_ecb)|Cipher\.new\s*\(\s*[\"'](?:des|rc4|aes-\d+-ecb)|OpenSSL::Cipher::(?:DES|RC4)|Ecb::|ecb::Encryptor",
         "encrypts in a way that shows the pattern of the text or is long broken", where="-prose -test", unless=r"^\s*(?:import|from|use|using)\b"),
    rule("fixed-iv", "weak-crypto", H, "iv nonce ivparameterspec salt gcmparameterspec setiv",
         r"\b\w{0,20}(?:iv|IV|nonce|Nonce|NONCE|salt|SALT|Salt|Iv)\b(?:\s*:\s*[\w\[\]<>]{1,20})?[\"']?\s*(?:=>|:?=|:)\s*(?:b?[\"'][^\"'\n$#{]{4,64}[\"']|b[\"']\\x00|bytes\s*\(\s*\d+\s*\)|b?[\"'](?:\\x?0|0)+[\"']\s*\*|b[\"'][^\"'\n]{1,16}[\"']\s*\*\s*\d+|Buffer\.alloc\s*\(\s*\d+|new\s+byte\s*\[\s*\d+\s*\]\s*[;,)]|make\(\[\]byte,\s*(?:12|16|aes\.BlockSize|gcm\.NonceSize\(\))\)|\[\s*0\w{0,4}\s*;\s*\d+\s*\]|Buffer\.from\s*\(\s*[\"']|\[\]byte\s*\(\s*\"|\[\]byte\{|\[\s*0\s*(?:,\s*0\s*){3}|\"[^\"\n]{4,40}\"\.getBytes|Encoding\.\w+\.GetBytes\(\s*\"|new\s+Uint8Array\s*\(\s*\d+\s*\)|str_repeat\()|new\s+(?:IvParameterSpec|GCMParameterSpec)\s*\(\s*(?:128\s*,\s*)?(?:new\s+byte\s*\[|\"[^\"\n]{1,64}\"\.getBytes|FIXED|STATIC|ZERO|key)|\biv\s*=\s*(?:self\.)?key\b",
         "uses the same starting value each time: equal texts look equal, keys leak", where="-prose -test", languages="python javascript java kotlin scala groovy csharp go php ruby rust swift dart c elixir",
         unless=r"ReadFull|rand\.Read|random|getRandomValues|environ|getenv|process\.env|SecureRandom|nextBytes|config|decrypt|:\s*(?:bytes|str|string|Buffer)\s*[,)=]?\s*$|label|name|[\"'](?:string|bytes|base64|hex|utf-?8|aes-|iv|nonce|salt)", check=lambda file, line, found: not re.search(r"ReadFull|rand\.Read|getRandomValues|nextBytes|randomFill|fill_bytes|RAND_bytes", file.statement(line, 3)) and bool(re.search(r"aes|cipher|crypt|gcm|cbc|pbkdf|scrypt|hash|argon|digest|hmac|derive|iv\b|nonce|salt", "\n".join(x.text for x in file.around(line, 6, 6)), re.IGNORECASE))),
    rule("weak-random", "weak-crypto", H, "random rand randint mt_rand uniqid choice choices shuffle nextint intn next getrandbits rand_r srand uuid uuid1 sample randrange shuf int63 drand arc4random sample nextlong lcg_value uniform date time now",
         rf"\b\w{{0,30}}{_TOKENISH}\w{{0,30}}\b[\"']?(?:\s*:\s*\w{{1,20}})?\s*(?:=>|:?=|:|\(\)?\s*[^\n]{{0,30}}(?:=>|\{{)\s*(?:return\s)?|\+=)\s*[^\n]{{0,160}}(?:Math\.random\s*\(|\brandom\.(?:random|randint|choices?|randrange|sample|getrandbits|uniform|shuffle)\s*\(|\brand\.(?:Int\w{{0,4}}|Read|Perm|Uint\d+|Float64)\s*\(|\bmt_rand\s*\(|(?<![\w.])rand\s*\(|\buniqid\s*\(|new\s+Random\s*\(|new\s+java\.util\.Random|Random\.(?:rand|new|nextInt|Shared|Default)|\bnp\.random\.|\bstr_shuffle\s*\(|\buuid1?\.?uuid1\s*\(|\bRandomStringUtils\.random|ThreadLocalRandom|\bKernel\.rand|\$RANDOM|:rand\.uniform|Enum\.random|\blcg_value|RandomNumber\b|md5\(\s*(?:time|microtime|uniqid)|Date\.now\(\)\.toString\(36\)|Random\(\)\.next\w*|\bshuf\b|rand::thread_rng\(\)\.gen_range|fastrand::)",
         "makes a token or key from numbers that can be guessed", where="-prose -test", unless=r"secrets\.|SystemRandom|SecureRandom|crypto\.random|randomBytes|random_bytes|random_int|jitter|color|colour|shuffle_?cards|backoff|sleep|delay|retry|cache_?key|react|\bkey=\{|sample_?rate|seed\b|lodash|demo|mock|placeholder|encode|status_?code|key_?code|zip_?code|postal|country_?code|http_?code|error_?code|keyframe|keyboard|keyword|monkey|id\s*=\s*`?temp|useState|element|state_dict|init_state|random_state|rng_state|estimator", span=1, check=lambda file, line, found: found.end() <= len(line.code) + 200),
    rule("weak-random-function", "weak-crypto", H, "token session otp secret password reset key code nonce salt generate create make new gen",
         r"(?:def|func|function|fn|String|string|static|public|private|const|export)\s+[^\n=({]{0,30}(?:generate|create|make|new|gen|issue|build|random|get|next)_?\w{0,20}(?:token|session|otp|secret|password|passwd|reset\w*|api_?key|apikey|nonce|salt|csrf|invite\w*|voucher|pin|auth\w*code|access_?code|verification\w*)\w{0,20}\s*(?:=\s*)?\([\s\S]{0,300}?(?:Math\.random\s*\(|\brandom\.(?:random|randint|choices?|randrange|sample|getrandbits)\s*\(|\brand\.(?:Int\w{0,4}|Perm|Uint\d+)\s*\(|\bmt_rand\s*\(|(?<![\w.])rand\s*\(|\buniqid\s*\(|new\s+Random\s*\(|Random\.(?:rand|new|nextInt|Shared)|\buuid1\s*\(|\bstr_shuffle\s*\(|Random\(\)|:rand\.uniform|Enum\.random)",
         "makes a token or key from numbers that can be guessed", where="-prose -test", span=6, unless=r"secrets\.|SystemRandom|SecureRandom|crypto\.random|randomBytes|random_bytes|random_int|crypto/rand"),
    rule("plain-compare", "weak-crypto", H, "hmac signature digest mac sig expected computed hash_equals compare_digest timingsafeequal token hexdigest constanttimecompare secure_compare",
         r"\b\w{0,20}(?:hmac|signature|sig|digest|mac|hexdigest\(\))\w{0,20}(?:\(\))?\s*(?:===?|!==?|\.equals\(|\.eql\?|==)\s*+(?![\"'\d]|b[\"']|null|nil|None|undefined|true|false)[\w.$@>\[\]\"'()-]{2,80}|\b(?:expected|computed|calculated|actual)\w{0,20}\s*(?:===?|!==?)\s*\w{0,20}(?:hmac|signature|sig|digest|mac|header)\w{0,20}|bytes\.Equal\s*\([^\n]{0,40}(?:mac|sig|hmac|digest)|(?:strcmp|memcmp)\s*\([^\n]{0,40}(?:mac|sig|hmac|digest|hash)|String\s*\.\s*equals\([^\n]{0,30}(?:sig|hmac|mac)|Arrays\.equals\s*\([^\n]{0,40}(?:mac|sig|hmac)|\.equals\(\s*(?:signature|expectedSignature|hmac|mac|digest)\b",
         "compares a signature character by character: the time it takes gives it away", where="-prose -test", languages="python javascript java kotlin scala csharp go php ruby rust swift elixir c", near=r"hmac|HMAC|createHmac|Hmac|sign|webhook|\bmac\b|compare_digest|timingSafeEqual|hash_equals", reach=6,
         unless=r"signal|\bother\.|\.length|len\(|typeof|\bmac_?addr|macos|platform|compare_digest|timingSafeEqual|hash_equals|sigma|sign_in|image|content|artifact|file|blob|layer|etag|checksum|function_?signature|inspect|method_?signature|sig\.parameters|sha256sum"),
    rule("unsafe-compare", "weak-crypto", H, "== equals memcmp strcmp bytes digest signature expected sig hmac mac", r"[^=!<>]===?[^=]|\.equals\(|!==?", "compares a secret character by character: the time it takes gives it away", where="-prose -test",
         was=r"compare_digest|timingSafeEqual|hash_equals|ConstantTimeCompare|secure_compare|constant_time|FixedTimeEquals|MessageDigest\.isEqual|hmac\.Equal|ct_eq", key="line"),
    rule("weak-work", "weak-crypto", H, "rounds iterations cost saltrounds work_factor gensalt pbkdf2 bcrypt generatefrompassword rsa generate_key key_size modulus generatekey scrypt n memory_cost time_cost pbkdf2hmac hashsync hash iteration strength bcryptpasswordencoder genrsa mincost",
         r"\bgensalt\s*\(\s*(?:rounds\s*=\s*)?[1-9]\s*\)|\b(?:saltRounds|SALT_ROUNDS|bcrypt_?[rR]ounds|BCRYPT_ROUNDS|rounds|cost|work_?[fF]actor|bcrypt_cost)[\"']?\s*(?:=>|[:=])\s*[1-9]\b(?!\d|\.)(?=[^\n]{0,20}$)|bcrypt\.hash(?:Sync)?\s*\([^\n]{1,60},\s*[1-9]\s*[,)]|GenerateFromPassword\s*\([^\n]{1,60},\s*(?:[1-9]\b|bcrypt\.MinCost)|new\s+BCryptPasswordEncoder\s*\(\s*[4-9]\s*\)|(?:pbkdf2\w*|PBKDF2\w*|Rfc2898DeriveBytes|PBEKeySpec)\b[^\n]{0,160}[,=]\s*(?:iterations\s*=\s*)?(?:\d{1,3}|[1-9]\d{3})\s*[,)]|\biterations[\"']?\s*(?:=>|[:=])\s*(?:\d{1,3}|[1-9]_?\d{3})\b(?=[^\n]{0,30}$)|\b(?:key_size|modulus_?[lL]ength|keySize|rsa_bits|KeySize|bits)[\"']?\s*(?:=>|[:=])\s*(?:512|768|1024)\b|RSA\.generate\s*\(\s*(?:512|768|1024)\b|rsa\.GenerateKey\s*\([^\n]{0,40},\s*(?:512|768|1024)\s*\)|generateKeyPair\w*\([^\n]{0,60}\b(?:512|1024)\b|openssl\s+genrsa\s[^\n]{0,40}\b(?:512|1024)\b|initialize\s*\(\s*(?:512|1024)\s*\)|password_hash\s*\([^\n]{0,60}cost[\"']\s*=>\s*[4-9]\b|RSA\.new\s*\(\s*(?:512|1024)|ssh-keygen[^\n]{0,40}-b\s+(?:512|1024)\b",
         "makes a key or password hash cheap to break", where="-prose -test", near=r"bcrypt|pbkdf|scrypt|argon|salt|hash|rsa|password|key|genrsa|encoder|crypto|cipher", unless=r"retry|loop|epoch|bench|max_iterations|training|solver|training"),
    rule("weak-signature", "weak-crypto", M, "sha1withrsa md5withrsa sha1 md5 hs256 sha1rsa",
         r"\b(?:SHA1|MD5|MD2)with(?:RSA|DSA|ECDSA)\b|x509\.(?:SHA1|MD5)WithRSA|hashes\.(?:MD5|SHA1)\s*\(\s*\)|sign\s*\(\s*[\"'](?:RSA-)?(?:SHA1|MD5)[\"']|createSign\s*\(\s*[\"'](?:RSA-)?(?:SHA1|MD5)|createHmac\s*\(\s*[\"']md5|HmacMD5|signature_algorithm\s*[:=]\s*[\"']?(?:sha1|md5)", "signs with a hash that is long broken", where="-prose -test"),
)  # fmt: skip

RULES: Final = (*OPENED, *CRYPTO)


def across(files: Sequence[Subject], news: News) -> Iterator[tuple[Subject, Hit]]:
    """Hits on guards that go while what they guarded stays."""
    came = {words(line.code) for file in files for line in file.added if line.code.strip()}
    kept = "\n".join(line.code for file in files for line in file.added)[:400_000]
    for file in files:
        known = file.facets
        if known.language not in _CODE or not known.product or file.gone or known.lock or known.pipeline or not file.removed:
            continue
        arrived = sum(1 for line in file.added if _guards(line))
        left = 0
        for line in file.removed:
            if not _guards(line) or words(line.code) in came:
                continue
            left += 1
            if left <= arrived or not _stays(file, line) or _replaced(file, line):
                continue
            found = _GUARD.search(line.code)
            name = re.search(r"\w{5,}", found[0]) if found else None
            if name and re.search(rf"\b{re.escape(name[0])}\b", kept) and not _WHOLE_LINE.match(line.text):
                continue
            severity = Severity.CRITICAL if re.search(r"auth|login|permi|role|admin|sign|jwt|token|owner|user|csrf|forgery", line.code, re.IGNORECASE) else Severity.HIGH
            at, against = settled(file, line)
            yield file, hit("guard-removed", "auth-weakened", severity, at, "takes away a guard while what it guarded stays", against=against)
        for line in file.added:
            yield from ((file, each) for each in _loosened(file, line))


def _guards(line: Line) -> bool:
    if not _KEYWORD.search(line.code) or (_DECLARES.search(line.code) and not re.search(r"\bDepends\s*\(|\bSecurity\s*\(", line.code)):
        return False
    return bool(_GUARD.search(line.code))


def _stays(file: Subject, line: Line) -> bool:
    """Whether what the guard stood before or in is still there."""
    around = file.around(line, 0, 12, " -")[1:]
    if _WHOLE_LINE.match(line.text):
        for after in around:
            if not after.text.strip() or (_WHOLE_LINE.match(after.text) and after.kind == "-"):
                continue
            if after.kind == " ":
                return True
            return any(words(after.code)[:25] == words(each.code)[:25] for each in file.added)
        return False
    return any(each.kind == " " and each.text.strip() not in ("", "}", ")", "]", "end", "});", "{") for each in file.around(line, 6, 6, " -")) or bool(other_side(file, line))


def _replaced(file: Subject, line: Line) -> bool:
    """Whether a line that came against it is a guard of another shape."""
    return any(_guards(each) or (re.search(r"guard|auth|permission|require|verify|protect|ensure|polic(?:y|ies)|check", each.code, re.IGNORECASE) and not re.search(r"allow_?any|none|false|public|skip|permitall|anonymous|disable|optional|decode", each.code, re.IGNORECASE)) for each in other_side(file, line) if each.code.strip())


_AND: Final = re.compile(r"&&|\band\b")
_OR: Final = re.compile(r"\|\||\bor\b")
_WHO: Final = re.compile(r"\b\w*(?:auth|admin|role|perm|owner|token|session|user|tenant|scope|csrf|signature|verified|staff)\w*", re.IGNORECASE)


def _loosened(file: Subject, line: Line) -> Iterator[Hit]:
    """A condition on who may pass in which "and" became "or", or that lost one of its parts."""
    if not _WHO.search(line.code) or not re.search(r"\b(?:if|return|unless|when|guard|require|assert|filter|where)\b|=", line.code):
        return
    for before in other_side(file, line):
        if not _WHO.search(before.code):
            continue
        ands, ors = len(_AND.findall(before.code)), len(_OR.findall(line.code))
        same = _AND.sub("?", before.code).split() == _OR.sub("?", line.code).split()
        if ands and ors and same:
            yield hit("condition-loosened", "auth-weakened", Severity.CRITICAL, line, "lets pass who meets one condition instead of all", against=before)
            return
