"""A model of Triton's Python backend that serves the ONNX graph beside it with the onnxruntime of Python."""

import os
import sys

# The backend's own interpreter knows nothing of the environment that the packages are in.
sys.path.insert(0, os.environ["SCANSIDE_PEER_PACKAGES"])

import onnxruntime  # noqa: E402
import triton_python_backend_utils as triton  # noqa: E402


class TritonPythonModel:
    def initialize(self, args):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        path = os.path.join(args["model_repository"], args["model_version"], "model.onnx")
        self.session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )

    def answer(self, request):
        feed = {tensor.name(): tensor.as_numpy() for tensor in request.inputs()}
        names = list(request.requested_output_names())
        results = zip(names, self.session.run(names, feed))
        return triton.InferenceResponse([triton.Tensor(name, values) for name, values in results])

    def execute(self, requests):
        return [self.answer(request) for request in requests]
