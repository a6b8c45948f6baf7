"""Rules on code that runs by itself: at install, build, checkout, on opening a folder, at a start or a login.

What must stay true: an ordinary script that people run, and a hook that goes, are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Subject, hit
from reviewer.risk.table import H, M, News, other_side, rule

_HOOK: Final = "makes code run by itself"
_SHELLS: Final = "shell yaml docker make groovy toml json powershell batch"

# What a build always goes through: a task that one of these waits for runs with every build.
_BUILDS_WITH: Final = re.compile(
    r"\b(?:compile\w*|preBuild|processResources|build|assemble|classes|check|jar|test|prepareKotlin\w*|configureEach|all)\b[^\n]{0,60}\.?\b(?:dependsOn|finalizedBy|mustRunAfter)\b|^\s*dependsOn\s*[(\"']", re.IGNORECASE)

RULES: Final = (
    rule("hook-npm", "install-hook", H, "preinstall install postinstall preprepare prepare postprepare prepublish predependencies dependencies pnpm",
         r"^\s*[\"'](?:pre|post)?install[\"']\s*:\s*[\"']|^\s*[\"'](?:pnpm:devPreinstall"
         r"|dependencies)[\"']\s*:\s*[\"']",
         f"{_HOOK} when the package is installed", where="manifest -lock", languages="json jsonc", unless=r"[\"']\s*:\s*[\"'](?:[\"']|echo\b[^&|;]{0,80}[\"'])|:\s*[\"'][\^~><=*]?\d"),
    rule("hook-npm-prepare", "install-hook", M, "prepare prepublish preprepare postprepare",
        r"^\s*[\"'](?:pre|post)?(?:prepare|prepublish)[\"']\s*:\s*[\"'](?!husky\b|is-ci|lefthook|simple-git-hooks"
        r"|patch-package)",
        f"{_HOOK} when the package is installed from its sources", where="manifest -lock", languages="json jsonc", unless=
        r":\s*[\"'](?:npm run |yarn |pnpm |bun )?(?:run )?(?:build|compile|tsc|rollup|vite|tsup|unbuild|bob build"
        r"|nuxt|svelte-kit|wxt|turbo)\b|stub"),
    rule("hook-npm-scripts", "install-hook", H,
        "ignore enablescripts onlybuiltdependencies trusteddependencies dangerouslyallowallbuilds "
        "neverbuiltdependencies allowscripts unsafe",
        r"^\s*ignore-scripts\s*=\s*false|enableScripts\s*:\s*true"
        r"|(?:onlyBuiltDependencies|trustedDependencies|allowScripts)[\"']?\s*:"
        r"|dangerouslyAllowAllBuilds[\"']?\s*[:=]\s*true|^\s*unsafe-perm\s*=\s*true",
        "lets packages run their scripts when they are installed", where="-prose -test -lock"),
    rule("hook-python", "install-hook", H,
        "cmdclass setup build hooks entry_points script build_py install develop egg_info backend path "
        "sitecustomize pth pythonstartup sdist uptools bdist_egg",
         r"\bcmdclass\s*[=:]|^\s*\[tool\.hatch\.build(?:\.targets\.\w+)?\.hooks\.custom"
         r"|^\s*\[tool\.(?:poetry\.build|pdm\.build|setuptools\.cmdclass)\]|^\s*backend-path\s*="
         r"|^\s*script\s*=\s*[\"'][\w/]+\.py[\"']|run-setup\s*="
         r"|class\s+\w+\s*\(\s*(?:install|develop|build_py|build_ext|egg_info|sdist|bdist_egg|_install"
         r"|setuptools\.command\.\w+\.\w+|InstallCommand|DevelopCommand)\s*\)|PYTHONSTARTUP[\"']?\s*[=:]",
         f"{_HOOK} when the package is built or installed", where="-prose -test -lock",
         check=lambda file, line, found: ("cmdclass" not in found[0] or file.facets.manifest or file.path.endswith(".cfg")) and (not found[0].lstrip().startswith("script") or any("build" in x.text for x in file.around(line, 4, 0)))),
    rule("hook-setup-run", "install-hook", H,
        "subprocess system popen urlopen requests exec run check_call check_output eval urlretrieve urllib",
        r"\b(?:subprocess\.\w+|os\.(?:system|popen|exec\w+)|urllib\.request\.\w+|requests\.\w+|exec|eval|urlopen"
        r"|Popen)\s*\(",
        f"{_HOOK} when the package is built or installed", where="manifest", languages="python", unless=r"git[\"']?,?\s*[\"']?(?:describe|rev-parse)|open\("),
    rule("hook-cargo", "install-hook", H, "build links", r"^\s*build\s*=\s*[\"'][\w/.-]+\.rs[\"']", f"{_HOOK} whenever the crate is built", where="manifest", languages="toml"),
    rule("hook-build-rs", "install-hook", H, "command process reqwest ureq tcpstream curl", r"\bCommand::new\s*\(|std::process|reqwest::|ureq::|TcpStream", f"{_HOOK} whenever the crate is built", where="-prose -test", languages="rust", check=lambda file, line, found: file.path.endswith("build.rs")),
    rule("hook-composer", "install-hook", H, "post pre install update autoload create root package cmd event",
        r"[\"'](?:post|pre)-(?:install|update|autoload|create-project|root-package-install|package|status|archive"
        r"|dependencies)-?[\w-]{0,20}[\"']\s*:",
        f"{_HOOK} when packages are installed", where="manifest", languages="json"),
    rule("hook-editor", "install-hook", H,
        "runon folderopen postcreatecommand poststartcommand oncreatecommand initializecommand "
        "updatecontentcommand postattachcommand onboot init before tasks onopen sessionstart automatictasks",
        r"[\"']?runOn[\"']?\s*:\s*[\"']folderOpen|[\"'](?:postCreate|postStart|onCreate|initialize|updateContent"
        r"|postAttach)Command[\"']\s*:|task\.allowAutomaticTasks[\"']\s*:\s*[\"']on|^\s*onBoot\s*=",
        f"{_HOOK} when the folder is opened or the container starts", where="-prose -test"),
    rule("hook-gitpod", "install-hook", H,
        "init before command prebuild", r"^\s*(?:-\s+)?(?:init|before|command|prebuild)\s*:\s*\S", f"{_HOOK} when the workspace starts", where="-prose", languages="yaml", check=lambda file, line, found: bool(re.search(r"(?:^|/)\.gitpod\.ya?ml\Z", file.path))),
    rule("hook-git", "install-hook", H,
        "hookspath fsmonitor sshcommand smudge clean textconv filter process templatedir hooks editor pager alias "
        "credential core gitproxy githooks",
        r"core\.hooksPath\b|\bhooksPath\s*=|\b(?:core\.)?fsmonitor[\s=]+(?!true|false)[\"']?\S"
        r"|(?:core\.)?sshCommand\s*[= ]\s*\S|\bfilter\.[\w-]+\.(?:smudge|clean|process)\b"
        r"|^\s*(?:smudge|clean|textconv)\s*=|init\.templateDir\b"
        r"|\b(?:cp|ln|install|mv|cat|tee|echo|printf)\b[^\n]{0,160}\.git/hooks/|>\s*[\"']?\.git/hooks/"
        r"|credential\.helper\s+[\"']?!|\bgit\s+config\b[^\n]{0,60}alias\.\w+\s+[\"']!|[\w*.]+\s+filter=(?!lfs\b)\w+",
        f"{_HOOK} when git is used in this tree", where="-prose -test", unless=r"/dev/null|pre-commit install|git-lfs|filter\.lfs|lfs\.", check=lambda file, line, found: not re.match(r"\s*(?:smudge|clean|textconv)", found[0]) or "git" in file.path),
    rule("hook-login", "install-hook", H,
        "bashrc zshrc profile crontab cron systemctl systemd autostart launchagents launchctl launchdaemons "
        "ld_preload node_options bash_env prompt_command pythonpath schtasks runonce currentversion etc rc "
        "perl5opt rubyopt java_tool_options pam onlogon startup reboot tee dyld_insert_libraries zshenv "
        "fish zprofile preload",
         r">>?\s*[\"']?(?:~|\$\{?HOME\}?|/root|/home/\S{1,30}|/etc)/\.?(?:bashrc|zshrc|profile|bash_profile|zprofile"
         r"|zshenv|config/fish/config\.fish|bash\.bashrc|profile\.d/|cron\S{0,20}|rc\.local|ld\.so\.preload"
         r"|environment|config/autostart/|init\.d/|sudoers\S{0,20})"
         r"|\btee\s+(?:-a\s+)?(?:~|\$HOME|/etc)/\.?(?:bashrc|zshrc|profile|cron\S{0,20}|ld\.so\.preload"
         r"|systemd/system|sudoers)|\|\s*crontab\s+-|\bcrontab\s++(?!-[lr])\S|\bsystemctl\s+(?:--user\s+)?enable\b"
         r"|\blaunchctl\s+(?:load|bootstrap)|Library/Launch(?:Agents|Daemons)"
         r"|\b(?:LD_PRELOAD|DYLD_INSERT_LIBRARIES|BASH_ENV|PROMPT_COMMAND|PERL5OPT|RUBYOPT"
         r"|JAVA_TOOL_OPTIONS)\s*=\s*[\"']?\S|NODE_OPTIONS[\"']?\s*[:=]\s*[\"']?[^\n\"']{0,60}(?:--require|-r"
         r"|--import)\s|schtasks\s+/create|CurrentVersion\\\\?Run(?:Once)?\b|@reboot\s"
         r"|[\"']?autostart[\"']?\s*[:=]\s*true",
         f"{_HOOK} at every login, start or program start", where="-prose -test -example", languages=_SHELLS + " ini python javascript go ruby rust terraform", unless=
             r"PATH=|export PATH|completion|jemalloc|tcmalloc|libfaketime|libasan|pam_|nvm|pyenv|-Xmx|-XX|nodesource"
             r"|dd-trace|opentelemetry|newrelic|ts-node|elastic-apm"),
    rule("hook-ruby", "install-hook", H, "extensions extconf post_install post_integrate pre_install prepare_command script_phase",
        r"\.extensions\s*(?:=|<<)|^\s*(?:post_install|post_integrate|pre_install)\s+do\b|\.prepare_command\s*="
        r"|\.script_phase\s*[=s]|Gem\.(?:post|pre)_install",
        f"{_HOOK} when the package is installed", where="-prose -test", languages="ruby", unless=r"rake-compiler"),
    rule("hook-build", "install-hook", H,
        "exec beforetargets aftertargets preb uild initialtargets prebuildevent postbuildevent gyp "
        "execute_process exec-maven-plugin antrun dofirst dolast shellhook phase gmaven compile action deps",
         r"<Exec\s+[^>\n]{0,40}Command\s*=|<(?:PreBuildEvent|PostBuildEvent)>|InitialTargets\s*=\s*\"|<!@?\("
         r"|<artifactId>(?:exec-maven-plugin|maven-antrun-plugin|gmaven(?:plus)?-plugin)|^\s*shellHook\s*="
         r"|\bexecute_process\s*\(\s*(?:COMMAND)?|[\"']actions[\"']\s*:\s*\[\s*\{?[^\n]{0,60}[\"']action[\"']"
         r"|\b(?:\[\"\w+\"\]|providers\.)exec\s*\{|[\"'](?:deps\.get|compile)[\"']?\s*:\s*\[[^\n]{0,80}cmd",
         f"{_HOOK} when the project is built", where="-prose -test -example", languages="markup make nix python groovy kotlin elixir json", check=lambda file, line, found: "<!" not in found[0] or file.path.endswith((".gyp", ".gypi"))),
    rule("hook-gradle", "install-hook", H, "register+exec type+exec create+exec exec+task",
         r"\b(?:register|create)\s*(?:<Exec>)?\s*\(\s*[\"']\w{1,40}[\"']\s*(?:,\s*Exec\b|\)\s*\{)?|\btask\s+\w{1,40}\s*\(\s*type\s*:\s*Exec",
         f"{_HOOK} when the project is built", where="-prose -test -example", languages="groovy kotlin",
         check=lambda file, line, found: bool(re.search(r"\bExec\b", line.code)) and any(_BUILDS_WITH.search(each.code) for each in file.lines if each.kind == "+")),
    rule("hook-envrc", "install-hook", H, "hooks enter postinstall preinstall shell cd", r"^\s*\[hooks\]|^\s*(?:enter|cd|postinstall|preinstall)\s*=", f"{_HOOK} when the folder is entered", where="-prose", languages="toml", check=lambda file, line, found: bool(re.search(r"(?:^|/)\.?mise(?:\.\w+)?\.toml\Z", file.path))),
    rule("hook-container", "install-hook", H,
        "poststart command docker entrypoint-initdb helm hook poststop startupprobe initdb onbuild etc",
        r"^\s*postStart\s*:|^\s*ONBUILD\s+(?:RUN|ADD|COPY)|docker-entrypoint-initdb\.d"
        r"|/etc/(?:init\.d|cont-init\.d|s6-overlay|my_init\.d)/"
        r"|[\"']?helm\.sh/hook[\"']?\s*:\s*[\"']?(?:pre|post)-(?:install|upgrade)",
        f"{_HOOK} when the container starts", where="-prose -test -example"),
    rule("hook-preload", "install-hook", H,
        "import exec os subprocess urllib base64 eval", r"^\s*import\s+\w|exec\s*\(|eval\s*\(", f"{_HOOK} at every start of the interpreter", where="", check=lambda file, line, found: bool(re.search(r"\.pth\Z|(?:^|/)(?:sitecustomize|usercustomize)\.py\Z", file.path)), on="text"),
)  # fmt: skip

_HOOK_FILES: Final = re.compile(
    r"(?:^|/)\.(?:githooks|husky|hooks)/(?:_/)?(?:post-checkout|post-merge|post-commit|pre-push|post-rewrite"
    r"|prepare-commit-msg|pre-commit|commit-msg|post-receive|post-update|pre-receive|update|pre-rebase"
    r"|pre-merge-commit)\Z|(?:^|/)(?:git-?)?hooks/(?:post-checkout|post-merge|pre-push|post-commit|pre-commit"
    r"|post-rewrite)\Z|(?:^|/)\.envrc\Z|(?:^|/)(?:sitecustomize|usercustomize)\.py\Z|\.pth\Z"
    r"|(?:^|/)tools/(?:install|init)\.ps1\Z|(?:^|/)extconf\.rb\Z|(?:^|/)build\.rs\Z"
    r"|(?:^|/)debian/(?:[\w.-]+\.)?(?:post|pre)(?:inst|rm)\Z|(?:^|/)(?:etc/)?profile\.d/"
    r"|(?:^|/)cron\.(?:d|daily|hourly|weekly)/|\.plist\Z(?<=LaunchAgents)|(?:^|/)docker-entrypoint-initdb\.d/"
    r"|(?:^|/)\.devcontainer/.*\.sh\Z|(?:^|/)binding\.gyp\Z|(?:^|/)gradle/init\.d/"
    r"|(?:^|/)\.mvn/(?:extensions\.xml|jvm\.config)\Z"
)
_ORDINARY: Final = re.compile(
    r"lint-staged|pre-commit\b|lint|format|test|commitlint|tsc|husky\.sh|cargo fmt|clippy|prettier|mise|nvm"
    r"|use (?:flake|nix|node)|layout |dotenv|PATH_add|git lfs|typecheck|check|watch_file|source_up|source_env|biome"
    r"|gitleaks", re.IGNORECASE)


def hooks(file: Subject, news: News) -> Iterator[Hit]:
    """Hits on files that run by themselves because of their place."""
    if file.gone or file.facets.test or not file.added or not _HOOK_FILES.search(file.path):
        return
    first = next((line for line in file.added if line.text.strip() and not line.text.startswith("#!") and not _ORDINARY.search(line.text) and line.code.strip()), None)
    if first is not None and (file.new or not other_side(file, first) or not _ORDINARY.search("".join(x.text for x in file.added))):
        quiet = bool(re.search(r"(?:pre-commit|commit-msg|pre-push|\.envrc|prepare-commit-msg|build\.rs|extconf\.rb)\Z", file.path))
        yield hit("hook-file", "install-hook", Severity.HIGH if not quiet or file.new else Severity.MEDIUM, first, f"{_HOOK} when people work in this tree or install it")

