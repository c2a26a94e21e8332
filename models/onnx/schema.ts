// The messages of onnx.proto3 as of ONNX 1.19 (IR version 12), all of them: a table for each.
import {
  bytes,
  byteStrings,
  float,
  floats,
  int32,
  int64,
  int64s,
  message,
  messages,
  type MessageType,
  packedDoubles,
  packedFloats,
  packedInt32s,
  packedInt64s,
  packedUint64s,
  string,
  strings,
} from './message.ts';
import type {
  AttributeProto,
  DeviceConfigurationProto,
  Dimension,
  ElementType,
  FunctionProto,
  GraphProto,
  IntIntListEntryProto,
  MapType,
  ModelProto,
  NodeDeviceConfigurationProto,
  NodeProto,
  OpaqueType,
  OperatorSetIdProto,
  Segment,
  ShardedDimProto,
  ShardingSpecProto,
  SimpleShardedDimProto,
  SparseTensorProto,
  StringStringEntryProto,
  TensorAnnotation,
  TensorProto,
  TensorShapeProto,
  TensorType,
  TrainingInfoProto,
  TypeProto,
  ValueInfoProto,
} from './proto.ts';

export const modelProto: MessageType<ModelProto> = {
  name: 'ModelProto',
  fields: {
    irVersion: int64(1),
    producerName: string(2),
    producerVersion: string(3),
    domain: string(4),
    modelVersion: int64(5),
    docString: string(6),
    graph: message(7, () => graphProto),
    opsetImport: messages(8, () => operatorSetIdProto),
    metadataProps: messages(14, () => stringStringEntryProto),
    trainingInfo: messages(20, () => trainingInfoProto),
    functions: messages(25, () => functionProto),
    configuration: messages(26, () => deviceConfigurationProto),
  },
};

export const graphProto: MessageType<GraphProto> = {
  name: 'GraphProto',
  fields: {
    node: messages(1, () => nodeProto),
    name: string(2),
    initializer: messages(5, () => tensorProto),
    docString: string(10),
    input: messages(11, () => valueInfoProto),
    output: messages(12, () => valueInfoProto),
    valueInfo: messages(13, () => valueInfoProto),
    quantizationAnnotation: messages(14, () => tensorAnnotation),
    sparseInitializer: messages(15, () => sparseTensorProto),
    metadataProps: messages(16, () => stringStringEntryProto),
  },
};

export const nodeProto: MessageType<NodeProto> = {
  name: 'NodeProto',
  fields: {
    input: strings(1),
    output: strings(2),
    name: string(3),
    opType: string(4),
    attribute: messages(5, () => attributeProto),
    docString: string(6),
    domain: string(7),
    overload: string(8),
    metadataProps: messages(9, () => stringStringEntryProto),
    deviceConfigurations: messages(10, () => nodeDeviceConfigurationProto),
  },
};

export const attributeProto: MessageType<AttributeProto> = {
  name: 'AttributeProto',
  fields: {
    name: string(1),
    f: float(2),
    i: int64(3),
    s: bytes(4),
    t: message(5, () => tensorProto),
    g: message(6, () => graphProto),
    floats: floats(7),
    ints: int64s(8),
    strings: byteStrings(9),
    tensors: messages(10, () => tensorProto),
    graphs: messages(11, () => graphProto),
    docString: string(13),
    tp: message(14, () => typeProto),
    typeProtos: messages(15, () => typeProto),
    type: int32(20),
    refAttrName: string(21),
    sparseTensor: message(22, () => sparseTensorProto),
    sparseTensors: messages(23, () => sparseTensorProto),
  },
};

export const tensorProto: MessageType<TensorProto> = {
  name: 'TensorProto',
  fields: {
    dims: int64s(1),
    dataType: int32(2),
    segment: message(3, () => segment),
    floatData: packedFloats(4),
    int32Data: packedInt32s(5),
    stringData: byteStrings(6),
    int64Data: packedInt64s(7),
    name: string(8),
    rawData: bytes(9),
    doubleData: packedDoubles(10),
    uint64Data: packedUint64s(11),
    docString: string(12),
    externalData: messages(13, () => stringStringEntryProto),
    dataLocation: int32(14),
    metadataProps: messages(16, () => stringStringEntryProto),
  },
};

export const segment: MessageType<Segment> = {
  name: 'Segment',
  fields: {
    begin: int64(1),
    end: int64(2),
  },
};

export const sparseTensorProto: MessageType<SparseTensorProto> = {
  name: 'SparseTensorProto',
  fields: {
    values: message(1, () => tensorProto),
    indices: message(2, () => tensorProto),
    dims: int64s(3),
  },
};

export const valueInfoProto: MessageType<ValueInfoProto> = {
  name: 'ValueInfoProto',
  fields: {
    name: string(1),
    type: message(2, () => typeProto),
    docString: string(3),
    metadataProps: messages(4, () => stringStringEntryProto),
  },
};

export const typeProto: MessageType<TypeProto> = {
  name: 'TypeProto',
  fields: {
    tensorType: message(1, () => tensorType),
    sequenceType: message(4, () => elementType),
    mapType: message(5, () => mapType),
    denotation: string(6),
    opaqueType: message(7, () => opaqueType),
    sparseTensorType: message(8, () => tensorType),
    optionalType: message(9, () => elementType),
  },
};

export const tensorType: MessageType<TensorType> = {
  name: 'TensorType',
  fields: {
    elemType: int32(1),
    shape: message(2, () => tensorShapeProto),
  },
};

export const elementType: MessageType<ElementType> = {
  name: 'ElementType',
  fields: {
    elemType: message(1, () => typeProto),
  },
};

export const mapType: MessageType<MapType> = {
  name: 'MapType',
  fields: {
    keyType: int32(1),
    valueType: message(2, () => typeProto),
  },
};

export const opaqueType: MessageType<OpaqueType> = {
  name: 'OpaqueType',
  fields: {
    domain: string(1),
    name: string(2),
  },
};

export const tensorShapeProto: MessageType<TensorShapeProto> = {
  name: 'TensorShapeProto',
  fields: {
    dim: messages(1, () => dimension),
  },
};

export const dimension: MessageType<Dimension> = {
  name: 'Dimension',
  fields: {
    dimValue: int64(1),
    dimParam: string(2),
    denotation: string(3),
  },
};

export const operatorSetIdProto: MessageType<OperatorSetIdProto> = {
  name: 'OperatorSetIdProto',
  fields: {
    domain: string(1),
    version: int64(2),
  },
};

export const stringStringEntryProto: MessageType<StringStringEntryProto> = {
  name: 'StringStringEntryProto',
  fields: {
    key: string(1),
    value: string(2),
  },
};

export const tensorAnnotation: MessageType<TensorAnnotation> = {
  name: 'TensorAnnotation',
  fields: {
    tensorName: string(1),
    quantParameterTensorNames: messages(2, () => stringStringEntryProto),
  },
};

export const trainingInfoProto: MessageType<TrainingInfoProto> = {
  name: 'TrainingInfoProto',
  fields: {
    initialization: message(1, () => graphProto),
    algorithm: message(2, () => graphProto),
    initializationBinding: messages(3, () => stringStringEntryProto),
    updateBinding: messages(4, () => stringStringEntryProto),
  },
};

export const functionProto: MessageType<FunctionProto> = {
  name: 'FunctionProto',
  fields: {
    name: string(1),
    input: strings(4),
    output: strings(5),
    attribute: strings(6),
    node: messages(7, () => nodeProto),
    docString: string(8),
    opsetImport: messages(9, () => operatorSetIdProto),
    domain: string(10),
    attributeProto: messages(11, () => attributeProto),
    valueInfo: messages(12, () => valueInfoProto),
    overload: string(13),
    metadataProps: messages(14, () => stringStringEntryProto),
  },
};

export const deviceConfigurationProto: MessageType<DeviceConfigurationProto> = {
  name: 'DeviceConfigurationProto',
  fields: {
    name: string(1),
    numDevices: int32(2),
    device: strings(3),
  },
};

export const nodeDeviceConfigurationProto: MessageType<NodeDeviceConfigurationProto> = {
  name: 'NodeDeviceConfigurationProto',
  fields: {
    configurationId: string(1),
    shardingSpec: messages(2, () => shardingSpecProto),
    pipelineStage: int32(3),
  },
};

export const shardingSpecProto: MessageType<ShardingSpecProto> = {
  name: 'ShardingSpecProto',
  fields: {
    tensorName: string(1),
    device: int64s(2),
    indexToDeviceGroupMap: messages(3, () => intIntListEntryProto),
    shardedDim: messages(4, () => shardedDimProto),
  },
};

export const intIntListEntryProto: MessageType<IntIntListEntryProto> = {
  name: 'IntIntListEntryProto',
  fields: {
    key: int64(1),
    value: int64s(2),
  },
};

export const shardedDimProto: MessageType<ShardedDimProto> = {
  name: 'ShardedDimProto',
  fields: {
    axis: int64(1),
    simpleSharding: messages(2, () => simpleShardedDimProto),
  },
};

export const simpleShardedDimProto: MessageType<SimpleShardedDimProto> = {
  name: 'SimpleShardedDimProto',
  fields: {
    dimValue: int64(1),
    dimParam: string(2),
    numShards: int64(3),
  },
};
