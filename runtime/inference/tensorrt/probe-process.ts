// The probe process: started by probe.ts, loads what may not be there or may crash, and answers once.
import { disk } from '../../../device/files.ts';
import { openRuntime } from '../session/runtimes.ts';
import { readAccelerator } from './accelerator-facts.ts';
import { serveProbe } from './probe-service.ts';

serveProbe({
  // The library's own proof is for the processor: what is missing for the accelerator is named more plainly below.
  open: (library) =>
    openRuntime({ runtime: 'ort-capi', library, provider: 'cpu', threads: 1, because: '' }),
  readAccelerator: async (library, version) => readAccelerator(library, version, disk),
});
