"""Rules on cryptography that does not hold: fast hashes for passwords, old modes, guessable numbers, plain comparison.

What must stay true: a checksum, a cache key, jitter and a shuffle are none of it.
"""

from __future__ import annotations

import re
from typing import Final

from reviewer.risk.table import H, M, rule

_SECRETISH: Final = r"(?:pass(?:word|wd|phrase|code)?s?|pwd|pw|passw)"
_TOKENISH: Final = (
    r"(?:token|session\w{0,12}|secret|password|passwd|pwd|otp|one_?time|reset\w{0,12}|api_?key|apikey|nonce|salt"
    r"|csrf|state|verif\w{0,14}|invite\w{0,10}|code|auth\w{0,10}|key|iv|ticket|voucher|coupon|sid|uid|jti|challenge"
    r"|pin|magic\w{0,8}|activation\w{0,8}|confirm\w{0,10}|temp_?pass\w*)"
)
_FAST: Final = (
    r"(?:md[245]|sha-?1|sha-?224|sha-?256|sha-?384|sha-?512|sha3?_?\d{0,3}|crc32|adler32|ripemd160|blake2[bs]"
    r"|xxhash\w*|murmur\w*|fnv\w*|Md5|Sha1|Sha256|DigestUtils)"
)

RULES: Final = (
    rule("fast-password-hash", "weak-crypto", H,
        "password passwd pw pwd passphrase pass passcode pin secret credential credentials passw encode "
        "sha1 md5 xxhash ripemd160 messagedigest crc32 sha256 murmur adler32 digest sha512+sha",
         rf"\b{_FAST}[\w.:]{{0,20}}\s*[(.:]\s*[^\n]{{0,80}}\b\w{{0,20}}{_SECRETISH}\w{{0,20}}\b"
         rf"|\b\w{{0,20}}{_SECRETISH}(?:_?hash(?:ed)?|_?digest)?\w{{0,10}}\b[^\n]{{0,60}}(?:=|:|\("
         r"|return)\s*[^\n]{0,60}\b(?:hashlib\.|crypto\.createHash\s*\(\s*[\"']|Digest::|MessageDigest|CryptoJS\."
         rf"|DigestUtils\.|hash\s*\(\s*[\"'])?{_FAST}\b|(?:createHash|getInstance|hashlib\.new|Digest::\w+|hash"
         r"|HashData|EVP_\w+"
         rf"|MessageDigest)\s*\(\s*[\"']?{_FAST}[\"']?[\s\S]{{0,160}}?\b\w{{0,20}}{_SECRETISH}\w{{0,20}}\b"
         rf"|\b(?:MD5|SHA1|SHA256|SHA512)\s*\(\s*[^\n]{{0,30}}{_SECRETISH}|(?:MD5|SHA1|Unsalted\w+)PasswordHasher|NoOpPasswordEncoder"
         r"|StandardPasswordEncoder|MessageDigestPasswordEncoder|Md5PasswordEncoder|ShaPasswordEncoder"
         r"|LdapShaPasswordEncoder",
         "hashes a password with a fast hash: a stolen table is guessed in hours", where="-prose -test", span=2, unless=
             r"pbkdf2|bcrypt|scrypt|argon|hmac|Hmac|HMAC|hkdf|integrity|checksum|file_?hash|etag|cache|passed"
             r"|passing|bypass|passthrough|pass_through|class|pinned|pinning|Argon2\w*Hasher|haveibeenpwned"
             r"|pwnedpasswords|k-anonymity|spin|opinion|mapping|encrypt\(", flags=re.IGNORECASE),
    rule("password-hash-swapped", "weak-crypto", H,
        "md5 sha1 sha256 sha512 sha createhash hashlib messagedigest digest crc32 digestutils cryptojs crypt hash",
         rf"(?<![\w])(?:{_FAST}\s*[(.:]|(?:hashlib\.(?:new\s*\(\s*[\"'])?|createHash\s*\(\s*[\"'`]|getInstance\s*\(\s*\"|Digest::|hash\s*\(\s*[\"']|CryptoJS\.|DigestUtils\.)\s*{_FAST})",
         "hashes a password with a fast hash where a slow one stood: a stolen table is guessed in hours", where="-prose -test -example",
         was=r"password_hash\s*\(|password_verify\s*\(|bcrypt|argon2|\bscrypt|pbkdf2|hashpw|checkpw|make_password|PasswordHasher|PasswordEncoder|Rfc2898DeriveBytes|SecretKeyFactory|GenerateFromPassword"
         r"|CompareHashAndPassword|Bcrypt\.|BCrypt\.|libsodium|crypto_pwhash|PASSWORD_ARGON|PASSWORD_BCRYPT|PASSWORD_DEFAULT|Hash::make", key="line",
         unless=r"pbkdf2|hmac|bcrypt|argon|scrypt|Rfc2898"),
    rule("fast-hash-function", "weak-crypto", H,
        "hash hash_password hashpassword encrypt_password digest md5 sha1 sha256",
         r"(?:def|func|function|fn|String|string|public|private|const)\s+[^\n=({]{0,30}(?:hash|digest|encode|encrypt"
         r"|store|set|make|derive)_?(?:the_?)?(?:user_?)?(?:pass\w*|pwd|pw|secret"
         r"|credentials?)\b[\s\S]{0,300}?\b(?:hashlib\.(?:md5|sha\d+)|createHash\s*\(\s*[\"'](?:md5|sha\d+)"
         r"|(?:md5|sha1|sha256)\.(?:Sum\w*|New|Create)|MessageDigest\.getInstance|Digest::(?:MD5|SHA\d+)|Md5"
         r"|Sha(?:1|256)::|CC_(?:MD5|SHA\d+)|(?<!\w)md5\s*\(|(?<!\w)sha1\s*\(|MD5\.Create|SHA1\.Create"
         r"|SHA256\.Create|:crypto\.hash\()",
         "hashes a password with a fast hash: a stolen table is guessed in hours", where="-prose -test", span=5, unless=r"pbkdf2|bcrypt|scrypt|argon|hmac"),
    rule("ecb", "weak-crypto", H,
        "ecb mode_ecb aes des rc rc4 arc4 blowfish createcipher createdecipher tripledes desede arcfour "
        "ciphermode cipher getinstance descryptoserviceprovider rc2 pkcs1 electroniccodebook algorithms "
        "arc2",
         r"\bMODE_ECB\b|\bmodes\.ECB\b|[/\"'-](?:ECB|ecb)\b|CipherMode\.ECB|\baes[-_]?(?:128|192|256)[-_]?ecb\b"
         r"|getInstance\s*\(\s*\"(?:AES|DES|DESede|RC4|ARCFOUR|Blowfish|RC2)\"\s*\)"
         r"|\b(?:DES|DES3|ARC4|ARC2|Blowfish)\.new\s*\(|\bdes\.New(?:TripleDES)?Cipher\s*\(|\brc4\.NewCipher\s*\("
         r"|crypto\.create(?:C|Dec)ipher\s*\(|create(?:C|Dec)ipheriv\s*\(\s*[\"'](?:des|rc4|rc2|bf|aes-\d{3}-ecb)"
         r"|(?:DES|TripleDES|RC2|RC4)(?:CryptoServiceProvider|Managed)?\.?(?:Create)?\s*\("
         r"|CryptoJS\.(?:DES|RC4|TripleDES)\.|\balgorithms\.(?:ARC4|Blowfish|IDEA|TripleDES|CAST5|SEED)\s*\("
         r"|kCCOptionECBMode|kCCAlgorithmDES|openssl_encrypt\s*\([^\n]{0,80}[\"'](?:aes-\d+-ecb|des|rc4)"
         r"|EVP_(?:des|rc4|aes_\d+_ecb)|Cipher\.new\s*\(\s*[\"'](?:des|rc4|aes-\d+-ecb)|OpenSSL::Cipher::(?:DES|RC4)"
         r"|Ecb::|ecb::Encryptor",
         "encrypts in a way that shows the pattern of the text or is long broken", where="-prose -test", unless=r"^\s*(?:import|from|use|using)\b"),
    rule("fixed-iv", "weak-crypto", H, "iv nonce ivparameterspec salt gcmparameterspec setiv",
         r"\b\w{0,20}(?:iv|IV|nonce|Nonce|NONCE|salt|SALT|Salt|Iv)\b(?:\s*:\s*[\w\[\]<>]{1,20})?[\"']?\s*(?:=>|:?="
         r"|:)\s*(?:b?[\"'][^\"'\n$#{]{4,64}[\"']|b[\"']\\x00|bytes\s*\(\s*\d+\s*\)|b?[\"'](?:\\x?0|0)+[\"']\s*\*"
         r"|b[\"'][^\"'\n]{1,16}[\"']\s*\*\s*\d+|Buffer\.alloc\s*\(\s*\d+|new\s+byte\s*\[\s*\d+\s*\]\s*[;,)]"
         r"|make\(\[\]byte,\s*(?:12|16|aes\.BlockSize|gcm\.NonceSize\(\))\)|\[\s*0\w{0,4}\s*;\s*\d+\s*\]"
         r"|Buffer\.from\s*\(\s*[\"']|\[\]byte\s*\(\s*\"|\[\]byte\{|\[\s*0\s*(?:,\s*0\s*){3}"
         r"|\"[^\"\n]{4,40}\"\.getBytes|Encoding\.\w+\.GetBytes\(\s*\"|new\s+Uint8Array\s*\(\s*\d+\s*\)"
         r"|str_repeat\()|new\s+(?:IvParameterSpec|GCMParameterSpec)\s*\(\s*(?:128\s*,\s*)?(?:new\s+byte\s*\["
         r"|\"[^\"\n]{1,64}\"\.getBytes|FIXED|STATIC|ZERO|key)|\biv\s*=\s*(?:self\.)?key\b",
         "uses the same starting value each time: equal texts look equal, keys leak", where="-prose -test", languages="python javascript java kotlin scala groovy csharp go php ruby rust swift dart c elixir",
         unless=
             r"ReadFull|rand\.Read|random|getRandomValues|environ|getenv|process\.env|SecureRandom|nextBytes|config"
             r"|decrypt|:\s*(?:bytes|str|string|Buffer)\s*[,)=]?\s*$|label|name"
             r"|[\"'](?:string|bytes|base64|hex|utf-?8|aes-|iv|nonce|salt)",
             check=lambda file, line, found: not re.search(r"ReadFull|rand\.Read|getRandomValues|nextBytes|randomFill|fill_bytes|RAND_bytes", file.statement(line, 3)) and bool(re.search(r"aes|cipher|crypt|gcm|cbc|pbkdf|scrypt|hash|argon|digest|hmac|derive|iv\b|nonce|salt", "\n".join(x.text for x in file.around(line, 6, 6)), re.IGNORECASE))),
    rule("weak-random", "weak-crypto", H,
        "random rand randint mt_rand uniqid choice choices shuffle nextint intn next getrandbits rand_r "
        "srand uuid uuid1 sample randrange shuf int63 drand arc4random sample nextlong lcg_value uniform "
        "date time now fastrand microtime thread_rng csrf otp pin password",
         rf"\b\w{{0,30}}{_TOKENISH}\w{{0,30}}\b[\"']?(?:\s*:\s*\w{{1,20}})?\s*(?:=>|:?=|:"
         r"|\(\)?\s*[^\n]{0,30}(?:=>|\{)\s*(?:return\s)?|\+=)\s*[^\n]{0,160}(?:Math\.random\s*\("
         r"|\brandom\.(?:random|randint|choices?|randrange|sample|getrandbits|uniform|shuffle)\s*\("
         r"|\brand\.(?:Int\w{0,4}|Read|Perm|Uint\d+|Float64)\s*\(|\bmt_rand\s*\(|(?<![\w.])rand\s*\(|\buniqid\s*\("
         r"|new\s+Random\s*\(|new\s+java\.util\.Random|Random\.(?:rand|new|nextInt|Shared|Default)|\bnp\.random\."
         r"|\bstr_shuffle\s*\(|\buuid1?\.?uuid1\s*\(|\bRandomStringUtils\.random|ThreadLocalRandom|\bKernel\.rand"
         r"|\$RANDOM\b|:rand\.uniform|Enum\.random|\blcg_value|RandomNumber\b|md5\(\s*(?:time|microtime|uniqid)"
         r"|\w(?<!ecureRandom)(?<!crypto)\.random\(\s*\)|Date\.now\(\)\.toString\(36\)|Random\(\)\.next\w*|\bshuf\b|rand::thread_rng\(\)\.gen_range|fastrand::)",
         "makes a token or key from numbers that can be guessed", where="-prose -test", unless=
             r"secrets\.|SystemRandom|SecureRandom|crypto\.random|randomBytes|random_bytes|random_int|jitter|color"
             r"|colour|shuffle_?cards|backoff|sleep|delay|retry|cache_?key|react|\bkey=\{|sample_?rate|seed\b|lodash"
             r"|demo|mock|placeholder|encode|status_?code|key_?code|zip_?code|postal|country_?code|http_?code"
             r"|error_?code|keyframe|keyboard|keyword|monkey|id\s*=\s*`?temp|useState|element|state_dict|init_state"
             r"|random_state|rng_state|estimator",
             span=1, check=lambda file, line, found: found.end() <= len(line.code) + 200),
    rule("weak-random-function", "weak-crypto", H,
        "token session otp secret password reset key code nonce salt generate create make new gen rand "
        "random uniqid str_shuffle uuid1 randrange randint",
         r"(?:def|func|function|fn|String|string|static|public|private|const|export)\s+[^\n=({]{0,30}(?:(?:reset|session|access|auth|csrf|invite|magic|refresh|login|verification)_?(?=[Tt]oken|[Cc]ode|[Kk]ey|[Ll]ink)|generate"
         r"|create|make|new|gen|issue|build|random|get|next)_?\w{0,20}(?:token|session|otp|secret|password|passwd"
         r"|reset\w*|api_?key|apikey|nonce|salt|csrf|invite\w*|voucher|pin|auth\w*code|access_?code"
         r"|verification\w*)\w{0,20}\s*(?:=\s*)?\([\s\S]{0,300}?(?:Math\.random\s*\("
         r"|\brandom\.(?:random|randint|choices?|randrange|sample|getrandbits)\s*\("
         r"|\brand\.(?:Int\w{0,4}|Perm|Uint\d+)\s*\(|\bmt_rand\s*\(|(?<![\w.])rand\s*\(|\buniqid\s*\("
         r"|new\s+Random\s*\(|Random\.(?:rand|new|nextInt|Shared)|\buuid1\s*\(|\bstr_shuffle\s*\(|Random\(\)"
         r"|:rand\.uniform|Enum\.random)",
         "makes a token or key from numbers that can be guessed", where="-prose -test", span=6, wrapped=False, unless=r"secrets\.|SystemRandom|SecureRandom|crypto\.random|randomBytes|random_bytes|random_int|crypto/rand"),
    rule("random-swapped", "weak-crypto", H,
         "random rand math seed mt_rand uniqid uniform smallrng stdrng nextint fastrand enum shuffle sample choice choices md5 sha1 sha256 digest createhash hashlib now nanotime unixnano microtime uuid1 millis",
         r"\bMath\.random\b|(?<![\w.])random\.(?:random|randint|choices?|randrange|sample|getrandbits|uniform|randbytes|Random)\b|^\s*(?:import\s+random\b|from\s+random\s+import)"
         r"|\"math/rand(?:/v2)?\"|(?<![\w.])(?:mt_rand|rand|uniqid|lcg_value)\s*\(|new\s+(?:java\.util\.)?Random\s*\(|(?<![\w.])Random\s*\(|\bRandom\.(?:rand|new|Default|Shared|next\w*|bytes)\b|\bThreadLocalRandom\b|\bSplittableRandom\b"
         r"|\b(?:SmallRng|StdRng::seed_from_u64|fastrand::|thread_rng)|:rand\.(?:uniform|bytes)|\bEnum\.(?:random|shuffle|take_random)\b|(?<![\w.])(?:arc4random|drand48|srand|srandom)\b|\bnp\.random\.|\bRandomStringUtils\b|\.random\(\s*\)"
         r"|\b(?:Digest::\w+|[mM][dD]5|[sS][hH][aA](?:1|256)|createHash|hashlib\.\w+)\W[^\n]{0,120}(?:\b[tT]ime\b|\bnow\b|Date|email|[uU]ser_?[iI]d|\.id\b|nano)|\b(?:currentTimeMillis|nanoTime|UnixNano|microtime|uuid1)\b|\bDate\.now\(\)",
         "takes guessable numbers where secure ones were taken", where="-prose -test -example", languages="python javascript java kotlin scala groovy csharp go php ruby rust swift elixir dart c",
         was=r"SecureRandom|crypto/rand|\bsecrets\.|^\s*(?:import|from)\s+secrets\b|os\.urandom|SystemRandom|randomBytes|randomUUID|getRandomValues|randomInt|random_bytes|random_int|openssl_random|RandomNumberGenerator"
         r"|RNGCryptoServiceProvider|OsRng|getrandom|rand_bytes|SecRandomCopyBytes|strong_rand_bytes|Random\.secure|RAND_bytes|getentropy|crypto\.random", key="line", unless=r"jitter|backoff|retry|delay|shuffle|colou?r|sample|dice"),
    rule("plain-compare", "weak-crypto", H,
        "hmac signature digest mac sig expected computed hash_equals compare_digest timingsafeequal token "
        "hexdigest constanttimecompare secure_compare strcmp memcmp arrays equals calculated actual",
         r"\b\w{0,20}(?:hmac|signature|sig|digest|mac|hexdigest\(\))\w{0,20}(?:\(\))?\s*(?:===?|!==?|\.equals\("
         r"|\.eql\?|==)\s*+(?![\"'\d]|b[\"']|null|nil|None|undefined|true|false)[\w.$@>\[\]\"'()-]{2,80}"
         r"|\b(?:expected|computed|calculated|actual)\w{0,20}\s*(?:===?|!==?)\s*\w{0,20}(?:hmac|signature|sig|digest"
         r"|mac|header)\w{0,20}|bytes\.Equal\s*\([^\n]{0,40}(?:mac|sig|hmac|digest)"
         r"|(?:strcmp|memcmp)\s*\([^\n]{0,40}(?:mac|sig|hmac|digest|hash)"
         r"|String\s*\.\s*equals\([^\n]{0,30}(?:sig|hmac|mac)|Arrays\.equals\s*\([^\n]{0,40}(?:mac|sig|hmac)"
         r"|\.equals\(\s*(?:signature|expectedSignature|hmac|mac|digest)\b",
         "compares a signature character by character: the time it takes gives it away", where="-prose -test", languages="python javascript java kotlin scala csharp go php ruby rust swift elixir c", near=r"hmac|HMAC|createHmac|Hmac|sign|webhook|\bmac\b|compare_digest|timingSafeEqual|hash_equals", reach=6,
         unless=
             r"signal|\bother\.|\.length|len\(|typeof|\bmac_?addr|macos|platform|compare_digest|timingSafeEqual"
             r"|hash_equals|sigma|sign_in|image|content|artifact|file|blob|layer|etag|checksum|function_?signature"
             r"|inspect|method_?signature|sig\.parameters|sha256sum"),
    rule("unsafe-compare", "weak-crypto", H, "== equals memcmp strcmp bytes digest signature expected sig hmac mac", r"[^=!<>]===?[^=]|\.equals\(|!==?", "compares a secret character by character: the time it takes gives it away", where="-prose -test",
         was=
             r"compare_digest|timingSafeEqual|hash_equals|ConstantTimeCompare|secure_compare|constant_time"
             r"|FixedTimeEquals|MessageDigest\.isEqual|hmac\.Equal|ct_eq", key="line"),
    rule("weak-work", "weak-crypto", H,
        "rounds iterations cost saltrounds work_factor gensalt pbkdf2 bcrypt generatefrompassword rsa "
        "generate_key key_size modulus generatekey scrypt n memory_cost time_cost pbkdf2hmac hashsync hash "
        "iteration strength bcryptpasswordencoder genrsa mincost initialize generatekeypair keygen keysize "
        "pbkdf ssh rfc2898derivebytes pbekeyspec bits",
         r"\bgensalt\s*\(\s*(?:rounds\s*=\s*)?[1-9]\s*\)|\b(?:saltRounds|SALT_ROUNDS|bcrypt_?[rR]ounds|BCRYPT_ROUNDS"
         r"|rounds|cost|work_?[fF]actor|bcrypt_cost)[\"']?\s*(?:=>|[:=])\s*[1-9]\b(?!\d|\.)(?=[^\n]{0,20}$)"
         r"|bcrypt\.hash(?:Sync)?\s*\([^\n]{1,60},\s*[1-9]\s*[,)]"
         r"|GenerateFromPassword\s*\([^\n]{1,60},\s*(?:[1-9]\b|bcrypt\.MinCost)"
         r"|new\s+BCryptPasswordEncoder\s*\(\s*[4-9]\s*\)|(?:pbkdf2\w*|PBKDF2\w*|Rfc2898DeriveBytes"
         r"|PBEKeySpec)\b[^\n]{0,160}[,=]\s*(?:iterations\s*=\s*)?(?:\d{1,3}|[1-9]\d{3})\s*[,)]"
         r"|\biterations[\"']?\s*(?:=>|[:=])\s*(?:\d{1,3}|[1-9]_?\d{3})\b(?=[^\n]{0,30}$)"
         r"|\b(?:key_size|modulus_?[lL]ength|keySize|rsa_bits|KeySize|bits)[\"']?\s*(?:=>|[:=])\s*(?:512|768|1024)\b"
         r"|RSA\.generate\s*\(\s*(?:512|768|1024)\b|rsa\.GenerateKey\s*\([^\n]{0,40},\s*(?:512|768|1024)\s*\)"
         r"|generateKeyPair\w*\([^\n]{0,60}\b(?:512|1024)\b|openssl\s+genrsa\s[^\n]{0,40}\b(?:512|1024)\b"
         r"|initialize\s*\(\s*(?:512|1024)\s*\)|password_hash\s*\([^\n]{0,60}cost[\"']\s*=>\s*[4-9]\b"
         r"|RSA\.new\s*\(\s*(?:512|1024)|ssh-keygen[^\n]{0,40}-b\s+(?:512|1024)\b",
         "makes a key or password hash cheap to break", where="-prose -test", near=r"bcrypt|pbkdf|scrypt|argon|salt|hash|rsa|password|key|genrsa|encoder|crypto|cipher", unless=r"retry|loop|epoch|bench|max_iterations|training|solver|training"),
    rule("weak-signature", "weak-crypto", M,
        "sha1withrsa md5withrsa sha1 md5 hs256 sha1rsa hmacmd5 ecdsa dsa",
         r"\b(?:SHA1|MD5|MD2)with(?:RSA|DSA|ECDSA)\b|x509\.(?:SHA1|MD5)WithRSA|hashes\.(?:MD5|SHA1)\s*\(\s*\)"
         r"|sign\s*\(\s*[\"'](?:RSA-)?(?:SHA1|MD5)[\"']|createSign\s*\(\s*[\"'](?:RSA-)?(?:SHA1|MD5)"
         r"|createHmac\s*\(\s*[\"']md5|HmacMD5|signature_algorithm\s*[:=]\s*[\"']?(?:sha1|md5)",
         "signs with a hash that is long broken", where="-prose -test"),
)  # fmt: skip
