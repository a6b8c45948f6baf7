"""Rules on files as wholes: links that lead out, executable bits, submodules, and what nobody can read.

What must stay true: these need no line to be read, so they hold for files of any size and kind.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from reviewer.model.diff import MODE_EXECUTABLE, MODE_SUBMODULE, MODE_SYMLINK, FileStatus
from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import News

_PROGRAM: Final = re.compile(
    r"\.(?:exe|dll|so(?:\.[\d.]+)?|dylib|a|o|obj|lib|ko|sys|jar|war|ear|aar|class|dex|pyc|pyo|pyd|wasm|beam|elc|node"
    r"|com|scr|msi|efi|rom|hex"
    r"|zip|tar|tgz|gz|bz2|xz|zst|7z|rar|lz4|cab|iso|dmg|pkg|img|whl|egg|deb|rpm|apk|ipa|appimage|crate|gem|nupkg"
    r"|vsix|xpi|crx|phar|snap"
    r"|pkl|pickle|joblib|npy|npz|docm|xlsm|xlam|pptm|swf|lnk)\Z",
    re.IGNORECASE,
)
_MEDIA: Final = re.compile(
    r"\.(?:png|jpe?g|gif|webp|ico|icns|cur|bmp|svgz?|tiff?|avif|heic|jxl|tga|dds|hdr|exr|ktx2?|woff2?|ttf|otf|eot"
    r"|mp[34]|m4[av]|wav|ogg|oga"
    r"|webm|mov|avi|mkv|flac|aac|opus|mid|pdf|psd|ai|eps|sketch|fig|xcf|blend|glb|gltf|fbx|docx?|xlsx?|pptx?|odt|ods"
    r"|mo|po|pot|strings|nib"
    r"|txt|md|csv|tsv|json|ya?ml|xml|html?|css|snap|svg|key|p12|pfx|jks|keystore|cer|crt|der|gpg|sig|asc|parquet"
    r"|avro|arrow|orc|feather)\Z",
    re.IGNORECASE,
)
_DATA: Final = re.compile(
    r"\.(?:md|mdx|txt|rst|adoc|json[c5]?|ya?ml|toml|ini|cfg|conf|csv|tsv|xml|html?|css|scss|less|lock|svg|png|jpe?g"
    r"|gif|webp|ico|pdf|properties"
    r"|env|sql|proto|graphql|snap|po|woff2?|ttf|otf|mp[34]|wav|tf|tfvars|hcl|plist|gitignore|dockerignore"
    r"|editorconfig|pem|crt|key|docx?|xlsx?"
    r"|ts|tsx|mts|jsx|vue|svelte|go|rs|java|kt|kts|scala|c|cc|cpp|h|hpp|cs|swift|dart|m|ipynb|map|rules|service"
    r"|patch|diff)\Z"
    r"|(?:^|/)(?:LICEN[SC]E|COPYING|README|NOTICE|CHANGELOG|AUTHORS|CODEOWNERS|Dockerfile|Makefile|Gemfile|Procfile"
    r"|\.env|\.gitignore|\.gitattributes)\Z",
    re.IGNORECASE,
)
_LIBRARY: Final = re.compile(
    r"(?:^|/)(?:lib|libs|src|app|pkg|packages|core|models|internal|modules|components)/.*\.(?:py|js|mjs|cjs|rb|php"
    r"|pl|lua)\Z")
_COMMANDS: Final = re.compile(
    r"(?:^|/)(?:s?bin|scripts?|tools?|hack|ci|\.ci|cli|cmd|commands|util[s]?|build|dev|contrib|examples?|tests?"
    r"|\.github|hooks|\.husky|\.githooks)/"
    r"|(?:^|/)(?:manage|setup|main|__main__|run|cli|configure|console|artisan|wsgi|server|start|index|build|deploy"
    r"|install)\.\w+\Z"
)
_BUNDLE: Final = re.compile(r"[.-]min\.(?:m?js|css)\Z|[.-]bundle\.m?js\Z|(?:^|/)(?:bundle|chunk[.-][\w.-]{1,60})\.m?js\Z")
_SCRIPT: Final = re.compile(r"\.(?:m?js|cjs|css|php|py|lua)\Z")
_PUNCTUATION: Final = re.compile(r"[;{}(),=:!&|?\[\]]")
_SUBMODULE_KEY: Final = re.compile(r"\s*(url|update|branch|fetchRecurseSubmodules)\s*=\s*(.*)")


def structure(file: Subject, news: News) -> Iterator[Hit]:
    """Hits on the file's type, mode and place."""
    change = file.diff.change
    if change.new_mode == MODE_SUBMODULE or change.old_mode == MODE_SUBMODULE or file.path.endswith(".gitmodules"):
        yield from _submodule(file)
    if file.gone:
        return
    if change.new_mode == MODE_SYMLINK:
        yield from _symlink(file)
        return
    yield from _executable(file)
    yield from _opaque(file)


def _symlink(file: Subject) -> Iterator[Hit]:
    for line in file.added:
        target = line.text.strip()
        place = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), target.replace("\\", "/")))
        outside = target.startswith(("/", "~", "\\")) or re.match(r"[A-Za-z]:[\\/]", target) or place.split("/")[0] == ".."
        if outside or ".git" in place.split("/"):
            message = "links to a place outside the tree, or into the git folder: whoever reads or writes here follows it"
            yield hit("symlink", "symlink", Severity.HIGH, line, message)


def _executable(file: Subject) -> Iterator[Hit]:
    change = file.diff.change
    if change.new_mode != MODE_EXECUTABLE or change.old_mode == MODE_EXECUTABLE or (file.diff.binary and not _DATA.search(file.path)):
        return
    if any(line.number == 1 and line.text.startswith("#!") for line in file.lines if line.kind != "-"):
        return
    if _DATA.search(file.path) or (_LIBRARY.search(file.path) and not _COMMANDS.search(file.path)):
        message = "makes a data, document or library file executable: it can be run by name"
        yield hit("exec-bit", "exec-bit", Severity.MEDIUM, None, message)


def _submodule(file: Subject) -> Iterator[Hit]:
    if not file.path.endswith(".gitmodules"):
        if file.added:
            message = "moves a submodule: other code comes in that this change does not show"
            yield hit("submodule-pointer", "submodule", Severity.MEDIUM, file.added[0], message)
        return
    gone = {words[1] for line in file.removed if (words := _SUBMODULE_KEY.match(line.text))}
    for line in file.added:
        found = _SUBMODULE_KEY.match(line.text)
        if not found or line.text.lstrip().startswith(("#", ";")):
            continue
        key, value = found[1], found[2].strip()
        if key == "url":
            what = "sends a submodule to another address" if "url" in gone else "brings in a submodule from this address"
            yield hit("submodule-address", "submodule", Severity.HIGH, line, f"{what}: its code is not in this change")
        elif key == "update" and value.startswith("!"):
            yield hit("submodule-command", "submodule", Severity.HIGH, line, "runs a command whenever the submodule is updated")
        elif key in ("update", "branch"):
            message = "changes what a submodule is updated to"
            yield hit("submodule-update", "submodule", Severity.MEDIUM, line, message)


def _opaque(file: Subject) -> Iterator[Hit]:
    change = file.diff.change
    if file.diff.binary:
        if _PROGRAM.search(file.path) or (change.new_mode == MODE_EXECUTABLE and not _MEDIA.search(file.path)):
            message = "brings in a program or archive that nobody can read in review"
            yield hit("opaque-program", "opaque-file", Severity.HIGH, None, message)
        elif not _MEDIA.search(file.path) and change.status is not FileStatus.COPIED:
            message = "brings in a binary file that nobody can read in review"
            yield hit("opaque-binary", "opaque-file", Severity.MEDIUM, None, message)
        return
    if _BUNDLE.search(file.path) and file.added:
        message = "brings in a minified bundle: compare it with a build from its sources"
        yield hit("opaque-bundle", "opaque-file", Severity.MEDIUM, None, message)
    elif _SCRIPT.search(file.path):
        line = next((each for each in file.added if len(each.full) > 700 and _packed(each)), None)
        if line is not None:
            message = "brings in minified code that nobody can read in review"
            yield hit("opaque-minified", "opaque-file", Severity.MEDIUM, line, message)


def _packed(line: Line) -> bool:
    """Whether a long line is code without air: many signs, few spaces, and not one long string or table of numbers."""
    text = line.text
    signs = len(_PUNCTUATION.findall(text))
    letters = sum(1 for c in text if c.isalpha())
    if signs < len(text) * 0.12 or text.count(" ") > len(text) * 0.08 or letters < len(text) * 0.35:
        return False
    return text.count(";") + text.count("{") + 2 * text.count("=>") > 8
