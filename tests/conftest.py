"""Makes what several folders of tests share importable by its bare name: `from ground import Ground`."""
