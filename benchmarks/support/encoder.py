"""The encoder alone: its share of the time, and its speed compared with plain products of the same shapes.

It is measured from outside: every ``run`` of an ONNX Runtime session is timed, and the shapes of the int8 products are
read from the graph of the model. Nothing here depends on how newsnorm schedules its calls.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

import numpy as np
import onnxruntime
from attrs import define, field, frozen

#: Shape of the weights of a product: ``(input columns, output columns)``.
Shape = tuple[int, int]


@define
class Calls:
    """The calls of ONNX Runtime sessions: start and end, processor time of the calling threads, and inputs."""

    spans: list[tuple[float, float]] = field(factory=list)
    processor: float = 0.0
    feeds: list[dict[str, Any]] = field(factory=list)
    session: Any = None
    lock: Any = field(factory=Lock)

    def busy_seconds(self) -> float:
        """Return the seconds in which at least one call was running.

        >>> Calls(spans=[(0, 2), (1, 3), (5, 6)]).busy_seconds()
        4.0
        """
        total = end = 0.0
        for begin, stop in sorted(self.spans):
            total += max(0.0, stop - max(begin, end))
            end = max(end, stop)
        return total


@contextmanager
def record_calls() -> Iterator[Calls]:
    """Record every call of every session until the ``with`` statement ends."""
    calls = Calls()
    original = onnxruntime.InferenceSession.run

    def run(session: Any, names: Any, feed: dict[str, Any], *rest: Any, **options: Any) -> Any:
        begun, used = time.perf_counter(), time.thread_time()
        result = original(session, names, feed, *rest, **options)
        used, ended = time.thread_time() - used, time.perf_counter()
        with calls.lock:
            calls.spans.append((begun, ended))
            calls.processor += used
            calls.feeds.append(feed)
            calls.session = session
        return result

    onnxruntime.InferenceSession.run = run
    try:
        yield calls
    finally:
        onnxruntime.InferenceSession.run = original


def weight_shapes(model: bytes) -> list[Shape]:
    """Return the shapes of all int8 weights that are factors of a product in an ONNX model, in their order."""
    import onnx

    graph = onnx.load_from_string(model).graph
    shapes = {
        one.name: tuple(one.dims)
        for one in graph.initializer
        if one.data_type in (onnx.TensorProto.INT8, onnx.TensorProto.UINT8) and len(one.dims) == 2
    }
    # The table of embeddings is int8 as well, but rows of it are looked up, not multiplied.
    looked_up = {name for node in graph.node if node.op_type in ("Gather", "DequantizeLinear") for name in node.input}
    return [shapes[name] for node in graph.node for name in node.input if name in shapes and name not in looked_up]


@frozen
class Products:
    """Plain int8 products of the given shapes in one ONNX Runtime session; each has its own output buffer."""

    session: Any
    shapes: Sequence[Shape]

    @classmethod
    def of(cls, shapes: Sequence[Shape], threads: int) -> Products:
        """Build a model that contains only ``MatMulInteger``, unsigned times signed, as in the encoder."""
        import onnx
        from onnx import TensorProto, helper

        draw = np.random.default_rng(1)
        weights = [
            onnx.numpy_helper.from_array(draw.integers(-64, 64, shape).astype(np.int8), f"weight_{i}")
            for i, shape in enumerate(shapes)
        ]
        nodes = [
            helper.make_node("MatMulInteger", [f"rows_{width}", f"weight_{i}"], [f"product_{i}"])
            for i, (width, _) in enumerate(shapes)
        ]
        inputs = [
            helper.make_tensor_value_info(f"rows_{width}", TensorProto.UINT8, ["rows", width])
            for width in sorted({width for width, _ in shapes})
        ]
        outputs = [
            helper.make_tensor_value_info(f"product_{i}", TensorProto.INT32, ["rows", out])
            for i, (_, out) in enumerate(shapes)
        ]
        graph = helper.make_graph(nodes, "products", inputs, outputs, weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return cls(session, shapes)

    def bind(self, rows: int) -> Any:
        """Bind inputs and outputs of *rows* rows, so that no memory is allocated while the products are timed."""
        draw = np.random.default_rng(1)
        binding = self.session.io_binding()
        for width in {width for width, _ in self.shapes}:
            binding.bind_cpu_input(f"rows_{width}", draw.integers(0, 255, (rows, width)).astype(np.uint8))
        for i, (_, out) in enumerate(self.shapes):
            value = onnxruntime.OrtValue.ortvalue_from_shape_and_type((rows, out), np.int32)
            binding.bind_ortvalue_output(f"product_{i}", value)
        return binding

    def count_operations(self, rows: int) -> int:
        """Count the operations of all products of *rows* rows: a multiplication and an addition each.

        >>> Products(None, [(384, 1536)]).count_operations(10)
        11796480
        """
        return sum(2 * rows * width * out for width, out in self.shapes)
