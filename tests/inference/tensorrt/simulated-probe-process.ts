// The probe process on a simulated TensorRT: the library that the job names is a machine described in a file.
import { serveProbe } from '../../../runtime/inference/tensorrt/probe-service.ts';
import { accelerator, openSimulatedTensorrt, readMachine } from './simulated-tensorrt.ts';

serveProbe({
  open: async (library) => openSimulatedTensorrt(readMachine(library)),
  readAccelerator: async (library) => accelerator(readMachine(library)),
});
