"""MediaPipe's face mesh, loaded when the first picture comes."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np

from evalverse.errors import MissingExtra
from evalverse.tools.media.frame import RGB
from evalverse.tools.people.faces import KEPT, Points

HINT = 'pip install "evalverse-agent[faces]"'


class Mesh:
    """Landmarks of up to ``faces`` faces per picture. Remembers the picture before: feed pictures in order.

    Raises:
        MissingExtra: mediapipe is not installed, or is a release without the models.
    """

    def __init__(self, faces: int) -> None:
        os.environ.setdefault("GLOG_minloglevel", "2")  # its C++ side greets on stderr otherwise
        try:
            from mediapipe.python.solutions.face_mesh import FaceMesh
        except ImportError as error:
            raise MissingExtra("mediapipe 0.10.14 (face mesh)", HINT) from error
        self._mesh: Any = FaceMesh(static_image_mode=False, max_num_faces=faces, refine_landmarks=True)

    def __call__(self, picture: RGB) -> list[Points]:
        """Faces of an (H, W, 3) uint8 RGB picture, each (P, 3) float32 in picture heights, see ``faces.KEPT``."""
        with warnings.catch_warnings():  # protobuf announces an old interface of its own
            warnings.simplefilter("ignore")
            found = self._mesh.process(np.ascontiguousarray(picture)).multi_face_landmarks or []
        aspect = picture.shape[1] / picture.shape[0]
        faces = []
        for face in found:
            marks = face.landmark
            rows = [(marks[i].x * aspect, marks[i].y, marks[i].z * aspect) for i in KEPT]
            faces.append(np.array(rows, np.float32))
        return faces

    def close(self) -> None:
        self._mesh.close()
