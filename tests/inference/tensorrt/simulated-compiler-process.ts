// The compiler process on a simulated TensorRT: the library that the job names is a machine described in a file.
import { serveCompiler } from '../../../runtime/inference/tensorrt/compiler-service.ts';
import { openSimulatedTensorrt, readMachine } from './simulated-tensorrt.ts';

serveCompiler(async ({ library }) => openSimulatedTensorrt(readMachine(library ?? '')));
