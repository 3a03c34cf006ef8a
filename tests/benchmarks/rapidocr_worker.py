"""RapidOCR as a process: run by the Python of its own environment (``make peers``).

Reads one JSON object a line from standard input: {"image": base64 of a PNG, "detect": bool}.
Writes one JSON object a line: {"texts": [...], "boxes": [[[x, y] * 4], ...], "seconds": s}.
Imports nothing of gsaocr, which is not installed there.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time

import cv2
import numpy as np
from rapidocr import RapidOCR


def main() -> None:
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else prints goes to standard error
    threads = int(sys.argv[1])
    engine = RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    for line in sys.stdin:
        request = json.loads(line)
        png = np.frombuffer(base64.b64decode(request["image"]), np.uint8)
        image = cv2.imdecode(png, cv2.IMREAD_COLOR)
        detect = request["detect"]
        begun = time.perf_counter()
        result = engine(image, use_det=detect, use_cls=detect, use_rec=True)
        seconds = time.perf_counter() - begun
        boxes = getattr(result, "boxes", None)
        reply = {
            "texts": list(result.txts or ()),
            "boxes": [] if boxes is None else np.asarray(boxes, float).tolist(),
            "seconds": seconds,
        }
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main()
