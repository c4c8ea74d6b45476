"""Writes data/cognito-idp.json and data/cognito-identity.json: the two service models, without their prose.

Run it with a botocore from PyPI installed: python shared/model/extract.py
"""

import json
from pathlib import Path

import botocore
from botocore.loaders import Loader

SERVICES = ("cognito-idp", "cognito-identity")
METADATA = ("jsonVersion", "serviceId", "targetPrefix", "uid")
# Where the model says less than the service takes: custom domains have dots.
CORRECTED = {"DomainType": {"pattern": r"^[a-z0-9](?:[a-z0-9\-\.]{0,61}[a-z0-9])?$"}}
KEPT_AS_THEY_ARE = ("type", "required", "min", "max", "pattern", "enum", "sensitive", "exception", "document")


def shape(model):
    """What a shape says about its values."""
    kept = {key: model[key] for key in KEPT_AS_THEY_ARE if key in model}
    if "members" in model:
        kept["members"] = {name: member["shape"] for name, member in sorted(model["members"].items())}
    for part in ("member", "key", "value"):
        if part in model:
            kept[part] = model[part]["shape"]
    return kept


def operation(model):
    """What an operation takes, gives and may answer instead."""
    kept = {"input": model["input"]["shape"]}
    if "output" in model:
        kept["output"] = model["output"]["shape"]
    kept["errors"] = sorted(error["shape"] for error in model["errors"])
    if model.get("authtype"):
        kept["authtype"] = model["authtype"]
    return kept


def lines(entries):
    """One line for each entry, so that a new version reads well as a diff."""
    return ",\n".join(f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in sorted(entries.items()))


def main():
    """Extracts every service."""
    for service in SERVICES:
        model = Loader().load_service_model(service, "service-2")
        metadata = {key: model["metadata"][key] for key in METADATA}
        operations = {name: operation(entry) for name, entry in model["operations"].items()}
        shapes = {name: shape(entry) | CORRECTED.get(name, {}) for name, entry in model["shapes"].items()}
        target = Path(__file__).parent / "data" / f"{service}.json"
        target.write_text(
            f'{{\n"botocore": {json.dumps(botocore.__version__)},\n"metadata": {json.dumps(metadata)},\n'
            f'"operations": {{\n{lines(operations)}\n}},\n"shapes": {{\n{lines(shapes)}\n}}\n}}\n'
        )


if __name__ == "__main__":
    main()
