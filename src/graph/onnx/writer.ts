// Writes a symbolic graph as an ONNX model: walks the tensors that the outputs need and lets the device's lowering emit
// nodes. onnx_pb.ts is generated from the official schema beside it (onnx.proto of onnx 1.23.2, by protoc-gen-es 2.17).

import { create, toBinary } from '@bufbuild/protobuf';
import { topologicalOrder } from '../autodiff.ts';
import type { Emitter, Lowering, OnnxAttribute } from '../lowering/lowering.ts';
import { type DType, graphError, type Shape, type Tensor } from '../tensor.ts';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx_pb.ts';
import { OnnxType } from './types.ts';

const IR_VERSION = 10n;
const OPSET = 20n;

/** The serialized model whose inputs are the graph's `input`s (by name) and whose outputs are `outputs` (by key). */
export function writeOnnx(outputs: Readonly<Record<string, Tensor>>, lowering: Lowering): Uint8Array {
  const nodes: NodeProto[] = [];
  const inputs: ValueInfoProto[] = [];
  const initializers = new Map<string, TensorProto>();
  const names = new Map<Tensor, string>();
  let counter = 0;
  // Where in the model the operator at hand was built: a node's name shows it when it fails at run time.
  let place = '';

  const initializer = (dtype: DType, values: readonly number[], dims: readonly number[]): string => {
    const name = `${dtype}[${dims.join(',')}]:${values.join(',')}`;
    if (!initializers.has(name)) initializers.set(name, tensorProto(name, dtype, values, dims));
    return name;
  };
  const emitter: Emitter = {
    emit(opType, nodeInputs, attributes = {}, { domain = '', outputs: count = 1 } = {}) {
      const outputNames = Array.from({ length: count }, () => `t${counter++}`);
      nodes.push(
        create(NodeProtoSchema, {
          opType,
          domain,
          input: [...nodeInputs],
          output: outputNames,
          name: `${place}${opType}_${nodes.length}`,
          attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
        }),
      );
      return outputNames;
    },
    ints: (values) => initializer('int64', values, [values.length]),
    floats: (values, dims) => initializer('float32', values, dims),
    int32s: (values, dims) => initializer('int32', values, dims),
    nameOf: (tensor) => names.get(tensor) as string,
  };

  for (const node of topologicalOrder(Object.values(outputs))) {
    const { op, attributes } = node;
    if (op.name === 'input') {
      const name = attributes.name as string;
      if (name in outputs || inputs.some((other) => other.name === name))
        throw graphError('input', `the name ${name} is taken by another input or output of the graph`, node.outputs, node.scope);
      names.set(node.outputs[0], name);
      inputs.push(valueInfo(name, node.outputs[0].dtype, node.outputs[0].shape));
    } else if (op.name === 'constant') {
      const tensor = node.outputs[0];
      names.set(tensor, initializer(tensor.dtype, attributes.values as readonly number[], tensor.shape as readonly number[]));
    } else {
      const lower = lowering[op.name];
      if (lower === undefined) throw graphError(op.name, 'this device has no lowering for it', node.inputs, node.scope);
      place = node.scope ? `${node.scope}/` : '';
      const results = lower(
        node,
        node.inputs.map((x) => names.get(x) as string),
        emitter,
      );
      for (const [index, output] of node.outputs.entries()) names.set(output, results[index]);
    }
  }

  const graphOutputs: ValueInfoProto[] = [];
  for (const [name, tensor] of Object.entries(outputs)) {
    nodes.push(
      create(NodeProtoSchema, { opType: 'Identity', input: [names.get(tensor) as string], output: [name], name: `output_${name}` }),
    );
    graphOutputs.push(valueInfo(name, tensor.dtype, tensor.shape));
  }
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      producerName: 'thinkling',
      opsetImport: [
        { domain: '', version: OPSET },
        { domain: 'com.microsoft', version: 1n },
      ],
      graph: { name: 'graph', node: nodes, input: inputs, output: graphOutputs, initializer: [...initializers.values()] },
    }),
  );
}

function valueInfo(name: string, dtype: DType, shape: Shape): ValueInfoProto {
  const dim = shape.map((size) => ({
    value: typeof size === 'number' ? { case: 'dimValue' as const, value: BigInt(size) } : { case: 'dimParam' as const, value: size },
  }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: OnnxType[dtype], shape: { dim } } } },
  });
}

function tensorProto(name: string, dtype: DType, values: readonly number[], dims: readonly number[]): TensorProto {
  const data = { name, dataType: OnnxType[dtype], dims: dims.map(BigInt) };
  if (dtype === 'int64') return create(TensorProtoSchema, { ...data, int64Data: values.map(BigInt) });
  if (dtype === 'float32') return create(TensorProtoSchema, { ...data, floatData: [...values] });
  return create(TensorProtoSchema, { ...data, int32Data: [...values] });
}

function attributeProto(name: string, value: OnnxAttribute): AttributeProto {
  const type = AttributeProto_AttributeType;
  if (typeof value === 'number') return create(AttributeProtoSchema, { name, type: type.INT, i: BigInt(value) });
  if (typeof value === 'string') return create(AttributeProtoSchema, { name, type: type.STRING, s: new TextEncoder().encode(value) });
  if ('float' in value) return create(AttributeProtoSchema, { name, type: type.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: type.INTS, ints: value.map(BigInt) });
}
