"""Rules on who may do what in a program: guards that go, and doors that open.

What must stay true: a guard that moved, was renamed or went together with what it guarded is not a guard removed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.access_loosened import loosened
from reviewer.risk.access_moved import guard_names, shrinks
from reviewer.risk.access_open import excused
from reviewer.risk.access_scope import covers, over_all, scope
from reviewer.risk.subject import Hit, Line, Subject, hit, words
from reviewer.risk.table import C, H, News, other_side, rule, settled

_CODE: Final = frozenset(
        "python javascript java kotlin scala groovy csharp go php ruby rust swift elixir perl dart c markup yaml "
        "json toml ini shell terraform sql proto jsonc" .split()
)
# What a guard looks like, across frameworks: annotations, middleware, checks at the head of a function.
_GUARD: Final = re.compile(
    r"@(?:\w+\.)?(?:login_required|permission_required|permissions?_required|requires?_\w{2,30}|\w{0,30}_required"
    r"|roles?_\w{2,20}|authenticated?\b|auth\w*|jwt_required|token_required|admin_\w{2,20}|staff_member_required"
    r"|user_passes_test|csrf_protect|ensure_\w{2,20}|protected|rate_?limit\w*|limiter\.limit|throttle\w*)\b"
    r"|@(?:UseGuards|PreAuthorize|PostAuthorize|Secured|RolesAllowed|Roles|Authorized?|Authenticated"
    r"|RequiresPermissions?|RequiresRoles?|RequiresAuthentication|Permissions|Protected|ValidateCsrfToken"
    r"|Throttle)\b|\[(?:\w+,\s*)?(?:Authorize|ValidateAntiForgeryToken|RequireHttps|PrincipalPermission"
    r"|AutoValidateAntiforgeryToken|RequiresClaim)\b"
    r"|#\[(?:IsGranted|Security|authorize|protect)\b|\bbefore_action\s+:?\w*(?:auth\w*|require\w*|login|logged|admin"
    r"|verify\w*|check\w*|ensure\w*|signed)\w*|\b(?:authenticate_user!|authenticate_\w+!|authorize!|authorize\b"
    r"|require_login|require_admin|verify_authorized|load_and_authorize_resource|protect_from_forgery"
    r"|verify_authenticity_token|doorkeeper_authorize!|policy_scope)"
    r"|(?<!\w)(?:login|permission|staff_member|superuser|admin|auth\w{0,12}|user_passes|otp)_(?:required|test)\s*\("
    r"|->(?:middleware|can|authorize|denyAccessUnlessGranted|authorizeResource)\s*\("
    r"|\bGate::(?:authorize|allows|denies)|\$this->authorize\w*\(|\bcheck_ajax_referer\(|\bwp_verify_nonce\("
    r"|\bcurrent_user_can\(|\bis_admin\(\)"
    r"|\b(?:[Rr]equire|[Ee]nsure|[Cc]heck|[Vv]erify|[Vv]alidate|assert|[Aa]uthorize|authorise|[Aa]uthenticate|[Ee]nforce|has|is|can"
    r"|[Mm]ust)_?(?:be_?)?(?:Auth\w*|auth\w*|Login|LoggedIn|logged_in|Admin|admin|Perm\w*|perm\w*|Role\w*|role\w*"
    r"|Access|access|Owner\w*|owner\w*|Csrf\w*|csrf\w*|CSRF\w*|Signature\w*|signature\w*|Token\w*|token\w*|User"
    r"|Session|session|Scope\w*|scope\w*|Tenant|tenant|Hmac|hmac|Webhook|webhook|Jwt|JWT|jwt|Identity|Claims?|Mfa"
    r"|MFA|Otp|ApiKey|api_key)\w{0,30}\s*[(!,)\]]"
    r"|\bpermission_classes\s*=|\bIsAuthenticated\b|\bIsAdminUser\b|\bauthentication_classes\s*="
    r"|\bLoginRequiredMixin\b|\bPermissionRequiredMixin\b|\bUserPassesTestMixin\b"
    r"|\bDepends\s*\(\s*\w*(?:current|auth\w*|user|admin|verify\w*|require\w*|token)\w*|\bSecurity\s*\(\s*\w+"
    r"|\bCsrfViewMiddleware\b|\bAuthenticationMiddleware\b|\bAuth\w*Middleware\b"
    r"|[(,]\s*auth(?:enticate|orize|Guard|Middleware|Required)?\b\s*[,)]|\bpassport\.authenticate\s*\(|\bcsurf\b"
    r"|\bcsrf(?:Protection|Middleware)?\s*\(|\blusca\b|\bhelmet\s*\("
    r"|\.(?:hasRole|hasAuthority|hasAnyRole|hasAnyAuthority|authenticated|RequireAuthorization|UseAuthentication"
    r"|UseAuthorization|requiresAuth\w*|denyAll|fullyAuthenticated)\s*\("
    r"|\.(?:With|Use|use|Group|middleware|wrap)\(\s*[\w.]{0,40}(?:[aA]uth|[aA]dmin|[rR]equire|[vV]erify|[jJ][wW][tT]|[gG]uard)"
    r"|\b(?:RequireAuth\w*|AuthRequired|WithAuth\w*|AuthMiddleware|JWTMiddleware|BasicAuth|requireAuth\w*"
    r"|isAuthenticated|isAdmin|ensureLoggedIn|withAuth\w*|checkJwt|adminOnly|protect|onlyOwner|nonReentrant"
    r"|whenNotPaused)\b|\b(?:plug|pipe_through)\b[^\n]{0,40}(?:auth|Auth|require|ensure|csrf|protect_from_forgery)"
    r"|\b(?:hmac\.compare_digest|compare_digest|timingSafeEqual|hash_equals|constructEvent|construct_event"
    r"|verify_?signature|verifySignature|ConstantTimeCompare|secure_compare|verify_oauth2_token|verifyIdToken"
    r"|verify_id_token|jwt\.verify|check_password|verify_password|verifyPassword|VerifyHashedPassword|checkpw"
    r"|password_verify|CompareHashAndPassword|rate_?limit\w*|limiter)\s*[(.]"
    r"|\b(?:if|unless|guard|assert|raise|throw|abort|return|permit|match"
    r"|require)\b[^\n]{0,100}(?:\.is_(?:admin|staff|superuser|authenticated|owner|active|verified)\b|\.isAdmin\b"
    r"|\bis_authenticated\b|[._]role\b|\.roles\b|\.permissions?\b|owner_?id\b|ownerId\b|\.owner\b|has_perm\w*"
    r"|hasPermission|can\?\(|\bcurrent_user\b|currentUser|\breq\.user\b|request\.user\b"
    r"|\bsession\b[^\n]{0,20}(?:user|login)|[Uu]nauthori[sz]ed|[Ff]orbidden|PermissionDenied|AccessDenied|\b40[13]\b"
    r"|not_authori[sz]ed|msg\.sender|tenant_?[iI]d|\bsignature\b|\bcsrf\w*|origin\b[^\n]{0,40}allowed"
    r"|x-hub-signature|user_id\s*[!=]==?|userId\s*[!=]==?)"
    r"|^\s*(?:auth_basic|auth_request|satisfy|deny\s+all|allow\s+\d[\d./]+"
    r"|require\s+(?:valid-user|all denied|user|group|ip))\b|\brequirepass\b"
    r"|^\s*(?:authorization|security)\s*:\s*(?:enabled|\S)|\bENABLE ROW LEVEL SECURITY\b|\bCREATE POLICY\b"
    r"|\bsecurity\s*:\s*$|\bX-Frame-Options\b|\bContent-Security-Policy\b|\bSameSite\s*[=:]",
)  # fmt: skip
_KEYWORD: Final = re.compile(
    r"(?i:auth|login|permi|role|guard|admin|csrf|forgery|secur|require|ensure|verify|check|token|session|owner|hmac"
    r"|digest|signature|equal|limit|throttle|protect|deny|allow|forbid|unauthor|40[13]|tenant|policy|current_?user"
    r"|access|jwt|only|compare|constructevent|construct_event|password|user|helmet|lusca|frame|samesite|satisfy"
    r"|sender|scope|plug|origin|nonreentrant|paused)")
_WHOLE_LINE: Final = re.compile(r"^\s*(?:@|\[\w|#\[)")
_DECLARES: Final = re.compile(
    r"^\s*(?:export\s+)?(?:async\s+)?(?:def|func|function|class|interface|import|from|use|using"
    r"|const\s+\w+\s*=\s*require|package|type|struct|module|require_relative)\b"
    r"|^\s*(?:public|private|protected|static)[^=;]{0,80}\([^)]{0,120}\)\s*\{?\s*$|\bimport\b")
_STATEMENT: Final = re.compile(r"^\s*(?:if|unless|guard|assert|raise|throw|abort|return|permit)\b")
# What opens a door is no guard, however much of a guard's name it bears.
_OPENS: Final = re.compile(
    r"\bskip_(?:before_action|before_filter|after_action|around_action|authoriz\w*|forgery\w*|authenticat\w*|load_and\w*|verify\w*)\b(?:\s+:?\w+[!?]?(?:,\s*:\w+[!?]?)*)?"
    r"|\w*(?:csrf_?|auth_?|login_?)?[eE]xempt\w*|\.?\bpermitAll\b\s*\(?\)?|@?PermitAll|AllowAny\w*|AllowAnonymous|allow_any\w*|withoutMiddleware\s*\([^)\n]{0,120}\)?"
    r"|\.csrf\s*\([^\n]{0,60}?disable\w*\(?\)?|\w*[dD]isable\w*\s*\(?|\bnull_session\b|\bno_?auth\w*|\b[nN]oAuth\w*|\bskip_?[aA]uth\w*|@Public\b|@unprotected\b|\bby_?pass\w*", re.IGNORECASE)

_OPEN: Final = "opens what was guarded: anyone may call it"

OPENED: Final = (
    rule("auth-open", "auth-weakened", H,
        "allowany permitall allowanonymous csrf_exempt skip_before_action skip_authorization "
        "skip_forgery_protection disable anonymous skip_authorize_resource null_session public ispublic "
        "authenticate auth withoutmiddleware verify csrf ignoringantmatchers ignoring skipauth noauth "
        "jwt_optional exempt skip authorize authentication authorization requires requireauth "
        "unauthenticated protect web antmatchers requestmatchers anyrequest permit csrfprotection "
        "permission_classes allow_forgery_protection jwt_required unprotected login_required "
        "ignoreantiforgerytoken security authenticated",
         r"\bAllowAny\b|\.permitAll\s*\(|@PermitAll\b|\[AllowAnonymous\]|\.AllowAnonymous\s*\("
         r"|\.WithMetadata\s*\(\s*new\s+AllowAnonymous|@csrf_exempt\b|csrf_exempt\s*\("
         r"|\b(?:skip_before_action|skip_before_filter)\s+:\w*(?:auth|verify|require|login|check|forgery)\w*"
         r"|\bskip_(?:authorization|forgery_protection|authorize_resource|load_and_authorize_resource"
         r"|after_action\s+:verify)\b|\.csrf\s*\(\s*\)?\s*\.?\s*(?:disable\s*\(|AbstractHttpConfigurer::disable"
         r"|\(?\w{0,12}\)?\s*->\s*\w{1,12}\.disable\(\))|\bcsrf\s*\{\s*(?:it\.)?disable\(\)"
         r"|csrf\(\s*\w{1,12}\s*->\s*\w{1,12}\.disable|with:\s*:null_session|\bweb\.ignoring\(\)|@Public\(\)"
         r"|@SkipAuth\b|@NoAuth\b|@jwt_required\(\s*optional\s*=\s*True|->withoutMiddleware\s*\("
         r"|\bauth(?:entication|enticate|orization|Required|_required|orize)?[\"']?\s*:\s*(?:false|[\"']none[\"']"
         r"|[\"']NONE[\"']|null)\s*[,}\n]|\brequire_?[aA]uth\w*[\"']?\s*[:=]\s*[fF]alse"
         r"|\bauthenticated?[\"']?\s*[:=]\s*[fF]alse\b|@csrf\.exempt"
         r"|\bcsrf(?:Protection|_protection|_enabled|Enabled)?[\"']?\s*[:=]\s*(?:[fF]alse|off|disabled)"
         r"|WTF_CSRF_ENABLED\s*=\s*False|WTF_CSRF_CHECK_DEFAULT\s*=\s*False|allow_forgery_protection\s*=\s*false"
         r"|permission_classes\s*=\s*[\[(]\s*[\])]|authentication_classes\s*=\s*[\[(]\s*[\])]"
         r"|permission_classes\(\s*\[\s*\]|authorizationType\s*[:=]\s*[\"']?NONE|authorization\s*=\s*\"NONE\""
         r"|AuthType\s*[:=]\s*[\"']?NONE|login_required\s*=\s*False|DisableAuth\w*|@unprotected"
         r"|IgnoreAntiforgeryToken|checkCsrf\s*=\s*false|security\s*:\s*\[\s*\]\s*$",
         _OPEN, where="-prose -test -example -lock", check=lambda file, line, found: not excused(file, line, found), key="paths"),
    rule("cors-open", "auth-weakened", H,
        "origin origins cors allow_origins alloworigins allowanyorigin allowedorigins access control "
        "allowcredentials allow_origin_regex addallowedorigin crossorigin cors_allow_all_origins "
        "cors_origin_allow_all setisoriginallowed alloworiginfunc allowallorigins anyhost allowedorigin "
        "alloworigin",
         r"Access-Control-Allow-Origin[\"']?\s*[:,=]?\s*[\"']?\s*(?:\*|\$\{?http_origin|always\s+\*"
         r"|.{0,30}\breq(?:uest)?\.(?:headers\.origin|get\(\s*[\"']origin))"
         r"|\ballow_?[oO]rigins?[\"']?\s*[:=]\s*(?:\[\s*)?[\"']\*[\"']"
         r"|\bAllow(?:ed)?Origins\s*[:=]\s*\[\]string\{\s*\"\*\""
         r"|\borigins?[\"']?\s*(?:=>|[:=])\s*(?:\[\s*)?[\"']\*[\"']|\borigins?\s+[\"']\*[\"']|AllowAnyOrigin\s*\("
         r"|addAllowedOrigin(?:Pattern)?\s*\(\s*\"\*\"|allowed_?[oO]rigin(?:s|_patterns"
         r"|Patterns)?[\"']?\s*\(?\s*(?:=>|[:=(])\s*(?:\[\s*|List\.of\(|Arrays\.asList\()?[\"']\*[\"']"
         r"|CORS_(?:ALLOW_ALL_ORIGINS|ORIGIN_ALLOW_ALL)\s*=\s*True"
         r"|SetIsOriginAllowed\s*\(\s*\(?\w{0,10}\)?\s*=>\s*true|\borigin\s*:\s*true\b"
         r"|AllowOriginFunc\s*:\s*func\([^)]{0,40}\)\s*bool\s*\{\s*return true|AllowAllOrigins\s*[:=]\s*true"
         r"|@CrossOrigin\s*(?:\(\s*(?:origins\s*=\s*)?\"\*\"|$)|allow_origin_regex\s*=\s*[\"']\.\*"
         r"|(?<![\w.])cors\(\s*\)|CORS\(\s*app\s*\)\s*$|origin\s*:\s*(?:function\s*)?\(\s*\w+\s*,\s*(?:cb|callback"
         r"|done)\s*\)\s*(?:=>)?\s*\{?\s*(?:cb|callback|done)\(\s*null\s*,\s*true|\.allow_any_origin\s*\("
         r"|CorsLayer::(?:permissive|very_permissive)|anyHost\s*\(\)|Cors::permissive|cors\.AllowAll\s*\("
         r"|cors\.Default\s*\(",
         "lets pages of any origin call in", where="-prose -test -example -development -lock"),
    rule("token-unchecked", "auth-weakened", C,
        "jwt verify_signature verify_exp verify_aud verify_iss verify_nbf algorithms algorithm alg "
        "ignoreexpiration ignorenotbefore validateissuer validateaudience validatelifetime "
        "validateissuersigningkey requiresignedtokens requireexpirationtime parseunverified get_unverified_claims "
        "insecure_disable_signature_validation dangerous_insecure_decode insecure_decode signaturevalidator "
        "unsecured signingmethodnone unsafeallownonesignaturetype complete",
         r"\bverify_(?:signature|exp|aud|iss|nbf)[\"']?\s*[:=]\s*(?:False|false)"
         r"|\bjwt\.decode\s*\([^\n]{0,160}\bverify\s*=\s*False|\balgorithms?[\"']?\s*[:=]\s*(?:\[[^\]\n]{0,80}?)?[\"']none[\"']"
         r"|\balg[\"']?\s*[:=]\s*[\"']none[\"']|ignoreExpiration\s*:\s*true|ignoreNotBefore\s*:\s*true"
         r"|Validate(?:Issuer|Audience|Lifetime|IssuerSigningKey)\s*=\s*false"
         r"|Require(?:SignedTokens|ExpirationTime)\s*=\s*false|ParseUnverified\s*\(|get_unverified_claims\s*\("
         r"|insecure_disable_signature_validation|dangerous_insecure_decode|insecure_decode"
         r"|JWT\.decode\s*\([^\n]{0,80},\s*(?:nil|null)\s*,\s*false|SignatureValidator\s*=[^\n]{0,120}?(?:=>|\breturn)\s*(?:\{\s*return\s+)?new\s+(?:JwtSecurityToken|JsonWebToken)\b|\.unsecured\s*\("
         r"|complete\s*:\s*true[^\n]{0,20}\)\s*\.payload|SigningMethodNone|UnsafeAllowNoneSignatureType"
         r"|Algorithm\.none\s*\(",
         "takes a token at its word: no one checks who made it", where="-prose -test"),
    rule("jwt-decode", "auth-weakened", C, "decode parseunverified atob parse",
         r"\b(?:jwt|jsonwebtoken|jose|JWT)\.(?:decode|decodeJwt|decode_unverified)\s*\(|\bdecodeJwt\s*\("
         r"|\bjwt_?[dD]ecode\s*\(|atob\s*\(\s*\w+\.split\(",
         "takes a token at its word: no one checks who made it", where="-prose -test", was=r"verify|Verify|jwtVerify|decode\([^\n]{0,100}key"),
    rule("always-allowed", "auth-weakened", C,
        "authenticated authenticate authorize authorized authorise auth admin permission permissions perm "
        "role access allowed token signature session user owner password csrf credentials activate api otp "
        "mfa logged isadmin canactivate has_permission is_admin has_object_permission yes fromresult",
         r"(?:\b(?:is|has|can|check|verify|validate|authorize|authorise|authenticate|require|allow)_?(?:Auth\w*"
         r"|auth\w*|Admin|admin|Perm\w*|perm\w*|Role\w*|role|Access|access|Allowed|allowed|Token|token|Signature\w*"
         r"|signature|Session|session|LoggedIn|logged_in|User|Owner|owner|Password|password|Csrf|csrf|Credentials"
         r"|credentials|Activate|ApiKey|api_key|Otp|otp|Mfa|mfa)\w{0,30}|\bcanActivate|\bauthorize|\bauthenticate"
         r"|\bhas_object_permission|\bhas_permission)\b\??\s*(?:=\s*(?:async\s*)?)?(?:\([^)\n]{0,140}\)"
         r"|(?=\s*\n))[^\n{;]{0,60}(?:\{|:|=>|=|\bdo\b|->)\s*(?:#[^\n]*"
         r"|//[^\n]*)?\s*(?:return\s+)?(?:Promise\.resolve\(|Task\.FromResult\(|Ok\()?(?:True|true|nil, nil"
         r"|YES)\b\s*\)?\s*[;}]?\s*(?:\}|end\b|$|\n)",
         "answers every check with yes", where="-prose -test", span=3, languages="python javascript java kotlin scala csharp go php ruby rust swift elixir dart c", unless=r"if\b[^\n]{0,100}return|def\s+is_\w+\s*\(\s*self\s*\)"),
    rule("condition-open", "auth-weakened", C,
        "admin+true auth+true permission+true permissions+true role+true roles+true token+true user+true "
        "authorized+true authenticated+true isadmin valid+true allowed+true signature+true verify+true "
        "check+true owner+true logged+true perm+true staff+true admin+false auth+false token+false "
        "user+false valid+false verify+false signature+false permission+false admin+|| auth+|| perm unless "
        "verif admin sign false+and",
         r"(?:is_?(?:admin|auth\w*|staff|owner|logged\w*|valid\w*|allowed|superuser)|isAdmin|isAuth\w*"
         r"|has_?[pP]erm\w*|can\w*|authorized|authenticated|role\w*|token\w*|permission\w*|signature\w*|verify\w*"
         r"|check\w*)\b[^\n]{0,80}(?:\|\||\bor)\s*(?:true|True|1)\b(?!\s*==)"
         r"|(?:\bif\b|&&|\|\|)\s*\(?\s*(?:true|True|1)\s*(?:\|\||or)\s[^\n]{0,60}(?:auth|admin|perm|role|token|user)"
         r"|(?:\bif\b|\bunless\b)\s*\(?\s*(?:false|False)\s*(?:&&|and)\s[^\n]{0,80}(?:auth|admin|perm|role|token"
         r"|user|valid|verif|sign)", "makes a check that always passes", where="-prose -test"),
    rule("backdoor", "auth-weakened", C,
        "password token user username role header headers key debug admin backdoor master bypass god magic "
        "email api_key apikey secret eql passwd superuser otp pwd impersonate pin cookie params equals "
        "cookies override skip",
         r"\b\w{0,20}(?:password|passwd|pwd|token|api_?key|apiKey|secret|otp|pin|code)\b\s*(?:===?|\.equals\("
         r"|\.eql\?|==)\s*[\"'][^\"'\n]{3,60}[\"'][^\n]{0,60}\n?\s*(?:return\s+(?:true|user|admin|next\(\)|nil\b|jwt"
         r"|session|sign|issue|create|\w*login)|next\(\)|\w*login\(|\w*[aA]dmin\s*=\s*true|\w*role\s*=|grant"
         r"|\w*[aA]uth\w*\s*=\s*true|allow)|(?:headers?|args|query|params|cookies?)\b[^\n]{0,40}[\"'](?:x-)?(?:debug"
         r"|bypass|admin|internal|master|skip-auth|test-user|backdoor|god|superuser|override"
         r"|impersonate)[\w-]{0,30}[\"'][^\n]{0,60}|\b(?-i:MASTER|BACKDOOR|GOD|MAGIC|UNIVERSAL)_(?-i:PASSWORD|TOKEN"
         r"|KEY|CODE|USER)\b",
         "lets in whoever knows a word that stands in the code", where="-prose -test", span=1, languages="python javascript java kotlin scala csharp go php ruby rust swift elixir", unless=
             r"===?\s*[\"'](?:string|object|function|number|undefined|password|token|bearer|text|email|required"
             r"|basic|api_?key|code)[\"']|typeof|\.type\b|_type\b|grant_type|kind"
             r"|\b(?:raise|throw|deny|reject|forbid|unauthor|invalid|error|401|403|admin-ajax|changeme|default)\b"
             r"|test"),
    rule("rules-open", "auth-weakened", C,
        "allow+if allow+read allow+write read+true write+true using+true check+true disable+security trust "
        "policy+drop force+security public+allow read+auth write+auth allow+public force",
         r"\ballow\s+(?:read|write|create|update|delete|get|list)(?:\s*,\s*\w+)*\s*:\s*if\s+(?:true"
         r"|request\.time\s*<)|\ballow\s+(?:read|write)(?:\s*,\s*\w+)*\s*;"
         r"|[\"']\.(?:read|write)[\"']\s*:\s*(?:true|[\"'](?:true|auth\s*==\s*null)[\"'])"
         r"|\bDISABLE\s+ROW\s+LEVEL\s+SECURITY|\bUSING\s*\(\s*true\s*\)|\bWITH\s+CHECK\s*\(\s*true\s*\)"
         r"|^\s*(?:host|local|hostssl)\s+\S+\s+\S+\s+(?:\S+\s+)?trust\s*$|\bDROP\s+POLICY\b|NO\s+FORCE\s+ROW\s+LEVEL"
         r"|allow:\s*public\b|@auth\(rules:\s*\[\s*\{\s*allow:\s*public",
         "lets anyone read or write the data", where="-prose -test"),
    rule("server-open", "auth-weakened", H,
        "permitrootlogin passwordauthentication permitemptypasswords auth_basic satisfy authorization "
        "anonymous requirepass protected security enabled allow auth guest disable_auth noauth skip xpack "
        "authenticator everyone rbac abac alwaysallow auth_enabled authentication enable_rbac local mfa two "
        "factor default_permissions_boundary insecure granted totp otp disabled off",
         r"^\s*PermitRootLogin\s+(?:yes|prohibit-password)|^\s*PasswordAuthentication\s+yes"
         r"|^\s*PermitEmptyPasswords\s+yes|\bauth_basic\s+[\"']?off|^\s*satisfy\s+any|^\s*Require\s+all\s+granted"
         r"|^\s*authorization\s*:\s*[\"']?disabled|\bprotected-mode\s+no"
         r"|xpack\.security\.(?:enabled|http\.ssl\.enabled)[\"']?\s*[:=]\s*[\"']?false"
         r"|plugins\.security\.disabled\s*:\s*true|DISABLE_SECURITY_PLUGIN\s*[=:]\s*[\"']?true"
         r"|--anonymous-auth[= ]true|anonymous-auth\s*=\s*true|authorization-mode[= ]AlwaysAllow"
         r"|AUTH_ANONYMOUS_ENABLED[\"']?\s*[:=]\s*[\"']?true|allow\.everyone\.if\.no\.acl\.found\s*=\s*true"
         r"|authenticator\s*:\s*AllowAllAuthenticator|authorizer\s*:\s*AllowAllAuthorizer|--noauth\b|--no-auth\b"
         r"|--insecure-port|MYSQL_ALLOW_EMPTY_PASSWORD|ALLOW_EMPTY_PASSWORD\s*[=:]\s*[\"']?(?:yes|true|1)"
         r"|POSTGRES_HOST_AUTH_METHOD\s*[=:]\s*[\"']?trust|(?:^|\s)auth(?:_enabled|_required|entication|Enabled"
         r"|\.enabled|-enabled)?[\"']?\s*[:=]\s*[\"']?(?:false|disabled|none|off|no)\b"
         r"|(?:mfa|two_?factor|2fa|otp|totp)(?:_?(?:required|enabled|enforced"
         r"|enforce))?[\"']?\s*[:=]\s*[\"']?(?:false|off|optional|disabled|OFF|no)\b"
         r"|\brbac(?:_?enabled|\.enabled|\.create)?[\"']?\s*[:=]\s*[\"']?false"
         r"|security\.(?:basic|user)\.enabled\s*=\s*false|--allow-unauthenticated\b|--skip-grant-tables|NoClientAuth"
         r"|enable_iam_authentication[\"']?\s*[:=]\s*[\"']?false|allow_anonymous\w*[\"']?\s*[:=]\s*[\"']?true"
         r"|allow_guest\w*[\"']?\s*[:=]\s*[\"']?true|anonymous\s*:\s*(?:true|enabled)",
         "lets a server answer to anyone", where="-prose -test -example -lock -locale"),
    rule("grants-admin", "auth-weakened", H, "is_admin is_staff is_superuser isadmin role admin superuser isowner",
         r"\.is_(?:admin|staff|superuser)\s*=\s*(?:True|true)\b"
         r"|\b(?:is_admin|is_staff|is_superuser"
         r"|isAdmin)\b[\"']?\s*[:=]\s*(?:models\.\w+\([^\n]{0,40})?(?:default\s*[:=]\s*)?(?:True|true)\b"
         r"|\bdefault_?[rR]ole[\"']?\s*[:=]\s*[\"'](?:admin|owner|superuser|root)[\"']"
         r"|\brole[\"']?\s*[:=]\s*(?:req|request|body|params|input|data|payload|ctx)[\w.?\[\]\"']{1,60}"
         r"|\|\|\s*[\"']admin[\"']|\.get\(\s*[\"']role[\"']\s*,\s*[\"']admin[\"']|\?\?\s*[\"']admin[\"']",
         "makes more people administrators than it used to", where="-prose -test -example -development", languages="python javascript java kotlin scala csharp go php ruby rust swift elixir", unless=r"create_superuser|seed|def test"),
)  # fmt: skip

RULES: Final = OPENED


def across(files: Sequence[Subject], news: News) -> Iterator[tuple[Subject, Hit]]:
    """Hits on guards that go while what they guarded stays."""
    watched = [file for file in files if _watched(file)]
    came: list[tuple[Subject, Line]] | None = None
    for file in watched:
        if not file.gone and file.removed:
            guards = {line.at for line in file.removed if _guards(line)}
            if guards and came is None:
                # What came is looked through where something went, and there alone: changes mostly add.
                came = [(other, line) for other in watched for line in other.added if _guards(line)]
            yield from ((file, each) for each in _gone(file, guards, came or []))
            for line in file.added:
                yield from ((file, each) for each in loosened(file, line, guards))


def _watched(file: Subject) -> bool:
    known = file.facets
    return known.language in _CODE and known.product and not known.lock and not known.pipeline


def _gone(file: Subject, guards: Collection[int], came: list[tuple[Subject, Line]]) -> Iterator[Hit]:
    """Guards that leave a file, on the lines `guards`. Each guard that came makes up for one of them."""
    for line in file.removed:
        if line.at not in guards:
            continue
        shrunk = next((lost for each in other_side(file, line) if (lost := shrinks(line, each))), None)
        if _again(file, line, came) or (not shrunk and (not _stays(file, line) or _replaced(file, line))):
            continue
        severity = Severity.CRITICAL if re.search(r"auth|login|permi|role|admin|sign|jwt|token|owner|user|csrf|forgery", line.code, re.IGNORECASE) else Severity.HIGH
        at, against = settled(file, line)
        yield hit("guard-removed", "auth-weakened", severity, at, "takes away a guard while what it guarded stays", against=against)


def _again(file: Subject, line: Line, came: list[tuple[Subject, Line]]) -> bool:
    """Whether a guard that came stands for the one that went; it stands for no other one then, unless it guards them all."""
    mine, text = guard_names(line), words(line.code)
    for index, (other, each) in enumerate(came):
        same = words(each.code) == text
        if not same and other is not file and not mine & guard_names(each):
            continue
        if covers(file, line, other, each):
            if not over_all(other, each):
                del came[index]
            return True
    return False


def _guards(line: Line) -> bool:
    if not _KEYWORD.search(line.code) or (_DECLARES.search(line.code) and not re.search(r"\bDepends\s*\(|\bSecurity\s*\(", line.code)):
        return False
    return bool(_GUARD.search(_OPENS.sub(" ", line.code)))


_ROUTE: Final = re.compile(r"\.(?:get|post|put|patch|delete|del|all|route|Get|Post|Put|Patch|Delete|Handle\w*)\s*\(\s*[\"'`/]|\bRoute::\w+\(")


def _stays(file: Subject, line: Line) -> bool:
    """Whether what the guard stood before or in is still there."""
    if _ROUTE.search(line.code) and not other_side(file, line):
        return False  # the route that it guarded went with it
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
    """Whether a line that came against it, for the same route or function, is a guard of another shape."""
    here = scope(file, line)
    return any((_guards(each) or (not _SAYS.match(each.code) and re.search(r"guard|auth|permission|require|verify|protect|ensure|polic(?:y|ies)|check", each.bare, re.IGNORECASE) and not re.search(r"allow_?any|none|false|public|skip|exempt|permitall|anonymous|disable|optional|decode|bypass", each.code, re.IGNORECASE))) and _same_place(here, scope(file, each)) for each in other_side(file, line) if each.code.strip())


_SAYS: Final = re.compile(r"[ \t]{0,80}(?:self\.|this\.)?_?(?:log\w*|console|print\w*|audit\w*|metrics?|tracer?|span|warn\w*|puts|echo|fmt\.Print\w*|slog)\b|[ \t]{0,80}(?:(?:const|let|var|val)\s{1,4})?\w{1,60}\s{0,4}:?=\s{0,4}(?:true|True|[\"'`\d])", re.IGNORECASE)


def _same_place(one: str, other: str) -> bool:
    return not one or not other or one == other or one.startswith("class ") or other.startswith("class ")
