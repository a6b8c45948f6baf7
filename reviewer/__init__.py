"""reviewer: the human checkpoint between AI agents and the systems that they would change.

The map of the house, lowest floor first; imports only ever go down:

    text                                     outside text made safe to show
    model                                    frozen values that every room shares
    repo sandbox diff risk policy attest settings
    pipelines store                          doors to pipelines; SQLite
    evidence sync                            snapshot, run and scan; pull and push
    review gate                              the desk; the embedded pipeline
    tui demo wiring                          screens; the demonstration; the joints
    cli                                      one file per story
    __main__                                 the entry
"""

__version__ = "0.1.0"
