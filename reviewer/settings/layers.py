"""Reads which files draw the line besides the target branch's own, and who must have signed them: `[[layer]]`.

What must stay true: the files and those who sign them are named by the person's or the gate's own `config.toml`, never
by a repository under review.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from reviewer.model.policy import Layer
from reviewer.settings.toml import Reader

LAYER_KEYS: Final = ("name", "file", "signers")
_BY_OTHERS: Final = (Layer.REGULATOR, Layer.ORGANISATION, Layer.PLATFORM)


@dataclass(frozen=True, slots=True)
class LayerPlace:
    """Where a layer's file lies, and the public keys of which one must have signed it; its signature is in FILE.sig."""

    layer: Layer
    file: Path
    signers: tuple[str, ...] = ()


def read_layers(reader: Reader, top: Mapping[str, Any], folder: Path) -> tuple[LayerPlace, ...]:
    """The `[[layer]]` tables of a `config.toml` that lies in `folder`."""
    found = []
    for table in reader.each(top, "layer", LAYER_KEYS):
        layer = Layer(reader.string(table, "name", "", tuple(layer.value for layer in Layer)))
        file = reader.string(table, "file", "")
        if not file or "\0" in file:
            raise reader.refuse("file", "the name of a file, from this folder on")
        signers = reader.strings(table, "signers", ())
        if not all(key.startswith("ssh-ed25519 ") for key in signers):
            raise reader.refuse("signers", 'OpenSSH public key lines that begin with "ssh-ed25519"')
        if not signers and layer in _BY_OTHERS:
            raise reader.refuse("signers" if "signers" in table else "layer", f"a list `signers` for the {layer.value}")
        found.append(LayerPlace(layer, folder / Path(file).expanduser(), signers))
    return tuple(found)
