"""Tells what a path is: its language, and whether it is a test, prose, an example, generated, a pipeline, a manifest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_LANGUAGE: Final = {
    ending: language
    for language, endings in {
        "python": "py pyi pyw pyx ipynb",
        "javascript": "js jsx mjs cjs ts tsx mts cts vue svelte astro",
        "shell": "sh bash zsh ksh bats envrc profile bashrc zshrc fish",
        "powershell": "ps1 psm1 psd1",
        "batch": "bat cmd",
        "yaml": "yml yaml",
        "c": "c h cc cpp hpp cxx hxx hh m mm ino cu",
        "kotlin": "kt kts",
        "elixir": "ex exs",
        "terraform": "tf hcl tfvars bicep",
        "markup": "html htm xml xhtml jsp cshtml svg plist csproj fsproj vbproj props targets pom nuspec config "
        "wxs xaml ejs hbs mustache twig jinja jinja2 j2 liquid erb haml eex heex leex storyboard entitlements tpl",
        "ini": "ini cfg conf properties editorconfig npmrc service timer env pth",
        "go": "go",
        "rust": "rs",
        "java": "java",
        "groovy": "groovy gradle",
        "ruby": "rb rake gemspec ru podspec",
        "php": "php phtml",
        "csharp": "cs csx fs vb",
        "swift": "swift",
        "scala": "scala sbt",
        "dart": "dart",
        "lua": "lua",
        "perl": "pl pm t",
        "r": "r",
        "julia": "jl",
        "haskell": "hs",
        "nix": "nix",
        "proto": "proto thrift graphql gql",
        "sql": "sql psql ddl dml",
        "css": "css scss less sass",
        "json": "json webmanifest",
        "jsonc": "jsonc json5",
        "toml": "toml",
        "make": "mk mak cmake",
    }.items()
    for ending in endings.split()
}
_NAMES: Final = {
    **dict.fromkeys(("makefile", "gnumakefile", "justfile", "cmakelists.txt", "meson.build", "build.bazel"), "make"),
    **dict.fromkeys(("gemfile", "rakefile", "podfile", "vagrantfile", "brewfile", "fastfile", "guardfile"), "ruby"),
    **dict.fromkeys(("jenkinsfile",), "groovy"),
    **dict.fromkeys((".envrc", ".bashrc", ".zshrc", ".profile", ".bash_profile", "pkgbuild", "procfile"), "shell"),
    **dict.fromkeys((".npmrc", ".pypirc", ".gitmodules", ".gitconfig", ".flake8", ".pylintrc", ".coveragerc"), "ini"),
    **dict.fromkeys((".prettierrc", ".eslintrc", ".babelrc", ".swcrc", "tsconfig.json", "jsconfig.json"), "jsonc"),
    **dict.fromkeys(("build", "workspace", "tiltfile"), "make"),
    "pipfile": "toml",
}
_PROSE: Final = re.compile(
    r"\.(?:md|mdx|rst|adoc|asciidoc|org|tex|markdown|textile|wiki)\Z"
    r"|(?:^|/)(?:[^/]*(?<!requirements)(?<!constraints))\.txt\Z"
    r"|(?:^|/)(?:CHANGELOG|CHANGES|NEWS|AUTHORS|README|CONTRIBUTING|HISTORY|NOTICE|LICEN[SC]E|COPYING)[^/.]*\Z",
    re.IGNORECASE,
)
_TEST: Final = re.compile(
    r"(?:^|/)(?:tests?|specs?|__tests__|__mocks__|testing|e2e|cypress|features|unittests?|integration[-_]?tests?"
    r"|androidTest|commonTest|test[-_]?helpers?|test[-_]?utils?|test[-_]?support|\w+_tests?|[A-Z]\w*Tests?)/"
    r"|(?:^|/)(?:test_[^/]*|conftest|tests|[^/]*_test|test[-_]helper|spec_helper|rails_helper)\.(?:py|rb|exs|go|cc"
    r"|cpp|c|js|ts|dart|lua|php|rs|sh)\Z"
    r"|[._-](?:test|tests|spec|cy|e2e|stories)\.[a-zA-Z]{1,4}\Z"
    r"|(?:Test|Tests|Spec|Specs|IT|TestCase)\.(?:java|kt|kts|cs|scala|php|swift|groovy|m|mm|fs|vb)\Z"
    r"|_spec\.(?:rb|lua)\Z"
    r"|\.(?:bats|feature|t)\Z|(?:^|/)test[^/]*\.(?:sh|bats)\Z"
    r"|(?:^|/)(?:jest|vitest|playwright|karma|cypress)[.-][^/]*(?:setup|config)[^/]*\Z"
)
_TEST_SUPPORT: Final = re.compile(
    r"(?:^|/)(?:jest|vitest|playwright|karma|cypress|mocha)[.-][^/]*config[^/]*\Z"
    r"|(?:^|/)(?:pytest\.ini|tox\.ini|phpunit\.xml(?:\.dist)?)\Z"
)
_EXAMPLE: Final = re.compile(
    r"(?:^|/)(?:fixtures?|testdata|test[-_]data|test[-_]resources|examples?|samples?|demos?|__snapshots__|docs?"
    r"|documentation"
    r"|benchmarks?|playgrounds?|tutorials?|cookbook|golden|mocks?|stubs?|fakes?)/|(?:^|/)[^/]*\.(?:example|sample"
    r"|dist|template)\Z"
    r"|(?:^|/)\.env\.(?:example|sample|template)|(?:^|/)(?:example|sample)[._-][^/]*\Z|\.(?:example|sample)\.[a-z]+\Z",
    re.IGNORECASE,
)
_PIPELINE: Final = re.compile(
    r"(?:^|/)\.(?:github|gitea|forgejo)/(?:workflows|actions)/.+\.ya?ml\Z|(?:^|/)action\.ya?ml\Z"
    r"|(?:^|/)\.gitlab(?:-ci[^/]*\.ya?ml\Z|/ci/)"
    r"|(?:^|/)[^/]*\.gitlab-ci\.ya?ml\Z|(?:^|/)Jenkinsfile[^/]*\Z|\.jenkinsfile\Z|(?:^|/)\.circleci/"
    r"|(?:^|/)azure-pipelines[^/]*\.ya?ml\Z"
    r"|(?:^|/)\.azure[^/]*/.*\.ya?ml\Z|(?:^|/)\.(?:travis|drone|appveyor|woodpecker|cirrus|semaphore)[^/]*\.ya?ml\Z"
    r"|(?:^|/)(?:appveyor|bitbucket-pipelines|buildspec|cloudbuild|buildkite|pipeline|screwdriver"
    r"|codemagic)[^/]*\.ya?ml\Z"
    r"|(?:^|/)\.(?:buildkite|tekton|woodpecker|semaphore|concourse|teamcity)/"
)
_LOCK: Final = re.compile(
    r"(?:^|/)(?:yarn\.lock|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|bun\.lockb?|deno\.lock"
    r"|Cargo\.lock|poetry\.lock"
    r"|uv\.lock|pdm\.lock|Pipfile\.lock|go\.sum|composer\.lock|Gemfile\.lock|packages\.lock\.json|Podfile\.lock"
    r"|mix\.lock|pubspec\.lock"
    r"|gradle\.lockfile|verification-metadata\.xml|flake\.lock|Package\.resolved|\.terraform\.lock\.hcl|conan\.lock"
    r"|pixi\.lock"
    r"|Cartfile\.resolved|conda-lock\.yml|gradle-wrapper\.properties|maven-wrapper\.properties|pylock\.toml"
    r"|paket\.lock)\Z"
)
_MANIFEST: Final = re.compile(
    r"(?:^|/)(?:package\.json|pyproject\.toml|setup\.(?:py|cfg)|[^/]*requirements[^/]*\.(?:txt|in)"
    r"|requirements/[^/]*\.(?:txt|in)"
    r"|[^/]*constraints[^/]*\.txt|Pipfile|Cargo\.toml|go\.mod|go\.work|Gemfile|[^/]*\.gemspec|composer\.json"
    r"|pom\.xml|build\.gradle(?:\.kts)?"
    r"|settings\.gradle(?:\.kts)?|libs\.versions\.toml|[^/]*\.(?:cs|fs|vb)proj"
    r"|Directory\.(?:Packages|Build)\.(?:props|targets)|packages\.config"
    r"|mix\.exs|pubspec\.yaml|Podfile|Package\.swift|environment\.ya?ml|conanfile\.(?:txt|py)|vcpkg\.json"
    r"|deno\.jsonc?|pnpm-workspace\.yaml"
    r"|\.npmrc|\.yarnrc(?:\.yml)?|pip\.conf|nuget\.config|bunfig\.toml|build\.sbt|stack\.yaml|[^/]*\.cabal"
    r"|rebar\.config|DESCRIPTION|Project\.toml|\.pypirc|uv\.toml)\Z",
    re.IGNORECASE,
)
_MIGRATION: Final = re.compile(
    r"(?:^|/)(?:migrations?|migrate|db/(?:changes|changelog|versions|deploy|schema)|alembic|flyway|liquibase"
    r"|changelogs?|versions|evolutions|sqitch)/"
    r"|(?:^|/)[VR]\d*[\d._]*__[^/]+\.sql\Z|\.(?:up|down)\.sql\Z"
    r"|(?:^|/)\d{8,14}[_-][^/]+\.(?:sql|rb|ts|js|php|exs|py)\Z",
    re.IGNORECASE,
)
_GENERATED: Final = re.compile(
    r"_pb2(?:_grpc)?\.pyi?\Z|\.pb(?:\.gw|\.validate)?\.(?:go|cc|h)\Z|_grpc\.pb\.go\Z"
    r"|\.(?:g|freezed|gr|mocks|config)\.dart\Z|_generated\.\w+\Z|\.generated\.\w+\Z"
    r"|(?:^|/)zz_generated[^/]*\Z|\.designer\.(?:cs|vb)\Z|\.g\.(?:cs|ts|kt)\Z"
    r"|(?:^|/)(?:generated|__generated__|gen|\.gen|codegen|autogen)/"
    r"|(?:^|/)mock_[^/]+\.go\Z|_mock\.go\Z|_gen\.go\Z|(?:^|/)wire_gen\.go\Z|\.pbjson\.\w+\Z"
    r"|(?:^|/)schema\.generated\.",
    re.IGNORECASE,
)
_VENDORED: Final = re.compile(
    r"(?:^|/)(?:vendor|vendored|_vendor|third[-_]?party|3rdparty|node_modules|Pods|externals?|bower_components"
    r"|site-packages|contrib/libs)/",
)
_DEVELOPMENT: Final = re.compile(
    r"(?:^|[/._-])(?:dev|devel|development|local|test|testing|debug|sandbox|example|sample|ci|docs?|devcontainer"
    r"|scripts?|hack)(?:[/._-]|\Z)", re.IGNORECASE
)
_PRODUCTION: Final = re.compile(r"(?:^|[/._-])(?:prod|production|live|release|staging|deploy|helm|charts)(?:[/._-]|\Z)", re.IGNORECASE)
_LOCALE: Final = re.compile(
    r"(?:^|/)(?:i18n|l10n|locali[sz]e|locales?|langs?|languages?|translations?|messages|lproj|intl)[/._-]"
    r"|\.(?:po|pot|arb|strings|xlf|ftl)\Z|(?:^|[/.])(?:values-)?[a-z]{2}(?:[-_][A-Z]{2})?\.(?:json|ya?ml"
    r"|properties)\Z")


@dataclass(frozen=True, slots=True)
class Facets:
    """What is known of a file by its path alone."""

    language: str
    prose: bool
    test: bool
    example: bool
    pipeline: bool
    lock: bool
    manifest: bool
    migration: bool
    generated: bool
    vendored: bool
    development: bool
    production: bool
    locale: bool

    @property
    def product(self) -> bool:
        """Ships: neither a test, nor prose, nor an example."""
        return not (self.test or self.prose or self.example)


@lru_cache(maxsize=4096)
def facets(path: str) -> Facets:
    """The facets of a path, as git spells it."""
    name = path.rsplit("/", 1)[-1].lower()
    suffix = name.rsplit(".", 1)[-1] if "." in name else ""
    language = _NAMES.get(name, "") or _LANGUAGE.get(suffix, "")
    if re.match(r"(?:docker|container)file", name) or suffix == "dockerfile":
        language = "docker"
    elif name.startswith(".env"):
        language = "shell"
    elif re.fullmatch(r"(?:[\w.-]*[-_.])?(?:requirements|constraints)(?:[-_.][\w.-]*)?\.(?:txt|in)", name):
        language = "ini"
    elif name.startswith("jenkinsfile"):
        language = "groovy"
    if re.search(r"(?:^|/)\.(?:githooks|husky|hooks)/[^/.]+\Z", path):
        language = "shell"
    manifest = bool(_MANIFEST.search(path))
    lock = bool(_LOCK.search(path))
    pipeline = bool(_PIPELINE.search(path))
    return Facets(
        language=language,
        prose=bool(_PROSE.search(path)) and not manifest and language != "make",
        test=bool(_TEST.search(path)) and not _TEST_SUPPORT.search(path) and not pipeline and not manifest,
        example=bool(_EXAMPLE.search(path)) and not pipeline,
        pipeline=pipeline,
        lock=lock,
        manifest=manifest and not lock,
        migration=bool(_MIGRATION.search(path)),
        generated=bool(_GENERATED.search(path)),
        vendored=bool(_VENDORED.search(path)),
        development=bool(_DEVELOPMENT.search(path)),
        production=bool(_PRODUCTION.search(path)),
        locale=bool(_LOCALE.search(path)),
    )
