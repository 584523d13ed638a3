"""Groovy and Hudson by their coordinates, kept in the build cache of the state folder."""

import subprocess

from naru.edge.state_dir import StateDir

GROOVY = "org.codehaus.groovy:groovy-all:2.4.21"
HUDSON = "org.eclipse.hudson:hudson-war:3.3.2:war"


def artifact(coordinates):
    """Path of the file that Maven fetched, or had fetched before."""
    parts = coordinates.split(":")
    folder = StateDir.from_environment().cache("jenkins-test")
    path = folder / f"{parts[1]}-{parts[2]}.{parts[3] if len(parts) > 3 else 'jar'}"
    if not path.is_file():
        argv = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={coordinates}", f"-DoutputDirectory={folder}"]
        subprocess.run(argv, check=True, timeout=600, cwd=folder, capture_output=True)
    return path
