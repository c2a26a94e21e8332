// The probe process: started by probe.ts, loads what may not be there or may crash, and answers once.
import { disk } from '../../../device/files.ts';
import { openRuntime } from '../session/runtimes.ts';
import { readAccelerator } from './accelerator-facts.ts';
import { serveProbe } from './probe-service.ts';

serveProbe({
  open: (library) =>
    openRuntime({ runtime: 'ort-capi', library, provider: 'tensorrt', threads: 1, because: '' }),
  readAccelerator: async (library, version) => readAccelerator(library, version, disk),
});
