"""Rules on what a project takes in: dependencies that look like others, or that come from elsewhere.

What must stay true: a bump of a version, a member of the workspace and a name that many depend on are no finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files as resources
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import H, News, other_side, rule

_ELSEWHERE: Final = "takes a dependency from another place than the registry: nobody else sees what is served there"
_SHELLS: Final = "shell yaml docker make groovy toml json powershell batch"

RULES: Final = (
    rule("dep-index", "dep-suspicious", H,
        "index registry extra find links trusted source sources repository repositories channels feed "
        "packagesources add npm_config_registry uv_index_url pip_index_url pip_extra_index_url goproxy "
        "gonosumcheck gonosumdb goflags goinsecure goprivate gosumdb replace mirror maven rubygems "
        "mavenrepository alwaysauth npmregistryserver registries type+vcs type+git type+package "
        "type+composer dependency_links resolvers goflag uri http+url url+https extra+index",
         r"--(?:extra-)?index-url[ =]|--find-links[ =](?!\.|/|file)"
         r"|(?:PIP|UV)_(?:EXTRA_)?INDEX(?:_URL)?[\"']?\s*[=:]|^\s*(?:extra-)?index-url\s*="
         r"|--registry[ =][\"']?https?://(?!registry\.npmjs\.org|registry\.yarnpkg\.com|npm\.pkg\.github\.com)"
         r"|^\s*(?:@[\w-]+:)?registry\s*=\s*[\"']?https?://(?!registry\.npmjs\.org|registry\.yarnpkg\.com"
         r"|npm\.pkg\.github\.com)|npm\s+config\s+set\s+[\"']?(?:@[\w-]+:)?registry\s+|npmRegistryServer\s*:"
         r"|NPM_CONFIG_REGISTRY[\"']?\s*[=:]|--source\s+[\"']?https?://(?!api\.nuget\.org)"
         r"|dotnet\s+nuget\s+add\s+source|<add\s+key=\"[^\"]{1,60}\"\s+value=\"https?://(?!api\.nuget\.org)"
         r"|\bGOPROXY[\"']?\s*[=:]\s*[\"']?(?!direct|off|https://proxy\.golang\.org)\S"
         r"|\b(?:GONOSUMCHECK|GONOSUMDB|GOINSECURE)[\"']?\s*[=:]|GOSUMDB[\"']?\s*[=:]\s*[\"']?off"
         r"|GOFLAGS[^\n]{0,40}-insecure|^\s*source\s*\(?\s*[\"']https?://(?!rubygems\.org)"
         r"|\bgem\s+(?:sources?\s+(?:-a|--add)|install[^\n]{0,80}--source)|^\s*replace-with\s*=|^\s*\[source\."
         r"|^\s*\[\[?tool\.(?:poetry\.source|uv\.index|pdm\.source|pip\.source)\]|^\s*\[\[source\]\]"
         r"|\bmaven\s*\{\s*(?:url|setUrl)|maven\s*\(\s*[\"']https?://"
         r"|\burl\s*=?\s*(?:uri\s*\()?\s*[\"']https?://[^\n]{3,120}(?:maven|repo|nexus|artifactory)"
         r"|<url>https?://(?!repo\.maven\.apache\.org|repo1\.maven\.org|github\.com|www\."
         r"|opensource)[^<]{3,160}(?:maven|repo|nexus|artifactory|m2)[^<]{0,60}</url>"
         r"|\"type\"\s*:\s*\"(?:vcs|git|package|composer)\"|conda\s+config\s+--add\s+channels"
         r"|\bdependency_links\s*=|^\s*index\s*=\s*\"(?:https?|sparse|ssh)|\bresolvers\s*\+?\+?=",
         _ELSEWHERE, where="-prose -test -lock -example", languages=_SHELLS + " ini markup groovy kotlin ruby scala", unless=
             r"pkg\.dev|download\.pytorch\.org|pypi\.org/simple|https://rubygems\.org|rubygems\.pkg|registry-url"
             r"|plugins\.gradle\.org|google\(\)|mavenCentral|files\.pythonhosted|conda-forge"
             r"|jitpack\.io\"\)\s*//\s*existing|services\.gradle\.org",
         check=lambda file, line, found: ('"type"' not in found[0] or file.path.endswith("composer.json")) and (not ("[source." in found[0] or "[[source" in found[0]) or file.facets.manifest or "config" in file.path), key="value"),
    rule("dep-address", "dep-suspicious", H,
        "pip pip3 uv npm yarn pnpm bun go gem cargo install add pipx poetry get npx composer luarocks brew dotnet "
        "easy_install",
         r"\b(?:pip3?|uv(?:\s+pip)?|pipx|poetry|pdm)\s+(?:install|add"
         r"|run)\b[^\n;&|]{0,160}?(?:git\+(?:https?|ssh|git)"
         r"|https?://(?!download\.pytorch\.org)\S{3,200}?(?:\.(?:zip|whl|tar\.gz|tgz|git)|/archive/))"
         r"|\b(?:npm|yarn|pnpm|bun|npx)\s+(?:install|i|add|dlx|exec|-y)?\b[^\n;&|]{0,120}?(?:git\+(?:https?|ssh)"
         r"|https?://\S{3,200}?(?:\.tgz|\.git|/tarball)|\bgithub:\w"
         r"|(?<=\s)[\w.-]{2,39}/[\w.-]{2,60}(?=#|\s|$)(?<!\.js)(?<!\.json))|\bgem\s+install\b[^\n]{0,100}https?://"
         r"|\bcargo\s+install\b[^\n]{0,60}--git|\bgem\s+['\"][\w-]+['\"][^\n]{0,120}(?:git|github)\s*(?:=>|:)",
         _ELSEWHERE, where="-prose -test", languages=_SHELLS + " ruby", unless=
             r"@[\w-]+/|\bnpm\s+(?:run|ci|test|publish)|--prefix|-w\s|--workspace|\./"
             r"|pip\s+install\s+(?:-e\s+)?\.(?:\s|$)"),
)  # fmt: skip

# How each kind of manifest names a dependency: name, then what it is taken from.
_NPM: Final = re.compile(r"^\s*[\"'](@?[\w./~-]{1,120})[\"']\s*:\s*[\"']([^\"'\n]{1,300})[\"']")
_REQUIREMENT: Final = re.compile(
    r"^\s*(?:-e\s+|--editable[ =])?([A-Za-z0-9][\w.-]{0,80})?(?:\[[^\]\n]{0,80}\])?\s*(@\s*\S{1,300}"
    r"|(?:git|hg|svn|bzr)\+\S{1,300}|https?://\S{1,300}|[=<>!~;\s#].{0,200}|,.{0,200})?$")
_INDEX: Final = re.compile(
    r"^\s*(?:--(?:extra-)?index-url|-i|--find-links|-f)[ =]+[\"']?(?:https?|git\+\w+|ftp)://(?!(?:pypi|test\.pypi|upload\.pypi)\.org/"
    r"|download\.pytorch\.org|data\.pyg\.org|files\.pythonhosted\.org)")
_QUOTED: Final = re.compile(r"[\"']([A-Za-z0-9][\w.-]{1,80})(?:\[[^\]\n]{0,80}\])?\s*(@\s*[^\"'\n]{1,300}|[=<>!~;][^\"'\n]{0,200})?[\"']")
_TOML: Final = re.compile(r"^\s*[\"']?([A-Za-z0-9][\w.-]{1,80})[\"']?\s*=\s*(\"[^\"\n]{0,80}\"|\{[^\n]{0,400}|\[)")
_PACKAGES_KEY: Final = re.compile(
    r"(?:^|[\"'\[.\s])(?:dependencies|devDependencies|dev-dependencies|build-dependencies|peerDependencies"
    r"|optionalDependencies|optional-dependencies|packages|dev-packages|require|require-dev|overrides|resolutions"
    r"|bundledDependencies|requires|install_requires|extras_require|tests_require|setup_requires|dependency-groups"
    r"|workspace\.dependencies|target\.[^\]\n]{1,80}\.dependencies|patch(?:\.[\w-]+)?|catalog)\b", re.IGNORECASE)
_OTHER_KEY: Final = re.compile(
    r"^\s*[\"']?(?:scripts|engines|config|homepage|files|exports|repository|author|keywords|browserslist|jest"
    r"|eslintConfig|contributors|bugs|bin|main|module|types|typesVersions|publishConfig|workspaces|funding|imports"
    r"|packageManager|volta|directories|license|name|version|description|private|autoload|autoload-dev|extra"
    r"|features|profile|lib|package|tool\.(?!poetry|uv|pdm)\S+|project\.(?:scripts|urls|entry-points)|lints\S*"
    r"|badges)\b[\"']?\s*[\]:=]")
_VCS: Final = re.compile(
    r"^(?:@\s*)?(?:git(?:\+\w{2,5})?:|git\+|hg\+|svn\+|ssh:|https?:|github:|gitlab:|bitbucket:|gist:)"
    r"|^[\w.-]{1,39}/[\w.-]{1,60}(?:#\S{1,80})?$|^npm:(?!@?[\w./-]+@)", re.IGNORECASE)
_TOML_VCS: Final = re.compile(
    r"\b(?:git|url|hg|svn|registry|index|tag_url)\s*=\s*\"(?:https?|ssh|git|git@|file:|sparse)[^\"\n]{2,300}\""
    r"|\bgit\s*=\s*\"")
_GO: Final = re.compile(r"^\s*(?:require\s+)?([a-z0-9][\w.-]{1,60}\.[a-z]{2,10}/[\w./~-]{1,150})\s+v\d")
_GO_REPLACE: Final = re.compile(r"^\s*(?:replace\s+)?[\w./~-]{3,150}(?:\s+v\S{1,60})?\s*=>\s*+(?!\.{0,2}/)([\w./~-]{3,150})\s+v")
_GEM: Final = re.compile(r"^\s*(?:gem|\w+\.add_(?:development_|runtime_)?dependency)\s*\(?\s*[\"']([\w./-]{1,80})[\"'](.{0,300})")
_XML: Final = re.compile(
    r"<PackageReference\s+(?:Include|Update)\s*=\s*\"([\w.-]{1,100})\"|<groupId>\s*([\w.-]{1,100})\s*</groupId>"
    r"|<PackageVersion\s+Include\s*=\s*\"([\w.-]{1,100})\"|<package\s+id\s*=\s*\"([\w.-]{1,100})\"")
_GRADLE: Final = re.compile(
    r"(?:implementation|api|compileOnly|runtimeOnly|testImplementation|kapt|annotationProcessor|classpath"
    r"|ksp)\s*\(?\s*[\"']([\w.-]{1,100}):([\w.-]{1,100}):")
_MIX: Final = re.compile(r"^\s*\{:(\w{1,60}),\s*(.{0,300})")
_PUB: Final = re.compile(r"^\s{2}([a-z][a-z0-9_]{1,60}):\s*(\^?[\d.>=<\" any]{1,40}|\s*)$")
_SWIFT: Final = re.compile(r"\.package\s*\([^\n]{0,60}url\s*:\s*\"([^\"\n]{5,200})\"([^\n]{0,120})")
_INSTALL: Final = re.compile(
    r"\b(?:(pip3?|uv\s+pip|pipx|uv|poetry)\s+(?:install|add)|(npm|yarn|pnpm|bun)\s+(?:install|i|add)|(gem)\s+install"
    r"|(cargo)\s+(?:install|add)|(go)\s+(?:get|install))\s+([^\n;&|]{2,300})")
_PATHS: Final = re.compile(r"^(?:file:|link:|workspace:|portal:|catalog:|\.{1,2}/|/|\*$|latest$|\^|~|>|<|=|\d|v\d|next$|npm:@?[\w./-]+@)")


@lru_cache(maxsize=1)
def _popular() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """By registry: names that many depend on, and real names that are one slip from one of them."""
    sections: dict[str, set[str]] = {}
    section = ""
    for line in resources("reviewer.risk").joinpath("popular.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif section:
            sections.setdefault(section, set()).update(line.split())
    return {name: (frozenset(found), frozenset(sections.get(f"{name} near", set()))) for name, found in sections.items() if " " not in name}


@lru_cache(maxsize=4096)
def look_alike(name: str, registry: str) -> str:
    """The name that many depend on and that this one is a slip away from; empty where it is none."""
    known, near = _popular().get(registry, (frozenset(), frozenset()))
    name = name.lower()
    plain = name.replace("_", "-").replace(".", "-") if registry == "pypi" else name
    if name in known or plain in known or name in near or plain in near or len(name) < 4:
        return ""
    for other in _slips(plain):
        if other in known and len(other) >= 5:
            return other
    flat = re.sub(r"[-_.]", "", plain)
    if len(flat) > 6 and registry in ("npm", "pypi", "crates", "gems") and not plain.startswith("@"):
        return next((other for other in known if other != plain and re.sub(r"[-_.]", "", other) == flat), "")
    return ""


def _slips(name: str) -> Iterator[str]:
    """Every name that is one letter left out, put in, changed or swapped away."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789-_./"
    for at in range(len(name) + 1):
        head, tail = name[:at], name[at:]
        if tail:
            yield head + tail[1:]
            for letter in letters:
                yield head + letter + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in letters:
            yield head + letter + tail


def supply(files: Sequence[Subject], news: News) -> Iterator[tuple[Subject, Hit]]:
    """Hits on the manifests and the install commands of a change."""
    for file in files:
        if file.gone or file.facets.lock:
            continue
        if file.facets.manifest:
            yield from ((file, each) for each in _manifest(file))
        elif file.facets.language in ("docker", "shell", "yaml", "make", "groovy") and not file.facets.prose:
            yield from ((file, each) for each in _installed(file))


def _manifest(file: Subject) -> Iterator[Hit]:
    gone = {name.lower() for line in file.removed for name, _, _ in _dependencies(file, line)}
    for line in file.added:
        if line.code.strip() == "":
            continue
        if _INDEX.match(line.code) and file.path.endswith((".txt", ".in")):
            yield hit("dep-index", "dep-suspicious", Severity.HIGH, line, _ELSEWHERE)
            continue
        for name, source, registry in _dependencies(file, line):
            if source:
                if any(words_in(source) & words_in(before.text) for before in other_side(file, line)):
                    continue
                yield hit("dep-elsewhere", "dep-suspicious", Severity.HIGH, line, _ELSEWHERE, f"from {name}")
            elif name.lower() not in gone:
                other = look_alike(name, registry)
                if other:
                    yield hit("dep-look-alike", "dep-suspicious", Severity.HIGH, line, f"adds a dependency whose name is one slip from {other}", f"name {name}")
        if re.search(r"go\.(?:mod|work)\Z", file.path) and _GO_REPLACE.match(line.code) and not any(_GO_REPLACE.match(each.code) and _GO_REPLACE.match(each.code)[1] == _GO_REPLACE.match(line.code)[1] for each in file.removed):  # type: ignore[index]
            yield hit("dep-replace", "dep-suspicious", Severity.HIGH, line, "replaces a module by somebody else's")


def words_in(text: str) -> set[str]:
    """The addresses in a text, without version or branch."""
    found = re.findall(r"[\w.-]+/[\w.-]+(?=[#@\"'\s.]|$)|npm:@?[\w./-]+(?=@)", text)
    return {each.rstrip("/").removesuffix(".git") for each in found}


def _dependencies(file: Subject, line: Line) -> Iterator[tuple[str, str, str]]:
    """Name, foreign source (empty for the registry) and registry of what a line of a manifest depends on."""
    name = file.path.rsplit("/", 1)[-1].lower()
    code = line.code
    if name in ("package.json", "composer.json", "deno.json"):
        found = _NPM.match(code)
        if found and _within(file, line) and "." not in found[1][:1] and not re.match(r"\.{1,2}/|/", found[2]):
            registry = "npm" if name != "composer.json" else "packagist"
            foreign = found[2] if _VCS.match(found[2]) and not _PATHS.match(found[2]) and name != "composer.json" else ""
            alias = re.match(r"npm:(@?[\w./-]+)@", found[2])
            if alias and alias[1] != found[1]:
                foreign = found[2]
            yield found[1], foreign, registry
    elif name.endswith((".txt", ".in")):
        found = _REQUIREMENT.match(code)
        if (found and (found[1] or found[2]) and not code.lstrip().startswith("-")) or re.match(r"\s*(?:-e|--editable)\s+(?:git|https?)", code):
            tail = (found[2] or "").strip() if found else code
            yield (found[1] or tail) if found else code, tail if re.match(r"@|(?:git|hg|svn|bzr)\+|https?:", tail) or code.lstrip().startswith("-e") else "", "pypi"
    elif name in ("pyproject.toml", "pipfile", "setup.py", "setup.cfg", "uv.toml"):
        yield from _python(file, line, name)
    elif name in ("cargo.toml",):
        found = _TOML.match(code)
        if found and _within(file, line):
            yield found[1], found[2] if _TOML_VCS.search(found[2]) else "", "crates"
        elif re.match(r"\s*git\s*=\s*\"", code) and any("dependencies" in x.text or "patch" in x.text for x in [*file.around(line, 6, 0)]):
            yield code, code, "crates"
    elif name in ("go.mod", "go.work"):
        found = _GO.match(code)
        if found and "=>" not in code:
            yield re.sub(r"/v\d+\Z", "", found[1]), "", "go"
    elif name == "gemfile" or name.endswith(".gemspec"):
        found = _GEM.match(code)
        if found:
            foreign = re.search(r"\b(?:git|github|gist|bitbucket|source)\s*(?:=>|:)\s*[\"']", found[2])
            yield found[1], found[2] if foreign else "", "gems"
    elif name == "mix.exs":
        found = _MIX.match(code)
        if found:
            yield found[1], found[2] if re.search(r"\b(?:git|github)\s*:", found[2]) else "", "hex"
    elif name == "pubspec.yaml":
        found = _PUB.match(code)
        if found and any(re.match(r"(?:dev_)?dependenc", x.text) for x in file.around(line, 20, 0)):
            yield found[1], "", "pub"
        elif re.match(r"\s+(?:git|url)\s*:\s*\S", code):
            yield code, code, "pub"
    elif name == "podfile" and re.search(r":(?:git|podspec|http)\s*=>", code):
        yield code, code, "pods"
    elif name == "package.swift":
        found = _SWIFT.search(code)
        if found and re.search(r"branch\s*:|revision\s*:|http:", found[0]):
            yield found[1], found[1], "swift"
    else:
        for xml in _XML.finditer(code):
            group = next(g for g in xml.groups() if g)
            yield group, "", "maven" if xml[2] else "nuget"
        gradle = _GRADLE.search(code)
        if gradle:
            yield gradle[1], "", "maven"


def _python(file: Subject, line: Line, name: str) -> Iterator[tuple[str, str, str]]:
    code = line.code
    pair = _TOML.match(code)
    if pair and _within(file, line) and not pair[2].startswith("["):
        if pair[1] not in ("python", "requires-python"):
            yield pair[1], pair[2] if _TOML_VCS.search(pair[2]) else "", "pypi"
        return
    if name == "pyproject.toml" and re.match(r"\s*[\w.-]+\s*=\s*\{[^\n]{0,200}\b(?:git|url)\s*=\s*\"", code):
        yield code.split("=")[0].strip(), code, "pypi"
        return
    if _within(file, line) or re.search(r"(?:requires|dependencies)\s*=\s*\[", code):
        for found in _QUOTED.finditer(code):
            yield found[1], found[2] if found[2] and found[2].startswith("@") else "", "pypi"
    elif name == "setup.cfg" and re.match(r"\s+[A-Za-z]", code):
        found2 = _REQUIREMENT.match(code)
        if found2 and found2[1] and any("install_requires" in x.text for x in file.around(line, 15, 0)):
            yield found2[1], "", "pypi"


def _within(file: Subject, line: Line) -> bool:
    """Whether a line stands under a heading for dependencies; where no heading is seen, the hunk's shape decides."""
    for at in range(line.at, max(-1, line.at - 120), -1):
        above = file.lines[at]
        if above.hunk != line.hunk:
            break
        if above.kind == "-" or above.at == line.at:
            continue
        if _PACKAGES_KEY.search(above.text) and (above.indent < line.indent or above.text.lstrip().startswith("[")):
            return True
        if (_OTHER_KEY.match(above.text) and above.indent < line.indent) or (above.text.startswith("[") and "dependenc" not in above.text and "packages" not in above.text):
            return False
    head = file.heads[line.hunk] if line.hunk < len(file.heads) else ""
    if _PACKAGES_KEY.search(head):
        return True
    value = re.search(
        r"[:=]\s*(?:[\"'][\^~>=<]?\d|\{|[\"'](?:git|github:"
        r"|https?:[^\"'\n]{3,200}(?:\.tgz|\.git|tarball|\.tar\.gz)))",
        line.text) or re.match(r"\s*[\"'][A-Za-z0-9][\w.-]+(?:\[[\w,]+\])?\s*[=<>~!]=?\s*\d", line.text)
    return (bool(value) and line.indent > 0 and not _OTHER_KEY.match(line.text)) or bool(value and file.path.endswith(".toml") and not _OTHER_KEY.match(line.text) and "{" in line.text and re.search(r"\bgit\s*=|version\s*=", line.text))


_REGISTRY: Final = ("pypi", "npm", "gems", "crates", "go")


def _installed(file: Subject) -> Iterator[Hit]:
    gone = {word for line in file.removed for word in line.code.split()}
    for line in file.added:
        if "install" not in line.code and " add " not in line.code and " get " not in line.code and " i " not in line.code:
            continue
        found = _INSTALL.search(line.code)
        if not found:
            continue
        registry = next(name for name, group in zip(_REGISTRY, found.groups()[:5], strict=True) if group)
        for word in found[6].split():
            name = re.split(r"[=<>~!\[;]|(?<!^)@", word.strip("\"'"))[0]
            if word in gone or not re.fullmatch(r"@?[A-Za-z0-9][\w./-]{2,100}", name) or word.startswith("-"):
                continue
            other = look_alike(name, registry)
            if other:
                yield hit("dep-look-alike", "dep-suspicious", Severity.HIGH, line, f"installs a package whose name is one slip from {other}", f"name {name}")
