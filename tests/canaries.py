"""Tokens of each service's shape that belong to nobody, put together here."""

# In parts, so that no scanner of repositories takes this file for a leak.
BODY = "Zq7" + "Xk2mPw9R" * 5
DIGITS = "12345" * 3
CANARIES = {
    "github classic": "ghp" + "_" + BODY[:36],
    "github fine-grained": "github" + "_pat_" + BODY[:22] + "_" + BODY,
    "github app": "ghs" + "_" + BODY[:36],
    "gitlab": "glpat" + "-" + BODY[:20],
    "gitlab, routable": "glpat" + "-" + BODY[:27] + ".01." + "0w0abcdef",
    "slack bot": "xox" + "b-" + DIGITS[:11] + "-" + DIGITS[:11] + "-" + BODY[:24],
    "slack app": "xapp" + "-1-A01-" + DIGITS[:12] + "-" + BODY[:30],
    "aws id": "AK" + "IA" + "ZQ7XK2MPW9RZQ7XK",
    "aws secret": BODY[:20] + "/" + BODY[:10] + "+" + BODY[:8],
    "anthropic": "sk-" + "ant-api03-" + BODY + "-" + BODY[:8] + "AA",
    "openai": "sk-" + "proj-" + BODY,
    "pypi": "pypi" + "-AgEIcHlwaS5vcmc" + BODY,
    "npm": "npm" + "_" + BODY[:36],
    "web token": "ey" + "JhbGciOiJIUzI1NiJ9" + "." + "ey" + "JzdWIiOiIxIn0" + "." + BODY[:43],
    "web token, short": "ey" + "J9.Zq7Xk." + "Pw9R",
    "ours": "rvw" + "_" + BODY[:43],
    "private key": "-----BEGIN OPENSSH " + "PRIVATE KEY-----\n" + BODY + "\nZq7Xk2==\n"
    "-----END OPENSSH PRIVATE KEY-----",
    "private key, cut": "-----BEGIN " + "PRIVATE KEY-----\nZq7Xk\nPw9R",
}  # fmt: skip
