"""A runtime of MLServer that serves an ONNX graph with the onnxruntime of Python."""

import asyncio
import os

import numpy
import onnxruntime
from mlserver import MLModel
from mlserver.types import (
    InferenceRequest,
    InferenceResponse,
    MetadataModelResponse,
    MetadataTensor,
    Parameters,
    ResponseOutput,
)


DATATYPES = {"tensor(float)": "FP32", "tensor(int64)": "INT64"}


def describe(values):
    """Inputs or outputs of the graph as the protocol tells them: -1 where a size is free."""
    shape = lambda value: [size if isinstance(size, int) else -1 for size in value.shape]
    return [
        MetadataTensor(name=v.name, datatype=DATATYPES[v.type], shape=shape(v)) for v in values
    ]


class GraphModel(MLModel):
    """Takes `delayMs`, `digest` and `declared`, another graph whose metadata it shows, from the model's settings."""

    async def load(self) -> bool:
        self.extra = self.settings.parameters.extra or {}
        self.session = self.open(self.settings.parameters.uri)
        shown = self.extra.get("declared")
        self.shown = self.open(shown) if shown else self.session
        return True

    def open(self, uri):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        folder = os.path.dirname(self.settings._source)
        path = os.path.join(folder, uri)
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    async def metadata(self) -> MetadataModelResponse:
        digest = self.extra.get("digest")
        return MetadataModelResponse(
            name=self.name,
            platform="onnxruntime",
            versions=[self.version] if self.version else [],
            inputs=describe(self.shown.get_inputs()),
            outputs=describe(self.shown.get_outputs()),
            parameters=Parameters(graph_sha256=digest) if digest else None,
        )

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        await asyncio.sleep(self.extra.get("delayMs", 0) / 1000)
        feed = {
            tensor.name: numpy.array(tensor.data.root, numpy.float32).reshape(tensor.shape)
            for tensor in payload.inputs
        }
        asked = payload.outputs or self.session.get_outputs()
        names = [output.name for output in asked]
        outputs = [
            ResponseOutput(
                name=name,
                shape=list(values.shape),
                datatype="FP32",
                data=values.ravel().tolist(),
            )
            for name, values in zip(names, self.session.run(names, feed))
        ]
        return InferenceResponse(
            model_name=self.name, model_version=self.version, outputs=outputs
        )
