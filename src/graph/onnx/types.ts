// ONNX's numbers for the element types that our graphs use.

import type { DType } from '../tensor.ts';
import { TensorProto_DataType } from './onnx_pb.ts';

export const OnnxType: Record<DType, number> = {
  float32: TensorProto_DataType.FLOAT,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
};
