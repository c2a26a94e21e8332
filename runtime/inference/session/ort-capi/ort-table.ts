/**
 * The functions of ONNX Runtime's C API that are used, by their place in the structure OrtApi of
 * onnxruntime_c_api.h. Functions are added at its end alone, none is moved or removed, and static assertions in
 * onnxruntime_c_api.cc pin the last place of every version; so a place is right for every later library.
 */
export const apiVersion = 22;

/** What is said of a library that answers otherwise than the functions that should be there. */
export const misplaced = 'its functions are not where the table says';

/**
 * A row: the place, what is returned, what is taken. `status` is an OrtStatus pointer, none for success. A pointer
 * that is taken is an address or memory of JavaScript; the latter is allowed only where the function has done with it
 * when it returns.
 */
export type OrtRow = readonly [place: number, returns: Returns, takes: readonly Takes[]];

type Returns = 'status' | 'void' | 'int' | 'str' | 'void *';
type Takes = 'void *' | 'str' | 'size_t' | 'int';

export const ortTable = {
  CreateStatus: [0, 'void *', ['int', 'str']],
  GetErrorCode: [1, 'int', ['void *']],
  GetErrorMessage: [2, 'str', ['void *']],
  CreateEnv: [3, 'status', ['int', 'str', 'void *']],
  DisableTelemetryEvents: [6, 'status', ['void *']],
  CreateSessionFromArray: [8, 'status', ['void *', 'void *', 'size_t', 'void *', 'void *']],
  Run: [
    9,
    'status',
    ['void *', 'void *', 'void *', 'void *', 'size_t', 'void *', 'size_t', 'void *'],
  ],
  CreateSessionOptions: [10, 'status', ['void *']],
  SetSessionLogSeverityLevel: [22, 'status', ['void *', 'int']],
  SetSessionGraphOptimizationLevel: [23, 'status', ['void *', 'int']],
  SetIntraOpNumThreads: [24, 'status', ['void *', 'int']],
  SetInterOpNumThreads: [25, 'status', ['void *', 'int']],
  SessionGetInputCount: [30, 'status', ['void *', 'void *']],
  SessionGetOutputCount: [31, 'status', ['void *', 'void *']],
  SessionGetInputTypeInfo: [33, 'status', ['void *', 'size_t', 'void *']],
  SessionGetOutputTypeInfo: [34, 'status', ['void *', 'size_t', 'void *']],
  SessionGetInputName: [36, 'status', ['void *', 'size_t', 'void *', 'void *']],
  SessionGetOutputName: [37, 'status', ['void *', 'size_t', 'void *', 'void *']],
  CreateRunOptions: [39, 'status', ['void *']],
  RunOptionsSetTerminate: [46, 'status', ['void *']],
  CreateTensorWithDataAsOrtValue: [
    49,
    'status',
    ['void *', 'void *', 'size_t', 'void *', 'size_t', 'int', 'void *'],
  ],
  GetTensorMutableData: [51, 'status', ['void *', 'void *']],
  CastTypeInfoToTensorInfo: [55, 'status', ['void *', 'void *']],
  GetTensorElementType: [60, 'status', ['void *', 'void *']],
  GetDimensionsCount: [61, 'status', ['void *', 'void *']],
  GetDimensions: [62, 'status', ['void *', 'void *', 'size_t']],
  GetSymbolicDimensions: [63, 'status', ['void *', 'void *', 'size_t']],
  GetTensorTypeAndShape: [65, 'status', ['void *', 'void *']],
  CreateCpuMemoryInfo: [69, 'status', ['int', 'int', 'void *']],
  AllocatorFree: [76, 'status', ['void *', 'void *']],
  GetAllocatorWithDefaultOptions: [78, 'status', ['void *']],
  ReleaseEnv: [92, 'void', ['void *']],
  ReleaseStatus: [93, 'void', ['void *']],
  ReleaseMemoryInfo: [94, 'void', ['void *']],
  ReleaseSession: [95, 'void', ['void *']],
  ReleaseValue: [96, 'void', ['void *']],
  ReleaseRunOptions: [97, 'void', ['void *']],
  ReleaseTypeInfo: [98, 'void', ['void *']],
  ReleaseTensorTypeAndShapeInfo: [99, 'void', ['void *']],
  ReleaseSessionOptions: [100, 'void', ['void *']],
  SessionGetModelMetadata: [111, 'status', ['void *', 'void *']],
  ModelMetadataLookupCustomMetadataMap: [116, 'status', ['void *', 'void *', 'str', 'void *']],
  ReleaseModelMetadata: [118, 'void', ['void *']],
  ModelMetadataGetCustomMetadataMapKeys: [123, 'status', ['void *', 'void *', 'void *', 'void *']],
  AddSessionConfigEntry: [130, 'status', ['void *', 'str', 'str']],
  SessionOptionsAppendExecutionProvider_TensorRT_V2: [170, 'status', ['void *', 'void *']],
  CreateTensorRTProviderOptions: [171, 'status', ['void *']],
  UpdateTensorRTProviderOptions: [172, 'status', ['void *', 'void *', 'void *', 'size_t']],
  GetTensorRTProviderOptionsAsString: [173, 'status', ['void *', 'void *', 'void *']],
  ReleaseTensorRTProviderOptions: [174, 'void', ['void *']],
  HasSessionConfigEntry: [237, 'status', ['void *', 'str', 'void *']],
  GetSessionConfigEntry: [238, 'status', ['void *', 'str', 'void *', 'void *']],
  GetBuildInfoString: [254, 'str', []],
} as const satisfies Record<string, OrtRow>;

export type OrtTable = typeof ortTable;
export type OrtName = keyof OrtTable;

/** The functions that say by a status whether they failed. */
export type Checked = {
  [Name in OrtName]: OrtTable[Name][1] extends 'status' ? Name : never;
}[OrtName];

interface TakenAs {
  'void *': bigint | ArrayBufferView | null;
  str: string;
  size_t: number;
  int: number;
}

interface ReturnedAs {
  status: bigint | null;
  void: undefined;
  int: number;
  str: string;
  'void *': bigint;
}

type Arguments<T extends readonly Takes[]> = { [At in keyof T]: TakenAs[T[At]] };

/** What a function takes, as TypeScript sees it. */
export type OrtArguments<Name extends OrtName> = Arguments<OrtTable[Name][2]>;

export type OrtResult<Name extends OrtName> = ReturnedAs[OrtTable[Name][1]];
