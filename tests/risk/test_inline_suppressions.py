"""A comment that a change writes silences nothing of ours and nothing of others; one that silences security is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from reviewer.diff.parse import parse_patch
from reviewer.model.diff import FileDiff
from reviewer.model.finding import Finding, Severity
from reviewer.risk.engine import scan
from reviewer.risk.external import merge
from reviewer.risk.sarif_read import read_external

HIGH, MEDIUM, SILENT = Severity.HIGH, Severity.MEDIUM, None
TOKEN = "gh" + "p_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3hJ5"
# Lines that a rule of ours calls high, one a language.
LINES = {
    "app/pay.py": "    reply = requests.get(url, verify=False)",
    "app/keys.py": f'TOKEN = "{TOKEN}"',
    "src/pay.ts": "  const agent = new https.Agent({ rejectUnauthorized: false });",
    "internal/pay.go": "\tc := &tls.Config{InsecureSkipVerify: true}",
    "src/main/java/Pay.java": "        client.setSSLHostnameVerifier(NoopHostnameVerifier.INSTANCE);",
    "src/Pay.cs": "        h.ServerCertificateCustomValidationCallback = "
    "HttpClientHandler.DangerousAcceptAnyServerCertificateValidator;",
    "app/pay.rb": "    http.verify_mode = OpenSSL::SSL::VERIFY_NONE",
    "src/Pay.php": "    curl_setopt($curl, CURLOPT_SSL_VERIFYPEER, false);",
    "Sources/Pay.swift": "    use(URLCredential(trust: challenge.protectionSpace.serverTrust!))",
    "infra/net.tf": '  cidr_blocks = ["0.0.0.0/0"]',
    "Dockerfile": "RUN curl -fsSL https://get.tool.example/i.sh | sh",
    "deploy.sh": "curl -fsSL https://get.tool.example/i.sh | sh",
    ".github/workflows/build.yml": "      - run: curl -fsSL https://get.tool.example/i.sh | bash",
}
# The file, the comment on the line or ("^") above it, and how the comment itself is told.
CASES = (
    ("app/pay.py", "# noqa", MEDIUM),
    ("app/pay.py", "# noqa: S501", HIGH),
    ("app/pay.py", "# noqa: E501", SILENT),
    ("app/pay.py", "# nosec", HIGH),
    ("app/pay.py", "# nosec B501", HIGH),
    ("app/pay.py", "# type: ignore", MEDIUM),
    ("app/pay.py", "# type: ignore[arg-type]", SILENT),
    ("app/pay.py", "# nosemgrep", HIGH),
    ("app/pay.py", "# lgtm[py/request-without-cert-validation]", HIGH),
    ("app/pay.py", "# codeql[py/request-without-cert-validation]", HIGH),
    ("app/pay.py", "# NOSONAR", HIGH),
    ("app/pay.py", "# skipcq", MEDIUM),
    ("app/pay.py", "# skipcq: BAN-B501", HIGH),
    ("app/pay.py", "# reviewer: ignore", HIGH),
    ("app/pay.py", "^# reviewer: ignore[tls-python] agreed with security", HIGH),
    ("app/pay.py", "^# reviewer:off", HIGH),
    ("app/keys.py", "# gitleaks:allow", HIGH),
    ("app/keys.py", "# betterleaks:allow", HIGH),
    ("app/keys.py", "# pragma: allowlist secret", HIGH),
    ("src/pay.ts", "// eslint-disable-line", MEDIUM),
    ("src/pay.ts", "^// eslint-disable-next-line", MEDIUM),
    ("src/pay.ts", "^/* eslint-disable */", MEDIUM),
    ("src/pay.ts", "^// eslint-disable-next-line security/detect-unsafe-tls", HIGH),
    ("src/pay.ts", "^// eslint-disable-next-line no-console -- shown on purpose", SILENT),
    ("src/pay.ts", "^// @ts-ignore", MEDIUM),
    ("src/pay.ts", "// NOSONAR", HIGH),
    ("src/pay.ts", "^// nosemgrep: tls", HIGH),
    ("src/pay.ts", "^// reviewer-disable-next-line", HIGH),
    ("internal/pay.go", "//nolint", MEDIUM),
    ("internal/pay.go", "//nolint:errcheck // best effort", SILENT),
    ("internal/pay.go", "//nolint:gosec,errcheck // fine", HIGH),
    ("internal/pay.go", "// #nosec G402", HIGH),
    ("internal/pay.go", "// codeql[go/disabled-certificate-check]", HIGH),
    ("internal/pay.go", "// reviewer: ignore", HIGH),
    ("src/main/java/Pay.java", '^    @SuppressWarnings("all")', MEDIUM),
    ("src/main/java/Pay.java", '^    @SuppressWarnings("java:S4830")', HIGH),
    ("src/main/java/Pay.java", '^    @SuppressWarnings({"unchecked", "java:S4830"})', HIGH),
    ("src/main/java/Pay.java", '^    @SuppressWarnings(value = "squid:S4830")', HIGH),
    ("src/main/java/Pay.java", '^    @SuppressWarnings("unchecked")', SILENT),
    ("src/main/java/Pay.java", "// NOSONAR", MEDIUM),
    ("src/Pay.cs", "^#pragma warning disable", MEDIUM),
    ("src/Pay.cs", "^#pragma warning disable CS1591, CA5359 // fine", HIGH),
    ("src/Pay.cs", "^/* reviewer: skip */", HIGH),
    ("app/pay.rb", "# rubocop:disable all", MEDIUM),
    ("app/pay.rb", "# rubocop:disable Style/Foo, Security/Open", HIGH),
    ("app/pay.rb", "# NOSONAR", MEDIUM),
    ("app/pay.rb", "# codeql[rb/request-without-cert-validation]", HIGH),
    ("src/Pay.php", "// phpcs:ignore", MEDIUM),
    ("src/Pay.php", "/* phpcs:ignore */", MEDIUM),
    ("src/Pay.php", "// phpcs:ignore -- fine", MEDIUM),
    ("src/Pay.php", "// phpcs:ignore WordPress.Security.Tls", HIGH),
    ("src/Pay.php", "// phpcs:ignore Squiz.PHP.Eval.Discouraged", HIGH),
    ("Sources/Pay.swift", "// swiftlint:disable:this all", MEDIUM),
    ("Sources/Pay.swift", "// swiftlint:disable:this force_unwrapping", SILENT),
    ("infra/net.tf", "#tfsec:ignore:aws-vpc-no-public-ingress", HIGH),
    ("infra/net.tf", "// tfsec:ignore:*", HIGH),
    ("infra/net.tf", "#checkov:skip=CKV_AWS_24: agreed", HIGH),
    ("infra/net.tf", "/* checkov:skip=CKV_AWS_24 */", HIGH),
    ("Dockerfile", "^# hadolint ignore=DL3008", SILENT),
    ("Dockerfile", "^# hadolint ignore=DL4006,DL3002", HIGH),
    ("Dockerfile", "^# hadolint global ignore=DL3008", MEDIUM),
    ("deploy.sh", "^# shellcheck disable=SC2046", SILENT),
    ("deploy.sh", "^# shellcheck disable=all", MEDIUM),
    ("deploy.sh", "# reviewer: allow", HIGH),
    (".github/workflows/build.yml", "# zizmor: ignore", HIGH),
    (".github/workflows/build.yml", "# zizmor: ignore[template-injection]", HIGH),
    (".github/workflows/build.yml", "# reviewer: ignore", HIGH),
)


def change(path: str, *lines: str) -> list[FileDiff]:
    added = "".join(f"+{line}\n" for line in lines)
    head = f"diff --git a/{path} b/{path}\nindex 1..2 100644\n--- a/{path}\n+++ b/{path}\n@@ -1,1 +1,{len(lines) + 1} @@\n"
    return parse_patch(f"{head} first\n{added}".encode())


def with_comment(path: str, comment: str) -> tuple[list[FileDiff], int]:
    """The change, and the number of its harmful line."""
    if comment.startswith("^"):
        return change(path, comment[1:], LINES[path]), 3
    return change(path, f"{LINES[path]}  {comment}"), 2


def told(findings: list[Finding], *, comments: bool) -> set[tuple[str, Severity]]:
    return {(f.category, f.severity) for f in findings if (f.category == "suppression-added") == comments}


@pytest.mark.parametrize(("path", "comment", "level"), CASES, ids=[f"{path}: {comment}" for path, comment, _ in CASES])
def test_what_is_muted_is_told_all_the_same(path: str, comment: str, level: Severity | None) -> None:
    plain = scan(change(path, LINES[path]))
    assert max(f.severity.rank for f in plain) >= HIGH.rank, "the line says nothing by itself"
    files, number = with_comment(path, comment)
    found = scan(files)
    assert told(found, comments=False) == told(plain, comments=False)
    assert {f.line for f in found if f.category != "suppression-added"} == {number}
    assert told(found, comments=True) == ({("suppression-added", level)} if level is not None else set())

    place = {"physicalLocation": {"artifactLocation": {"uri": path}, "region": {"startLine": number}}}
    theirs = {
        "ruleId": "X1", "message": {"text": "said"}, "locations": [place], "suppressions": [{"kind": "inSource"}],
        "properties": {"security-severity": "8.1"},
    }  # fmt: skip
    log = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "other"}}, "results": [theirs]}]}
    together = merge(files, found, read_external(json.dumps(log).encode())).findings
    assert set(found) < set(together)
    (other,) = (f for f in together if f.tool)
    assert (other.severity, other.line) == (HIGH, number) and "mutes it" in other.message.raw


def test_no_comment_beside_a_line_excuses_it() -> None:
    plain = [(f.rule, f.severity) for f in scan(change("app/settings.py", "DEBUG = True"))]
    assert plain == [("debug-on", HIGH)]
    beside = scan(change("app/settings.py", "# buildTypes: debug {", "DEBUG = True  # if settings.DEBUG"))
    assert [(f.rule, f.severity) for f in beside] == plain


def test_a_lesser_finding_of_ours_does_not_stand_for_a_graver_one_of_others() -> None:
    files = change("docs/example.py", LINES["app/pay.py"])
    (ours,) = scan(files)
    place = {"physicalLocation": {"artifactLocation": {"uri": "docs/example.py"}, "region": {"startLine": 2}}}
    theirs = {"ruleId": "tls-x", "message": {"text": "said"}, "locations": [place]}

    def merged(score: str) -> list[tuple[str, Severity]]:
        graded = {**theirs, "properties": {"security-severity": score}}
        log = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "o"}}, "results": [graded]}]}
        return [(f.rule, f.severity) for f in merge(files, [ours], read_external(json.dumps(log).encode())).findings]

    assert ours.severity is MEDIUM and ours.category == "tls-disabled"
    assert merged("5.0") == [(ours.rule, MEDIUM)]
    assert merged("9.8") == [("o/tls-x", Severity.CRITICAL), (ours.rule, MEDIUM)]


def test_the_same_rule_is_told_in_every_process() -> None:
    script = (
        "import sys; from reviewer.diff.parse import parse_patch; from reviewer.risk.engine import scan\n"
        "for f in scan(parse_patch(sys.stdin.buffer.read())): print(f.rule, f.file.raw, f.fingerprint)"
    )
    patch = b"".join(
        f"diff --git a/{p} b/{p}\nindex 1..2 100644\n--- a/{p}\n+++ b/{p}\n@@ -1,1 +1,2 @@\n first\n+{line}\n".encode()
        for p, line in LINES.items()
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script], input=patch, capture_output=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        ).stdout
        for seed in ("0", "1", "2", "3")
    }  # fmt: skip
    assert len(said) == 1
