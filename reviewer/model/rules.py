"""Names every rule of ours, so that settings can be checked without loading the rules themselves.

What must stay true: a name that once stood here may stand in somebody's `reviewer.toml`, and stays known.
"""

from __future__ import annotations

import difflib
from typing import Final

RULES: Final = frozenset(
    """
    actuator-all agent-config agent-flag agent-grant always-allowed always-true always-yes ansible-absent
    answers-from-tests app-open app-permissions assertion-commented assertion-loosened assertion-removed
    assertions-left auth-open azure-injection azure-role backdoor backup-removed bar-lowered bar-removed
    base-tests-fail base-tests-fewer bind-all bind-all-config bypass-switch charcodes check-deleted check-removed
    check-tolerated check-unlisted checks-not-built checks-switched-off ci-context ci-floating ci-foreign
    ci-guard-removed ci-injection ci-permissions-removed ci-persist ci-protected-off ci-scope ci-secret-shown
    ci-secrets ci-self-hosted ci-unpinned ci-unsecure ci-untrusted-code ci-untrusted-trigger ci-write-all
    circle-injection claim cloud cluster cluster-role cluster-role-list cluster-secrets cluster-verbs computed-name
    computed-name-python condition-loosened condition-open container-privilege containers cookie-open cors-open
    counts-calls credo-off database-grant database-shell debug-default debug-on debug-on-live decode-flow
    decode-load decode-run decode-shell default-password deny-removed dep-address dep-elsewhere dep-index
    dep-look-alike dep-replace destroy-on drop early-return ecb elided empty-body environment equal-to-all
    errexit-off errexit-removed error-as-success error-swallowed errors-listed escaped-name eval-python eval-script
    exec-bit expectation-alone failure-as-success failure-flag failure-ignored failure-logged failure-silenced
    failures-allowed far-right fast-hash-function fast-password-hash fastlane-force fixed-iv flag-nested-on flag-on
    for-the-test force-push forced-exit generated-edit git-clean gitlab-injection grants-admin guard-left
    guard-narrowed guard-nested-off guard-off guard-removed guard-switch-off guard-weaker hidden-unicode hollowed
    homoglyph hook-build hook-build-rs hook-cargo hook-composer hook-container hook-editor hook-envrc hook-file
    hook-git hook-gitpod hook-gradle hook-login hook-npm hook-npm-prepare hook-npm-scripts hook-preload hook-python
    hook-ruby hook-setup-run hooks-skipped host-path html-raw html-unescaped iam-new-wildcard iam-resource
    iam-wildcard if-false ignore-file infrastructure injection-conceal injection-obey injection-order
    injection-override injection-role injection-send invented jenkins-injection jinja-sandbox-off job-commented
    job-experimental jvm-shell-built jwt-decode knows-environment knows-runner license-deleted license-field
    license-foreign license-header license-text limit-off limit-removed load-dotnet load-jvm load-other load-php
    load-python load-ruby load-script lock-hash lock-hash-dropped lock-host lock-origin lock-unasked lookup-python
    lookup-script mail-copy make-ignored manual-now mapper-delete-all muted-compiled muted-compiled-security
    muted-infra-security muted-other muted-python muted-python-security muted-review muted-script
    muted-script-security
    name-lookup network-open new-host new-tests-idle no-assertion-run not-implemented opaque-binary opaque-bundle
    opaque-minified opaque-program open-host overwrite owner-added owner-dropped owner-left-out owner-taken-over
    packer password-hash-swapped paths-muted phoenix-insecure php-fetch-carries pipeline-deleted plain-compare
    plain-text policy-changed policy-loosened policy-tightened public-bucket pushed-aside query-built random-swapped
    rate-unlimited raw-address reads-answers remote-added remote-code remote-code-flow remote-code-python
    remote-executable remote-file remote-pipe remote-retrieve remote-started remote-unchecked remote-variable
    remote-windows remove-disk remove-home remove-in-code remove-piped remove-powershell remove-variable
    result-dropped retention-lowered retention-zero retries reverse-shell root-user root-user-removed rule-commented
    rule-off rules-dropped rules-muted rules-open run-denied run-fewer run-gone run-idle run-metadata run-program
    run-program-other run-reached run-silent run-skipped run-unreported run-wrote run-wrote-itself
    run-wrote-steering run-wrote-tests safe-built scanner-ignored scanner-removed schema-drop secret secret-allowed
    security-tool-removed security-unless server-open shell-alias shell-c shell-dotnet shell-eval shell-go shell-jvm
    shell-other shell-php shell-powershell shell-python shell-ruby shell-rust shell-script skip-c skip-dotnet
    skip-elixir skip-feature skip-go skip-jvm skip-option skip-other skip-php skip-python skip-robot skip-ruby
    skip-rust skip-scala skip-script skip-swift skip-thrown snapshot-alone special-case sql-append sql-built
    sql-delete-all sql-drop sql-exec sql-format sql-raw sql-update-all strict-off stubbed-subject submodule-address
    submodule-command submodule-pointer submodule-update suite-removed swallowed-assert symlink template-built
    test-attribute test-commented test-file-removed test-removed test-renamed-away test-row-removed test-taken-out
    tests-deselected tests-excluded tests-narrowed tests-not-built tests-unlisted tls-command tls-compiled
    tls-config tls-python tls-script tls-trust-manager todo-body token-unchecked tolerance-raised trigger-narrowed
    trigger-removed tunnel unsafe-compare vulnerability-ignored waits-less weak-random weak-random-function
    weak-signature weak-work world-ingress world-writable xml-entities zero-iv
    """.split()
)


LASTING: Final = frozenset({"policy-changed", "policy-loosened", "policy-tightened"})
"""Rules that nobody turns off: they tell of what would turn the others off."""


def known(name: str) -> bool:
    """Whether a rule is named: one of ours, or of another scanner as "tool/rule" or "tool/*"."""
    tool, slash, rule = name.partition("/")
    return name in RULES or bool(slash and tool.strip() and rule.strip())


def near(name: str) -> list[str]:
    """The names of ours that were perhaps meant, the most likely first."""
    return difflib.get_close_matches(name[:80], sorted(RULES), n=3)
