# gsaocr on the CPU, weights inside; it reads and writes in the folder that is mounted, as its owner:
#   docker build -t gsaocr .
#   docker run --rm --network none --user "$(id -u):$(id -g)" -v "$PWD:/work" gsaocr transcribe scan.png
FROM python:3.11-slim-bookworm

COPY pyproject.toml hatch_build.py constraints.txt README.md LICENSE /src/
COPY gsaocr /src/gsaocr
COPY models /src/models
# PyTorch's own index has the build without CUDA, which is several times smaller.
RUN pip install --no-cache-dir --constraint /src/constraints.txt \
        --extra-index-url https://download.pytorch.org/whl/cpu "torch==2.13.0+cpu" /src \
    && rm -rf /src

WORKDIR /work
# Adapters of one's own: -v DIR:/adapters
ENV XDG_DATA_HOME=/tmp/share HOME=/tmp
ENTRYPOINT ["gsaocr"]
CMD ["--help"]
