"""What runs inside another tool's environment: reads pairs of paths, de-identifies each, answers.

Run as a file by the tool's own interpreter, so it imports nothing of this project: `python
scripts.py TOOL`, pairs
as JSON on standard input; on standard output the seconds it took and the exceptions of refused inputs.
"""

import json
import os
import sys
import time
import warnings


def kitware():
    """Kitware dicom-anonymizer, as its command does by default."""
    from dicomanonymizer.simpledicomanonymizer import anonymize_dicom_file

    return anonymize_dicom_file


def dicognito():
    """dicognito, as its command does by default."""
    import pydicom
    from dicognito.anonymizer import Anonymizer

    anonymizer = Anonymizer()

    def run(source, target):
        content = pydicom.dcmread(source, force=True)
        anonymizer.anonymize(content)
        content.save_as(target)

    return run


def idiscore():
    """idiscore with the Basic Profile and the options its documentation starts with."""
    import pydicom
    from idiscore.core import Core
    from idiscore.defaults import create_default_core

    core = create_default_core()
    assert isinstance(core, Core)

    def run(source, target):
        core.deidentify(pydicom.dcmread(source, force=True)).save_as(target)

    return run


def deid():
    """deid: the header by its default recipe; its pixel filter, which only flags, is not run."""
    from deid.config import DeidRecipe
    from deid.dicom import get_identifiers, replace_identifiers

    recipe = DeidRecipe()

    def run(source, target):
        found = get_identifiers([source])
        made = replace_identifiers(
            dicom_files=[source],
            deid=recipe,
            ids=found,
            save=False,
            strip_sequences=False,
            remove_private=True,
        )
        made[0].save_as(target)

    return run


def main():
    """De-identify every pair; an exception of any kind is a refusal of that input."""
    warnings.simplefilter("ignore")
    run = {"kitware": kitware, "dicognito": dicognito, "idiscore": idiscore, "deid": deid}[sys.argv[1]]()
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    refused = {}
    pairs = json.load(sys.stdin)
    started = time.perf_counter()
    for source, target in pairs:
        try:
            run(source, target)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever another tool raises, it refused
            refused[source] = type(error).__name__
    json.dump({"refused": refused, "seconds": time.perf_counter() - started}, answer)
    answer.close()


if __name__ == "__main__":
    main()
